"""keras.legacy.saving: plain values of before Keras 3, and files that Keras 2 opens."""

from minikeras.lazy import later
from minikeras.saving.earlier_form import deserialize_keras_object, serialize_keras_object

__all__ = ["deserialize_keras_object", "serialize_keras_object"]

__getattr__, __dir__ = later(
    globals(), {"legacy.files.writing": "keras2_json save_keras2 save_weights_keras2"}
)
