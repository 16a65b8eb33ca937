"""Old names of utilities for sequences; `keras.utils` holds them."""

from minikeras.utils.sequences import pad_sequences

__all__ = ["pad_sequences"]
