"""Hinge losses as metrics."""

from minikeras.losses import classification as losses
from minikeras.metrics.reduction import MeanMetricWrapper

__all__ = ["CategoricalHinge", "Hinge", "SquaredHinge"]


class Hinge(MeanMetricWrapper):
    """The mean hinge loss; see `keras.losses.hinge`.

    Args:
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.Hinge()([[-1.0, 1.0]], [[0.5, 0.5]]))
    1.0
    """

    def __init__(self, name="hinge", dtype=None):
        super().__init__(losses.hinge, name, dtype)


class SquaredHinge(MeanMetricWrapper):
    """The mean squared hinge loss; see `keras.losses.squared_hinge`.

    Args:
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.SquaredHinge()([[-1.0, 1.0]], [[0.5, 0.5]]))
    1.25
    """

    def __init__(self, name="squared_hinge", dtype=None):
        super().__init__(losses.squared_hinge, name, dtype)


class CategoricalHinge(MeanMetricWrapper):
    """The mean hinge loss over classes; see `keras.losses.categorical_hinge`.

    Args:
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.CategoricalHinge()([[0.0, 1.0]], [[0.75, 0.25]]))
    1.5
    """

    def __init__(self, name="categorical_hinge", dtype=None):
        super().__init__(losses.categorical_hinge, name, dtype)
