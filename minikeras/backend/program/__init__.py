"""Programs: a step recorded once as a flat list of primitive calls, and replayed for each batch."""
