"""Quantization of layers, beside the layers: one file for each mode."""
