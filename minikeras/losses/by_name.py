"""Losses by name."""

# ruff: noqa: F403
from minikeras.losses import (
    classification as _classification,
    regression as _regression,
    similarity as _similarity,
)
from minikeras.losses.classification import *
from minikeras.losses.loss import Loss, LossFunctionWrapper
from minikeras.losses.regression import *
from minikeras.losses.similarity import *
from minikeras.serialization import CustomObjectScope, lookup, serialize_keras_object

TABLE = {"Loss": Loss, "LossFunctionWrapper": LossFunctionWrapper}
for _family in (_regression, _classification, _similarity):
    TABLE.update({name: getattr(_family, name) for name in _family.__all__})
for _short, _function in {
    "mse": _regression.mean_squared_error,
    "mae": _regression.mean_absolute_error,
    "mape": _regression.mean_absolute_percentage_error,
    "msle": _regression.mean_squared_logarithmic_error,
    "kld": _regression.kl_divergence,
    "bce": _classification.binary_crossentropy,
}.items():
    TABLE[_short] = TABLE[_short.upper()] = _function


def get(identifier):
    """The loss that ``identifier`` stands for.

    Args:
        identifier: None, a name (of a function: ``"mse"``; of a class: ``"MeanSquaredError"``), a
            configuration, a function, a class or a `Loss`.

    Returns:
        A function or a `Loss`; None for None.

    Raises:
        ValueError: if a name is unknown, with the names that come close.

    >>> import minikeras as keras
    >>> keras.losses.get("mse") is keras.losses.mean_squared_error
    True
    """
    return lookup(identifier, "loss", TABLE)


def serialize(loss):
    """``loss`` (a `Loss` or a function) as plain values that JSON can hold.

    >>> import minikeras as keras
    >>> keras.losses.serialize(keras.losses.Hinge())["config"]["name"]
    'hinge'
    """
    return serialize_keras_object(loss)


def deserialize(name, custom_objects=None):
    """The loss that ``name``, a name or what `serialize` returned, stands for.

    Args:
        name: a string or a dict.
        custom_objects: a dict from names to classes and functions of your own.

    Raises:
        ValueError: if a name is unknown.

    >>> import minikeras as keras
    >>> keras.losses.deserialize(keras.losses.serialize(keras.losses.Huber(delta=2.0))).name
    'huber_loss'
    """
    with CustomObjectScope(custom_objects):
        return lookup(name, "loss", TABLE)
