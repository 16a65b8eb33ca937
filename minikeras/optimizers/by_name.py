"""Optimizers by name."""

from minikeras.optimizers.adadelta import Adadelta
from minikeras.optimizers.adafactor import Adafactor
from minikeras.optimizers.adagrad import Adagrad
from minikeras.optimizers.adam import Adam
from minikeras.optimizers.adamax import Adamax
from minikeras.optimizers.adamw import AdamW
from minikeras.optimizers.ftrl import Ftrl
from minikeras.optimizers.lamb import Lamb
from minikeras.optimizers.lion import Lion
from minikeras.optimizers.loss_scale_optimizer import LossScaleOptimizer
from minikeras.optimizers.multi_optimizer import MultiOptimizer, OptimizerMap
from minikeras.optimizers.muon import Muon
from minikeras.optimizers.nadam import Nadam
from minikeras.optimizers.optimizer import Optimizer
from minikeras.optimizers.rmsprop import RMSprop
from minikeras.optimizers.schedule_free_adamw import ScheduleFreeAdamW
from minikeras.optimizers.sgd import SGD
from minikeras.serialization import (
    deserialize_keras_object,
    get_registered_object,
    lookup,
    serialize_keras_object,
)

# Names are understood in any case: "Adam", "adam", "rmsprop".
_BY_NAME = {
    cls.__name__.lower(): cls
    for cls in (
        Adadelta,
        Adafactor,
        Adagrad,
        Adam,
        AdamW,
        Adamax,
        Ftrl,
        Lamb,
        Lion,
        LossScaleOptimizer,
        MultiOptimizer,
        Muon,
        Nadam,
        Optimizer,
        OptimizerMap,
        RMSprop,
        ScheduleFreeAdamW,
        SGD,
    )
}


def serialize(optimizer):
    """The configuration of an optimizer, as a dict of plain values.

    >>> import minikeras as keras
    >>> keras.optimizers.serialize(keras.optimizers.SGD())["class_name"]
    'SGD'
    """
    return serialize_keras_object(optimizer)


def deserialize(config, custom_objects=None):
    """The optimizer that `serialize` made ``config`` of.

    Args:
        config: a dict with ``class_name``, in any case, and ``config``.
        custom_objects: a dict from names to classes of your own.

    >>> import minikeras as keras
    >>> keras.optimizers.deserialize({"class_name": "adam", "config": {}}).beta_1
    0.9
    """
    name = config["class_name"]
    if get_registered_object(name, custom_objects) is None and name.lower() in _BY_NAME:
        config = {**config, "class_name": name.lower()}
    return deserialize_keras_object(config, module_objects=_BY_NAME, custom_objects=custom_objects)


def get(identifier):
    """The optimizer that ``identifier`` stands for.

    Args:
        identifier: an optimizer, a name in any case, a configuration, or None.

    Returns:
        An optimizer, or None for None.

    Raises:
        ValueError: for anything else.

    >>> import minikeras as keras
    >>> type(keras.optimizers.get("AdamW")).__name__
    'AdamW'
    """
    if identifier is None or isinstance(identifier, Optimizer):
        return identifier
    found = None
    if isinstance(identifier, dict):
        found = deserialize(identifier)
    elif isinstance(identifier, str):
        is_custom = get_registered_object(identifier) is not None
        found = lookup(identifier if is_custom else identifier.lower(), "optimizer", _BY_NAME)
    if not isinstance(found, Optimizer):
        raise ValueError(
            "An optimizer is a keras.Optimizer, its name or its configuration. "
            f"Received: {identifier!r}"
        )
    return found
