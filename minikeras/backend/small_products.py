"""Products of tall matrices as stacks of small products.

OpenBLAS copies the operands of a product into the order in which its kernels read them. Where one
of them is narrow, as in a convolution, the copying takes a third of the time. For processors with
AVX-512 it also has kernels for small products, which read the operands where they lie: 255 instead
of 190 GFLOP/s on one core for 288 inputs and 32 outputs, 190 instead of 60 for the kernel gradient
of 3x3 taps and one channel. One call of `numpy.matmul` makes a whole stack of such products.
"""

from minikeras.backend import threads
from minikeras.backend.blas import has_small_kernels
from minikeras.backend.xp import ON_GPU, xp

# Multiplications up to which a product is small, and elements of the result of `outer`.
MOST = 10**6
_MOST_OF_OUTER = 8192
# Rows that the kernels take well, the better ones first; the least for few and for many columns.
_ROWS = (96, 48, 72, 24, 16)
_NARROW, _LEAST_ROWS = 32, (24, 16)
_LEAST_PART = 8
# Windows are cut into so many parts at the most: there is less to gain where both sides are wide.
_MOST_CUTS = 4
# Products of fewer rows than these have nothing to gain.
_LEAST_INNER = 64


def rows(a, matrix, out, take):
    """Fill ``out``, (..., m, f), with ``a @ matrix``: (..., m, K) times (K, f).

    Args:
        take: of `threads.scratch`.
    """
    length, width = matrix.shape
    least = _LEAST_ROWS[width > _NARROW]
    cuts = -(-matrix.size * least // MOST)
    if cuts > _MOST_CUTS or a.shape[-2] * matrix.size <= MOST or not helps():
        xp.matmul(a, matrix, out=out)
        return
    first, *others = threads.slices_of(length, cuts)
    _stack_of_rows(a[..., first], matrix[first], out)
    for part in others:
        product = take(out.shape, out.dtype)
        _stack_of_rows(a[..., part], matrix[part], product)
        out += product


def parts_of_rows(count, matrix):
    """Slices of ``count`` rows for products with a matrix that is too large for many rows.

    None where other ways are quicker: measured for 5x5 taps, 64 channels and 32 filters on 14x14,
    686 us instead of 848 us; for 3x3 taps, 32 channels and filters nothing is gained.
    """
    number = -(-count * matrix.size // MOST)
    if matrix.size * _ROWS[0] <= MOST or count < number * _LEAST_PART or not helps():
        return None
    return threads.slices_of(count, number)


def _stack_of_rows(a, matrix, out):
    count = a.shape[-2]
    fitting = [r for r in _ROWS if r <= count and r * matrix.size <= MOST]
    if not fitting:
        xp.matmul(a, matrix, out=out)
        return
    step = next((r for r in fitting if count % r == 0), max(fitting))
    whole = count - count % step
    xp.matmul(_split(a, step), matrix, out=_split(out, step))
    if whole < count:
        xp.matmul(a[..., whole:, :], matrix, out=out[..., whole:, :])


def outer(a, b, out, take):
    """Fill ``out``, (M, N), with ``a.T @ b``: (p, M) and (p, N), with p large.

    Args:
        take: of `threads.scratch`.
    """
    (length, height), width = a.shape, b.shape[1]
    most = max(_MOST_OF_OUTER // max(width, 1) // 16 * 16, 16)
    parts = threads.slices_of(height, -(-height // most))
    step = MOST // max(-(-height // len(parts)) * width, 1) // 32 * 32
    if step < _LEAST_INNER or length <= step or len(parts) > _MOST_CUTS or not helps():
        xp.matmul(a.T, b, out=out)
        return
    whole = length - length % step
    stack = _split(b, step)
    for columns in parts:
        x, y = a[:, columns], out[columns]
        products = take((whole // step, *y.shape), out.dtype)
        xp.matmul(_split(x, step).swapaxes(1, 2), stack, out=products)
        xp.add.reduce(products, axis=0, out=y)
        if whole < length:
            y += xp.matmul(x[whole:].T, b[whole:], out=products[0])


def helps():
    """Whether small products are quicker on this machine."""
    return not ON_GPU and has_small_kernels()


def _split(x, step):
    """(..., m, k) as (..., m // step, step, k), a view, without the last ``m % step`` rows."""
    *lead, count, length = x.shape
    *before, row, item = x.strides
    return xp.lib.stride_tricks.as_strided(
        x, (*lead, count // step, step, length), (*before, row * step, row, item)
    )
