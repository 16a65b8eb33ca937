"""keras.ops: comparison, logic, bits, tests for NaN and the like, and `where`."""

from minikeras.backend import elementwise, indexing, logic, reduction
from minikeras.backend.xp import xp
from minikeras.ops.arguments import integer_operands, operands, promote, shape_of_integers, tensor
from minikeras.symbolic.inference import is_inferring, open_length
from minikeras.symbolic.operation import op

__all__ = [
    "allclose",
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "equal",
    "greater",
    "greater_equal",
    "isclose",
    "isfinite",
    "isin",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "isreal",
    "left_shift",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "not_equal",
    "right_shift",
    "signbit",
    "where",
]


@op
def equal(x1, x2):
    """Whether ``x1 == x2``, element by element.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, bool.

    >>> import minikeras as keras
    >>> keras.ops.equal([1, 2, 3], 2).tolist()
    [False, True, False]
    """
    return logic.equal(*operands(x1, x2))


@op
def not_equal(x1, x2):
    """Whether ``x1 != x2``, element by element.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, bool.

    >>> import minikeras as keras
    >>> keras.ops.not_equal([1, 2, 3], 2).tolist()
    [True, False, True]
    """
    return logic.not_equal(*operands(x1, x2))


@op
def less(x1, x2):
    """Whether ``x1 < x2``, element by element.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, bool.

    >>> import minikeras as keras
    >>> keras.ops.less([1, 2, 3], 2).tolist()
    [True, False, False]
    """
    return logic.less(*operands(x1, x2))


@op
def less_equal(x1, x2):
    """Whether ``x1 <= x2``, element by element.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, bool.

    >>> import minikeras as keras
    >>> keras.ops.less_equal([1, 2, 3], 2).tolist()
    [True, True, False]
    """
    return logic.less_equal(*operands(x1, x2))


@op
def greater(x1, x2):
    """Whether ``x1 > x2``, element by element.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, bool.

    >>> import minikeras as keras
    >>> keras.ops.greater([1, 2, 3], 2).tolist()
    [False, False, True]
    """
    return logic.greater(*operands(x1, x2))


@op
def greater_equal(x1, x2):
    """Whether ``x1 >= x2``, element by element.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, bool.

    >>> import minikeras as keras
    >>> keras.ops.greater_equal([1, 2, 3], 2).tolist()
    [False, True, True]
    """
    return logic.greater_equal(*operands(x1, x2))


@op
def logical_and(x1, x2):
    """Whether both are true, element by element.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, bool. (numbers count as true unless 0).

    >>> import minikeras as keras
    >>> keras.ops.logical_and([True, True, False], [True, False, False]).tolist()
    [True, False, False]
    """
    return logic.logical_and(*operands(x1, x2))


@op
def logical_or(x1, x2):
    """Whether at least one is true, element by element.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, bool. (numbers count as true unless 0).

    >>> import minikeras as keras
    >>> keras.ops.logical_or([True, True, False], [True, False, False]).tolist()
    [True, True, False]
    """
    return logic.logical_or(*operands(x1, x2))


@op
def logical_xor(x1, x2):
    """Whether exactly one is true, element by element.

    Args:
        x1, x2: tensors, variables or numbers of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, bool. (numbers count as true unless 0).

    >>> import minikeras as keras
    >>> keras.ops.logical_xor([True, True, False], [True, False, False]).tolist()
    [False, True, False]
    """
    return logic.logical_xor(*operands(x1, x2))


@op
def logical_not(x):
    """Whether ``x`` is false (numbers: 0).

    Args:
        x: a tensor of any shape.

    Returns:
        A bool tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.logical_not([True, False]).tolist()
    [False, True]
    """
    return logic.logical_not(tensor(x))


@op
def bitwise_and(x, y):
    """The bits that are set in both.

    Args:
        x, y: tensors of integers or booleans, of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.bitwise_and([6, 3], 5).tolist()
    [4, 1]
    """
    return logic.bitwise_and(*integer_operands(x, y))


@op
def bitwise_or(x, y):
    """The bits that are set in at least one.

    Args:
        x, y: tensors of integers or booleans, of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.bitwise_or([6, 3], 5).tolist()
    [7, 7]
    """
    return logic.bitwise_or(*integer_operands(x, y))


@op
def bitwise_xor(x, y):
    """The bits that are set in exactly one.

    Args:
        x, y: tensors of integers or booleans, of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.bitwise_xor([6, 3], 5).tolist()
    [3, 6]
    """
    return logic.bitwise_xor(*integer_operands(x, y))


@op
def bitwise_not(x):
    """Every bit flipped.

    Args:
        x: a tensor, variable or number of any shape.

    Returns:
        A tensor of the same shape and dtype.

    >>> import minikeras as keras
    >>> keras.ops.bitwise_not([0, 5]).tolist()
    [-1, -6]
    """
    return logic.bitwise_not(shape_of_integers(tensor(x)))


@op
def bitwise_invert(x):
    """Every bit flipped: another name of `bitwise_not`.

    Args:
        x: a tensor, variable or number of any shape.

    Returns:
        A tensor of the same shape and dtype.

    >>> import minikeras as keras
    >>> keras.ops.bitwise_invert([0, 5]).tolist()
    [-1, -6]
    """
    return logic.bitwise_not(shape_of_integers(tensor(x)))


@op
def bitwise_left_shift(x, y):
    """``x`` with its bits moved ``y`` places up.

    Args:
        x, y: tensors of integers or booleans, of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.bitwise_left_shift([1, 3], 2).tolist()
    [4, 12]
    """
    return logic.left_shift(*integer_operands(x, y))


@op
def left_shift(x, y):
    """``x * 2**y`` for integers: another name of `bitwise_left_shift`.

    Args:
        x, y: tensors of integers or booleans, of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.left_shift([1, 3], 2).tolist()
    [4, 12]
    """
    return logic.left_shift(*integer_operands(x, y))


@op
def bitwise_right_shift(x, y):
    """``x`` with its bits moved ``y`` places down, keeping the sign.

    Args:
        x, y: tensors of integers or booleans, of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.bitwise_right_shift([4, -4], 1).tolist()
    [2, -2]
    """
    return logic.right_shift(*integer_operands(x, y))


@op
def right_shift(x, y):
    """``x // 2**y`` for integers: another name of `bitwise_right_shift`.

    Args:
        x, y: tensors of integers or booleans, of shapes that broadcast.

    Returns:
        A tensor of the broadcast shape, in the common dtype of the two.

    >>> import minikeras as keras
    >>> keras.ops.right_shift([4, -4], 1).tolist()
    [2, -2]
    """
    return logic.right_shift(*integer_operands(x, y))


@op
def isnan(x):
    """Whether ``x`` is NaN, element by element.

    Args:
        x: a tensor of any shape.

    Returns:
        A bool tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.isnan([1.0, float("nan")]).tolist()
    [False, True]
    """
    return logic.isnan(tensor(x))


@op
def isinf(x):
    """Whether ``x`` is infinite, element by element.

    Args:
        x: a tensor of any shape.

    Returns:
        A bool tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.isinf([1.0, -float("inf")]).tolist()
    [False, True]
    """
    return logic.isinf(tensor(x))


@op
def isfinite(x):
    """Whether ``x`` is neither infinite nor NaN, element by element.

    Args:
        x: a tensor of any shape.

    Returns:
        A bool tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.isfinite([1.0, float("nan")]).tolist()
    [True, False]
    """
    return logic.isfinite(tensor(x))


@op
def isposinf(x):
    """Whether ``x`` is positive infinity, element by element.

    Args:
        x: a tensor of any shape.

    Returns:
        A bool tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.isposinf([float("inf"), -float("inf")]).tolist()
    [True, False]
    """
    return logic.isposinf(tensor(x))


@op
def isneginf(x):
    """Whether ``x`` is negative infinity, element by element.

    Args:
        x: a tensor of any shape.

    Returns:
        A bool tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.isneginf([float("inf"), -float("inf")]).tolist()
    [False, True]
    """
    return logic.isneginf(tensor(x))


@op
def isreal(x):
    """Whether ``x`` has no imaginary part, element by element.

    Args:
        x: a tensor of any shape.

    Returns:
        A bool tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.isreal([1 + 2j, 3 + 0j]).tolist()
    [False, True]
    """
    return logic.isreal(tensor(x))


@op
def isin(x1, x2, assume_unique=False, invert=False):
    """Whether each element of ``x1`` is among the elements of ``x2``.

    Args:
        x1: a tensor of any shape: the elements to look for.
        x2: a tensor of any shape: where to look.
        assume_unique: whether neither has equal elements, which allows a faster search.
        invert: whether to return where the elements are not found instead.

    Returns:
        A bool tensor of the shape of ``x1``.

    >>> import minikeras as keras
    >>> keras.ops.isin([[1, 2], [3, 4]], [2, 3]).tolist()
    [[False, True], [True, False]]
    """
    x1, x2 = promote(x1, x2)
    return logic.isin(x1, x2, assume_unique=assume_unique, invert=invert)


@op
def signbit(x):
    """Whether the sign of ``x`` is negative (-0.0 included), element by element.

    Args:
        x: a tensor of any shape.

    Returns:
        A bool tensor of the same shape.

    >>> import minikeras as keras
    >>> keras.ops.signbit([-0.0, 1.0]).tolist()
    [True, False]
    """
    return logic.signbit(tensor(x))


@op
def isclose(x1, x2, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether ``abs(x1 - x2) <= atol + rtol * abs(x2)``, element by element.

    Args:
        x1, x2: tensors of shapes that broadcast.
        rtol: how far apart they may be relative to ``x2``.
        atol: how far apart they may be in any case; the two tolerances add up.
        equal_nan: whether NaN counts as close to NaN.

    Returns:
        A bool tensor of the broadcast shape.

    >>> import minikeras as keras
    >>> keras.ops.isclose([1.0, 1.1], 1.0, rtol=0.01).tolist()
    [True, False]
    """
    return logic.isclose(*promote(x1, x2), rtol=rtol, atol=atol, equal_nan=equal_nan)


@op
def allclose(x1, x2, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether `isclose` holds for every element.

    Args:
        x1, x2: tensors of shapes that broadcast.
        rtol: how far apart they may be relative to ``x2``.
        atol: how far apart they may be in any case; the two tolerances add up.
        equal_nan: whether NaN counts as close to NaN.

    Returns:
        A bool tensor of shape ().

    >>> import minikeras as keras
    >>> bool(keras.ops.allclose([1.0, 1.1], 1.0, rtol=0.01))
    False
    """
    close = logic.isclose(*promote(x1, x2), rtol=rtol, atol=atol, equal_nan=equal_nan)
    return reduction.all(close)


def positions(x):
    """Where ``x`` is not zero: a vector for each axis, as long as the values say."""
    if is_inferring():
        return tuple(xp.zeros(open_length(), "int32") for _ in x.shape)
    return indexing.nonzero(x)


@op
def where(condition, x1=None, x2=None):
    """Elements of ``x1`` where the condition holds, of ``x2`` elsewhere.

    Args:
        condition: a bool tensor (numbers count as true unless 0).
        x1, x2: tensors or numbers, of shapes that broadcast with that of the condition.

    Returns:
        A tensor of the broadcast shape, in the common dtype of ``x1`` and ``x2``. Without these, a
        tuple with one tensor of positions per axis, of the elements where the condition holds.

    Raises:
        ValueError: if only one of ``x1`` and ``x2`` is given.

    >>> import minikeras as keras
    >>> keras.ops.where([True, False], [1.0, 2.0], 0.0).tolist()
    [1.0, 0.0]
    """
    condition = tensor(condition)
    if x1 is None and x2 is None:
        return positions(condition)
    if x1 is None or x2 is None:
        missing = "x1" if x1 is None else "x2"
        raise ValueError(
            "where: `x1` and `x2` either both should be `None`, to find the positions of true "
            "elements, or neither. "
            f"Received no {missing}."
        )
    return elementwise.where(condition, *operands(x1, x2))
