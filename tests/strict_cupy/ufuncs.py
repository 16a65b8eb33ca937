"""Universal functions of the double."""

import numpy as np

from tests.strict_cupy.array import ndarray
from tests.strict_cupy.core import bare, bare_argument, compute, device_array
from tests.strict_cupy.indexing import has_integer_arrays, index_for


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
        args = [bare(a) for a in args]
        kwargs = {} if dtype is None else {"dtype": dtype}
        if self._casts_results:
            return self._cast(compute(self._function, args, kwargs), args, out)
        if isinstance(self._function, np.ufunc):
            kwargs["casting"] = casting
        if out is not None:
            if casting == "same_kind" and out.shape != np.broadcast_shapes(
                *(np.shape(a) for a in args), out.shape
            ):
                raise ValueError("Out shape is mismatched")
            kwargs["out"] = out
        return compute(self._function, args, kwargs)

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
        scatter(self._function, a, indices, b)

    def reduce(self, array, axis=0, dtype=None, out=None, keepdims=False):
        """The sum or the product over an axis."""
        if self.__name__ not in ("add", "multiply"):
            raise NotImplementedError(f"`{self.name}.reduce` is not supported")
        kwargs = {"axis": axis, "dtype": dtype, "out": out, "keepdims": keepdims}
        return compute(self._function.reduce, [device_array(array)._a], kwargs)

    def accumulate(self, array, axis=0, dtype=None, out=None):
        """The running sum or product along an axis."""
        if self.__name__ not in ("add", "multiply"):
            raise NotImplementedError(f"`{self.name}.accumulate` is not supported")
        kwargs = {"axis": axis, "dtype": dtype, "out": out}
        return compute(self._function.accumulate, [device_array(array)._a], kwargs)

    def reduceat(self, array, indices, axis=0, dtype=None, out=None):
        """Sums over slices of an axis."""
        if self.__name__ != "add":
            raise NotImplementedError(f"`{self.name}.reduceat` is not supported")
        kwargs = {"axis": axis, "dtype": dtype, "out": out}
        args = [device_array(array)._a, bare_argument(indices)]
        return compute(self._function.reduceat, args, kwargs)

    def outer(self, A, B, **kwargs):
        """The function of all pairs."""
        return compute(self._function.outer, [bare(A), bare(B)], kwargs)

    def __repr__(self):
        return f"<ufunc '{self.name}'>"


_SCATTERED = ("int32", "float16", "float32", "float64", "uint32", "uint64")


def scatter(ufunc, a, slices, value):
    a = device_array(a)._a
    index = index_for(slices, a)
    if has_integer_arrays(index) and a.dtype.name not in _SCATTERED:
        raise TypeError(f"scatter_add only supports {', '.join(_SCATTERED)} as data type")
    value = np.asarray(bare(value)).astype(a.dtype)
    with np.errstate(all="ignore"):
        ufunc.at(a, index, value)
