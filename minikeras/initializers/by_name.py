"""Initializers by name."""

import functools

from minikeras.backend import autodiff
from minikeras.backend.dtypes import standardize_dtype
from minikeras.backend.xp import is_array, np, to_numpy, xp
from minikeras.initializers.constants import STFT, Constant, Identity, Ones, Zeros
from minikeras.initializers.initializer import Initializer
from minikeras.initializers.random import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    RandomInitializer,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
)
from minikeras.serialization import (
    deserialize_keras_object,
    lookup,
    serialize_keras_object,
)

# Keras offers each class under a name in lower case too.
constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = IdentityInitializer = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
orthogonal = OrthogonalInitializer = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
stft = STFTInitializer = STFT
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros

TABLE = {
    name: value
    for name, value in list(globals().items())
    if isinstance(value, type) and issubclass(value, Initializer) and value is not RandomInitializer
}
TABLE.update(one=Ones, zero=Zeros, normal=RandomNormal, uniform=RandomUniform)


def get(identifier):
    """The initializer that ``identifier`` stands for.

    Args:
        identifier: None, a name, a configuration, a class, an initializer, a function of
            ``(shape, dtype)``, or an array that holds the values themselves.

    Returns:
        A function of ``(shape, dtype)``; None for None.

    Raises:
        ValueError: if a name is unknown, with the names that come close.

    >>> import minikeras as keras
    >>> keras.initializers.get("he_normal").scale
    2.0
    """
    if is_array(autodiff.plain(identifier)) or isinstance(identifier, np.ndarray):
        return functools.partial(_given, autodiff.plain(identifier))
    return lookup(identifier, "initializer", TABLE)


def _given(values, shape, dtype=None):
    """``values`` as they are; the shape asked for must be theirs."""
    if tuple(shape) != values.shape:
        raise ValueError(
            f"Expected `shape` to be {values.shape}, that of the initial values given. "
            f"Received: shape={tuple(shape)}"
        )
    return xp.asarray(to_numpy(values), dtype=standardize_dtype(dtype))


def serialize(initializer):
    """``initializer`` as plain values that JSON can hold.

    >>> import minikeras as keras
    >>> keras.initializers.serialize(keras.initializers.Zeros())["class_name"]
    'Zeros'
    """
    return serialize_keras_object(initializer)


def deserialize(config, custom_objects=None):
    """What `serialize` made ``config`` of; a name stands for a class with its defaults.

    Args:
        config: plain values or a name.
        custom_objects: a dict from names to classes and functions of your own.

    >>> import minikeras as keras
    >>> keras.initializers.deserialize({"class_name": "Constant", "config": {"value": 3.0}}).value
    3.0
    """
    return deserialize_keras_object(config, custom_objects, module_objects=TABLE)
