"""ProgbarLogger: shows a progress bar while batches go by."""

from minikeras.callbacks.callback import Callback
from minikeras.callbacks.logs import plain_logs
from minikeras.callbacks.progbar import Progbar
from minikeras.console import show


class ProgbarLogger(Callback):
    """Shows progress and logs on standard output; `fit` adds one by itself unless ``verbose=0``.

    Validation within `fit` shows no bar of its own.
    """

    reads_logs_itself = True

    def __init__(self):
        super().__init__()
        self.seen = 0
        self.progbar = None
        self.target = None
        self.verbose = 1
        self.epochs = 1
        self._is_in_fit = False

    def set_params(self, params):
        """Take over ``verbose``, ``epochs`` and ``steps``."""
        super().set_params(params)
        verbose = params["verbose"]
        self.verbose = 1 if verbose == "auto" else int(verbose)
        self.epochs = params["epochs"]
        self.target = params["steps"]

    def on_train_begin(self, logs=None):
        """From now on validation is silent."""
        self._is_in_fit = True

    def on_train_end(self, logs=None):
        """From now on evaluation shows a bar again."""
        self._is_in_fit = False

    def on_epoch_begin(self, epoch, logs=None):
        """Start a bar, under the number of the epoch if there are several."""
        self._start()
        if self.verbose and self.epochs > 1:
            show(f"Epoch {epoch + 1}/{self.epochs}")

    def on_test_begin(self, logs=None):
        """Start a bar."""
        if not self._is_in_fit:
            self._start()

    def on_predict_begin(self, logs=None):
        """Start a bar."""
        self._start()

    def on_train_batch_end(self, batch, logs=None):
        """Move the bar."""
        self._move(batch, logs)

    def on_test_batch_end(self, batch, logs=None):
        """Move the bar."""
        if not self._is_in_fit:
            self._move(batch, logs)

    def on_predict_batch_end(self, batch, logs=None):
        """Move the bar; the outputs are not shown."""
        self._move(batch, None)

    def on_epoch_end(self, epoch, logs=None):
        """End the bar."""
        self._finish(plain_logs(logs) if logs else None)

    def on_test_end(self, logs=None):
        """End the bar."""
        if not self._is_in_fit:
            self._finish(logs)

    def on_predict_end(self, logs=None):
        """End the bar."""
        self._finish(None)

    def _start(self):
        self.seen = 0
        self.progbar = Progbar(self.target, verbose=self.verbose, stateless_metrics=())

    def _move(self, batch, logs):
        if self.progbar is None:
            self._start()
        self.seen = batch + 1
        if self.progbar.is_due(self.seen):
            self.progbar.update(self.seen, list(plain_logs(logs).items()), finalize=False)

    def _finish(self, logs):
        if self.progbar is None:
            self._start()
        if self.target is None:
            # The first epoch tells how many batches there are.
            self.target = self.progbar.target = self.seen
        self.progbar.update(self.target, list((logs or {}).items()), finalize=True)
