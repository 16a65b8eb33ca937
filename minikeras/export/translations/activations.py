"""Translations of activations and of normalization."""

from minikeras.export.graph import Untranslatable, axes_of, translates
from minikeras.export.translations.elementwise import number


@translates("relu")
def _(g, x):
    return g.add("Relu", g.typed(x))


@translates("leaky_relu")
def _(g, x, *, negative_slope):
    return g.add("LeakyRelu", g.typed(x), alpha=float(negative_slope))


@translates("elu")
def _(g, x, *, alpha):
    return g.add("Elu", g.typed(x), alpha=float(alpha))


@translates("softplus")
def _(g, x):
    return g.add("Softplus", g.typed(x))


def _along_one(g, operator, x, axis):
    axes = axes_of(axis, x.rank)
    if len(axes) != 1:
        raise Untranslatable(f"it goes along several axes, {axis}, and the operator along one")
    return g.add(operator, g.typed(x), axis=axes[0])


@translates("softmax")
def _(g, x, *, axis):
    return _along_one(g, "Softmax", x, axis)


@translates("log_softmax")
def _(g, x, *, axis):
    return _along_one(g, "LogSoftmax", x, axis)


@translates("standardize")
def _(g, x, scale, offset, *, axes, epsilon):
    axes = g.integers(*axes)
    x = g.typed(x)
    mean = g.add("ReduceMean", x, axes)
    centred = g.add("Sub", x, mean)
    variance = g.add("ReduceMean", g.add("Mul", centred, centred), axes)
    root = g.add("Sqrt", g.add("Add", variance, number(g, epsilon)))
    out = g.add("Div", centred, root)
    if scale is not None:
        out = g.add("Mul", out, g.typed(scale))
    if offset is not None:
        out = g.add("Add", out, g.typed(offset))
    return out, mean, variance
