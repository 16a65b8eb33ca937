"""Checks for users' own operations: `check_gradients` compares gradients with finite differences."""

from minikeras.testing.gradient_check import check_gradients

__all__ = ["check_gradients"]
