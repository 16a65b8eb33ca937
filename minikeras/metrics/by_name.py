"""Metrics by name."""

# ruff: noqa: F401, F403, F405
from minikeras.losses.classification import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    hinge,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from minikeras.losses.regression import (
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
)
from minikeras.metrics.accuracy import *
from minikeras.metrics.auc import *
from minikeras.metrics.confusion import *
from minikeras.metrics.correlation import *
from minikeras.metrics.f_score import *
from minikeras.metrics.iou import *
from minikeras.metrics.margins import *
from minikeras.metrics.metric import Metric
from minikeras.metrics.probabilistic import *
from minikeras.metrics.reduction import *
from minikeras.metrics.regression import *
from minikeras.serialization import CustomObjectScope, lookup, serialize_keras_object
from minikeras.symbolic.names import to_snake_case

TABLE = {
    name: value
    for name, value in list(globals().items())
    if isinstance(value, type) and issubclass(value, Metric)
}
TABLE.update({to_snake_case(name): value for name, value in list(TABLE.items())})
for _short, _class in {
    "bce": BinaryCrossentropy,
    "mse": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError,
}.items():
    TABLE[_short] = TABLE[_short.upper()] = _class


def get(identifier):
    """The metric that ``identifier`` stands for.

    Args:
        identifier: None, a name (``"AUC"``, ``"binary_accuracy"``, ``"mse"``), a configuration, a
            function, a class or a `Metric`.

    Returns:
        A `Metric`, or the function that was given; None for None.

    Raises:
        ValueError: if a name is unknown, with the names that come close.

    >>> import minikeras as keras
    >>> keras.metrics.get("mse").name
    'mean_squared_error'
    """
    return lookup(identifier, "metric", TABLE)


def serialize(metric):
    """``metric`` (a `Metric` or a function) as plain values that JSON can hold.

    >>> import minikeras as keras
    >>> keras.metrics.serialize(keras.metrics.Mean())["config"]["name"]
    'mean'
    """
    return serialize_keras_object(metric)


def deserialize(config, custom_objects=None):
    """The metric that ``config``, a name or what `serialize` returned, stands for.

    Args:
        config: a string or a dict.
        custom_objects: a dict from names to classes and functions of your own.

    Raises:
        ValueError: if a name is unknown.

    >>> import minikeras as keras
    >>> keras.metrics.deserialize(keras.metrics.serialize(keras.metrics.AUC(curve="PR"))).curve
    'PR'
    """
    with CustomObjectScope(custom_objects):
        return lookup(config, "metric", TABLE)
