"""``keras.initializations`` of Keras 1: functions of a shape that make variables.

As the ``init`` of a layer such a function gives the values that a weight begins with.
"""

import math

from minikeras import initializers
from minikeras.legacy.backend.tensors import variable

__all__ = [
    "get", "get_fans", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "identity",
    "lecun_uniform", "normal", "one", "orthogonal", "uniform", "zero",
]  # fmt: skip


def get_fans(shape, dim_ordering="th"):
    """How many inputs and outputs a weight connects.

    Args:
        shape: of a matrix, of a kernel of 4 or 5 sides, or of something else: then both are the
            root of the number of elements.
        dim_ordering: where the channels of a kernel stand: ``"th"`` first (outputs, then inputs),
            ``"tf"`` last (inputs, then outputs).

    Returns:
        Both numbers.

    >>> import minikeras as keras
    >>> keras.initializations.get_fans((8, 3, 5, 5)), keras.initializations.get_fans((3, 4))
    ((75, 200), (3, 4))
    """
    if len(shape) == 2:
        return shape[0], shape[1]
    if len(shape) not in (4, 5):
        return (math.sqrt(math.prod(shape)),) * 2
    if dim_ordering == "th":
        outputs, inputs, *window = shape
    elif dim_ordering == "tf":
        *window, inputs, outputs = shape
    else:
        raise ValueError(f"dim_ordering must be 'th' or 'tf'. Received: {dim_ordering!r}")
    return inputs * math.prod(window), outputs * math.prod(window)


def uniform(shape, scale=0.05, name=None, dim_ordering="th"):
    """Uniform numbers from ``-scale`` to ``scale``.

    >>> import minikeras as keras
    >>> keras.initializations.uniform((2, 3)).shape
    (2, 3)
    """
    return variable(initializers.RandomUniform(-scale, scale)(shape), name=name)


def normal(shape, scale=0.05, name=None, dim_ordering="th"):
    """Normal numbers of the standard deviation ``scale``.

    >>> import minikeras as keras
    >>> keras.initializations.normal((2, 3), scale=0.01).shape
    (2, 3)
    """
    return variable(initializers.RandomNormal(0.0, scale)(shape), name=name)


def lecun_uniform(shape, name=None, dim_ordering="th"):
    """Uniform numbers of the variance ``1 / inputs``."""
    fan_in, _ = get_fans(shape, dim_ordering)
    return uniform(shape, math.sqrt(3.0 / fan_in), name)


def glorot_normal(shape, name=None, dim_ordering="th"):
    """Normal numbers of the variance ``2 / (inputs + outputs)``."""
    return normal(shape, math.sqrt(2.0 / sum(get_fans(shape, dim_ordering))), name)


def glorot_uniform(shape, name=None, dim_ordering="th"):
    """Uniform numbers of the variance ``2 / (inputs + outputs)``."""
    return uniform(shape, math.sqrt(6.0 / sum(get_fans(shape, dim_ordering))), name)


def he_normal(shape, name=None, dim_ordering="th"):
    """Normal numbers of the variance ``2 / inputs``."""
    return normal(shape, math.sqrt(2.0 / get_fans(shape, dim_ordering)[0]), name)


def he_uniform(shape, name=None, dim_ordering="th"):
    """Uniform numbers of the variance ``2 / inputs``."""
    return uniform(shape, math.sqrt(6.0 / get_fans(shape, dim_ordering)[0]), name)


def orthogonal(shape, scale=1.1, name=None, dim_ordering="th"):
    """Rows, or columns, at right angles to each other, of the length ``scale``.

    >>> import minikeras as keras
    >>> from minikeras import backend as K
    >>> q = keras.initializations.orthogonal((3, 3), scale=2.0)
    >>> K.get_value(K.round(K.abs(K.dot(q, K.transpose(q))))).tolist()[0]
    [4.0, 0.0, 0.0]
    """
    rows = shape[0], math.prod(shape[1:])
    values = initializers.Orthogonal(gain=scale)(rows)
    return variable(values.reshape(tuple(shape)), name=name)


def identity(shape, scale=1, name=None, dim_ordering="th"):
    """``scale`` on the diagonal of a square matrix, 0 elsewhere."""
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ValueError(f"identity takes the shape of a square matrix. Received: {tuple(shape)}")
    return variable(initializers.Identity(scale)(shape), name=name)


def zero(shape, name=None, dim_ordering="th"):
    """Zeros."""
    return variable(initializers.Zeros()(shape), name=name)


def one(shape, name=None, dim_ordering="th"):
    """Ones."""
    return variable(initializers.Ones()(shape), name=name)


def get(identifier, **kwargs):
    """The function of a name; a function as it is.

    Args:
        identifier: a name or a function.
        **kwargs: none: functions are not made here.

    >>> import minikeras as keras
    >>> keras.initializations.get("zero")((2,)).shape
    (2,)
    """
    if callable(identifier):
        return identifier
    if kwargs:
        raise ValueError(f"initializations are functions and take no {sorted(kwargs)} here")
    if identifier not in __all__[2:]:
        raise ValueError(f"There is no initialization {identifier!r}; there are {__all__[2:]}")
    return globals()[identifier]
