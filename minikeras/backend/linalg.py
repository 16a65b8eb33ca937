"""Linear algebra: factorisations, solutions of systems, determinants, inverses.

Matrices stand in the last two axes, batches in those before. Where a factorisation is not unique,
its derivative is that of the branch which the library computes. Gradients are those of real
matrices; of functions that are holomorphic (`inv`, `solve`, `det`) they hold for complex ones too.

M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008), is the source of most rules; others are named where they stand.
"""

from minikeras.backend import reduction
from minikeras.backend.autodiff import primitive
from minikeras.backend.contraction import matmul
from minikeras.backend.elementwise import (
    add,
    conj,
    imag,
    multiply,
    negative,
    real,
    reciprocal,
    subtract,
    true_divide,
    where,
)
from minikeras.backend.indexing import argsort, get_item, take_along_axis
from minikeras.backend.product import product
from minikeras.backend.shaping import (
    concatenate,
    diagonal,
    expand_dims,
    from_diagonal,
    swapaxes,
    tril,
    triu,
)
from minikeras.backend.xp import xp


def transposed(x):
    """Each matrix transposed."""
    return swapaxes(x, -1, -2)


def eye_like(x):
    """The identity of the size and the dtype of the square matrices ``x``."""
    return xp.eye(x.shape[-1], dtype=x.dtype)


def _scalars(x):
    """One number per matrix as matrices of one element."""
    return expand_dims(x, (-2, -1))


def _diagonal(x):
    return diagonal(x, axis1=-2, axis2=-1)


def _diagonal_matrix(x):
    n = x.shape[-1]
    return from_diagonal(x, shape=(*x.shape, n), axis1=-2, axis2=-1)


def _in_single(function, *arrays):
    """What a function of ``xp.linalg`` gives; of half precision, computed in single."""
    dtype = arrays[0].dtype
    if dtype != "float16":
        return function(*arrays)
    out = function(*(x.astype("float32") for x in arrays))
    if isinstance(out, tuple):
        return tuple(part.astype(dtype) for part in out)
    return out.astype(dtype)


def _refuse_complex(x, name):
    if x.dtype.kind == "c":
        raise ValueError(
            f"The gradient of {name} is known for real matrices only. Received dtype {x.dtype}"
        )


@primitive
def inv(x):
    """The inverse of each matrix."""
    return _in_single(xp.linalg.inv, x)


inv.rules(
    lambda out, x: lambda g: negative(matmul(transposed(out), matmul(g, transposed(out)))),
)


@primitive
def solve(a, b):
    """The solution x of ``a @ x = b``, b being matrices."""
    return _in_single(xp.linalg.solve, a, b)


@solve.joint_rule
def _(out, a, b):
    def way_back(g):
        of_b = solve(transposed(a), g)
        return negative(matmul(of_b, transposed(out))), of_b

    return way_back


@primitive
def triangular_solve(a, b, *, lower):
    """The solution x of ``t @ x = b``, t being the lower or the upper triangle of ``a``."""
    return _in_single(xp.linalg.solve, xp.tril(a) if lower else xp.triu(a), b)


@triangular_solve.joint_rule
def _(out, a, b, *, lower):
    triangle = tril if lower else triu

    def way_back(g):
        of_b = triangular_solve(transposed(a), g, lower=not lower)
        return triangle(negative(matmul(of_b, transposed(out)))), of_b

    return way_back


@primitive
def cholesky(x):
    """The lower triangular L with ``L @ L^H`` equal to the mean of ``x`` and ``x^H``."""
    x = (x + xp.conj(xp.swapaxes(x, -1, -2))) * 0.5
    return _in_single(xp.linalg.cholesky, x)


@cholesky.rules
def _(out, x):
    """I. Murray, "Differentiation of the Cholesky decomposition" (2016), equation 8."""
    _refuse_complex(x, "cholesky")

    def way_back(g):
        inner = _lower_half(matmul(transposed(out), g))
        left = triangular_solve(transposed(out), inner, lower=False)
        both = triangular_solve(transposed(out), transposed(left), lower=False)
        return multiply(add(both, transposed(both)), 0.5)

    return way_back


def _lower_half(x):
    """The lower triangle with half of the diagonal."""
    return subtract(tril(x), multiply(_diagonal_matrix(_diagonal(x)), 0.5))


@primitive
def det(x):
    """The determinant of each matrix."""
    return _in_single(xp.linalg.det, x)


det.rules(lambda out, x: lambda g: multiply(_scalars(g), cofactors(x)))


@primitive
def cofactors(x):
    """The derivative of the determinant; of invertible matrices ``det(x) * inv(x)^T``.

    From the singular value decomposition, so that it is right for singular matrices too.
    """
    u, s, vh = _in_single(lambda m: tuple(xp.linalg.svd(m)), x)
    orientation = det.kernel(u) * det.kernel(vh)
    is_own = xp.eye(s.shape[-1], dtype=bool)
    # For each singular value the product of the others.
    others = xp.prod(xp.where(is_own, 1, s[..., None, :]), axis=-1)
    u, vh = xp.conj(u), xp.conj(vh)
    return orientation[..., None, None] * product(u * others[..., None, :], vh)


@cofactors.rules
def _(out, x):
    def way_back(g):
        total = reduction.sum(multiply(g, out), axis=(-2, -1), keepdims=True)
        turned = matmul(out, matmul(transposed(g), out))
        return true_divide(subtract(multiply(total, out), turned), _scalars(det(x)))

    return way_back


@primitive
def slogdet(x):
    """The sign of the determinant, and the logarithm of its absolute value."""
    return _in_single(lambda m: tuple(xp.linalg.slogdet(m)), x)


@slogdet.rules
def _(outs, x):
    sign = outs[0]
    is_complex = x.dtype.kind == "c"

    def way_back(gs):
        of_sign, of_log = gs
        if is_complex:  # the sign turns by the imaginary part of the logarithm's change
            turn = multiply(imag(multiply(of_sign, sign)), 1j)
            of_log = add(of_log, turn)
        return multiply(_scalars(of_log), transposed(inv(x)))

    return way_back


@primitive
def qr(x, *, mode="reduced"):
    """Orthonormal columns Q and an upper triangular R with ``Q @ R = x``."""
    return _in_single(lambda m: tuple(xp.linalg.qr(m, mode=mode)), x)


@qr.rules
def _(outs, x, *, mode="reduced"):
    """The wide case reduces to the square one: x = (X, Y), R = (U, V) with X = Q U, V = Q^T Y."""
    _refuse_complex(x, "qr")
    q, r = outs
    m, n = x.shape[-2:]

    def way_back(gs):
        of_q, of_r = gs
        if mode == "complete" and m > n:
            raise ValueError(
                "qr has a gradient where Q is determined by the matrix: use mode='reduced' for "
                f"matrices with more rows than columns. Received shape: {tuple(x.shape)}"
            )
        if m >= n:
            return _qr_way_back(q, r, of_q, of_r)
        square, rest = (..., slice(None, m)), (..., slice(m, None))
        of_v = get_item(of_r, index=rest)
        of_y = matmul(q, of_v)
        of_q = add(of_q, matmul(get_item(x, index=rest), transposed(of_v)))
        of_u = get_item(of_r, index=square)
        of_x = _qr_way_back(q, get_item(r, index=square), of_q, of_u)
        return concatenate(of_x, of_y, axis=-1)

    return way_back


def _qr_way_back(q, r, of_q, of_r):
    """S. Walter and L. Lehmann, "Algorithmic differentiation of linear algebra" (2018)."""
    inner = subtract(matmul(r, transposed(of_r)), matmul(transposed(of_q), q))
    symmetric = add(tril(inner), transposed(tril(inner, k=-1)))
    total = add(of_q, matmul(q, symmetric))
    return transposed(triangular_solve(r, transposed(total), lower=False))


def _differences(x):
    """``1 / (x[j] - x[i])`` at (i, j), and 0 on the diagonal."""
    gaps = subtract(expand_dims(x, -2), expand_dims(x, -1))
    own = xp.eye(x.shape[-1], dtype=bool)
    return where(own, 0, reciprocal(where(own, 1, gaps)))


@primitive
def svd(x, *, full_matrices=True):
    """U, the singular values in descending order, and V^H, with ``(U * s) @ V^H = x``."""
    return _in_single(lambda m: tuple(xp.linalg.svd(m, full_matrices=full_matrices)), x)


@svd.rules
def _(outs, x, *, full_matrices=True):
    """J. Townsend, "Differentiating the singular value decomposition" (2016)."""
    _refuse_complex(x, "svd")
    u, s, vh = outs
    m, n = x.shape[-2:]

    def way_back(gs):
        of_u, of_s, of_vh = gs
        if full_matrices and m != n:
            raise ValueError(
                "svd has a gradient where U and V are determined by the matrix: use "
                "full_matrices=False, or compute_uv=False for the singular values alone. "
                f"Received shape: {tuple(x.shape)}"
            )
        gaps = _differences(multiply(s, s))
        in_u, in_v = matmul(transposed(u), of_u), matmul(of_vh, transposed(vh))
        row, column = expand_dims(s, -2), expand_dims(s, -1)
        turn_u = multiply(multiply(gaps, subtract(in_u, transposed(in_u))), row)
        turn_v = multiply(column, multiply(gaps, subtract(transposed(in_v), in_v)))
        total = add(add(turn_u, turn_v), _diagonal_matrix(of_s))
        of_x = matmul(u, matmul(total, vh))
        if m > n:  # what of U leaves the space of its columns
            beyond = subtract(of_u, matmul(u, in_u))
            of_x = add(of_x, matmul(true_divide(beyond, row), vh))
        if n > m:
            beyond = subtract(of_vh, matmul(in_v, vh))
            of_x = add(of_x, matmul(u, true_divide(beyond, column)))
        return of_x

    return way_back


@primitive
def singular_values(x):
    """The singular values of each matrix in descending order."""
    return _in_single(lambda m: xp.linalg.svd(m, compute_uv=False), x)


@singular_values.rules
def _(out, x):
    _refuse_complex(x, "the singular values")

    def way_back(g):
        u, _, vh = svd(x, full_matrices=False)
        return matmul(multiply(u, expand_dims(g, -2)), vh)

    return way_back


@primitive
def eigh(x):
    """Eigenvalues in ascending order and eigenvectors of the mean of ``x`` and ``x^H``."""
    x = (x + xp.conj(xp.swapaxes(x, -1, -2))) * 0.5
    return _in_single(lambda m: tuple(xp.linalg.eigh(m)), x)


@eigh.rules
def _(outs, x):
    _refuse_complex(x, "eigh")
    w, v = outs

    def way_back(gs):
        of_w, of_v = gs
        inner = multiply(_differences(w), matmul(transposed(v), of_v))
        inner = add(inner, _diagonal_matrix(of_w))
        of_x = matmul(v, matmul(inner, transposed(v)))
        return multiply(add(of_x, transposed(of_x)), 0.5)

    return way_back


@primitive
def eig(x):
    """Complex eigenvalues, and eigenvectors of norm 1 in columns."""
    wide = x.astype("float32") if x.dtype == "float16" else x
    w, v = xp.linalg.eig(wide)
    dtype = xp.result_type(wide.dtype, "complex64")
    return w.astype(dtype, copy=False), v.astype(dtype, copy=False)


@eig.rules
def _(outs, x):
    """The phase of an eigenvector is free: only what does not depend on it has this gradient.

    C. Boeddeker et al., "On the computation of complex-valued gradients with application to
    statistically optimum beamforming" (2017), equations 4.77 and 4.86.
    """
    w, v = outs

    def way_back(gs):
        of_w, of_v = map(conj, gs)
        vh = conj(transposed(v))
        inner = matmul(vh, of_v)
        # Changes of an eigenvector along itself are undone by its norm.
        along = matmul(vh, multiply(v, expand_dims(_diagonal(real(inner)), -2)))
        inner = multiply(subtract(inner, along), conj(_differences(w)))
        inner = add(inner, _diagonal_matrix(of_w))
        return conj(solve(vh, matmul(inner, vh)))

    return way_back


@primitive
def pinv(x, *, rcond):
    """The pseudo-inverse, singular values up to ``rcond`` times the largest taken for 0."""
    return _in_single(lambda m: xp.linalg.pinv(m, rcond), x)


@pinv.rules
def _(out, x, *, rcond):
    """G. Golub and V. Pereyra, "The differentiation of pseudo-inverses" (1973), equation 4.12."""
    _refuse_complex(x, "pinv")

    def way_back(g):
        gt, pt = transposed(g), transposed(out)
        of_x = negative(matmul(pt, matmul(g, pt)))
        right = matmul(gt, matmul(out, pt))
        of_x = add(of_x, subtract(right, matmul(x, matmul(out, right))))
        left = matmul(pt, matmul(out, gt))
        return add(of_x, subtract(left, matmul(matmul(left, out), x)))

    return way_back


@primitive
def lu_factor(x):
    """L below the diagonal and U on and above it, the rows exchanged, and the order of the rows.

    Row j was exchanged with row ``exchanged[j]``, j counting up; ``x[order] = L @ U``. Column by
    column, for all matrices of a batch at once.
    """
    m, n = x.shape[-2:]
    a = xp.array(x, dtype="float32" if x.dtype == "float16" else x.dtype)
    rows = xp.arange(m)
    order = xp.broadcast_to(rows, (*x.shape[:-2], m))
    exchanged = xp.zeros((*x.shape[:-2], min(m, n)), "int32")
    for j in range(min(m, n)):
        pivot = xp.argmax(abs(a[..., j:, j]), axis=-1)[..., None] + j
        exchanged[..., j] = pivot[..., 0]
        moved = xp.where(rows == j, pivot, xp.where(rows == pivot, j, rows))
        order = xp.take_along_axis(order, moved, axis=-1)
        a = xp.take_along_axis(a, moved[..., None], axis=-2)
        divisor = a[..., j, j, None]
        factors = a[..., j + 1 :, j] / xp.where(divisor == 0, 1, divisor)
        a[..., j + 1 :, j] = factors
        a[..., j + 1 :, j + 1 :] -= factors[..., None] * a[..., j, None, j + 1 :]
    return a.astype(x.dtype, copy=False), exchanged, order


@lu_factor.rules
def _(outs, x):
    """With L1, U1 the square parts: the rest of L is A2 inv(U1), or that of U is inv(L1) A2."""
    lu, _, order = outs
    m, n = x.shape[-2:]
    k = min(m, n)

    def way_back(gs):
        g = gs[0]
        square = (..., slice(None, k), slice(None, k))
        inner, of_inner = get_item(lu, index=square), get_item(g, index=square)
        one = eye_like(inner)
        lower, upper = add(tril(inner, k=-1), one), triu(inner)
        of_lower, of_upper = tril(of_inner, k=-1), triu(of_inner)
        rest = None
        if m > n:
            below = (..., slice(k, None), slice(None))
            rest = _divided(get_item(g, index=below), upper)
            back = matmul(transposed(get_item(lu, index=below)), rest)
            of_upper = triu(subtract(of_upper, back))
        elif n > m:
            beside = (..., slice(None), slice(k, None))
            rest = triangular_solve(transposed(lower), get_item(g, index=beside), lower=False)
            back = matmul(rest, transposed(get_item(lu, index=beside)))
            of_lower = tril(subtract(of_lower, back), k=-1)
        total = add(
            tril(matmul(transposed(lower), of_lower), k=-1),
            triu(matmul(of_upper, transposed(upper))),
        )
        of_x = _divided(triangular_solve(transposed(lower), total, lower=False), upper)
        if rest is not None:
            of_x = concatenate(of_x, rest, axis=-2 if m > n else -1)
        back_to = expand_dims(argsort(order, axis=-1), -1)
        return take_along_axis(of_x, back_to, axis=-2)

    return way_back


def _divided(x, upper):
    """``x @ inv(upper)^T``."""
    return transposed(triangular_solve(upper, transposed(x), lower=False))
