"""What helps around training: data sets, files, progress, seeds, serialization."""

from typing import TYPE_CHECKING

from minikeras.lazy import later

if TYPE_CHECKING:
    from minikeras.backend.dtypes import standardize_dtype as standardize_dtype
    from minikeras.callbacks.progbar import Progbar as Progbar
    from minikeras.console import (
        disable_interactive_logging as disable_interactive_logging,
        enable_interactive_logging as enable_interactive_logging,
        is_interactive_logging_enabled as is_interactive_logging_enabled,
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
    from minikeras.symbolic.keras_tensor import is_keras_tensor as is_keras_tensor
    from minikeras.training.data.py_dataset import PyDataset as PyDataset, PyDataset as Sequence
    from minikeras.training.data.structure import (
        pack_x_y_sample_weight as pack_x_y_sample_weight,
        unpack_x_y_sample_weight as unpack_x_y_sample_weight,
    )
    from minikeras.utils import bounding_boxes as bounding_boxes, legacy as legacy
    from minikeras.utils.audio_dataset import (
        audio_dataset_from_directory as audio_dataset_from_directory,
    )
    from minikeras.utils.categorical import normalize as normalize, to_categorical as to_categorical
    from minikeras.utils.config_container import Config as Config
    from minikeras.utils.downloads import get_file as get_file
    from minikeras.utils.feature_space import FeatureSpace as FeatureSpace
    from minikeras.utils.image_dataset import (
        image_dataset_from_directory as image_dataset_from_directory,
    )
    from minikeras.utils.images import (
        array_to_img as array_to_img,
        img_to_array as img_to_array,
        load_img as load_img,
        save_img as save_img,
    )
    from minikeras.utils.model_plots import model_to_dot as model_to_dot, plot_model as plot_model
    from minikeras.utils.random_seed import set_random_seed as set_random_seed
    from minikeras.utils.sequences import pad_sequences as pad_sequences
    from minikeras.utils.session import (
        clear_session as clear_session,
        get_source_inputs as get_source_inputs,
    )
    from minikeras.utils.splitting import split_dataset as split_dataset
    from minikeras.utils.text_dataset import (
        text_dataset_from_directory as text_dataset_from_directory,
    )
    from minikeras.utils.timeseries_dataset import (
        timeseries_dataset_from_array as timeseries_dataset_from_array,
    )

__getattr__, __dir__, __all__ = later(
    globals(),
    {
        "": "bounding_boxes legacy",
        "backend.dtypes": "standardize_dtype",
        "callbacks.progbar": "Progbar",
        "console": (
            "disable_interactive_logging enable_interactive_logging is_interactive_logging_enabled"
        ),
        "serialization": (
            "CustomObjectScope custom_object_scope deserialize_keras_object get_custom_objects "
            "get_registered_name get_registered_object register_keras_serializable "
            "serialize_keras_object"
        ),
        "symbolic.keras_tensor": "is_keras_tensor",
        "training.data.py_dataset": "PyDataset Sequence=PyDataset",
        "training.data.structure": "pack_x_y_sample_weight unpack_x_y_sample_weight",
        "utils.audio_dataset": "audio_dataset_from_directory",
        "utils.categorical": "normalize to_categorical",
        "utils.config_container": "Config",
        "utils.downloads": "get_file",
        "utils.feature_space": "FeatureSpace",
        "utils.image_dataset": "image_dataset_from_directory",
        "utils.images": "array_to_img img_to_array load_img save_img",
        "utils.model_plots": "model_to_dot plot_model",
        "utils.random_seed": "set_random_seed",
        "utils.sequences": "pad_sequences",
        "utils.session": "clear_session get_source_inputs",
        "utils.splitting": "split_dataset",
        "utils.text_dataset": "text_dataset_from_directory",
        "utils.timeseries_dataset": "timeseries_dataset_from_array",
    },
)
