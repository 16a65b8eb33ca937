"""Gradients made shorter: each by itself, or all together."""

from minikeras.backend.elementwise import cast, maximum, minimum, sqrt, square
from minikeras.backend.reduction import sum
from minikeras.backend.shaping import stack
from minikeras.backend.xp import xp


def clip_by_norm(gradient, limit):
    """``gradient`` scaled so that its Euclidean norm is at most ``limit``."""
    norm = sqrt(sum(square(gradient)))
    return gradient * limit / maximum(norm, xp.asarray(limit, dtype=gradient.dtype))


def global_norm(gradients):
    """The Euclidean norm of all elements of all gradients."""
    return sqrt(sum(stack(*(sum(square(g)) for g in gradients), axis=0)))


def clip_by_global_norm(gradients, limit):
    """``gradients`` scaled by one factor so that their common norm is at most ``limit``.

    Where the norm is infinite or NaN all become NaN, so that the failure is seen.
    """
    norm = global_norm(gradients)
    scale = limit * minimum(1.0 / norm, 1.0 / limit) + (norm - norm)
    return [cast(g * scale, dtype=g.dtype) for g in gradients]
