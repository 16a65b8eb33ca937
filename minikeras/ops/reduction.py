"""keras.ops: sums, means, extremes and other functions that reduce or accumulate axes."""

from minikeras.backend import elementwise, logic, reduction
from minikeras.backend.dtypes import standardize_dtype
from minikeras.backend.shaping import normal_axis, reshape, transpose
from minikeras.backend.xp import xp
from minikeras.ops.arguments import floating, promote_floats, tensor
from minikeras.symbolic.operation import op

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "average",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "logsumexp",
    "max",
    "mean",
    "min",
    "prod",
    "ptp",
    "std",
    "sum",
    "var",
]


def as_axis(axis):
    """``axis`` as the primitives take it: None, an integer or a tuple of integers."""
    return tuple(axis) if isinstance(axis, list) else axis


def total_dtype(dtype):
    """The dtype in which values of ``dtype`` are summed: small integers become 32 bits wide."""
    if dtype.kind not in "biu" or dtype.itemsize >= 4:
        return dtype
    return xp.dtype("uint32" if dtype.kind == "u" else "int32")


def cumulative_operand(x, axis, dtype):
    """What a cumulative function works on: the tensor in its dtype, flattened without an axis."""
    x = tensor(x)
    if dtype is None:
        dtype = "int32" if x.dtype == "bool" else x.dtype
    x = tensor(x, dtype if hasattr(dtype, "kind") else standardize_dtype(dtype))
    if isinstance(axis, (list, tuple)) and len(axis) == 1:
        (axis,) = axis
    return (reshape(x, shape=(x.size,)), 0) if axis is None else (x, axis)


@op
def sum(x, axis=None, keepdims=False):
    """The sum over ``axis``.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    Returns:
        A tensor; booleans and integers of less than 32 bits become int32 (uint32 if unsigned).

    >>> import minikeras as keras
    >>> keras.ops.sum([[1, 2], [3, 4]], axis=0).tolist()
    [4, 6]
    """
    x = tensor(x)
    dtype = total_dtype(x.dtype)
    return reduction.sum(x, axis=as_axis(axis), keepdims=keepdims, dtype=dtype)


@op
def prod(x, axis=None, keepdims=False, dtype=None):
    """The product over ``axis``. Its gradient is right where elements are 0.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.
        dtype: the dtype to multiply in; by default that of ``x``, with integers of less than 32
            bits made int32 (uint32 if unsigned).

    >>> import minikeras as keras
    >>> keras.ops.prod([[1, 2], [3, 4]], axis=0).tolist()
    [3, 8]
    """
    x = tensor(x)
    dtype = total_dtype(x.dtype) if dtype is None else standardize_dtype(dtype)
    x = tensor(x, dtype)
    return reduction.prod(x, axis=as_axis(axis), keepdims=keepdims)


@op
def mean(x, axis=None, keepdims=False):
    """The arithmetic mean over ``axis``; of integers, a float.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.mean([[1, 2], [3, 4]], axis=0).tolist()
    [2.0, 3.0]
    """
    return reduction.mean(floating(x), axis=as_axis(axis), keepdims=keepdims)


@op
def var(x, axis=None, keepdims=False):
    """The variance over ``axis``: the mean squared distance from the mean.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.var([[1, 2], [3, 4]], axis=0).tolist()
    [1.0, 1.0]
    """
    return reduction.var(floating(x), axis=as_axis(axis), keepdims=keepdims)


@op
def std(x, axis=None, keepdims=False):
    """The standard deviation over ``axis``: the square root of the variance.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.std([[1, 2], [3, 4]], axis=0).tolist()
    [1.0, 1.0]
    """
    variance = reduction.var(floating(x), axis=as_axis(axis), keepdims=keepdims)
    return elementwise.sqrt(variance)


@op
def max(x, axis=None, keepdims=False, initial=None):
    """The largest element over ``axis``. Equal largest elements share the gradient.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.
        initial: a number below which the result does not fall; also the maximum of no elements.

    >>> import minikeras as keras
    >>> keras.ops.max([[1, 2], [3, 4]], axis=0).tolist()
    [3, 4]
    """
    return _extreme(reduction.max, elementwise.maximum, tensor(x), axis, keepdims, initial)


@op
def amax(x, axis=None, keepdims=False):
    """The largest element over ``axis``, as `max` gives it.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.amax([[1, 2], [3, 4]], axis=0).tolist()
    [3, 4]
    """
    return reduction.max(tensor(x), axis=as_axis(axis), keepdims=keepdims)


@op
def min(x, axis=None, keepdims=False, initial=None):
    """The smallest element over ``axis``. Equal smallest elements share the gradient.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.
        initial: a number above which the result does not rise; also the minimum of no elements.

    >>> import minikeras as keras
    >>> keras.ops.min([[1, 2], [3, 4]], axis=0).tolist()
    [1, 2]
    """
    return _extreme(reduction.min, elementwise.minimum, tensor(x), axis, keepdims, initial)


def _extreme(reduce, choose, x, axis, keepdims, initial):
    axis = as_axis(axis)
    if initial is None:
        return reduce(x, axis=axis, keepdims=keepdims)
    initial = xp.asarray(initial).astype(x.dtype)
    if reduction.count(x.shape, axis) == 0:
        shape = reduction.kept_shape if keepdims else reduction.reduced_shape
        return xp.broadcast_to(initial, shape(x.shape, axis)).copy()
    return choose(reduce(x, axis=axis, keepdims=keepdims), initial)


@op
def amin(x, axis=None, keepdims=False):
    """The smallest element over ``axis``, as `min` gives it.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.amin([[1, 2], [3, 4]], axis=0).tolist()
    [1, 2]
    """
    return reduction.min(tensor(x), axis=as_axis(axis), keepdims=keepdims)


@op
def ptp(x, axis=None, keepdims=False):
    """The distance from the smallest to the largest element over ``axis``.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.ptp([[1, 2], [3, 4]], axis=0).tolist()
    [2, 2]
    """
    x, axis = tensor(x), as_axis(axis)
    largest = reduction.max(x, axis=axis, keepdims=keepdims)
    return elementwise.subtract(largest, reduction.min(x, axis=axis, keepdims=keepdims))


@op
def any(x, axis=None, keepdims=False):
    """Whether any element over ``axis`` is true (numbers: not 0).

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.any([[True, False], [False, False]], axis=0).tolist()
    [True, False]
    """
    return reduction.any(tensor(x), axis=as_axis(axis), keepdims=keepdims)


@op
def all(x, axis=None, keepdims=False):
    """Whether all elements over ``axis`` are true (numbers: not 0).

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.all([[True, False], [True, True]], axis=0).tolist()
    [True, False]
    """
    return reduction.all(tensor(x), axis=as_axis(axis), keepdims=keepdims)


@op
def count_nonzero(x, axis=None):
    """The number of elements over ``axis`` that are not 0.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.

    Returns:
        An int32 tensor.

    >>> import minikeras as keras
    >>> keras.ops.count_nonzero([[1, 0], [3, 4]], axis=0).tolist()
    [2, 1]
    """
    is_counted = logic.not_equal(tensor(x), 0)
    return reduction.sum(is_counted, axis=as_axis(axis), dtype="int32")


@op
def argmax(x, axis=None, keepdims=False):
    """The position of the largest element along ``axis``; of equal ones, the first.

    Args:
        x: a tensor.
        axis: an integer, or None for the position in the flattened tensor.
        keepdims: whether the reduced axis stays, with length 1.

    Returns:
        An int32 tensor.

    >>> import minikeras as keras
    >>> keras.ops.argmax([[1, 5], [3, 4]], axis=0).tolist()
    [1, 0]
    """
    return _position(reduction.argmax, x, axis, keepdims)


@op
def argmin(x, axis=None, keepdims=False):
    """The position of the smallest element along ``axis``; of equal ones, the first.

    Args:
        x: a tensor.
        axis: an integer, or None for the position in the flattened tensor.
        keepdims: whether the reduced axis stays, with length 1.

    Returns:
        An int32 tensor.

    >>> import minikeras as keras
    >>> keras.ops.argmin([[1, 5], [3, 4]], axis=0).tolist()
    [0, 1]
    """
    return _position(reduction.argmin, x, axis, keepdims)


def _position(search, x, axis, keepdims):
    return elementwise.cast(search(tensor(x), axis=axis, keepdims=keepdims), dtype="int32")


@op
def cumsum(x, axis=None, dtype=None):
    """The sums of all elements up to each along ``axis``.

    Args:
        x: a tensor.
        axis: an integer, or None to flatten ``x`` first.
        dtype: the dtype to add in; by default that of ``x``, or int32 for booleans.

    >>> import minikeras as keras
    >>> keras.ops.cumsum([[1, 2], [3, 4]], axis=0).tolist()
    [[1, 2], [4, 6]]
    """
    x, axis = cumulative_operand(x, axis, dtype)
    return reduction.cumsum(x, axis=axis)


@op
def cumprod(x, axis=None, dtype=None):
    """The products of all elements up to each along ``axis``.

    Args:
        x: a tensor.
        axis: an integer, or None to flatten ``x`` first.
        dtype: the dtype to multiply in; by default that of ``x``, or int32 for booleans.

    >>> import minikeras as keras
    >>> keras.ops.cumprod([[1, 2], [3, 4]], axis=0).tolist()
    [[1, 2], [3, 8]]
    """
    x, axis = cumulative_operand(x, axis, dtype)
    return reduction.cumprod(x, axis=axis)


@op
def logsumexp(x, axis=None, keepdims=False):
    """``log(sum(exp(x)))`` over ``axis``, without overflow.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.logsumexp([1000.0, -1000.0]).item()
    1000.0
    """
    return reduction.logsumexp(floating(x), axis=as_axis(axis), keepdims=keepdims)


@op
def average(x, axis=None, weights=None):
    """The mean over ``axis``, weighted.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        weights: a tensor of the shape of ``x``, or only of its sides along ``axis``; equal weights
            by default.

    Raises:
        ValueError: if the weights have any other shape.

    >>> import minikeras as keras
    >>> keras.ops.average([1.0, 4.0], weights=[2, 1]).item()
    2.0
    """
    if weights is None:
        return reduction.mean(floating(x), axis=as_axis(axis))
    x, weights = promote_floats(x, weights)
    axis = as_axis(axis)
    if weights.shape != x.shape:
        weights = _spread_weights(weights, x.shape, axis)
    total = reduction.sum(elementwise.multiply(x, weights), axis=axis)
    return elementwise.true_divide(total, reduction.sum(weights, axis=axis))


def _spread_weights(weights, shape, axis):
    """Weights along the reduced axes, in a shape that broadcasts."""
    rank = len(shape)
    axes = () if axis is None else (axis,) if isinstance(axis, int) else axis
    axes = [normal_axis(a, rank) for a in axes]
    if not axes or weights.shape != tuple(shape[a] for a in axes):
        raise ValueError(
            f"The weights of average have shape {weights.shape}, which is neither that of x, "
            f"{shape}, nor the sides of x along axis={axis}."
        )
    weights = transpose(weights, axes=tuple(sorted(range(len(axes)), key=axes.__getitem__)))
    return reshape(weights, shape=tuple(n if i in axes else 1 for i, n in enumerate(shape)))
