"""Primitives that reduce axes: sums, products, extremes, counts, and their cumulative kin.

``axis`` is None, an integer or a tuple of integers throughout; ``keepdims`` keeps reduced axes with
length 1.
"""

import builtins
import functools
import math

from minikeras.backend.autodiff import primitive
from minikeras.backend.elementwise import conj, exp, multiply, subtract, true_divide
from minikeras.backend.logic import equal
from minikeras.backend.shaping import broadcast_to, flip, normal_axis, pad, reshape, transpose
from minikeras.backend.xp import ON_GPU, xp

# Of fewer elements than these NumPy's own sum takes no longer, and `ufunc.reduce` by itself half
# the time of `np.sum`, which looks at its arguments in Python.
_MANY = 1024
# Longer rows NumPy adds up in pairs, which is more precise.
_LONGEST_ROW = 8192


def reduced_axes(rank, axis):
    """The reduced axes as an ascending tuple of integers from 0 on; ValueError if not there."""
    if axis is None:
        return tuple(range(rank))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(normal_axis(a, rank) for a in axes))


def reduced_shape(shape, axis):
    """``shape`` without the reduced axes."""
    axes = reduced_axes(len(shape), axis)
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def kept_shape(shape, axis):
    """``shape`` with length 1 along the reduced axes."""
    axes = reduced_axes(len(shape), axis)
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


def count(shape, axis):
    """The number of elements that each element of a reduction over ``axis`` stands for."""
    return math.prod(shape[i] for i in reduced_axes(len(shape), axis))


def total(x, axes):
    """The sum over ``axes``, an ascending tuple, in the dtype of ``x``; they stay with length 1.

    NumPy adds the rows of a tall matrix, and the elements of short rows, 4 to 20 times slower than
    BLAS multiplies by ones, and less precisely (measured; sequential sums against blocked ones).
    """
    if ON_GPU or x.dtype.char not in "fd" or x.size < _MANY or len(axes) == x.ndim:
        return xp.sum(x, axis=axes, keepdims=True, dtype=x.dtype)
    if not x.flags.c_contiguous:
        return _total_of_view(x, axes)
    kept, steps = _steps(x.shape, axes)
    for shape, length, is_last in steps:
        x = x.reshape(shape)
        if not is_last:
            x = xp.matmul(_ones(length, x.dtype), x)
        elif length <= _LONGEST_ROW:
            x = xp.matmul(x, _ones(length, x.dtype))
        else:
            x = x.sum(axis=1)
    return x.reshape(kept)


def _total_of_view(x, axes):
    """`total` of an array whose axes may be in another order than in memory."""
    strides = x.strides
    order = sorted(range(x.ndim), key=lambda axis: -strides[axis])
    base = x.transpose(order)
    if not base.flags.c_contiguous:
        return xp.sum(x, axis=axes, keepdims=True, dtype=x.dtype)
    places = sorted(range(x.ndim), key=order.__getitem__)
    return total(base, tuple(sorted(places[a] for a in axes))).transpose(places)


@functools.lru_cache(maxsize=1024)
def _steps(shape, axes):
    """How `total` adds up: the shape that is left, and runs of adjacent axes, from the last on.

    Of each run the shape to bring the array to, the length of the axis that is added up, and
    whether that is the last one, not the one in the middle.
    """
    sides, steps = list(shape), []
    last = len(axes) - 1
    while last >= 0:
        first = last
        while first and axes[first - 1] == axes[first] - 1:
            first -= 1
        run = slice(axes[first], axes[last] + 1)
        before, length, behind = map(math.prod, (sides[: run.start], sides[run], sides[run.stop :]))
        # A stack of one matrix goes to BLAS by a longer way than the matrix.
        form = (before, length, behind) if before > 1 else (length, behind)
        steps.append((form, length, False) if behind > 1 else ((before, length), length, True))
        sides[run] = [1] * (run.stop - run.start)
        last = first - 1
    return tuple(sides), tuple(steps)


def _ones(length, dtype):
    return _kept_ones(length, dtype.char) if length <= _LONGEST_ROW else xp.ones(length, dtype)


@functools.lru_cache(maxsize=64)
def _kept_ones(length, char):
    return xp.ones(length, char)


@primitive
def sum(x, *, axis=None, keepdims=False, dtype=None):
    """The sum in ``dtype``, or else in that of ``x``: integers are not widened by themselves."""
    if x.size < _MANY and not ON_GPU:
        dtype = x.dtype if dtype is None else dtype
        return xp.add.reduce(x, axis=axis, keepdims=keepdims, dtype=dtype)
    if axis is not None and (dtype is None or dtype == x.dtype):
        found = total(x, reduced_axes(x.ndim, axis))
        return found if keepdims else found.reshape(reduced_shape(x.shape, axis))
    return xp.sum(x, axis=axis, keepdims=keepdims, dtype=x.dtype if dtype is None else dtype)


def _sum_rule(out, x, *, axis=None, keepdims=False, dtype=None):
    shape = x.shape
    return lambda g: broadcast_to(reshape(g, shape=kept_shape(shape, axis)), shape=shape)


sum.rules(_sum_rule)


@primitive
def mean(x, *, axis=None, keepdims=False):
    if 0 < x.size < _MANY and x.dtype.char in "fd" and not ON_GPU:
        found = xp.add.reduce(x, axis=axis, keepdims=keepdims)
        return found / (x.size // found.size)
    if axis is None or x.dtype.char not in "fd":
        return xp.mean(x, axis=axis, keepdims=keepdims)
    found = total(x, reduced_axes(x.ndim, axis))
    found = xp.true_divide(found, count(x.shape, axis))
    return found if keepdims else found.reshape(reduced_shape(x.shape, axis))


def _mean_rule(out, x, *, axis=None, keepdims=False):
    shape = x.shape
    scale = 1 / count(shape, axis) if x.size else 0.0

    def way_back(g):
        g = reshape(multiply(g, scale), shape=kept_shape(shape, axis))
        return broadcast_to(g, shape=shape)

    return way_back


mean.rules(_mean_rule)


@primitive
def max(x, *, axis=None, keepdims=False):
    if not ON_GPU:
        return xp.maximum.reduce(x, axis=axis, keepdims=keepdims)
    return xp.max(x, axis=axis, keepdims=keepdims)


@primitive
def min(x, *, axis=None, keepdims=False):
    return xp.min(x, axis=axis, keepdims=keepdims)


def _extreme_rule(out, x, *, axis=None, keepdims=False):
    shape = x.shape

    def way_back(g):
        kept = kept_shape(shape, axis)
        is_extreme = equal(x, reshape(out, shape=kept))
        ties = sum(is_extreme, axis=axis, keepdims=True, dtype=g.dtype)
        # Where NaN is the extreme, no element equals it, and all slopes become NaN.
        return multiply(is_extreme, true_divide(reshape(g, shape=kept), ties))

    return way_back


max.rules(_extreme_rule)
min.rules(_extreme_rule)


@primitive
def var(x, *, axis=None, keepdims=False):
    """The mean squared distance from the mean; of half precision, summed in single."""
    if x.dtype == "float16":
        return xp.var(x.astype("float32"), axis=axis, keepdims=keepdims).astype("float16")
    return xp.var(x, axis=axis, keepdims=keepdims)


def _var_rule(out, x, *, axis=None, keepdims=False):
    scale = 2 / count(x.shape, axis) if x.size else 0.0

    def way_back(g):
        centred = subtract(x, mean(x, axis=axis, keepdims=True))
        if centred.dtype.kind == "c":
            centred = conj(centred)
        return multiply(reshape(multiply(g, scale), shape=kept_shape(x.shape, axis)), centred)

    return way_back


var.rules(_var_rule)


@primitive
def logsumexp(x, *, axis=None, keepdims=False):
    """``log(sum(exp(x)))``, without overflow."""
    largest = x.max(axis=axis, keepdims=True)
    shift = xp.where(xp.isfinite(largest), largest, 0)
    total = xp.log(xp.exp(x - shift).sum(axis=axis, keepdims=keepdims))
    return total + shift.reshape(total.shape)


def _logsumexp_rule(out, x, *, axis=None, keepdims=False):
    kept = kept_shape(x.shape, axis)
    return lambda g: multiply(reshape(g, shape=kept), exp(subtract(x, reshape(out, shape=kept))))


logsumexp.rules(_logsumexp_rule)


@primitive
def cumsum(x, *, axis, reverse=False):
    """The sums of all elements up to each, or with ``reverse`` from each on."""
    return _directed(xp.cumsum, x, axis, reverse)


def _directed(cumulate, x, axis, reverse):
    # Integers of less than 64 bits would be widened unless told otherwise.
    if not reverse:
        return cumulate(x, axis=axis, dtype=x.dtype)
    return xp.flip(cumulate(xp.flip(x, axis), axis=axis, dtype=x.dtype), axis)


cumsum.rules(
    lambda out, x, *, axis, reverse=False: lambda g: cumsum(g, axis=axis, reverse=not reverse)
)


@primitive
def cumprod(x, *, axis, reverse=False, exclusive=False):
    """The products of all elements up to each; ``exclusive``: before each.

    With ``reverse``, of those from each (or after each) to the end.
    """
    out = _directed(xp.cumprod, x, axis, reverse)
    if not exclusive:
        return out
    shifted = xp.ones_like(out)
    head, tail = _neighbours(x.ndim, axis)
    if reverse:
        shifted[head] = out[tail]
    else:
        shifted[tail] = out[head]
    return shifted


def _neighbours(rank, axis):
    """Indices of all elements but the last, and of all but the first, along ``axis``."""
    before, after = [slice(None)] * rank, [slice(None)] * rank
    before[axis], after[axis] = slice(None, -1), slice(1, None)
    return tuple(before), tuple(after)


def _cumprod_rule(out, x, *, axis, reverse=False, exclusive=False):
    """The gradient without a division, so that zeros do no harm.

    The i-th element is a factor of every product from the i-th on (i + 1 if exclusive). The
    gradients of those, each times the factors between, sum up by a recurrence that runs back.
    """

    def way_back(g):
        before = cumprod(x, axis=axis, reverse=reverse, exclusive=True)
        if exclusive:
            g = shift(g, axis=axis, reverse=not reverse)
        factors = shift(x, axis=axis, reverse=not reverse)
        return multiply(before, linear_scan(factors, g, axis=axis, reverse=not reverse))

    return way_back


cumprod.rules(_cumprod_rule)


@primitive
def shift(x, *, axis, reverse=False):
    """Every element moved one place on (back with ``reverse``) along ``axis``; 0 comes in."""
    out = xp.zeros_like(x)
    head, tail = _neighbours(x.ndim, axis)
    if reverse:
        out[head] = x[tail]
    else:
        out[tail] = x[head]
    return out


shift.rules(
    lambda out, x, *, axis, reverse=False: lambda g: shift(g, axis=axis, reverse=not reverse)
)


@primitive
def linear_scan(a, b, *, axis, reverse=False):
    """The recurrence ``h[i] = a[i] * h[i - 1] + b[i]`` along ``axis``, from 0 before the first.

    With ``reverse`` it runs from the last element to the first.
    """
    out = xp.empty(b.shape, xp.result_type(a, b))
    a, b, rows = (xp.moveaxis(t, axis, 0) for t in (a, b, out))
    state = 0
    for i in range(len(rows))[:: -1 if reverse else 1]:
        state = rows[i] = a[i] * state + b[i]
    return out


def _scan_back(a, g, axis, reverse):
    factors = shift(a, axis=axis, reverse=not reverse)
    return linear_scan(factors, g, axis=axis, reverse=not reverse)


linear_scan.rules(
    lambda out, a, b, *, axis, reverse=False: (
        lambda g: multiply(_scan_back(a, g, axis, reverse), shift(out, axis=axis, reverse=reverse))
    ),
    lambda out, a, b, *, axis, reverse=False: lambda g: _scan_back(a, g, axis, reverse),
)


@primitive
def prod(x, *, axis=None, keepdims=False, dtype=None):
    """The product in ``dtype``, or else in that of ``x``."""
    return xp.prod(x, axis=axis, keepdims=keepdims, dtype=x.dtype if dtype is None else dtype)


def _prod_rule(out, x, *, axis=None, keepdims=False, dtype=None):
    """Each element times the product of those before and of those after it: right with zeros."""

    def way_back(g):
        rank = len(x.shape)
        axes = reduced_axes(rank, axis)
        order = (*(i for i in range(rank) if i not in axes), *axes)
        last = transpose(x, axes=order)
        rows = reshape(last, shape=(*reduced_shape(x.shape, axes), count(x.shape, axes)))
        before = cumprod(rows, axis=-1, exclusive=True)
        after = cumprod(rows, axis=-1, exclusive=True, reverse=True)
        others = reshape(multiply(before, after), shape=last.shape)
        inverse = tuple(order.index(i) for i in range(rank))
        others = transpose(others, axes=inverse)
        return multiply(others, reshape(g, shape=kept_shape(x.shape, axes)))

    return way_back


prod.rules(_prod_rule)


@primitive
def any(x, *, axis=None, keepdims=False):
    return xp.any(x, axis=axis, keepdims=keepdims)


@primitive
def all(x, *, axis=None, keepdims=False):
    return xp.all(x, axis=axis, keepdims=keepdims)


@primitive
def argmax(x, *, axis=None, keepdims=False):
    return xp.argmax(x, axis=axis, keepdims=keepdims)


@primitive
def argmin(x, *, axis=None, keepdims=False):
    return xp.argmin(x, axis=axis, keepdims=keepdims)


@primitive
def correlate(x, y, *, mode):
    """``out[k] = sum(x[n + k] * conj(y[n]))`` over n, for the k that ``mode`` asks for."""
    return xp.correlate(x, y, mode=mode)


def _in_full(g, n, m, mode):
    """The gradient of a correlation of n with m numbers, padded to that of the whole of it."""
    first = {"full": 0, "valid": builtins.min(n, m) - 1, "same": (m - 1) // 2}[mode]
    if mode == "same" and n < m:
        first = n // 2
    return pad(g, pad_width=((first, n + m - 1 - first - len(g)),))


def _correlate_by_second(out, x, y, *, mode):
    n, m = len(x), len(y)

    def way_back(g):
        found = correlate(_in_full(g, n, m, mode), conj(x), mode="valid")
        return flip(conj(found), axis=0)

    return way_back


def _correlate_by_first(out, x, y, *, mode):
    n, m = len(x), len(y)
    return lambda g: correlate(_in_full(g, n, m, mode), flip(y, axis=0), mode="valid")


correlate.rules(_correlate_by_first, _correlate_by_second)
