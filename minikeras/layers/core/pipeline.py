"""Pipeline: layers called one after the other."""

from minikeras.layers.call_spec import signature_of
from minikeras.layers.layer import Layer
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


class Pipeline(Layer):
    """Layers called one after the other, on data of any structure: for preparing data.

    Unlike a Sequential model it is called without being built, and takes dicts of images, labels
    and bounding boxes as well as tensors.

    Args:
        layers: a list of layers.
        name: a string.

    >>> import minikeras as keras
    >>> pipeline = keras.layers.Pipeline(
    ...     [keras.layers.CenterCrop(2, 2), keras.layers.Rescaling(0.5)]
    ... )
    >>> pipeline(keras.ops.ones((1, 4, 4, 1)))[0, :, :, 0].tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """

    def __init__(self, layers, name=None):
        super().__init__(name=name)
        self._pipeline_layers = layers

    @property
    def layers(self):
        """The layers, in the order in which they are called."""
        return self._pipeline_layers

    def call(self, inputs, training=True, mask=None):
        """What the layers make of the inputs."""
        for layer in self._pipeline_layers:
            signature = signature_of(type(layer).call)
            settings = {"training": training} if signature.has_training else {}
            if mask is not None and signature.has_mask:
                settings["mask"] = mask
            inputs = layer(inputs, **settings)
            mask = None  # from here on it goes with the tensors
        return inputs

    def get_config(self):
        """The constructor's arguments as plain values."""
        return {"layers": serialize_keras_object(self._pipeline_layers), "name": self.name}

    @classmethod
    def from_config(cls, config):
        """A pipeline made from what `get_config` returned."""
        layers = config.get("layers")
        if not isinstance(layers, (list, tuple)):
            raise ValueError(
                "The configuration of a Pipeline must hold a list of layers. "
                f"Received: layers={layers!r}"
            )
        return cls(**{**config, "layers": [deserialize_keras_object(x) for x in layers]})
