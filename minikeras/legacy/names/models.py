"""Names of old in ``keras.models``."""

from minikeras.layers import Input, InputLayer, Layer
from minikeras.legacy.files.loading import load_keras
from minikeras.legacy.files.text import model_from_config, model_from_yaml
from minikeras.legacy.layers.merge import Merge
from minikeras.legacy.names.engine import Node, get_source_inputs
from minikeras.legacy.names.optimizers import optimizer_from_config

__all__ = [
    "Input", "InputLayer", "Layer", "Merge", "Node", "get_source_inputs", "load_keras",
    "model_from_config", "model_from_yaml", "optimizer_from_config",
]  # fmt: skip
