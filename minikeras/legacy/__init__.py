"""keras.legacy: what stays of earlier versions of Keras."""

from minikeras.legacy import saving

__all__ = ["saving"]
