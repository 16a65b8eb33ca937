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
_SHARED_BYTES = 1 << 18


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

    threads.run(block, _image_blocks(x))
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
    taps.fill(0)
    with threads.scratch() as take:
        unseen, memory = take(out.shape, "bool"), take(out.shape, "bool")
        unseen.fill(True)
        numbers = unseen.view("uint8")
        for here, there in _meetings(x, windows, channels_first)[:-1]:
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
    is_disjoint = all(s >= n for s, n in zip(windows.strides, windows.spans))
    make = xp.empty if _is_tiled(windows, sides) else xp.zeros
    dx = make(_shape_with(g, sides, channels_first), g.dtype)

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

    threads.run(block, _image_blocks(dx))
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

    threads.run(block, _image_blocks(h))
    return chosen


def _hits(x, taps, windows, channels_first, take):
    """For each tap where it holds the maximum, and where it meets the arrays."""
    memory = take(taps.shape, "bool")
    for number, (here, there) in enumerate(_meetings(x, windows, channels_first)):
        yield xp.equal(taps[there], number, out=memory[there]), here, there


def _is_tiled(windows, sides):
    """Whether each element lies in one window."""
    is_dense = windows.strides == windows.size and set(windows.dilation) == {1}
    covered = tuple(n * s for n, s in zip(windows.counts(sides), windows.strides))
    return is_dense and not windows.is_padded and covered == tuple(sides)


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

    def block(images):
        part = xp.true_divide(g[images], numbers)
        # Backwards through the stages of the sum.
        for k in reversed(range(len(sides))):
            part = _spread_along(part, lead + k, windows, k, sides[k])
        out[images] = part

    threads.run(block, _image_blocks(out))
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
    lead = 2 if channels_first else 1
    sides = _sides(x, channels_first)
    out = xp.empty(_shape_with(x, windows.counts(sides), channels_first), dtype)

    def block(images):
        part = x[images].astype(dtype, copy=False)
        for k in range(len(sides)):
            part = _combined_along(part, lead + k, windows, k, combine, start)
        out[images] = part
        if taps is not None:
            _number_taps(taps[images], x[images], out[images], windows, channels_first)

    threads.run(block, _image_blocks(x))
    return out


def _combined_along(x, axis, windows, k, combine, start):
    side = x.shape[axis]
    count, meetings = _meetings_along(windows, k, side)
    if len(meetings) == 1 and count == side:
        return x
    before = (slice(None),) * axis
    # Those that all windows have a part of come first: two of them make the first result.
    whole = [here for here, _, is_whole in meetings if is_whole]
    others = [(here, there) for here, there, is_whole in meetings if not is_whole]
    if len(whole) > 1:
        out = combine(x[(*before, whole[0])], x[(*before, whole[1])])
    elif whole:
        out = x[(*before, whole[0])].copy()
    else:
        out = xp.full((*x.shape[:axis], count, *x.shape[axis + 1 :]), start, x.dtype)
    for here in whole[2:]:
        combine(out, x[(*before, here)], out=out)
    for here, there in others:
        target = out[(*before, there)]
        combine(target, x[(*before, here)], out=target)
    return out


@functools.lru_cache(maxsize=512)
def _meetings_along(windows, k, side):
    """The number of windows along an axis; for each tap its slices, and if all windows have it."""
    windows = windows.along(k)
    (count,) = windows.counts((side,))
    meetings = overlaps(windows, (side,))
    return count, [
        (here, there, there.stop - there.start == count) for (here,), (there,) in meetings
    ]


def _spread_along(g, axis, windows, k, side):
    """The gradient of `_combined_along` for sums."""
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
    lead = (slice(None),) * (2 if channels_first else 1)
    return [
        ((*lead, *here), (*lead, *there))
        for here, there in overlaps(windows, _sides(x, channels_first))
    ]


def _image_blocks(x):
    """Slices of the batch axis."""
    each = max(math.prod(x.shape[1:]) * x.dtype.itemsize, 1)
    return threads.slices(x.shape[0], _BLOCK_BYTES // each, _SHARED_BYTES // (2 * each))


def _wide(dtype):
    """The dtype to sum in."""
    return xp.dtype("float32") if dtype == "float16" else dtype


def _numbers(windows, sides, channels_first, dtype):
    """What sums over windows are divided by: one number, or one per window if there is padding."""
    if not windows.is_padded:
        return math.prod(windows.size)
    numbers = valid_counts(windows, sides, dtype.name)
    return numbers if channels_first else numbers[..., None]
