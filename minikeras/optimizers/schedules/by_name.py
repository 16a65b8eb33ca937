"""Schedules of learning rates as configurations, and back."""

from minikeras.optimizers.schedules.learning_rate_schedule import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
from minikeras.serialization import deserialize_keras_object, serialize_keras_object

_CLASSES = {
    cls.__name__: cls
    for cls in (
        CosineDecay,
        CosineDecayRestarts,
        ExponentialDecay,
        InverseTimeDecay,
        PiecewiseConstantDecay,
        PolynomialDecay,
    )
}


def serialize(learning_rate_schedule):
    """The configuration of a schedule, as a dict of plain values.

    >>> import minikeras as keras
    >>> schedule = keras.optimizers.schedules.CosineDecay(0.1, 100)
    >>> keras.optimizers.schedules.serialize(schedule)["class_name"]
    'CosineDecay'
    """
    return serialize_keras_object(learning_rate_schedule)


def deserialize(config, custom_objects=None):
    """The schedule that `serialize` made ``config`` of.

    Args:
        config: a dict with ``class_name`` and ``config``.
        custom_objects: a dict from names to classes of your own.
    """
    return deserialize_keras_object(config, module_objects=_CLASSES, custom_objects=custom_objects)
