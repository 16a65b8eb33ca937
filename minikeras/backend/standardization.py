"""How `normalization.standardize` is computed on the CPU: in blocks that stay in the cache.

Two cases, which have few passes over memory and threads over the blocks: **features**, standardised
over all axes but one, with a scale and an offset for each (batch normalisation); and **rows**,
standardised over the last axes, with a scale and an offset for each place in a row (layer
normalisation).

The functions return None where they do not apply; scale and offset may be None.
"""

import functools
import math

from minikeras.backend import threads
from minikeras.backend.finishing import Finish
from minikeras.backend.xp import ON_GPU, xp

# Of fewer elements the plain form takes no longer.
_MANY = 1 << 18
# Elements from which threads share out a pass over features on the way forward.
_SHARED = 1 << 19
# Bytes of a block. Measured from 256 KiB to 8 MiB on features of 16 to 256 channels.
_BLOCK_BYTES = 1 << 20
# Elements of a row that is joined of several: broadcasting over short rows is slow.
_WIDE = 1024


def _blocks(count, elements, itemsize):
    """Slices of ``count`` things with ``elements`` each."""
    return threads.slices(count, _BLOCK_BYTES // (elements * itemsize))


class _Features:
    """An array as ``(a, k, b)``: k features, standardised over a and b.

    Where b is 1 several of the rows are taken as one, so that features occur ``times`` in it: as
    lanes, of which each has its own moments at first.
    """

    def __init__(self, shape, axes, dtype):
        (axis,) = (i for i in range(len(shape)) if i not in axes)
        self.features = shape[axis]
        rows, self.length = math.prod(shape[:axis]), math.prod(shape[axis + 1 :])
        self.times = 1
        if self.length == 1:
            most = max(_WIDE // max(self.features, 1), 1)
            self.times = max(n for n in range(1, most + 1) if rows % n == 0)
        self.width = self.times * self.features
        self.shape = (rows // self.times, self.width, self.length)
        self.total = rows * self.length  # elements of a feature
        self.kept = tuple(n if i == axis else 1 for i, n in enumerate(shape))
        self.blocks = _blocks(self.shape[0], self.width * self.length, dtype.itemsize)
        self.lanes = len(self.blocks) * self.times
        counts = [(b.stop - b.start) * self.length for b in self.blocks]
        # What a lane of a block counts for in the mean of a feature.
        self.shares = xp.repeat(xp.asarray(counts, dtype), self.times) / self.total
        self.evenly = xp.full(self.lanes, 1 / self.total, dtype)

    @classmethod
    def of(cls, x, axes, *weights):
        """The view, or None where this is not the case."""
        is_case = len(axes) == x.ndim - 1 and x.size >= _MANY and _is_plain(x) and not ON_GPU
        if not is_case or any(w is not None and w.size != _kept_size(x, axes) for w in weights):
            return None
        return _features_of(cls, x.shape, axes, x.dtype, _BLOCK_BYTES)

    def wide(self, v):
        """A number per feature, laid out to broadcast over rows: ``(width, 1)``."""
        found = xp.empty((self.times, self.features), v.dtype)
        found[...] = v.reshape(-1)
        return found.reshape(self.width, 1)

    def sum(self, block):
        """The sum of a block over all but its lanes."""
        found = _ones(len(block), block.dtype) @ block.reshape(len(block), -1)
        return found if self.length == 1 else found.reshape(self.width, -1).sum(axis=1)

    def per_lane(self, values):
        """Numbers for each block and place in a row as ``(lanes, features)``."""
        return values.reshape(self.lanes, self.features)

    def run(self, function, pays=True):
        """Call ``function(number, slice, take)`` for all blocks; ``pays`` is that of threads."""

        def piece(numbered):
            with threads.scratch() as take:
                function(*numbered, take)

        threads.run(piece, enumerate(self.blocks), pays)


@functools.lru_cache(maxsize=256)
def _features_of(cls, shape, axes, dtype, block_bytes):
    return cls(shape, axes, dtype)


@functools.lru_cache(maxsize=256)
def _ones(length, dtype):
    return xp.ones(length, dtype)


def _kept_size(x, axes):
    return math.prod(n for i, n in enumerate(x.shape) if i not in axes)


def _is_plain(x):
    return x.dtype.char in "fd" and x.flags.c_contiguous


def joined_moments(mean, variance, gather):
    """Mean and variance of all processes, of which each has as many values as this one.

    ``gather`` gives an array of all processes for one of this, along a new first axis.
    """
    if gather is None:
        return mean, variance
    means, variances = gather(xp.stack([mean, variance])).swapaxes(0, 1)
    mean = means.mean(axis=0)
    means -= mean
    means *= means
    return mean, variances.mean(axis=0) + means.mean(axis=0)


def features_forward(x, scale, offset, axes, epsilon, after=(), operands=(), gather=None):
    """Result, mean and variance; ``after`` and ``operands`` are those of `finishing`.

    Moments of blocks are joined as Chan, Golub and LeVeque (1983) do it, so that the array is read
    twice and nothing cancels.
    """
    view = _Features.of(x, axes, scale, offset)
    if view is None:
        return None
    rows = x.reshape(view.shape)
    means, squares = xp.empty((2, len(view.blocks), view.width), x.dtype)

    def measure(i, block, take):
        part = rows[block]
        means[i] = view.sum(part)
        means[i] /= len(part) * view.length
        centred = xp.subtract(part, means[i][:, None], out=take(part.shape, x.dtype))
        squares[i] = view.sum(xp.multiply(centred, centred, out=centred))

    pays = x.size >= _SHARED
    view.run(measure, pays)
    means = view.per_lane(means)
    mean = view.shares @ means
    means -= mean
    means *= means
    variance = view.evenly @ view.per_lane(squares)
    variance += view.shares @ means
    mean, variance = joined_moments(mean, variance, gather)
    factor = 1 / xp.sqrt(variance + epsilon)
    if scale is not None:
        factor *= scale.reshape(-1)
    centre, factor = view.wide(mean), view.wide(factor)
    shift = None if offset is None else view.wide(offset)
    out = xp.empty(rows.shape, x.dtype)
    finish = Finish(
        after, [a.reshape(rows.shape) if getattr(a, "ndim", 0) else a for a in operands]
    )

    def apply(i, block, take):
        target = xp.subtract(rows[block], centre, out=out[block])
        target *= factor
        if shift is not None:
            target += shift
        finish(target, block)

    view.run(apply, pays)
    return out.reshape(x.shape), mean.reshape(view.kept), variance.reshape(view.kept)


def features_backward(
    g, of_mean, of_variance, x, mean, variance, scale, offset, gate, axes, epsilon, gather=None
):
    """The gradients of x, scale and offset; with ``gate``, ``g`` counts where that is positive."""
    view = _Features.of(x, axes, scale, offset)
    if view is None or not _is_plain(g) or g.dtype != x.dtype:
        return None
    rows, given, out = x.reshape(view.shape), g.reshape(view.shape), xp.empty(view.shape, x.dtype)
    gradients, gates = (given, None) if gate is None else (out, gate.reshape(view.shape))
    centre = view.wide(mean)
    sums = xp.empty((2, len(view.blocks), view.width), x.dtype)

    def measure(i, block, take):
        if gates is not None:
            is_open = xp.greater(gates[block], 0, out=take(rows[block].shape, "bool"))
            xp.multiply(given[block], is_open, out=gradients[block])
        centred = xp.subtract(rows[block], centre, out=take(rows[block].shape, x.dtype))
        sums[0, i] = view.sum(gradients[block])
        sums[1, i] = view.sum(xp.multiply(centred, gradients[block], out=centred))

    view.run(measure)
    sums, total = sums.reshape(2, view.lanes, view.features).sum(axis=1), view.total
    if gather is not None:
        sums = gather(sums)
        total *= len(sums)
        sums = sums.sum(axis=0)
    of_offset, of_scale = sums
    inverse = 1 / xp.sqrt(variance.reshape(-1) + epsilon)
    of_scale *= inverse
    factor = inverse if scale is None else inverse * scale.reshape(-1)
    slope = inverse * factor * of_scale - of_variance.reshape(-1) * 2
    slope /= total
    shift = factor * of_offset - of_mean.reshape(-1)
    shift /= total
    factor, slope, shift = view.wide(factor), view.wide(slope), view.wide(shift)

    def apply(i, block, take):
        centred = xp.subtract(rows[block], centre, out=take(rows[block].shape, x.dtype))
        centred *= slope
        centred += shift
        target = xp.multiply(gradients[block], factor, out=out[block])
        target -= centred

    view.run(apply)
    return (
        out.reshape(x.shape),
        None if scale is None else of_scale.reshape(scale.shape),
        None if offset is None else of_offset.reshape(offset.shape),
    )


def _rows_of(x, axes, *weights):
    """``(rows, length)`` for standardising over the last axes, or None where that is not so."""
    first = x.ndim - len(axes)
    is_last = 0 < first < x.ndim and axes == tuple(range(first, x.ndim))
    if ON_GPU or not is_last or x.size < _MANY or not _is_plain(x):
        return None
    if any(w is not None and w.shape != (*[1] * first, *x.shape[first:]) for w in weights):
        return None
    return math.prod(x.shape[:first]), math.prod(x.shape[first:])


def rows_forward(x, scale, offset, axes, epsilon):
    """Result, mean and variance."""
    shape = _rows_of(x, axes, scale, offset)
    if shape is None:
        return None
    kept = (*x.shape[: x.ndim - len(axes)], *[1] * len(axes))
    number, length = shape
    rows, out = x.reshape(shape), xp.empty(shape, x.dtype)
    mean, variance = xp.empty((number, 1), x.dtype), xp.empty((number, 1), x.dtype)
    ones = xp.ones((length, 1), x.dtype)
    scale, offset = (None if w is None else w.reshape(-1) for w in (scale, offset))

    def block(piece):
        part, target = rows[piece], out[piece]
        centre = xp.matmul(part, ones) / length
        xp.subtract(part, centre, out=target)
        with threads.scratch() as take:
            squares = xp.multiply(target, target, out=take(part.shape, x.dtype))
            spread = xp.matmul(squares, ones) / length
        target *= 1 / xp.sqrt(spread + epsilon)
        if scale is not None:
            target *= scale
        if offset is not None:
            target += offset
        mean[piece], variance[piece] = centre, spread

    threads.run(block, _blocks(number, length, x.itemsize))
    return out.reshape(x.shape), mean.reshape(kept), variance.reshape(kept)


def rows_backward(g, of_mean, of_variance, x, mean, variance, scale, offset, axes, epsilon):
    """The gradients of x, scale and offset."""
    shape = _rows_of(x, axes, scale, offset)
    if shape is None or not _is_plain(g) or g.dtype != x.dtype:
        return None
    number, length = shape
    rows, gradients, out = x.reshape(shape), g.reshape(shape), xp.empty(shape, x.dtype)
    mean, variance, of_mean, of_variance = (
        v.reshape(number, 1) for v in (mean, variance, of_mean, of_variance)
    )
    flat_scale = None if scale is None else scale.reshape(-1)
    weights = xp.ones((length, 1), x.dtype) if scale is None else scale.reshape(-1, 1)

    def block(piece, sums, take):
        given, target = gradients[piece], out[piece]
        inverse = 1 / xp.sqrt(variance[piece] + epsilon)
        centred = xp.subtract(rows[piece], mean[piece], out=take(given.shape, x.dtype))
        products = xp.multiply(given, centred, out=target)
        xp.matmul(inverse.T, products, out=sums[:1])
        xp.matmul(xp.ones((1, len(given)), x.dtype), given, out=sums[1:])
        # Sums along rows of what is multiplied by the scale are products with the scale.
        slope = xp.matmul(products, weights)
        slope *= inverse * inverse * inverse / length
        slope -= of_variance[piece] * (2 / length)
        shift = xp.matmul(given, weights)
        shift *= inverse / length
        shift -= of_mean[piece] / length
        centred *= slope
        centred += shift
        xp.multiply(given, inverse, out=target)
        if flat_scale is not None:
            target *= flat_scale
        target -= centred

    of_scale, of_offset = threads.summed(
        block, _blocks(number, length, x.itemsize), (2, length), x.dtype
    )
    return (
        out.reshape(x.shape),
        None if scale is None else of_scale.reshape(scale.shape),
        None if offset is None else of_offset.reshape(offset.shape),
    )
