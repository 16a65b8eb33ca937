"""keras.ops of linear algebra: factorisations, systems, determinants, norms.

Matrices stand in the last two axes of a tensor; axes before those are batches.
"""

import math

from minikeras.backend import elementwise, linalg, logic, reduction
from minikeras.backend.linalg import transposed
from minikeras.backend.shaping import expand_dims, moveaxis, normal_axis, reshape
from minikeras.backend.xp import xp
from minikeras.ops.arguments import floating, promote_floats, tensor
from minikeras.ops.core import jvp as jvp  # Keras has it under keras.ops.linalg, too
from minikeras.symbolic.inference import is_inferring
from minikeras.symbolic.operation import op

__all__ = [
    "cholesky",
    "cholesky_inverse",
    "det",
    "eig",
    "eigh",
    "inv",
    "logdet",
    "lstsq",
    "lu_factor",
    "matrix_rank",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
]


def _matrices(x, name, is_square=True):
    """``x`` as a tensor of floats, its shape checked.

    While shapes are inferred the values mean nothing; identities can at least be inverted.
    """
    x = _inexact(x)
    shape = tuple(x.shape)
    if len(shape) < 2:
        raise ValueError(f"{name}: Input should have rank >= 2. Received: shape {shape}")
    if is_square and shape[-1] != shape[-2]:
        raise ValueError(
            f"{name} needs square matrices in the last two axes. Received: shape {shape}"
        )
    if is_square and is_inferring():
        return xp.broadcast_to(linalg.eye_like(x), shape)
    return x


def _inexact(x):
    x = tensor(x)
    return x if x.dtype.kind == "c" else floating(x)


@op
def cholesky(x, upper=False):
    """The triangular L with ``L @ transpose(L) = x``, of symmetric positive definite matrices.

    Args:
        x: a tensor of shape ``(..., n, n)``; the mean of it and its transpose is what counts.
        upper: whether to return the transpose of L, an upper triangle.

    Returns:
        A tensor of the same shape.

    Raises:
        ValueError: if a matrix is not positive definite. On the GPU the result is NaN instead.

    >>> import minikeras as keras
    >>> keras.ops.cholesky([[4.0, 2.0], [2.0, 5.0]]).tolist()
    [[2.0, 0.0], [1.0, 2.0]]
    """
    factor = linalg.cholesky(_matrices(x, "cholesky"))
    return elementwise.conj(transposed(factor)) if upper else factor


@op
def cholesky_inverse(x, upper=False):
    """The inverse of a matrix, given its factor by `cholesky`.

    Args:
        x: a tensor of shape ``(..., n, n)``: lower triangles.
        upper: whether ``x`` holds upper triangles.

    Returns:
        A tensor of the same shape: the inverse of ``x @ transpose(x)``, or of
        ``transpose(x) @ x`` if ``upper``.

    >>> import minikeras as keras
    >>> keras.ops.cholesky_inverse([[2.0, 0.0], [0.0, 4.0]]).tolist()
    [[0.25, 0.0], [0.0, 0.0625]]
    """
    x = _matrices(x, "cholesky_inverse")
    inverse = linalg.triangular_solve(x, linalg.eye_like(x), lower=not upper)
    left, right = (inverse, transposed(inverse)) if upper else (transposed(inverse), inverse)
    return linalg.matmul(left, right)


@op
def det(x):
    """The determinant of square matrices; its gradient holds for singular ones too.

    Args:
        x: a tensor of shape ``(..., n, n)``.

    Returns:
        A tensor of shape ``(...)``.

    >>> import minikeras as keras
    >>> round(float(keras.ops.det([[1.0, 2.0], [3.0, 4.0]])), 4)
    -2.0
    """
    return linalg.det(_matrices(x, "det"))


@op
def slogdet(x):
    """The determinant of square matrices as a sign and a logarithm, safe from overflow.

    Args:
        x: a tensor of shape ``(..., n, n)``.

    Returns:
        ``(sign, logarithm of the absolute value)``, of shape ``(...)`` each.

    >>> import minikeras as keras
    >>> sign, logarithm = keras.ops.slogdet([[1.0, 2.0], [3.0, 4.0]])
    >>> float(sign), round(float(logarithm), 4)
    (-1.0, 0.6931)
    """
    return linalg.slogdet(_matrices(x, "slogdet"))


@op
def logdet(x):
    """The logarithm of the absolute value of the determinant of square matrices.

    Args:
        x: a tensor of shape ``(..., n, n)``.

    Returns:
        A tensor of shape ``(...)``.

    >>> import minikeras as keras
    >>> round(float(keras.ops.logdet([[1.0, 2.0], [3.0, 4.0]])), 4)
    0.6931
    """
    return linalg.slogdet(_matrices(x, "logdet"))[1]


@op
def inv(x):
    """The inverse of square matrices.

    Args:
        x: a tensor of shape ``(..., n, n)``.

    Returns:
        A tensor of the same shape.

    Raises:
        ValueError: if a matrix is singular. On the GPU the result is not finite instead.

    >>> import minikeras as keras
    >>> keras.ops.inv([[2.0, 0.0], [0.0, 4.0]]).tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    """
    return linalg.inv(_matrices(x, "inv"))


@op
def pinv(x, rcond=None):
    """The pseudo-inverse of matrices (Moore and Penrose).

    Args:
        x: a tensor of shape ``(..., m, n)``.
        rcond: singular values up to this times the largest one count as 0; by default ten times
            the rounding error of a matrix of that size.

    Returns:
        A tensor of shape ``(..., n, m)``.

    >>> import minikeras as keras
    >>> keras.ops.pinv([[2.0], [0.0]]).tolist()
    [[0.5, 0.0]]
    """
    x = _matrices(x, "pinv", is_square=False)
    if rcond is None:
        rcond = 10 * max(x.shape[-2:]) * _epsilon(x)
    return linalg.pinv(x, rcond=rcond)


def _epsilon(x):
    """The distance from 1 to the next number in the dtype of ``x``."""
    return float(xp.finfo(x.dtype).eps)


@op
def matrix_rank(x, tol=None):
    """How many singular values of each matrix are not 0.

    Args:
        x: a tensor of shape ``(..., m, n)``.
        tol: singular values up to this times the largest one count as 0; by default the rounding
            error of a matrix of that size.

    Returns:
        An int32 tensor of shape ``(...)``.

    >>> import minikeras as keras
    >>> int(keras.ops.matrix_rank([[1.0, 2.0], [2.0, 4.0]]))
    1
    """
    x = _matrices(x, "matrix_rank", is_square=False)
    if tol is None:
        tol = max(x.shape[-2:]) * _epsilon(x)
    s = linalg.singular_values(x)
    if not s.shape[-1]:
        return reduction.sum(s, axis=-1, dtype="int32")
    largest = reduction.max(s, axis=-1, keepdims=True)
    is_counted = logic.greater(s, elementwise.multiply(largest, tol))
    return reduction.sum(is_counted, axis=-1, dtype="int32")


@op
def eigh(x):
    """Eigenvalues and eigenvectors of symmetric matrices.

    Args:
        x: a tensor of shape ``(..., n, n)``; the mean of it and its transpose is what counts.

    Returns:
        ``(eigenvalues, eigenvectors)``: a tensor of shape ``(..., n)``, ascending, and one of shape
        ``(..., n, n)`` with the eigenvectors in columns.

    >>> import minikeras as keras
    >>> keras.ops.eigh([[3.0, 0.0], [0.0, 1.0]])[0].tolist()
    [1.0, 3.0]
    """
    return linalg.eigh(_matrices(x, "eigh"))


@op
def eig(x):
    """Eigenvalues and eigenvectors of square matrices, as complex numbers in no certain order.

    Gradients by the eigenvectors are right for functions that do not depend on their phases.

    Args:
        x: a tensor of shape ``(..., n, n)``.

    Returns:
        ``(eigenvalues, eigenvectors)``: a tensor of shape ``(..., n)`` and one of shape
        ``(..., n, n)`` with the eigenvectors, of length 1, in columns.

    >>> import minikeras as keras
    >>> keras.ops.eig([[3.0, 0.0], [0.0, 1.0]])[0].tolist()
    [(3+0j), (1+0j)]
    """
    return linalg.eig(_matrices(x, "eig"))


@op
def lu_factor(x):
    """The factors L and U of matrices, their rows exchanged for the sake of stability.

    Args:
        x: a tensor of shape ``(..., m, n)``.

    Returns:
        ``(lu, pivots)``: a tensor of the shape of ``x`` with L below the diagonal (that of L is 1)
        and U on and above it; and an int32 tensor of shape ``(..., min(m, n))``: row j was
        exchanged with row ``pivots[j]``, for j counting up.

    >>> import minikeras as keras
    >>> lu, pivots = keras.ops.lu_factor([[1.0, 2.0], [4.0, 4.0]])
    >>> lu.tolist(), pivots.tolist()
    ([[4.0, 4.0], [0.25, 1.0]], [1, 1])
    """
    return linalg.lu_factor(_matrices(x, "lu_factor", is_square=False))[:2]


@op
def qr(x, mode="reduced"):
    """Orthonormal columns Q and an upper triangle R with ``Q @ R = x``.

    Args:
        x: a tensor of shape ``(..., m, n)``.
        mode: ``"reduced"``, or ``"complete"`` for a square Q.

    Returns:
        ``(Q, R)`` of shapes ``(..., m, k)`` and ``(..., k, n)``, where k is the smaller of m and n,
        or m if complete.

    Raises:
        ValueError: for another mode.

    >>> import minikeras as keras
    >>> [tuple(f.shape) for f in keras.ops.qr(keras.ops.ones((3, 2)))]
    [(3, 2), (2, 2)]
    """
    if mode not in ("reduced", "complete"):
        raise ValueError(f"qr: Expected one of {{'reduced', 'complete'}}. Received: mode={mode!r}")
    return linalg.qr(_matrices(x, "qr", is_square=False), mode=mode)


@op
def svd(x, full_matrices=True, compute_uv=True):
    """The singular value decomposition ``x = (U * s) @ V``.

    Args:
        x: a tensor of shape ``(..., m, n)``.
        full_matrices: whether U and V are square; gradients need False, or m equal to n.
        compute_uv: whether to return U and V beside s.

    Returns:
        ``(U, s, V)``, with k the smaller of m and n: U of shape ``(..., m, m)`` or ``(..., m, k)``,
        s of shape ``(..., k)``, descending, and V of shape ``(..., n, n)`` or ``(..., k, n)``; or s
        alone.

    >>> import minikeras as keras
    >>> keras.ops.svd([[0.0, 2.0], [1.0, 0.0]], compute_uv=False).tolist()
    [2.0, 1.0]
    """
    x = _matrices(x, "svd", is_square=False)
    if not compute_uv:
        return linalg.singular_values(x)
    return linalg.svd(x, full_matrices=bool(full_matrices))


def _system(a, b, name):
    """A system of equations with its right-hand side as matrices, and whether b was vectors."""
    a, b = promote_floats(_inexact(a), _inexact(b))
    a = _matrices(a, name)
    is_vector = len(b.shape) == 1 or b.shape == a.shape[:-1]
    rows = b.shape[-1 if is_vector else -2] if b.shape else None
    if rows != a.shape[-1]:
        raise ValueError(
            f"{name}: b must have as many rows as a has columns. "
            f"Received shapes: a {tuple(a.shape)} and b {tuple(b.shape)}"
        )
    return a, expand_dims(b, -1) if is_vector else b, is_vector


def _solution(x, is_vector):
    return reshape(x, shape=x.shape[:-1]) if is_vector else x


@op
def solve(a, b):
    """The solution x of ``a @ x = b``.

    Args:
        a: a tensor of shape ``(..., n, n)``.
        b: a tensor of shape ``(n,)`` or ``(..., n, k)``; of shape ``(..., n)`` if its leading axes
            are those of ``a``.

    Returns:
        A tensor of shape ``(..., n)`` or ``(..., n, k)``.

    Raises:
        ValueError: if a matrix is singular. On the GPU the result is not finite instead.

    >>> import minikeras as keras
    >>> keras.ops.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0]).tolist()
    [1.0, 0.5]
    """
    a, b, is_vector = _system(a, b, "solve")
    return _solution(linalg.solve(a, b), is_vector)


@op
def solve_triangular(a, b, lower=False):
    """The solution x of ``a @ x = b`` for triangular matrices.

    Args:
        a: a tensor of shape ``(..., n, n)``; its other triangle is not looked at.
        b: a tensor of shape ``(n,)`` or ``(..., n, k)``; of shape ``(..., n)`` if its leading axes
            are those of ``a``.
        lower: whether the lower triangle counts, not the upper.

    Returns:
        A tensor of shape ``(..., n)`` or ``(..., n, k)``.

    >>> import minikeras as keras
    >>> keras.ops.solve_triangular([[2.0, 2.0], [0.0, 4.0]], [6.0, 4.0]).tolist()
    [2.0, 1.0]
    """
    a, b, is_vector = _system(a, b, "solve_triangular")
    return _solution(linalg.triangular_solve(a, b, lower=bool(lower)), is_vector)


@op
def lstsq(a, b, rcond=None):
    """The x with the least ``norm(a @ x - b)``; of several, that with the least norm.

    Args:
        a: a tensor of shape ``(m, n)``.
        b: a tensor of shape ``(m,)`` or ``(m, k)``.
        rcond: singular values up to this times the largest one count as 0, in gradients too; by
            default the rounding error of a matrix of that size.

    Returns:
        A tensor of shape ``(n,)`` or ``(n, k)``.

    Raises:
        ValueError: for other shapes.

    >>> import minikeras as keras
    >>> x = keras.ops.lstsq([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], [1.0, 3.0, 5.0])
    >>> [round(v, 4) for v in x.tolist()]
    [1.0, 2.0]
    """
    a, b = promote_floats(_inexact(a), _inexact(b))
    if len(a.shape) != 2 or len(b.shape) not in (1, 2) or a.shape[0] != b.shape[0]:
        raise ValueError(
            "lstsq needs a matrix a, and a vector or a matrix b with as many rows. "
            f"Received shapes: {tuple(a.shape)} and {tuple(b.shape)}"
        )
    if rcond is None:
        rcond = max(a.shape) * _epsilon(a)
    elif rcond < 0:
        rcond = _epsilon(a)
    return linalg.matmul(linalg.pinv(a, rcond=rcond), b)


@op
def norm(x, ord=None, axis=None, keepdims=False):
    """The norm of vectors or of matrices.

    Args:
        x: a tensor.
        ord: which norm. Of vectors: a number p for ``sum(abs(x)**p)**(1/p)`` (0 counts what is not
            0, ``inf`` and ``-inf`` take the extremes); 2 by default. Of matrices: ``"fro"`` (the
            default, the root of the sum of squares), ``"nuc"`` (the sum of the singular values),
            2 and -2 (the largest and the smallest of them), 1 and -1 (the extremes of the sums of
            absolute values of columns), ``inf`` and ``-inf`` (of rows).
        axis: an integer for vectors, a pair for matrices; None takes a vector or a matrix as such,
            and with ``ord=None`` a tensor of any rank as one vector.
        keepdims: whether the axes stay, with length 1.

    Returns:
        A tensor without the axes.

    Raises:
        ValueError: for another kind of norm, or axes that do not fit.

    >>> import minikeras as keras
    >>> float(keras.ops.norm([3.0, 4.0]))
    5.0
    """
    x = _inexact(x)
    rank = len(x.shape)
    if axis is None:
        if ord is None:
            out = _root_of_squares(x, None)
            return reshape(out, shape=(1,) * rank) if keepdims else out
        axes = tuple(range(rank))
    else:
        axes = (axis,) if isinstance(axis, int) else tuple(axis)
        axes = tuple(normal_axis(a, rank) for a in axes)
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    if len(axes) != 2:
        raise ValueError(
            f"norm of order {ord!r} is that of vectors or matrices: axis must be an integer or a "
            f"pair. Received: axis={axis}, shape {tuple(x.shape)}"
        )
    out = _matrix_norm(moveaxis(x, axes, (-2, -1)), ord)
    return expand_dims(out, axes) if keepdims else out


def _root_of_squares(x, axis, keepdims=False):
    x = elementwise.absolute(x) if x.dtype.kind == "c" else x
    squares = reduction.sum(elementwise.square(x), axis=axis, keepdims=keepdims)
    return elementwise.sqrt(squares)


def _vector_norm(x, ord, axis, keepdims):
    if isinstance(ord, str):
        raise ValueError(f"norm: the order of a norm of vectors is a number. Received: {ord!r}")
    over = {"axis": axis, "keepdims": keepdims}
    if ord is None or ord == 2:
        return _root_of_squares(x, axis, keepdims)
    size = elementwise.absolute(x)
    if ord == math.inf:
        return reduction.max(size, **over)
    if ord == -math.inf:
        return reduction.min(size, **over)
    if ord == 0:
        return reduction.sum(logic.not_equal(x, 0), dtype=size.dtype.name, **over)
    if ord == 1:
        return reduction.sum(size, **over)
    total = reduction.sum(elementwise.power(size, float(ord)), **over)
    return elementwise.power(total, 1 / ord)


def _matrix_norm(x, ord):
    """The norm of the matrices in the last two axes."""
    if ord is None or ord == "fro":
        return _root_of_squares(x, (-2, -1))
    if ord == "nuc":
        return reduction.sum(linalg.singular_values(x), axis=-1)
    if ord not in (1, -1, 2, -2, math.inf, -math.inf):
        raise ValueError(
            "norm: the order of a norm of matrices is 'fro', 'nuc', 1, -1, 2, -2, inf or -inf. "
            f"Received: {ord!r}"
        )
    extreme = reduction.max if ord > 0 else reduction.min
    if abs(ord) == 2:
        return extreme(linalg.singular_values(x), axis=-1)
    summed = -2 if abs(ord) == 1 else -1
    return extreme(reduction.sum(elementwise.absolute(x), axis=summed), axis=-1)
