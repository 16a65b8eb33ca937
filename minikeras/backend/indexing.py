"""Primitives that pick values by position and put them there: indexing, take, scatter, sort."""

from minikeras.backend.autodiff import primitive
from minikeras.backend.xp import scatter_add, xp


class _Hole:
    """Stands in an index for the next of the index arrays, which are arguments of their own."""

    def __repr__(self):
        return "HOLE"


HOLE = _Hole()


def _filled(index, arrays):
    """``index`` with its holes filled by ``arrays``."""
    if not arrays:
        return index
    if index is HOLE:
        return arrays[0]
    arrays = iter(arrays)
    return tuple(next(arrays) if part is HOLE else part for part in index)


def _repeats(index):
    """Whether the filled ``index`` may name a position twice: integer arrays may."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(hasattr(p, "dtype") and p.dtype != bool or isinstance(p, list) for p in parts)


@primitive
def get_item(x, *arrays, index):
    """``x[index]``: integers, slices, None, Ellipsis, or `HOLE` for each of ``arrays``."""
    return x[_filled(index, arrays)]


@get_item.rules
def _(out, x, *arrays, index):
    shape = x.shape
    return lambda g: put_item(g, *arrays, index=index, shape=shape)


@primitive
def put_item(values, *arrays, index, shape):
    """Zeros of ``shape`` with ``values`` added at ``index``: the way back from `get_item`."""
    out = xp.zeros(shape, values.dtype)
    where = _filled(index, arrays)
    if _repeats(where):
        scatter_add(out, where, values)
    else:
        out[where] = values
    return out


put_item.rules(
    lambda out, values, *arrays, index, shape: lambda g: get_item(g, *arrays, index=index)
)
