"""keras.ops: sums, products, quotients, powers, extremes of two tensors, and rounding."""

from minikeras.backend import elementwise
from minikeras.backend.dtypes import standardize_dtype
from minikeras.ops.arguments import float_operands, floating, operands, tensor
from minikeras.symbolic.operation import op

__all__ = [
    "abs",
    "absolute",
    "add",
    "cast",
    "divide",
    "floor_divide",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "negative",
    "power",
    "reciprocal",
    "square",
    "subtract",
    "true_divide",
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
        x1, x2: tensors of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype.

    >>> import minikeras as keras
    >>> keras.ops.add([1, 2], 0.5).tolist()
    [1.5, 2.5]
    """
    return elementwise.add(*operands(x1, x2))


@op
def subtract(x1, x2):
    """The difference ``x1 - x2``, element by element.

    >>> import minikeras as keras
    >>> keras.ops.subtract([3, 5], [1, 2]).tolist()
    [2, 3]
    """
    return elementwise.subtract(*operands(x1, x2))


@op
def multiply(x1, x2):
    """The product of two tensors, element by element.

    >>> import minikeras as keras
    >>> keras.ops.multiply([[1, 2]], [[3], [4]]).tolist()
    [[3, 6], [4, 8]]
    """
    return elementwise.multiply(*operands(x1, x2))


@op
def true_divide(x1, x2):
    """The quotient ``x1 / x2``, element by element; integers are divided as floats.

    >>> import minikeras as keras
    >>> keras.ops.true_divide([1, 2], 4).tolist()
    [0.25, 0.5]
    """
    return elementwise.true_divide(*float_operands(x1, x2))


@op
def divide(x1, x2):
    """The quotient ``x1 / x2``: another name of `true_divide`.

    >>> import minikeras as keras
    >>> keras.ops.divide([1, 2], 4).tolist()
    [0.25, 0.5]
    """
    return elementwise.true_divide(*float_operands(x1, x2))


@op
def floor_divide(x1, x2):
    """The largest integers not above the quotients ``x1 / x2``, in the common dtype.

    >>> import minikeras as keras
    >>> keras.ops.floor_divide([7, -7], 2).tolist()
    [3, -4]
    """
    return elementwise.floor_divide(*operands(x1, x2))


@op
def mod(x1, x2):
    """The remainder of ``x1 / x2``, with the sign of ``x2``.

    >>> import minikeras as keras
    >>> keras.ops.mod([7, -7], 3).tolist()
    [1, 2]
    """
    return elementwise.mod(*operands(x1, x2))


@op
def power(x1, x2):
    """``x1`` raised to ``x2``, element by element.

    >>> import minikeras as keras
    >>> keras.ops.power([2, 3], 2).tolist()
    [4, 9]
    """
    return elementwise.power(*operands(x1, x2))


@op
def negative(x):
    """``-x``.

    >>> import minikeras as keras
    >>> keras.ops.negative([1, -2]).tolist()
    [-1, 2]
    """
    return elementwise.negative(tensor(x))


@op
def absolute(x):
    """The absolute value; its gradient at 0 is 0.

    >>> import minikeras as keras
    >>> keras.ops.absolute([1, -2]).tolist()
    [1, 2]
    """
    return elementwise.absolute(tensor(x))


@op
def abs(x):
    """The absolute value: another name of `absolute`.

    >>> import minikeras as keras
    >>> keras.ops.abs([1, -2]).tolist()
    [1, 2]
    """
    return elementwise.absolute(tensor(x))


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
def reciprocal(x):
    """``1 / x``; integers are treated as floats.

    >>> import minikeras as keras
    >>> keras.ops.reciprocal([2, 4]).tolist()
    [0.5, 0.25]
    """
    return elementwise.reciprocal(floating(x))


@op
def maximum(x1, x2):
    """The larger of two tensors, element by element; NaN wherever either is NaN.

    Between equal elements the gradient is shared in halves.

    >>> import minikeras as keras
    >>> keras.ops.maximum([1, 5], 3).tolist()
    [3, 5]
    """
    return elementwise.maximum(*operands(x1, x2))


@op
def minimum(x1, x2):
    """The smaller of two tensors, element by element; NaN wherever either is NaN.

    Between equal elements the gradient is shared in halves.

    >>> import minikeras as keras
    >>> keras.ops.minimum([1, 5], 3).tolist()
    [1, 3]
    """
    return elementwise.minimum(*operands(x1, x2))
