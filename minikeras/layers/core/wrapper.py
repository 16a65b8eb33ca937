"""Wrapper: a layer around another layer."""

from minikeras.layers.layer import Layer
from minikeras.serialization import CustomObjectScope


class Wrapper(Layer):
    """The base of layers that change what another layer does.

    Args:
        layer: the layer to wrap.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> class Twice(keras.layers.Wrapper):
    ...     def call(self, inputs):
    ...         return self.layer(self.layer(inputs))
    >>> Twice(keras.layers.Dense(3))(keras.ops.ones((2, 3))).shape
    (2, 3)
    """

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Layer {layer!r} supplied to Wrapper isn't a supported layer type: "
                f"{type(self).__name__} {self.name!r} wraps one Keras layer. "
                f"Received one of type {type(layer).__name__}"
            )
        self.layer = layer

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A wrapper made from what `get_config` returned."""
        with CustomObjectScope(custom_objects or {}):
            return super().from_config(config)

    def build(self, input_shape=None):
        """Build the layer within."""
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True
