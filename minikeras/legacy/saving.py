"""keras.legacy.saving: plain values of before Keras 3, and files that Keras 2 opens."""

from minikeras.legacy.files.writing import keras2_json, save_keras2, save_weights_keras2
from minikeras.saving.earlier_form import deserialize_keras_object, serialize_keras_object

__all__ = [
    "deserialize_keras_object",
    "keras2_json",
    "save_keras2",
    "save_weights_keras2",
    "serialize_keras_object",
]
