"""Correlation between targets and predictions."""

from minikeras import config, ops
from minikeras.losses.regression import as_aligned_pair
from minikeras.metrics.reduction import MeanMetricWrapper

__all__ = [
    "ConcordanceCorrelation",
    "PearsonCorrelation",
    "concordance_correlation",
    "pearson_correlation",
]


def _centered(y, axis):
    mean = ops.mean(y, axis=axis, keepdims=True)
    return mean, ops.subtract(y, mean)


def pearson_correlation(y_true, y_pred, axis=-1):
    """The correlation coefficient of Pearson along ``axis``.

    Args:
        y_true: targets, of shape ``(batch, ..., n)``.
        y_pred: predictions of the same shape.
        axis: the axis of the samples; at least two of them.

    Returns:
        A tensor without ``axis``, values from -1 to 1.

    >>> import minikeras as keras
    >>> round(float(keras.metrics.pearson_correlation([0.0, 1.0], [2.0, 4.0])), 4)
    1.0
    """
    y_true, y_pred = as_aligned_pair(y_true, y_pred)
    parts = []
    for y in (y_true, y_pred):
        _, centered = _centered(y, axis)
        parts.append(ops.divide(centered, ops.std(centered, axis=axis, keepdims=True)))
    return ops.mean(ops.multiply(*parts), axis=axis)


def concordance_correlation(y_true, y_pred, axis=-1):
    """The agreement of targets and predictions along ``axis``, by Lin's coefficient.

    ``2 * covariance / (variance of each + squared difference of the means)``, the covariance taken
    about the mean of the predictions (L. Lin, A concordance correlation coefficient to evaluate
    reproducibility, 1989).

    Args:
        y_true: targets, of shape ``(batch, ..., n)``.
        y_pred: predictions of the same shape.
        axis: the axis of the samples; at least two of them.

    Returns:
        A tensor without ``axis``, values from -1 to 1.

    >>> import minikeras as keras
    >>> round(float(keras.metrics.concordance_correlation([0.0, 1.0], [0.0, 1.0])), 4)
    1.0
    """
    y_true, y_pred = as_aligned_pair(y_true, y_pred)
    mean_true, centered_true = _centered(y_true, axis)
    mean_pred, centered_pred = _centered(y_pred, axis)
    covariance = ops.multiply(ops.subtract(y_true, mean_pred), centered_pred)
    spread = ops.add(
        ops.var(centered_true, axis=axis, keepdims=True),
        ops.var(centered_pred, axis=axis, keepdims=True),
    )
    spread = ops.add(spread, ops.square(ops.subtract(mean_true, mean_pred)))
    ratio = ops.divide(ops.multiply(2.0, covariance), ops.add(spread, config.epsilon()))
    return ops.mean(ratio, axis=axis)


class PearsonCorrelation(MeanMetricWrapper):
    """The mean correlation coefficient of Pearson; see `pearson_correlation`.

    Args:
        name, dtype: see `Metric`.
        axis: the axis of the samples.

    >>> import minikeras as keras
    >>> round(float(keras.metrics.PearsonCorrelation()([[0.0, 1.0]], [[2.0, 4.0]])), 4)
    1.0
    """

    def __init__(self, name="pearson_correlation", dtype=None, axis=-1):
        super().__init__(pearson_correlation, name, dtype, axis=axis)


class ConcordanceCorrelation(MeanMetricWrapper):
    """The mean agreement by Lin's coefficient; see `concordance_correlation`.

    Args:
        name, dtype: see `Metric`.
        axis: the axis of the samples.

    >>> import minikeras as keras
    >>> round(float(keras.metrics.ConcordanceCorrelation()([[0.0, 1.0]], [[0.0, 1.0]])), 4)
    1.0
    """

    def __init__(self, name="concordance_correlation", dtype=None, axis=-1):
        super().__init__(concordance_correlation, name, dtype, axis=axis)
