"""Convolution with kernels that see one channel each: products taken elementwise, tap by tap.

Views are those of `lowering`: ``(n, *sides, c)``, however they lie in memory. Where several filters
see a channel it is repeated.
"""

import math

from minikeras.backend import layouts, threads
from minikeras.backend.lowering import part_seen, ranges_seen
from minikeras.backend.windows import blocks, moved, sliding, tap_slices
from minikeras.backend.xp import ON_GPU, xp

# Bytes of a block of the output, of which there are two at least. Measured from 128 KiB to 4 MiB.
_BLOCK_BYTES = 1 << 28 if ON_GPU else 1 << 21
# Multiplications from which two threads are quicker than one that need not wait for the other.
_LEAST_SHARED = 1 << 20
_MOST_PADDED = 1 << 19  # bytes of an input that is kept
_LETTERS = "abdefghijlmop"


def correlate(x, kernel, windows, y):
    """Fill ``y`` with the sums of products of each filter with the windows of its channel.

    Args:
        x: ``(n, *sides, c)``.
        kernel: ``(*size, 1, f)``, of the dtype to compute in.
        y: ``(n, *counts, f)``, a view of any strides.
    """
    counts, filters, dtype = y.shape[1:-1], y.shape[-1], kernel.dtype
    if not ON_GPU and y.dtype == dtype and y.flags.c_contiguous:
        key = ("depthwise", x.shape, y.shape, windows, dtype)
        fill = layouts.kept(key, _layout, x, y, windows)
        if fill is not None:
            fill(x, kernel, y)
            return
    # Each tap is repeated along the last spatial axis, so that inner loops run over whole rows.
    flat = kernel.reshape(*windows.size, 1, filters)
    taps = xp.ascontiguousarray(xp.broadcast_to(flat, (*windows.size, counts[-1], filters)))

    def block(piece):
        images, rows = piece
        with threads.scratch() as take:
            part = part_seen(x, windows, counts, images, rows, True, dtype, take)
            part = _repeated(part, filters)
            target = y[images, rows]
            is_direct = target.dtype == dtype and target.flags.c_contiguous
            total = target if is_direct else take(target.shape, dtype)
            _multiply_add(part, taps, windows, total, take)
            if not is_direct:
                target[...] = total

    threads.run(block, _blocks(y, dtype))


def _layout(x, y, windows):
    """A function that does what `correlate` does, where it is little work; and the bytes it keeps.

    Nothing is kept for the rest.
    """
    (n, *sides, channels), (_, *counts, filters) = x.shape, y.shape
    lengths, there, here = ranges_seen(windows, counts, sides, slice(0, counts[0]))
    shape = (n, *lengths, channels, filters // channels)
    is_large = math.prod(shape) * y.itemsize > _MOST_PADDED
    if is_large or y.size * math.prod(windows.size) >= _LEAST_SHARED:
        return None, 0
    padded, copied, lowered = xp.zeros(shape, y.dtype), [], layouts.shared
    inside, seen = padded[(slice(None), *there)], (slice(None), *here, slice(None), None)
    part = padded.reshape(n, *lengths, filters)
    by_taps, places, size = _seen_by_taps(part, windows, lowered, copied.append)
    taps = xp.empty((*windows.size, counts[-1], filters), y.dtype)
    flat, total = taps.reshape(*windows.size, -1), (*y.shape[: len(sides)], -1)
    letters, of_one, einsum = f"n{places}{size}c,{size}c->n{places}c", taps.shape[:-2], xp.einsum

    def fill(x, kernel, y):
        inside[...] = x[seen]
        for target, source in copied:
            target[...] = source
        taps[...] = kernel.reshape(*of_one, 1, filters)
        einsum(letters, by_taps, flat, out=y.reshape(total))

    return fill, padded.nbytes + taps.nbytes


def _multiply_add(part, taps, windows, total, take):
    """Fill ``total`` with the sum over the taps of each tap times what it sees.

    Measured: `einsum` multiplies and adds in one pass, in half the time of a call for each.
    """
    if ON_GPU:
        flat = taps.reshape(-1, *taps.shape[-2:])
        for i, place in enumerate(tap_slices(windows, total.shape[1:-1])):
            product = part[(slice(None), *place)] * flat[i]
            total[...] = total + product if i else product
        return
    seen, places, size = _seen_by_taps(part, windows, take, _copied)
    taps = taps.reshape(*windows.size, -1)
    total = total.reshape(*total.shape[: len(windows.size)], -1)
    xp.einsum(f"n{places}{size}c,{size}c->n{places}c", seen, taps, out=total)


def gather(x, g, windows, dtype):
    """The sums over all places of what each tap sees times ``g``: ``(t, f)``.

    Args:
        x: ``(n, *sides, c)``.
        g: ``(n, *counts, f)``.
        dtype: that to compute in.
    """
    counts, filters = g.shape[1:-1], g.shape[-1]
    taps, width = math.prod(windows.size), counts[-1]

    def block(piece, out, take):
        images, rows = piece
        part = part_seen(x, windows, counts, images, rows, True, dtype, take)
        part = _repeated(part, filters)
        gradient = xp.ascontiguousarray(g[images, rows], dtype=dtype)
        if ON_GPU:
            lead = tuple(range(len(counts)))
            for i, place in enumerate(tap_slices(windows, gradient.shape[1:-1])):
                product = part[(slice(None), *place)] * gradient
                xp.sum(product, axis=lead, out=out[i])
            return
        seen, places, size = _seen_by_taps(part, windows, take, _copied)
        gradient = gradient.reshape(*gradient.shape[: len(counts)], -1)
        out = out.reshape(*windows.size, -1)
        xp.einsum(f"n{places}{size}c,n{places}c->{size}c", seen, gradient, out=out)

    found = threads.summed(block, _blocks(g, dtype), (taps, width, filters), dtype)
    return found.sum(axis=1)


def _copied(pair):
    target, source = pair
    xp.copyto(target, source)


def _seen_by_taps(part, windows, take, copy):
    """What the taps see, with the last spatial axis behind the taps, and letters for `einsum`.

    Args:
        copy: called with an array that ``take`` gave, and the view that must be copied to it.

    Returns:
        ``(n, *counts but the last, *size, last count * c)``; letters of these counts; and letters
        of the taps.
    """
    rank = len(windows.size)
    seen = moved(sliding(part, windows.along(rank - 1), rank), rank, -2)
    *lead, width, channels = seen.shape  # n, sides but the last, last size, last count, c
    if seen.strides[-2] != channels * seen.itemsize or seen.strides[-1] != seen.itemsize:
        lowered = take(seen.shape, seen.dtype)  # with strides, so that runs are long again
        copy((lowered, seen))
        seen = lowered
    seen = xp.lib.stride_tricks.as_strided(
        seen, (*lead, width * channels), (*seen.strides[:-2], seen.itemsize)
    )
    return (
        sliding(seen, windows.along(slice(0, rank - 1)), 1),
        _LETTERS[: rank - 1],
        _LETTERS[rank - 1 : 2 * rank - 1],
    )


def _blocks(y, dtype):
    """Pairs of slices, of the batch and of the first spatial axis of the output."""
    bytes_per_row = math.prod(y.shape[2:]) * dtype.itemsize
    limit = min(_BLOCK_BYTES, -(-len(y) // 2) * y.shape[1] * bytes_per_row)
    return blocks(len(y), y.shape[1], bytes_per_row, limit, least_rows=4)


def _repeated(part, filters):
    """Each channel as often as there are filters that see it."""
    multiple = filters // part.shape[-1]
    return part if multiple == 1 else xp.repeat(part, multiple, axis=-1)
