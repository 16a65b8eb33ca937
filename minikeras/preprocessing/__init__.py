"""Old names of utilities that prepare data; `keras.utils` holds them."""

from minikeras.preprocessing import image, sequence
from minikeras.utils.image_dataset import image_dataset_from_directory
from minikeras.utils.text_dataset import text_dataset_from_directory
from minikeras.utils.timeseries_dataset import timeseries_dataset_from_array

__all__ = [
    "image",
    "image_dataset_from_directory",
    "sequence",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
]
