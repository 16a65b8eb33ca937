"""Rescaling."""

from minikeras import config, ops
from minikeras.layers.preprocessing.data_layer import DataLayer
from minikeras.serialization import deserialize_keras_object


class Rescaling(DataLayer):
    """Multiplies by a factor and adds an offset, in training and otherwise.

    Args:
        scale: the factor: a number, or one per channel.
        offset: what is added: a number, or one per channel.
        **kwargs: those of `Layer`.

    Inputs of any shape and dtype give floats of the same shape. ``scale=1 / 127.5, offset=-1``
    brings pixels from [0, 255] to [-1, 1].

    >>> import minikeras as keras
    >>> import numpy as np
    >>> layer = keras.layers.Rescaling(1 / 127.5, offset=-1)
    >>> layer(np.array([0, 255], "uint8")).tolist()
    [-1.0, 1.0]
    """

    def __init__(self, scale, offset=0.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale
        self.offset = offset
        self.supports_masking = True
        self._build_at_init()

    def __call__(self, inputs, **kwargs):
        return super().__call__(inputs, **kwargs)

    def call(self, inputs):
        """The inputs times the scale plus the offset."""
        inputs = ops.cast(inputs, self.compute_dtype)
        return inputs * self._per_channel(self.scale) + self._per_channel(self.offset)

    def _per_channel(self, numbers):
        if isinstance(numbers, (int, float)):
            return numbers
        numbers = ops.cast(numbers, self.compute_dtype)
        if numbers.shape and config.image_data_format() == "channels_first":
            numbers = ops.reshape(numbers, (*numbers.shape, *(1,) * (3 - len(numbers.shape))))
        return numbers

    def compute_output_shape(self, input_shape):
        """The shape of the outputs: that of the inputs."""
        return input_shape

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A layer made from what `get_config` returned."""
        numbers = {
            key: deserialize_keras_object(config[key], custom_objects=custom_objects)
            for key in ("scale", "offset")
            if key in config
        }
        return super().from_config({**config, **numbers})
