"""Layers that turn sound into spectra."""
