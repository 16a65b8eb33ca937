"""keras.ops: sums, means, extremes and other functions that reduce axes."""

from minikeras.backend import reduction
from minikeras.ops.arguments import floating, tensor
from minikeras.symbolic.operation import op

__all__ = ["max", "mean", "min", "sum"]


def as_axis(axis):
    """``axis`` as the primitives take it: None, an integer or a tuple of integers."""
    return tuple(axis) if isinstance(axis, list) else axis


def total_dtype(dtype):
    """The dtype in which values of ``dtype`` are summed: small integers become 32 bits wide."""
    if dtype.kind in "bi" and dtype.itemsize < 4:
        return "int32"
    if dtype.kind == "u" and dtype.itemsize < 4:
        return "uint32"
    return dtype.name


@op
def sum(x, axis=None, keepdims=False):
    """The sum over ``axis``.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether summed axes stay, with length 1.

    Returns:
        A tensor; booleans and integers of less than 32 bits become int32 (uint32 if unsigned).

    >>> import minikeras as keras
    >>> keras.ops.sum([[1, 2], [3, 4]], axis=0).tolist()
    [4, 6]
    """
    x = tensor(x)
    dtype = None if x.dtype.kind == "f" else total_dtype(x.dtype)
    return reduction.sum(x, axis=as_axis(axis), keepdims=keepdims, dtype=dtype)


@op
def mean(x, axis=None, keepdims=False):
    """The arithmetic mean over ``axis``; integers give floats.

    >>> import minikeras as keras
    >>> keras.ops.mean([[1, 2], [3, 4]], axis=1).tolist()
    [1.5, 3.5]
    """
    return reduction.mean(floating(x), axis=as_axis(axis), keepdims=keepdims)


@op
def max(x, axis=None, keepdims=False, initial=None):
    """The largest element over ``axis``. Equal largest elements share the gradient.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.
        initial: the least value of the result, also that of the maximum of nothing; a number.

    >>> import minikeras as keras
    >>> keras.ops.max([[1, 5], [7, 3]], axis=1).tolist()
    [5, 7]
    """
    return reduction.max(tensor(x), axis=as_axis(axis), keepdims=keepdims)


@op
def min(x, axis=None, keepdims=False, initial=None):
    """The smallest element over ``axis``. Equal smallest elements share the gradient.

    >>> import minikeras as keras
    >>> keras.ops.min([[1, 5], [7, 3]], axis=1).tolist()
    [1, 3]
    """
    return reduction.min(tensor(x), axis=as_axis(axis), keepdims=keepdims)
