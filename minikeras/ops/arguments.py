"""Tidying the arguments of public ops: what counts as a tensor, and Keras's dtype promotion."""

from minikeras.backend import autodiff
from minikeras.backend.autodiff import Handle, Tracer
from minikeras.backend.dtypes import default_float, dtype_of, result_type
from minikeras.backend.xp import ARRAY_TYPES, ON_GPU, asarray, ndarray, np

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
        return x
    if isinstance(x, _NUMBERS):
        return asarray(x, dtype or result_type(type(x)))
    if isinstance(x, (list, tuple)) and _holds_tensors(x):
        return autodiff.PRIMITIVES["stack"](*(tensor(part, dtype) for part in x), axis=0)
    if hasattr(x, "__array__") or hasattr(x, "__array_interface__"):
        return asarray(np.asarray(x))
    found = np.asarray(x)
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


def promote_floats(*xs):
    """The operands as tensors of their common dtype, integers and booleans made floats."""
    xs = [x if type(x) in (bool, int, float) else tensor(x) for x in xs]
    dtype = default_float(*map(dtype_of, xs))
    return [tensor(x, dtype) for x in xs]


def floating(x):
    """``x`` as a tensor of floats: integers and booleans become floatx."""
    (x,) = promote_floats(x)
    return x

