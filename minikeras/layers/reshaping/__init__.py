"""Layers that rearrange, pad, crop and enlarge."""
