"""What lies between the data a user hands over and the batches a model takes."""

from minikeras.training.data.batches import Batches, make_batches
from minikeras.training.data.py_dataset import PyDataset
from minikeras.training.data.structure import (
    class_weight_to_sample_weights,
    pack_x_y_sample_weight,
    train_validation_split,
    unpack_x_y_sample_weight,
)

__all__ = [
    "Batches",
    "PyDataset",
    "class_weight_to_sample_weights",
    "make_batches",
    "pack_x_y_sample_weight",
    "train_validation_split",
    "unpack_x_y_sample_weight",
]
