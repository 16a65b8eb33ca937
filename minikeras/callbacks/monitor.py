"""Monitor: the base of callbacks that watch whether a figure improves."""

import math
import warnings

import numpy as np

from minikeras import losses, metrics
from minikeras.callbacks.callback import Callback

_MORE_IS_BETTER = (
    metrics.AUC,
    metrics.Accuracy,
    metrics.BinaryAccuracy,
    metrics.CategoricalAccuracy,
    metrics.ConcordanceCorrelation,
    metrics.CosineSimilarity,
    metrics.FBetaScore,
    metrics.IoU,
    metrics.PearsonCorrelation,
    metrics.Precision,
    metrics.PrecisionAtRecall,
    metrics.R2Score,
    metrics.Recall,
    metrics.RecallAtPrecision,
    metrics.SensitivityAtSpecificity,
    metrics.SparseCategoricalAccuracy,
    metrics.SparseTopKCategoricalAccuracy,
    metrics.SpecificityAtSensitivity,
    metrics.TopKCategoricalAccuracy,
)
_LESS_IS_BETTER = (
    metrics.BinaryCrossentropy,
    metrics.CategoricalCrossentropy,
    metrics.CategoricalHinge,
    metrics.Hinge,
    metrics.KLDivergence,
    metrics.LogCoshError,
    metrics.MeanAbsoluteError,
    metrics.MeanAbsolutePercentageError,
    metrics.MeanSquaredError,
    metrics.MeanSquaredLogarithmicError,
    metrics.Poisson,
    metrics.RootMeanSquaredError,
    metrics.SparseCategoricalCrossentropy,
    metrics.SquaredHinge,
)


class Monitor(Callback):
    """Watches one entry of the logs.

    Args:
        monitor: the name of the entry.
        mode: ``"min"`` if less is better, ``"max"`` if more is, ``"auto"`` to go by the metric.
        baseline: the value to improve on first, or None.
        min_delta: the least change that counts as an improvement.

    Attributes:
        best: the best value so far, or None.
        monitor_op: ``np.less`` or ``np.greater``, once the direction is known.
    """

    def __init__(self, monitor="val_loss", mode="auto", baseline=None, min_delta=0):
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{type(self).__name__} mode {mode!r} is unknown; going on with 'auto'. "
                "It must be 'auto', 'min' or 'max'.",
                UserWarning,
                stacklevel=3,
            )
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.best = baseline
        self.min_delta = abs(min_delta)
        self.monitor_op = None

    def _direction(self):
        """``"min"`` or ``"max"``, from the mode or from what the metric says of itself."""
        if self.mode != "auto":
            return self.mode
        name = self.monitor.removeprefix("val_")
        if name == "loss" or name.endswith("_loss"):
            return "min"
        for metric in _metrics_of(self.model):
            if metric.name == name or name.endswith(f"_{metric.name}"):
                if isinstance(metric, _MORE_IS_BETTER) or _averages_an_accuracy(metric):
                    return "max"
                if isinstance(metric, _LESS_IS_BETTER) or _averages_a_loss(metric):
                    return "min"
        raise ValueError(
            f"{type(self).__name__}(monitor={self.monitor!r}): whether less or more of this is "
            "better cannot be told from its name. Pass mode='min' or mode='max'."
        )

    def _settle_direction(self):
        """Set ``monitor_op``; possible once the metrics of the model are known."""
        if self.monitor_op is None:
            self.monitor_op = np.less if self._direction() == "min" else np.greater

    def _is_improvement(self, value, reference):
        """Whether ``value`` is better than ``reference`` by more than ``min_delta``."""
        self._settle_direction()
        if math.isnan(value):
            return False
        if reference is None or math.isnan(reference):
            return True
        margin = -self.min_delta if self.monitor_op is np.less else self.min_delta
        return bool(self.monitor_op(value - margin, reference))


def _metrics_of(model):
    """The metrics of a model, those inside containers included."""
    found = []
    for metric in getattr(model, "metrics", None) or ():
        parts = getattr(metric, "metrics", None)
        found.extend(parts if isinstance(parts, (list, tuple)) else [metric])
    return found


def _averages_a_loss(metric):
    """Whether ``metric`` is the mean of one of Keras's loss functions."""
    function = getattr(metric, "_fn", None)
    return function is not None and any(function is loss for loss in losses.TABLE.values())


def _averages_an_accuracy(metric):
    """Whether ``metric`` is the mean of one of Keras's functions of accuracy."""
    name = getattr(getattr(metric, "_fn", None), "__name__", "")
    return name.endswith("accuracy") and getattr(metrics, name, None) is metric._fn
