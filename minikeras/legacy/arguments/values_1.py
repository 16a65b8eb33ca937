"""Values of arguments in Keras 1 and 2 that are written otherwise today."""

import functools
import inspect
import types

from minikeras import constraints, initializers, ops, regularizers
from minikeras.serialization import register_keras_serializable

_ORDERINGS = {"tf": "channels_last", "th": "channels_first", "default": None}
_MODES = {"cpu": 0, "mem": 1, "gpu": 2}
# Gaussians were not cut off, uniform noise was narrow, and orthogonal matrices were scaled.
_VARIANCES = {
    "glorot_normal": (1.0, "fan_avg", "untruncated_normal"),
    "glorot_uniform": (1.0, "fan_avg", "uniform"),
    "he_normal": (2.0, "fan_in", "untruncated_normal"),
    "he_uniform": (2.0, "fan_in", "uniform"),
    "lecun_uniform": (1.0, "fan_in", "uniform"),
}
_OTHERS = {
    "uniform": lambda: initializers.RandomUniform(-0.05, 0.05),
    "normal": lambda: initializers.RandomNormal(stddev=0.05),
    "orthogonal": lambda: initializers.Orthogonal(gain=1.1),
    "identity": lambda: initializers.Identity(),
    "zero": lambda: initializers.Zeros(),
    "one": lambda: initializers.Ones(),
}
_REGULARIZERS = ("L1L2Regularizer", "WeightRegularizer", "ActivityRegularizer")
_CONSTRAINT_ARGUMENTS = {"m": "max_value", "low": "min_value", "high": "max_value"}


@register_keras_serializable("minikeras.legacy")
def hard_sigmoid_until_3(x):
    """``clip(x / 5 + 1 / 2, 0, 1)``: the hard sigmoid of Keras 1 and 2, steeper than today's.

    >>> import minikeras as keras
    >>> from minikeras.legacy.arguments.values_1 import hard_sigmoid_until_3
    >>> hard_sigmoid_until_3(keras.ops.array([-3.0, 0.0, 1.0])).tolist()
    [0.0, 0.5, 0.699999988079071]
    """
    return ops.clip(ops.add(ops.multiply(x, 0.2), 0.5), 0.0, 1.0)


def initializer(identifier):
    """An initializer that draws as that of Keras 1 did; other things than names are kept."""
    if isinstance(identifier, types.FunctionType):
        return _of_shapes(identifier)
    if not isinstance(identifier, str):
        return identifier
    if identifier in _VARIANCES:
        scale, mode, distribution = _VARIANCES[identifier]
        return initializers.VarianceScaling(scale, mode, distribution)
    return _OTHERS[identifier]() if identifier in _OTHERS else identifier


def _of_shapes(function):
    """``function(shape, name=None)``, which makes a variable, as ``(shape, dtype)``."""
    if "dtype" in inspect.signature(function).parameters:
        return function

    @functools.wraps(function)
    def initial(shape, dtype=None):
        made = ops.convert_to_tensor(function(shape))
        return made if dtype is None else ops.cast(made, dtype)

    return initial


def regularizer(identifier):
    """A regularizer from what Keras 1 stored: ``{"name": "L1L2Regularizer", "l1": ..., ...}``."""
    if isinstance(identifier, dict) and identifier.get("name") in _REGULARIZERS:
        return regularizers.L1L2(identifier.get("l1", 0.0), identifier.get("l2", 0.0))
    return identifier


def constraint(identifier):
    """A constraint from what Keras 1 stored: ``{"name": "MaxNorm", "m": 2, "axis": 0}``."""
    if not isinstance(identifier, dict) or "name" not in identifier:
        return identifier
    named = {"MaxNorm", "NonNeg", "UnitNorm", "MinMaxNorm"}
    if identifier["name"] not in named:
        return identifier
    arguments = {_CONSTRAINT_ARGUMENTS.get(k, k): v for k, v in identifier.items() if k != "name"}
    return getattr(constraints, identifier["name"])(**arguments)


def activation(identifier):
    """What an activation of Keras 1 and 2 is today."""
    return hard_sigmoid_until_3 if identifier == "hard_sigmoid" else identifier


def modern(name, value):
    """The value of the argument that is called ``name`` today."""
    if name.endswith("activation"):
        return activation(value)
    if name == "data_format":
        return _ORDERINGS.get(value, value) if isinstance(value, str) else value
    if name == "implementation":
        return _MODES.get(value, value) if isinstance(value, str) else value
    if name.endswith("_initializer"):
        return initializer(value)
    if name.endswith("_regularizer"):
        return regularizer(value)
    if name.endswith("_constraint"):
        return constraint(value)
    return value
