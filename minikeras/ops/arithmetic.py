"""keras.ops: arithmetic, powers, the extremes of two tensors, and rounding."""

from minikeras.backend import elementwise, logic
from minikeras.backend.dtypes import dtype_of, is_int_dtype, result_type, standardize_dtype
from minikeras.ops.arguments import (
    NUMBER_TYPES,
    float_operands,
    floating,
    operands,
    promote_floats,
    tensor,
)
from minikeras.symbolic.operation import op

__all__ = [
    "abs",
    "absolute",
    "add",
    "cast",
    "cbrt",
    "ceil",
    "clip",
    "divide",
    "divide_no_nan",
    "divmod",
    "fabs",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "gcd",
    "heaviside",
    "hypot",
    "lcm",
    "ldexp",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "negative",
    "nextafter",
    "power",
    "reciprocal",
    "round",
    "rsqrt",
    "sign",
    "sqrt",
    "square",
    "subtract",
    "true_divide",
    "trunc",
]


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
def add(x1, x2):
    """The sum of two tensors, element by element.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.add([1, 2], 0.5).tolist()
    [1.5, 2.5]
    """
    return elementwise.add(*operands(x1, x2))


@op
def subtract(x1, x2):
    """The difference ``x1 - x2``, element by element.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.subtract([3, 5], [1, 2]).tolist()
    [2, 3]
    """
    return elementwise.subtract(*operands(x1, x2))


@op
def multiply(x1, x2):
    """The product of two tensors, element by element.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.multiply([[1, 2]], [[3], [4]]).tolist()
    [[3, 6], [4, 8]]
    """
    return elementwise.multiply(*operands(x1, x2))


@op
def true_divide(x1, x2):
    """The quotient ``x1 / x2``, element by element; integers are divided as floats.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common floating dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.true_divide([1, 2], 4).tolist()
    [0.25, 0.5]
    """
    return elementwise.true_divide(*float_operands(x1, x2))


@op
def divide(x1, x2):
    """The quotient ``x1 / x2``: another name of `true_divide`.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common floating dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.divide([1, 2], 4).tolist()
    [0.25, 0.5]
    """
    return elementwise.true_divide(*float_operands(x1, x2))


@op
def divide_no_nan(x1, x2):
    """The quotient ``x1 / x2``, and 0 wherever ``x2`` is 0.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common floating dtype of the two.
        Its gradients are 0 too where ``x2`` is 0.

    >>> import minikeras as keras
    >>> keras.ops.divide_no_nan([1.0, 2.0], [4.0, 0.0]).tolist()
    [0.25, 0.0]
    """
    x1, x2 = promote_floats(x1, x2)
    is_zero = logic.equal(x2, 0)
    quotient = elementwise.true_divide(x1, elementwise.where(is_zero, 1, x2))
    return elementwise.where(is_zero, 0, quotient)


@op
def floor_divide(x1, x2):
    """The largest integers not above the quotients ``x1 / x2``, in the common dtype.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.floor_divide([7, -7], 2).tolist()
    [3, -4]
    """
    return elementwise.floor_divide(*operands(x1, x2))


@op
def mod(x1, x2):
    """The remainder of ``x1 / x2``, with the sign of ``x2``.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.mod([7, -7], 3).tolist()
    [1, 2]
    """
    return elementwise.mod(*operands(x1, x2))


@op
def fmod(x1, x2):
    """The remainder of ``x1 / x2``, with the sign of ``x1``.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.fmod([7, -7], 3).tolist()
    [1, -1]
    """
    return elementwise.fmod(*operands(x1, x2))


@op
def divmod(x1, x2):
    """The pair of `floor_divide` and `mod`, as of Python's function of that name.

    >>> import minikeras as keras
    >>> quotient, rest = keras.ops.divmod([7, -7], 3)
    >>> quotient.tolist(), rest.tolist()
    ([2, -3], [1, 2])
    """
    x1, x2 = operands(x1, x2)
    return elementwise.floor_divide(x1, x2), elementwise.mod(x1, x2)


@op
def power(x1, x2):
    """``x1`` raised to ``x2``, element by element.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.
        Integers stay integers, so their exponents must not be negative.

    >>> import minikeras as keras
    >>> keras.ops.power([2, 3], 2).tolist()
    [4, 9]
    """
    return elementwise.power(*operands(x1, x2))


@op
def square(x):
    """``x * x``; booleans become int32.

    >>> import minikeras as keras
    >>> keras.ops.square([1, -2]).tolist()
    [1, 4]
    """
    x = tensor(x)
    return elementwise.square(tensor(x, "int32") if x.dtype == "bool" else x)


@op
def sqrt(x):
    """The square root; NaN for negative numbers.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.sqrt([4.0, 9.0]).tolist()
    [2.0, 3.0]
    """
    return elementwise.sqrt(floating(x))


@op
def rsqrt(x):
    """The reciprocal square root, ``1 / sqrt(x)``.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.rsqrt([4.0, 16.0]).tolist()
    [0.5, 0.25]
    """
    return elementwise.rsqrt(floating(x))


@op
def cbrt(x):
    """The cube root, of negative numbers too.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.cbrt([8.0, 1.0]).tolist()
    [2.0, 1.0]
    """
    return elementwise.cbrt(floating(x))


@op
def reciprocal(x):
    """``1 / x``.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.reciprocal([2, 4]).tolist()
    [0.5, 0.25]
    """
    return elementwise.reciprocal(floating(x))


@op
def negative(x):
    """``-x``.

    Args:
        x: a tensor, variable or number of any shape.

    Returns:
        A tensor of the same shape and dtype.

    >>> import minikeras as keras
    >>> keras.ops.negative([1, -2]).tolist()
    [-1, 2]
    """
    return elementwise.negative(tensor(x))


@op
def absolute(x):
    """The absolute value. Its gradient at 0 is 0.

    Args:
        x: a tensor, variable or number of any shape.

    Returns:
        A tensor of the same shape and dtype; of complex numbers, real.

    >>> import minikeras as keras
    >>> keras.ops.absolute([1, -2]).tolist()
    [1, 2]
    """
    return elementwise.absolute(tensor(x))


@op
def abs(x):
    """The absolute value: another name of `absolute`.

    Args:
        x: a tensor, variable or number of any shape.

    Returns:
        A tensor of the same shape and dtype.

    >>> import minikeras as keras
    >>> keras.ops.abs([1, -2]).tolist()
    [1, 2]
    """
    return elementwise.absolute(tensor(x))


@op
def fabs(x):
    """The absolute value as a float.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.fabs([1, -2]).tolist()
    [1.0, 2.0]
    """
    return elementwise.absolute(floating(x))


@op
def sign(x):
    """-1, 0 or 1, as ``x`` is negative, zero or positive.

    Args:
        x: a tensor, variable or number of any shape.

    Returns:
        A tensor of the same shape and dtype.

    >>> import minikeras as keras
    >>> keras.ops.sign([-3, 0, 5]).tolist()
    [-1, 0, 1]
    """
    return logic.sign(tensor(x))


@op
def maximum(x1, x2):
    """The larger of two tensors, element by element; NaN wherever either is NaN.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.
        Equal elements share the gradient in halves.

    >>> import minikeras as keras
    >>> keras.ops.maximum([1, 5], 3).tolist()
    [3, 5]
    """
    return elementwise.maximum(*operands(x1, x2))


@op
def minimum(x1, x2):
    """The smaller of two tensors, element by element; NaN wherever either is NaN.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.
        Equal elements share the gradient in halves.

    >>> import minikeras as keras
    >>> keras.ops.minimum([1, 5], 3).tolist()
    [1, 3]
    """
    return elementwise.minimum(*operands(x1, x2))


@op
def fmax(x1, x2):
    """The larger of two tensors, element by element; of a NaN and a number, the number.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.fmax([1.0, float("nan")], 3.0).tolist()
    [3.0, 3.0]
    """
    return elementwise.fmax(*operands(x1, x2))


@op
def fmin(x1, x2):
    """The smaller of two tensors, element by element; of a NaN and a number, the number.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.fmin([1.0, float("nan")], 3.0).tolist()
    [1.0, 3.0]
    """
    return elementwise.fmin(*operands(x1, x2))


@op
def clip(x, x_min, x_max):
    """``x`` held between two bounds.

    Args:
        x: a tensor.
        x_min: the least value, a tensor or number that broadcasts with ``x``; None for no bound.
        x_max: the greatest value, likewise.

    Returns:
        A tensor in the common dtype of ``x`` and the bounds. No gradient flows to ``x`` outside the
        bounds, half of it on them.

    >>> import minikeras as keras
    >>> keras.ops.clip([-1.0, 0.5, 3.0], 0.0, 1.0).tolist()
    [0.0, 0.5, 1.0]
    """
    x, low, high = tensor(x), _as_bound(x_min), _as_bound(x_max)
    bounds = [b for b in (low, high) if b is not None]
    if x.dtype.kind != "f" or any(hasattr(b, "dtype") for b in bounds):
        dtype = result_type(*map(dtype_of, (x, *bounds)))
        x = tensor(x, "int32" if dtype == "bool" else dtype)
        low, high = _as_bound(low, dtype), _as_bound(high, dtype)
    return elementwise.clip(x, low, high)


def _as_bound(bound, dtype=None):
    """A bound as a tensor; None and Python numbers, which take the dtype of ``x``, as they are."""
    return bound if bound is None or type(bound) in NUMBER_TYPES else tensor(bound, dtype)


@op
def hypot(x1, x2):
    """``sqrt(x1**2 + x2**2)``, without overflow.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common floating dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.hypot(3.0, [4.0]).tolist()
    [5.0]
    """
    return elementwise.hypot(*float_operands(x1, x2))


@op
def heaviside(x1, x2):
    """0 where ``x1`` is negative, 1 where it is positive, and ``x2`` where it is 0.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common floating dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.heaviside([-1.0, 0.0, 1.0], 0.5).tolist()
    [0.0, 0.5, 1.0]
    """
    return elementwise.heaviside(*float_operands(x1, x2))


@op
def gcd(x1, x2):
    """The greatest common divisor of integers.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.gcd([12, 18], 8).tolist()
    [4, 2]
    """
    return logic.gcd(*operands(x1, x2))


@op
def lcm(x1, x2):
    """The least common multiple of integers.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.lcm([4, 6], 10).tolist()
    [20, 30]
    """
    return logic.lcm(*operands(x1, x2))


@op
def ldexp(x1, x2):
    """``x1 * 2**x2`` for integers ``x2``.

    Args:
        x1: a tensor of floats (integers are treated as such).
        x2: a tensor of integers, of a shape that broadcasts with that of ``x1``.

    Raises:
        TypeError: if ``x2`` does not have an integer dtype.

    >>> import minikeras as keras
    >>> keras.ops.ldexp([0.5, 3.0], [2, -1]).tolist()
    [2.0, 1.5]
    """
    x2 = tensor(x2)
    if not is_int_dtype(x2.dtype):
        raise TypeError(
            "The exponent x2 of ldexp must have an integer dtype. "
            f"Received: {x2.dtype}. Cast it first: keras.ops.cast(x2, 'int32')."
        )
    return elementwise.ldexp(floating(x1), tensor(x2, "int32"))


@op
def nextafter(x1, x2):
    """The next floating number after ``x1`` in the direction of ``x2``.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common floating dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.nextafter([1.0], [2.0]).tolist()
    [1.0000001192092896]
    """
    return logic.nextafter(*float_operands(x1, x2))


@op
def floor(x):
    """The largest integers not above ``x``, as floats.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.floor([1.7, -1.2]).tolist()
    [1.0, -2.0]
    """
    return logic.floor(floating(x))


@op
def ceil(x):
    """The smallest integers not below ``x``, as floats.

    Args:
        x: a tensor, variable or number of any shape; integers are treated as floats.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.ceil([1.2, -1.7]).tolist()
    [2.0, -1.0]
    """
    return logic.ceil(floating(x))


@op
def trunc(x):
    """``x`` without its fractional part.

    Args:
        x: a tensor, variable or number of any shape.

    Returns:
        A tensor of the same shape and dtype.

    >>> import minikeras as keras
    >>> keras.ops.trunc([1.7, -1.7]).tolist()
    [1.0, -1.0]
    """
    x = tensor(x)
    return logic.trunc(x) if x.dtype.kind == "f" else x


@op
def round(x, decimals=0):
    """``x`` rounded to a number of decimal places, halves to the even neighbour.

    Args:
        x: a tensor.
        decimals: an integer; -1 rounds to tens.

    Returns:
        A tensor of the same shape and dtype.

    >>> import minikeras as keras
    >>> keras.ops.round([0.5, 1.5, 2.25], 1).tolist()
    [0.5, 1.5, 2.200000047683716]
    """
    x = tensor(x)
    return x if x.dtype.kind == "b" else logic.round(x, decimals=decimals)
