"""Pictures of models: what is in them, where it stands, and how it is drawn.

From a model to a picture: `model_graph` makes boxes and edges of it, `layout` gives them places
with the help of `layers` (ranks, orders and positions) and `routes` (the lines), `svg` draws that,
and `dot` writes the same boxes and edges for Graphviz instead.
"""
