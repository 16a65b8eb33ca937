"""Activation functions that are worth a primitive of their own: fewer passes, stable, or common."""

from minikeras.backend.autodiff import primitive
from minikeras.backend.elementwise import cast, exp, multiply, sigmoid, subtract
from minikeras.backend.logic import greater
from minikeras.backend.reduction import sum as sum_over
from minikeras.backend.xp import xp


@primitive
def relu(x):
    """max(x, 0); the slope at 0 is 0."""
    return xp.maximum(x, 0)


def _relu_rule(out, x):
    is_open, dtype = greater(out, 0), out.dtype
    return lambda g: multiply(g, cast(is_open, dtype=dtype))


relu.rules(_relu_rule)


@primitive
def softplus(x):
    """log(1 + exp(x)), without overflow."""
    return xp.logaddexp(x, xp.zeros((), x.dtype))


softplus.rules(lambda out, x: lambda g: multiply(g, sigmoid(x)))


@primitive
def softmax(x, *, axis):
    """exp(x) over its sum along ``axis`` (one or several)."""
    if not x.size:
        return x.copy()
    shifted = x - xp.max(x, axis=axis, keepdims=True)
    xp.exp(shifted, out=shifted)
    shifted /= xp.sum(shifted, axis=axis, keepdims=True)
    return shifted


def _softmax_rule(out, x, *, axis):
    def back(g):
        weighted = multiply(g, out)
        return subtract(weighted, multiply(out, sum_over(weighted, axis=axis, keepdims=True)))

    return back


softmax.rules(_softmax_rule)


@primitive
def log_softmax(x, *, axis):
    """The logarithm of `softmax`, without underflow."""
    if not x.size:
        return x.copy()
    shifted = x - xp.max(x, axis=axis, keepdims=True)
    shifted -= xp.log(xp.sum(xp.exp(shifted), axis=axis, keepdims=True))
    return shifted


def _log_softmax_rule(out, x, *, axis):
    def back(g):
        return subtract(g, multiply(exp(out), sum_over(g, axis=axis, keepdims=True)))

    return back


log_softmax.rules(_log_softmax_rule)
