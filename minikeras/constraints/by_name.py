"""Constraints by name."""

from minikeras.constraints.constraints import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from minikeras.serialization import (
    deserialize_keras_object,
    lookup,
    serialize_keras_object,
)

# Keras offers each class under a name in lower case too.
max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm

TABLE = {
    name: value
    for name, value in list(globals().items())
    if isinstance(value, type) and issubclass(value, Constraint)
}


def get(identifier):
    """The constraint that ``identifier`` stands for.

    Args:
        identifier: None, a name, a configuration, a class, a constraint, or a function of a
            weight.

    Raises:
        ValueError: if a name is unknown, with the names that come close.

    >>> import minikeras as keras
    >>> keras.constraints.get("max_norm").max_value
    2
    """
    return lookup(identifier, "constraint", TABLE)


def serialize(constraint):
    """``constraint`` as plain values that JSON can hold.

    >>> import minikeras as keras
    >>> keras.constraints.serialize(keras.constraints.UnitNorm())["config"]
    {'axis': 0}
    """
    return serialize_keras_object(constraint)


def deserialize(config, custom_objects=None):
    """What `serialize` made ``config`` of; a name stands for a class with its defaults.

    Args:
        config: plain values or a name.
        custom_objects: a dict from names to classes and functions of your own.

    >>> import minikeras as keras
    >>> keras.constraints.deserialize({"class_name": "UnitNorm", "config": {"axis": 1}}).axis
    1
    """
    return deserialize_keras_object(config, custom_objects, module_objects=TABLE)
