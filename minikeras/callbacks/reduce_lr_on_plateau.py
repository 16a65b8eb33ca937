"""ReduceLROnPlateau: lowers the learning rate when a figure stops improving."""

import warnings

import numpy as np

from minikeras.callbacks.learning_rate_scheduler import learning_rate_of, log_rates, optimizers_of
from minikeras.callbacks.monitor import Monitor
from minikeras.console import show


class ReduceLROnPlateau(Monitor):
    """Lowers the learning rate when a figure has stopped improving.

    Args:
        monitor: the name of the figure in the logs.
        factor: what the rate is multiplied by, less than 1.
        patience: how many epochs without improvement are borne.
        verbose: 1 to say when the rate is lowered.
        mode: ``"min"`` if less is better, ``"max"`` if more is, ``"auto"`` to go by the metric.
        min_delta: the least change that counts as an improvement.
        cooldown: how many epochs are let pass after lowering before watching goes on.
        min_lr: the lowest rate.
        **kwargs: none.
    """

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0.0,
        **kwargs,
    ):
        if kwargs:
            raise TypeError(f"ReduceLROnPlateau has no arguments {sorted(kwargs)}")
        super().__init__(monitor, mode, min_delta=min_delta)
        if factor >= 1.0:
            raise ValueError(f"factor must be less than 1 to lower the rate. Received: {factor}")
        self.factor = factor
        self.min_lr = min_lr
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self._reset()

    def _reset(self):
        self.best = None
        self.cooldown_counter = 0
        self.wait = 0

    def on_train_begin(self, logs=None):
        """Forget the last run."""
        self._reset()

    def on_epoch_end(self, epoch, logs=None):
        """Look whether the figure has improved; lower the rate if it has not for long enough."""
        self._settle_direction()
        logs = {} if logs is None else logs
        log_rates(self.model.optimizer, logs)
        current = logs.get(self.monitor)
        if current is None:
            warnings.warn(
                f"ReduceLROnPlateau watches {self.monitor!r}, which the logs do not hold. They "
                f"hold: {', '.join(logs)}",
                UserWarning,
                stacklevel=2,
            )
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and self._lower_rates(epoch):
                self.cooldown_counter = self.cooldown
                self.wait = 0

    def _lower_rates(self, epoch):
        """Lower the rates that are above the lowest. Returns whether there were any."""
        has_lowered = False
        for label, optimizer in optimizers_of(self.model.optimizer):
            rate = learning_rate_of(optimizer)
            if rate > np.float32(self.min_lr):
                lower = max(rate * self.factor, self.min_lr)
                optimizer.learning_rate = lower
                has_lowered = True
                if self.verbose > 0:
                    show(
                        f"\nEpoch {epoch + 1}: ReduceLROnPlateau lowers the learning rate"
                        f"{label and f' of {label}'} to {lower}."
                    )
        return has_lowered

    def in_cooldown(self):
        """Whether the epochs after a lowering are being let pass."""
        return self.cooldown_counter > 0
