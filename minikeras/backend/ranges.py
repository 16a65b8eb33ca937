"""Sums and maxima over given ranges along one axis: what adaptive pooling is made of."""

import numpy as np

from minikeras.backend.autodiff import primitive
from minikeras.backend.xp import xp


def even_ranges(side, count):
    """Bounds of ``count`` ranges that cover an axis of length ``side`` evenly.

    Returns:
        Two tuples: where the ranges start, and where they stop. Neighbours may share an element.
    """
    starts = tuple(i * side // count for i in range(count))
    stops = tuple(-(-(i + 1) * side // count) for i in range(count))
    return starts, stops


@primitive
def sum_ranges(x, *, axis, starts, stops):
    """The sums of ``x[start:stop]`` along one axis, one per pair of ``starts`` and ``stops``.

    Both grow along with their index, so the ranges that hold an element are neighbours, and the
    gradient is again a sum over ranges.
    """
    widest = max((stop - start for start, stop in zip(starts, stops)), default=0)
    shape = (*x.shape[:axis], len(starts), *x.shape[axis + 1 :])
    total = xp.zeros(shape, "float32" if x.dtype == "float16" else x.dtype)
    if total.size and x.size:
        for k in range(widest):
            index, is_inside = _places(starts, stops, k, x.shape[axis])
            inside = is_inside.reshape(-1, *(1,) * (x.ndim - axis - 1))
            total += xp.where(inside, xp.take(x, index, axis=axis), 0)
    return total.astype(x.dtype, copy=False)


def _sum_ranges_rule(out, x, *, axis, starts, stops):
    places = np.arange(x.shape[axis])
    # A place lies in the ranges from the first that stops after it to the last that starts by it.
    firsts = tuple(np.searchsorted(stops, places, side="right").tolist())
    lasts = tuple(np.searchsorted(starts, places, side="right").tolist())
    return lambda g: sum_ranges(g, axis=axis, starts=firsts, stops=lasts)


sum_ranges.rules(_sum_ranges_rule)


@primitive
def argmax_ranges(x, *, axis, starts, stops):
    """Where along one axis the largest element of each range ``x[start:stop]`` lies first.

    NaN counts as larger than anything. No range is empty.
    """
    widest = max((stop - start for start, stop in zip(starts, stops)), default=0)
    shape = (*x.shape[:axis], len(starts), *x.shape[axis + 1 :])
    places = xp.zeros(shape, "int64")
    if not places.size:
        return places
    top = None
    for k in range(widest):
        index, _ = _places(starts, stops, k, x.shape[axis])
        candidate = xp.take(x, index, axis=axis)
        place = xp.broadcast_to(index.reshape(-1, *(1,) * (x.ndim - axis - 1)), shape)
        if top is None:
            top, places = candidate, place
            continue
        is_better = (candidate > top) | ((candidate != candidate) & (top == top))
        places = xp.where(is_better, place, places)
        top = xp.where(is_better, candidate, top)
    return places


def _places(starts, stops, k, side):
    """The ``k``-th place of each range, its last where there are fewer; and whether there are."""
    starts, stops = np.asarray(starts), np.asarray(stops)
    index = np.clip(np.minimum(starts + k, stops - 1), 0, side - 1)
    return xp.asarray(index), xp.asarray(starts + k < stops)
