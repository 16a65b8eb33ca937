"""Preparing arrays before training: one-hot rows, and rows of unit length."""

import numpy as np

from minikeras import config
from minikeras.backend import autodiff
from minikeras.backend.autodiff import Handle
from minikeras.backend.dtypes import is_float_dtype
from minikeras.backend.xp import asarray, is_array, to_numpy


def to_categorical(x, num_classes=None):
    """Classes as one-hot rows.

    Args:
        x: integers from 0 to ``num_classes - 1``, an array or nested lists; a last axis of length 1
            is dropped.
        num_classes: the number of classes, by default the largest class and one.

    Returns:
        A float64 NumPy array of shape ``(*x.shape, num_classes)``; on the GPU, where ``x`` lies
        there, an array in floatx there.

    Raises:
        ValueError: if a class is negative or too large.

    >>> import minikeras as keras
    >>> keras.utils.to_categorical([0, 2]).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    on_device = _on_device(x)
    classes = np.asarray(to_numpy(on_device) if on_device is not None else x).astype(np.int64)
    if classes.ndim > 1 and classes.shape[-1] == 1:
        classes = classes[..., 0]
    if not num_classes:
        if not classes.size:
            raise ValueError("num_classes must be given where x is empty")
        num_classes = int(classes.max()) + 1
    if classes.size and (classes.min() < 0 or classes.max() >= num_classes):
        raise ValueError(
            f"Classes must lie between 0 and num_classes - 1 = {num_classes - 1}. Received values "
            f"from {classes.min()} to {classes.max()}"
        )
    rows = np.zeros((*classes.shape, num_classes))
    np.put_along_axis(rows, classes[..., None], 1.0, axis=-1)
    return rows if on_device is None else asarray(rows, config.floatx())


def normalize(x, axis=-1, order=2):
    """``x`` divided by its norm along ``axis``; a norm of 0 divides by 1.

    Args:
        x: an array or nested lists.
        axis: the axis along which the norm is taken.
        order: the order of the norm, 2 for the Euclidean one.

    Returns:
        An array of the shape of ``x``, of floats.

    >>> import minikeras as keras
    >>> keras.utils.normalize([[3.0, 4.0]]).tolist()
    [[0.6, 0.8]]
    """
    on_device = _on_device(x)
    values = np.asarray(to_numpy(on_device) if on_device is not None else x)
    norm = np.linalg.norm(values, order, axis, keepdims=True)
    result = values / np.where(norm == 0, np.ones_like(norm), norm)
    if on_device is None:
        return result
    return asarray(result, values.dtype if is_float_dtype(values.dtype) else config.floatx())


def _on_device(x):
    """The array of ``x`` if it is a tensor that NumPy does not know, else None."""
    x = autodiff.plain(x.value if isinstance(x, Handle) else x)
    return x if is_array(x) and not isinstance(x, (np.ndarray, np.generic)) else None
