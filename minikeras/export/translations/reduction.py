"""Translations of reductions and of sums along an axis."""

from minikeras.backend.xp import np
from minikeras.export.graph import Untranslatable, axes_of, translates


def reduced(g, operator, name, rank, axis, keepdims):
    """The name of a reduction; over no axes at all it is the tensor itself."""
    axes = axes_of(axis, rank)
    if not axes:
        return name
    return g.add(operator, name, g.integers(*axes), keepdims=int(keepdims))


@translates("sum")
def _(g, x, *, axis=None, keepdims=False, dtype=None):
    return reduced(g, "ReduceSum", g.typed(x), x.rank, axis, keepdims)


@translates("prod")
def _(g, x, *, axis=None, keepdims=False, dtype=None):
    return reduced(g, "ReduceProd", g.typed(x), x.rank, axis, keepdims)


@translates("mean")
def _(g, x, *, axis=None, keepdims=False):
    return reduced(g, "ReduceMean", g.typed(x), x.rank, axis, keepdims)


def _extreme(g, operator, x, axis, keepdims):
    """Truth values are compared as integers."""
    if x.dtype != bool:
        return reduced(g, operator, x.name, x.rank, axis, keepdims)
    found = reduced(g, operator, g.typed(x, "int32"), x.rank, axis, keepdims)
    return g.cast(found, bool)


@translates("max")
def _(g, x, *, axis=None, keepdims=False):
    return _extreme(g, "ReduceMax", x, axis, keepdims)


@translates("min")
def _(g, x, *, axis=None, keepdims=False):
    return _extreme(g, "ReduceMin", x, axis, keepdims)


def _truths(g, operator, x, axis, keepdims):
    found = g.cast(g.typed(x, bool), "int32")
    return g.cast(reduced(g, operator, found, x.rank, axis, keepdims), bool)


@translates("any")
def _(g, x, *, axis=None, keepdims=False):
    return _truths(g, "ReduceMax", x, axis, keepdims)


@translates("all")
def _(g, x, *, axis=None, keepdims=False):
    return _truths(g, "ReduceMin", x, axis, keepdims)


@translates("var")
def _(g, x, *, axis=None, keepdims=False):
    name = g.typed(x)
    centred = g.add("Sub", name, reduced(g, "ReduceMean", name, x.rank, axis, True))
    squares = g.add("Mul", centred, centred)
    return reduced(g, "ReduceMean", squares, x.rank, axis, keepdims)


@translates("logsumexp")
def _(g, x, *, axis=None, keepdims=False):
    name = g.typed(x)
    top = reduced(g, "ReduceMax", name, x.rank, axis, True)
    exponentials = g.add("Exp", g.add("Sub", name, top))
    found = g.add("Log", reduced(g, "ReduceSum", exponentials, x.rank, axis, True))
    found = g.add("Add", found, top)
    return found if keepdims else g.add("Squeeze", found, g.integers(*axes_of(axis, x.rank)))


def _position(g, operator, x, axis, keepdims):
    name = g.typed(x, "int32") if x.dtype == bool else x.name
    if axis is None:
        if keepdims:
            raise Untranslatable("a position among all elements has no axes to keep")
        name, axis = g.reshape(name, [-1]), 0
    axis = axis % max(x.rank, 1)
    return g.cast(g.add(operator, name, axis=axis, keepdims=int(keepdims)), g.out.dtype)


@translates("argmax")
def _(g, x, *, axis=None, keepdims=False):
    return _position(g, "ArgMax", x, axis, keepdims)


@translates("argmin")
def _(g, x, *, axis=None, keepdims=False):
    return _position(g, "ArgMin", x, axis, keepdims)


@translates("cumsum")
def _(g, x, *, axis, reverse=False):
    return g.add("CumSum", g.typed(x), np.int64(axis % x.rank), reverse=int(reverse))
