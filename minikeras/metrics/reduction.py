"""Sums and means of values over batches, and metrics that are the mean of a function."""

from minikeras import ops
from minikeras.backend.masks import get_mask
from minikeras.losses.loss import (
    WrapsFunction,
    apply_mask,
    squeeze_or_expand_to_same_rank,
)
from minikeras.metrics.metric import Metric

__all__ = ["Mean", "MeanMetricWrapper", "Sum"]


def reduce_to_samplewise_values(values, sample_weight, reduce_fn, dtype):
    """``values``, weighted, with every axis but the first reduced; and the weights likewise.

    Args:
        values: a tensor of shape ``(batch, ...)``.
        sample_weight: None, or a tensor that broadcasts against ``values``, or against its leading
            axes: the others are then reduced first.
        reduce_fn: ``ops.sum`` or ``ops.mean``.
        dtype: the dtype of the results.

    Returns:
        Values and weights of shape ``(batch,)`` or ``()``; the weights None if there are none.
    """
    mask = get_mask(values)
    values = ops.cast(values, dtype)
    if sample_weight is not None:
        sample_weight = ops.convert_to_tensor(sample_weight, dtype=dtype)
        sample_weight = apply_mask(sample_weight, mask, dtype, reduction="sum")
        values, sample_weight = squeeze_or_expand_to_same_rank(values, sample_weight)
        rank = len(sample_weight.shape)
        if len(values.shape) > rank:
            values = reduce_fn(values, axis=tuple(range(rank, len(values.shape))))
        sample_weight = ops.broadcast_to(sample_weight, values.shape)
        values = ops.multiply(values, sample_weight)
        if rank > 1:
            sample_weight = reduce_fn(sample_weight, axis=tuple(range(1, rank)))
    if len(values.shape) > 1:
        values = reduce_fn(values, axis=tuple(range(1, len(values.shape))))
    return values, sample_weight


class Sum(Metric):
    """The weighted sum of all values.

    Args:
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> metric = keras.metrics.Sum()
    >>> metric.update_state([1.0, 2.0])
    >>> float(metric([3.0, 4.0], sample_weight=[0.0, 1.0]))
    7.0
    """

    def __init__(self, name="sum", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", dtype=self.dtype, name="total")

    def update_state(self, values, sample_weight=None):
        """Add ``values``, of shape ``(batch, ...)``, times their weights."""
        values, _ = reduce_to_samplewise_values(values, sample_weight, ops.sum, self.dtype)
        self.total.assign_add(ops.sum(values))

    def result(self):
        """The sum so far, a scalar."""
        return ops.cast(self.total, self.dtype)


class Mean(Metric):
    """The weighted mean of all values.

    Args:
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> metric = keras.metrics.Mean()
    >>> metric.update_state([1.0, 2.0])
    >>> float(metric([3.0, 4.0], sample_weight=[0.0, 3.0]))
    3.0
    """

    def __init__(self, name="mean", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", dtype=self.dtype, name="total")
        self.count = self.add_variable((), "zeros", dtype=self.dtype, name="count")

    def update_state(self, values, sample_weight=None):
        """Take ``values``, of shape ``(batch, ...)`` or one number, into account."""
        values, sample_weight = reduce_to_samplewise_values(
            values, sample_weight, ops.mean, self.dtype
        )
        self.total.assign_add(ops.sum(values))
        if sample_weight is None:
            self.count.assign_add(values.shape[0] if len(values.shape) else 1)
        else:
            self.count.assign_add(ops.sum(sample_weight))

    def result(self):
        """The mean so far, a scalar; 0 without values."""
        return ops.divide_no_nan(self.total, self.count)


class MeanMetricWrapper(WrapsFunction, Mean):
    """The mean of a function of targets and predictions.

    Args:
        fn: a function of ``(y_true, y_pred, **kwargs)`` that returns one value per sample.
        name, dtype: see `Metric`.
        **kwargs: more arguments of ``fn``.

    >>> import minikeras as keras
    >>> metric = keras.metrics.MeanMetricWrapper(keras.losses.huber, delta=0.5)
    >>> float(metric([[0.0]], [[1.0]]))
    0.375
    """

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch into account.

        Args:
            y_true, y_pred: what ``fn`` takes. The mask of ``y_pred``, if it has one, says which
                entries count.
            sample_weight: None, or weights that broadcast against the values.
        """
        mask = get_mask(y_pred)
        values = self._fn(y_true, y_pred, **self._fn_kwargs)
        sample_weight = apply_mask(sample_weight, mask, self.dtype, reduction="sum")
        super().update_state(values, sample_weight=sample_weight)

    def config_value(self, name):
        """The value of the constructor's argument ``name``."""
        return self._fn if name == "fn" else super().config_value(name)
