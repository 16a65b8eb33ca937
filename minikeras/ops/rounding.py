"""keras.ops: size and sign, the extremes of two tensors, bounds and rounding."""

from minikeras.backend import elementwise, logic
from minikeras.backend.dtypes import dtype_of, result_type
from minikeras.ops.arguments import NUMBER_TYPES, float_operands, floating, operands, tensor
from minikeras.symbolic.operation import op

__all__ = [
    "abs",
    "absolute",
    "ceil",
    "clip",
    "fabs",
    "floor",
    "fmax",
    "fmin",
    "heaviside",
    "maximum",
    "minimum",
    "nextafter",
    "round",
    "sign",
    "trunc",
]


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
