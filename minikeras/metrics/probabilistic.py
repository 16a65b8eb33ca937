"""Crossentropies and divergences as metrics."""

from minikeras.losses.classification import (
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from minikeras.losses.regression import kl_divergence, poisson
from minikeras.metrics.reduction import MeanMetricWrapper

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "KLDivergence",
    "Poisson",
    "SparseCategoricalCrossentropy",
]


class KLDivergence(MeanMetricWrapper):
    """The mean Kullback-Leibler divergence; see `keras.losses.kl_divergence`.

    Args:
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]]))
    0.0
    """

    def __init__(self, name="kl_divergence", dtype=None):
        super().__init__(kl_divergence, name, dtype)


class Poisson(MeanMetricWrapper):
    """The mean negative log-likelihood of counts; see `keras.losses.poisson`.

    Args:
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> round(float(keras.metrics.Poisson()([[2.0]], [[1.0]])), 4)
    1.0
    """

    def __init__(self, name="poisson", dtype=None):
        super().__init__(poisson, name, dtype)


class BinaryCrossentropy(MeanMetricWrapper):
    """The mean crossentropy of labels 0 and 1; see `keras.losses.binary_crossentropy`.

    Args:
        name, dtype: see `Metric`.
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: how far labels are moved towards 0.5, a float from 0 to 1.

    >>> import minikeras as keras
    >>> round(float(keras.metrics.BinaryCrossentropy()([[1.0]], [[0.5]])), 4)
    0.6931
    """

    def __init__(
        self, name="binary_crossentropy", dtype=None, from_logits=False, label_smoothing=0
    ):
        super().__init__(
            binary_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class CategoricalCrossentropy(MeanMetricWrapper):
    """The mean crossentropy of one-hot labels; see `keras.losses.categorical_crossentropy`.

    Args:
        name, dtype: see `Metric`.
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: how far labels are moved towards the uniform distribution, from 0 to 1.
        axis: the axis of the classes.

    >>> import minikeras as keras
    >>> metric = keras.metrics.CategoricalCrossentropy()
    >>> round(float(metric([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.6931
    """

    def __init__(
        self,
        name="categorical_crossentropy",
        dtype=None,
        from_logits=False,
        label_smoothing=0,
        axis=-1,
    ):
        super().__init__(
            categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """The mean crossentropy of class indices; see `keras.losses.sparse_categorical_crossentropy`.

    Args:
        name, dtype: see `Metric`.
        from_logits: whether predictions are logits rather than probabilities.
        ignore_class: a label whose entries have crossentropy 0, or None.
        axis: the axis of the classes.

    >>> import minikeras as keras
    >>> metric = keras.metrics.SparseCategoricalCrossentropy()
    >>> round(float(metric([1], [[0.5, 0.5]])), 4)
    0.6931
    """

    def __init__(
        self,
        name="sparse_categorical_crossentropy",
        dtype=None,
        from_logits=False,
        ignore_class=None,
        axis=-1,
    ):
        super().__init__(
            sparse_categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )
