"""TerminateOnNaN: ends training when the loss is no longer a number."""

import math

from minikeras.callbacks.callback import Callback
from minikeras.console import show


class TerminateOnNaN(Callback):
    """Ends training after a batch whose loss is NaN or infinite.

    Args:
        raise_error: whether to raise an error at once, so that no callback ends its work as if all
            were well (`BackupAndRestore` keeps its backup then), rather than to end training in
            good order.
    """

    def __init__(self, raise_error=False):
        super().__init__()
        self.raise_error = raise_error

    def on_batch_end(self, batch, logs=None):
        """Look at the loss.

        Raises:
            RuntimeError: if it is NaN or infinite and ``raise_error`` is set.
        """
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(f"NaN or Inf loss encountered: {loss} after batch {batch}")
        show(f"Batch {batch}: the loss is {loss}; training ends")
        self.model.stop_training = True
