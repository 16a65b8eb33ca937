"""keras.saving: files of models and weights, and the registry of custom objects."""

from minikeras.saving import arrays as arrays
from minikeras.saving.file_editor import KerasFileEditor
from minikeras.saving.model_file import load_model, save_model
from minikeras.saving.weights_file import load_weights, save_weights
from minikeras.serialization import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)

__all__ = [
    "CustomObjectScope",
    "KerasFileEditor",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]
