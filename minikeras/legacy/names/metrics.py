"""Names of old in ``keras.metrics``."""

from minikeras import config, metrics, ops
from minikeras.legacy.names.losses import (
    KLD,
    MAE,
    MAPE,
    MSE,
    MSLE,
    cosine,
    cosine_proximity,
    kld,
    kullback_leibler_divergence,
    logcosh,
    mae,
    mape,
    mse,
    msle,
)
from minikeras.losses import cosine_similarity
from minikeras.losses.loss import squeeze_or_expand_to_same_rank
from minikeras.serialization import register_keras_serializable

__all__ = [
    "KLD", "MAE", "MAPE", "MSE", "MSLE", "Reduce", "clone_metric", "clone_metrics", "cosine",
    "cosine_proximity", "cosine_similarity", "f1score", "fbeta_score", "fmeasure", "fscore", "kld",
    "kullback_leibler_divergence", "logcosh", "mae", "mape", "matthews_correlation", "mse", "msle",
    "precision", "recall",
]  # fmt: skip


def clone_metric(metric):
    """A metric of the same configuration, without the state; a function is returned as it is.

    >>> import minikeras as keras
    >>> keras.metrics.clone_metric(keras.metrics.Mean(name="loss")).name
    'loss'
    """
    return (
        type(metric).from_config(metric.get_config())
        if isinstance(metric, metrics.Metric)
        else metric
    )


def clone_metrics(metrics):
    """`clone_metric` of each metric of a list.

    >>> import minikeras as keras
    >>> [m.name for m in keras.metrics.clone_metrics([keras.metrics.Mean("a")])]
    ['a']
    """
    return [clone_metric(metric) for metric in metrics]


@register_keras_serializable("minikeras.legacy")
class Reduce(metrics.Metric):
    """Values gathered over batches: their sum, or their mean.

    Args:
        reduction: ``"sum"``, ``"sum_over_batch_size"`` (divided by the number of values) or
            ``"weighted_mean"`` (by the sum of the weights).
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> metric = keras.metrics.Reduce("sum_over_batch_size", "mean")
    >>> float(metric([1.0, 3.0, 5.0, 7.0], sample_weight=[1, 1, 0, 0]))
    1.0
    """

    def __init__(self, reduction, name, dtype=None):
        super().__init__(name=name, dtype=dtype)
        if reduction not in ("sum", "sum_over_batch_size", "weighted_mean"):
            raise ValueError(
                "Reduce: reduction must be 'sum', 'sum_over_batch_size' or 'weighted_mean'. "
                f"Received: {reduction!r}"
            )
        self.reduction = reduction
        self.total = self.add_weight(name="total", initializer="zeros")
        if reduction != "sum":
            self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, values, sample_weight=None):
        """Take values ``(batch, ...)`` into account, and weights that broadcast against them."""
        values = ops.cast(values, self.dtype)
        weights = None
        if sample_weight is not None:
            weights = ops.cast(sample_weight, self.dtype)
            values, weights = squeeze_or_expand_to_same_rank(values, weights)
            missing = len(values.shape) - len(weights.shape)
            weights = ops.reshape(weights, (*weights.shape, *[1] * max(missing, 0)))
            weights = ops.broadcast_to(weights, values.shape)
            values = ops.multiply(values, weights)
        self.total.assign_add(ops.sum(values))
        if self.reduction == "weighted_mean" and weights is not None:
            self.count.assign_add(ops.sum(weights))
        elif self.reduction != "sum":
            self.count.assign_add(ops.cast(ops.size(values), self.dtype))

    def result(self):
        """The sum or the mean; 0 if there were no values."""
        if self.reduction == "sum":
            return ops.convert_to_tensor(self.total)
        return ops.divide_no_nan(self.total, self.count)


# Of Keras 1: measures of a whole batch, whose means over the batches were logged


def _counts(y_true, y_pred):
    """How many are positive, are predicted to be, and both."""
    true, predicted = ops.clip(y_true, 0, 1), ops.clip(y_pred, 0, 1)
    both = ops.clip(ops.multiply(y_true, y_pred), 0, 1)
    return [ops.sum(ops.round(x)) for x in (true, predicted, both)]


def _tensors(y_true, y_pred):
    y_pred = ops.convert_to_tensor(y_pred)
    return ops.cast(y_true, y_pred.dtype), y_pred


def precision(y_true, y_pred):
    """The part of the predicted positives in a batch that are positive.

    >>> import minikeras as keras
    >>> round(float(keras.metrics.precision([1.0, 0.0, 1.0], [0.9, 0.8, 0.1])), 4)
    0.5
    """
    _, predicted, both = _counts(*_tensors(y_true, y_pred))
    return ops.divide(both, ops.add(predicted, config.epsilon()))


def recall(y_true, y_pred):
    """The part of the positives in a batch that are predicted to be.

    >>> import minikeras as keras
    >>> round(float(keras.metrics.recall([1.0, 0.0, 1.0], [0.9, 0.8, 0.1])), 4)
    0.5
    """
    true, _, both = _counts(*_tensors(y_true, y_pred))
    return ops.divide(both, ops.add(true, config.epsilon()))


def fbeta_score(y_true, y_pred, beta=1):
    """The weighted harmonic mean of precision and recall of a batch; 0 if nothing is positive.

    Args:
        y_true, y_pred: labels 0 or 1 and predictions from 0 to 1, of one shape.
        beta: how many times as much recall counts as precision.

    Raises:
        ValueError: if ``beta`` is negative.

    >>> import minikeras as keras
    >>> round(float(keras.metrics.fbeta_score([1.0, 0.0, 1.0], [0.9, 0.8, 0.1], beta=2)), 4)
    0.5
    """
    if beta < 0:
        raise ValueError(f"beta must not be negative. Received: {beta!r}")
    p, r = precision(y_true, y_pred), recall(y_true, y_pred)
    weight = beta**2
    # Without a positive the recall is 0, and with it the product.
    low = ops.add(ops.add(ops.multiply(weight, p), r), config.epsilon())
    return ops.divide(ops.multiply(1 + weight, ops.multiply(p, r)), low)


def fmeasure(y_true, y_pred):
    """The harmonic mean of precision and recall of a batch.

    >>> import minikeras as keras
    >>> round(float(keras.metrics.fmeasure([1.0, 0.0], [0.9, 0.8])), 4)
    0.6667
    """
    return fbeta_score(y_true, y_pred)


fscore = f1score = fmeasure


def matthews_correlation(y_true, y_pred):
    """The correlation of the labels of a batch with the rounded predictions, from -1 to 1.

    >>> import minikeras as keras
    >>> round(float(keras.metrics.matthews_correlation([1.0, 0.0, 1.0], [0.9, 0.2, 0.1])), 4)
    0.5
    """
    y_true, y_pred = _tensors(y_true, y_pred)
    predicted, true = ops.round(ops.clip(y_pred, 0, 1)), ops.round(ops.clip(y_true, 0, 1))
    count = lambda a, b: ops.sum(ops.multiply(a, b))
    not_predicted, not_true = ops.subtract(1, predicted), ops.subtract(1, true)
    tp, tn = count(true, predicted), count(not_true, not_predicted)
    fp, fn = count(not_true, predicted), count(true, not_predicted)
    product = 1
    for side in (ops.add(tp, fp), ops.add(tp, fn), ops.add(tn, fp), ops.add(tn, fn)):
        product = ops.multiply(product, side)
    covariance = ops.subtract(ops.multiply(tp, tn), ops.multiply(fp, fn))
    return ops.divide(covariance, ops.add(ops.sqrt(product), config.epsilon()))
