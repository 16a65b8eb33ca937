"""keras.ops: the reductions that leave NaN out."""

from minikeras.backend import elementwise, logic, reduction
from minikeras.ops.arguments import floating, tensor
from minikeras.ops.reduction import as_axis, cumulative_operand, total_dtype
from minikeras.symbolic.operation import op

__all__ = [
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
]


@op
def nansum(x, axis=None, keepdims=False):
    """The sum over ``axis`` of what is not NaN.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.nansum([[1.0, float("nan")], [3.0, 4.0]], axis=0).tolist()
    [4.0, 4.0]
    """
    x = _filled(x, 0)
    dtype = total_dtype(x.dtype)
    return reduction.sum(x, axis=as_axis(axis), keepdims=keepdims, dtype=dtype)


@op
def nanprod(x, axis=None, keepdims=False):
    """The product over ``axis`` of what is not NaN.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.nanprod([[1.0, float("nan")], [3.0, 4.0]], axis=0).tolist()
    [3.0, 4.0]
    """
    x = _filled(x, 1)
    x = tensor(x, total_dtype(x.dtype))
    return reduction.prod(x, axis=as_axis(axis), keepdims=keepdims)


@op
def nanmean(x, axis=None, keepdims=False):
    """The mean over ``axis`` of what is not NaN; NaN where there is nothing else.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.nanmean([[1.0, float("nan")], [3.0, 4.0]], axis=0).tolist()
    [2.0, 4.0]
    """
    return _mean(floating(x), as_axis(axis), keepdims)


@op
def nanvar(x, axis=None, keepdims=False):
    """The variance over ``axis`` of what is not NaN.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.nanvar([[1.0, float("nan")], [3.0, 4.0]], axis=0).tolist()
    [1.0, 0.0]
    """
    return _var(floating(x), as_axis(axis), keepdims)


@op
def nanstd(x, axis=None, keepdims=False):
    """The standard deviation over ``axis`` of what is not NaN.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.nanstd([[1.0, float("nan")], [3.0, 4.0]], axis=0).tolist()
    [1.0, 0.0]
    """
    return elementwise.sqrt(_var(floating(x), as_axis(axis), keepdims))


def _filled(x, value):
    """``x`` as a tensor with ``value`` in place of NaN."""
    x = tensor(x)
    if x.dtype.kind not in "fc":
        return x
    return elementwise.where(logic.isnan(x), value, x)


def _count(x, axis, keepdims):
    is_number = logic.logical_not(logic.isnan(x))
    return reduction.sum(is_number, axis=axis, keepdims=keepdims, dtype=x.dtype)


def _mean(x, axis, keepdims):
    total = reduction.sum(_filled(x, 0), axis=axis, keepdims=keepdims)
    return elementwise.true_divide(total, _count(x, axis, keepdims))


def _var(x, axis, keepdims):
    # Not where the distance is NaN: infinite elements have that, and their variance is none.
    distance = elementwise.subtract(x, _mean(x, axis, True))
    centred = elementwise.where(logic.isnan(x), 0, distance)
    squares = elementwise.square(centred)
    total = reduction.sum(squares, axis=axis, keepdims=keepdims)
    return elementwise.true_divide(total, _count(x, axis, keepdims))


@op
def nanmax(x, axis=None, keepdims=False):
    """The largest element over ``axis`` apart from NaN; NaN where there is nothing else.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.nanmax([[1.0, float("nan")], [3.0, 4.0]], axis=0).tolist()
    [3.0, 4.0]
    """
    return _extreme(reduction.max, -float("inf"), tensor(x), as_axis(axis), keepdims)


@op
def nanmin(x, axis=None, keepdims=False):
    """The smallest element over ``axis`` apart from NaN; NaN where there is nothing else.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.nanmin([[1.0, float("nan")], [3.0, 4.0]], axis=0).tolist()
    [1.0, 4.0]
    """
    return _extreme(reduction.min, float("inf"), tensor(x), as_axis(axis), keepdims)


def _extreme(reduce, filling, x, axis, keepdims):
    found = reduce(_filled(x, filling), axis=axis, keepdims=keepdims)
    if x.dtype.kind != "f":
        return found
    return elementwise.where(_is_empty(x, axis, keepdims), float("nan"), found)


def _is_empty(x, axis, keepdims):
    """Whether there is nothing but NaN along ``axis``."""
    return reduction.all(logic.isnan(x), axis=axis, keepdims=keepdims)


@op
def nanargmax(x, axis=None, keepdims=False):
    """The position of the largest element along ``axis`` apart from NaN.

    Args:
        x: a tensor.
        axis: an integer, or None for the position in the flattened tensor.
        keepdims: whether the reduced axis stays, with length 1.

    Returns:
        An int32 tensor; -1 where there is nothing but NaN.

    >>> import minikeras as keras
    >>> keras.ops.nanargmax([[1.0, float("nan")], [3.0, 4.0]], axis=0).tolist()
    [1, 1]
    """
    return _position(reduction.argmax, -float("inf"), tensor(x), axis, keepdims)


@op
def nanargmin(x, axis=None, keepdims=False):
    """The position of the smallest element along ``axis`` apart from NaN.

    Args:
        x: a tensor.
        axis: an integer, or None for the position in the flattened tensor.
        keepdims: whether the reduced axis stays, with length 1.

    Returns:
        An int32 tensor; -1 where there is nothing but NaN.

    >>> import minikeras as keras
    >>> keras.ops.nanargmin([[1.0, float("nan")], [3.0, 4.0]], axis=0).tolist()
    [0, 1]
    """
    return _position(reduction.argmin, float("inf"), tensor(x), axis, keepdims)


def _position(search, filling, x, axis, keepdims):
    found = search(_filled(x, filling), axis=axis, keepdims=keepdims)
    found = elementwise.cast(found, dtype="int32")
    if x.dtype.kind != "f":
        return found
    return elementwise.where(_is_empty(x, axis, keepdims), -1, found)


@op
def nancumsum(x, axis=None, dtype=None):
    """The sums of all elements up to each along ``axis``, NaN counting as 0.

    Args:
        x: a tensor.
        axis: an integer, or None to flatten ``x`` first.
        dtype: the dtype to add in; by default that of ``x``, or int32 for booleans.

    >>> import minikeras as keras
    >>> keras.ops.nancumsum([[1.0, float("nan")], [3.0, 4.0]], axis=0).tolist()
    [[1.0, 0.0], [4.0, 4.0]]
    """
    x, axis = cumulative_operand(_filled(x, 0), axis, dtype)
    return reduction.cumsum(x, axis=axis)


@op
def nancumprod(x, axis=None, dtype=None):
    """The products of all elements up to each along ``axis``, NaN counting as 1.

    Args:
        x: a tensor.
        axis: an integer, or None to flatten ``x`` first.
        dtype: the dtype to multiply in; by default that of ``x``, or int32 for booleans.

    >>> import minikeras as keras
    >>> keras.ops.nancumprod([[1.0, float("nan")], [3.0, 4.0]], axis=0).tolist()
    [[1.0, 1.0], [3.0, 4.0]]
    """
    x, axis = cumulative_operand(_filled(x, 1), axis, dtype)
    return reduction.cumprod(x, axis=axis)
