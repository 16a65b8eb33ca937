"""keras.legacy.saving: plain values of before Keras 3, and files that Keras 2 opens."""

from typing import TYPE_CHECKING

from minikeras.lazy import later
from minikeras.saving.earlier_form import deserialize_keras_object, serialize_keras_object

if TYPE_CHECKING:
    from minikeras.legacy.files.writing import (
        keras2_json as keras2_json,
        save_keras2 as save_keras2,
        save_weights_keras2 as save_weights_keras2,
    )

__all__ = ["deserialize_keras_object", "serialize_keras_object"]

__getattr__, __dir__, _ = later(
    globals(), {"legacy.files.writing": "keras2_json save_keras2 save_weights_keras2"}
)
