"""Pooling: the largest element of each window, and the mean, with their gradients.

The arrays are ``(batch, channels, *sides)`` if ``channels_first``, else ``(batch, *sides,
channels)``. Work runs in blocks of images that stay in the cache, on several threads.
"""

import functools
import math

from minikeras.backend import threads
from minikeras.backend.autodiff import plain, primitive
from minikeras.backend.windows import overlaps, valid_counts
from minikeras.backend.xp import ON_GPU, xp

# Bytes of a block of images, and from which there are two. Measured from 256 KiB to 8 MiB.
_BLOCK_BYTES = 1 << 28 if ON_GPU else 1 << 21
_SHARED_BYTES = 1 << 21
# Bytes of a gradient up to which all taps are looked at at once.
_BYTES_AT_ONCE = 1 << 18


@primitive
def max_pool(x, *, windows, channels_first=False):
    """The largest element of each window; NaN where a window holds one.

    Args:
        x: images.
        windows: `Windows` over the sides, each of which meets the array.

    Returns:
        ``(batch, *counts, channels)``, or ``(batch, channels, *counts)``.
    """
    return _pooled(x, windows, channels_first, xp.maximum, _lowest(x.dtype), x.dtype)


@primitive
def max_pool_taps(x, out, *, windows, channels_first=False):
    """The number of the first tap of each window that holds its maximum; the last for NaN.

    It is all that a gradient needs to know of ``x``, in a sixteenth of the memory or less.

    Args:
        x: images.
        out: what `max_pool` made of them.
        windows, channels_first: as for `max_pool`.

    Returns:
        Integers in the shape of ``out``.
    """
    taps = xp.empty(out.shape, _dtype_of_taps(windows))

    def block(images):
        _number_taps(taps[images], x[images], out[images], windows, channels_first)

    _over_images(block, x)
    return taps


def max_pool_with_taps(x, *, windows, channels_first=False):
    """`max_pool` and `max_pool_taps`, both for one block of images after the other."""
    shape = _shape_with(x, windows.counts(_sides(x, channels_first)), channels_first)
    taps = xp.empty(shape, _dtype_of_taps(windows))
    how = xp.maximum, _lowest(x.dtype), x.dtype
    return _pooled(x, windows, channels_first, *how, taps), taps


def _lowest(dtype):
    return -math.inf if dtype.kind == "f" else xp.iinfo(dtype).min


def _dtype_of_taps(windows):
    return "uint8" if math.prod(windows.size) <= 256 else "int32"


def _number_taps(taps, x, out, windows, channels_first):
    """Fill ``taps`` for some images: of each window, how many taps come before the maximum."""
    meetings = _meetings(x, windows, channels_first)[:-1]
    with threads.scratch() as take:
        unseen, memory = take(out.shape, "bool"), take(out.shape, "bool")
        numbers = unseen.view("uint8")
        if meetings and not windows.is_padded:  # so the first tap meets all windows
            xp.not_equal(x[meetings[0][0]], out, out=unseen)
            taps[...] = numbers
            meetings = meetings[1:]
        else:
            unseen.fill(True)
            taps.fill(0)
        for here, there in meetings:
            left = unseen[there]
            others = xp.not_equal(x[here], out[there], out=memory[there])
            xp.logical_and(left, others, out=left)
            xp.add(taps, numbers, out=taps)


@primitive
def max_pool_gradient(g, taps, *, sides, windows, channels_first=False):
    """The gradient of `max_pool`: each element goes to the first tap that holds the maximum.

    Args:
        g: the gradient of the output.
        taps: as `max_pool_taps` gives them.
        sides: the spatial sides of the input.
        windows, channels_first: as for `max_pool`.

    Returns:
        An array in the shape of the input.
    """
    is_tiled = _is_tiled(windows, sides)
    is_disjoint = is_tiled or all(s >= n for s, n in zip(windows.strides, windows.spans))
    make = xp.empty if is_tiled else xp.zeros
    dx = make(_shape_with(g, sides, channels_first), g.dtype)
    if is_tiled and dx.nbytes < _BYTES_AT_ONCE:  # all taps at once
        lead = 2 if channels_first else 1
        numbers = _numbers_of_taps(windows, channels_first, taps.dtype)
        hits = xp.equal(_with_unit_axes(taps, windows, lead), numbers)
        gradient = _with_unit_axes(_bits(g), windows, lead)
        xp.multiply(gradient, hits, out=_tiles(_bits(dx), windows, lead))
        return dx

    def block(images):
        with threads.scratch() as take:
            total, gradient = dx[images], _bits(g[images])
            total_bits = _bits(total)
            for hit, here, there in _hits(total, taps[images], windows, channels_first, take):
                part = gradient[there]
                if is_disjoint:
                    xp.multiply(part, hit, out=total_bits[here])
                else:
                    chosen = xp.multiply(part, hit, out=take(part.shape, part.dtype))
                    xp.add(total[here], chosen.view(g.dtype), out=total[here])

    _over_images(block, dx)
    return dx


@primitive
def max_pool_choice(h, taps, *, windows, channels_first=False):
    """The elements of ``h`` where the maxima of `max_pool` lie: the transpose of its gradient."""
    chosen = xp.zeros(taps.shape, h.dtype)

    def block(images):
        with threads.scratch() as take:
            values, total = _bits(h[images]), chosen[images]
            for hit, here, there in _hits(values, taps[images], windows, channels_first, take):
                part = xp.multiply(values[here], hit, out=take(hit.shape, values.dtype))
                xp.add(total[there], part.view(h.dtype), out=total[there])

    _over_images(block, h)
    return chosen


def _hits(x, taps, windows, channels_first, take):
    """For each tap where it holds the maximum, and where it meets the arrays."""
    memory = take(taps.shape, "bool")
    for number, (here, there) in enumerate(_meetings(x, windows, channels_first)):
        yield xp.equal(taps[there], number, out=memory[there]), here, there


@functools.lru_cache(maxsize=512)
def _is_tiled(windows, sides):
    """Whether each element lies in one window."""
    is_dense = windows.strides == windows.size and set(windows.dilation) == {1}
    covered = tuple(n * s for n, s in zip(windows.counts(sides), windows.strides))
    return is_dense and not windows.is_padded and covered == tuple(sides)


def _tiles(x, windows, lead):
    """A view of ``x`` that has each spatial axis in two: windows, and the elements of one."""
    sides = [n for side, size in zip(x.shape[lead:], windows.size) for n in (side // size, size)]
    return x.reshape(*x.shape[:lead], *sides, *x.shape[lead + len(windows.size) :])


def _with_unit_axes(x, windows, lead):
    """A view of windows that broadcasts with `_tiles`."""
    axes = (slice(None), None) * len(windows.size)
    return x[(*[slice(None)] * lead, *axes)]


@functools.lru_cache(maxsize=64)
def _numbers_of_taps(windows, channels_first, dtype):
    """The numbers of the taps, to be broadcast with `_tiles`."""
    sides = [n for size in windows.size for n in (size, 1)]
    numbers = xp.arange(math.prod(windows.size)).astype(dtype)
    return numbers.reshape(sides[:-1] if channels_first else sides)


def _bits(x):
    """The bits of real numbers as integers: times True or False they stay or vanish.

    Infinity and NaN times 0 would be NaN, and choosing with a mask takes ten times as long.
    """
    return xp.ascontiguousarray(x).view(f"int{8 * x.dtype.itemsize}")


def _max_pool_rule(out, x, *, channels_first=False, **how):
    sides = _sides(x, channels_first)
    how = {"channels_first": channels_first, **how}
    taps = max_pool_taps(plain(x), plain(out), **how)
    return lambda g: max_pool_gradient(g, taps, sides=sides, **how)


def _max_pool_choice_rule(out, h, taps, *, channels_first=False, **how):
    sides = _sides(h, channels_first)
    how = {"sides": sides, "channels_first": channels_first, **how}
    return lambda g: max_pool_gradient(g, taps, **how)


max_pool.rules(_max_pool_rule)
max_pool_gradient.rules(
    lambda out, g, taps, *, sides, **how: lambda h: max_pool_choice(h, taps, **how)
)
max_pool_choice.rules(_max_pool_choice_rule)


@primitive
def average_pool(x, *, windows, channels_first=False):
    """The mean of the elements of each window; places outside the array do not count.

    Args:
        x: images.
        windows: `Windows` over the sides, each of which meets the array.

    Returns:
        ``(batch, *counts, channels)``, or ``(batch, channels, *counts)``.
    """
    out = _pooled(x, windows, channels_first, xp.add, 0, _wide(x.dtype))
    numbers = _numbers(windows, _sides(x, channels_first), channels_first, out.dtype)
    return xp.true_divide(out, numbers, out=out).astype(x.dtype, copy=False)


@primitive
def average_pool_gradient(g, *, sides, windows, channels_first=False):
    """The gradient of `average_pool`: each element is shared out evenly over its window.

    Args:
        g: the gradient of the output.
        sides: the spatial sides of the input.
        windows, channels_first: as for `average_pool`.

    Returns:
        An array in the shape of the input.
    """
    dtype = _wide(g.dtype)
    out = xp.empty(_shape_with(g, sides, channels_first), g.dtype)
    numbers = _numbers(windows, sides, channels_first, dtype)
    lead = 2 if channels_first else 1
    if _is_tiled(windows, tuple(sides)):
        shares = xp.true_divide(g, numbers, dtype=dtype)
        _tiles(out, windows, lead)[...] = _with_unit_axes(shares, windows, lead)
        return out

    def block(images):
        part = xp.true_divide(g[images], numbers)
        # Backwards through the stages of the sum.
        for k in reversed(range(len(sides))):
            part = _spread_along(part, lead + k, windows, k, sides[k])
        out[images] = part

    _over_images(block, out)
    return out


def _average_pool_rule(out, x, *, channels_first=False, **how):
    sides = _sides(x, channels_first)
    return lambda g: average_pool_gradient(g, sides=sides, channels_first=channels_first, **how)


average_pool.rules(_average_pool_rule)
average_pool_gradient.rules(
    lambda out, g, *, sides, **how: lambda h: average_pool(h, **how),
)


def _pooled(x, windows, channels_first, combine, start, dtype, taps=None):
    """All windows combined, one spatial axis after the other, so that most rows are whole.

    If ``taps`` are given they are filled as `max_pool_taps` does.
    """
    sides = _sides(x, channels_first)
    stages, counts = _stages(windows, sides, 2 if channels_first else 1)
    out = xp.empty(_shape_with(x, counts, channels_first), dtype)

    def block(images):
        part, found = x[images].astype(dtype, copy=False), out[images]
        if not stages:
            found[...] = part
        for stage in stages:
            part = _combined(part, stage, combine, start, found if stage is stages[-1] else None)
        if taps is not None:
            _number_taps(taps[images], x[images], found, windows, channels_first)

    _over_images(block, x)
    return out


@functools.lru_cache(maxsize=512)
def _stages(windows, sides, lead):
    """How windows are combined along one axis after the other, and how many there are.

    Returns:
        For each axis where there is something to do the axis, the number of windows, the indices of
        taps that all windows have, and of the others pairs of indices, of the array and of the
        windows; and the numbers of windows along all axes.
    """
    stages, counts = [], windows.counts(sides)
    for k, (side, count) in enumerate(zip(sides, counts)):
        meetings = overlaps(windows.along(k), (side,))
        if len(meetings) == 1 and count == side:
            continue
        before, whole, others = (slice(None),) * (lead + k), [], []
        for (here,), (there,) in meetings:
            if there.stop - there.start == count:
                whole.append((*before, here))
            else:
                others.append(((*before, here), (*before, there)))
        stages.append((lead + k, count, whole, others))
    return stages, counts


def _combined(x, stage, combine, start, out):
    """The windows of ``x`` along one axis, in ``out`` unless that is None."""
    axis, count, whole, others = stage
    if out is None:
        out = xp.empty((*x.shape[:axis], count, *x.shape[axis + 1 :]), x.dtype)
    # Taps that all windows have come first: two of them make the first result.
    if len(whole) > 1:
        combine(x[whole[0]], x[whole[1]], out=out)
    elif whole:
        out[...] = x[whole[0]]
    else:
        out.fill(start)
    for here in whole[2:]:
        combine(out, x[here], out=out)
    for here, there in others:
        target = out[there]
        combine(target, x[here], out=target)
    return out


def _spread_along(g, axis, windows, k, side):
    """The gradient of `_combined` for sums."""
    before = (slice(None),) * axis
    out = xp.zeros((*g.shape[:axis], side, *g.shape[axis + 1 :]), g.dtype)
    for (here,), (there,) in overlaps(windows.along(k), (side,)):
        target = out[(*before, here)]
        xp.add(target, g[(*before, there)], out=target)
    return out


def _sides(x, channels_first):
    return x.shape[2:] if channels_first else x.shape[1:-1]


def _shape_with(x, sides, channels_first):
    """The shape of ``x`` with other spatial sides."""
    if channels_first:
        return (*x.shape[:2], *sides)
    return (x.shape[0], *sides, x.shape[-1])


def _meetings(x, windows, channels_first):
    """Per tap, an index of ``x`` and one of the output: see `overlaps`."""
    return _indices(windows, _sides(x, channels_first), 2 if channels_first else 1)


@functools.lru_cache(maxsize=512)
def _indices(windows, sides, lead):
    lead = (slice(None),) * lead
    return [((*lead, *here), (*lead, *there)) for here, there in overlaps(windows, sides)]


def _over_images(function, x):
    """Call ``function`` with slices of the batch axis of ``x``: two of them from so many bytes."""
    if x.nbytes < _SHARED_BYTES:
        function(slice(None))
        return
    each = max(math.prod(x.shape[1:]) * x.dtype.itemsize, 1)
    threads.run(
        function, threads.slices(x.shape[0], _BLOCK_BYTES // each, _SHARED_BYTES // (2 * each))
    )


def _wide(dtype):
    """The dtype to sum in."""
    return xp.dtype("float32") if dtype == "float16" else dtype


def _numbers(windows, sides, channels_first, dtype):
    """What sums over windows are divided by: one number, or one per window if there is padding."""
    if not windows.is_padded:
        return math.prod(windows.size)
    numbers = valid_counts(windows, sides, dtype.name)
    return numbers if channels_first else numbers[..., None]
