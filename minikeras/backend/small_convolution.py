"""Convolutions of little work: few calls of NumPy, on memory that is laid out once.

For one image, or a few small ones, a product takes some ten microseconds, and to find slices, make
views and hand out blocks takes longer. So what does not depend on the numbers is kept for each
geometry (`layouts`): an array for the input with its padding, of which a call fills the inside
only, memory for the windows, and the views between them. A call copies the input, copies the
windows, and multiplies.

Letters and views are those of `lowering`.
"""

import math

from minikeras.backend import layouts, small_products, threads
from minikeras.backend.lowering import (
    is_in_runs,
    lowered_view,
    needs_unit_axis,
    ranges_seen,
    view_of_columns,
    with_unit_axis,
)
from minikeras.backend.windows import moved, sliding, tap_slices
from minikeras.backend.xp import ON_GPU, xp

# Multiplications from which blocks, which threads may share, are quicker than what is kept; for one
# image, of which they are parts of the rows.
_LEAST_SHARED = 1 << 23
_LEAST_OF_IMAGE = 1 << 24
_MOST_PADDED = 1 << 19  # bytes of an input
# Bytes of windows for which memory is held; where there are more, to ask for it anew takes little
# of the time, and held it would add to what a step needs elsewhere.
_MOST_HELD = 1 << 18
# A row of windows is multiplied in parts of no fewer places than these.
_LEAST_PART = 8


def is_little(work, images):
    """Whether so many multiplications are not worth sharing."""
    return work < (_LEAST_OF_IMAGE if images == 1 else _LEAST_SHARED)


def correlate(x, kernel, windows, y):
    """What `dense_convolution.correlate` does; returns whether it is little work, and was done.

    Args:
        x: ``(n, *sides, c)``.
        kernel: ``(*size, c, f)``, of the dtype to compute in.
        y: ``(n, *counts, f)``, a view of any strides.
    """
    if ON_GPU or y.dtype != kernel.dtype:
        return False
    if needs_unit_axis(windows):
        x, y, windows = x[:, None], y[:, None], with_unit_axis(windows)
    key = (x.shape, y.shape, y.strides, windows, y.dtype)
    fill = layouts.kept(key, _layout, x, y, windows)
    if fill is None:
        return False
    fill(x, xp.ascontiguousarray(kernel.reshape(-1, kernel.shape[-1])), y)
    return True


def gather(x, g, windows, dtype):
    """What `dense_convolution.gather` does, or None where it is not little work."""
    if ON_GPU or g.dtype != dtype or not g.flags.c_contiguous:
        return None
    key = ("gather", x.shape, g.shape, windows, dtype)
    found = layouts.kept(key, _layout_of_gather, x, g, windows)
    return None if found is None else found(x, g)


def _layout_of_gather(x, g, windows):
    """A function that makes a kernel gradient, (K, f), and the bytes it keeps, or None and 0."""
    (n, *sides, channels), (_, *counts, filters) = x.shape, g.shape
    length = math.prod(windows.size) * channels
    lengths, there, here = ranges_seen(windows, counts, sides, slice(0, counts[0]))
    bytes_of_input = n * math.prod(lengths) * channels * g.itemsize
    bytes_of_windows = n * math.prod(counts) * length * g.itemsize
    is_large = bytes_of_input > _MOST_PADDED or bytes_of_windows > layouts.MOST_SHARED
    if is_large or not is_little(g.size * length, n):
        return None, 0
    in_runs = is_in_runs(windows, channels)
    if in_runs:
        padded = part = xp.zeros((n, *lengths, channels), g.dtype)
        view = sliding(part, windows, 1)
    else:
        padded = xp.zeros((n, channels, *lengths), g.dtype)
        part = moved(padded, 1, -1)
        view = view_of_columns(part, windows, False)
    inside, seen = part[(slice(None), *there)], (slice(None), *here)
    copyto, empty, matmul, shape, dtype = xp.copyto, xp.empty, xp.matmul, view.shape, view.dtype
    held = layouts.shared(shape, dtype) if bytes_of_windows <= _MOST_HELD else None

    def made(x, g):
        inside[...] = x[seen]
        copied = empty(shape, dtype) if held is None else held
        copyto(copied, view)
        rows = copied.reshape(-1, length).T if in_runs else copied.reshape(length, -1)
        return matmul(rows, g.reshape(-1, filters))

    return made, padded.nbytes


def _layout(x, y, windows):
    """A function that fills ``y``, given ``x`` and the kernel as a matrix, and the bytes it keeps.

    None in place of the function where other ways are better.
    """
    (n, *sides, channels), (_, *counts, filters) = x.shape, y.shape
    length = math.prod(windows.size) * channels
    if not is_little(math.prod(y.shape) * length, n):
        return None, 0
    if set(windows.size) == {1} and not windows.is_padded and y.flags.c_contiguous:
        return _at_points(windows, y.shape, y.dtype), 0
    lengths, there, here = ranges_seen(windows, counts, sides, slice(0, counts[0]))
    is_last = y.flags.c_contiguous
    is_first = not is_last and moved(y, -1, 1).flags.c_contiguous
    in_runs = is_in_runs(windows, channels)
    is_in_rows = in_runs and len(sides) == 2 and y.strides[-1] == y.itemsize
    if n * math.prod(lengths) * channels * y.itemsize > _MOST_PADDED or not (
        is_last or is_first or is_in_rows
    ):
        return None, 0
    if in_runs:
        padded = part = xp.zeros((n, *lengths, channels), y.dtype)
        is_one = is_last and _is_one_product(math.prod(counts[1:]), length, filters)
        view = sliding(part, windows, 1) if is_one else lowered_view(part, windows)
        make = _in_one if is_one else _by_rows
    else:
        padded = xp.zeros((n, channels, *lengths), y.dtype)
        part, make = moved(padded, 1, -1), _in_columns
        view = view_of_columns(part, windows, not is_last)
    if view.size * view.itemsize > layouts.MOST_SHARED:
        return None, 0
    inside, seen = part[(slice(None), *there)], (slice(None), *here)
    copyto, empty, shape, dtype = xp.copyto, xp.empty, view.shape, view.dtype
    if view.size * view.itemsize > _MOST_HELD:

        def fill_fresh(x, matrix, y):
            inside[...] = x[seen]
            copied = empty(shape, dtype)
            copyto(copied, view)
            make(copied, windows, y, length)(matrix, y)

        return fill_fresh, padded.nbytes
    held = layouts.shared(shape, dtype)
    multiply = make(held, windows, y, length)

    def fill(x, matrix, y):
        inside[...] = x[seen]
        copyto(held, view)
        multiply(matrix, y)

    return fill, padded.nbytes


def _at_points(windows, shape, dtype):
    """Kernels of one tap see the input itself, or some of it."""
    (*_, filters), places = shape, (slice(None), *tap_slices(windows, shape[1:-1])[0])
    ascontiguousarray, matmul = xp.ascontiguousarray, xp.matmul

    def fill(x, matrix, y):
        seen = ascontiguousarray(x[places], dtype)
        matmul(seen.reshape(-1, len(matrix)), matrix, out=y.reshape(-1, filters))

    return fill


def _is_one_product(width, length, filters):
    """Whether all windows make one product, or those of each row of the output another."""
    if not small_products.helps():
        return True
    return min(width, _LEAST_PART) * length * filters > small_products.MOST


def _in_one(copied, windows, y, length):
    """Windows (n, *counts, *size, c)"""
    rows, filters, matmul = copied.reshape(-1, length), y.shape[-1], xp.matmul
    return lambda matrix, y: matmul(rows, matrix, out=y.reshape(-1, filters))


def _in_columns(copied, windows, y, length):
    """Windows (*size, c, n, *counts), or (n, *size, c, *counts) if channels are first."""
    shape, matmul = (-1, y.shape[-1]), xp.matmul
    if y.flags.c_contiguous:
        rows = copied.reshape(length, -1).T
    else:
        rows = copied.reshape(len(y), length, -1).swapaxes(1, 2)
        shape = (len(y), *shape)
    return lambda matrix, y: matmul(rows, matrix, out=y.reshape(shape))


def _by_rows(copied, windows, y, length):
    """Windows (n, *counts but the first, h, *size but the first, c), rows of the output a stack."""
    n, count, height, filters = *y.shape[:2], copied.shape[-len(windows.size) - 1], y.shape[-1]
    width, run = math.prod(y.shape[2:-1]), length // windows.size[0]
    steps = height * run * width, windows.strides[0] * run, height * run, 1
    rows = xp.lib.stride_tricks.as_strided(
        copied, (n, count, width, length), tuple(step * copied.itemsize for step in steps)
    )
    matmul = xp.matmul
    parts = threads.slices_of(width, -(-width * length * filters // small_products.MOST))
    if len(parts) == 1 and y.ndim == 4:
        return lambda matrix, y: matmul(rows, matrix, out=y)

    def multiply(matrix, y):
        y = y.reshape(n, count, width, filters) if y.ndim > 4 else y
        for part in parts:
            matmul(rows[:, :, part], matrix, out=y[:, :, part])

    return multiply
