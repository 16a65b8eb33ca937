"""Identity: the inputs as they are."""

from minikeras.layers.layer import Layer


class Identity(Layer):
    """The inputs as they are, for places that need a layer.

    >>> import minikeras as keras
    >>> keras.layers.Identity()(keras.ops.array([1.0])).tolist()
    [1.0]
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        """The inputs."""
        return inputs
