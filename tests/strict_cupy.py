"""A strict double of CuPy 14.2 on NumPy, to test the GPU path on machines without a GPU.

It offers what the real library offers (the names and parameters in ``strict_cupy_names.json``, read
from its wheel) and is as hard to please: no silent exchange with NumPy arrays, no NumPy scalars, no
``where=`` or ``initial=`` in reductions. Where CuPy leaves something undefined it does the unkind
thing: out-of-range indices wrap, of repeated indices a random one wins, ``empty`` is full of NaN.
It counts what would make the host wait for the device: see `sync_count` and `no_sync`.

`install_unless_gpu` puts it in ``sys.modules`` as ``cupy`` and ``cupyx``.
"""

import contextlib
import functools
import inspect
import json
import pathlib
import sys
import types

import numpy as np

NAMES = json.loads(pathlib.Path(__file__).with_name("strict_cupy_names.json").read_text())

_SCALARS = (bool, int, float, complex, np.generic)
_random = np.random.default_rng(0)


class _Sync:
    count = 0
    forbidden = False


def sync_count():
    """How often the host has waited for the device since the process began."""
    return _Sync.count


@contextlib.contextmanager
def no_sync():
    """A context in which waiting for the device is an error."""
    outer, _Sync.forbidden = _Sync.forbidden, True
    try:
        yield
    finally:
        _Sync.forbidden = outer


def seed(value):
    """Start the random choices between repeated indices anew."""
    global _random
    _random = np.random.default_rng(value)


def _synchronize(what):
    if _Sync.forbidden:
        raise RuntimeError(f"{what} makes the host wait for the device, which is forbidden here")
    _Sync.count += 1


def _is_plain_scalar(x):
    return isinstance(x, _SCALARS)


def _unsupported(x):
    return TypeError(f"Unsupported type {type(x)}")


def _bare(x):
    """The NumPy array or scalar behind an operand of a kernel; anything else is refused."""
    if isinstance(x, ndarray):
        return x._a
    if _is_plain_scalar(x):
        return x
    raise _unsupported(x)


def _bare_argument(x):
    """An argument of a function with the arrays in it unpacked; host arrays are refused."""
    if isinstance(x, ndarray):
        return x._a
    if isinstance(x, (list, tuple)):
        parts = [_bare_argument(part) for part in x]
        return parts if isinstance(x, list) else tuple(parts)
    if isinstance(x, np.ndarray) or (
        hasattr(x, "__array__") and not isinstance(x, (np.generic, np.dtype, type))
    ):
        raise _unsupported(x)
    return x


def _dressed(x, sources=()):
    """Results of NumPy as CuPy would return them: device arrays of any rank, in C order."""
    if isinstance(x, np.generic):
        return ndarray._of(np.asarray(x))
    if isinstance(x, np.ndarray):
        if x.dtype == object:
            raise TypeError("CuPy has no arrays of dtype object")
        is_view = any(np.may_share_memory(x, source) for source in sources)
        return ndarray._of(x if is_view else np.ascontiguousarray(x).reshape(x.shape))
    if isinstance(x, (tuple, list)) and any(isinstance(p, (np.ndarray, np.generic)) for p in x):
        parts = [_dressed(part, sources) for part in x]
        return parts if isinstance(x, list) else tuple(parts)
    return x


def _arrays_in(values):
    for x in values:
        if isinstance(x, np.ndarray):
            yield x
        elif isinstance(x, (list, tuple)):
            yield from _arrays_in(x)


def _compute(function, args, kwargs):
    """``function`` of NumPy on unpacked arguments, its result dressed, without float warnings."""
    out = kwargs.get("out")
    if isinstance(out, ndarray):
        kwargs["out"] = out._a
    with np.errstate(all="ignore"):
        result = function(*args, **kwargs)
    if isinstance(out, ndarray):
        return out
    return _dressed(result, tuple(_arrays_in([*args, *kwargs.values()])))


def _poisoned(shape, dtype, order="C"):
    """Memory as the device hands it out: full of whatever breaks a computation most visibly."""
    array = np.empty(shape, dtype, order=order)
    kind = array.dtype.kind
    if kind in "fc":
        array.fill(np.nan)
    elif kind in "iu":
        array.fill(np.iinfo(array.dtype).max - 1)
    else:
        array.fill(True)
    return array


class _Memory:
    """What ``ndarray.data`` is: an address."""

    def __init__(self, array):
        self.ptr = array.__array_interface__["data"][0]
        self.device = None


class _Flags:
    def __init__(self, flags):
        self.c_contiguous, self.f_contiguous = flags.c_contiguous, flags.f_contiguous
        self.owndata = flags.owndata

    def __getitem__(self, name):
        return getattr(self, name.lower())


def _method(name):
    signature = _signature(NAMES["ndarray"][name].removeprefix("self, "))

    def call(self, *args, **kwargs):
        signature.bind(*args, **kwargs)
        args = [_bare_argument(a) for a in args]
        kwargs = {k: v if k == "out" else _bare_argument(v) for k, v in kwargs.items()}
        found = _compute(getattr(np.ndarray, name), [self._a, *args], kwargs)
        return found

    call.__name__ = name
    return call


def _signature(parameters):
    return inspect.signature(eval(f"lambda {parameters}: None"))


def _operator(name, ufunc, reflected):
    def call(self, other):
        if isinstance(other, ndarray):
            a, b = (other, self) if reflected else (self, other)
            return _compute(ufunc, [a._a, b._a], {})
        if _defers(self, other):
            return NotImplemented
        # As in the real library NumPy's ufunc decides who computes.
        return ufunc(other, self) if reflected else ufunc(self, other)

    call.__name__ = name
    return call


def _defers(x, other):
    try:
        return other.__array_ufunc__ is None
    except AttributeError:
        return x.__array_priority__ < getattr(other, "__array_priority__", 0)


def _in_place(name, ufunc):
    def call(self, other):
        with np.errstate(all="ignore"):
            ufunc(self._a, _bare(other), out=self._a, casting="same_kind")
        return self

    call.__name__ = name
    return call


def _comparison(name, ufunc):
    def call(self, other):
        if isinstance(other, ndarray):
            return _compute(ufunc, [self._a, other._a], {})
        if _defers(self, other):
            return NotImplemented
        if name in ("__eq__", "__ne__") and (other is None or type(other).__eq__ is object.__eq__):
            return ndarray._of(np.full(self.shape, name == "__ne__"))
        return ufunc(self, other)

    call.__name__ = name
    return call


class ndarray:
    """An array on the device that is not there; its values lie in a NumPy array held privately."""

    __slots__ = ("__weakref__", "_a")
    __hash__ = None
    __array_priority__ = 100

    def __init__(self, shape, dtype=float, memptr=None, strides=None, order="C"):
        if memptr is not None:
            raise NotImplementedError("The double has no device memory to point into")
        self._a = _poisoned(shape, dtype, order)

    @classmethod
    def _of(cls, array):
        self = object.__new__(cls)
        self._a = array
        return self

    def __array__(self, dtype=None, copy=None):
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. "
            "Please use `.get()` to construct a NumPy array explicitly."
        )

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        out = kwargs.pop("out", None)
        if out is not None:
            if len(out) != 1:
                raise ValueError("The 'out' parameter must have exactly one array value")
            kwargs["out"] = out[0]
        found = getattr(_modules["cupy"], ufunc.__name__, None) or getattr(
            _modules["cupyx.scipy.special"], ufunc.__name__, None
        )
        if found is None:
            return NotImplemented
        for x in (*inputs, *(out or ())):
            if not isinstance(x, (ndarray, np.ndarray)) and not _is_plain_scalar(x):
                return NotImplemented
        return (found if method == "__call__" else getattr(found, method))(*inputs, **kwargs)

    def __array_function__(self, func, types, args, kwargs):
        # The real library would dispatch back to itself; code that relies on it is slow and hides
        # that NumPy was meant.
        raise TypeError(f"np.{func.__name__} was called on a device array")

    @property
    def __cuda_array_interface__(self):
        return {
            "shape": self.shape,
            "typestr": self.dtype.str,
            "descr": self.dtype.descr,
            "strides": None if self._a.flags.c_contiguous else self.strides,
            "data": (self.data.ptr if self.size else 0, False),
            "version": 3,
        }

    @property
    def shape(self):
        """The lengths of the axes."""
        return self._a.shape

    @shape.setter
    def shape(self, shape):
        self._a = _reshaped_view(self._a, shape)

    @property
    def real(self):
        """The real parts: a view for complex values, else the array."""
        return _dressed(self._a.real, (self._a,))

    @real.setter
    def real(self, value):
        self._a.real = _bare(value)

    @property
    def imag(self):
        """The imaginary parts: a view for complex values, else zeros."""
        return _dressed(self._a.imag, (self._a,))

    @imag.setter
    def imag(self, value):
        self._a.imag = _bare(value)

    dtype = property(lambda self: self._a.dtype)
    ndim = property(lambda self: self._a.ndim)
    size = property(lambda self: self._a.size)
    itemsize = property(lambda self: self._a.itemsize)
    nbytes = property(lambda self: self._a.nbytes)
    strides = property(lambda self: self._a.strides)
    flags = property(lambda self: _Flags(self._a.flags))
    data = property(lambda self: _Memory(self._a))
    base = property(lambda self: None if self._a.base is None else ndarray._of(self._a.base))
    T = property(lambda self: ndarray._of(self._a.T))
    mT = property(lambda self: ndarray._of(self._a.mT))
    device = property(lambda self: _modules["cupy.cuda"].Device(0))

    def get(self, stream=None, order="C", out=None, blocking=True):
        """A copy of the values on the host."""
        _synchronize("ndarray.get")
        if out is None:
            return self._a.copy(order=order)
        if not isinstance(out, np.ndarray):
            raise TypeError("Only numpy.ndarray can be obtained from cupy.ndarray")
        if out.dtype != self.dtype:
            raise TypeError(f"{out.dtype} array cannot be obtained from {self.dtype} array")
        if out.shape != self.shape:
            raise ValueError(f"Shape mismatch: {out.shape} and {self.shape}")
        out[...] = self._a
        return out

    def set(self, arr, stream=None):
        """Copy a host array of the same shape and dtype to the device."""
        if not isinstance(arr, np.ndarray):
            raise TypeError("Only numpy.ndarray can be set to cupy.ndarray")
        if arr.dtype != self.dtype:
            raise TypeError(f"{arr.dtype} array cannot be set to {self.dtype} array")
        if arr.shape != self.shape:
            raise ValueError(f"Shape mismatch: {arr.shape} and {self.shape}")
        self._a[...] = arr

    def item(self):
        """The single value as a Python number."""
        return self.get().item()

    def tolist(self):
        """The values as nested lists."""
        return self.get().tolist()

    def tobytes(self, order="C"):
        """The values as bytes."""
        return self.get().tobytes(order)

    def fill(self, value):
        """Set every element to one value."""
        if isinstance(value, np.ndarray) and value.ndim:
            raise ValueError("non-scalar numpy.ndarray cannot be used for fill")
        value = value._a if isinstance(value, ndarray) else value
        if isinstance(value, (list, tuple)):
            raise TypeError("fill needs a single value")
        with np.errstate(all="ignore"):
            self._a.fill(value)

    def astype(self, dtype, order="K", casting=None, subok=None, copy=True):
        """The values in another dtype."""
        with np.errstate(all="ignore"):
            found = self._a.astype(dtype, order, casting or "unsafe", copy=bool(copy))
        return self if found is self._a else ndarray._of(found)

    def copy(self, order="C"):
        """A copy on the device."""
        return ndarray._of(self._a.copy(order))

    def reshape(self, *shape, order="C", copy=None):
        """The values in another shape."""
        if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
            shape = tuple(shape[0])
        return ndarray._of(np.reshape(self._a, shape, order=order))

    def transpose(self, *axes):
        """The axes in another order."""
        return ndarray._of(self._a.transpose(*axes))

    def view(self, dtype=None, type=None):
        """The same memory, perhaps read as another dtype."""
        if type is not None:
            raise NotImplementedError("The double views arrays as arrays only")
        return ndarray._of(self._a.view() if dtype is None else self._a.view(dtype))

    def sort(self, axis=-1, kind=None):
        """Sort in place."""
        if kind not in (None, "stable"):
            raise ValueError(f"kind can only be None or 'stable'. Received: {kind!r}")
        self._a.sort(axis=axis, kind="stable")

    def argsort(self, axis=-1, kind=None):
        """The indices that would sort."""
        return _compute(np.argsort, [self._a], {"axis": axis, "kind": "stable"})

    def clip(self, min=None, max=None, out=None):
        """The values held between two bounds."""
        return _clip(self, min, max, out)

    def take(self, indices, axis=None, out=None):
        """Elements along an axis; indices out of range wrap."""
        return _take(self, indices, axis, out)

    def nonzero(self):
        """The indices of what is not zero, one array per axis."""
        _synchronize("nonzero")
        return _compute(np.nonzero, [self._a], {})

    def scatter_add(self, slices, value):
        """Add at indices, repeated ones included."""
        raise DeprecationWarning("Use cupy.add.at or cupyx.scatter_add")

    def __getitem__(self, index):
        index = _index(index, self._a)
        found = self._a[index]
        if isinstance(found, np.generic):
            # A view where NumPy would hand out a scalar.
            found = self._a[(*index, ...)] if isinstance(index, tuple) else self._a[index, ...]
        return ndarray._of(found)

    def __setitem__(self, index, value):
        if isinstance(value, np.ndarray) and not (
            isinstance(index, slice) and index == slice(None)
        ):
            raise _unsupported(value)
        if not isinstance(value, (ndarray, np.ndarray)) and not _is_plain_scalar(value):
            raise _unsupported(value)
        value = value._a if isinstance(value, ndarray) else value
        index = _index(index, self._a)
        with np.errstate(all="ignore"):
            if _has_integer_arrays(index):
                self._store_in_random_order(index, value)
            else:
                self._a[index] = value

    def _store_in_random_order(self, index, value):
        places = np.arange(self._a.size).reshape(self._a.shape)[index]
        given = np.broadcast_to(value, places.shape)
        order = _random.permutation(places.size)
        self._a.flat[places.ravel()[order]] = given.ravel()[order]

    def __iter__(self):
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self)))

    def __len__(self):
        if self.ndim == 0:
            raise TypeError("len() of unsized object")
        return self._a.shape[0]

    def __bool__(self):
        if self.size > 1:
            raise ValueError(
                "The truth value of an array with more than one element is ambiguous. "
                "Use a.any() or a.all()"
            )
        return bool(self.get())

    def __int__(self):
        return int(self.get())

    def __float__(self):
        return float(self.get())

    def __complex__(self):
        return complex(self.get())

    def __neg__(self):
        return _compute(np.negative, [self._a], {})

    def __pos__(self):
        return _compute(np.positive, [self._a], {})

    def __abs__(self):
        return _compute(np.absolute, [self._a], {})

    def __invert__(self):
        return _compute(np.invert, [self._a], {})

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def __reduce__(self):
        return _array_from_pickle, (self.get(),)

    def __repr__(self):
        return repr(self.get())

    def __str__(self):
        return str(self.get())

    def __format__(self, spec):
        return format(self.get(), spec)


def _array_from_pickle(array):
    return ndarray._of(array)


def _reshaped_view(array, shape):
    view = array.view()
    view.shape = shape
    return view


_OPERATORS = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "matmul": np.matmul,
    "truediv": np.true_divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "divmod": np.divmod,
    "pow": np.power,
    "lshift": np.left_shift,
    "rshift": np.right_shift,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
}
_COMPARISONS = {
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}


def _complete_ndarray():
    """Give `ndarray` the operators and remaining methods that the real one has."""
    real = NAMES["ndarray"]
    made = {}
    for short, ufunc in _OPERATORS.items():
        made[f"__{short}__"] = _operator(f"__{short}__", ufunc, False)
        made[f"__r{short}__"] = _operator(f"__r{short}__", ufunc, True)
        if short != "divmod":
            made[f"__i{short}__"] = _in_place(f"__i{short}__", ufunc)
    for short, ufunc in _COMPARISONS.items():
        made[f"__{short}__"] = _comparison(f"__{short}__", ufunc)
    for name in (
        "all any argmax argmin argpartition choose compress conj conjugate cumprod cumsum "
        "diagonal dot flatten max mean min partition prod ptp put ravel repeat round searchsorted "
        "squeeze std sum swapaxes trace var"
    ).split():
        if hasattr(np.ndarray, name):
            made[name] = _method(name)
    for name, member in made.items():
        if name in real:
            setattr(ndarray, name, member)
    ndarray.__hash__ = None  # lost when __eq__ is set


# Indexing


def _index(index, array):
    """An index for NumPy that does what CuPy does with ``index``."""
    parts = list(index) if isinstance(index, tuple) else [index]
    parts = [_index_part(p) for p in parts]
    masks = [p for p in parts if isinstance(p, np.ndarray) and p.dtype == bool]
    if masks:
        _synchronize("Indexing with a mask")
        if len(masks) > 1:
            raise NotImplementedError("CuPy takes at most one mask in an index")
        return tuple(parts)
    if any(isinstance(p, np.ndarray) for p in parts):
        parts = _wrapped(parts, array)
    return tuple(parts)


def _index_part(part):
    if part is None or part is Ellipsis:
        return part
    if isinstance(part, slice):
        for bound in (part.start, part.stop, part.step):
            if isinstance(bound, ndarray):
                raise TypeError("slice indices must be integers or None")
        return part
    if isinstance(part, ndarray):
        if part.dtype.kind not in "biu":
            raise IndexError("arrays used as indices must be of integer or boolean type")
        return part._a
    if isinstance(part, (bool, np.bool_)):
        return np.asarray(part)
    if isinstance(part, (int, np.integer)):
        return part
    if isinstance(part, (list, tuple)):
        if any(isinstance(p, ndarray) for p in part):
            part = [p._a if isinstance(p, ndarray) else p for p in part]
        found = np.asarray(part)
        return found if found.size else found.astype(np.int32)
    if isinstance(part, np.ndarray):
        # The real library uploads it; that is never what our code means.
        raise _unsupported(part)
    if hasattr(part, "__index__"):
        return part.__index__()
    raise IndexError(
        "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or "
        "boolean arrays are valid indices"
    )


def _wrapped(parts, array):
    """``parts`` with the integer arrays brought into range, as CuPy does it silently."""
    used = sum(1 for p in parts if p is not None and p is not Ellipsis)
    made, axis = [], 0
    for p in parts:
        if p is None:
            made.append(p)
            continue
        if p is Ellipsis:
            axis += array.ndim - used
            made.append(p)
            continue
        if isinstance(p, np.ndarray) and p.dtype != bool and axis < array.ndim:
            side = array.shape[axis]
            p = p.astype(np.int64) % side if side else p
        made.append(p)
        axis += 1
    return made


def _has_integer_arrays(index):
    return any(isinstance(p, np.ndarray) and p.dtype != bool for p in index)


# Functions


class ufunc:
    """A universal function of CuPy."""

    def __init__(self, name, facts, function, casts_results):
        self.__name__ = name
        self.name = f"cupy_{name}"
        self.nin, self.nout, self.types = facts["nin"], facts["nout"], facts["types"]
        self.nargs = self.nin + self.nout
        self._function = function
        self._casts_results = casts_results

    def __call__(self, *args, out=None, dtype=None, casting="same_kind"):
        if not self.nin <= len(args) <= self.nargs:
            raise TypeError(f"Wrong number of arguments for {self.name}")
        if len(args) > self.nin:
            args, out = args[: self.nin], args[self.nin]
        if isinstance(out, tuple):
            (out,) = out
        if out is not None and not isinstance(out, ndarray):
            raise TypeError(f"Output arguments type must be cupy.ndarray, not {type(out)}")
        args = [_bare(a) for a in args]
        kwargs = {} if dtype is None else {"dtype": dtype}
        if self._casts_results:
            return self._cast(_compute(self._function, args, kwargs), args, out)
        if isinstance(self._function, np.ufunc):
            kwargs["casting"] = casting
        if out is not None:
            if casting == "same_kind" and out.shape != np.broadcast_shapes(
                *(np.shape(a) for a in args), out.shape
            ):
                raise ValueError("Out shape is mismatched")
            kwargs["out"] = out
        return _compute(self._function, args, kwargs)

    def _cast(self, results, args, out):
        """``results`` in the dtypes of the first loop of CuPy that takes the arguments."""
        loop = next(
            (
                loop
                for loop in self.types
                if all(np.can_cast(np.result_type(a), t) for a, t in zip(args, loop.split("->")[0]))
            ),
            None,
        )
        if loop is None:
            raise TypeError(f"Wrong type of arguments for {self.name}")
        several = isinstance(results, tuple)
        dtypes = loop.split("->")[1]
        cast = [
            r.astype(d) for r, d in zip(results if several else (results,), dtypes, strict=True)
        ]
        if out is not None:
            out._a[...] = cast[0]._a
            return out
        return tuple(cast) if several else cast[0]

    def at(self, a, indices, b=None):
        """Apply in place at indices, repeated ones included."""
        if self.__name__ not in (
            "add", "subtract", "maximum", "minimum", "bitwise_and", "bitwise_or", "bitwise_xor"
        ):  # fmt: skip
            raise NotImplementedError(f"`{self.name}.at` is not supported")
        _scatter(self._function, a, indices, b)

    def reduce(self, array, axis=0, dtype=None, out=None, keepdims=False):
        """The sum or the product over an axis."""
        if self.__name__ not in ("add", "multiply"):
            raise NotImplementedError(f"`{self.name}.reduce` is not supported")
        kwargs = {"axis": axis, "dtype": dtype, "out": out, "keepdims": keepdims}
        return _compute(self._function.reduce, [_device(array)._a], kwargs)

    def accumulate(self, array, axis=0, dtype=None, out=None):
        """The running sum or product along an axis."""
        if self.__name__ not in ("add", "multiply"):
            raise NotImplementedError(f"`{self.name}.accumulate` is not supported")
        kwargs = {"axis": axis, "dtype": dtype, "out": out}
        return _compute(self._function.accumulate, [_device(array)._a], kwargs)

    def reduceat(self, array, indices, axis=0, dtype=None, out=None):
        """Sums over slices of an axis."""
        if self.__name__ != "add":
            raise NotImplementedError(f"`{self.name}.reduceat` is not supported")
        kwargs = {"axis": axis, "dtype": dtype, "out": out}
        args = [_device(array)._a, _bare_argument(indices)]
        return _compute(self._function.reduceat, args, kwargs)

    def outer(self, A, B, **kwargs):
        """The function of all pairs."""
        return _compute(self._function.outer, [_bare(A), _bare(B)], kwargs)

    def __repr__(self):
        return f"<ufunc '{self.name}'>"


def _device(x):
    if not isinstance(x, ndarray):
        raise _unsupported(x)
    return x


_SCATTERED = ("int32", "float16", "float32", "float64", "uint32", "uint64")


def _scatter(ufunc, a, slices, value):
    a = _device(a)._a
    index = _index(slices, a)
    if _has_integer_arrays(index) and a.dtype.name not in _SCATTERED:
        raise TypeError(f"scatter_add only supports {', '.join(_SCATTERED)} as data type")
    value = np.asarray(_bare(value)).astype(a.dtype)
    with np.errstate(all="ignore"):
        ufunc.at(a, index, value)


# Functions that take host data.
_FROM_HOST = {"array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray"}
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


def _function(name, parameters, numpy_function):
    """A function of CuPy by way of NumPy's function of the same name."""
    signature = _signature(parameters)
    first = next(iter(signature.parameters), None)

    def call(*args, **kwargs):
        bound = signature.bind(*args, **kwargs)
        for parameter, value in bound.arguments.items():
            if parameter in _ARRAY_PARAMETERS:
                if isinstance(value, (list, tuple)):
                    raise TypeError(f"cupy.{name}: {parameter} must be a cupy.ndarray, not a list")
                if parameter == first and _is_plain_scalar(value) and name not in _OF_SCALARS:
                    raise TypeError(f"cupy.{name}: {parameter} must be a cupy.ndarray")
        if name in _SYNCHRONIZING:
            _synchronize(f"cupy.{name}")
        args = [_bare_argument(a) for a in args]
        kwargs = {k: v if k == "out" else _bare_argument(v) for k, v in kwargs.items()}
        return _compute(numpy_function, args, kwargs)

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
        x = _bare_list(x)
    elif not isinstance(x, (np.ndarray, *_SCALARS)):
        if hasattr(x, "__array__") and not hasattr(x, "__cuda_array_interface__"):
            x = np.asarray(x)
    made = np.array(x, dtype, order=order or "K", copy=True)
    if made.dtype.kind not in "biufc":
        raise ValueError(f"Unsupported dtype {made.dtype}")
    return ndarray._of(made)


def _bare_list(x):
    """A nested list with device arrays unpacked: CuPy stacks those on the device."""
    return [
        p._a if isinstance(p, ndarray) else _bare_list(p) if isinstance(p, (list, tuple)) else p
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
    return ndarray._of(_poisoned(shape, dtype, order))


def empty_like(prototype, dtype=None, order="K", subok=None, shape=None):
    """Memory with undefined values in the form of another array."""
    prototype = _device(prototype)
    shape = prototype.shape if shape is None else shape
    return empty(shape, dtype or prototype.dtype)


def full(shape, fill_value, dtype=None, order="C"):
    """An array with the same value everywhere."""
    value = _bare(fill_value)
    return ndarray._of(np.full(shape, value, dtype or np.asarray(value).dtype, order))


def full_like(a, fill_value, dtype=None, order="K", subok=None, shape=None):
    """An array of the form of ``a`` with the same value everywhere."""
    a = _device(a)
    return full(a.shape if shape is None else shape, fill_value, dtype or a.dtype)


def where(condition, x=None, y=None):
    """Elements of ``x`` or ``y``; with a condition alone, where it holds."""
    if (x is None) != (y is None):
        raise ValueError("Must provide both 'x' and 'y' or neither.")
    if x is None:
        return nonzero(condition)
    if not hasattr(condition, "astype"):
        raise _unsupported(condition)
    with np.errstate(all="ignore"):
        return _dressed(np.where(_bare(condition), _bare(x), _bare(y)))


def nonzero(a):
    """The indices of what is not zero, one array per axis."""
    return _device(a).nonzero()


def take(a, indices, axis=None, out=None):
    """Elements along an axis; indices out of range wrap."""
    return _take(_device(a), indices, axis, out)


def _take(a, indices, axis, out):
    a = a._a
    indices = np.asarray(_bare_argument(indices))
    if indices.dtype.kind not in "iu" and indices.size:
        raise TypeError(f"Indices must be integers. Received dtype {indices.dtype}")
    if a.size == 0 and indices.size:
        side = a.size if axis is None else a.shape[axis]
        if side == 0:
            raise IndexError("cannot do a non-empty take from an empty axes.")
    kwargs = {"axis": axis, "out": out}
    return _compute(functools.partial(np.take, mode="wrap"), [a, indices.astype(np.int64)], kwargs)


def take_along_axis(a, indices, axis):
    """Elements along an axis at positions of their own; indices out of range wrap."""
    a, indices = _device(a)._a, _device(indices)._a
    if axis is None:
        a, indices, axis = a.ravel(), indices.ravel(), 0
    side = max(a.shape[axis], 1)
    return _compute(np.take_along_axis, [a, indices.astype(np.int64) % side, axis], {})


def put_along_axis(arr, indices, values, axis, mode="raise"):
    """Store along an axis at positions of their own."""
    np.put_along_axis(_device(arr)._a, _device(indices)._a, _bare(values), axis)


def clip(a, a_min, a_max, out=None):
    """The values held between two bounds."""
    return _clip(_device(a), a_min, a_max, out)


def _clip(a, low, high, out):
    bounds = [None if b is None else _bare(b) for b in (low, high)]
    return _compute(np.clip, [a._a, *bounds], {"out": out})


def sort(a, axis=-1, kind=None):
    """A sorted copy."""
    found = _device(a).flatten() if axis is None else _device(a).copy()
    found.sort(-1 if axis is None else axis, kind)
    return found


def argsort(a, axis=-1, kind=None):
    """The indices that would sort."""
    return _device(a).argsort(axis, kind)


def copyto(dst, src, casting="same_kind", where=None):
    """Copy values from one array to another."""
    if where is not None:
        np.copyto(_device(dst)._a, _bare(src), casting, where=_bare(where))
    else:
        np.copyto(_device(dst)._a, _bare(src), casting)


def may_share_memory(a, b, max_work=None):
    """Whether two arrays may overlap."""
    return np.may_share_memory(_device(a)._a, _device(b)._a)


def shares_memory(a, b, max_work=None):
    """Whether two arrays overlap."""
    return np.shares_memory(_device(a)._a, _device(b)._a)


def get_array_module(*args):
    """The double itself if an argument is one of its arrays, else NumPy."""
    return _modules["cupy"] if any(isinstance(a, ndarray) for a in args) else np


def einsum(*operands, dtype=None, optimize=False):
    """Sums of products by subscripts."""
    operands = [_bare_argument(x) for x in operands]
    if optimize == "optimal" or optimize == "greedy" or isinstance(optimize, (bool, list, tuple)):
        found = np.einsum(*operands, dtype=dtype, optimize=optimize)
        # Without a summed or repeated index the real one returns a view, whose writes are seen.
        return _dressed(found, tuple(_arrays_in(operands)))
    raise TypeError(f"Did not understand the path (optimize={optimize!r})")


def _always_device(function):
    """For functions that return a Python bool in NumPy and a device array in CuPy."""

    def call(*args, **kwargs):
        return _dressed(np.asarray(function(*args, **kwargs)))

    return call


def scatter_add(a, slices, value):
    """``a[slices] += value`` with repeated indices summed."""
    _scatter(np.add, a, slices, value)


def scatter_max(a, slices, value):
    """``a[slices] = max(a[slices], value)`` with repeated indices regarded."""
    _scatter(np.maximum, a, slices, value)


def scatter_min(a, slices, value):
    """``a[slices] = min(a[slices], value)`` with repeated indices regarded."""
    _scatter(np.minimum, a, slices, value)


class _Errstate(contextlib.nullcontext):
    def __init__(self, *, divide=None, over=None, under=None, invalid=None, linalg=None):
        super().__init__()


class _Stream:
    """A stream: everything on it has already happened."""

    ptr = 0

    def __init__(self, null=False, non_blocking=False, ptds=False, *, priority=None):
        self.done = True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    use = __enter__

    def synchronize(self):
        """Wait for the device."""
        _synchronize("Stream.synchronize")

    def record(self, event=None):
        """An event, already past."""
        return event or _Event()

    def wait_event(self, event):
        """Nothing to wait for."""


class _Event:
    def __init__(self, block=True, disable_timing=False, interprocess=False):
        self.done = True

    def record(self, stream=None):
        """Note the present."""

    def synchronize(self):
        """Wait for the device."""
        _synchronize("Event.synchronize")


class _Device:
    def __init__(self, device=0):
        self.id = int(device)
        self.compute_capability = "90"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def use(self):
        """There is only one."""

    def synchronize(self):
        """Wait for the device."""
        _synchronize("Device.synchronize")

    def __eq__(self, other):
        return isinstance(other, _Device) and self.id == other.id

    def __hash__(self):
        return self.id

    def __repr__(self):
        return f"<CUDA Device {self.id}>"


class _MemoryPool:
    def __init__(self, allocator=None):
        self.allocator = allocator

    def malloc(self, size):
        """There is no memory to hand out."""
        raise NotImplementedError("The double does not manage memory")

    def used_bytes(self):
        """Bytes in use, which the double does not know."""
        return 0

    def total_bytes(self):
        """Bytes taken from the device, which the double does not know."""
        return 0

    def free_all_blocks(self, stream=None):
        """Nothing to give back."""


_pool, _null_stream = _MemoryPool(), _Stream(null=True)


class _DeviceSynchronized(RuntimeError):
    pass


def _linalg_function(name, parameters, numpy_function):
    """A function of cupy.linalg: it gives NaN for singular matrices instead of raising."""
    call = _function(name, parameters, numpy_function)

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
        return _dressed(np.asarray(self._rng.random(size, dtype)))

    def standard_normal(self, size=None, dtype=np.float64, out=None):
        """Standard normal values."""
        return _dressed(np.asarray(self._rng.standard_normal(size, dtype)))

    def uniform(self, low=0.0, high=1.0, size=None, dtype=np.float64):
        """Uniform over [low, high)."""
        return _dressed(np.asarray(self._rng.uniform(low, high, size).astype(dtype)))

    def integers(self, low, high=None, size=None, dtype=np.int64, endpoint=False):
        """Integers from low to high."""
        return _dressed(np.asarray(self._rng.integers(low, high, size, dtype, endpoint)))


def _random_functions():
    state = np.random.RandomState(0)

    def drawn(function):
        return lambda *args, **kwargs: _dressed(np.asarray(function(*args, **kwargs)))

    names = "rand randn random random_sample uniform normal randint permutation standard_normal"
    made = {name: drawn(getattr(state, name)) for name in names.split()}

    def seed(seed=None):
        """Start anew."""
        state.seed(seed)

    made.update(seed=seed, default_rng=_Generator, Generator=_Generator)
    return made


TWINS = {}  # kernel name -> function of the arguments that computes the same with NumPy


def twin(name):
    """A decorator: the function stands for the CUDA kernel ``name``.

    It is called with the kernel's arguments, device arrays unpacked, and writes into the outputs.
    """

    def register(function):
        TWINS[name] = function
        return function

    return register


class _Kernel:
    """A kernel written in CUDA: the double runs its twin instead."""

    def __init__(self, in_params, out_params, operation, name="kernel", *args, **kwargs):
        self.name = name
        self.count = len([p for p in f"{in_params},{out_params}".split(",") if p.strip()])

    def __call__(self, *args, size=None, stream=None, block_size=128):
        if len(args) != self.count:
            raise TypeError(f"{self.name} takes {self.count} arguments. Received: {len(args)}")
        if self.name not in TWINS:
            raise NotImplementedError(f"tests/strict_cupy.py has no twin of kernel {self.name!r}")
        TWINS[self.name](*map(_bare, args))


class _RawKernel:
    """A kernel of plain CUDA: the double can make it and run its twin."""

    def __init__(self, code, name, options=(), backend="nvrtc", **kwargs):
        self.name = name

    def __call__(self, grid, block, args, *, shared_mem=0, stream=None):
        for x in args:
            if isinstance(x, ndarray) and not x.flags.c_contiguous:
                raise ValueError(f"{self.name} ignores strides: pass contiguous arrays")
        if self.name not in TWINS:
            raise NotImplementedError(f"tests/strict_cupy.py has no twin of kernel {self.name!r}")
        TWINS[self.name](*map(_bare, args))


class _RawModule:
    """Plain CUDA with several kernels."""

    def __init__(self, code=None, **kwargs):
        self.code = code

    def get_function(self, name):
        """One of its kernels."""
        return _RawKernel(self.code, name)


@twin("minikeras_philox")
def _philox(key, stream, count, words):
    from minikeras.backend.random import philox_on_host

    words[...] = philox_on_host(key, count, stream)


_OWN = {
    "cupy": {
        **{f.__name__: f for f in (
            array, asarray, ascontiguousarray, asfortranarray, asnumpy, empty, empty_like, full,
            full_like, where, nonzero, take, take_along_axis, put_along_axis, clip, sort, argsort,
            copyto, may_share_memory, shares_memory, get_array_module, einsum, ndarray, ufunc,
        )},
        "asanyarray": asarray,
        "is_available": lambda: True,
        "get_default_memory_pool": lambda: _pool,
        "get_default_pinned_memory_pool": lambda: _pool,
        "ElementwiseKernel": _Kernel,
        "ReductionKernel": _Kernel,
        "RawKernel": _RawKernel,
        "RawModule": _RawModule,
        "memoize": lambda for_each_device=False: functools.lru_cache(maxsize=None),
        "Inf": np.inf, "Infinity": np.inf, "NAN": np.nan, "NaN": np.nan, "infty": np.inf,
    },
    "cupy.cuda": {
        "Stream": _Stream, "Event": _Event, "Device": _Device, "MemoryPool": _MemoryPool,
        "PinnedMemoryPool": _MemoryPool, "is_available": lambda: True,
        "get_current_stream": lambda device_id=-1: _null_stream, "get_device_id": lambda: 0,
        "using_allocator": lambda allocator=None: contextlib.nullcontext(),
        "set_allocator": lambda allocator=None: None,
    },
    "cupy.cuda.runtime": {
        "getDeviceCount": lambda: 1, "getDevice": lambda: 0,
        "runtimeGetVersion": lambda: 13000, "driverGetVersion": lambda: 13000,
        "memGetInfo": lambda: (140 << 30, 140 << 30),
        "deviceSynchronize": lambda: _synchronize("deviceSynchronize"),
        "getDeviceProperties": lambda device: {"name": b"strict double", "multiProcessorCount": 1},
    },
    "cupy.random": _random_functions(),
    "cupyx": {
        "scatter_add": scatter_add, "scatter_max": scatter_max, "scatter_min": scatter_min,
        "errstate": _Errstate, "DeviceSynchronized": _DeviceSynchronized,
        "allow_synchronize": lambda allow: contextlib.nullcontext() if allow else no_sync(),
        "empty_pinned": lambda shape, dtype=float, order="C": _poisoned(shape, dtype, order),
        "zeros_pinned": lambda shape, dtype=float, order="C": np.zeros(shape, dtype, order),
        "empty_like_pinned": lambda a, dtype=None: np.full_like(a, 0, dtype),
        "zeros_like_pinned": lambda a, dtype=None: np.zeros_like(a, dtype),
    },
}  # fmt: skip


def _numpy_namespace(module):
    """Where NumPy or SciPy keeps what CuPy has in ``module``."""
    if module == "cupyx.scipy.special":
        import scipy.special

        return scipy.special
    return {
        "cupy": np,
        "cupy.linalg": np.linalg,
        "cupy.fft": np.fft,
        "cupy.lib.stride_tricks": np.lib.stride_tricks,
    }.get(module)


_ABSENT = object()


def _member(module, name, facts):
    """The double of ``module.name``, or `_ABSENT` if it has none."""
    if name in _OWN.get(module, ()):
        return _OWN[module][name]
    if module == "cupyx" and name == "rsqrt":
        return ufunc(name, facts, lambda x: 1 / np.sqrt(x), True)
    source = getattr(_numpy_namespace(module), name, _ABSENT)
    if source is _ABSENT:
        return _ABSENT
    if facts["kind"] == "ufunc":
        casts = module != "cupy" or not isinstance(source, np.ufunc)
        return ufunc(name, facts, source, casts)
    if facts["kind"] == "function":
        if module == "cupy.linalg":
            return _linalg_function(name, facts["parameters"], source)
        made = _function(name, facts["parameters"], source)
        return _always_device(made) if name in ("allclose", "array_equal", "array_equiv") else made
    if facts["kind"] in ("class", "value"):
        return source
    return _ABSENT


class _Module(types.ModuleType):
    """A module that tells a name CuPy lacks from one that only the double lacks."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name in NAMES["modules"].get(self.__name__, ()):
            raise AttributeError(
                f"{self.__name__}.{name} exists in CuPy, but tests/strict_cupy.py has no double "
                "of it yet: add one"
            )
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} in CuPy either")


def _build():
    modules = {name: _Module(name) for name in NAMES["modules"]}
    for module_name, names in NAMES["modules"].items():
        module = modules[module_name]
        module.__path__ = []
        for name, facts in names.items():
            made = _member(module_name, name, facts)
            if made is not _ABSENT:
                setattr(module, name, made)
    for name, module in modules.items():
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(modules[parent], child, module)
    modules["cupy"].__version__ = NAMES["version"]
    return modules


_complete_ndarray()
_modules = _build()


def modules():
    """The double's modules by the names under which they are imported."""
    return dict(_modules)


def install_unless_gpu():
    """Make ``import cupy`` work: with the real library on a real device, else with the double.

    Returns:
        Whether the double was installed.
    """
    try:
        import cupy

        if cupy.cuda.is_available():
            cupy.zeros(1).get()
            return False
    except Exception:
        # Whatever is wrong with the real library, it is of no use here.
        pass
    for name in [n for n in sys.modules if n.split(".")[0] in ("cupy", "cupyx")]:
        del sys.modules[name]
    sys.modules.update(_modules)
    return True
