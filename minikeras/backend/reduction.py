"""Primitives that reduce axes: sums, products, extremes, counts, and their cumulative kin.

``axis`` is None, an integer or a tuple of integers throughout; ``keepdims`` keeps reduced axes with
length 1.
"""

from minikeras.backend.autodiff import primitive
from minikeras.backend.elementwise import multiply, true_divide, where
from minikeras.backend.logic import equal
from minikeras.backend.shaping import broadcast_to, reshape
from minikeras.backend.xp import xp


def kept_shape(shape, axis):
    """``shape`` with length 1 along the reduced axes."""
    if axis is None:
        return (1,) * len(shape)
    axes = axis if isinstance(axis, tuple) else (axis,)
    axes = {a % len(shape) for a in axes}
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


def count(shape, axis):
    """The number of elements that each element of a reduction over ``axis`` stands for."""
    number = 1
    for n, kept in zip(shape, kept_shape(shape, axis)):
        number *= n // kept if kept else 1
    return number


@primitive
def sum(x, *, axis=None, keepdims=False, dtype=None):
    """The sum in ``dtype``, or else in that of ``x``: integers are not widened by themselves."""
    return xp.sum(x, axis=axis, keepdims=keepdims, dtype=x.dtype if dtype is None else dtype)


def _sum_rule(out, x, *, axis=None, keepdims=False, dtype=None):
    shape = x.shape
    return lambda g: broadcast_to(reshape(g, shape=kept_shape(shape, axis)), shape=shape)


sum.rules(_sum_rule)


@primitive
def mean(x, *, axis=None, keepdims=False):
    return xp.mean(x, axis=axis, keepdims=keepdims)


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
        return where(is_extreme, true_divide(reshape(g, shape=kept), ties), 0)

    return way_back


max.rules(_extreme_rule)
min.rules(_extreme_rule)


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
