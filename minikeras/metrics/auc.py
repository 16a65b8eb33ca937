"""The area under a curve of two measures over all thresholds."""

from minikeras import config, ops
from minikeras.metrics.confusion import CountingMetric, share
from minikeras.metrics.counting import are_even, counts_at_thresholds, even_thresholds

__all__ = ["AUC"]

CURVES = ("ROC", "PR", "PRGAIN")
SUMMATIONS = ("interpolation", "majoring", "minoring")


def _chosen(argument, value, allowed):
    """The one of ``allowed`` that ``value`` (a string, or an enumeration's member) names."""
    value = getattr(value, "value", value)
    for choice in allowed:
        if isinstance(value, str) and value.lower() == choice.lower():
            return choice
    raise ValueError(f"{argument} must be one of {allowed}. Received: {value!r}")


class AUC(CountingMetric):
    """The area under the ROC curve, or under that of precision over recall.

    The curve is known at a number of thresholds; the area is a Riemann sum over them.

    Args:
        num_thresholds: how many thresholds, at least 2.
        curve: ``"ROC"`` (share of labels 1 found, over the share of labels 0 mistaken), ``"PR"``
            (precision over recall) or ``"PRGAIN"`` (their gains: Flach and Kull,
            Precision-Recall-Gain Curves, 2015).
        summation_method: the height between two points: ``"interpolation"`` their mean (for
            ``"PR"`` the interpolation of Davis and Goadrich, The Relationship Between
            Precision-Recall and ROC Curves, 2006), ``"minoring"`` the lower one, ``"majoring"`` the
            higher one.
        name, dtype: see `Metric`.
        thresholds: floats from 0 to 1 to use instead of equally spaced ones; 0 and 1 are added.
        multi_label: whether each label has a curve of its own, the areas being averaged.
        num_labels: how many labels then; found from the first batch if not given.
        label_weights: one weight per label: for the average, or, without ``multi_label``, for
            predictions.
        from_logits: whether predictions are logits rather than probabilities.

    Raises:
        ValueError: for an unknown curve or method, or fewer than 2 thresholds.

    >>> import minikeras as keras
    >>> metric = keras.metrics.AUC(num_thresholds=3)
    >>> float(metric([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
    0.75
    """

    config_omits = frozenset({"thresholds"})
    counted = {
        "tp": "true_positives",
        "fp": "false_positives",
        "tn": "true_negatives",
        "fn": "false_negatives",
    }

    def __init__(
        self,
        num_thresholds=200,
        curve="ROC",
        summation_method="interpolation",
        name=None,
        dtype=None,
        thresholds=None,
        multi_label=False,
        num_labels=None,
        label_weights=None,
        from_logits=False,
    ):
        super().__init__(name=name, dtype=dtype)
        self.curve = _chosen("curve", curve, CURVES)
        self.summation_method = _chosen("summation_method", summation_method, SUMMATIONS)
        self.multi_label = multi_label
        self.num_labels = num_labels
        self.label_weights = None if label_weights is None else ops.array(label_weights, self.dtype)
        self.from_logits = from_logits
        self.init_thresholds = None if thresholds is None else sorted(map(float, thresholds))
        if thresholds is not None:
            all_thresholds = [0.0, *self.init_thresholds, 1.0]
        elif num_thresholds > 1:
            all_thresholds = even_thresholds(num_thresholds)
        else:
            raise ValueError(f"num_thresholds must be at least 2. Received: {num_thresholds}")
        self.num_thresholds = len(all_thresholds)
        self._evenly = thresholds is None or are_even(all_thresholds)
        # The outer ones moved out a little, so that the curve starts and ends where it must.
        low, high = -config.epsilon(), 1.0 + config.epsilon()
        self._thresholds = [low, *all_thresholds[1:-1], high]
        self._built = False
        if num_labels and not multi_label:
            raise ValueError("num_labels goes with multi_label=True only")
        if not multi_label or num_labels:
            self._build(num_labels)

    @property
    def thresholds(self):
        """All thresholds, as a list; the first just below 0, the last just above 1."""
        return list(self._thresholds)

    def _build(self, labels):
        shape = (self.num_thresholds, labels) if self.multi_label else (self.num_thresholds,)
        for name in self.counted.values():
            setattr(self, name, self.add_variable(shape, "zeros", name=name))
        self._built = True

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch into account.

        Args:
            y_true: labels 0 and 1, of shape ``(batch, ...)``; ``(batch, labels)`` with
                ``multi_label``.
            y_pred: predicted probabilities of the same shape.
            sample_weight: None, or weights of shape ``(batch,)`` or that of ``y_true``.

        Raises:
            ValueError: for predictions of another rank than 2 with ``multi_label``.
        """
        y_pred = ops.convert_to_tensor(y_pred)
        if self.multi_label and len(y_pred.shape) != 2:
            raise ValueError(
                f"{self.name}: with multi_label=True, predictions must have shape (batch, "
                f"labels). Received: y_pred of shape {tuple(y_pred.shape)}"
            )
        if not self._built:
            self._build(y_pred.shape[1])
        variables = [getattr(self, name) for name in self.counted.values()]
        counts = counts_at_thresholds(
            tuple(self.counted),
            y_true,
            ops.sigmoid(y_pred) if self.from_logits else y_pred,
            self._thresholds,
            sample_weight=sample_weight,
            dtype=variables[0].dtype,
            evenly=self._evenly,
            multi_label=self.multi_label,
            label_weights=None if self.multi_label else self.label_weights,
        )
        for variable, count in zip(variables, counts):
            variable.assign_add(count)

    def interpolate_pr_auc(self):
        """The area under precision over recall, interpolated as Davis and Goadrich do.

        Between two thresholds the true positives grow linearly with all positives, with a slope
        ``s``. The precision ``TP / P`` integrated over that piece gives
        ``s * (dTP + intercept * log(P_first / P_second)) / (TP + FN)``.

        Returns:
            A scalar.
        """
        found = ops.convert_to_tensor(self.true_positives)
        positives = ops.add(found, self.false_positives)
        second_found, second = found[1:], positives[1:]
        first = positives[:-1]
        gained = ops.subtract(found[:-1], second_found)
        slope = ops.divide_no_nan(gained, ops.maximum(ops.subtract(first, second), 0.0))
        intercept = ops.subtract(second_found, ops.multiply(slope, second))
        has_both = ops.logical_and(ops.greater(first, 0.0), ops.greater(second, 0.0))
        ratio = ops.where(has_both, ops.divide_no_nan(first, ops.maximum(second, 0.0)), 1.0)
        area = ops.multiply(slope, ops.add(gained, ops.multiply(intercept, ops.log(ratio))))
        labelled = ops.add(found, self.false_negatives)[1:]
        return self._total(ops.divide_no_nan(area, ops.maximum(labelled, 0.0)))

    def result(self):
        """The area so far, a scalar."""
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self.interpolate_pr_auc()
        x, y = self._points()
        if self.summation_method == "interpolation":
            heights = ops.divide(ops.add(y[:-1], y[1:]), 2.0)
        elif self.summation_method == "minoring":
            heights = ops.minimum(y[:-1], y[1:])
        else:
            heights = ops.maximum(y[:-1], y[1:])
        return self._total(ops.multiply(ops.subtract(x[:-1], x[1:]), heights))

    def _points(self):
        """The curve: abscissas and ordinates by threshold."""
        recall = share(self.true_positives, self.false_negatives)
        if self.curve == "ROC":
            return share(self.false_positives, self.true_negatives), recall
        if self.curve == "PR":
            return recall, share(self.true_positives, self.false_positives)
        found = ops.convert_to_tensor(self.true_positives)
        odds = ops.divide_no_nan(
            ops.add(found, self.false_negatives),
            ops.add(self.true_negatives, self.false_positives),
        )
        gains = [
            ops.subtract(1.0, ops.multiply(odds, ops.divide_no_nan(wrong, found)))
            for wrong in (self.false_negatives, self.false_positives)
        ]
        is_none = ops.equal(found, 0.0)
        recall_gain = ops.maximum(ops.where(is_none, 0.0, gains[0]), 0.0)
        return recall_gain, ops.where(is_none, 1.0, gains[1])

    def _total(self, areas):
        """The sum over the pieces; with several labels the mean of that over the labels."""
        by_label = ops.sum(areas, axis=0)
        if not self.multi_label:
            return by_label
        if self.label_weights is None:
            return ops.mean(by_label)
        weighted = ops.sum(ops.multiply(by_label, self.label_weights))
        return ops.divide_no_nan(weighted, ops.sum(self.label_weights))

    def config_value(self, name):
        """The value of the constructor's argument ``name``."""
        if name == "label_weights" and self.label_weights is not None:
            return self.label_weights.tolist()
        return super().config_value(name)
