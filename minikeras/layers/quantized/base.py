"""What every layer answers about quantization; most cannot be quantized, and say so."""


class Unquantized:
    """A mixin of `Layer`: the methods of quantization, for layers that have no such mode."""

    @property
    def quantization_mode(self):
        """How the weights are quantized, as the dtype policy says; None for floats."""
        return self._own_dtype_policy.quantization_mode

    def quantize(self, mode=None, type_check=True, config=None):
        """Quantize the weights; layers that can be quantized define it.

        Args:
            mode: the name of a mode, such as ``"int8"``.
            type_check: whether classes that inherit from a layer that can be quantized are
                refused.
            config: a `keras.quantizers.QuantizationConfig`.
        """
        raise self._not_quantizable("quantize", mode or getattr(config, "mode", None))

    def quantized_build(self, input_shape, mode):
        """Make the variables of a quantized layer; layers that can be quantized define it."""
        raise self._not_quantizable("quantized_build", mode)

    def _follow_policy(self, policy):
        """Do what a new dtype policy asks for: nothing where no weights become integers."""

    def _not_quantizable(self, method, mode):
        return NotImplementedError(
            f"{type(self).__name__} {self.name!r} cannot be quantized, as it does not have a "
            f"`{method}` method implemented. Received: mode={mode!r}. Dense, EinsumDense, "
            "Embedding and ReversibleEmbedding can."
        )
