"""keras.ops: conversion to and from tensors, their traits, and derivatives of functions."""

import functools

from minikeras import tree
from minikeras.backend import autodiff, elementwise, transforms
from minikeras.backend.autodiff import Tracer, plain
from minikeras.backend.dtypes import standardize_dtype
from minikeras.backend.logic import isnan
from minikeras.backend.xp import ARRAY_TYPES, copy_of, ndarray, np, to_numpy, xp
from minikeras.ops.arguments import tensor
from minikeras.symbolic.keras_tensor import KerasTensor
from minikeras.symbolic.operation import op

__all__ = [
    "cast",
    "convert_to_numpy",
    "convert_to_tensor",
    "copy",
    "custom_gradient",
    "dtype",
    "is_tensor",
    "jvp",
    "ndim",
    "saturate_cast",
    "shape",
    "size",
    "stop_gradient",
]


@op
def convert_to_tensor(x, dtype=None, sparse=None, ragged=None):
    """``x`` as a tensor: an array of NumPy, or of CuPy on a GPU.

    Args:
        x: a tensor, a variable, a number, nested lists of numbers, or what NumPy can convert.
        dtype: a dtype; by default that of ``x``, floatx for Python floats, int32 for integers.
        sparse: must not be True: tensors are dense.
        ragged: must not be True: tensors are rectangular.

    Returns:
        A tensor. It may share memory with ``x``; `keras.ops.array` never does.

    >>> import minikeras as keras
    >>> keras.ops.convert_to_tensor([1.0, 2.0]).tolist()
    [1.0, 2.0]
    """
    if sparse or ragged:
        raise ValueError(
            "convert_to_tensor: minikeras has dense tensors only. "
            f"Received: sparse={sparse}, ragged={ragged}"
        )
    return tensor(x, None if dtype is None else standardize_dtype(dtype))


def convert_to_numpy(x):
    """A new NumPy array with the values of ``x``; from a GPU they are copied to the host.

    >>> import minikeras as keras
    >>> keras.ops.convert_to_numpy([[1, 2]]).tolist()
    [[1, 2]]
    """
    return np.array(to_numpy(plain(tensor(x))))


def is_tensor(x):
    """Whether ``x`` is a tensor: an array of the backend, not a variable, list or number.

    >>> import minikeras as keras
    >>> keras.ops.is_tensor(keras.ops.ones(2)), keras.ops.is_tensor([1.0, 1.0])
    (True, False)
    """
    return isinstance(x, (Tracer, *ARRAY_TYPES))


def shape(x):
    """The shape of ``x``, with None for the unknown sides of a symbolic tensor.

    >>> import minikeras as keras
    >>> keras.ops.shape(keras.KerasTensor((None, 3)))
    (None, 3)
    """
    return tuple(x.shape if hasattr(x, "shape") else tensor(x).shape)


def dtype(x):
    """The name of the dtype of ``x``.

    >>> import minikeras as keras
    >>> keras.ops.dtype(keras.ops.ones(2))
    'float32'
    """
    return standardize_dtype((x if hasattr(x, "dtype") else tensor(x)).dtype)


def ndim(x):
    """The number of axes of ``x``.

    >>> import minikeras as keras
    >>> keras.ops.ndim([[1, 2]])
    2
    """
    return len(shape(x))


def size(x):
    """The number of elements of ``x``.

    Returns:
        An integer; for a symbolic tensor with unknown sides a symbolic one.

    >>> import minikeras as keras
    >>> keras.ops.size([[1, 2], [3, 4]])
    4
    """
    if isinstance(x, KerasTensor):
        return _counted(x) if x.size is None else x.size
    return tensor(x).size


@op
def _counted(x):
    return xp.asarray(x.size, "int32")


@op
def copy(x):
    """A tensor with the values of ``x``, sharing memory with nothing.

    >>> import minikeras as keras
    >>> keras.ops.copy([1, 2]).tolist()
    [1, 2]
    """
    x = tensor(x)
    # A tracer's value never changes, and only a tracer carries the gradient.
    return copy_of(x) if type(x) is ndarray else x


@op
def stop_gradient(variable):
    """``variable`` as a constant, through which no gradient flows.

    Args:
        variable: a tensor, a variable, or a nested structure of them.

    >>> import minikeras as keras
    >>> keras.grad(lambda x: x * keras.ops.stop_gradient(x))(3.0).item()
    3.0
    """
    return autodiff.stop_gradient(tree.map_structure(tensor, variable))


def custom_gradient(f):
    """A decorator for a function that states its own gradient.

    Args:
        f: takes tensors, and returns its outputs and a function that takes the gradients of the
            outputs and returns those of the inputs.

    Returns:
        A function that returns the outputs alone. Symbolic tensors may be given to it, too.

    >>> import minikeras as keras
    >>> @keras.ops.custom_gradient
    ... def clipped(x):
    ...     return x, lambda g: keras.ops.clip(g, -1.0, 1.0)
    >>> keras.grad(lambda x: 5.0 * clipped(x))(2.0).item()
    1.0
    """
    return op(autodiff.custom_gradient(f))


@op
def jvp(fun, primals, tangents, has_aux=False):
    """The value of a function and its derivative along a direction.

    Args:
        fun: takes the primals and returns a tensor; with ``has_aux`` a pair of one and anything.
        primals: a tuple or list of float tensors.
        tangents: the direction: tensors of the same shapes.
        has_aux: whether ``fun`` returns something beside the tensor.

    Returns:
        ``(value, derivative)``, with ``has_aux`` ``(value, derivative, aux)``.

    >>> import minikeras as keras
    >>> value, slope = keras.ops.jvp(lambda x: x**2, [keras.ops.array(3.0)], [keras.ops.array(1.0)])
    >>> float(value), float(slope)
    (9.0, 6.0)
    """
    if not isinstance(primals, (list, tuple)) or not isinstance(tangents, (list, tuple)):
        raise TypeError(
            "jvp: primals and tangents must be tuples or lists, with one element per argument. "
            f"Received: {type(primals).__name__} and {type(tangents).__name__}"
        )
    aside = []

    @functools.wraps(fun)
    def value_only(*args):
        value, aux = fun(*args)
        aside[:] = [aux]
        return value

    primals, tangents = list(map(tensor, primals)), list(map(tensor, tangents))
    value, slope = transforms.jvp(value_only if has_aux else fun, primals, tangents)
    return (value, slope, autodiff.settle(aside[0])) if has_aux else (value, slope)


@op
def cast(x, dtype):
    """The values of ``x`` in another dtype.

    Args:
        x: a tensor of any shape.
        dtype: a dtype name.

    Returns:
        A tensor of the same shape. Gradients flow through casts between floating dtypes.

    >>> import minikeras as keras
    >>> keras.ops.cast([0.5, 1.5], "int32").tolist()
    [0, 1]
    """
    return elementwise.cast(tensor(x), dtype=standardize_dtype(dtype))


@op
def saturate_cast(x, dtype):
    """The values of ``x`` in another dtype, held within its range instead of wrapping around.

    Args:
        x: a tensor.
        dtype: a dtype name. NaN becomes 0 in integers.

    >>> import minikeras as keras
    >>> keras.ops.saturate_cast([-5.0, 1.7, 300.0], "uint8").tolist()
    [0, 1, 255]
    """
    x, dtype = tensor(x), np.dtype(standardize_dtype(dtype))
    if x.dtype == dtype or x.dtype.kind == "b" or "c" in (x.dtype.kind, dtype.kind):
        return elementwise.cast(x, dtype=dtype.name)
    low, high = _range(dtype)
    own_low, own_high = _range(x.dtype)
    if dtype.kind != "f" and x.dtype.kind == "f" and high >= _precision(x.dtype):
        return _whole(plain(x), dtype, low, high)
    if low > own_low or high < own_high:
        x = elementwise.clip(x, max(low, own_low), min(high, own_high))
    if dtype.kind in "iu" and x.dtype.kind == "f":
        x = elementwise.where(isnan(x), 0, x)
    return elementwise.cast(x, dtype=dtype.name)


def _precision(dtype):
    """The least power of 2 beyond which a float dtype does not hold every integer."""
    return 2 ** (xp.finfo(dtype).nmant + 1)


def _whole(x, dtype, low, high):
    """Floats as integers of a dtype whose greatest value may have no float of its own."""
    is_over = x >= float(high)
    is_within = (x > float(low)) & ~is_over
    whole = xp.where(is_within, x, 0).astype(dtype)
    whole = xp.where(is_over, xp.asarray(high, dtype), whole)
    return xp.where(x <= float(low), xp.asarray(low, dtype), whole)


def _range(dtype):
    """The least and the greatest value of a dtype, as Python numbers."""
    if dtype.kind == "b":
        return 0, 1
    info = xp.finfo(dtype) if dtype.kind == "f" else xp.iinfo(dtype)
    if dtype.kind == "f":
        return float(info.min), float(info.max)
    return int(info.min), int(info.max)
