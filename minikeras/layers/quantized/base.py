"""What every layer answers about quantization; most cannot be quantized, and say so."""


class Unquantized:
    """A mixin of `Layer`: the methods of quantization, for layers that have no such mode."""

    @property
    def quantization_mode(self):
        """How the weights are quantized, as the dtype policy says; None for floats."""
        return self.dtype_policy.quantization_mode

    def quantize(self, mode=None, type_check=True, config=None):
        """Quantize the weights; layers that can be quantized define it.

        Args:
            mode: the name of a mode, such as ``"int8"``.
            type_check: whether classes that inherit from a layer that can be quantized are
                refused.
            config: a `keras.quantizers.QuantizationConfig`.
        """
        raise self._not_quantizable(mode or getattr(config, "mode", None))

    def quantized_build(self, input_shape, mode):
        """Make the variables of a quantized layer; layers that can be quantized define it."""
        raise self._not_quantizable(mode)

    def _not_quantizable(self, mode):
        return NotImplementedError(
            f"{type(self).__name__} {self.name!r} cannot be quantized. Received: mode={mode!r}. "
            "Dense, EinsumDense, Embedding and ReversibleEmbedding can."
        )
