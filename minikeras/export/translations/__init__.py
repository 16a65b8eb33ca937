"""Translations of primitives into nodes of ONNX, a file for each family."""

from minikeras.export.graph import TRANSLATIONS
from minikeras.export.translations import (
    activations,
    contraction,
    convolution,
    elementwise,
    indexing,
    logic,
    pooling,
    recurrence,
    reduction,
    shaping,
)

__all__ = [
    "TRANSLATIONS",
    "activations",
    "contraction",
    "convolution",
    "elementwise",
    "indexing",
    "logic",
    "pooling",
    "recurrence",
    "reduction",
    "shaping",
]
