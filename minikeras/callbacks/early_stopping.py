"""EarlyStopping: ends training when a figure stops improving."""

import warnings

from minikeras.callbacks.monitor import Monitor
from minikeras.console import show


class EarlyStopping(Monitor):
    """Ends training when a figure has stopped improving.

    Args:
        monitor: the name of the figure in the logs.
        min_delta: the least change that counts as an improvement.
        patience: how many epochs without improvement are borne.
        verbose: 1 to say when training ends and weights are restored.
        mode: ``"min"`` if less is better, ``"max"`` if more is, ``"auto"`` to go by the metric.
        baseline: a value; until the figure is better than it, no epoch resets the patience.
        restore_best_weights: whether the weights of the best epoch are put back at the end.
        start_from_epoch: how many epochs are let pass before watching starts.

    Attributes:
        best, best_epoch, best_weights: the best value, its epoch, and the weights after it.
        stopped_epoch: the epoch after which training was ended, 0 if it was not.
        wait: the number of epochs without improvement up to now.
    """

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=False,
        start_from_epoch=0,
    ):
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._reset()

    def _reset(self):
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_weights = None
        self.best_epoch = 0

    def on_train_begin(self, logs=None):
        """Forget the last run."""
        self._reset()

    def on_epoch_end(self, epoch, logs=None):
        """Look whether the figure has improved; end training if it has not for long enough."""
        self._settle_direction()
        current = self.get_monitor_value(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            # There is something to go back to even if nothing ever improves.
            self.best_weights = self.model.get_weights()
            self.best_epoch = epoch
        self.wait += 1
        if self._is_improvement(current, self.best):
            self.best = current
            self.best_epoch = epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self._is_improvement(current, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Put the best weights back."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            show(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                show(f"Going back to the weights after the best epoch, {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)

    def get_monitor_value(self, logs):
        """The figure in ``logs``, or None, with a warning, if it is not there."""
        logs = logs or {}
        value = logs.get(self.monitor)
        if value is None:
            warnings.warn(
                f"EarlyStopping watches {self.monitor!r}, which the logs do not hold. They hold: "
                f"{', '.join(logs)}",
                UserWarning,
                stacklevel=2,
            )
        return value
