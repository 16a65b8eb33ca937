"""What helps around training: data sets, files, progress, seeds, serialization."""

from minikeras.backend.dtypes import standardize_dtype
from minikeras.callbacks.progbar import Progbar
from minikeras.console import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from minikeras.lazy import later
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
from minikeras.utils import legacy as legacy
from minikeras.utils.categorical import normalize, to_categorical
from minikeras.utils.config_container import Config
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
    "array_to_img",
    "audio_dataset_from_directory",
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
    "image_dataset_from_directory",
    "img_to_array",
    "is_interactive_logging_enabled",
    "is_keras_tensor",
    "load_img",
    "model_to_dot",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "plot_model",
    "register_keras_serializable",
    "save_img",
    "serialize_keras_object",
    "set_random_seed",
    "split_dataset",
    "standardize_dtype",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
    "to_categorical",
    "unpack_x_y_sample_weight",
]

__getattr__, __dir__ = later(
    globals(),
    {
        "utils.audio_dataset": "audio_dataset_from_directory",
        "utils.feature_space": "FeatureSpace",
        "utils.image_dataset": "image_dataset_from_directory",
        "utils.images": "array_to_img img_to_array load_img save_img",
        "utils.model_plots": "model_to_dot plot_model",
        "utils.splitting": "split_dataset",
        "utils.text_dataset": "text_dataset_from_directory",
        "utils.timeseries_dataset": "timeseries_dataset_from_array",
    },
)
