"""Losses for continuous targets, and for distributions and counts."""

import math

from minikeras import config, ops
from minikeras.losses.loss import LossFunctionWrapper, squeeze_or_expand_to_same_rank

__all__ = [
    "CosineSimilarity",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "cosine_similarity",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
]


def as_pair(y_true, y_pred):
    """Both as tensors of the dtype of ``y_pred``."""
    y_pred = ops.convert_to_tensor(y_pred)
    return ops.convert_to_tensor(y_true, dtype=y_pred.dtype), y_pred


def as_aligned_pair(y_true, y_pred):
    """Both as tensors of the dtype of ``y_pred`` and, where a last axis allows, of equal rank."""
    return squeeze_or_expand_to_same_rank(*as_pair(y_true, y_pred))


def mean_squared_error(y_true, y_pred):
    """The mean of the squared differences over the last axis.

    Args:
        y_true: targets, of shape ``(batch, ..., n)``.
        y_pred: predictions of the same shape.

    Returns:
        A tensor of shape ``(batch, ...)``.

    >>> import minikeras as keras
    >>> keras.losses.mean_squared_error([[0.0, 0.0]], [[1.0, 3.0]]).tolist()
    [5.0]
    """
    y_true, y_pred = as_aligned_pair(y_true, y_pred)
    return ops.mean(ops.square(ops.subtract(y_true, y_pred)), axis=-1)


def mean_absolute_error(y_true, y_pred):
    """The mean of the absolute differences over the last axis.

    Args:
        y_true: targets, of shape ``(batch, ..., n)``.
        y_pred: predictions of the same shape.

    Returns:
        A tensor of shape ``(batch, ...)``.

    >>> import minikeras as keras
    >>> keras.losses.mean_absolute_error([[0.0, 0.0]], [[1.0, 3.0]]).tolist()
    [2.0]
    """
    y_true, y_pred = as_aligned_pair(y_true, y_pred)
    return ops.mean(ops.absolute(ops.subtract(y_true, y_pred)), axis=-1)


def mean_absolute_percentage_error(y_true, y_pred):
    """The mean over the last axis of the absolute differences in per cent of the targets.

    Args:
        y_true: targets, of shape ``(batch, ..., n)``; sizes below epsilon count as epsilon.
        y_pred: predictions of the same shape.

    Returns:
        A tensor of shape ``(batch, ...)``, in per cent.

    >>> import minikeras as keras
    >>> keras.losses.mean_absolute_percentage_error([[2.0, 4.0]], [[1.0, 5.0]]).tolist()
    [37.5]
    """
    y_true, y_pred = as_aligned_pair(y_true, y_pred)
    size = ops.maximum(ops.absolute(y_true), config.epsilon())
    ratio = ops.absolute(ops.divide(ops.subtract(y_true, y_pred), size))
    return ops.multiply(100.0, ops.mean(ratio, axis=-1))


def mean_squared_logarithmic_error(y_true, y_pred):
    """The mean over the last axis of the squared differences of ``log(1 + y)``.

    Args:
        y_true: targets, of shape ``(batch, ..., n)``; what lies below epsilon counts as epsilon.
        y_pred: predictions of the same shape, likewise.

    Returns:
        A tensor of shape ``(batch, ...)``.

    >>> import minikeras as keras
    >>> loss = keras.losses.mean_squared_logarithmic_error([[0.0]], [[2.718281828 - 1.0]])
    >>> round(float(loss[0]), 4)
    1.0
    """
    y_true, y_pred = as_aligned_pair(y_true, y_pred)
    log_true, log_pred = (
        ops.log(ops.add(ops.maximum(y, config.epsilon()), 1.0)) for y in (y_true, y_pred)
    )
    return ops.mean(ops.square(ops.subtract(log_pred, log_true)), axis=-1)


def cosine_similarity(y_true, y_pred, axis=-1):
    """Minus the cosine of the angle between targets and predictions.

    Args:
        y_true: targets, of shape ``(batch, ..., n)``.
        y_pred: predictions of the same shape.
        axis: the axis that holds the vectors.

    Returns:
        A tensor without ``axis``: -1 for the same direction, 1 for the opposite one, 0 for a right
        angle or a vector of zeros.

    >>> import minikeras as keras
    >>> keras.losses.cosine_similarity([[0.0, 1.0], [0.0, 1.0]], [[0.0, 2.0], [0.0, -1.0]]).tolist()
    [-1.0, 1.0]
    """
    y_true, y_pred = as_aligned_pair(y_true, y_pred)
    y_true, y_pred = ops.normalize(y_true, axis=axis), ops.normalize(y_pred, axis=axis)
    return ops.negative(ops.sum(ops.multiply(y_true, y_pred), axis=axis))


def huber(y_true, y_pred, delta=1.0):
    """Half the squared error for small errors, growing linearly beyond ``delta``; the mean of that.

    With ``e`` the absolute error: ``e**2 / 2`` if ``e <= delta``, else ``delta * e - delta**2 / 2``
    (P. J. Huber, Robust Estimation of a Location Parameter, 1964).

    Args:
        y_true: targets, of shape ``(batch, ..., n)``.
        y_pred: predictions of the same shape.
        delta: where the two pieces meet, a float.

    Returns:
        A tensor of shape ``(batch, ...)``.

    >>> import minikeras as keras
    >>> keras.losses.huber([[0.0, 0.0]], [[1.0, 3.0]]).tolist()
    [1.5]
    """
    y_true, y_pred = as_aligned_pair(y_true, y_pred)
    error = ops.absolute(ops.subtract(y_pred, y_true))
    delta = ops.convert_to_tensor(delta, dtype=y_pred.dtype)
    small = ops.multiply(0.5, ops.square(error))
    large = ops.subtract(ops.multiply(delta, error), ops.multiply(0.5, ops.square(delta)))
    return ops.mean(ops.where(ops.less_equal(error, delta), small, large), axis=-1)


def log_cosh(y_true, y_pred):
    """The mean over the last axis of the logarithm of the hyperbolic cosine of the error.

    Near half the squared error for small errors, the absolute error less ``log(2)`` for large.

    Args:
        y_true: targets, of shape ``(batch, ..., n)``.
        y_pred: predictions of the same shape.

    Returns:
        A tensor of shape ``(batch, ...)``.

    >>> import minikeras as keras
    >>> round(float(keras.losses.log_cosh([[0.0]], [[1.0]])[0]), 4)
    0.4338
    """
    y_true, y_pred = as_aligned_pair(y_true, y_pred)
    error = ops.subtract(y_pred, y_true)
    # log(cosh(e)) without overflow.
    values = ops.add(error, ops.softplus(ops.multiply(-2.0, error)))
    return ops.mean(ops.subtract(values, math.log(2.0)), axis=-1)


def kl_divergence(y_true, y_pred):
    """The Kullback-Leibler divergence ``sum(y_true * log(y_true / y_pred))`` over the last axis.

    Args:
        y_true: target probabilities, of shape ``(batch, ..., n)``, clipped to epsilon and 1.
        y_pred: predicted probabilities of the same shape, likewise.

    Returns:
        A tensor of shape ``(batch, ...)``.

    >>> import minikeras as keras
    >>> round(float(keras.losses.kl_divergence([[0.5, 0.5]], [[0.25, 0.75]])[0]), 4)
    0.1438
    """
    y_true, y_pred = (ops.clip(y, config.epsilon(), 1.0) for y in as_pair(y_true, y_pred))
    return ops.sum(ops.multiply(y_true, ops.log(ops.divide(y_true, y_pred))), axis=-1)


def poisson(y_true, y_pred):
    """The mean over the last axis of ``y_pred - y_true * log(y_pred)``.

    The negative log-likelihood of counts under a Poisson distribution, a constant left out.

    Args:
        y_true: counts, of shape ``(batch, ..., n)``.
        y_pred: predicted rates of the same shape, positive.

    Returns:
        A tensor of shape ``(batch, ...)``.

    >>> import minikeras as keras
    >>> round(float(keras.losses.poisson([[2.0]], [[1.0]])[0]), 4)
    1.0
    """
    y_true, y_pred = as_pair(y_true, y_pred)
    logarithm = ops.log(ops.add(y_pred, config.epsilon()))
    return ops.mean(ops.subtract(y_pred, ops.multiply(y_true, logarithm)), axis=-1)


class MeanSquaredError(LossFunctionWrapper):
    """The mean of the squared differences; see `mean_squared_error`.

    Args:
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> float(keras.losses.MeanSquaredError()([[0.0], [0.0]], [[1.0], [3.0]]))
    5.0
    """

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_error", dtype=None):
        super().__init__(mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """The mean of the absolute differences; see `mean_absolute_error`.

    Args:
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> float(keras.losses.MeanAbsoluteError()([[0.0], [0.0]], [[1.0], [3.0]]))
    2.0
    """

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_error", dtype=None):
        super().__init__(mean_absolute_error, reduction, name, dtype)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """The mean of the differences in per cent; see `mean_absolute_percentage_error`.

    Args:
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> float(keras.losses.MeanAbsolutePercentageError()([[2.0]], [[1.0]]))
    50.0
    """

    def __init__(
        self,
        reduction="sum_over_batch_size",
        name="mean_absolute_percentage_error",
        dtype=None,
    ):
        super().__init__(mean_absolute_percentage_error, reduction, name, dtype)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """The mean of the squared differences of logarithms; see `mean_squared_logarithmic_error`.

    Args:
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> float(keras.losses.MeanSquaredLogarithmicError()([[1.0]], [[1.0]]))
    0.0
    """

    def __init__(
        self,
        reduction="sum_over_batch_size",
        name="mean_squared_logarithmic_error",
        dtype=None,
    ):
        super().__init__(mean_squared_logarithmic_error, reduction, name, dtype)


class CosineSimilarity(LossFunctionWrapper):
    """Minus the cosine between targets and predictions; see `cosine_similarity`.

    Args:
        axis: the axis that holds the vectors.
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> float(keras.losses.CosineSimilarity()([[0.0, 1.0]], [[0.0, 5.0]]))
    -1.0
    """

    unwritten = {"axis": -1}

    def __init__(
        self,
        axis=-1,
        reduction="sum_over_batch_size",
        name="cosine_similarity",
        dtype=None,
    ):
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)


class Huber(LossFunctionWrapper):
    """Squared error near zero, absolute error far from it; see `huber`.

    Args:
        delta: where the two pieces meet, a float.
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> float(keras.losses.Huber()([[0.0, 0.0]], [[1.0, 3.0]]))
    1.5
    """

    unwritten = {"delta": 1.0}

    def __init__(self, delta=1.0, reduction="sum_over_batch_size", name="huber_loss", dtype=None):
        super().__init__(huber, reduction, name, dtype, delta=delta)


class LogCosh(LossFunctionWrapper):
    """The logarithm of the hyperbolic cosine of the error; see `log_cosh`.

    Args:
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> float(keras.losses.LogCosh()([[1.0]], [[1.0]]))
    0.0
    """

    def __init__(self, reduction="sum_over_batch_size", name="log_cosh", dtype=None):
        super().__init__(log_cosh, reduction, name, dtype)


class KLDivergence(LossFunctionWrapper):
    """The Kullback-Leibler divergence; see `kl_divergence`.

    Args:
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> float(keras.losses.KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]]))
    0.0
    """

    def __init__(self, reduction="sum_over_batch_size", name="kl_divergence", dtype=None):
        super().__init__(kl_divergence, reduction, name, dtype)


class Poisson(LossFunctionWrapper):
    """The negative log-likelihood of counts; see `poisson`.

    Args:
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> round(float(keras.losses.Poisson()([[2.0]], [[1.0]])), 4)
    1.0
    """

    def __init__(self, reduction="sum_over_batch_size", name="poisson", dtype=None):
        super().__init__(poisson, reduction, name, dtype)
