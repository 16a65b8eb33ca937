"""Old names of utilities that prepare data; `keras.utils` holds them."""

from minikeras.preprocessing import sequence

__all__ = ["sequence"]
