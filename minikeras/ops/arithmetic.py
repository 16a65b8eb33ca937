"""keras.ops: sums, products, quotients, powers and roots."""

from minikeras.backend import elementwise, logic
from minikeras.backend.dtypes import is_int_dtype
from minikeras.ops.arguments import (
    float_operands,
    floating,
    integer_operands,
    operands,
    promote_floats,
    shape_of_integers,
    tensor,
)
from minikeras.symbolic.operation import op

__all__ = [
    "add",
    "cbrt",
    "divide",
    "divide_no_nan",
    "divmod",
    "floor_divide",
    "fmod",
    "gcd",
    "hypot",
    "lcm",
    "ldexp",
    "mod",
    "multiply",
    "negative",
    "power",
    "reciprocal",
    "rsqrt",
    "sqrt",
    "square",
    "subtract",
    "true_divide",
]


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
    return logic.gcd(*integer_operands(x1, x2))


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
    return logic.lcm(*integer_operands(x1, x2))


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
    x2 = shape_of_integers(tensor(x2))
    if not is_int_dtype(x2.dtype):
        raise TypeError(
            "The exponent x2 of ldexp must have an integer dtype. "
            f"Received: {x2.dtype}. Cast it first: keras.ops.cast(x2, 'int32')."
        )
    return elementwise.ldexp(floating(x1), tensor(x2, "int32"))
