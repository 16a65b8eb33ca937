"""Normalisation in one primitive: moments, standardised values, scale and offset.

Batch and layer normalisation differ in the axes and in the shapes of scale and offset only. The
gradient is a primitive too, with few passes over memory; its own gradient falls back on the
composed form, which is also the oracle of the tests.
"""

import math

from minikeras.backend import reduction, standardization
from minikeras.backend.autodiff import primitive
from minikeras.backend.elementwise import add, multiply, rsqrt, square, subtract
from minikeras.backend.finishing import Finish
from minikeras.backend.transforms import vjp
from minikeras.backend.xp import xp


@primitive
def standardize(x, scale, offset, *operands, axes, epsilon, after=(), gather=None):
    """``(x - mean) / sqrt(variance + epsilon) * scale + offset``, with mean and variance.

    Args:
        x: an array.
        scale, offset: arrays of the rank of ``x`` that broadcast to it, or None.
        axes: the axes that mean and variance are taken over, a tuple counted from the front.
        operands, after: elementwise calls on the result, see `finishing`; arrays among the operands
            have its shape.
        gather: where moments are those of several processes, `standardization.joined_moments`.

    Returns:
        The result, the mean and the variance, the latter two with length 1 along ``axes``.
    """
    weights = scale, offset, axes, epsilon
    found = standardization.features_forward(x, *weights, after, operands, gather)
    if found is not None:
        return found
    finish = Finish(after, operands)
    found = standardization.rows_forward(x, *weights) if gather is None else None
    if found is not None:
        finish(found[0])
        return found
    mean = _mean(x, axes)
    out = x - mean
    squares = out * out
    variance = _mean(squares, axes)
    if gather is not None:
        mean, variance = standardization.joined_moments(mean, variance, gather)
        xp.subtract(x, mean, out=out)
    factor = 1 / xp.sqrt(variance + epsilon)
    if scale is not None and _is_constant(scale, axes):
        factor, scale = factor * scale, None
    out = xp.multiply(out, factor, out=squares)
    if scale is not None:
        out *= scale
    if offset is not None:
        out += offset
    finish(out)
    return out, mean, variance


def _is_constant(scale, axes):
    """Whether ``scale`` is the same along all of ``axes``."""
    return all(scale.shape[a] == 1 for a in axes)


def _mean(x, axes):
    n = math.prod(x.shape[a] for a in axes)
    return reduction.total(x, axes) * (1 / n if n else math.nan)


def composed(x, scale, offset, *, axes, epsilon):
    """What `standardize` computes, of one primitive for each step."""
    mean = reduction.mean(x, axis=axes, keepdims=True)
    centred = subtract(x, mean)
    variance = reduction.mean(square(centred), axis=axes, keepdims=True)
    out = multiply(centred, rsqrt(add(variance, epsilon)))
    if scale is not None:
        out = multiply(out, scale)
    if offset is not None:
        out = add(out, offset)
    return out, mean, variance


@standardize.joint_rule
def _(outs, x, scale, offset, *, axes, epsilon):
    _, mean, variance = outs

    def way_back(gs):
        return standardize_gradient(
            *gs, x, mean, variance, scale, offset, axes=axes, epsilon=epsilon
        )

    return way_back


@primitive
def standardize_gradient(
    g,
    of_mean,
    of_variance,
    x,
    mean,
    variance,
    scale,
    offset,
    gate=None,
    *,
    axes,
    epsilon,
    gather=None,
):
    """The gradients of `standardize` by x, scale and offset, given those of its outputs.

    With y the standardised values, s the standard deviation and h the gradient of y::

        dx = (h - mean(h) - y * mean(h * y)) / s + (of_mean + 2 * of_variance * s * y) / n

    With ``gate``, an array in the shape of ``x``, ``g`` counts where that is positive.
    """
    given = (of_mean, of_variance, x, mean, variance, scale, offset)
    found = standardization.features_backward(g, *given, gate, axes, epsilon, gather)
    if found is not None:
        return found
    if gate is not None:
        g = xp.multiply(g, xp.greater(gate, 0))
    found = standardization.rows_backward(g, *given, axes, epsilon) if gather is None else None
    if found is not None:
        return found
    n = math.prod(x.shape[a] for a in axes)
    inverse = 1 / xp.sqrt(variance + epsilon)
    y = x - mean
    y *= inverse
    product = g * y
    weights = [w for w in (scale, offset) if w is not None]
    factor = inverse
    if all(_is_constant(w, axes) for w in weights):
        sums = xp.stack([reduction.total(a, axes) for a in (product, g)])
        if gather is not None:
            found = gather(sums)
            n *= len(found)
            sums = found.sum(axis=0)
        of_scale, of_offset = sums
        factor = inverse if scale is None else inverse * scale
        slope, shift = factor * sums * (1 / n if n else math.nan)
    else:
        of_scale, of_offset = product, g
        if scale is not None:
            product, g = product * scale, g * scale
        slope, shift = (factor * _mean(a, axes) for a in (product, g))
    of_scale = None if scale is None else _summed_to(of_scale, scale.shape)
    of_offset = None if offset is None else _summed_to(of_offset, offset.shape)
    if n:
        slope = slope - of_variance * (2 / n) / inverse
        shift = shift - of_mean / n
    out = xp.multiply(g, factor, out=product)
    y *= slope
    out -= y
    out -= shift
    return out, of_scale, of_offset


def _summed_to(x, shape):
    """``x`` summed over the axes along which ``shape`` has length 1."""
    axes = tuple(i for i, n in enumerate(shape) if n == 1)
    return reduction.total(x, axes).reshape(shape) if axes else x.copy()


@standardize_gradient.joint_rule
def _(outs, g, of_mean, of_variance, x, mean, variance, scale, offset, *, axes, epsilon):
    seeds = (g, of_mean, of_variance)
    weights = [w for w in (scale, offset) if w is not None]

    def whole(x, *weights):
        given = iter(weights)
        both = (None if w is None else next(given) for w in (scale, offset))
        return composed(x, *both, axes=axes, epsilon=epsilon)

    def gradient(g, of_mean, of_variance, x, *weights):
        return vjp(whole, x, *weights)[1]((g, of_mean, of_variance))

    def way_back(gs):
        _, back = vjp(gradient, *seeds, x, *weights)
        found = list(back(tuple(part for part in gs if part is not None)))
        of_weights = iter(found[4:])
        both = (None if w is None else next(of_weights) for w in (scale, offset))
        # Mean and variance are functions of x, whose gradient counts them.
        return [*found[:4], None, None, *both]

    return way_back
