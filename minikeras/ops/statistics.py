"""keras.ops: quantiles, counts, correlation, and the integral of samples."""

from minikeras.backend import elementwise, indexing, logic, reduction
from minikeras.backend.autodiff import plain
from minikeras.backend.contraction import matmul
from minikeras.backend.shaping import moveaxis, normal_axis, reshape, transpose
from minikeras.backend.xp import xp
from minikeras.ops.arguments import floating, promote, promote_floats, tensor
from minikeras.ops.reduction import as_axis
from minikeras.symbolic.inference import is_inferring, open_length
from minikeras.symbolic.operation import op

__all__ = [
    "bincount",
    "corrcoef",
    "correlate",
    "diff",
    "digitize",
    "histogram",
    "median",
    "nanmedian",
    "nanpercentile",
    "nanquantile",
    "percentile",
    "quantile",
    "trapezoid",
]


@op
def median(x, axis=None, keepdims=False):
    """The middle element over ``axis``, or the mean of the middle two.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.median([5.0, 1.0, 2.0]).item()
    2.0
    """
    return quantiles(x, 0.5, axis, keepdims=keepdims)


@op
def quantile(x, q, axis=None, method="linear", keepdims=False):
    """The values below which the parts ``q`` of the elements over ``axis`` lie.

    Args:
        x: a tensor.
        q: a number or tensor of numbers from 0 to 1.
        axis: an integer, a tuple of integers, or None for all axes.
        method: how to choose between the two elements nearest to the place asked for: ``"linear"``
            (interpolation), ``"lower"``, ``"higher"``, ``"midpoint"`` or ``"nearest"``.
        keepdims: whether reduced axes stay, with length 1.

    Returns:
        A tensor of the shape of ``q`` followed by the other axes of ``x``.

    Raises:
        ValueError: if there is no such method, or if there are no elements.

    >>> import minikeras as keras
    >>> keras.ops.quantile([1.0, 2.0, 4.0], [0.5, 0.75]).tolist()
    [2.0, 3.0]
    """
    return quantiles(x, q, axis, method, keepdims)


@op
def percentile(x, q, axis=None, method="linear", keepdims=False):
    """The values below which ``q`` per cent of the elements over ``axis`` lie.

    Args:
        x: a tensor.
        q: a number or tensor of numbers from 0 to 100.
        axis: an integer, a tuple of integers, or None for all axes.
        method: how to choose between the two elements nearest to the place asked for: ``"linear"``
            (interpolation), ``"lower"``, ``"higher"``, ``"midpoint"`` or ``"nearest"``.
        keepdims: whether reduced axes stay, with length 1.

    Returns:
        A tensor of the shape of ``q`` followed by the other axes of ``x``.

    Raises:
        ValueError: if there is no such method, or if there are no elements.

    >>> import minikeras as keras
    >>> keras.ops.percentile([1.0, 2.0, 4.0], [50, 75]).tolist()
    [2.0, 3.0]
    """
    return quantiles(x, _fraction(q), axis, method, keepdims)


@op
def nanmedian(x, axis=None, keepdims=False):
    """The `median` of what is not NaN; NaN where there is nothing else.

    Args:
        x: a tensor.
        axis: an integer, a tuple of integers, or None for all axes.
        keepdims: whether reduced axes stay, with length 1.

    >>> import minikeras as keras
    >>> keras.ops.nanmedian([5.0, float("nan"), 2.0]).item()
    3.5
    """
    return quantiles(x, 0.5, axis, keepdims=keepdims, leave_nan_out=True)


@op
def nanquantile(x, q, axis=None, method="linear", keepdims=False):
    """The `quantile` of what is not NaN; NaN where there is nothing else.

    Args:
        x: a tensor.
        q: a number or tensor of numbers from 0 to 1.
        axis: an integer, a tuple of integers, or None for all axes.
        method: how to choose between the two elements nearest to the place asked for: ``"linear"``
            (interpolation), ``"lower"``, ``"higher"``, ``"midpoint"`` or ``"nearest"``.
        keepdims: whether reduced axes stay, with length 1.

    Returns:
        A tensor of the shape of ``q`` followed by the other axes of ``x``.

    Raises:
        ValueError: if there is no such method, or if there are no elements.

    >>> import minikeras as keras
    >>> keras.ops.nanquantile([5.0, float("nan"), 2.0], 0.5).item()
    3.5
    """
    return quantiles(x, q, axis, method, keepdims, leave_nan_out=True)


@op
def nanpercentile(x, q, axis=None, method="linear", keepdims=False):
    """The `percentile` of what is not NaN; NaN where there is nothing else.

    Args:
        x: a tensor.
        q: a number or tensor of numbers from 0 to 100.
        axis: an integer, a tuple of integers, or None for all axes.
        method: how to choose between the two elements nearest to the place asked for: ``"linear"``
            (interpolation), ``"lower"``, ``"higher"``, ``"midpoint"`` or ``"nearest"``.
        keepdims: whether reduced axes stay, with length 1.

    Returns:
        A tensor of the shape of ``q`` followed by the other axes of ``x``.

    Raises:
        ValueError: if there is no such method, or if there are no elements.

    >>> import minikeras as keras
    >>> keras.ops.nanpercentile([5.0, float("nan"), 2.0], 50).item()
    3.5
    """
    return quantiles(x, _fraction(q), axis, method, keepdims, leave_nan_out=True)


def _fraction(q):
    return elementwise.true_divide(tensor(q, "float64"), 100)


def quantiles(x, q, axis=None, method="linear", keepdims=False, leave_nan_out=False):
    """The function behind `quantile` and its kin; differentiable in ``x`` and ``q``."""
    if method not in _METHODS:
        raise ValueError(f"method must be one of {list(_METHODS)}. Received: {method!r}")
    x, q = floating(x), tensor(q, "float64")
    axes = reduction.reduced_axes(len(x.shape), as_axis(axis))
    ordered = indexing.sort(_rows(x, axes), axis=-1)
    n = ordered.shape[-1]
    if n == 0:
        raise ValueError(f"There is no quantile of no elements: x has shape {x.shape}")
    places = reshape(q, shape=(q.size,))
    if leave_nan_out:  # NaN is sorted to the end, where the places do not reach
        is_number = logic.logical_not(logic.isnan(ordered))
        count = reduction.sum(is_number, axis=-1, keepdims=True, dtype="float64")
        last = elementwise.maximum(elementwise.subtract(count, 1), 0)
        found = _interpolated(ordered, elementwise.multiply(places, last), method)
        found = elementwise.where(logic.equal(count, 0), float("nan"), found)
    else:
        found = _interpolated(ordered, elementwise.multiply(places, n - 1), method)
        highest = indexing.get_item(ordered, index=(Ellipsis, slice(-1, None)))
        found = elementwise.where(logic.isnan(highest), float("nan"), found)
    found = moveaxis(found, -1, 0)
    sides = (reduction.kept_shape if keepdims else reduction.reduced_shape)(x.shape, axes)
    return reshape(found, shape=(*q.shape, *sides))


def _rows(x, axes):
    """``x`` with the reduced axes joined into a last one."""
    others = tuple(i for i in range(len(x.shape)) if i not in axes)
    x_last = transpose(x, axes=(*others, *axes))
    n = reduction.count(x.shape, axes)
    return reshape(x_last, shape=(*reduction.reduced_shape(x.shape, axes), n))


_METHODS = {
    "linear": lambda part: part,
    "lower": lambda part: 0.0,
    "higher": lambda part: 1.0,
    "midpoint": lambda part: elementwise.where(logic.equal(part, 0), 0.0, 0.5),
    "nearest": lambda part: elementwise.where(logic.greater(part, 0.5), 1.0, 0.0),
}


def _interpolated(ordered, places, method):
    """The values at fractional places along the last axis."""
    below = logic.floor(places)
    part = _METHODS[method](elementwise.subtract(places, below))
    lower = _picked(ordered, below)
    upper = _picked(ordered, logic.ceil(places))
    if not hasattr(part, "dtype"):
        return upper if part else lower
    part = elementwise.cast(part, dtype=ordered.dtype)
    of_lower = elementwise.multiply(lower, elementwise.subtract(1, part))
    between = elementwise.add(of_lower, elementwise.multiply(upper, part))
    # 0 times an infinite value would be NaN.
    between = elementwise.where(logic.equal(part, 0), lower, between)
    return elementwise.where(logic.equal(part, 1), upper, between)


def _picked(ordered, places):
    places = elementwise.cast(places, dtype="int32")
    if len(places.shape) == 1:
        return indexing.take(ordered, places, axis=-1)
    return indexing.take_along_axis(ordered, places, axis=-1)


@op
def bincount(x, weights=None, minlength=0, sparse=False):
    """How often each integer from 0 on occurs in ``x``.

    Args:
        x: a tensor of integers that are not negative, of shape ``(n,)``, or ``(batch, n)`` to count
            every row by itself.
        weights: what each occurrence counts, in the shape of ``x``; 1 by default. Differentiable.
        minlength: the least length of the result.
        sparse: whether to return a sparse tensor; only False is possible here.

    Returns:
        Counts of shape ``(length,)`` or ``(batch, length)``, in int32 or the dtype of the weights.
        The length reaches up to the largest integer present, so on the GPU this waits for the
        device.

    Raises:
        ValueError: for other shapes and dtypes.

    >>> import minikeras as keras
    >>> keras.ops.bincount([1, 3, 1]).tolist()
    [0, 2, 0, 1]
    """
    if sparse:
        raise ValueError("minikeras has dense tensors only. Received: sparse=True for bincount")
    x = tensor(x)
    if x.dtype.kind not in "iub" or len(x.shape) not in (1, 2):
        raise ValueError(
            "bincount takes integers in one axis, or in two to count every row by itself. "
            f"Received: x of shape {x.shape} and dtype {x.dtype}"
        )
    x = tensor(x, "int32")
    weights = xp.ones(x.shape, "int32") if weights is None else tensor(weights)
    if weights.shape != x.shape:
        raise ValueError(
            f"The weights of bincount have shape {weights.shape}, but x has shape {x.shape}"
        )
    values = plain(x)
    if is_inferring():
        longest = open_length()
    else:
        longest = int(values.max()) + 1 if values.size else 0
    length = max(longest, minlength)
    if len(x.shape) == 1:
        return indexing.put(weights, x, shape=(length,), axis=0)
    # Every row counts in a stretch of its own.
    rows = x.shape[0]
    places = values + xp.arange(rows, dtype="int32")[:, None] * length
    flat = indexing.put(
        reshape(weights, shape=(x.size,)), places.reshape(-1), shape=(rows * length,), axis=0
    )
    return reshape(flat, shape=(rows, length))


@op
def histogram(x, bins=10, range=None):
    """How many values lie in each of ``bins`` intervals of equal length.

    Args:
        x: a tensor with one axis.
        bins: the number of intervals.
        range: the lower end of the first interval and the upper end of the last; by default the
            smallest and the largest value. Values outside are not counted.

    Returns:
        A pair: the counts, of shape ``(bins,)``, and the ends of the intervals, of shape
        ``(bins + 1,)``, both in the dtype of ``x`` (floatx for integers). An interval holds its
        lower end; the last holds both.

    Raises:
        TypeError: if ``bins`` is not an integer.
        ValueError: if ``x`` has not one axis, or the range is no interval.

    >>> import minikeras as keras
    >>> counts, edges = keras.ops.histogram([1.0, 2.0, 2.5, 3.0], bins=2)
    >>> counts.tolist(), edges.tolist()
    ([1.0, 3.0], [1.0, 2.0, 3.0])
    """
    if not isinstance(bins, int) or isinstance(bins, bool):
        raise TypeError(f"bins must be an integer. Received: bins={bins!r}")
    if bins < 1:
        raise ValueError(f"histogram: `bins` must be at least 1. Received: bins={bins}")
    if range is not None and (len(range) != 2 or range[0] > range[1]):
        raise ValueError(f"range must be a pair (low, high). Received: range={range!r}")
    x = floating(x)
    if len(x.shape) != 1:
        raise ValueError(
            f"histogram: Input tensor must be 1-dimensional. Received: shape {x.shape}"
        )
    limits = None if range is None else tuple(range)
    counts, edges = xp.histogram(plain(x), bins=bins, range=limits)
    if range is None and x.shape[0]:
        edges = _edges(x, bins)
    return counts.astype(x.dtype), elementwise.cast(edges, dtype=x.dtype)


def _edges(x, bins):
    """The ends of equal intervals from the least to the greatest element, which they slope by."""
    low, high = reduction.min(x), reduction.max(x)
    margin = elementwise.where(logic.equal(low, high), 0.5, 0.0)
    parts = (xp.arange(bins + 1) / bins).astype(x.dtype)
    first = elementwise.multiply(elementwise.subtract(low, margin), 1 - parts)
    return elementwise.add(first, elementwise.multiply(elementwise.add(high, margin), parts))


@op
def digitize(x, bins):
    """In which interval each value lies: the number of bounds that are not above it.

    Args:
        x: a tensor of any shape.
        bins: the bounds between the intervals, ascending, of shape ``(n,)``.

    Returns:
        An int32 tensor of the shape of ``x`` with numbers from 0 to n.

    >>> import minikeras as keras
    >>> keras.ops.digitize([0.5, 1.0, 7.0], [1.0, 2.0]).tolist()
    [0, 1, 2]
    """
    x, bins = promote(x, bins)
    if len(bins.shape) != 1:
        raise ValueError(f"The bins must have one axis. Received: bins of shape {bins.shape}")
    return indexing.searchsorted(bins, x, side="right")


@op
def corrcoef(x):
    """Pearson's correlation of every row with every other.

    Args:
        x: a tensor of shape ``(variables, observations)``, or ``(observations,)``.

    Returns:
        A tensor of shape ``(variables, variables)`` with values from -1 to 1, or of shape ``()``.

    >>> import minikeras as keras
    >>> keras.ops.corrcoef([[1.0, 2.0], [4.0, 3.0]]).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    x = floating(x)
    if len(x.shape) > 2:
        raise ValueError(f"corrcoef takes a matrix, or one row. Received: shape {x.shape}")
    if len(x.shape) < 2:
        x = reshape(x, shape=(1, x.size))
        return reshape(_correlation(x), shape=())
    return _correlation(x)


def _correlation(x):
    centred = elementwise.subtract(x, reduction.mean(x, axis=1, keepdims=True))
    products = matmul(centred, transpose(elementwise.conj(centred), axes=(1, 0)))
    variances = reduction.sum(elementwise.square(elementwise.absolute(centred)), axis=1)
    scale = elementwise.sqrt(variances)
    found = elementwise.true_divide(products, reshape(scale, shape=(scale.size, 1)))
    found = elementwise.true_divide(found, scale)
    return found if found.dtype.kind == "c" else elementwise.clip(found, -1.0, 1.0)


@op
def correlate(x1, x2, mode="valid"):
    """The cross-correlation of two sequences: ``out[k] = sum(x1[n + k] * conj(x2[n]))`` over n.

    Args:
        x1: a tensor of shape ``(n,)``.
        x2: a tensor of shape ``(m,)``.
        mode: ``"valid"`` where both overlap in full, ``"same"`` for length ``max(n, m)``, or
            ``"full"`` wherever they overlap at all.

    Returns:
        A tensor with one axis, of floats.

    >>> import minikeras as keras
    >>> keras.ops.correlate([1.0, 2.0, 3.0], [0.0, 1.0, 0.5], mode="same").tolist()
    [2.0, 3.5, 3.0]
    """
    x1, x2 = promote_floats(x1, x2)
    if len(x1.shape) != 1 or len(x2.shape) != 1:
        raise ValueError(
            f"correlate takes tensors with one axis. Received shapes: {x1.shape} and {x2.shape}"
        )
    if mode not in ("valid", "same", "full"):
        raise ValueError(f"mode must be 'valid', 'same' or 'full'. Received: mode={mode!r}")
    return reduction.correlate(x1, x2, mode=mode)


@op
def diff(a, n=1, axis=-1):
    """The difference of each element from the one before it along ``axis``.

    Args:
        a: a tensor.
        n: how many times to take differences; each makes the axis shorter by one.
        axis: an integer.

    Returns:
        A tensor of the dtype of ``a``; booleans tell where neighbours differ.

    Raises:
        ValueError: if ``n`` is negative, or there is no such axis.

    >>> import minikeras as keras
    >>> keras.ops.diff([1, 4, 9]).tolist()
    [3, 5]
    """
    if n < 0:
        raise ValueError(f"n must not be negative. Received: n={n}")
    a = tensor(a)
    axis = normal_axis(axis, len(a.shape))
    for _ in range(n):
        a = _steps(a, axis, logic.not_equal if a.dtype == "bool" else elementwise.subtract)
    return a


@op
def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The integral along ``axis`` by the trapezoidal rule.

    Args:
        y: the values of the integrand.
        x: where they were taken, of shape ``(n,)`` or that of ``y``; evenly spaced by default.
        dx: the distance between places if ``x`` is not given.
        axis: the axis to integrate along.

    Returns:
        A tensor of the shape of ``y`` without ``axis``.

    >>> import minikeras as keras
    >>> keras.ops.trapezoid([1.0, 2.0, 3.0], x=[0.0, 1.0, 3.0]).item()
    6.5
    """
    y = floating(y)
    axis = normal_axis(axis, len(y.shape))
    width = floating(dx)
    if x is not None:
        y, x = promote_floats(y, x)
        width = _steps(x, axis if len(x.shape) > 1 else 0, elementwise.subtract)
        if len(x.shape) == 1:
            width = reshape(width, shape=(-1, *[1] * (len(y.shape) - 1 - axis)))
    heights = elementwise.multiply(_steps(y, axis, elementwise.add), 0.5)
    return reduction.sum(elementwise.multiply(heights, tensor(width, y.dtype)), axis=axis)


def _steps(x, axis, combine):
    """Each element after the first combined with the one before it."""
    before = (slice(None),) * axis
    later = indexing.get_item(x, index=(*before, slice(1, None)))
    return combine(later, indexing.get_item(x, index=(*before, slice(None, -1))))
