"""BackupAndRestore: lets a run of `fit` that was cut off go on where it was."""

import json
import os
import shutil

from minikeras.callbacks.callback import Callback
from minikeras.callbacks.model_checkpoint import BatchCounter
from minikeras.files import atomic_path


class BackupAndRestore(Callback):
    """Keeps a backup of a run of `fit`, so that the same call goes on where the last was cut off.

    The weights, the state of the optimizer and the number of the epoch are kept in a folder, and
    deleted when `fit` comes to its end.

    Args:
        backup_dir: the folder, used by nothing else.
        save_freq: ``"epoch"``, or a number of batches after which to back up each time.
        double_checkpoint: whether the backup before the last is kept as well, in case that the
            last cannot be read.
        delete_checkpoint: whether the backup is deleted when `fit` comes to its end.

    >>> import minikeras as keras
    >>> keras.callbacks.BackupAndRestore("backup", save_freq=100).save_freq
    100
    """

    def __init__(
        self, backup_dir, save_freq="epoch", double_checkpoint=False, delete_checkpoint=True
    ):
        super().__init__()
        if not backup_dir:
            raise ValueError(
                f"Empty `backup_dir` argument passed: name a folder. Received: {backup_dir!r}"
            )
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._counter = BatchCounter(save_freq)
        self._current_epoch = 0
        self._weights = os.path.join(self.backup_dir, "latest.weights.h5")
        self._metadata = os.path.join(self.backup_dir, "training_metadata.json")

    def on_train_begin(self, logs=None):
        """Take over what a former run left, if it left anything."""
        if not self.model.built:
            raise ValueError(
                f"BackupAndRestore needs a model that has its weights, but {self.model.name!r} is "
                "not built. State an input shape, or call the model on a batch before fit."
            )
        try:
            self._restore(self._weights, self._metadata)
        except (OSError, ValueError, KeyError):
            former = self._former(self._weights), self._former(self._metadata)
            if not os.path.exists(former[0]):
                raise
            self._restore(*former)

    def on_epoch_begin(self, epoch, logs=None):
        """Note the epoch, in which a run goes on that is cut off within it."""
        self._current_epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Back up if ``save_freq`` batches have gone by."""
        if self._counter.is_due(batch):
            self._back_up(batch)

    def on_epoch_end(self, epoch, logs=None):
        """Back up if ``save_freq`` is ``"epoch"``."""
        self._current_epoch = epoch + 1
        if self.save_freq == "epoch":
            self._back_up(0)

    def on_train_end(self, logs=None):
        """Delete the backup."""
        if self.delete_checkpoint and os.path.isdir(self.backup_dir):
            shutil.rmtree(self.backup_dir)

    @staticmethod
    def _former(path):
        return f"{path}.bkp"

    def _restore(self, weights, metadata):
        if os.path.exists(weights):
            optimizer = self.model.optimizer
            if optimizer is not None and not optimizer.built:
                optimizer.build(self.model.trainable_variables)
            if weights.endswith(".bkp"):
                # Weights are read from files with the right suffix only.
                with atomic_path(self._weights) as whole:
                    shutil.copyfile(weights, whole)
                weights = self._weights
            self.model.load_weights(weights)
        if os.path.exists(metadata):
            with open(metadata, encoding="utf-8") as file:
                self.model._initial_epoch = json.load(file)["epoch"]

    def _back_up(self, batch):
        os.makedirs(self.backup_dir, exist_ok=True)
        if self.double_checkpoint:
            for path in (self._weights, self._metadata):
                if os.path.exists(path):
                    with atomic_path(self._former(path)) as copy:
                        shutil.copyfile(path, copy)
        self.model.save_weights(self._weights, overwrite=True)
        with (
            atomic_path(self._metadata) as temporary,
            open(temporary, "w", encoding="utf-8") as file,
        ):
            json.dump({"epoch": self._current_epoch, "batch": batch}, file)
