"""Bidirectional: a recurrent layer forwards and one backwards."""

from minikeras import ops, tree
from minikeras.layers.call_spec import signature_of
from minikeras.layers.layer import Layer
from minikeras.serialization import deserialize_keras_object

_MERGE_MODES = ("sum", "mul", "ave", "concat", None)


class Bidirectional(Layer):
    """Goes through a sequence in both directions and joins the outputs.

    Schuster and Paliwal 1997, "Bidirectional recurrent neural networks".

    Args:
        layer: a recurrent layer such as `LSTM`; the layer used is a new one like it.
        merge_mode: how outputs are joined: ``"concat"``, ``"sum"``, ``"mul"``, ``"ave"`` (the
            mean); with None both are returned.
        weights: initial weights of both layers, as a list of arrays.
        backward_layer: the layer that goes backwards; by default one like ``layer``.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.Bidirectional(keras.layers.GRU(4, return_sequences=True))
    >>> layer(keras.ops.ones((2, 5, 3))).shape
    (2, 5, 8)
    """

    def __init__(self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs):
        super().__init__(**kwargs)
        for argument, given in (("layer", layer), ("backward_layer", backward_layer)):
            if not isinstance(given, Layer) and not (given is None and given is backward_layer):
                raise ValueError(
                    f"Bidirectional {self.name!r}: {argument} must be a recurrent layer. "
                    f"Received: {given!r}"
                )
        if merge_mode not in _MERGE_MODES:
            raise ValueError(
                f"Bidirectional {self.name!r}: merge_mode must be one of {_MERGE_MODES}. "
                f"Received: {merge_mode!r}"
            )
        # New layers, so that nothing is carried over from the one given.
        self.forward_layer = _like(layer, f"forward_{layer.name.removeprefix('forward_')}")
        if backward_layer is None:
            name = f"backward_{layer.name.removeprefix('backward_')}"
            backward_layer = _like(layer, name, go_backwards=True)
        self.backward_layer = backward_layer
        if hasattr(layer, "use_cudnn"):
            self.forward_layer.use_cudnn = backward_layer.use_cudnn = layer.use_cudnn
        self._check_layers()
        for one in (self.forward_layer, backward_layer):
            # The direction that ends in masked steps must not fill them with its last output.
            if getattr(one, "zero_output_for_mask", None) is not None:
                one.zero_output_for_mask = one.return_sequences
        self.merge_mode = merge_mode
        self.stateful = layer.stateful
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.supports_masking = True
        self.input_spec = layer.input_spec
        self.__dict__["_initial_weights"] = weights

    def _check_layers(self):
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ValueError(
                f"Bidirectional {self.name!r} needs two layers of different go_backwards. "
                f"Received: {forward.go_backwards} for both"
            )
        for name in ("stateful", "return_sequences", "return_state"):
            if getattr(forward, name) != getattr(backward, name):
                raise ValueError(
                    f"Bidirectional {self.name!r}: both layers must have the same {name}. "
                    f"Received: {getattr(forward, name)} and {getattr(backward, name)}"
                )

    def _config_names(self):
        return [name for name in super()._config_names() if name != "weights"]

    def config_value(self, name):
        """The value of the constructor's argument ``name``."""
        return self.forward_layer if name == "layer" else super().config_value(name)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A layer made from what `get_config` returned."""
        config = dict(config)
        for key in ("layer", "backward_layer"):
            if isinstance(config.get(key), dict):
                config[key] = deserialize_keras_object(config[key], custom_objects=custom_objects)
        return super().from_config(config)

    def build(self, sequences_shape, initial_state_shape=None):
        """Build both layers."""
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(sequences_shape)
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)

    def call(self, sequences, initial_state=None, mask=None, training=None):
        """The joined outputs, and with ``return_state`` the states of both layers after them.

        Args:
            sequences: shape ``(batch, time, ...)``.
            initial_state: the states of the forward layer, then those of the backward layer.
            mask: shape ``(batch, time)``, False for steps to skip.
            training: whether dropout applies.
        """
        half = 0 if initial_state is None else len(initial_state) // 2
        starts = (None, None) if half == 0 else (initial_state[:half], initial_state[half:])
        found = []
        for layer, start in zip((self.forward_layer, self.backward_layer), starts):
            signature = signature_of(type(layer).call)
            flags = {"training": training} if signature.has_training else {}
            if signature.has_mask:
                flags["mask"] = mask
            if start is not None:
                flags["initial_state"] = start
            found.append(layer(sequences, **flags))
        states = ()
        if self.return_state:
            states = (*found[0][1:], *found[1][1:])
            found = [outputs[0] for outputs in found]
        y, y_back = (ops.cast(outputs, self.compute_dtype) for outputs in found)
        if self.return_sequences:
            y_back = ops.flip(y_back, axis=1)
        if self.merge_mode is None:
            return (y, y_back, *states)
        merged = self._merged(y, y_back)
        return (merged, *states) if self.return_state else merged

    def _merged(self, y, y_back):
        if self.merge_mode == "concat":
            return ops.concatenate([y, y_back], axis=-1)
        if self.merge_mode == "mul":
            return ops.multiply(y, y_back)
        total = ops.add(y, y_back)
        return ops.true_divide(total, 2) if self.merge_mode == "ave" else total

    def compute_mask(self, _, mask):
        """The mask of the outputs: that of the inputs where all steps are returned."""
        mask = tree.flatten(mask)[0] if self.return_sequences else None
        masks = (mask, mask) if self.merge_mode is None else (mask,)
        if self.return_state:
            masks = (*masks, *[None] * 2 * len(self.forward_layer.state_size))
        return masks if len(masks) > 1 else masks[0]

    @property
    def states(self):
        """The states between batches of both layers, or None."""
        forward, backward = self.forward_layer.states, self.backward_layer.states
        return (*forward, *backward) if forward and backward else None

    def reset_state(self):
        """Set the states between batches to zeros.

        Raises:
            AttributeError: if the layer is not stateful.
        """
        if not self.stateful:
            raise AttributeError(
                f"Bidirectional {self.name!r} has no states between batches: its layer was not "
                "made with stateful=True"
            )
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def reset_states(self):
        """The same as `reset_state`."""
        self.reset_state()


def _like(layer, name, **changes):
    """A new layer of the same configuration."""
    return type(layer).from_config({**layer.get_config(), "name": name, **changes})
