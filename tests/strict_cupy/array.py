"""The array of the double."""

import functools

import numpy as np

from tests.strict_cupy.core import (
    MODULES,
    NAMES,
    Held,
    bare,
    bare_argument,
    compute,
    dressed,
    is_plain_scalar,
    poisoned,
    signature_of,
    synchronize,
    unsupported,
)
from tests.strict_cupy.indexing import has_integer_arrays, index_for


class _Random:
    generator = np.random.default_rng(0)


def seed(value):
    """Start the random choices between repeated indices anew."""
    _Random.generator = np.random.default_rng(value)


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
    signature = signature_of(NAMES["ndarray"][name].removeprefix("self, "))

    def call(self, *args, **kwargs):
        signature.bind(*args, **kwargs)
        args = [bare_argument(a) for a in args]
        kwargs = {k: v if k == "out" else bare_argument(v) for k, v in kwargs.items()}
        return compute(getattr(np.ndarray, name), [self._a, *args], kwargs)

    call.__name__ = name
    return call


def _operator(name, ufunc, reflected):
    def call(self, other):
        if isinstance(other, ndarray):
            a, b = (other, self) if reflected else (self, other)
            return compute(ufunc, [a._a, b._a], {})
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
            ufunc(self._a, bare(other), out=self._a, casting="same_kind")
        return self

    call.__name__ = name
    return call


def _comparison(name, ufunc):
    def call(self, other):
        if isinstance(other, ndarray):
            return compute(ufunc, [self._a, other._a], {})
        if _defers(self, other):
            return NotImplemented
        if name in ("__eq__", "__ne__") and (other is None or type(other).__eq__ is object.__eq__):
            return ndarray._of(np.full(self.shape, name == "__ne__"))
        return ufunc(self, other)

    call.__name__ = name
    return call


class ndarray(Held):
    """An array on the device that is not there; its values lie in a NumPy array held privately."""

    __slots__ = ()
    __hash__ = None
    __array_priority__ = 100

    def __init__(self, shape, dtype=float, memptr=None, strides=None, order="C"):
        if memptr is not None:
            raise NotImplementedError("The double has no device memory to point into")
        self._a = poisoned(shape, dtype, order)

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
        found = getattr(MODULES["cupy"], ufunc.__name__, None) or getattr(
            MODULES["cupyx.scipy.special"], ufunc.__name__, None
        )
        if found is None:
            return NotImplemented
        for x in (*inputs, *(out or ())):
            if not isinstance(x, (ndarray, np.ndarray)) and not is_plain_scalar(x):
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
        return dressed(self._a.real, (self._a,))

    @real.setter
    def real(self, value):
        self._a.real = bare(value)

    @property
    def imag(self):
        """The imaginary parts: a view for complex values, else zeros."""
        return dressed(self._a.imag, (self._a,))

    @imag.setter
    def imag(self, value):
        self._a.imag = bare(value)

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
    device = property(lambda self: MODULES["cupy.cuda"].Device(0))

    def get(self, stream=None, order="C", out=None, blocking=True):
        """A copy of the values on the host."""
        synchronize("ndarray.get")
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
        return compute(np.argsort, [self._a], {"axis": axis, "kind": "stable"})

    def clip(self, min=None, max=None, out=None):
        """The values held between two bounds."""
        return clipped(self, min, max, out)

    def take(self, indices, axis=None, out=None):
        """Elements along an axis; indices out of range wrap."""
        return taken(self, indices, axis, out)

    def nonzero(self):
        """The indices of what is not zero, one array per axis."""
        synchronize("nonzero")
        return compute(np.nonzero, [self._a], {})

    def scatter_add(self, slices, value):
        """Add at indices, repeated ones included."""
        raise DeprecationWarning("Use cupy.add.at or cupyx.scatter_add")

    def __getitem__(self, index):
        index = index_for(index, self._a)
        found = self._a[index]
        if isinstance(found, np.generic):
            # A view where NumPy would hand out a scalar.
            found = self._a[(*index, ...)] if isinstance(index, tuple) else self._a[index, ...]
        return ndarray._of(found)

    def __setitem__(self, index, value):
        if isinstance(value, np.ndarray) and not (
            isinstance(index, slice) and index == slice(None)
        ):
            raise unsupported(value)
        if not isinstance(value, (ndarray, np.ndarray)) and not is_plain_scalar(value):
            raise unsupported(value)
        value = value._a if isinstance(value, ndarray) else value
        index = index_for(index, self._a)
        with np.errstate(all="ignore"):
            if has_integer_arrays(index):
                self._store_in_random_order(index, value)
            else:
                self._a[index] = value

    def _store_in_random_order(self, index, value):
        places = np.arange(self._a.size).reshape(self._a.shape)[index]
        given = np.broadcast_to(value, places.shape)
        order = _Random.generator.permutation(places.size)
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
        return compute(np.negative, [self._a], {})

    def __pos__(self):
        return compute(np.positive, [self._a], {})

    def __abs__(self):
        return compute(np.absolute, [self._a], {})

    def __invert__(self):
        return compute(np.invert, [self._a], {})

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
    for name in (  # noqa: SIM905
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


def taken(a, indices, axis, out):
    a = a._a
    indices = np.asarray(bare_argument(indices))
    if indices.dtype.kind not in "iu" and indices.size:
        raise TypeError(f"Indices must be integers. Received dtype {indices.dtype}")
    if a.size == 0 and indices.size:
        side = a.size if axis is None else a.shape[axis]
        if side == 0:
            raise IndexError("cannot do a non-empty take from an empty axes.")
    kwargs = {"axis": axis, "out": out}
    return compute(functools.partial(np.take, mode="wrap"), [a, indices.astype(np.int64)], kwargs)


def clipped(a, low, high, out):
    bounds = [None if b is None else bare(b) for b in (low, high)]
    return compute(np.clip, [a._a, *bounds], {"out": out})


Held._final = ndarray
_complete_ndarray()
