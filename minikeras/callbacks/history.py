"""History: keeps the logs of all epochs."""

from minikeras.callbacks.callback import Callback


class History(Callback):
    """Keeps the logs of all epochs; `fit` adds one by itself and returns it.

    Attributes:
        epoch: the numbers of the epochs of the last run.
        history: a dict from names to lists of values, one per epoch.
    """

    def __init__(self):
        super().__init__()
        self.history = {}
        self.epoch = []
        self._epochs = {}  # for each name those of its values, as validation may skip some

    def on_train_begin(self, logs=None):
        """Start the list of epochs anew."""
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        """Keep the logs."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
            self._epochs.setdefault(name, []).append(epoch)
        self.model.history = self
