"""Resizing of images read from files: on the host, tap by tap, by the rules of `tf.image.resize`.

`keras.ops.image.resize` is for tensors in a model. A picture from a file has many more pixels than
it will have, so what counts here is to touch only those that matter.
"""

import functools

import numpy as np

from minikeras.backend.image import FILTERS


def _gaussian(x):
    """The normal density with a standard deviation of 1/2, up to a factor."""
    return np.where(x < 1.5, np.exp(-2.0 * x * x), 0.0)


def _mitchell(x):
    """Mitchell, Netravali 1988, "Reconstruction filters in computer graphics", B = C = 1/3."""
    near = (7.0 * x - 12.0) * x * x + 16.0 / 3.0
    far = ((-7.0 / 3.0 * x + 12.0) * x - 20.0) * x + 32.0 / 3.0
    return np.where(x < 1.0, near, np.where(x < 2.0, far, 0.0)) / 6.0


_FILTERS = {**FILTERS, "gaussian": _gaussian, "mitchellcubic": _mitchell}
_RADIUS = {
    "bilinear": 1.0,
    "bicubic": 2.0,
    "lanczos3": 3.0,
    "lanczos5": 5.0,
    "gaussian": 1.5,
    "mitchellcubic": 2.0,
}
_SMOOTHING = ("gaussian", "mitchellcubic")  # these change an image also in its own size
METHODS = ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian")
METHODS += ("mitchellcubic",)


@functools.lru_cache(maxsize=256)
def taps(side, new_side, method):
    """Which pixels of an axis make up each pixel of the resized one, and in which proportions.

    Pixels are squares with their values at their centres. ``"area"`` takes means of what the new
    squares cover; filters are laid around the new centres, never widened, weights summing to 1.

    Args:
        side, new_side: the lengths of the axis.
        method: one of ``METHODS``.

    Returns:
        Indices and float32 weights, both of shape ``(taps, new_side)``.

    >>> indices, weights = taps(4, 2, "area")
    >>> indices.tolist(), weights.tolist()
    ([[0, 2], [1, 3]], [[0.5, 0.5], [0.5, 0.5]])
    """
    step = side / new_side
    new = np.arange(new_side)
    if method == "nearest":
        # In single precision, as elsewhere: it decides where a centre falls between two pixels.
        places = np.floor((new.astype("float32") + np.float32(0.5)) * np.float32(step))
        return np.minimum(places, side - 1).astype(int)[None], np.ones((1, new_side), "float32")
    if method == "area":
        # In single precision as well, so that bounds which are integers do not miss them.
        begin, end = new.astype("float32") * np.float32(step), (new + 1) * np.float32(step)
        first = np.floor(begin).astype(int)
        indices = first + np.arange(int((np.ceil(end) - first).max()))[:, None]
        weights = np.minimum(indices + 1, end) - np.maximum(indices, begin)
    else:
        centres = (new + 0.5) * step - 0.5
        radius = _RADIUS[method]
        first = np.floor(centres - radius).astype(int) + 1
        indices = first + np.arange(int(2 * radius))[:, None]
        weights = _FILTERS[method](np.abs(centres - indices))
    weights = np.where((indices >= 0) & (indices < side), np.maximum(weights, _least(method)), 0.0)
    return np.clip(indices, 0, side - 1), (weights / weights.sum(axis=0)).astype("float32")


def _least(method):
    """The least weight: coverage cannot be negative, where filters can."""
    return 0.0 if method == "area" else -np.inf


def resized(image, size, method="bilinear"):
    """An image with another height and width.

    Args:
        image: ``(height, width, channels)`` of numbers.
        size: the new ``(height, width)``.
        method: one of ``METHODS``.

    Returns:
        ``(*size, channels)`` in float32.
    """
    # The axis that shrinks most goes first: it leaves the other less to do.
    axes = sorted((0, 1), key=lambda axis: size[axis] / image.shape[axis])
    for axis in axes:
        if image.shape[axis] != size[axis] or method in _SMOOTHING:
            image = _along(image, axis, *taps(image.shape[axis], size[axis], method))
    return image.astype("float32", copy=False)


def _along(image, axis, indices, weights):
    if len(indices) == 1:
        return image.take(indices[0], axis)
    shape = (-1, 1, 1) if axis == 0 else (-1, 1)
    total = 0.0
    for index, weight in zip(indices, weights):
        total += image.take(index, axis) * weight.reshape(shape)
    return total


def cropped(image, size):
    """The largest part in the middle of an image with the proportions of ``size``."""
    height, width = image.shape[:2]
    new_height = max(min(height, int(width * size[0] / size[1])), 1)
    new_width = max(min(width, int(height * size[1] / size[0])), 1)
    top, left = (height - new_height) // 2, (width - new_width) // 2
    return image[top : top + new_height, left : left + new_width]


def resized_with_borders(image, size, method="bilinear"):
    """An image made as large as fits into ``size``, with zeros around it."""
    height, width = np.float32(image.shape[0]), np.float32(image.shape[1])
    # In single precision, as elsewhere: it decides the last pixel.
    ratio = max(width / np.float32(size[1]), height / np.float32(size[0]))
    inner = height / ratio, width / ratio
    small = resized(image, tuple(max(1, int(side)) for side in inner), method)
    result = np.zeros((*size, image.shape[2]), "float32")
    top, left = (max(0, int((size[i] - inner[i]) / 2)) for i in (0, 1))
    result[top : top + small.shape[0], left : left + small.shape[1]] = small
    return result


def bordered(image, size):
    """An image with zeros around it so that it has the proportions of ``size``."""
    height, width = image.shape[:2]
    top = max(int(width * size[0] / size[1]) - height, 0) // 2
    left = max(int(height * size[1] / size[0]) - width, 0) // 2
    return np.pad(image, ((top, top), (left, left), (0, 0)))
