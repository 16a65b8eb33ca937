"""Layers that turn raw data into numbers for a model."""
