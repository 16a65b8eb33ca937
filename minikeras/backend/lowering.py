"""Windows over images as rows of a matrix, so that a convolution is a matrix product.

The plain way copies every window: an array as many times the input as the kernel has taps, and the
copying takes as long as the product. Here the copies are made along all spatial axes but the first
(Cho and Brand 2017, "MEC: Memory-efficient Convolution for Deep Neural Network"). With the first
axis innermost but for taps and channels, the windows of one row of the output are rows of a matrix
that overlap those of the next row of the output, without any more copying::

    input     n, h, w, c
    lowered   n, w', h, (j c)            j: taps along w; the taps along h are neighbours
    windows   h', (n w'), (i j c)        a view: row h' begins h' * stride rows further on

With one or three channels the runs that are copied so would be too short. There every window is
copied, but as columns: the runs go along the places.

Arrays here are views of the form ``(n, *sides, c)``, however they lie in memory.

Letters: n images, p places of the output (images and spatial axes in one), t taps, c channels of
the input, f filters, K = t c, the length of a window.
"""

import functools
import math

from minikeras.backend.windows import Windows, moved, sliding
from minikeras.backend.xp import ON_GPU, xp

# Copying windows pays where this many elements lie together, else copying columns: for 7x7 taps and
# 3 channels 1.4 ms, not 2.3 ms; for 3x3 and 3 channels 0.30 ms, not 0.27 ms.
_LEAST_RUN = 14


@functools.lru_cache(maxsize=512)
def with_unit_axis(windows):
    """The same windows over arrays that have an axis of length 1 before their spatial axes."""
    return Windows(
        (1, *windows.size),
        (1, *windows.strides),
        ((0, 0), *windows.padding),
        (1, *windows.dilation),
    )


def needs_unit_axis(windows):
    """Whether the first spatial axis cannot be the one that is not lowered.

    There must be others, and the taps along it be neighbours. On the GPU, whose products need
    contiguous operands, every window is copied.
    """
    return len(windows.size) == 1 or windows.dilation[0] > 1 or ON_GPU


def is_in_runs(windows, channels):
    """Whether windows are copied in runs along the channels, or else as columns."""
    return channels * windows.size[-1] >= _LEAST_RUN


def ranges_seen(windows, counts, sides, rows):
    """Along each spatial axis, what some of the windows see of an array.

    Returns:
        How long that is with its padding, where in it elements of the array lie, and which these
        elements are: the last two as slices.
    """
    return _ranges_seen(windows, tuple(counts), tuple(sides), rows.start, rows.stop)


@functools.lru_cache(maxsize=1024)
def _ranges_seen(windows, counts, sides, first, stop):
    starts = [-before for before, _ in windows.padding]
    lengths = [
        (count - 1) * stride + span
        for count, stride, span in zip(counts, windows.strides, windows.spans)
    ]
    starts[0] += first * windows.strides[0]
    lengths[0] = (stop - first - 1) * windows.strides[0] + windows.spans[0]
    there = tuple(
        slice(min(max(-start, 0), length), min(max(side - start, 0), length))
        for start, length, side in zip(starts, lengths, sides)
    )
    here = tuple(slice(s.start + start, s.stop + start) for s, start in zip(there, starts))
    return tuple(lengths), there, here


def part_seen(x, windows, counts, images, rows, is_inner, dtype, take):
    """The part of the input that some of the output sees, with its padding, in ``dtype``.

    Args:
        x: ``(n, *sides, c)``.
        counts: how many windows there are along each spatial axis.
        images, rows: slices of the batch and of the first spatial axis of the output.
        is_inner: whether channels must lie innermost in memory.
        take: of `threads.scratch`.

    Returns:
        ``(images, *sides seen, c)``: a view of ``x`` where that will do.
    """
    lengths, there, here = ranges_seen(windows, counts, x.shape[1:-1], rows)
    is_whole = all(s.stop - s.start == length for s, length in zip(there, lengths))
    is_in_order = not is_inner or x.strides[-1] == x.dtype.itemsize or x.shape[-1] == 1
    if is_whole and is_in_order and x.dtype == dtype:
        return x[(images, *here)]
    n, channels = images.stop - images.start, x.shape[-1]
    if is_inner:
        part = take((n, *lengths, channels), dtype)
    else:
        part = moved(take((n, channels, *lengths), dtype), 1, -1)
    for axis, (s, length) in enumerate(zip(there, lengths), 1):
        lead = (slice(None),) * axis
        if s.start:
            part[(*lead, slice(0, s.start))] = 0
        if s.stop < length:
            part[(*lead, slice(s.stop, None))] = 0
    part[(slice(None), *there)] = x[(images, *here)]
    return part


def lowered_view(part, windows):
    """``(n, *counts but the first, h, *taps but the first, c)`` as a view of ``part``."""
    rank = len(windows.size)
    others = windows.along(slice(1, None))
    view = sliding(moved(part, 1, 0), others, 2)  # h, n, *counts, *taps, c
    return moved(view, 0, rank)


def windows_of_rows(part, windows, rows, take):
    """All windows as a matrix for each row of the output: ``(rows, places of a row, K)``."""
    view = lowered_view(part, windows)
    height, length = part.shape[1], math.prod(windows.size[1:]) * part.shape[-1]
    lowered = take(view.shape, part.dtype)
    xp.copyto(lowered, view)
    places = lowered.size // (height * length)
    if height == 1:
        return lowered.reshape(1, places, length)
    return xp.lib.stride_tricks.as_strided(
        lowered,
        (rows, places, windows.size[0] * length),
        tuple(step * length * part.dtype.itemsize for step in (windows.strides[0], height))
        + (part.dtype.itemsize,),
    )


def windows_of_taps(part, windows, rows, take):
    """All windows as matrices for the taps along the first axis: a list of ``(p, K / taps)``.

    Places are in the order of rows, images, other spatial axes. No two rows of a matrix overlap,
    which makes each a single product where places are summed over.
    """
    view = moved(lowered_view(part, windows), len(windows.size), 0)  # h first
    stride, taps = windows.strides[0], windows.size[0]
    length = math.prod(windows.size[1:]) * part.shape[-1]
    found = [None] * taps
    for residue in range(min(stride, taps)):
        # The rows that every stride-th tap sees lie together.
        seen = view[residue::stride]
        lowered = take(seen.shape, part.dtype)
        xp.copyto(lowered, seen)
        for k, tap in enumerate(range(residue, taps, stride)):
            found[tap] = lowered[k : k + rows].reshape(-1, length)
    return found


def columns(part, windows, is_by_image, take):
    """All windows as columns: ``(n, K, p)`` with ``is_by_image``, else ``(K, n p)`` in one."""
    view = view_of_columns(part, windows, is_by_image)
    found = take(view.shape, part.dtype)
    xp.copyto(found, view)
    length = math.prod(windows.size) * part.shape[-1]
    places = found.size // length
    if is_by_image:
        return found.reshape(len(part), length, places // len(part))
    return found.reshape(length, places)


def view_of_columns(part, windows, is_by_image):
    """``(n, *size, c, *counts)`` with ``is_by_image``, else ``(*size, c, n, *counts)``: a view."""
    rank = len(windows.size)
    view = sliding(part, windows, 1)  # n, *counts, *size, c
    taps, places = range(rank + 1, 2 * rank + 2), range(1, rank + 1)
    return view.transpose((0, *taps, *places) if is_by_image else (*taps, 0, *places))
