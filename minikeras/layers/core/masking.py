"""Masking: time steps of a certain value do not count."""

from minikeras import ops
from minikeras.layers.layer import Layer


class Masking(Layer):
    """Mask the time steps all of whose features equal ``mask_value``.

    Args:
        mask_value: the value that marks padding.
        **kwargs: those of `Layer`.

    Inputs of shape ``(batch, time, features)`` keep their shape; masked steps become 0.

    >>> import minikeras as keras
    >>> keras.layers.Masking().compute_mask(keras.ops.array([[[1.0], [0.0]]]), None).tolist()
    [[True, False]]
    """

    def __init__(self, mask_value=0.0, **kwargs):
        super().__init__(**kwargs)
        self.mask_value = mask_value
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        """The inputs with masked steps set to 0."""
        kept = ops.any(ops.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        return ops.multiply(inputs, ops.cast(kept, inputs.dtype))

    def compute_mask(self, inputs, mask=None):
        """True where any feature differs from ``mask_value``."""
        return ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)
