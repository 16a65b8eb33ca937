"""The array library, bound once at import, and every difference between NumPy and CuPy.

This is the only module of minikeras that knows CuPy. Kernels write ``xp.sum`` and the like for all
that the two libraries share; what they do differently stands here under one name.
"""

import math

import numpy as np

from minikeras import config
from minikeras.backend.heap import keep_freed_memory

ON_GPU = config.backend() == "cupy"

if ON_GPU:
    import cupy as xp
else:
    xp = np

# Whether memory of large arrays that are freed costs little to have again.
FREED_MEMORY_STAYS = not ON_GPU and keep_freed_memory()

ndarray = xp.ndarray
# NumPy reduces to scalars where CuPy reduces to arrays of rank 0; both count as arrays here.
ARRAY_TYPES = (ndarray, np.generic)


def is_array(x):
    """Whether ``x`` is an array of the backend (or a NumPy scalar)."""
    return isinstance(x, ARRAY_TYPES)


def to_numpy(x):
    """A NumPy array with the values of ``x``; on the GPU this waits for the device."""
    return xp.asnumpy(x) if ON_GPU and isinstance(x, ndarray) else np.asarray(x)


def asarray(x, dtype=None):
    """An array of the backend with the values of ``x``, copied only where that is needed."""
    return xp.asarray(x, dtype=dtype)


def copy_of(x, dtype=None):
    """A fresh array of the backend with the values of ``x``, sharing memory with nothing."""
    return xp.array(x, dtype=dtype, copy=True)


if ON_GPU:
    import cupyx
    import cupyx.scipy.special

    def gpu(number):
        """A context in which arrays are made on the GPU of that number."""
        return xp.cuda.Device(number)

    def special(name):
        """The function ``name`` of ``scipy.special``, or of CuPy's equal of it."""
        return getattr(cupyx.scipy.special, name)

    def scatter_add(target, index, values):
        """``target[index] += values`` in place, repeated indices summed."""
        if target.dtype.kind in "fc" or target.dtype.char in "iILQ":
            cupyx.scatter_add(target, index, values)
        elif target.dtype == "int64":  # sums modulo 2**64 are the same with and without a sign
            cupyx.scatter_add(target.view("uint64"), index, values.astype("uint64"))
        else:
            wide = target.astype("int32")
            cupyx.scatter_add(wide, index, values.astype("int32"))
            target[...] = wide

    def put_last(target, index, values):
        """``target[index] = values`` in place for index arrays: of repeated places the last wins.

        CuPy leaves the winner open, so every value takes on that of the last one of its place.
        """
        region = target[index].shape
        numbers = xp.arange(math.prod(region), dtype="int32").reshape(region)
        winner = xp.zeros(target.shape, "int32")
        cupyx.scatter_max(winner, index, numbers)
        values = xp.broadcast_to(xp.asarray(values, target.dtype), region)
        target[index] = values.reshape(-1)[winner[index]]

    def add_rows(target, rows, values):
        """``target[rows] += values`` in place for a matrix, repeated rows summed."""
        scatter_add(target, rows, values)

    def reduce_rows(name, target, rows, values, in_runs=False):
        """Reduce the rows of ``values`` with equal numbers in ``rows`` into ``target[row]``.

        ``name`` is that of a ufunc; ``in_runs`` says that equal rows stand together. A scan in
        about log2(n) steps, as CuPy has no ``reduceat``.
        """
        if not in_runs:
            order = xp.argsort(rows)
            rows, values = rows[order], values[order]
        step = 1
        while step < len(rows):
            joined = getattr(xp, name)(values[step:], values[:-step])
            same = (rows[step:] == rows[:-step]).reshape(-1, *[1] * (values.ndim - 1))
            values = xp.concatenate([values[:step], xp.where(same, joined, values[step:])])
            step *= 2
        # The last row of each run holds the whole of it; the others go to a spare row.
        is_last = xp.ones(rows.shape, bool)
        is_last[:-1] = rows[1:] != rows[:-1]
        wide = xp.concatenate([target, target[:1]])
        wide[xp.where(is_last, rows, len(target))] = values
        target[...] = wide[:-1]

    class quiet:
        """A context in which float warnings are silent; on the GPU there are none."""

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

else:

    def gpu(number):
        """Not for NumPy."""
        raise ValueError(f"NumPy has no GPU {number}")

    def special(name):
        """The function ``name`` of ``scipy.special``, or of CuPy's equal of it."""
        import scipy.special

        return getattr(scipy.special, name)

    def scatter_add(target, index, values):
        """``target[index] += values`` in place, repeated indices summed."""
        np.add.at(target, index, values)

    def put_last(target, index, values):
        """``target[index] = values`` in place for index arrays: the last of repeated ones wins."""
        target[index] = values

    def add_rows(target, rows, values):
        """``target[rows] += values`` in place for a matrix, repeated rows summed.

        Measured: `np.add.at` is 6 times faster on a flat array than row by row (0.15 ms for 2,048
        rows of 64), where two numbers are taken as a complex one half as fast again, and a product
        with a sparse matrix of ones is 2 to 7 times faster still; but importing SciPy for that
        takes 130 ms, so it is kept for many values. Where most rows occur once, the last of each
        are added as a whole (0.07 ms), and only the others one by one.
        """
        size, width = target.shape
        if values.size <= 1024:
            np.add.at(target, rows, values)
            return
        rows = rows.astype(np.intp, copy=False)
        if len(rows) and (rows.min() < 0 or rows.max() >= size):
            rows = np.arange(size)[rows]  # negative counted from the end; IndexError beyond
        if values.size >= 2**19 and target.dtype.char in "fd" and target.dtype == values.dtype:
            from scipy.sparse import csr_array

            n = len(rows)
            ones = np.ones(n, target.dtype)
            chosen = csr_array((ones, rows, np.arange(n + 1)), shape=(n, size))
            target += chosen.T @ values
            return
        if target.flags.c_contiguous and values.flags.c_contiguous and target.dtype == values.dtype:
            rows, values = _add_last(target, rows, values)
            if width % 2 == 0 and target.dtype.char in "fd":
                kind, width = target.dtype.char.upper(), width // 2
                target, values = target.view(kind), values.view(kind)
            flat = rows[:, None] * width + np.arange(width)
            np.add.at(target.reshape(-1), flat.reshape(-1), values.reshape(-1))
        else:
            np.add.at(target, rows, values)

    def _add_last(target, rows, values):
        """Add the last of the values of each row where most rows have only one; what is left."""
        numbers, last = np.arange(len(rows)), np.empty(len(target), np.intp)
        last[rows] = numbers
        others = np.flatnonzero(last[rows] != numbers)
        if 4 * len(others) > len(rows):
            return rows, values
        target[rows] = target.take(rows, axis=0) + values  # of repeated rows the last one wins
        return rows[others], values.take(others, axis=0)

    def reduce_rows(name, target, rows, values, in_runs=False):
        """Reduce the rows of ``values`` with equal numbers in ``rows`` into ``target[row]``.

        ``name`` is that of a ufunc; ``in_runs`` says that equal rows stand together.
        """
        if not len(rows):
            return
        if not in_runs:
            order = np.argsort(rows, kind="stable")
            rows, values = rows[order], values[order]
        starts = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
        target[rows[starts]] = getattr(np, name).reduceat(values, starts, axis=0)

    def quiet():
        """A context in which float warnings are silent, as on every other Keras backend."""
        return np.errstate(all="ignore")
