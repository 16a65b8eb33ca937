"""What helps around training: data sets, files, progress, seeds, serialization."""

from minikeras.backend.dtypes import standardize_dtype
from minikeras.callbacks.progbar import Progbar
from minikeras.console import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from minikeras.serialization import (
    CustomObjectScope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)
from minikeras.symbolic.keras_tensor import is_keras_tensor
from minikeras.training.data import (
    PyDataset,
    pack_x_y_sample_weight,
    unpack_x_y_sample_weight,
)
from minikeras.utils import bounding_boxes as bounding_boxes
from minikeras.utils.categorical import normalize, to_categorical
from minikeras.utils.config_container import Config
from minikeras.utils.feature_space import FeatureSpace
from minikeras.utils.get_file import get_file
from minikeras.utils.random_seed import set_random_seed
from minikeras.utils.sequences import pad_sequences
from minikeras.utils.session import clear_session, get_source_inputs

Sequence = PyDataset
custom_object_scope = CustomObjectScope

__all__ = [
    "Config",
    "CustomObjectScope",
    "FeatureSpace",
    "Progbar",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_file",
    "get_registered_name",
    "get_registered_object",
    "get_source_inputs",
    "is_interactive_logging_enabled",
    "is_keras_tensor",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "standardize_dtype",
    "to_categorical",
    "unpack_x_y_sample_weight",
]
