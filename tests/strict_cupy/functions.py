"""Functions of the double: by way of NumPy's of the same name, or written out where they differ."""

import numpy as np

from tests.strict_cupy.array import clipped, ndarray, taken
from tests.strict_cupy.core import (
    MODULES,
    SCALARS,
    arrays_in,
    bare,
    bare_argument,
    compute,
    device_array,
    dressed,
    is_plain_scalar,
    poisoned,
    signature_of,
    synchronize,
    unsupported,
)
from tests.strict_cupy.ufuncs import scatter

# Functions that work on scalars too; the others call a method of their first argument.
_OF_SCALARS = {
    "allclose", "array_equal", "array_equiv", "asnumpy", "atleast_1d", "atleast_2d", "atleast_3d",
    "broadcast_to", "can_cast", "common_type", "full", "isclose", "iscomplexobj", "isrealobj",
    "isscalar", "ndim", "result_type", "shape", "size", "where", "min_scalar_type",
}  # fmt: skip
_ARRAY_PARAMETERS = {
    "a", "x", "y", "arr", "ary", "v", "m", "a1", "a2", "b", "array", "condition", "A", "ar",
    "ar1", "ar2", "filt", "xp", "fp",
}  # fmt: skip
_SYNCHRONIZING = {
    "argwhere", "array2string", "array_repr", "array_str", "asarray_chkfinite", "bincount",
    "compress", "extract", "flatnonzero", "histogram", "in1d", "intersect1d", "nonzero",
    "place", "save", "setdiff1d", "setxor1d", "trim_zeros", "union1d", "unique", "unique_all",
    "unique_counts", "unique_inverse", "unique_values",
}  # fmt: skip


def function_of(name, parameters, numpy_function):
    """A function of CuPy by way of NumPy's function of the same name."""
    signature = signature_of(parameters)
    first = next(iter(signature.parameters), None)

    def call(*args, **kwargs):
        bound = signature.bind(*args, **kwargs)
        for parameter, value in bound.arguments.items():
            if parameter in _ARRAY_PARAMETERS:
                if isinstance(value, (list, tuple)):
                    raise TypeError(f"cupy.{name}: {parameter} must be a cupy.ndarray, not a list")
                if parameter == first and is_plain_scalar(value) and name not in _OF_SCALARS:
                    raise TypeError(f"cupy.{name}: {parameter} must be a cupy.ndarray")
        if name in _SYNCHRONIZING:
            synchronize(f"cupy.{name}")
        args = [bare_argument(a) for a in args]
        kwargs = {k: v if k == "out" else bare_argument(v) for k, v in kwargs.items()}
        return compute(numpy_function, args, kwargs)

    call.__name__ = name
    call.__signature__ = signature
    return call


def _asarray(x, dtype=None, order=None, copy=None):
    """An array on the device of host data, of lists that hold device arrays, or of one of those."""
    if isinstance(x, ndarray):
        found = x._a
        made = np.array(found, dtype, order=order or "K", copy=copy)
        return x if made is found else ndarray._of(made)
    if isinstance(x, (list, tuple)):
        x = bare_list(x)
    elif not isinstance(x, (np.ndarray, *SCALARS)) and hasattr(x, "__array__"):
        x = np.asarray(x)
    made = np.array(x, dtype, order=order or "K", copy=True)
    if made.dtype.kind not in "biufc":
        raise ValueError(f"Unsupported dtype {made.dtype}")
    return ndarray._of(made)


def bare_list(x):
    """A nested list with device arrays unpacked: CuPy stacks those on the device."""
    return [
        p._a if isinstance(p, ndarray) else bare_list(p) if isinstance(p, (list, tuple)) else p
        for p in x
    ]


def array(obj, dtype=None, copy=True, order="K", subok=False, ndmin=0, *, blocking=False):
    """A new array on the device."""
    made = _asarray(obj, dtype, order, True if copy else None)
    while made.ndim < ndmin:
        made = made[None]
    return made


def asarray(a, dtype=None, order=None, *, copy=None, blocking=False):
    """An array on the device, ``a`` itself if it is one."""
    return _asarray(a, dtype, order, copy)


def ascontiguousarray(a, dtype=None):
    """An array in C order, of rank 1 at least."""
    return ndarray._of(np.ascontiguousarray(_asarray(a, dtype)._a))


def asfortranarray(a, dtype=None):
    """An array in Fortran order."""
    return ndarray._of(np.asfortranarray(_asarray(a, dtype)._a))


def asnumpy(a, stream=None, order="C", out=None, *, blocking=True):
    """The values on the host."""
    if isinstance(a, ndarray):
        return a.get(stream, order, out, blocking)
    found = np.asarray(a, order=order)
    if out is None:
        return found
    out[...] = found
    return out


def empty(shape, dtype=float, order="C"):
    """Memory with undefined values."""
    return ndarray._of(poisoned(shape, dtype, order))


def empty_like(prototype, dtype=None, order="K", subok=None, shape=None):
    """Memory with undefined values in the form of another array."""
    prototype = device_array(prototype)
    shape = prototype.shape if shape is None else shape
    return empty(shape, dtype or prototype.dtype)


def full(shape, fill_value, dtype=None, order="C"):
    """An array with the same value everywhere."""
    value = bare(fill_value)
    return ndarray._of(np.full(shape, value, dtype or np.asarray(value).dtype, order))


def full_like(a, fill_value, dtype=None, order="K", subok=None, shape=None):
    """An array of the form of ``a`` with the same value everywhere."""
    a = device_array(a)
    return full(a.shape if shape is None else shape, fill_value, dtype or a.dtype)


def where(condition, x=None, y=None):
    """Elements of ``x`` or ``y``; with a condition alone, where it holds."""
    if (x is None) != (y is None):
        raise ValueError("Must provide both 'x' and 'y' or neither.")
    if x is None:
        return nonzero(condition)
    if not hasattr(condition, "astype"):
        raise unsupported(condition)
    with np.errstate(all="ignore"):
        return dressed(np.where(bare(condition), bare(x), bare(y)))


def nonzero(a):
    """The indices of what is not zero, one array per axis."""
    return device_array(a).nonzero()


def take(a, indices, axis=None, out=None):
    """Elements along an axis; indices out of range wrap."""
    return taken(device_array(a), indices, axis, out)


def take_along_axis(a, indices, axis):
    """Elements along an axis at positions of their own; indices out of range wrap."""
    a, indices = device_array(a)._a, device_array(indices)._a
    if axis is None:
        a, indices, axis = a.ravel(), indices.ravel(), 0
    side = max(a.shape[axis], 1)
    return compute(np.take_along_axis, [a, indices.astype(np.int64) % side, axis], {})


def put_along_axis(arr, indices, values, axis, mode="raise"):
    """Store along an axis at positions of their own."""
    np.put_along_axis(device_array(arr)._a, device_array(indices)._a, bare(values), axis)


def clip(a, a_min, a_max, out=None):
    """The values held between two bounds."""
    return clipped(device_array(a), a_min, a_max, out)


def sort(a, axis=-1, kind=None):
    """A sorted copy."""
    found = device_array(a).flatten() if axis is None else device_array(a).copy()
    found.sort(-1 if axis is None else axis, kind)
    return found


def argsort(a, axis=-1, kind=None):
    """The indices that would sort."""
    return device_array(a).argsort(axis, kind)


def copyto(dst, src, casting="same_kind", where=None):
    """Copy values from one array to another."""
    if where is not None:
        np.copyto(device_array(dst)._a, bare(src), casting, where=bare(where))
    else:
        np.copyto(device_array(dst)._a, bare(src), casting)


def may_share_memory(a, b, max_work=None):
    """Whether two arrays may overlap."""
    return np.may_share_memory(device_array(a)._a, device_array(b)._a)


def shares_memory(a, b, max_work=None):
    """Whether two arrays overlap."""
    return np.shares_memory(device_array(a)._a, device_array(b)._a)


def get_array_module(*args):
    """The double itself if an argument is one of its arrays, else NumPy."""
    return MODULES["cupy"] if any(isinstance(a, ndarray) for a in args) else np


def einsum(*operands, dtype=None, optimize=False):
    """Sums of products by subscripts."""
    operands = [bare_argument(x) for x in operands]
    if optimize == "optimal" or optimize == "greedy" or isinstance(optimize, (bool, list, tuple)):
        found = np.einsum(*operands, dtype=dtype, optimize=optimize)
        # Without a summed or repeated index the real one returns a view, whose writes are seen.
        return dressed(found, tuple(arrays_in(operands)))
    raise TypeError(f"Did not understand the path (optimize={optimize!r})")


def always_device(function):
    """For functions that return a Python bool in NumPy and a device array in CuPy."""

    def call(*args, **kwargs):
        return dressed(np.asarray(function(*args, **kwargs)))

    return call


def scatter_add(a, slices, value):
    """``a[slices] += value`` with repeated indices summed."""
    scatter(np.add, a, slices, value)


def scatter_max(a, slices, value):
    """``a[slices] = max(a[slices], value)`` with repeated indices regarded."""
    scatter(np.maximum, a, slices, value)


def scatter_min(a, slices, value):
    """``a[slices] = min(a[slices], value)`` with repeated indices regarded."""
    scatter(np.minimum, a, slices, value)


def linalg_function(name, parameters, numpy_function):
    """A function of cupy.linalg: it gives NaN for singular matrices instead of raising."""
    call = function_of(name, parameters, numpy_function)

    def unraised(*args, **kwargs):
        try:
            return call(*args, **kwargs)
        except np.linalg.LinAlgError as error:
            if name not in ("cholesky", "inv", "solve") or "ingular" not in (
                str(error) + "ingular" * ("definite" in str(error))
            ):
                raise
            like = args[-1] if name == "solve" else args[0]
            return full(like.shape, np.nan, like.dtype)

    unraised.__name__ = name
    return unraised


class _Generator:
    """What the real Generator has and our code may use."""

    def __init__(self, seed=None):
        self._rng = np.random.default_rng(seed)

    def random(self, size=None, dtype=np.float64, out=None):
        """Uniform over [0, 1)."""
        return dressed(np.asarray(self._rng.random(size, dtype)))

    def standard_normal(self, size=None, dtype=np.float64, out=None):
        """Standard normal values."""
        return dressed(np.asarray(self._rng.standard_normal(size, dtype)))

    def uniform(self, low=0.0, high=1.0, size=None, dtype=np.float64):
        """Uniform over [low, high)."""
        return dressed(np.asarray(self._rng.uniform(low, high, size).astype(dtype)))

    def integers(self, low, high=None, size=None, dtype=np.int64, endpoint=False):
        """Integers from low to high."""
        return dressed(np.asarray(self._rng.integers(low, high, size, dtype, endpoint)))


def random_functions():
    state = np.random.RandomState(0)

    def drawn(function):
        return lambda *args, **kwargs: dressed(np.asarray(function(*args, **kwargs)))

    names = "rand randn random random_sample uniform normal randint permutation standard_normal"
    made = {name: drawn(getattr(state, name)) for name in names.split()}

    def seed(seed=None):
        """Start anew."""
        state.seed(seed)

    made.update(seed=seed, default_rng=_Generator, Generator=_Generator)
    return made
