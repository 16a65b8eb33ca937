"""keras.utils.legacy: objects as plain values in the form of before Keras 3."""

from minikeras.saving.earlier_form import deserialize_keras_object, serialize_keras_object

__all__ = ["deserialize_keras_object", "serialize_keras_object"]
