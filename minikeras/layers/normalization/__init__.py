"""Layers that keep activations in range."""
