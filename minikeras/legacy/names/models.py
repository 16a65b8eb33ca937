"""Names of old in ``keras.models``."""

from minikeras.layers import Input, InputLayer

__all__ = ["Input", "InputLayer"]
