"""Batches of pictures as arrays that can be drawn on, and matplotlib."""

import numpy as np

from minikeras import config
from minikeras.utils.stages import host_array


def pyplot(user):
    """The module `matplotlib.pyplot`.

    Args:
        user: the name of the function that needs it, for the message if it is missing.
    """
    try:
        from matplotlib import pyplot as found
    except ImportError as error:
        raise ImportError(
            f"{user} needs matplotlib. Install it with `pip install 'keras-on-numpy[plot]'` or "
            "`pip install matplotlib`."
        ) from error
    return found


def batch_of(images, data_format, user):
    """Pictures as an array of NumPy with the channels last.

    Raises:
        ValueError: if it has not four axes.
    """
    data_format = config.standardize_data_format(data_format)
    images = host_array(images)
    if images.ndim != 4:
        raise ValueError(
            f"{user} takes a batch of images, with 4 axes. Received shape: {images.shape}"
        )
    return images.transpose(0, 2, 3, 1) if data_format == "channels_first" else images


def given_back(images, data_format):
    """An array with the channels last in the format that was given."""
    if config.standardize_data_format(data_format) == "channels_first":
        return np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    return images


def bytes_of(images, value_range):
    """Pictures as uint8, the bounds of ``value_range`` becoming 0 and 255.

    Raises:
        ValueError: if they are no two different numbers.
    """
    low, high = (float(bound) for bound in value_range)
    if low == high:
        raise ValueError(f"value_range must hold two different numbers. Received: {value_range}")
    if (low, high) == (0.0, 255.0):
        return as_bytes(images)
    return as_bytes((images.astype("float32") - low) / (high - low) * 255)


def as_bytes(images):
    """Numbers from 0 to 255 as uint8; those beyond are cut off."""
    return images if images.dtype == "uint8" else np.clip(images, 0, 255).astype("uint8")
