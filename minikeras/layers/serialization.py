"""Layers to configurations and back."""

from minikeras.layers.layer import Layer
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


def serialize(layer):
    """A layer as plain values: class name, module and configuration, without its weights.

    >>> import minikeras as keras
    >>> keras.layers.serialize(keras.layers.Dense(3))["class_name"]
    'Dense'
    """
    return serialize_keras_object(layer)


def deserialize(config, custom_objects=None):
    """The layer, with new weights, that `serialize` made ``config`` of.

    Args:
        config: plain values.
        custom_objects: a dict from names to classes and functions of your own.

    Raises:
        ValueError: if it is not the configuration of a layer.

    >>> import minikeras as keras
    >>> config = keras.layers.serialize(keras.layers.Dense(3))
    >>> keras.layers.deserialize(config).units
    3
    """
    found = deserialize_keras_object(config, custom_objects=custom_objects)
    if not isinstance(found, Layer):
        raise ValueError(f"Not the configuration of a layer. Received: {config!r}")
    return found
