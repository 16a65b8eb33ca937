"""SwapEMAWeights: evaluates with the moving averages of the weights."""

from minikeras.callbacks.callback import Callback


class SwapEMAWeights(Callback):
    """Puts the moving averages of the weights in their place while the model is evaluated.

    The optimizer keeps the averages if it has ``use_ema=True`` (Polyak and Juditsky 1992).

    Args:
        swap_on_epoch: whether the averages also stand in the model from the end of an epoch to the
            beginning of the next, for other callbacks such as `ModelCheckpoint`. After the last
            epoch they stay.
    """

    def __init__(self, swap_on_epoch=False):
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._holds_averages = False

    def on_epoch_begin(self, epoch, logs=None):
        """Put the weights back to train them on."""
        if self.swap_on_epoch:
            self._hold(averages=False)

    def on_epoch_end(self, epoch, logs=None):
        """Put the averages into the model for other callbacks."""
        if self.swap_on_epoch and not self._holds_averages:
            self._hold(averages=True)
            if epoch == self.params["epochs"] - 1:
                for variable, average in self._pairs():
                    average.assign(variable)

    def on_test_begin(self, logs=None):
        """Put the averages into the model."""
        self._hold(averages=True)

    def on_test_end(self, logs=None):
        """Put the weights back."""
        self._hold(averages=False)

    def on_predict_begin(self, logs=None):
        """Put the averages into the model."""
        self._hold(averages=True)

    def on_predict_end(self, logs=None):
        """Put the weights back."""
        self._hold(averages=False)

    def _hold(self, averages):
        """Swap weights and averages unless the model holds what it is to hold."""
        if self._holds_averages == averages:
            return
        for variable, average in self._pairs():
            held = variable.numpy()
            variable.assign(average)
            average.assign(held)
        self._holds_averages = averages

    def _pairs(self):
        """The weights, each with its average."""
        optimizer = self.model.optimizer
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        parts = getattr(optimizer, "optimizers", [optimizer])
        parts = [part for part in parts if getattr(part, "use_ema", False)]
        if not parts:
            raise ValueError(
                "SwapEMAWeights must be used when `use_ema=True` is set on the optimizer, which "
                f"keeps moving averages. Received: {optimizer!r}"
            )
        return [
            pair
            for part in parts
            for pair in zip(
                part._trainable_variables,
                getattr(part, "_model_variables_moving_average", ()),
            )
        ]
