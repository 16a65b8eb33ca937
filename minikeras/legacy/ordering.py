"""The order of the axes of images, where a program of Keras 1 leaves it to a file that is gone.

Programs written for ``"image_dim_ordering": "th"`` in ``keras.json`` state shapes such as
``(1, 28, 28)`` and nothing else. With the channels last, their first convolution has no output.
"""

import json
import os

from minikeras import config
from minikeras.legacy.warned import warn_user

FORMATS = {"th": "channels_first", "tf": "channels_last"}


def install():
    """Take the order from a ``keras.json`` that Keras 1 wrote, if it states one that way."""
    try:
        with open(os.path.join(config.home(), "keras.json"), encoding="utf-8") as file:
            stated = json.load(file)
    except (OSError, ValueError):
        return
    if "image_data_format" not in stated and stated.get("image_dim_ordering") in FORMATS:
        config.set_image_data_format(FORMATS[stated["image_dim_ordering"]])


def settle(cls_name, found):
    """Put the channels first from here on if the first layer of a model can only mean that.

    Args:
        cls_name: the name of the class today.
        found: the arguments of a call in the form of Keras 1, by their names of then or today.
    """
    shape = found.get("input_shape")
    kernel = found.get("kernel_size")
    unstated = found.get("dim_ordering") is None and found.get("data_format") is None
    is_valid = found.get("border_mode", found.get("padding", "valid")) == "valid"
    if not (unstated and is_valid and shape and isinstance(kernel, (list, tuple))):
        return
    if config.image_data_format() == "channels_first" or len(shape) != len(kernel) + 1:
        return
    if not _fits(shape[:-1], kernel) and _fits(shape[1:], kernel):
        config.set_image_data_format("channels_first")
        warn_user(
            f"{cls_name} with input_shape={tuple(shape)} can only have its channels first, so "
            "image_data_format is 'channels_first' from here on. Say so yourself with "
            "keras.backend.set_image_data_format('channels_first')"
        )


def _fits(sides, kernel):
    return all(side is None or side >= k for side, k in zip(sides, kernel))
