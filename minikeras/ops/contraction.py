"""keras.ops that multiply and sum over axes: matmul, einsum, dot, tensordot and their kind."""

import math
import string

from minikeras.backend import contraction, elementwise, indexing, shaping
from minikeras.backend.shaping import normal_axis, reshape
from minikeras.ops.arguments import promote, tensor
from minikeras.symbolic.operation import op

__all__ = ["cross", "dot", "einsum", "inner", "kron", "matmul", "outer", "tensordot", "vdot"]


def _factors(*operands):
    """The operands in their common dtype.

    Where all are int8 that is int32, as the sums of their products soon exceed 8 bits.
    """
    tensors = [tensor(x) for x in operands]
    if all(x.dtype == "int8" for x in tensors):
        return [elementwise.cast(x, dtype="int32") for x in tensors]
    return promote(*tensors)


@op
def matmul(x1, x2):
    """The matrix product over the last two axes; leading axes broadcast.

    Args:
        x1: a tensor of shape ``(..., n, k)`` or ``(k,)``.
        x2: a tensor of shape ``(..., k, m)`` or ``(k,)``.

    Returns:
        A tensor of shape ``(..., n, m)``, the axis of a vector left out, in the common dtype (of
        two int8 tensors in int32).

    Raises:
        ValueError: for numbers, and for inner axes of unequal lengths.

    >>> import minikeras as keras
    >>> keras.ops.matmul([[1.0, 2.0]], [[3.0], [4.0]]).tolist()
    [[11.0]]
    """
    x, y = _factors(x1, x2)
    if not x.shape or not y.shape or x.shape[-1] != y.shape[-2 if len(y.shape) > 1 else 0]:
        raise ValueError(
            "matmul sums over the last axis of x1 and the last but one of x2, which must exist "
            f"and be equally long. Received shapes: {tuple(x.shape)} and {tuple(y.shape)}"
        )
    return contraction.matmul(x, y)


@op
def einsum(subscripts, *operands, **kwargs):
    """Sums of products in Einstein's notation.

    Args:
        subscripts: letters for the axes of each operand and of the output, such as
            ``"ij,jk->ik"``; an ellipsis stands for axes that broadcast.
        *operands: tensors.
        **kwargs: ``optimize``, accepted as NumPy has it: operands are always multiplied in pairs
            by matrix products, the cheapest pair first.

    Returns:
        A tensor with the axes that follow the arrow, in the common dtype (of int8 tensors in
        int32).

    Raises:
        ValueError: if the subscripts do not fit the shapes.

    >>> import minikeras as keras
    >>> keras.ops.einsum("ij,j->i", [[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0]).tolist()
    [3.0, 7.0]
    """
    unknown = sorted(set(kwargs) - {"optimize"})
    if unknown or not operands:
        raise TypeError(
            "einsum takes subscripts, one operand or more, and optimize. "
            f"Received {len(operands)} operands and unknown arguments {unknown}"
        )
    return contraction.contract(subscripts, *_factors(*operands))


@op
def dot(x1, x2):
    """The dot product: of vectors, of matrices, or over the last axis of ``x1``.

    Args:
        x1: a tensor.
        x2: a tensor; the sum goes over its last axis but one (its only one if it is a vector).

    Returns:
        A tensor with the other axes of ``x1``, then those of ``x2``; of a number, the product.

    >>> import minikeras as keras
    >>> float(keras.ops.dot([1.0, 2.0], [3.0, 4.0]))
    11.0
    """
    x, y = promote(x1, x2)
    if not x.shape or not y.shape:
        return elementwise.multiply(x, y)
    if len(y.shape) <= 2 and x.shape[-1] == y.shape[0]:
        return contraction.matmul(x, y)
    return _tensordot(x, y, [-1], [-2 if len(y.shape) > 1 else 0])


def _tensordot(x, y, x_axes, y_axes):
    """The sum of products over axes that correspond."""
    x_axes = [normal_axis(a, len(x.shape)) for a in x_axes]
    y_axes = [normal_axis(a, len(y.shape)) for a in y_axes]
    x_lengths, y_lengths = [x.shape[a] for a in x_axes], [y.shape[a] for a in y_axes]
    if x_lengths != y_lengths:
        raise ValueError(
            f"Axes {x_axes} of a tensor of shape {tuple(x.shape)} and axes {y_axes} of one of "
            f"shape {tuple(y.shape)} must be equally long. Received lengths: {x_lengths} and "
            f"{y_lengths}"
        )
    letters = iter(string.ascii_letters)
    x_labels = [next(letters) for _ in x.shape]
    y_labels = [next(letters) for _ in y.shape]
    for a, b in zip(x_axes, y_axes):
        y_labels[b] = x_labels[a]
    summed = {x_labels[a] for a in x_axes}
    out = "".join(c for c in x_labels + y_labels if c not in summed)
    return contraction.einsum(x, y, subscripts=f"{''.join(x_labels)},{''.join(y_labels)}->{out}")


@op
def tensordot(x1, x2, axes=2):
    """The sum of products over the given axes.

    Args:
        x1, x2: tensors.
        axes: how many last axes of ``x1`` and first axes of ``x2`` to sum over; or a pair of an
            axis (or list of axes) of each.

    Returns:
        A tensor with the remaining axes of ``x1``, then those of ``x2``.

    Raises:
        ValueError: if the axes do not correspond.

    >>> import minikeras as keras
    >>> keras.ops.tensordot(keras.ops.ones((2, 3)), keras.ops.ones((3, 4)), axes=1).shape
    (2, 4)
    """
    x, y = promote(x1, x2)
    if isinstance(axes, int):
        x_axes = list(range(-axes, 0))
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
    x, y = promote(tensor(x1), tensor(x2))
    if x.dtype.kind == "c":
        x = elementwise.conj(x)
    return _tensordot(_flat(x), _flat(y), [0], [0])


def _flat(x):
    return reshape(x, shape=(math.prod(x.shape),))


@op
def inner(x1, x2):
    """The sum of products over the last axes; of a number, the product.

    Args:
        x1, x2: tensors whose last axes are equally long.

    Returns:
        A tensor with the other axes of ``x1``, then those of ``x2``.

    >>> import minikeras as keras
    >>> keras.ops.inner([[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]]).tolist()
    [[11.0, 17.0]]
    """
    x, y = promote(tensor(x1), tensor(x2))
    if not x.shape or not y.shape:
        return elementwise.multiply(x, y)
    if x.shape[-1] != y.shape[-1]:
        raise ValueError(
            "inner: x1 and x2 must have the same last dimension. "
            f"Received: shapes {tuple(x.shape)} and {tuple(y.shape)}"
        )
    return _tensordot(x, y, [-1], [-1])


@op
def outer(x1, x2):
    """The products of every element of ``x1`` with every element of ``x2``, both flattened.

    >>> import minikeras as keras
    >>> keras.ops.outer([1.0, 2.0], [3.0, 4.0]).tolist()
    [[3.0, 4.0], [6.0, 8.0]]
    """
    x, y = promote(tensor(x1), tensor(x2))
    return elementwise.multiply(shaping.expand_dims(_flat(x), 1), _flat(y))


@op
def kron(x1, x2):
    """Kronecker's product: ``x1`` with each element replaced by its product with ``x2``.

    Args:
        x1, x2: tensors; the one of smaller rank gets leading axes of length 1.

    Returns:
        A tensor whose sides are the products of the sides.

    >>> import minikeras as keras
    >>> keras.ops.kron([1, 2], [1, 1, 0]).tolist()
    [1, 1, 0, 2, 2, 0]
    """
    x, y = promote(tensor(x1), tensor(x2))
    rank = max(len(x.shape), len(y.shape))
    left = (1,) * (rank - len(x.shape)) + tuple(x.shape)
    right = (1,) * (rank - len(y.shape)) + tuple(y.shape)
    # Each axis of the result is a pair of axes: one of x1, then one of x2.
    x = reshape(x, shape=tuple(side for n in left for side in (n, 1)))
    y = reshape(y, shape=tuple(side for n in right for side in (1, n)))
    return reshape(elementwise.multiply(x, y), shape=tuple(m * n for m, n in zip(left, right)))


@op
def cross(x1, x2, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The cross product of vectors with 2 or 3 components.

    Args:
        x1, x2: tensors whose other axes broadcast.
        axisa, axisb: the axes of the components of ``x1`` and of ``x2``; missing third components
            count as 0.
        axisc: where the components go in the result.
        axis: one axis for all three.

    Returns:
        A tensor; of two vectors with 2 components only the third component, without an axis.

    Raises:
        ValueError: for other numbers of components.

    >>> import minikeras as keras
    >>> keras.ops.cross([1, 0, 0], [0, 1, 0]).tolist()
    [0, 0, 1]
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = promote(tensor(x1), tensor(x2))
    a, b = _components(x, axisa, "x1"), _components(y, axisb, "x2")

    def difference(i, j):
        """Component ``a[i] * b[j] - a[j] * b[i]``, a missing component being 0."""
        products = [
            elementwise.multiply(a[m], b[n]) if m < len(a) and n < len(b) else None
            for m, n in ((i, j), (j, i))
        ]
        if products[1] is None:
            return products[0]
        if products[0] is None:
            return elementwise.negative(products[1])
        return elementwise.subtract(*products)

    if len(a) == len(b) == 2:
        return difference(0, 1)
    parts = [difference(1, 2), difference(2, 0), difference(0, 1)]
    return shaping.stack(*parts, axis=normal_axis(axisc, len(parts[0].shape) + 1))


def _components(x, axis, name):
    """The components of the vectors along ``axis``."""
    if not x.shape or x.shape[axis] not in (2, 3):
        raise ValueError(
            f"cross: {name} must hold vectors with 2 or 3 components along axis {axis}. "
            f"Received shape: {tuple(x.shape)}"
        )
    before = (slice(None),) * normal_axis(axis, len(x.shape))
    return [indexing.get_item(x, index=(*before, i)) for i in range(x.shape[axis])]
