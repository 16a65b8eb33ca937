"""The harmonic mean of precision and recall."""

from minikeras import config, ops
from minikeras.metrics.metric import Metric

__all__ = ["F1Score", "FBetaScore"]


class FBetaScore(Metric):
    """``(1 + beta**2) * precision * recall / (beta**2 * precision + recall)``, for each class.

    Args:
        average: None for one score per class; ``"macro"`` for their mean, ``"weighted"`` for their
            mean by the number of labels of each class, ``"micro"`` for the score over all classes
            together.
        beta: how many times as much recall counts as precision; a float.
        threshold: predictions above it count as 1; by default the largest entry of each row does.
        name, dtype: see `Metric`.

    Raises:
        ValueError: if ``average`` is none of these, ``beta`` no positive float, or ``threshold``
            no float above 0 and up to 1.

    >>> import minikeras as keras
    >>> metric = keras.metrics.FBetaScore(beta=2.0, threshold=0.5)
    >>> scores = metric([[1, 0], [1, 1]], [[0.9, 0.6], [0.2, 0.7]])
    >>> [round(score, 4) for score in scores.tolist()]
    [0.5556, 0.8333]
    """

    def __init__(self, average=None, beta=1.0, threshold=None, name="fbeta_score", dtype=None):
        super().__init__(name=name, dtype=dtype)
        averages = (None, "micro", "macro", "weighted")
        if average not in averages:
            raise ValueError(f"average must be one of {averages}. Received: {average!r}")
        if not isinstance(beta, float) or beta <= 0.0:
            raise ValueError(f"beta must be a float above 0. Received: {beta!r}")
        if threshold is not None and not (isinstance(threshold, float) and 0 < threshold <= 1):
            raise ValueError(
                f"threshold must be None or a float above 0 and at most 1. Received: {threshold!r}"
            )
        self.average = average
        self.beta = beta
        self.threshold = threshold
        self.axis = None if average == "micro" else 0
        self._built = False

    def _build(self, shape_true, shape_pred):
        if len(shape_true) != 2 or len(shape_pred) != 2:
            raise ValueError(
                f"{type(self).__name__} takes tensors of shape (batch, classes). Received: y_true "
                f"of shape {tuple(shape_true)}, y_pred of shape {tuple(shape_pred)}"
            )
        shape = () if self.average == "micro" else (shape_pred[-1],)
        for name in (
            "true_positives",
            "false_positives",
            "false_negatives",
            "intermediate_weights",
        ):
            setattr(self, name, self.add_variable(shape, "zeros", dtype=self.dtype, name=name))
        self._built = True

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch into account.

        Args:
            y_true: labels 0 and 1, of shape ``(batch, classes)``.
            y_pred: predicted probabilities of the same shape.
            sample_weight: None, or weights of shape ``(batch,)``.
        """
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        y_pred = ops.cast(self._decisions(y_pred), self.dtype)
        weight = None
        if sample_weight is not None:
            weight = ops.expand_dims(ops.convert_to_tensor(sample_weight, dtype=self.dtype), 1)

        def add(variable, x, y):
            values = ops.multiply(x, y)
            if weight is not None:
                values = ops.multiply(values, weight)
            variable.assign_add(ops.sum(values, axis=self.axis))

        add(self.true_positives, y_pred, y_true)
        add(self.false_positives, y_pred, ops.subtract(1, y_true))
        add(self.false_negatives, ops.subtract(1, y_pred), y_true)
        add(self.intermediate_weights, y_true, ops.ones_like(y_true))

    def _decisions(self, y_pred):
        """Where 1 is predicted."""
        if self.threshold is not None:
            return ops.greater(y_pred, self.threshold)
        largest = ops.max(y_pred, axis=-1, keepdims=True)
        is_something = ops.greater(ops.absolute(y_pred), 1e-9)
        return ops.logical_and(ops.greater_equal(y_pred, largest), is_something)

    def result(self):
        """The score so far: a scalar, or one per class if there is no average."""
        epsilon = config.epsilon()
        found = ops.convert_to_tensor(self.true_positives)
        precision, recall = (
            ops.divide(found, ops.add(ops.add(found, wrong), epsilon))
            for wrong in (self.false_positives, self.false_negatives)
        )
        weighted = ops.add(ops.multiply(self.beta**2, precision), recall)
        score = ops.divide(ops.multiply(precision, recall), ops.add(weighted, epsilon))
        score = ops.multiply(score, 1 + self.beta**2)
        if self.average == "weighted":
            labels = ops.convert_to_tensor(self.intermediate_weights)
            weights = ops.divide(labels, ops.add(ops.sum(labels), epsilon))
            return ops.sum(ops.multiply(score, weights))
        return score if self.average is None else ops.mean(score)


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall, for each class; see `FBetaScore`.

    Args:
        average, threshold, name, dtype: see `FBetaScore`.

    >>> import minikeras as keras
    >>> metric = keras.metrics.F1Score(threshold=0.5, average="macro")
    >>> round(float(metric([[1, 0], [1, 1]], [[0.9, 0.6], [0.2, 0.7]])), 4)
    0.6667
    """

    def __init__(self, average=None, threshold=None, name="f1_score", dtype=None):
        super().__init__(average=average, beta=1.0, threshold=threshold, name=name, dtype=dtype)
