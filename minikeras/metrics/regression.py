"""Errors and scores of predicted numbers."""

import warnings

from minikeras import ops
from minikeras.losses import regression as losses
from minikeras.losses.loss import squeeze_or_expand_to_same_rank
from minikeras.metrics.metric import Metric
from minikeras.metrics.reduction import Mean, MeanMetricWrapper

__all__ = [
    "CosineSimilarity",
    "LogCoshError",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "R2Score",
    "RootMeanSquaredError",
]


def cosine_similarity(y_true, y_pred, axis=-1):
    """The cosine of the angle between targets and predictions, the vectors along ``axis``."""
    return ops.negative(losses.cosine_similarity(y_true, y_pred, axis=axis))


class MeanSquaredError(MeanMetricWrapper):
    """The mean squared error.

    Args:
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.MeanSquaredError()([[0.0], [0.0]], [[1.0], [3.0]]))
    5.0
    """

    def __init__(self, name="mean_squared_error", dtype=None):
        super().__init__(losses.mean_squared_error, name, dtype)


class RootMeanSquaredError(Mean):
    """The square root of the mean squared error.

    Args:
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.RootMeanSquaredError()([[0.0], [0.0]], [[2.0], [2.0]]))
    2.0
    """

    def __init__(self, name="root_mean_squared_error", dtype=None):
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch of targets and predictions of equal shape into account."""
        y_true, y_pred = squeeze_or_expand_to_same_rank(
            ops.convert_to_tensor(y_true, dtype=self.dtype),
            ops.convert_to_tensor(y_pred, dtype=self.dtype),
        )
        error = ops.subtract(y_pred, y_true)
        super().update_state(ops.square(error), sample_weight=sample_weight)

    def result(self):
        """The error over all batches, a scalar."""
        return ops.sqrt(super().result())


class MeanAbsoluteError(MeanMetricWrapper):
    """The mean absolute error.

    Args:
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.MeanAbsoluteError()([[0.0], [0.0]], [[1.0], [3.0]]))
    2.0
    """

    def __init__(self, name="mean_absolute_error", dtype=None):
        super().__init__(losses.mean_absolute_error, name, dtype)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """The mean absolute error in per cent of the targets.

    Args:
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.MeanAbsolutePercentageError()([[2.0]], [[1.0]]))
    50.0
    """

    def __init__(self, name="mean_absolute_percentage_error", dtype=None):
        super().__init__(losses.mean_absolute_percentage_error, name, dtype)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """The mean squared difference of ``log(1 + y)``.

    Args:
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.MeanSquaredLogarithmicError()([[1.0]], [[1.0]]))
    0.0
    """

    def __init__(self, name="mean_squared_logarithmic_error", dtype=None):
        super().__init__(losses.mean_squared_logarithmic_error, name, dtype)


class CosineSimilarity(MeanMetricWrapper):
    """The mean cosine of the angle between targets and predictions: 1 for the same direction.

    The loss of the same name has the opposite sign.

    Args:
        name, dtype: see `Metric`.
        axis: the axis that holds the vectors.

    >>> import minikeras as keras
    >>> float(keras.metrics.CosineSimilarity()([[0.0, 1.0]], [[0.0, 5.0]]))
    1.0
    """

    unwritten = {"axis": -1}

    def __init__(self, name="cosine_similarity", dtype=None, axis=-1):
        super().__init__(cosine_similarity, name, dtype, axis=axis)


class LogCoshError(MeanMetricWrapper):
    """The mean logarithm of the hyperbolic cosine of the error; see `keras.losses.log_cosh`.

    Args:
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.LogCoshError()([[1.0]], [[1.0]]))
    0.0
    """

    def __init__(self, name="logcosh", dtype=None):
        super().__init__(losses.log_cosh, name, dtype)


class R2Score(Metric):
    """The coefficient of determination: the share of the targets' variance that is explained.

    Args:
        class_aggregation: how the scores of the outputs become one: ``"uniform_average"``,
            ``"variance_weighted_average"``, or None for one score per output.
        num_regressors: how many independent variables there are; if not 0, the score is adjusted
            for them.
        name, dtype: see `Metric`.

    Raises:
        ValueError: for another ``class_aggregation`` or a negative ``num_regressors``.

    >>> import minikeras as keras
    >>> float(keras.metrics.R2Score()([[1.0], [2.0], [3.0]], [[1.0], [2.0], [4.0]]))
    0.5
    """

    def __init__(
        self,
        class_aggregation="uniform_average",
        num_regressors=0,
        name="r2_score",
        dtype=None,
    ):
        super().__init__(name=name, dtype=dtype)
        allowed = (None, "uniform_average", "variance_weighted_average")
        if class_aggregation not in allowed:
            raise ValueError(
                f"Invalid value for argument `class_aggregation`. Expected one of {allowed}. "
                f"Received: {class_aggregation!r}"
            )
        if num_regressors < 0:
            raise ValueError(f"num_regressors must be at least 0. Received: {num_regressors}")
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors
        self.num_samples = self.add_variable((), "zeros", name="num_samples")
        self._built = False

    def _build(self, shape_true, shape_pred):
        if len(shape_true) != 2 or len(shape_pred) != 2:
            raise ValueError(
                "R2Score takes tensors of shape (batch, outputs). Received: y_true of shape "
                f"{tuple(shape_true)}, y_pred of shape {tuple(shape_pred)}"
            )
        shape = (shape_pred[-1],)
        self.squared_sum = self.add_variable(shape, "zeros", name="squared_sum")
        self.sum = self.add_variable(shape, "zeros", name="sum")
        self.total_mse = self.add_variable(shape, "zeros", name="residual")
        self.count = self.add_variable(shape, "zeros", name="count")
        self._built = True

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch into account.

        Args:
            y_true, y_pred: tensors of shape ``(batch, outputs)``.
            sample_weight: None, or weights of shape ``(batch,)`` or ``(batch, outputs)``.
        """
        y_true, y_pred = squeeze_or_expand_to_same_rank(
            ops.convert_to_tensor(y_true, dtype=self.dtype),
            ops.convert_to_tensor(y_pred, dtype=self.dtype),
        )
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        weight = ops.convert_to_tensor(1 if sample_weight is None else sample_weight, self.dtype)
        if len(weight.shape) == 1:
            weight = ops.expand_dims(weight, axis=1)
        weight = ops.broadcast_to(weight, y_true.shape)
        weighted = ops.multiply(y_true, weight)
        error = ops.multiply(ops.square(ops.subtract(y_true, y_pred)), weight)
        self.sum.assign_add(ops.sum(weighted, axis=0))
        self.squared_sum.assign_add(ops.sum(ops.multiply(y_true, weighted), axis=0))
        self.total_mse.assign_add(ops.sum(error, axis=0))
        self.count.assign_add(ops.sum(weight, axis=0))
        self.num_samples.assign_add(ops.size(y_true))

    def result(self):
        """The score over all batches: a scalar, or one per output."""
        mean = ops.divide(self.sum, self.count)
        total = ops.subtract(self.squared_sum, ops.multiply(self.sum, mean))
        scores = ops.subtract(1.0, ops.divide(self.total_mse, total))
        scores = ops.where(ops.isinf(scores), 0.0, scores)
        if self.class_aggregation == "uniform_average":
            scores = ops.mean(scores)
        elif self.class_aggregation == "variance_weighted_average":
            scores = ops.divide(ops.sum(ops.multiply(total, scores)), ops.sum(total))
        return self._adjusted(scores) if self.num_regressors else scores

    def _adjusted(self, scores):
        """The score adjusted for the number of independent variables."""
        samples, regressors = float(self.num_samples), float(self.num_regressors)
        if regressors >= samples - 1:
            warnings.warn(
                f"R2Score cannot be adjusted for {self.num_regressors} regressors with "
                f"{int(samples)} samples; the plain score is given instead.",
                stacklevel=3,
            )
            return scores
        factor = (samples - 1.0) / (samples - regressors - 1.0)
        return ops.subtract(1.0, ops.multiply(ops.subtract(1.0, scores), factor))
