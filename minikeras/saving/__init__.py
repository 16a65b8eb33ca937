"""keras.saving: files of models and weights, and the registry of custom objects."""

from typing import TYPE_CHECKING

from minikeras.lazy import later

if TYPE_CHECKING:
    from minikeras.saving import arrays as arrays
    from minikeras.saving.file_editor import KerasFileEditor as KerasFileEditor
    from minikeras.saving.model_file import load_model as load_model, save_model as save_model
    from minikeras.saving.weights_file import (
        load_weights as load_weights,
        save_weights as save_weights,
    )
    from minikeras.serialization import (
        CustomObjectScope as CustomObjectScope,
        custom_object_scope as custom_object_scope,
        deserialize_keras_object as deserialize_keras_object,
        get_custom_objects as get_custom_objects,
        get_registered_name as get_registered_name,
        get_registered_object as get_registered_object,
        register_keras_serializable as register_keras_serializable,
        serialize_keras_object as serialize_keras_object,
    )

__getattr__, __dir__, __all__ = later(
    globals(),
    {
        "": "arrays",
        "saving.file_editor": "KerasFileEditor",
        "saving.model_file": "load_model save_model",
        "saving.weights_file": "load_weights save_weights",
        "serialization": (
            "CustomObjectScope custom_object_scope deserialize_keras_object get_custom_objects "
            "get_registered_name get_registered_object register_keras_serializable "
            "serialize_keras_object"
        ),
    },
)
