"""Resampling of images along one axis, by matrices of weights."""

import functools
import math

import numpy as np

from minikeras.backend.autodiff import primitive
from minikeras.backend.contraction import einsum
from minikeras.backend.shaping import reshape, transpose
from minikeras.backend.xp import ON_GPU, xp


def _triangle(x):
    return np.maximum(0.0, 1.0 - x)


def _keys_cubic(x):
    """Keys 1981, "Cubic convolution interpolation for digital image processing", a = -1/2."""
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return np.where(x < 1.0, near, np.where(x < 2.0, far, 0.0))


def _lanczos(radius, x):
    """The windowed sinc: Duchon 1979, "Lanczos filtering in one and two dimensions"."""
    return np.where(x <= radius, np.sinc(x) * np.sinc(x / radius), 0.0)


FILTERS = {
    "bilinear": _triangle,
    "bicubic": _keys_cubic,
    "lanczos3": functools.partial(_lanczos, 3),
    "lanczos5": functools.partial(_lanczos, 5),
}


@functools.lru_cache(maxsize=64)
def resize_weights(side, new_side, method, antialias, dtype):
    """The matrix that resizes an axis.

    Pixels are squares with their values at their centres, so that pixel ``i`` of the result is the
    filter laid around ``(i + 1/2) * side / new_side - 1/2``, weights made to sum to 1.

    Args:
        side, new_side: the lengths of the axis.
        method: a key of ``FILTERS``.
        antialias: whether the filter is widened where the axis becomes shorter.
        dtype: of the result, as a name.

    Returns:
        ``(new_side, side)``.
    """
    step = side / max(new_side, 1)
    centres = (np.arange(new_side) + 0.5) * step - 0.5
    width = max(step, 1.0) if antialias else 1.0
    weights = FILTERS[method](np.abs(centres[:, None] - np.arange(side)) / width)
    total = weights.sum(axis=1, keepdims=True)
    weights = np.divide(weights, total, out=np.zeros_like(weights), where=np.abs(total) > 1e-4)
    return xp.asarray(weights, dtype=dtype)


def nearest_places(side, new_side):
    """Which pixel each pixel of a resized axis takes: ``(new_side,)`` integers."""
    # In single precision, as Keras's backends compute it: it decides where pixels lie halfway.
    places = (np.arange(new_side, dtype="float32") + np.float32(0.5)) * np.float32(side)
    return xp.asarray(np.floor(places / np.float32(max(new_side, 1))).astype("int32"))


@primitive
def resample(x, weights, *, axis):
    """``weights @ x`` along one axis of ``x``.

    Args:
        x: an array.
        weights: ``(new_side, side)``.
        axis: the axis of ``x`` with the length ``side``.

    Returns:
        An array whose axis has the length ``new_side``.
    """
    shape = (*x.shape[:axis], weights.shape[0], *x.shape[axis + 1 :])
    if not x.size:
        return xp.zeros(shape, x.dtype)
    dtype = xp.dtype("float32") if x.dtype == "float16" and not ON_GPU else x.dtype
    flat = x.reshape(math.prod(x.shape[:axis]), x.shape[axis], -1).astype(dtype, copy=False)
    found = xp.matmul(weights.astype(dtype, copy=False), flat)
    return found.reshape(shape).astype(x.dtype, copy=False)


def _resample_by_weights(out, x, weights, *, axis):
    def flat(y):
        shape = (math.prod(y.shape[:axis]), y.shape[axis], math.prod(y.shape[axis + 1 :]))
        return reshape(y, shape=shape)

    return lambda g: einsum(flat(g), flat(x), subscripts="bna,bsa->ns")


resample.rules(
    lambda out, x, weights, *, axis: (
        lambda g: resample(g, transpose(weights, axes=(1, 0)), axis=axis)
    ),
    _resample_by_weights,
)
