"""Translations of indexing, and of what looks for positions."""

from minikeras.backend.indexing import HOLE
from minikeras.backend.xp import np
from minikeras.export.forward import Size
from minikeras.export.graph import Untranslatable, axes_of, translates

_END = np.iinfo("int64").max


@translates("get_item")
def _(g, x, *arrays, index):
    parts = list(index) if type(index) is tuple else [index]
    if any(isinstance(p, (list, np.ndarray)) for p in parts):
        raise Untranslatable("an index is a constant array")
    if Ellipsis in [p for p in parts if p is Ellipsis]:
        at = next(i for i, p in enumerate(parts) if p is Ellipsis)
        named = sum(p is not None for p in parts) - 1
        parts[at : at + 1] = [slice(None)] * (x.rank - named)
    if sum(p is HOLE for p in parts) > 1 or (arrays and any(type(p) is int for p in parts)):
        return _gathered_together(g, x, arrays, parts)
    return _item(g, x, arrays, parts)


def _item(g, x, arrays, parts):
    """Slices first, then positions from the last axis to the first, then new axes."""
    name, axis, picks, new, rank_before = x.name, 0, [], [], 0
    for part in parts:
        if part is None:
            new.append(rank_before)
            rank_before += 1
            continue
        if part is HOLE:
            picks.append((axis, arrays[0]))
            rank_before += arrays[0].rank
        elif type(part) in (int, Size):
            picks.append((axis, part))
        else:
            name = _sliced(g, name, axis, part)
            rank_before += 1
        axis += 1
    for at, position in reversed(picks):
        index = _position(g, position)
        name = g.add("Gather", name, index, axis=at)
    return g.add("Unsqueeze", name, g.integers(*new)) if new else name


def _position(g, x):
    if type(x) is int:
        return g.constant(np.int64(x))
    if type(x) is Size:
        return g.add("Squeeze", g.size(x))
    if x.dtype == bool:
        raise Untranslatable("the shape of the result depends on values")
    return x.name if x.dtype in (np.int32, np.int64) else g.typed(x, "int64")


def _sliced(g, name, axis, part):
    if part == slice(None):
        return name
    step = 1 if part.step is None else part.step
    start, stop = part.start, part.stop
    if start is None:
        start = 0 if step > 0 else -1
    if stop is None:
        stop = _END if step > 0 else -_END
    return g.cut(name, axis, start, stop, step)


def _gathered_together(g, x, arrays, parts):
    """Index arrays and integers for the first axes, whole axes behind them."""
    count = max(i for i, p in enumerate(parts) if p is HOLE or type(p) in (int, Size)) + 1
    if not all(p is HOLE or type(p) is int for p in parts[:count]) or any(
        p != slice(None) for p in parts[count:]
    ):
        raise Untranslatable("index arrays stand among slices")
    arrays = list(arrays)
    given = [arrays.pop(0) if p is HOLE else p for p in parts[:count]]
    shape = g.shape(g.out.shape[: len(g.out.shape) - (x.rank - count)])
    columns = []
    for position in given:
        name = (
            g.constant(np.int64(position)) if type(position) is int else g.typed(position, "int64")
        )
        columns.append(g.add("Unsqueeze", g.add("Expand", name, shape), g.integers(-1)))
    return g.add("GatherND", x, g.add("Concat", *columns, axis=-1))


@translates("take")
def _(g, x, indices, *, axis):
    if axis is None:
        return g.add("Gather", g.reshape(x, [-1]), _position(g, indices), axis=0)
    return g.add("Gather", x, _position(g, indices), axis=axis % x.rank)


@translates("take_along_axis")
def _(g, x, indices, *, axis):
    axis %= x.rank
    for i, (n, m) in enumerate(zip(x.shape, indices.shape)):
        if i != axis and n != m:
            raise Untranslatable(f"axes of the lengths {n} and {m} are to be broadcast")
    return g.add("GatherElements", x, _position(g, indices), axis=axis)


@translates("one_hot")
def _(g, x, *, count, axis, dtype):
    rank = len(g.out.shape)
    axis %= rank
    whole = np.dtype("int64") if x.dtype.kind == "f" else x.dtype
    classes = np.arange(count, dtype=whole).reshape([-1 if i == axis else 1 for i in range(rank)])
    places = g.add("Unsqueeze", g.typed(x, whole), g.integers(axis))
    return g.cast(g.add("Equal", places, classes), g.out.dtype)


def _sorted(g, x, axis, k, largest):
    axis %= x.rank
    if type(k) is Size:
        raise Untranslatable("it sorts the batch")
    return g.add("TopK", x, g.integers(k), outputs=2, axis=axis, largest=int(largest))


@translates("top_k_indices")
def _(g, x, *, k):
    return g.cast(_sorted(g, x, -1, k, True)[1], g.out.dtype)


@translates("sort")
def _(g, x, *, axis):
    return _sorted(g, x, axis, x.shape[axis], False)[0]


@translates("argsort")
def _(g, x, *, axis):
    return g.cast(_sorted(g, x, axis, x.shape[axis], False)[1], g.out.dtype)


@translates("argmax_ranges")
def _(g, x, *, axis, starts, stops):
    (axis,) = axes_of(axis, x.rank)
    parts = []
    for start, stop in zip(starts, stops):
        place = g.add("ArgMax", g.cut(x, axis, start, stop), axis=axis, keepdims=1)
        parts.append(g.add("Add", place, g.integers(start)))
    return g.cast(g.add("Concat", *parts, axis=axis), g.out.dtype)
