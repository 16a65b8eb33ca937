"""Python's operators and NumPy's protocols for whatever stands in an array's place.

Tracers, variables and symbolic tensors all derive from `Operand`. Each operator calls the public
op of its name, so ``t + 1``, ``np.add(t, 1)`` and ``ops.add(t, 1)`` are the same computation.
"""

_functions = {}  # public ops by name, None for what is none

_UFUNC_NAMES = {
    "divide": "true_divide",
    "power": "power",
    "invert": "bitwise_not",
    "remainder": "mod",
    "fabs": "absolute",
}
_FUNCTION_NAMES = {
    "amax": "max",
    "amin": "min",
    "concat": "concatenate",
    "permute_dims": "transpose",
    "row_stack": "vstack",
    "round_": "round",
}


def call(name, *args, **kwargs):
    """The public op ``name`` applied to the arguments."""
    return _op(name)(*args, **kwargs)


def _op(name):
    try:
        return _functions[name]
    except KeyError:
        from minikeras import ops

        found = getattr(ops, name, None)
        _functions[name] = found if callable(found) else None
        return _functions[name]


def op_of_numpy(function):
    """The public op that stands for the NumPy function or ufunc, or None."""
    name = function.__name__
    return _op(_UFUNC_NAMES.get(name, _FUNCTION_NAMES.get(name, name)))


class Operand:
    """A mixin: operators, array methods and NumPy protocols in terms of the public ops."""

    __slots__ = ()
    # An array of CuPy leaves the operation to the right-hand side if that has a higher priority.
    __array_priority__ = 1000
    __hash__ = object.__hash__

    def __add__(self, other):
        return call("add", self, other)

    def __radd__(self, other):
        return call("add", other, self)

    def __sub__(self, other):
        return call("subtract", self, other)

    def __rsub__(self, other):
        return call("subtract", other, self)

    def __mul__(self, other):
        return call("multiply", self, other)

    def __rmul__(self, other):
        return call("multiply", other, self)

    def __truediv__(self, other):
        return call("true_divide", self, other)

    def __rtruediv__(self, other):
        return call("true_divide", other, self)

    def __floordiv__(self, other):
        return call("floor_divide", self, other)

    def __rfloordiv__(self, other):
        return call("floor_divide", other, self)

    def __mod__(self, other):
        return call("mod", self, other)

    def __rmod__(self, other):
        return call("mod", other, self)

    def __divmod__(self, other):
        return call("divmod", self, other)

    def __rdivmod__(self, other):
        return call("divmod", other, self)

    def __pow__(self, other):
        return call("power", self, other)

    def __rpow__(self, other):
        return call("power", other, self)

    def __matmul__(self, other):
        return call("matmul", self, other)

    def __rmatmul__(self, other):
        return call("matmul", other, self)

    def __neg__(self):
        return call("negative", self)

    def __pos__(self):
        return self

    def __abs__(self):
        return call("absolute", self)

    def __invert__(self):
        return call("logical_not" if self.dtype == "bool" else "bitwise_not", self)

    def __and__(self, other):
        return call("logical_and" if self.dtype == "bool" else "bitwise_and", self, other)

    def __rand__(self, other):
        return call("logical_and" if self.dtype == "bool" else "bitwise_and", other, self)

    def __or__(self, other):
        return call("logical_or" if self.dtype == "bool" else "bitwise_or", self, other)

    def __ror__(self, other):
        return call("logical_or" if self.dtype == "bool" else "bitwise_or", other, self)

    def __xor__(self, other):
        return call("logical_xor" if self.dtype == "bool" else "bitwise_xor", self, other)

    def __rxor__(self, other):
        return call("logical_xor" if self.dtype == "bool" else "bitwise_xor", other, self)

    def __lshift__(self, other):
        return call("left_shift", self, other)

    def __rshift__(self, other):
        return call("right_shift", self, other)

    def __eq__(self, other):
        return call("equal", self, other)

    def __ne__(self, other):
        return call("not_equal", self, other)

    def __lt__(self, other):
        return call("less", self, other)

    def __le__(self, other):
        return call("less_equal", self, other)

    def __gt__(self, other):
        return call("greater", self, other)

    def __ge__(self, other):
        return call("greater_equal", self, other)

    def __getitem__(self, index):
        return call("get_item", self, index)

    def __round__(self, ndigits=None):
        return call("round", self, decimals=ndigits or 0)

    def astype(self, dtype):
        """The values in another dtype."""
        return call("cast", self, dtype)

    def reshape(self, *newshape):
        """The values in another shape."""
        shape = newshape[0] if len(newshape) == 1 and not isinstance(newshape[0], int) else newshape
        return call("reshape", self, shape)

    def transpose(self, *axes):
        """The axes in another order, reversed by default."""
        if len(axes) == 1 and not isinstance(axes[0], int):
            axes = axes[0]
        return call("transpose", self, axes=axes or None)

    def flatten(self):
        """The values in one axis."""
        return call("reshape", self, (-1,))

    ravel = flatten

    @property
    def T(self):
        """The axes reversed."""
        return call("transpose", self)

    @property
    def size(self):
        """The number of elements, or None where a side is unknown."""
        total = 1
        for side in self.shape:
            if side is None:
                return None
            total *= side
        return total

    @property
    def ndim(self):
        """The number of axes."""
        return len(self.shape)

    def sum(self, axis=None, keepdims=False):
        """The sum over ``axis``."""
        return call("sum", self, axis=axis, keepdims=keepdims)

    def mean(self, axis=None, keepdims=False):
        """The mean over ``axis``."""
        return call("mean", self, axis=axis, keepdims=keepdims)

    def max(self, axis=None, keepdims=False):
        """The largest value over ``axis``."""
        return call("max", self, axis=axis, keepdims=keepdims)

    def min(self, axis=None, keepdims=False):
        """The smallest value over ``axis``."""
        return call("min", self, axis=axis, keepdims=keepdims)

    def prod(self, axis=None, keepdims=False):
        """The product over ``axis``."""
        return call("prod", self, axis=axis, keepdims=keepdims)

    def std(self, axis=None, keepdims=False):
        """The standard deviation over ``axis``."""
        return call("std", self, axis=axis, keepdims=keepdims)

    def var(self, axis=None, keepdims=False):
        """The variance over ``axis``."""
        return call("var", self, axis=axis, keepdims=keepdims)

    def argmax(self, axis=None, keepdims=False):
        """The position of the largest value over ``axis``."""
        return call("argmax", self, axis=axis, keepdims=keepdims)

    def argmin(self, axis=None, keepdims=False):
        """The position of the smallest value over ``axis``."""
        return call("argmin", self, axis=axis, keepdims=keepdims)

    def dot(self, other):
        """The dot product with ``other``."""
        return call("dot", self, other)

    def clip(self, x_min, x_max):
        """The values held between two bounds."""
        return call("clip", self, x_min, x_max)

    def squeeze(self, axis=None):
        """The values without the axes of length 1."""
        return call("squeeze", self, axis=axis)

    def copy(self):
        """The values themselves: operands are never changed in place."""
        return call("copy", self)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        op = op_of_numpy(ufunc)
        # `array *= self` asks NumPy to write into the array; like all tensors it makes a new one.
        in_place = len(kwargs) == 1 and kwargs.get("out", (None,))[0] is inputs[0]
        if method != "__call__" or op is None or (kwargs and not in_place):
            raise TypeError(
                f"np.{ufunc.__name__} (method {method!r}, arguments {sorted(kwargs)}) has no "
                f"counterpart for a {type(self).__name__}. Use a function of keras.ops, or take "
                "the plain values first with keras.ops.convert_to_numpy."
            )
        return op(*inputs)

    def __array_function__(self, func, types, args, kwargs):
        op = op_of_numpy(func)
        if op is None:
            raise TypeError(
                f"np.{func.__name__} has no counterpart for a {type(self).__name__}. Use a "
                "function of keras.ops, or take the plain values first with "
                "keras.ops.convert_to_numpy."
            )
        return op(*args, **kwargs)


class LogicalOperand(Operand):
    """An operand for which ``&``, ``|``, ``^`` and ``~`` ask what is true, whatever its dtype.

    So it is with Keras's variables and symbolic tensors; arrays combine the bits of integers.
    """

    __slots__ = ()
    __hash__ = object.__hash__

    def __invert__(self):
        return call("logical_not", self)

    def __and__(self, other):
        return call("logical_and", self, other)

    def __rand__(self, other):
        return call("logical_and", other, self)

    def __or__(self, other):
        return call("logical_or", self, other)

    def __ror__(self, other):
        return call("logical_or", other, self)

    def __xor__(self, other):
        return call("logical_xor", self, other)

    def __rxor__(self, other):
        return call("logical_xor", other, self)
