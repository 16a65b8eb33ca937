"""Names of old in ``keras.models``."""

from minikeras.layers import Input, InputLayer, Layer
from minikeras.legacy.layers.merge import Merge
from minikeras.legacy.names.engine import Node, get_source_inputs
from minikeras.legacy.names.optimizers import optimizer_from_config

__all__ = [
    "Input", "InputLayer", "Layer", "Merge", "Node", "get_source_inputs", "optimizer_from_config",
]  # fmt: skip
