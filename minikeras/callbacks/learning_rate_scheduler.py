"""LearningRateScheduler: sets the learning rate before each epoch."""

import inspect
import numbers

from minikeras.backend import autodiff
from minikeras.backend.xp import is_array, to_numpy
from minikeras.callbacks.callback import Callback
from minikeras.console import show


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch.

    Args:
        schedule: a function of the epoch (from 0) and the present rate, or of the epoch alone,
            that gives the new rate.
        verbose: 1 to say what is set.

    >>> import minikeras as keras
    >>> halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    """

    def __init__(self, schedule, verbose=0):
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch, logs=None):
        """Set the rate."""
        for label, optimizer in optimizers_of(self.model.optimizer):
            rate = self._next_rate(epoch, optimizer)
            optimizer.learning_rate = rate
            if self.verbose > 0:
                show(
                    f"\nEpoch {epoch + 1}: LearningRateScheduler sets the learning rate"
                    f"{label and f' of {label}'} to {rate}."
                )

    def on_epoch_end(self, epoch, logs=None):
        """Add the rate to the logs."""
        log_rates(self.model.optimizer, {} if logs is None else logs)

    def _next_rate(self, epoch, optimizer):
        if _takes_two(self.schedule):
            rate = self.schedule(epoch, learning_rate_of(optimizer))
        else:
            rate = self.schedule(epoch)
        value = autodiff.plain(rate)
        if is_array(value) and value.size == 1:
            value = to_numpy(value).item()
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise ValueError(
                "The schedule of a LearningRateScheduler must return a number. "
                f"Received for epoch {epoch}: {rate!r}"
            )
        return float(value)


def _takes_two(function):
    try:
        inspect.signature(function).bind(0, 0.0)
    except TypeError:
        return False
    except ValueError:
        # A function that does not tell its signature.
        return True
    return True


def optimizers_of(optimizer):
    """Pairs of a label and an optimizer: the one at hand, or those that it is made of."""
    parts = getattr(optimizer, "optimizers", None)
    if parts is None:
        return [("", optimizer)]
    return [(part.name, part) for part in parts]


def learning_rate_of(optimizer):
    """The present learning rate as a Python number.

    Raises:
        ValueError: if ``optimizer`` has none.
    """
    if not hasattr(optimizer, "learning_rate"):
        raise ValueError(
            f"The model's optimizer must have a learning rate to be set. Received: {optimizer!r}"
        )
    return float(autodiff.plain(optimizer.learning_rate))


def log_rates(optimizer, logs):
    """Add the learning rate to ``logs``, or those of several optimizers by their names."""
    for label, part in optimizers_of(optimizer):
        logs[f"learning_rate_{label}" if label else "learning_rate"] = learning_rate_of(part)
