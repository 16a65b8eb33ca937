"""Counts of right and wrong decisions, and what is made of them: precision, recall, their kin."""

from minikeras import ops
from minikeras.metrics.counting import (
    LOWEST,
    are_even,
    counts_at_thresholds,
    even_thresholds,
    threshold_list,
)
from minikeras.metrics.metric import Metric

__all__ = [
    "FalseNegatives",
    "FalsePositives",
    "Precision",
    "PrecisionAtRecall",
    "Recall",
    "RecallAtPrecision",
    "SensitivityAtSpecificity",
    "SpecificityAtSensitivity",
    "TrueNegatives",
    "TruePositives",
]


class CountingMetric(Metric):
    """A metric whose state are counts of decisions, one per threshold.

    `counted` names what is counted: variables by their key in `counts_at_thresholds`.
    """

    counted = {}
    top_k = None
    class_id = None

    def _make_counts(self, thresholds):
        """Take the thresholds and make a variable for each kind of count."""
        self.thresholds = thresholds
        self._evenly = are_even(thresholds)
        for name in self.counted.values():
            variable = self.add_variable((len(thresholds),), "zeros", name=name)
            setattr(self, name, variable)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch into account.

        Args:
            y_true: labels 0 and 1, of shape ``(batch, ...)``.
            y_pred: predicted probabilities of the same shape.
            sample_weight: None, or weights of shape ``(batch,)`` or that of ``y_true``.
        """
        variables = [getattr(self, name) for name in self.counted.values()]
        counts = counts_at_thresholds(
            tuple(self.counted),
            y_true,
            y_pred,
            self.thresholds,
            sample_weight=sample_weight,
            dtype=variables[0].dtype,
            evenly=self._evenly,
            top_k=self.top_k,
            class_id=self.class_id,
        )
        for variable, count in zip(variables, counts):
            variable.assign_add(count)

    def config_value(self, name):
        """The value of the constructor's argument ``name``."""
        return self.init_thresholds if name == "thresholds" else super().config_value(name)


def share(part, rest):
    """``part / (part + rest)``, 0 where both are 0."""
    return ops.divide_no_nan(part, ops.add(part, rest))


def _single(values, thresholds):
    """A scalar where there is one threshold."""
    return values[0] if len(thresholds) == 1 else values


class _Count(CountingMetric):
    """One of the four counts."""

    def __init__(self, thresholds=None, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self._make_counts(threshold_list(thresholds, 0.5))

    def result(self):
        """The count so far: a scalar, or one per threshold."""
        return _single(ops.convert_to_tensor(self.accumulator), self.thresholds)


class FalsePositives(_Count):
    """How many labels 0 were predicted as 1.

    Args:
        thresholds: one float from 0 to 1, or several; above it, 1 is predicted. 0.5 by default.
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.FalsePositives()([0, 1, 0, 0], [0.0, 0.0, 1.0, 1.0]))
    2.0
    """

    counted = {"fp": "accumulator"}


class FalseNegatives(_Count):
    """How many labels 1 were predicted as 0.

    Args:
        thresholds: one float from 0 to 1, or several; above it, 1 is predicted. 0.5 by default.
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.FalseNegatives()([0, 1, 1, 1], [0.0, 1.0, 0.0, 0.0]))
    2.0
    """

    counted = {"fn": "accumulator"}


class TrueNegatives(_Count):
    """How many labels 0 were predicted as 0.

    Args:
        thresholds: one float from 0 to 1, or several; above it, 1 is predicted. 0.5 by default.
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.TrueNegatives()([0, 1, 0, 0], [1.0, 1.0, 0.0, 0.0]))
    2.0
    """

    counted = {"tn": "accumulator"}


class TruePositives(_Count):
    """How many labels 1 were predicted as 1.

    Args:
        thresholds: one float from 0 to 1, or several; above it, 1 is predicted. 0.5 by default.
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.TruePositives()([0, 1, 1, 1], [1.0, 0.0, 1.0, 1.0]))
    2.0
    """

    counted = {"tp": "accumulator"}


class _Retrieval(CountingMetric):
    """Precision and recall: the share that true positives have."""

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        self._make_counts(threshold_list(thresholds, 0.5 if top_k is None else LOWEST))

    def result(self):
        """The share so far: a scalar, or one per threshold."""
        parts = [getattr(self, name) for name in self.counted.values()]
        return _single(share(*parts), self.thresholds)


class Precision(_Retrieval):
    """The share of predictions of 1 that are right.

    Args:
        thresholds: one float from 0 to 1, or several; above it, 1 is predicted. 0.5 by default,
            or none with ``top_k``.
        top_k: if given, only the ``k`` largest predictions of a sample can be 1.
        class_id: if given, only this class is looked at.
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.Precision()([0, 1, 1, 1], [1.0, 0.0, 1.0, 0.0]))
    0.5
    """

    counted = {"tp": "true_positives", "fp": "false_positives"}


class Recall(_Retrieval):
    """The share of labels 1 that are found.

    Args:
        thresholds: one float from 0 to 1, or several; above it, 1 is predicted. 0.5 by default,
            or none with ``top_k``.
        top_k: if given, only the ``k`` largest predictions of a sample can be 1.
        class_id: if given, only this class is looked at.
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> round(float(keras.metrics.Recall()([0, 1, 1, 1], [0.0, 0.0, 1.0, 0.0])), 4)
    0.3333
    """

    counted = {"tp": "true_positives", "fn": "false_negatives"}


class _AtConstraint(CountingMetric):
    """The best value of one measure over the thresholds at which another is large enough."""

    counted = {
        "tp": "true_positives",
        "fp": "false_positives",
        "tn": "true_negatives",
        "fn": "false_negatives",
    }

    def _set_up(self, constraint, value, num_thresholds, class_id):
        if not 0 <= value <= 1:
            raise ValueError(f"{constraint} must lie between 0 and 1. Received: {value}")
        if num_thresholds <= 0:
            raise ValueError(f"num_thresholds must be at least 1. Received: {num_thresholds}")
        self.value = value
        self.num_thresholds = num_thresholds
        self.class_id = class_id
        self._make_counts([0.5] if num_thresholds == 1 else even_thresholds(num_thresholds))

    def _best(self, sought, constrained):
        is_feasible = ops.greater_equal(constrained, self.value)
        return ops.max(ops.where(is_feasible, sought, 0.0))

    def _sensitivity(self):
        return share(self.true_positives, self.false_negatives)

    def _specificity(self):
        return share(self.true_negatives, self.false_positives)

    def _precision(self):
        return share(self.true_positives, self.false_positives)


class SensitivityAtSpecificity(_AtConstraint):
    """The best share of labels 1 found, given that enough labels 0 are recognised as such.

    Args:
        specificity: the least share of labels 0 that must be predicted as 0, from 0 to 1.
        num_thresholds: how many thresholds are tried.
        class_id: if given, only this class is looked at.
        name, dtype: see `Metric`.

    Raises:
        ValueError: if ``specificity`` or ``num_thresholds`` is out of range.

    >>> import minikeras as keras
    >>> metric = keras.metrics.SensitivityAtSpecificity(0.5)
    >>> float(metric([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8]))
    0.5
    """

    def __init__(self, specificity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.specificity = specificity
        self._set_up("specificity", specificity, num_thresholds, class_id)

    def result(self):
        """The sensitivity so far, a scalar."""
        return self._best(self._sensitivity(), self._specificity())


class SpecificityAtSensitivity(_AtConstraint):
    """The best share of labels 0 recognised, given that enough labels 1 are found.

    Args:
        sensitivity: the least share of labels 1 that must be predicted as 1, from 0 to 1.
        num_thresholds: how many thresholds are tried.
        class_id: if given, only this class is looked at.
        name, dtype: see `Metric`.

    Raises:
        ValueError: if ``sensitivity`` or ``num_thresholds`` is out of range.

    >>> import minikeras as keras
    >>> metric = keras.metrics.SpecificityAtSensitivity(0.5)
    >>> round(float(metric([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8])), 4)
    0.6667
    """

    def __init__(self, sensitivity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.sensitivity = sensitivity
        self._set_up("sensitivity", sensitivity, num_thresholds, class_id)

    def result(self):
        """The specificity so far, a scalar."""
        return self._best(self._specificity(), self._sensitivity())


class PrecisionAtRecall(_AtConstraint):
    """The best share of predictions of 1 that are right, given that enough labels 1 are found.

    Args:
        recall: the least share of labels 1 that must be predicted as 1, from 0 to 1.
        num_thresholds: how many thresholds are tried.
        class_id: if given, only this class is looked at.
        name, dtype: see `Metric`.

    Raises:
        ValueError: if ``recall`` or ``num_thresholds`` is out of range.

    >>> import minikeras as keras
    >>> metric = keras.metrics.PrecisionAtRecall(0.5)
    >>> float(metric([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8]))
    0.5
    """

    def __init__(self, recall, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.recall = recall
        self._set_up("recall", recall, num_thresholds, class_id)

    def result(self):
        """The precision so far, a scalar."""
        return self._best(self._precision(), self._sensitivity())


class RecallAtPrecision(_AtConstraint):
    """The best share of labels 1 found, given that enough predictions of 1 are right.

    Args:
        precision: the least share of predictions of 1 that must be right, from 0 to 1.
        num_thresholds: how many thresholds are tried.
        class_id: if given, only this class is looked at.
        name, dtype: see `Metric`.

    Raises:
        ValueError: if ``precision`` or ``num_thresholds`` is out of range.

    >>> import minikeras as keras
    >>> metric = keras.metrics.RecallAtPrecision(0.8)
    >>> float(metric([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
    0.5
    """

    def __init__(self, precision, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.precision = precision
        self._set_up("precision", precision, num_thresholds, class_id)

    def result(self):
        """The recall so far, a scalar."""
        return self._best(self._sensitivity(), self._precision())
