"""ModelCheckpoint: saves the model, or its weights, from time to time."""

import os
import warnings

from minikeras.callbacks.monitor import Monitor
from minikeras.console import show


class ModelCheckpoint(Monitor):
    """Saves the model after epochs or batches.

    Args:
        filepath: where to; may hold fields such as ``{epoch:02d}`` (counted from 1), ``{batch}``
            and any name in the logs, ``{val_loss:.2f}``. Ends in ``.keras``, with
            ``save_weights_only`` in ``.weights.h5``.
        monitor: the name of the figure in the logs that tells which model is best.
        verbose: 1 to say what is saved.
        save_best_only: whether to save only when the figure has improved.
        save_weights_only: whether to save the weights rather than the whole model.
        mode: ``"min"`` if less is better, ``"max"`` if more is, ``"auto"`` to go by the metric.
        save_freq: ``"epoch"``, or a number of batches after which to save each time.
        initial_value_threshold: what the figure must be better than at first.

    >>> import minikeras as keras
    >>> keras.callbacks.ModelCheckpoint("models/{epoch:02d}.keras").save_freq
    'epoch'
    """

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
    ):
        super().__init__(monitor, mode, initial_value_threshold)
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self._counter = BatchCounter(save_freq)
        self._current_epoch = 0
        if save_weights_only and not self.filepath.endswith(".weights.h5"):
            raise ValueError(
                "With save_weights_only=True, filepath must end in '.weights.h5'. "
                f"Received: {self.filepath!r}"
            )
        if not save_weights_only and not self.filepath.endswith((".keras", ".h5")):
            raise ValueError(f"filepath must end in '.keras'. Received: {self.filepath!r}")

    def on_epoch_begin(self, epoch, logs=None):
        """Note the epoch, for the name of the file."""
        self._current_epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Save if ``save_freq`` batches have gone by."""
        if self._counter.is_due(batch):
            self._save(self._current_epoch, batch, logs or {})

    def on_epoch_end(self, epoch, logs=None):
        """Save if ``save_freq`` is ``"epoch"``."""
        if self.save_freq == "epoch":
            self._save(epoch, None, logs or {})

    def _save(self, epoch, batch, logs):
        path = self._path(epoch, batch, logs)
        if self.save_best_only and not self._is_best(epoch, logs, path):
            return
        if not self.save_best_only and self.verbose > 0:
            show(f"\nEpoch {epoch + 1}: saving the model to {path}")
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        if os.path.isdir(path):
            raise IsADirectoryError(f"ModelCheckpoint is to write a file, but {path!r} is a folder")
        self._write(path)

    def _write(self, path):
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)

    def _path(self, epoch, batch, logs):
        fields = {**logs, "epoch": epoch + 1}
        if batch is not None:
            fields.setdefault("batch", batch + 1)
        try:
            return self.filepath.format(**fields)
        except KeyError as error:
            raise KeyError(
                f"The path {self.filepath!r} of ModelCheckpoint names {error}, which the logs do "
                f"not hold. There are: {', '.join(fields)}"
            ) from None

    def _is_best(self, epoch, logs, path):
        current = logs.get(self.monitor)
        if current is None or getattr(current, "ndim", 0):
            received = f"They hold: {', '.join(logs)}" if current is None else "It is an array"
            warnings.warn(
                f"ModelCheckpoint with save_best_only goes by {self.monitor!r}, which is no number "
                f"in the logs; the model is saved. {received}",
                UserWarning,
                stacklevel=2,
            )
            return True
        former = "none" if self.best is None else f"{self.best:.5f}"
        if not self._is_improvement(current, self.best):
            if self.verbose > 0:
                show(f"\nEpoch {epoch + 1}: {self.monitor} did not improve from {former}")
            return False
        if self.verbose > 0:
            show(
                f"\nEpoch {epoch + 1}: {self.monitor} improved from {former} to {current:.5f}, "
                f"saving the model to {path}"
            )
        self.best = current
        return True


class BatchCounter:
    """Tells after which batches to save.

    Args:
        frequency: ``"epoch"`` for never after a batch, or a number of batches.
    """

    def __init__(self, frequency):
        is_number = isinstance(frequency, int) and not isinstance(frequency, bool)
        if frequency != "epoch" and not (is_number and frequency > 0):
            raise ValueError(
                "Invalid value: Unrecognized save_freq. It is 'epoch' or a number of batches. "
                f"Received: {frequency!r}"
            )
        self._frequency = frequency
        self._since_last = 0
        self._last_batch = None

    def is_due(self, batch):
        """Whether to save after ``batch``; with several steps per execution batches are skipped."""
        if self._frequency == "epoch":
            return False
        is_new_epoch = self._last_batch is None or batch <= self._last_batch
        self._since_last += batch + 1 if is_new_epoch else batch - self._last_batch
        self._last_batch = batch
        if self._since_last < self._frequency:
            return False
        self._since_last = 0
        return True
