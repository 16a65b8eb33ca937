"""Window geometry that convolution and pooling share: sizes, strides, padding, clipped overlaps."""

import functools
import itertools
from dataclasses import dataclass

import numpy as np

from minikeras.backend import threads
from minikeras.backend.xp import xp


@dataclass(frozen=True)
class Windows:
    """How windows lie over the spatial axes of an array; each field has one entry per axis.

    Attributes:
        size: elements of a window (taps).
        strides: steps from one window to the next.
        padding: pairs of how far the windows reach out before and after the axis; a negative
            number leaves elements of the axis out.
        dilation: steps from one tap to the next.
    """

    size: tuple
    strides: tuple
    padding: tuple
    dilation: tuple

    @classmethod
    def over(cls, sides, size, strides=None, padding="valid", dilation=None):
        """Windows over axes of the lengths ``sides``, with padding as Keras names it.

        ``"same"`` gives ``ceil(side / stride)`` windows, the odd element of padding at the end;
        ``"causal"`` pads only before; ``"valid"`` not at all.
        """
        rank = len(sides)
        strides = strides or (1,) * rank
        dilation = dilation or (1,) * rank
        pairs = []
        for side, taps, stride, step in zip(sides, size, strides, dilation):
            reach = (taps - 1) * step
            if padding == "valid":
                pairs.append((0, 0))
            elif padding == "causal":
                pairs.append((reach, 0))
            else:
                total = max((-(-side // stride) - 1) * stride + reach + 1 - side, 0)
                pairs.append((total // 2, total - total // 2))
        return cls(tuple(size), tuple(strides), tuple(pairs), tuple(dilation))

    @functools.cached_property
    def spans(self):
        """The lengths of a window, gaps of dilation included."""
        return tuple((n - 1) * d + 1 for n, d in zip(self.size, self.dilation))

    @functools.cached_property
    def is_padded(self):
        """Whether any window reaches out of the array, or part of it is left out."""
        return any(pair != (0, 0) for pair in self.padding)

    @functools.cached_property
    def is_pointwise(self):
        """Whether each window is one element and each element has its window."""
        return not self.is_padded and set(self.size) == {1} and set(self.strides) == {1}

    def along(self, axes):
        """The windows along some axes only: one axis, or a slice of them."""
        axes = axes if isinstance(axes, slice) else slice(axes, axes + 1)
        return _along(self, axes.start, axes.stop)

    def counts(self, sides):
        """How many windows lie over axes of the lengths ``sides``."""
        return tuple(
            max((side + before + after - span) // stride + 1, 0)
            for side, (before, after), span, stride in zip(
                sides, self.padding, self.spans, self.strides
            )
        )

    def meeting_along(self, axis, place, side, count):
        """Where one tap of the windows meets the array along one axis.

        Returns:
            A slice of the array and one of the windows. Windows whose tap lies in the padding are
            left out of both.
        """
        stride = self.strides[axis]
        offset = place * self.dilation[axis] - self.padding[axis][0]
        first = max(-(offset // stride), 0)
        last = max(min(count, (side - 1 - offset) // stride + 1), first)
        if first == last:
            return slice(0, 0), slice(0, 0)
        start = first * stride + offset
        return slice(start, (last - 1) * stride + offset + 1, stride), slice(first, last)


@functools.lru_cache(maxsize=512)
def _along(windows, start, stop):
    parts = (windows.size, windows.strides, windows.padding, windows.dilation)
    return Windows(*(part[start:stop] for part in parts))


@functools.lru_cache(maxsize=512)
def overlaps(windows, sides):
    """Where each tap of ``windows`` meets an array without padding, the taps in row-major order.

    Returns:
        A list of ``(slices of the spatial axes of the array, slices of those of the windows)``,
        windows whose tap lies in the padding left out of both.
    """
    axes = [
        [windows.meeting_along(axis, place, side, count) for place in range(windows.size[axis])]
        for axis, (side, count) in enumerate(zip(sides, windows.counts(sides)))
    ]
    return [tuple(zip(*tap)) for tap in itertools.product(*axes)]


@functools.lru_cache(maxsize=512)
def tap_slices(windows, counts):
    """Where each tap of ``windows`` lies in an array that carries its padding already.

    Returns:
        A list with one tuple of slices of the spatial axes per tap, the taps in row-major order;
        each selects ``counts`` elements.
    """
    axes = [
        [
            slice(place * step, place * step + (count - 1) * stride + 1, stride)
            for place in range(taps)
        ]
        for taps, step, stride, count in zip(
            windows.size, windows.dilation, windows.strides, counts
        )
    ]
    return list(itertools.product(*axes))


def moved(x, source, target):
    """``xp.moveaxis(x, source, target)``, which spends 3 us on its arguments."""
    return x.transpose(_order_with_moved(x.ndim, source, target))


@functools.lru_cache(maxsize=256)
def _order_with_moved(rank, source, target):
    order = [axis for axis in range(rank) if axis != source % rank]
    order.insert(target % rank, source % rank)
    return tuple(order)


def sliding(x, windows, lead):
    """A view of all windows over the spatial axes of ``x``, which carries its padding already.

    Args:
        x: ``(*lead axes, *padded sides, ...)``.
        windows: `Windows`; its padding is not looked at.
        lead: how many axes stand before the spatial ones.

    Returns:
        ``(*lead axes, *counts, *size, ...)`` without copying.
    """
    rank = len(windows.size)
    sides, ways = x.shape[lead : lead + rank], x.strides[lead : lead + rank]
    counts = (
        (side - span) // stride + 1
        for side, span, stride in zip(sides, windows.spans, windows.strides)
    )
    return xp.lib.stride_tricks.as_strided(
        x,
        (*x.shape[:lead], *counts, *windows.size, *x.shape[lead + rank :]),
        (
            *x.strides[:lead],
            *(way * stride for way, stride in zip(ways, windows.strides)),
            *(way * step for way, step in zip(ways, windows.dilation)),
            *x.strides[lead + rank :],
        ),
    )


def blocks(images, rows, bytes_per_row, limit, least_rows=1):
    """Cut work into blocks that need about ``limit`` bytes each.

    Args:
        images: length of the batch axis.
        rows: length of the first spatial axis of the output.
        bytes_per_row: scratch memory that one row of one image takes.
        limit: scratch memory of a block.
        least_rows: no fewer rows than these are taken together.

    Yields:
        Pairs of slices, of the images and of their rows: several whole images, or a part of one.
    """
    if not images or not rows:
        return
    fitting = max(limit // max(bytes_per_row, 1), least_rows, 1)
    if fitting >= rows:
        for part in threads.slices(images, fitting // rows):
            yield part, slice(0, rows)
        return
    # Parts of nearly equal length, rather than full ones and a small rest; as many for two threads.
    parts = -(-rows // fitting)
    parts += images * parts % 2
    bounds = [rows * part // parts for part in range(parts + 1)]
    for i in range(images):
        for start, stop in itertools.pairwise(bounds):
            yield slice(i, i + 1), slice(start, stop)


@functools.lru_cache(maxsize=64)
def valid_counts(windows, sides, dtype):
    """How many elements of each window lie inside the array: an array of shape ``counts``."""
    counts = windows.counts(sides)
    total = np.ones((), dtype="float64")
    for axis, (side, count) in enumerate(zip(sides, counts)):
        along = np.zeros(count)
        for place in range(windows.size[axis]):
            _, there = windows.meeting_along(axis, place, side, count)
            along[there] += 1
        total = np.multiply.outer(total, along)
    return xp.asarray(np.maximum(total, 1), dtype=dtype)


def transposed_geometry(size, strides, padding, output_padding, dilation, counts):
    """The output of a transposed convolution, and the windows of which it is the gradient.

    Args:
        size, strides, dilation: of the windows, one entry per spatial axis.
        padding: ``"valid"`` or ``"same"``.
        output_padding: elements beyond the least output, per axis, or None: such that the output
            of ``"same"`` has ``stride`` times the sides of the input.
        counts: the sides of the input.

    Returns:
        The sides of the output, and `Windows` over them.
    """
    sides, pairs = [], []
    for axis, (n, stride, step, count) in enumerate(zip(size, strides, dilation, counts)):
        span = (n - 1) * step + 1
        extra = None if output_padding is None else output_padding[axis]
        if padding == "valid":
            before = 0
            side = (count - 1) * stride + span
            side += max(stride - span, 0) if extra is None else extra
        else:
            # How far the output reaches beyond the places of the input's elements.
            reach = stride + span - 2 if extra is None else span + span % 2 - 2 + extra
            before = span - 1 - min(-(-reach // 2), span - 1)
            side = (count - 1) * stride + 2 - span + reach
        sides.append(max(side, 0))
        pairs.append((before, (count - 1) * stride + span - side - before))
    return tuple(sides), Windows(tuple(size), tuple(strides), tuple(pairs), tuple(dilation))
