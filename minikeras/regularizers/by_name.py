"""Regularizers by name."""

from minikeras.regularizers.regularizers import L1, L1L2, L2, OrthogonalRegularizer, Regularizer
from minikeras.serialization import (
    deserialize_keras_object,
    lookup,
    serialize_keras_object,
)

# Keras offers each class under a name in lower case too.
l1 = L1
l2 = L2
l1_l2 = L1L2
orthogonal_regularizer = OrthogonalRegularizer

TABLE = {
    name: value
    for name, value in list(globals().items())
    if isinstance(value, type) and issubclass(value, Regularizer)
}
TABLE.update(l1l2=L1L2)


def get(identifier):
    """The regularizer that ``identifier`` stands for.

    Args:
        identifier: None, a name, a configuration, a class, a regularizer, or a function of a
            tensor.

    Raises:
        ValueError: if a name is unknown, with the names that come close.

    >>> import minikeras as keras
    >>> keras.regularizers.get("l2").l2
    0.01
    """
    return lookup(identifier, "regularizer", TABLE)


def serialize(regularizer):
    """``regularizer`` as plain values that JSON can hold.

    >>> import minikeras as keras
    >>> keras.regularizers.serialize(keras.regularizers.L2(0.5))["config"]
    {'l2': 0.5}
    """
    return serialize_keras_object(regularizer)


def deserialize(config, custom_objects=None):
    """What `serialize` made ``config`` of; a name stands for a class with its defaults.

    Args:
        config: plain values or a name.
        custom_objects: a dict from names to classes and functions of your own.

    >>> import minikeras as keras
    >>> keras.regularizers.deserialize({"class_name": "L1", "config": {"l1": 0.5}}).l1
    0.5
    """
    return deserialize_keras_object(config, custom_objects, module_objects=TABLE)
