"""Penalties on weights and activities, added to the loss."""

import math

from minikeras import ops
from minikeras.serialization import Configurable


def _factor(value, name, kind):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ValueError(
            f"{kind}: Invalid value for `{name}`: expected a non-negative float, and a finite one. "
            f"Received: {value!r}"
        )
    return float(value)


class Regularizer(Configurable):
    """Base class of regularizers: functions of a tensor that give one number, with a configuration.

    A subclass defines ``__call__``; its configuration is read from its constructor.

    >>> import minikeras as keras
    >>> class Largest(keras.regularizers.Regularizer):
    ...     def __call__(self, x):
    ...         return keras.ops.max(x)
    >>> float(Largest()(keras.ops.array([1.0, 3.0])))
    3.0
    """

    def __call__(self, x):
        """The penalty on ``x``: none."""
        return 0.0


class L1(Regularizer):
    """``l1`` times the sum of absolute values, which drives values to 0.

    Args:
        l1: a number of at least 0; None means the default.

    >>> import minikeras as keras
    >>> float(keras.regularizers.L1(0.5)(keras.ops.array([1.0, -3.0])))
    2.0
    """

    def __init__(self, l1=0.01):
        self.l1 = _factor(0.01 if l1 is None else l1, "l1", "L1")

    def __call__(self, x):
        """The penalty on ``x``."""
        return ops.sum(ops.absolute(x)) * self.l1


class L2(Regularizer):
    """``l2`` times the sum of squares, which keeps values small.

    Args:
        l2: a number of at least 0; None means the default.

    >>> import minikeras as keras
    >>> float(keras.regularizers.L2(0.5)(keras.ops.array([1.0, -3.0])))
    5.0
    """

    def __init__(self, l2=0.01):
        self.l2 = _factor(0.01 if l2 is None else l2, "l2", "L2")

    def __call__(self, x):
        """The penalty on ``x``."""
        return ops.sum(ops.square(x)) * self.l2


class L1L2(Regularizer):
    """``l1`` times the sum of absolute values plus ``l2`` times the sum of squares.

    Args:
        l1, l2: numbers of at least 0; None means 0.

    >>> import minikeras as keras
    >>> float(keras.regularizers.L1L2(l1=0.5, l2=1.0)(keras.ops.array([1.0, -3.0])))
    12.0
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1 = _factor(0.0 if l1 is None else l1, "l1", "L1L2")
        self.l2 = _factor(0.0 if l2 is None else l2, "l2", "L1L2")

    def __call__(self, x):
        """The penalty on ``x``."""
        if not self.l1:
            return ops.sum(ops.square(x)) * self.l2
        penalty = ops.sum(ops.absolute(x)) * self.l1
        return penalty + ops.sum(ops.square(x)) * self.l2 if self.l2 else penalty


class OrthogonalRegularizer(Regularizer):
    """Draws the rows or columns of a matrix towards being orthogonal to one another.

    The penalty is ``factor`` times the mean absolute cosine between two different ones.

    Args:
        factor: a number of at least 0.
        mode: ``"rows"`` or ``"columns"``.

    >>> import minikeras as keras
    >>> penalty = keras.regularizers.OrthogonalRegularizer(1.0)
    >>> float(penalty(keras.ops.array([[1.0, 0.0], [2.0, 0.0]])))
    1.0
    """

    def __init__(self, factor=0.01, mode="rows"):
        if mode not in ("rows", "columns"):
            raise ValueError(
                f"OrthogonalRegularizer: mode must be 'rows' or 'columns'. Received: {mode!r}"
            )
        self.factor = _factor(factor, "factor", "OrthogonalRegularizer")
        self.mode = mode

    def __call__(self, inputs):
        """The penalty on a matrix."""
        if len(inputs.shape) != 2:
            raise ValueError(
                "OrthogonalRegularizer: the weight must be a matrix. "
                f"Received: shape {tuple(inputs.shape)}"
            )
        rows = inputs if self.mode == "rows" else ops.transpose(inputs)
        rows = ops.normalize(rows, axis=1)
        cosines = ops.matmul(rows, ops.transpose(rows))
        size = rows.shape[0]
        others = ops.absolute(cosines) * (1.0 - ops.eye(size, dtype=rows.dtype))
        return ops.sum(others) * (self.factor / (size * (size - 1.0)))
