"""keras.layers."""

from minikeras.layers.core.dense import Dense
from minikeras.layers.core.input_layer import Input, InputLayer
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer

__all__ = ["Dense", "Input", "InputLayer", "InputSpec", "Layer"]
