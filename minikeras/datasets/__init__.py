"""Data sets for trying things out, downloaded on first use and kept in the cache."""

from minikeras.datasets import mnist

__all__ = ["mnist"]
