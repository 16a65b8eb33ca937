"""Training: the loop, the data that feeds it, compiled losses and metrics."""
