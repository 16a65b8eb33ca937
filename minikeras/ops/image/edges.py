"""keras.ops.image.sobel_edges."""

import numpy as np

from minikeras.backend import elementwise, shaping
from minikeras.backend.xp import asarray
from minikeras.ops.arguments import floating, tensor
from minikeras.ops.convolution import convolve_depthwise
from minikeras.ops.windowing import channels_first
from minikeras.symbolic.operation import op

__all__ = ["sobel_edges"]

_DOWNWARDS = np.outer([-1, 0, 1], [1, 2, 1])


@op
def sobel_edges(images, data_format=None):
    """How images change downwards and to the right, by Sobel's filters of 3 by 3 pixels.

    Args:
        images: ``(batch, height, width, channels)``, or ``(batch, channels, height, width)`` with
            ``data_format="channels_first"``; beyond the border they are taken for zero.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.

    Returns:
        A tensor of the shape and dtype of ``images`` with one more axis at the end: the change
        downwards and that to the right.

    Raises:
        ValueError: if ``images`` is no batch of images, or has a dtype without a sign.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape(keras.ops.arange(25.0), (1, 5, 5, 1))
    >>> keras.ops.image.sobel_edges(x)[0, 2, 2, 0].tolist()
    [40.0, 8.0]
    """
    images = tensor(images)
    if len(images.shape) != 4:
        raise ValueError(
            "sobel_edges: images must be a batch of images, of rank 4. "
            f"Received: shape {tuple(images.shape)}"
        )
    if images.dtype.kind not in "fi":
        raise ValueError(
            "sobel_edges: changes may be negative, so images must be floats or signed integers. "
            f"Received: dtype {images.dtype}. Cast them first: keras.ops.cast(images, 'float32')."
        )
    floats = floating(images)
    is_first = channels_first(data_format)
    channels = floats.shape[1 if is_first else -1]
    filters = np.stack([_DOWNWARDS, _DOWNWARDS.T], axis=-1)[:, :, None, :]
    kernel = asarray(np.tile(filters, (1, 1, channels, 1)), floats.dtype)
    found = convolve_depthwise(
        floats, kernel, 1, "same", "channels_first" if is_first else "channels_last", 1
    )
    if is_first:
        batch, _, height, width = found.shape
        found = shaping.reshape(found, shape=(batch, channels, 2, height, width))
        found = shaping.moveaxis(found, 2, -1)
    else:
        found = shaping.reshape(found, shape=(*found.shape[:-1], channels, 2))
    return elementwise.cast(found, dtype=images.dtype)
