"""Tidying the arguments of public ops: what counts as a tensor, and Keras's dtype promotion."""

import functools

from minikeras import config
from minikeras.backend import autodiff
from minikeras.backend.autodiff import Handle, Tracer, plain
from minikeras.backend.dtypes import default_float, dtype_of, result_type
from minikeras.backend.strings import is_strings
from minikeras.backend.xp import ARRAY_TYPES, ON_GPU, asarray, ndarray, np, to_numpy, xp
from minikeras.symbolic.inference import is_inferring

_NUMBERS = (bool, int, float)


def tensor(x, dtype=None):
    """``x`` as an array (or a tracer), in ``dtype`` if that is given.

    Python numbers and lists take Keras's default dtypes: bool, int32, floatx. Arrays keep theirs.
    """
    if type(x) is not ndarray and type(x) is not Tracer:
        x = _converted(x, dtype)
    if dtype is not None and x.dtype != dtype:
        return autodiff.PRIMITIVES["cast"](x, dtype=dtype)
    return x


def _converted(x, dtype):
    if isinstance(x, Handle):
        return x.value
    if isinstance(x, ARRAY_TYPES):
        return asarray(np.asarray(x)) if ON_GPU and isinstance(x, np.generic) else x
    if isinstance(x, _NUMBERS):
        return asarray(x, dtype or result_type(type(x)))
    if isinstance(x, (list, tuple)) and _holds_tensors(x):
        return autodiff.PRIMITIVES["stack"](*(tensor(part, dtype) for part in x), axis=0)
    if hasattr(x, "__array__") or hasattr(x, "__array_interface__"):
        found = np.asarray(x)
        return found if is_strings(found) else asarray(found)
    found = np.asarray(x)
    if found.dtype.kind in "US":
        return found
    if found.dtype == object:
        raise ValueError(
            f"Cannot make a tensor of a {type(x).__name__} with elements of unlike shapes or "
            f"types. Received: {x!r}"
        )
    if dtype is None and found.dtype.kind in "fi":
        dtype = result_type("float" if found.dtype.kind == "f" else "int")
    return asarray(found, dtype)


def _holds_tensors(x):
    return any(
        isinstance(part, (Tracer, Handle, ndarray) if ON_GPU else (Tracer, Handle))
        or (isinstance(part, (list, tuple)) and _holds_tensors(part))
        for part in x
    )


def on_host(x):
    """Numbers that decide what is computed, as a NumPy array.

    Only what lies on the GPU is waited for: Python numbers and lists of them never go there.
    """
    if isinstance(x, (list, tuple)):
        return np.asarray([on_host(part) for part in x])
    return to_numpy(plain(x))


def promote(*xs):
    """The operands as tensors of their common dtype, by Keras's rules.

    Python numbers are weak: they take part by their kind (int, float) only.
    """
    if len(xs) == 2:
        x, y = xs
        if type(x) is ndarray and type(y) is ndarray and x.dtype == y.dtype:
            return xs
    xs = [x if type(x) in (bool, int, float) else tensor(x) for x in xs]
    dtype = result_type(*map(dtype_of, xs))
    return [tensor(x, dtype) for x in xs]


def operands(x, y):
    """Two operands in their common dtype; beside a tensor, a Python number stays as it is.

    The number then takes the dtype of the tensor, and costs no transfer to the GPU.
    """
    return _operands(x, y, _common_dtype)


def float_operands(x, y):
    """As `operands`, integers and booleans made floats."""
    return _operands(x, y, _common_float_dtype)


def _operands(x, y, common_dtype):
    kind_x = type(x)
    if kind_x not in NUMBER_TYPES:
        if kind_x is not ndarray:
            x = tensor(x)
        kind_x = x.dtype
    kind_y = type(y)
    if kind_y not in NUMBER_TYPES:
        if kind_y is not ndarray:
            y = tensor(y)
        kind_y = y.dtype
    dtype = common_dtype(kind_x, kind_y, config.floatx())
    if kind_x != dtype and (kind_x not in NUMBER_TYPES or kind_y in NUMBER_TYPES):
        x = tensor(x, dtype)
    if kind_y != dtype and kind_y not in NUMBER_TYPES:
        y = tensor(y, dtype)
    return x, y


def integer_operands(x, y):
    """As `operands`, for functions of integers.

    Inputs of models are floats unless their dtype is given, so floats only count as an error
    where there are values.
    """
    x, y = operands(x, y)
    if is_inferring():
        return tuple(v if type(v) in NUMBER_TYPES else shape_of_integers(v) for v in (x, y))
    return x, y


def shape_of_integers(x):
    """While shapes are inferred: integers in the place of floats."""
    return xp.zeros(x.shape, "int32") if is_inferring() and x.dtype.kind == "f" else x


NUMBER_TYPES = frozenset(_NUMBERS)


# The dtypes are looked up at every call of an operator, hence the caches; `floatx` is only a key.
@functools.lru_cache(maxsize=4096)
def _common_dtype(x, y, floatx):
    return np.dtype(result_type(x, y))


@functools.lru_cache(maxsize=4096)
def _common_float_dtype(x, y, floatx):
    return np.dtype(default_float(x, y))


def promote_floats(*xs):
    """The operands as tensors of their common dtype, integers and booleans made floats."""
    xs = [x if type(x) in (bool, int, float) else tensor(x) for x in xs]
    dtype = default_float(*map(dtype_of, xs))
    return [tensor(x, dtype) for x in xs]


def floating(x):
    """``x`` as a tensor of floats: integers and booleans become floatx."""
    if type(x) is ndarray and x.dtype.kind == "f":
        return x
    (x,) = promote_floats(x)
    return x
