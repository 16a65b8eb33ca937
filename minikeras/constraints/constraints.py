"""Projections that optimizers apply to weights after each step."""

from minikeras import config, ops
from minikeras.serialization import Configurable


class Constraint(Configurable):
    """Base class of constraints: functions of a weight that give the nearest one allowed.

    A subclass defines ``__call__``; its configuration is read from its constructor.

    >>> import minikeras as keras
    >>> class Rounded(keras.constraints.Constraint):
    ...     def __call__(self, w):
    ...         return keras.ops.round(w)
    >>> Rounded()(keras.ops.array([0.7])).tolist()
    [1.0]
    """

    def __call__(self, w):
        """``w`` as it is."""
        return w


def _norms(w, axis):
    axis = tuple(axis) if isinstance(axis, list) else axis
    return ops.sqrt(ops.sum(ops.square(w), axis=axis, keepdims=True))


class MaxNorm(Constraint):
    """Scales down those parts of a weight whose norm exceeds a bound.

    Args:
        max_value: the bound.
        axis: the axis or axes along which a norm is taken: 0 for the inputs of each unit of a
            `Dense` layer, ``[0, 1, 2]`` for the filters of a `Conv2D` layer.

    >>> import minikeras as keras
    >>> w = keras.constraints.MaxNorm(1.0)(keras.ops.array([[3.0, 0.1], [4.0, 0.0]]))
    >>> [[round(x, 3) for x in row] for row in w.tolist()]
    [[0.6, 0.1], [0.8, 0.0]]
    """

    def __init__(self, max_value=2, axis=0):
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w):
        """The weight with norms of at most ``max_value``."""
        norms = _norms(w, self.axis)
        return w * (ops.clip(norms, 0, self.max_value) / (config.epsilon() + norms))


class NonNeg(Constraint):
    """Sets negative values to 0.

    >>> import minikeras as keras
    >>> keras.constraints.NonNeg()(keras.ops.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def __call__(self, w):
        """The weight without negative values."""
        return ops.maximum(w, 0)


class UnitNorm(Constraint):
    """Scales the parts of a weight to norm 1.

    Args:
        axis: the axis or axes along which a norm is taken; see `MaxNorm`.

    >>> import minikeras as keras
    >>> w = keras.constraints.UnitNorm()(keras.ops.array([[3.0], [4.0]]))
    >>> [[round(x, 3) for x in row] for row in w.tolist()]
    [[0.6], [0.8]]
    """

    def __init__(self, axis=0):
        self.axis = axis

    def __call__(self, w):
        """The weight with norms of 1."""
        return w / (config.epsilon() + _norms(w, self.axis))


class MinMaxNorm(Constraint):
    """Scales the parts of a weight so that their norms lie between two bounds.

    Args:
        min_value, max_value: the bounds.
        rate: how far each application goes towards the bound, 1 for all the way.
        axis: the axis or axes along which a norm is taken; see `MaxNorm`.

    >>> import minikeras as keras
    >>> w = keras.constraints.MinMaxNorm(1.0, 2.0, rate=0.5)(keras.ops.array([[3.0], [4.0]]))
    >>> [[round(x, 3) for x in row] for row in w.tolist()]
    [[2.1], [2.8]]
    """

    def __init__(self, min_value=0.0, max_value=1.0, rate=1.0, axis=0):
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w):
        """The weight, its norms moved towards the bounds."""
        norms = _norms(w, self.axis)
        desired = self.rate * ops.clip(norms, self.min_value, self.max_value)
        desired = desired + (1 - self.rate) * norms
        return w * (desired / (config.epsilon() + norms))
