"""Gradients made shorter: each by itself, or all together."""

from minikeras.backend.xp import xp


def clip_by_norm(gradient, limit):
    """``gradient`` scaled so that its Euclidean norm is at most ``limit``."""
    norm = xp.sqrt(xp.sum(xp.square(gradient)))
    return gradient * limit / xp.maximum(norm, xp.asarray(limit, dtype=gradient.dtype))


def global_norm(gradients):
    """The Euclidean norm of all elements of all gradients."""
    squares = [xp.sum(xp.square(g)) for g in gradients]
    return xp.sqrt(xp.sum(xp.stack(squares)))


def clip_by_global_norm(gradients, limit):
    """``gradients`` scaled by one factor so that their common norm is at most ``limit``.

    Where the norm is infinite or NaN all become NaN, so that the failure is seen.
    """
    norm = global_norm(gradients)
    scale = limit * xp.minimum(1.0 / norm, 1.0 / limit) + (norm - norm)
    return [(g * scale).astype(g.dtype, copy=False) for g in gradients]
