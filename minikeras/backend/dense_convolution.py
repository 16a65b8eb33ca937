"""Convolution by matrix products, for kernels that see all channels of a group.

Work is cut into blocks of images, or of rows of large images, which run on several threads. How it
is cut follows from shapes alone. Views and letters are those of `lowering`.
"""

import functools
import math

from minikeras.backend import small_convolution, small_products, threads
from minikeras.backend.lowering import (
    columns,
    is_in_runs,
    needs_unit_axis,
    part_seen,
    ranges_seen,
    windows_of_rows,
    windows_of_taps,
    with_unit_axis,
)
from minikeras.backend.windows import Windows, blocks, moved, tap_slices
from minikeras.backend.xp import ON_GPU, xp

# Bytes of lowered input of a block. Measured from 256 KiB to 8 MiB: flat around this, as products
# want many rows and copies want to stay in the cache.
_BLOCK_BYTES = 1 << 28 if ON_GPU else 1 << 21
# Bytes of a block of what is spread and where to.
_SPREAD_BYTES = 1 << 20
# A product with fewer rows than these stays below its full speed.
_LEAST_ROWS = 256
_LEAST_SMALL_ROWS = 96  # in a stack of small products
# Work that takes one core less than 0.2 ms is not shared: threads would lose more by waiting for
# one another. It is counted in multiplications; to copy an element of a window takes as long as 16.
_LEAST_WORK = 3 << 23
_COPY = 16
# A large kernel is read anew by each product of one row of the output. Where such products have few
# rows, one of them all is quicker, though overlapping windows are copied for it: measured for one
# image and a kernel of 3x3, 3.3 ms to 1.3 ms for 14x14 and 256 channels, 56 ms to 19 ms for 512.
_FEW_ROWS = 64
_LARGE_KERNEL = 1 << 19  # bytes
# A kernel with so many times fewer filters than channels is narrow: what is summed up over channels
# first is less than the windows (32 to 1 on 28x28: 0.9 ms to 0.3 ms).
_NARROWER = 8
_FEW_PLACES = 2048  # for so few, calls cost more than copies
_LARGE_TAP = 1 << 15  # elements
_FEW_CHANNELS = 4  # so few are laid apart while products are added up
# Rows of a plain product that a thread takes at once.
_CHUNK = 4096


def correlate(x, kernel, windows, y):
    """Fill ``y`` with the sums of products of the kernel with the windows of ``x``.

    Args:
        x: ``(n, *sides, c)``.
        kernel: ``(*size, c, f)``, of the dtype to compute in.
        y: ``(n, *counts, f)``, a view of any strides.
    """
    correlate_all([(x, kernel, windows, y)])


def correlate_all(correlations):
    """What `correlate` does, for several tuples of its arguments at the same time."""
    work = sum(y.size * math.prod(kernel.shape[:-1]) for _, kernel, _, y in correlations)
    if correlations and small_convolution.is_little(work, len(correlations[0][0])):
        correlations = [one for one in correlations if not small_convolution.correlate(*one)]
    pieces = [piece for one in correlations for piece in _pieces(*one)]
    filters = correlations[0][1].shape[-1] if correlations else 1
    threads.run(lambda piece: piece(), pieces, _pays(work, filters))


def _pays(multiplications, filters):
    """Whether threads share out the products of windows with ``filters`` columns."""
    return multiplications * (1 + _COPY / filters) >= _LEAST_WORK


def _pieces(x, kernel, windows, y):
    """A correlation as functions to be called, on several threads if need be."""
    x, windows = _without_gaps(x, windows, y.shape[1:-1])
    if windows.is_pointwise:
        return _pointwise(x, kernel.reshape(kernel.shape[-2:]), y)
    if _is_narrow(windows, kernel.shape[-1], kernel.shape[-2], _NARROWER):
        turned = _turned(kernel, len(windows.size))
        return _spreads(x, turned, seen_from_output(windows, x.shape[1:-1], y.shape[1:-1]), y)
    if needs_unit_axis(windows):
        x, y, windows = x[:, None], y[:, None], with_unit_axis(windows)
    matrix = xp.ascontiguousarray(kernel.reshape(-1, kernel.shape[-1]))  # K, f
    correlate_block = _by_rows if is_in_runs(windows, x.shape[-1]) else _by_columns

    def block(images, rows):
        with threads.scratch() as take:
            correlate_block(x, matrix, windows, y, images, rows, take)

    pairs = _blocks(windows, y.shape[1:-1], len(x), matrix.shape, matrix.itemsize)
    return [functools.partial(block, *pair) for pair in pairs]


def _is_narrow(windows, filters, channels, times):
    """Whether there are so many times fewer filters than channels, and no stride."""
    return filters * times <= channels and set(windows.strides) == {1} and not ON_GPU


def _turned(kernel, rank):
    """A kernel turned round along its first ``rank`` axes, channels and filters swapped."""
    return kernel[(slice(None, None, -1),) * rank].swapaxes(-1, -2)


def seen_from_output(windows, sides, counts):
    """The windows over the output of which each element of the input has one, for strides of 1.

    Where tap i of window o lies at element q of the input, tap ``taps - 1 - i`` of window q lies at
    o.

    Args:
        sides, counts: those of the input and of the output.
    """
    padding = []
    for span, (before, _), side, count in zip(windows.spans, windows.padding, sides, counts):
        first = span - 1 - before
        padding.append((first, side - 1 + span - count - first))
    return Windows(windows.size, windows.strides, tuple(padding), windows.dilation)


def _by_rows(x, matrix, windows, y, images, rows, take):
    counts, filters = y.shape[1:-1], y.shape[-1]
    part = part_seen(x, windows, counts, images, rows, True, matrix.dtype, take)
    a = windows_of_rows(part, windows, rows.stop - rows.start, take)  # rows, n places, K
    del part  # whose memory is free for the products
    target, count = y[images, rows], len(a)
    if _image_by_image(a, matrix, target):
        return
    if count > 1 and a.shape[1] < _FEW_ROWS and matrix.nbytes > _LARGE_KERNEL and not ON_GPU:
        whole = take(a.shape, matrix.dtype)
        xp.copyto(whole, a)
        a = whole.reshape(-1, a.shape[2])
    shape = (*a.shape[:-1], filters)
    if (count == 1 or len(target) == 1) and _is_plain(target, matrix.dtype):
        small_products.rows(a, matrix, target.reshape(shape), take)
        return
    found = take(shape, matrix.dtype)
    small_products.rows(a, matrix, found, take)
    found = found.reshape(count, len(target), *counts[1:], filters)
    target[...] = moved(found, 0, 1)


def _image_by_image(a, matrix, target):
    """Multiply the windows of each image and row by themselves, into where the result belongs.

    For kernels too large for small products of many rows. Returns whether that was done.
    """
    counts, filters = target.shape[1:-1], target.shape[-1]
    places = math.prod(counts[1:])
    parts = small_products.parts_of_rows(places, matrix)
    if not parts or target.dtype != matrix.dtype or target.strides[-1] != matrix.itemsize:
        return False
    each = a.reshape(len(a), len(target), places, a.shape[-1])
    out = moved(target.reshape(len(target), counts[0], places, filters), 1, 0)
    if not xp.may_share_memory(out, target):
        return False
    for part in parts:
        xp.matmul(each[:, :, part], matrix, out=out[:, :, part])
    return True


def _by_columns(x, matrix, windows, y, images, rows, take):
    filters = y.shape[-1]
    part = part_seen(x, windows, y.shape[1:-1], images, rows, False, matrix.dtype, take)
    target = y[images, rows]
    first = moved(target, -1, 1)
    if _is_plain(first, matrix.dtype):
        a = columns(part, windows, True, take)  # n, K, p
        xp.matmul(matrix.T, a, out=first.reshape(len(a), filters, a.shape[-1]))
        return
    a = columns(part, windows, False, take)  # K, n p
    is_plain = _is_plain(target, matrix.dtype)
    shape = (a.shape[-1], filters)
    found = target.reshape(shape) if is_plain else take(shape, matrix.dtype)
    xp.matmul(a.T, matrix, out=found)
    if not is_plain:
        target[...] = found.reshape(target.shape)


def spreads_well(windows, images, sides, counts, channels, filters):
    """Whether an input gradient is computed by `spread`, or else by correlations.

    Measured: correlations copy less, but where there are few channels their products are narrow,
    where much of what they see is padding they multiply zeros, and with strides they are several,
    each with its own calls. Of large kernels each tap is a large product by itself (7x7 and 256
    channels: 1.8 ms, spread 1.4 ms).
    """
    if ON_GPU or math.prod(windows.size) == 1:
        return False
    if channels * filters >= _LARGE_TAP:
        return True
    if math.prod(windows.strides) > 1 and images * math.prod(counts) <= _FEW_PLACES:
        return True
    is_padded = math.prod(sides) >= 1.3 * math.prod(counts) * math.prod(windows.strides)
    return is_padded or not is_in_runs(windows, channels)


def spread(g, kernel, windows, dx):
    """Fill ``dx`` with the gradient of the input: per tap, products added where the tap lies.

    Args:
        g: ``(n, *counts, f)``.
        kernel: ``(*size, c, f)``, of the dtype to compute in.
        dx: ``(n, *sides, c)``, a view of any strides.
    """
    threads.run(lambda piece: piece(), _spreads(g, kernel, windows, dx))


def _spreads(g, kernel, windows, dx):
    """`spread` as functions to be called, on several threads if need be."""
    counts, channels, filters = g.shape[1:-1], dx.shape[-1], g.shape[-1]
    taps = kernel.reshape(-1, channels, filters)
    lengths, there, here = ranges_seen(windows, counts, dx.shape[1:-1], slice(0, counts[0]))
    places = tap_slices(windows, counts)
    is_filled = all(s.stop - s.start == side for s, side in zip(here, dx.shape[1:-1]))

    def block(images):
        n = images.stop - images.start
        with threads.scratch() as take:
            a = g[images]
            if not _is_plain(a, kernel.dtype):
                a = take(a.shape, kernel.dtype)
                a[...] = g[images]
            a = a.reshape(-1, filters)  # p, f
            if channels <= _FEW_CHANNELS:  # c apart: long runs along the places
                total = take((channels, n, *lengths), kernel.dtype)
                products = take((len(taps), channels, n, *counts), kernel.dtype)
                xp.matmul(taps.reshape(-1, filters), a.T, out=products.reshape(-1, len(a)))
                _add_taps(total, 2, places, products)
                total = moved(total, 0, -1)
            else:
                total = take((n, *lengths, channels), kernel.dtype)
                product = take((n, *counts, channels), kernel.dtype)
                flat = product.reshape(len(a), channels)
                _add_taps(total, 1, places, (_product(a, k.T, flat, product) for k in taps))
            if not is_filled:
                dx[images] = 0
            dx[images][(slice(None), *here)] = total[(slice(None), *there)]

    each = math.prod(lengths) * channels + math.prod(counts) * (filters + channels)
    step = max(_SPREAD_BYTES // (each * kernel.itemsize), -(-_LEAST_ROWS // math.prod(counts)), 1)
    return [functools.partial(block, part) for part in threads.slices(len(g), step, step)]


def _product(a, b, flat, shaped):
    """``shaped``, with ``a @ b`` in ``flat``, which is its memory."""
    xp.matmul(a, b, out=flat)
    return shaped


def _add_taps(total, lead, places, products):
    """Put the sum of products into ``total``, each at its place behind ``lead`` axes."""
    total.fill(0)
    for place, product in zip(places, products):
        part = total[(*[slice(None)] * lead, *place)]
        xp.add(part, product, out=part)


def gather(x, g, windows, dtype):
    """The sums over all places of the products of windows of ``x`` with ``g``: ``(K, f)``.

    Args:
        x: ``(n, *sides, c)``.
        g: ``(n, *counts, f)``.
        dtype: that to compute in.
    """
    if small_convolution.is_little(g.size * math.prod(windows.size) * x.shape[-1], len(g)):
        found = small_convolution.gather(x, g, windows, dtype)
        if found is not None:
            return found
    x, windows = _without_gaps(x, windows, g.shape[1:-1])
    shape = (math.prod(windows.size) * x.shape[-1], g.shape[-1])
    if _is_narrow(windows, g.shape[-1], x.shape[-1], 2):
        seen = seen_from_output(windows, x.shape[1:-1], g.shape[1:-1])
        found = gather(g, x, seen, dtype).reshape(*windows.size, *shape[1:], x.shape[-1])
        return xp.ascontiguousarray(_turned(found, len(windows.size))).reshape(shape)
    pays = _pays(g.size * shape[0], shape[1])
    first_x, first_g = (moved(a, -1, 1) for a in (x, g))
    is_first = _is_plain(first_x, dtype) and _is_plain(first_g, dtype)
    if windows.is_pointwise and not is_first:
        x, g = (xp.ascontiguousarray(a, dtype=dtype) for a in (x, g))
        x, g = (a.reshape(-1, a.shape[-1]) for a in (x, g))
        pieces = _chunks(len(x), _CHUNK, math.prod(shape))
        add = lambda piece, out, take: xp.matmul(x[piece].T, g[piece], out=out)
    elif windows.is_pointwise:
        n = len(x)
        x, g = (a.reshape(n, a.shape[1], math.prod(a.shape[2:])) for a in (first_x, first_g))
        pieces = _chunks(n, _CHUNK // x.shape[-1], x.shape[-1] * math.prod(shape))
        add = lambda piece, out, take: _add_images(x[piece], g[piece].swapaxes(1, 2), out, take)
    else:
        if needs_unit_axis(windows):
            x, g, windows = x[:, None], g[:, None], with_unit_axis(windows)
        block = _gather_by_taps if is_in_runs(windows, x.shape[-1]) else _gather_by_columns
        pieces = _blocks(windows, g.shape[1:-1], len(x), shape, dtype.itemsize)
        add = lambda piece, out, take: block(x, g, windows, *piece, out, take)
    return threads.summed(add, pieces, shape, dtype, pays)


def _gather_by_taps(x, g, windows, images, rows, out, take):
    counts, filters = g.shape[1:-1], g.shape[-1]
    part = part_seen(x, windows, counts, images, rows, True, out.dtype, take)
    matrices = windows_of_taps(part, windows, rows.stop - rows.start, take)
    del part
    b = moved(g[images, rows], 1, 0)  # rows, n, *counts, f
    if b.dtype != out.dtype or not b.flags.c_contiguous:
        ordered = take(b.shape, out.dtype)
        xp.copyto(ordered, b)
        b = ordered
    b = b.reshape(-1, filters)
    for total, a in zip(out.reshape(len(matrices), -1, filters), matrices):
        small_products.outer(a, b, total, take)


def _gather_by_columns(x, g, windows, images, rows, out, take):
    filters = g.shape[-1]
    part = part_seen(x, windows, g.shape[1:-1], images, rows, False, out.dtype, take)
    b = g[images, rows].astype(out.dtype, copy=False)
    first = moved(b, -1, 1)
    if first.flags.c_contiguous:
        a = columns(part, windows, True, take)  # n, K, p
        _add_images(a, first.reshape(len(a), filters, a.shape[-1]).swapaxes(1, 2), out, take)
    else:
        a = columns(part, windows, False, take)
        small_products.outer(a.T, b.reshape(-1, filters), out, take)


def _add_images(a, b, out, take):
    """The sum of the products of each image."""
    products = xp.matmul(a, b, out=take((len(a), *out.shape), out.dtype))
    xp.sum(products, axis=0, out=out)


def _pointwise(x, matrix, y):
    """Functions to be called for a kernel that looks at single places."""
    channels, filters = matrix.shape
    n = len(x)
    first_x, first_y = (moved(a, -1, 1) for a in (x, y))
    if _is_plain(x, matrix.dtype) and _is_plain(y, matrix.dtype):
        rows, out = x.reshape(-1, channels), y.reshape(-1, filters)
        pieces = _chunks(len(rows), _CHUNK, matrix.size)
        return [functools.partial(xp.matmul, rows[p], matrix, out=out[p]) for p in pieces]
    if _is_plain(first_x, matrix.dtype) and _is_plain(first_y, matrix.dtype):
        columns, out = first_x.reshape(n, channels, -1), first_y.reshape(n, filters, -1)
        turned = xp.ascontiguousarray(matrix.T)
        places = out.shape[-1]
        pieces = _chunks(n, _CHUNK // places, places * matrix.size)
        return [functools.partial(xp.matmul, turned, columns[p], out=out[p]) for p in pieces]
    x = xp.ascontiguousarray(x, dtype=matrix.dtype)
    if _is_plain(y, matrix.dtype):
        return _pointwise(x, matrix, y)

    def whole():
        y[...] = xp.matmul(x.reshape(-1, channels), matrix).reshape(y.shape)

    return [whole]


def _chunks(count, most, each):
    """Slices of ``count`` rows or images, that take ``each`` multiplications: at least two of them.

    Where there is little to do there is one.
    """
    return threads.slices(count, most, 1) if count * each >= _LEAST_WORK else [slice(0, count)]


def _without_gaps(x, windows, counts):
    """Drop the elements that a kernel of one tap and a stride leave out."""
    keep, strides = [slice(None)], []
    for size, stride, pair, count in zip(windows.size, windows.strides, windows.padding, counts):
        if size == 1 and stride > 1 and pair == (0, 0):
            keep.append(slice(0, (count - 1) * stride + 1, stride))
            stride = 1
        else:
            keep.append(slice(None))
        strides.append(stride)
    if tuple(strides) == tuple(windows.strides):
        return x, windows
    return x[tuple(keep)], Windows(windows.size, tuple(strides), windows.padding, windows.dilation)


def _blocks(windows, counts, images, matrix_shape, itemsize):
    """Pairs of slices, of the batch and of the first spatial axis of the output."""
    length, filters = matrix_shape
    width = math.prod(counts[1:])
    is_lowered = is_in_runs(windows, length // math.prod(windows.size))
    bytes_per_row = width * length * itemsize
    if is_lowered:
        bytes_per_row = bytes_per_row * windows.strides[0] // windows.size[0]
    limit = _BLOCK_BYTES
    if _pays(images * counts[0] * width * length * filters, filters) and not ON_GPU:
        # At least two blocks, unless their products would be small.
        all_bytes = images * counts[0] * bytes_per_row
        rows = _LEAST_SMALL_ROWS if small_products.helps() else _LEAST_ROWS
        least = bytes_per_row * counts[0] * -(-rows // (width * (1 if is_lowered else 2)))
        limit = max(min(limit, -(-all_bytes // 2)), least)
    return blocks(images, counts[0], bytes_per_row, limit, least_rows=4)


def _is_plain(x, dtype):
    return x.dtype == dtype and x.flags.c_contiguous
