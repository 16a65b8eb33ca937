"""TimeDistributed: one layer applied to every step of a sequence."""

from minikeras import ops
from minikeras.backend.shaping import unstack
from minikeras.layers.call_spec import signature_of
from minikeras.layers.core.wrapper import Wrapper


class TimeDistributed(Wrapper):
    """Applies a layer to each time step by itself, with the same weights.

    Args:
        layer: the layer.
        **kwargs: those of `Layer`.

    Inputs have the shape ``(batch, time, ...)``, at least three axes.

    >>> import minikeras as keras
    >>> keras.layers.TimeDistributed(keras.layers.Dense(4))(keras.ops.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

    def __init__(self, layer, **kwargs):
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def build(self, input_shape):
        """Build the layer for one step."""
        if len(input_shape) < 3:
            raise ValueError(
                f"TimeDistributed {self.name!r} needs inputs of at least 3 axes, (batch, time, "
                f"...). Received: shape {tuple(input_shape)}"
            )
        super().build((input_shape[0], *input_shape[2:]))

    def call(self, inputs, training=None, mask=None):
        """The outputs of all steps, ``(batch, time, ...)``.

        Args:
            inputs: shape ``(batch, time, ...)``.
            training: handed on to the layer.
            mask: shape ``(batch, time, ...)``; each step of it is handed on to the layer.
        """
        if mask is not None and tuple(mask.shape[:2]) != tuple(inputs.shape[:2]):
            raise ValueError(
                f"TimeDistributed {self.name!r}: the mask must begin with the batch and time of "
                f"the inputs, {tuple(inputs.shape[:2])}. Received: shape {tuple(mask.shape)}"
            )
        signature = signature_of(type(self.layer).call)
        flags = {"training": training} if signature.has_training else {}
        if not signature.has_mask:
            mask = None
        if self._steps_are_like_samples(training):
            return self._all_at_once(inputs, mask, flags)
        steps = ops.swapaxes(inputs, 0, 1)
        if inputs.shape[0] == 0:  # an empty batch: one step shows all that there is to see
            steps = steps[:1]
        masks = [None] * len(steps)
        if mask is not None:
            masks = unstack(ops.swapaxes(mask, 0, 1), axis=0)
        outputs = []
        for x, m in zip(unstack(steps, axis=0), masks):
            if m is not None:
                flags["mask"] = m
            outputs.append(self.layer.call(x, **flags))
        if inputs.shape[0] == 0:
            outputs *= inputs.shape[1]
        return ops.swapaxes(ops.stack(outputs, axis=0), 0, 1)

    def _steps_are_like_samples(self, training):
        """Whether time may be made part of the batch: no sample's output depends on another's.

        That is known of layers of this package, but for those that take in statistics of the batch
        and those that run a user's code.
        """
        layers = self.layer._flatten_layers()
        ours = all(type(layer).__module__.startswith("minikeras.") for layer in layers)
        has_code = any(type(layer).__name__ == "Lambda" for layer in layers)
        is_stateful = any(getattr(layer, "stateful", False) for layer in layers)
        takes_statistics = training and bool(self.layer.non_trainable_weights)
        return ours and not has_code and not is_stateful and not takes_statistics

    def _all_at_once(self, inputs, mask, flags):
        batch, time = inputs.shape[:2]
        if mask is not None:
            flags["mask"] = ops.reshape(mask, (batch * time, *mask.shape[2:]))
        merged = ops.reshape(inputs, (batch * time, *inputs.shape[2:]))
        outputs = self.layer.call(merged, **flags)
        return ops.reshape(outputs, (batch, time, *outputs.shape[1:]))
