"""Old names of utilities that prepare data; `keras.utils` holds them."""

from typing import TYPE_CHECKING

from minikeras.lazy import later

if TYPE_CHECKING:
    from minikeras.preprocessing import image as image, sequence as sequence
    from minikeras.utils.image_dataset import (
        image_dataset_from_directory as image_dataset_from_directory,
    )
    from minikeras.utils.text_dataset import (
        text_dataset_from_directory as text_dataset_from_directory,
    )
    from minikeras.utils.timeseries_dataset import (
        timeseries_dataset_from_array as timeseries_dataset_from_array,
    )

__getattr__, __dir__, __all__ = later(
    globals(),
    {
        "": "image sequence",
        "utils.image_dataset": "image_dataset_from_directory",
        "utils.text_dataset": "text_dataset_from_directory",
        "utils.timeseries_dataset": "timeseries_dataset_from_array",
    },
)
