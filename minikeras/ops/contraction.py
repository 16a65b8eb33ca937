"""keras.ops that multiply and sum over axes: matmul, einsum, dot, tensordot and their kind."""

from minikeras.backend import contraction, elementwise
from minikeras.backend.shaping import reshape, transpose
from minikeras.ops.arguments import promote, tensor
from minikeras.symbolic.operation import op

__all__ = ["dot", "einsum", "inner", "matmul", "outer", "tensordot", "vdot"]


def _matmul(x, y):
    """The matrix product of tensors of any rank from 1 on, already of one dtype."""
    if len(x.shape) >= 2 and len(y.shape) >= 2:
        return contraction.matmul(x, y)
    x_is_vector, y_is_vector = len(x.shape) == 1, len(y.shape) == 1
    if not x.shape or not y.shape:
        raise ValueError(
            f"matmul needs tensors of rank 1 or more. Received shapes: {x.shape} and {y.shape}"
        )
    x = reshape(x, shape=(1, x.shape[0])) if x_is_vector else x
    y = reshape(y, shape=(y.shape[0], 1)) if y_is_vector else y
    out = contraction.matmul(x, y)
    shape = out.shape[:-2] + (() if x_is_vector else out.shape[-2:-1])
    return reshape(out, shape=shape + (() if y_is_vector else out.shape[-1:]))


@op
def matmul(x1, x2):
    """The matrix product over the last two axes; leading axes broadcast.

    Args:
        x1: a tensor of shape ``(..., n, k)`` or ``(k,)``.
        x2: a tensor of shape ``(..., k, m)`` or ``(k,)``.

    Returns:
        A tensor of shape ``(..., n, m)``; the axis of a vector is left out.

    >>> import minikeras as keras
    >>> keras.ops.matmul([[1.0, 2.0]], [[3.0], [4.0]]).tolist()
    [[11.0]]
    """
    x, y = promote(x1, x2)
    return _matmul(x, y)


@op
def einsum(subscripts, *operands, **kwargs):
    """Sums of products in Einstein's notation.

    Args:
        subscripts: letters for the axes of each operand and of the output, such as
            ``"ij,jk->ik"``; an ellipsis stands for axes that broadcast.
        *operands: tensors.

    Returns:
        A tensor with the axes that follow the arrow.

    >>> import minikeras as keras
    >>> keras.ops.einsum("ij,j->i", [[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0]).tolist()
    [3.0, 7.0]
    """
    kwargs.pop("optimize", None)  # operands are always joined in pairs by matrix products
    if kwargs:
        raise TypeError(f"einsum has no arguments {sorted(kwargs)}")
    return contraction.contract(subscripts, *promote(*operands))


@op
def dot(x1, x2):
    """The dot product: of vectors, of matrices, or over the last axis of ``x1``.

    Args:
        x1: a tensor.
        x2: a tensor; the sum goes over its last axis but one (its only one if it is a vector).

    Returns:
        A tensor with the other axes of ``x1``, then those of ``x2``.

    >>> import minikeras as keras
    >>> float(keras.ops.dot([1.0, 2.0], [3.0, 4.0]))
    11.0
    """
    x, y = promote(x1, x2)
    if not x.shape or not y.shape:
        return elementwise.multiply(x, y)
    if len(y.shape) <= 2:
        return _matmul(x, y)
    return _tensordot(x, y, [len(x.shape) - 1], [len(y.shape) - 2])


def _tensordot(x, y, x_axes, y_axes):
    x_axes = [a % len(x.shape) for a in x_axes]
    y_axes = [a % len(y.shape) for a in y_axes]
    lengths = [x.shape[a] for a in x_axes], [y.shape[a] for a in y_axes]
    if lengths[0] != lengths[1]:
        raise ValueError(
            f"tensordot: the axes {x_axes} and {y_axes} of tensors of shapes {tuple(x.shape)} and "
            f"{tuple(y.shape)} differ in length: {lengths[0]} and {lengths[1]}"
        )
    x_free = [i for i in range(len(x.shape)) if i not in x_axes]
    y_free = [i for i in range(len(y.shape)) if i not in y_axes]
    rows, columns = [x.shape[i] for i in x_free], [y.shape[i] for i in y_free]
    size = lambda sides: int(_product(sides))
    inner = size(lengths[0])
    x = reshape(transpose(x, axes=(*x_free, *x_axes)), shape=(size(rows), inner))
    y = reshape(transpose(y, axes=(*y_axes, *y_free)), shape=(inner, size(columns)))
    return reshape(contraction.matmul(x, y), shape=(*rows, *columns))


def _product(sides):
    total = 1
    for side in sides:
        total *= side
    return total


@op
def tensordot(x1, x2, axes=2):
    """The sum of products over the given axes.

    Args:
        x1, x2: tensors.
        axes: how many last axes of ``x1`` and first axes of ``x2`` to sum over; or a pair of an
            axis (or list of axes) of each.

    Returns:
        A tensor with the remaining axes of ``x1``, then those of ``x2``.

    >>> import minikeras as keras
    >>> keras.ops.tensordot(keras.ops.ones((2, 3)), keras.ops.ones((3, 4)), axes=1).shape
    (2, 4)
    """
    x, y = promote(x1, x2)
    if isinstance(axes, int):
        x_axes = list(range(len(x.shape) - axes, len(x.shape)))
        y_axes = list(range(axes))
    else:
        x_axes, y_axes = ([a] if isinstance(a, int) else list(a) for a in axes)
    return _tensordot(x, y, x_axes, y_axes)


@op
def vdot(x1, x2):
    """The dot product of two tensors as flat vectors; ``x1`` is conjugated.

    >>> import minikeras as keras
    >>> float(keras.ops.vdot([[1.0, 2.0]], [[3.0, 4.0]]))
    11.0
    """
    x, y = promote(x1, x2)
    if x.dtype.kind == "c":
        x = elementwise.conj(x)
    return _matmul(reshape(x, shape=(-1,)), reshape(y, shape=(-1,)))


@op
def inner(x1, x2):
    """The sum of products over the last axes.

    >>> import minikeras as keras
    >>> keras.ops.inner([[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]]).tolist()
    [[11.0, 17.0]]
    """
    x, y = promote(x1, x2)
    if not x.shape or not y.shape:
        return elementwise.multiply(x, y)
    return _tensordot(x, y, [-1], [-1])


@op
def outer(x1, x2):
    """The products of every element of ``x1`` with every element of ``x2``, both flattened.

    >>> import minikeras as keras
    >>> keras.ops.outer([1.0, 2.0], [3.0, 4.0]).tolist()
    [[3.0, 4.0], [6.0, 8.0]]
    """
    x, y = promote(tensor(x1), tensor(x2))
    return elementwise.multiply(reshape(x, shape=(-1, 1)), reshape(y, shape=(1, -1)))
