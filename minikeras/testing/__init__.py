"""Checks for users' own operations: gradients against finite differences."""

from minikeras.testing.gradient_check import check_gradients

__all__ = ["check_gradients"]
