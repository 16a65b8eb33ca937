"""Callback: the hooks that the trainer calls, each doing nothing."""


class Callback:
    """The base class of callbacks: override the hooks for the moments that matter.

    Hooks take ``logs``, a dict from names to Python numbers: the values that the progress bar
    shows. Batches and epochs count from 0. A callback may set ``self.model.stop_training``.

    Attributes:
        model: the model at work.
        params: a dict with ``verbose``, ``epochs`` and ``steps`` (batches in an epoch, or None).

    >>> import minikeras as keras
    >>> class Shout(keras.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(f"epoch {epoch} is over")
    >>> Shout().on_epoch_end(0)
    epoch 0 is over
    """

    # Whether batch hooks convert logs themselves, and only when they need them: reading a number
    # from a GPU waits for it.
    reads_logs_itself = False

    def __init__(self):
        self.params = None
        self._model = None

    @property
    def model(self):
        """The model at work."""
        return self._model

    def set_model(self, model):
        """Called before anything else with the model at work."""
        self._model = model

    def set_params(self, params):
        """Called with the settings of the run, a dict."""
        self.params = params

    def on_batch_begin(self, batch, logs=None):
        """Called before each batch of training, as `on_train_batch_begin` is."""

    def on_batch_end(self, batch, logs=None):
        """Called after each batch of training, as `on_train_batch_end` is."""

    def on_epoch_begin(self, epoch, logs=None):
        """Called before each epoch of training."""

    def on_epoch_end(self, epoch, logs=None):
        """Called after each epoch of training and its validation, whose logs begin with val_."""

    def on_train_begin(self, logs=None):
        """Called at the start of `fit`."""

    def on_train_end(self, logs=None):
        """Called at the end of `fit`, with the logs of the last epoch."""

    def on_train_batch_begin(self, batch, logs=None):
        """Called before each batch of training."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch, logs=None):
        """Called after each batch of training, with means over the epoch so far."""
        self.on_batch_end(batch, logs=logs)

    def on_test_begin(self, logs=None):
        """Called at the start of `evaluate`, and of validation within `fit`."""

    def on_test_end(self, logs=None):
        """Called at the end of `evaluate`, and of validation within `fit`."""

    def on_test_batch_begin(self, batch, logs=None):
        """Called before each batch of evaluation."""

    def on_test_batch_end(self, batch, logs=None):
        """Called after each batch of evaluation."""

    def on_predict_begin(self, logs=None):
        """Called at the start of `predict`."""

    def on_predict_end(self, logs=None):
        """Called at the end of `predict`."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Called before each batch of prediction."""

    def on_predict_batch_end(self, batch, logs=None):
        """Called after each batch of prediction; ``logs["outputs"]`` holds the outputs."""


HOOKS = tuple(name for name in vars(Callback) if name.startswith("on_"))
