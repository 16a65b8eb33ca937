"""Symbolic tensors, the operations between them and the graphs they form."""
