"""The matrix product: large ones cut into pieces for the threads of `minikeras.backend.threads`."""

import math

from minikeras.backend import threads
from minikeras.backend.xp import ON_GPU, np, xp

# Multiplications from which pieces pay, and of a piece: 0.15 ms of a core.
_LEAST = 1 << 24
_PIECE = 1 << 24
_MOST_PIECES = 16
# Sides of a piece are multiples of this, as the kernels of BLAS work on so many rows or columns.
_GRAIN = 32
# Shorter ones are not worth copying the other operand for.
_LEAST_SIDE = 64


def product(x, y, out=None):
    """The matrix product ``x @ y``, as `numpy.matmul` defines it; written to ``out`` if given.

    NumPy has no fast one in half precision, so there it is computed in single.
    """
    if ON_GPU:
        return xp.matmul(x, y, out=out)
    if x.dtype == np.float16 and y.dtype == np.float16:
        found = product(x.astype(np.float32), y.astype(np.float32))
        if out is None:
            return found.astype(np.float16)
        out[...] = found
        return out
    if x.ndim < 2 or y.ndim < 2 or x.dtype != y.dtype or x.dtype.char not in "fd":
        return np.matmul(x, y, out=out)
    if x.size * y.shape[-1] < _LEAST:
        return np.matmul(x, y, out=out)
    return (_in_pieces if x.ndim == y.ndim == 2 else _batch_in_pieces)(x, y, out)


def _in_pieces(x, y, out):
    """The product of two matrices, by parts of its longer side."""
    rows, columns = x.shape[0], y.shape[1]
    if out is None:
        out = np.empty((rows, columns), x.dtype)
    work = rows * columns * x.shape[1]
    if rows >= columns:
        pieces = _pieces(rows, work)
        threads.run(lambda s: np.matmul(x[s], y, out=out[s]), pieces)
    else:
        pieces = _pieces(columns, work)
        threads.run(lambda s: np.matmul(x, y[:, s], out=out[:, s]), pieces)
    return out


def _batch_in_pieces(x, y, out):
    """The products of a batch of matrices, by parts of its first axis."""
    lead = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    if out is None:
        out = np.empty((*lead, x.shape[-2], y.shape[-1]), x.dtype)
    x, y = (np.broadcast_to(a, (*lead, *a.shape[-2:])) for a in (x, y))
    work = math.prod(lead) * x.shape[-1] * x.shape[-2] * y.shape[-1]
    pieces = _pieces(lead[0], work, grain=1, least=1)
    threads.run(lambda s: np.matmul(x[s], y[s], out=out[s]), pieces)
    return out


def _pieces(length, work, grain=_GRAIN, least=_LEAST_SIDE):
    """Slices of a side; they follow from the shapes alone, never from the number of threads."""
    count = min(work // _PIECE, _MOST_PIECES, length // least)
    count = max(count + count % 2, 1)
    step = -(-length // (count * grain)) * grain
    return [slice(start, min(start + step, length)) for start in range(0, length, step)]
