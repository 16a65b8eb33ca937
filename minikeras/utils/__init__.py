"""What helps around training: data sets, files, progress, seeds."""

from minikeras.callbacks.progbar import Progbar
from minikeras.console import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from minikeras.training.data import (
    PyDataset,
    pack_x_y_sample_weight,
    unpack_x_y_sample_weight,
)
from minikeras.utils.categorical import normalize, to_categorical
from minikeras.utils.get_file import get_file
from minikeras.utils.random_seed import set_random_seed
from minikeras.utils.sequences import pad_sequences

Sequence = PyDataset

__all__ = [
    "Progbar",
    "PyDataset",
    "Sequence",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_file",
    "is_interactive_logging_enabled",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "set_random_seed",
    "to_categorical",
    "unpack_x_y_sample_weight",
]
