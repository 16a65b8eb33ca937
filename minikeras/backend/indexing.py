"""Primitives that pick values by position or put them there: indexing, take, scatter, segments.

Reading and writing are each other's gradients: `get_item` and `put_item`, `take` and `put`,
`take_along_axis` and `put_along_axis`, `segment_sum` and a `take`. Index arrays are arguments like
any other, so that they may change from one step to the next; what is fixed stands in ``index``.

NumPy raises IndexError for positions out of range; CuPy, which cannot without waiting for the
device, counts them modulo the length.
"""

import functools
import math

from minikeras.backend.autodiff import plain, primitive
from minikeras.backend.elementwise import multiply, true_divide, where
from minikeras.backend.logic import equal
from minikeras.backend.shaping import pad
from minikeras.backend.xp import ON_GPU, add_rows, put_last, reduce_rows, scatter_add, xp


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


def _integer_arrays(index):
    """The integer arrays in a filled ``index``: only they can name a position twice."""
    parts = index if isinstance(index, tuple) else (index,)
    return [p for p in parts if hasattr(p, "dtype") and p.dtype != bool and p.ndim]


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
    index = _filled(index, arrays)
    if not _integer_arrays(index):
        out[index] = values
    else:
        _add_at(out, index, values)
    return out


def _add_at(target, index, values):
    """``target[index] += values`` in place, repeated positions summed."""
    parts = index if isinstance(index, tuple) else (index,)
    if len(_integer_arrays(parts)) < len(parts):
        scatter_add(target, index, values)
        return
    # Index arrays for the first axes: as rows of a matrix this is many times faster.
    lead, rest = target.shape[: len(parts)], target.shape[len(parts) :]
    parts = xp.broadcast_arrays(*parts)
    rows = parts[0] if len(parts) == 1 else flat_position(parts, lead)
    matrix = target.reshape(math.prod(lead), math.prod(rest))
    values = xp.broadcast_to(values, (*rows.shape, *rest))
    add_rows(matrix, rows.reshape(-1), values.reshape(rows.size, math.prod(rest)))


def flat_position(indices, shape):
    """Index arrays of all axes of ``shape`` as positions in the flat array."""
    flat = 0
    for i, n in zip(indices, shape):
        # Each axis counts its negative positions from its own end.
        flat = flat * n + xp.where(i < 0, i + n, i)
    return flat


put_item.rules(
    lambda out, values, *arrays, index, shape: lambda g: get_item(g, *arrays, index=index)
)


@primitive
def add_item(x, values, *arrays, index):
    """A copy of ``x`` with ``values`` added at ``index``, repeated positions summed."""
    out = xp.array(x)
    index = _filled(index, arrays)
    _add_at(out, index, xp.asarray(values, out.dtype))
    return out


add_item.rules(
    lambda out, x, values, *arrays, index: lambda g: g,
    lambda out, x, values, *arrays, index: lambda g: get_item(g, *arrays, index=index),
)


@primitive
def set_item(x, values, *arrays, index):
    """A copy of ``x`` with ``values`` put at ``index``. Of repeated positions the last one wins."""
    out = xp.array(x)
    index = _filled(index, arrays)
    if _integer_arrays(index):
        put_last(out, index, values)
    else:
        out[index] = values
    return out


@set_item.joint_rule
def _(out, x, values, *arrays, index):
    filled = _filled(index, tuple(map(plain, arrays)))
    stays = _surviving(x.shape, filled) if _integer_arrays(filled) else None

    def way_back(g):
        of_values = get_item(g, *arrays, index=index)
        if stays is not None:
            of_values = where(stays, of_values, 0)
        return (set_item(g, 0, *arrays, index=index), of_values, *[None] * len(arrays))

    return way_back


def _surviving(shape, index):
    """Which of the values assigned at ``index`` are not overwritten by a later one of them."""
    owner = xp.zeros(shape, "int32")
    region = owner[index].shape
    numbers = xp.arange(math.prod(region), dtype="int32").reshape(region)
    put_last(owner, index, numbers)
    return owner[index] == numbers


@primitive
def take(x, indices, *, axis):
    """The slices of ``x`` at ``indices`` along one axis: with axis 0 an embedding's look-up."""
    return xp.take(x, indices, axis=axis)


@take.rules
def _(out, x, indices, *, axis):
    shape = x.shape
    return lambda g: put(g, indices, shape=shape, axis=axis)


@primitive
def put(values, indices, *, shape, axis):
    """Zeros of ``shape`` with slices added at ``indices`` along an axis: way back from `take`."""
    axis %= len(shape)
    if axis:  # else nothing moves, which takes 5 us to find out
        picked = tuple(range(axis, axis + indices.ndim))
        values = xp.moveaxis(values, picked, range(indices.ndim))
    others = (*shape[:axis], *shape[axis + 1 :])
    out = xp.zeros((shape[axis], math.prod(others)), values.dtype)
    add_rows(out, indices.reshape(-1), values.reshape(indices.size, out.shape[1]))
    out = out.reshape(shape[axis], *others)
    return xp.moveaxis(out, 0, axis) if axis else out


put.rules(lambda out, values, indices, *, shape, axis: lambda g: take(g, indices, axis=axis))


@primitive
def take_along_axis(x, indices, *, axis):
    """For each of ``indices`` the value at that position along ``axis``, in its own row."""
    return x[place_along(indices, x.shape, axis)]


def place_along(indices, shape, axis):
    """What to index an array of ``shape`` with: ``indices`` along an axis, in rows of their own."""
    axis %= len(shape)
    is_small = sum(shape) <= _MOST_KEPT and not ON_GPU
    others = (_others if is_small else _others.__wrapped__)(shape, axis)
    return (*others[:axis], indices, *others[axis + 1 :])


# Sides of arrays whose index arrays are kept for the next call, all taken together.
_MOST_KEPT = 1 << 14


@functools.lru_cache(maxsize=256)
def _others(shape, axis):
    """For each axis of ``shape`` its positions, in arrays that broadcast against each other."""
    rank = len(shape)
    return tuple(
        None if i == axis else xp.arange(n).reshape([n if i == j else 1 for j in range(rank)])
        for i, n in enumerate(shape)
    )


@take_along_axis.rules
def _(out, x, indices, *, axis):
    shape = x.shape
    return lambda g: put_along_axis(g, indices, shape=shape, axis=axis)


@primitive
def put_along_axis(values, indices, *, shape, axis):
    """Zeros of ``shape`` with values added along an axis: the way back from `take_along_axis`."""
    out = xp.zeros(shape, values.dtype)
    axis %= len(shape)
    if indices.shape[axis] == 1:  # no position is named twice
        out[place_along(indices, shape, axis)] = values
        return out
    places = _flat_places(indices, shape, axis)
    scatter_add(out.reshape(-1), places.reshape(-1), values.reshape(-1))
    return out


def _flat_places(indices, shape, axis):
    """Positions along an axis as positions in the flat array of ``shape``."""
    places = xp.where(indices < 0, indices + shape[axis], indices)
    places = places * math.prod(shape[axis + 1 :])
    for i, n in enumerate(shape):
        if i != axis and n > 1:
            stride = math.prod(shape[i + 1 :])
            others = [1] * len(shape)
            others[i] = n
            places = places + (xp.arange(n) * stride).reshape(others)
    return places


@put_along_axis.rules
def _(out, values, indices, *, shape, axis):
    return lambda g: take_along_axis(g, indices, axis=axis)


def _rows(segment_ids, count):
    """``segment_ids`` with those outside [0, count) sent to a spare row at the end."""
    return xp.where((segment_ids < 0) | (segment_ids >= count), count, segment_ids)


def _of_segments(x, rows):
    """For each position the row of ``x`` of its segment; zeros in the spare row."""
    return take(pad(x, pad_width=((0, 1), *[(0, 0)] * (len(x.shape) - 1))), rows, axis=0)


@primitive
def segment_sum(x, segment_ids, *, count):
    """``out[k]``: the sum of ``x[segment_ids == k]``, for k below ``count``."""
    out = xp.zeros((count + 1, *x.shape[1:]), x.dtype)
    _add_at(out, _rows(segment_ids, count), x)
    return out[:count]


@segment_sum.rules
def _(out, x, segment_ids, *, count):
    rows = _rows(segment_ids, count)
    return lambda g: _of_segments(g, rows)


def _reduced(name, x, segment_ids, count, in_runs, initial):
    width = math.prod(x.shape[1:])
    out = xp.full((count + 1, width), initial, x.dtype)
    reduce_rows(name, out, _rows(segment_ids, count), x.reshape(len(x), width), in_runs)
    return out[:count].reshape(count, *x.shape[1:])


def lowest(dtype):
    """The least value of ``dtype``: what a maximum over nothing is."""
    kind = dtype.kind
    return -math.inf if kind == "f" else False if kind == "b" else int(xp.iinfo(dtype).min)


def highest(dtype):
    """The greatest value of ``dtype``: what a minimum over nothing is."""
    kind = dtype.kind
    return math.inf if kind == "f" else True if kind == "b" else int(xp.iinfo(dtype).max)


@primitive
def segment_max(x, segment_ids, *, count, in_runs=False):
    """``out[k]``: the maximum of ``x[segment_ids == k]``, for k below ``count``.

    ``in_runs`` is a promise that equal ids stand together, which saves a sort.
    """
    return _reduced("maximum", x, segment_ids, count, in_runs, lowest(x.dtype))


@primitive
def segment_min(x, segment_ids, *, count, in_runs=False):
    """``out[k]``: the minimum of ``x[segment_ids == k]``, for k below ``count``."""
    return _reduced("minimum", x, segment_ids, count, in_runs, highest(x.dtype))


def _segment_extreme_rule(out, x, segment_ids, *, count, in_runs=False):
    """Elements that are equally extreme share the gradient."""
    rows = _rows(segment_ids, count)
    is_extreme = equal(plain(x), _of_segments(plain(out), rows))
    ties = _of_segments(segment_sum(is_extreme.astype("int32"), segment_ids, count=count), rows)

    def way_back(g):
        return where(is_extreme, true_divide(_of_segments(g, rows), ties), 0)

    return way_back


segment_max.rules(_segment_extreme_rule)
segment_min.rules(_segment_extreme_rule)


@primitive
def segment_prod(x, segment_ids, *, count, in_runs=False):
    """``out[k]``: the product of ``x[segment_ids == k]``, for k below ``count``."""
    return _reduced("multiply", x, segment_ids, count, in_runs, 1)


@segment_prod.rules
def _(out, x, segment_ids, *, count, in_runs=False):
    rows = _rows(segment_ids, count)
    is_zero = plain(x) == 0
    zeros = segment_sum(is_zero.astype("int32"), segment_ids, count=count)
    # The product of the others is a quotient, unless there is a zero among them or it is one.
    other_zeros = _of_segments(zeros, rows) - is_zero
    counts = where(equal(other_zeros, 0), 1, 0)

    def way_back(g):
        nonzero_x = where(is_zero, 1, x)
        products = segment_prod(nonzero_x, segment_ids, count=count, in_runs=in_runs)
        others = multiply(counts, true_divide(_of_segments(products, rows), nonzero_x))
        return multiply(_of_segments(g, rows), others)

    return way_back


@primitive
def sort(x, *, axis):
    return xp.sort(x, axis=axis)


@sort.rules
def _(out, x, *, axis):
    order, shape = argsort(x, axis=axis), x.shape
    return lambda g: put_along_axis(g, order, shape=shape, axis=axis)


@primitive
def argsort(x, *, axis):
    """Where the sorted values stand; equal ones in their order."""
    return xp.argsort(x, axis=axis, kind="stable").astype("int32")


@primitive
def argpartition(x, *, kth, axis):
    return xp.argpartition(x, kth, axis=axis).astype("int32")


@primitive
def top_k_indices(x, *, k):
    """Where the ``k`` largest along the last axis stand, largest first; of equals the first."""
    n = x.shape[-1]
    order = n - 1 - xp.argsort(xp.flip(x, -1), axis=-1, kind="stable")
    return xp.flip(order, -1)[..., :k].astype("int32")


@primitive
def unique_parts(x, *, axis):
    """Of the distinct values: where each first stands, which of them each is, and their counts."""
    found = xp.unique(x, True, True, True, axis=axis, equal_nan=False)
    return tuple(part.reshape(-1).astype("int32") for part in found[1:])


@primitive
def one_hot(x, *, count, axis, dtype):
    """1 at the position that ``x`` names along a new axis of length ``count``, 0 elsewhere."""
    rank = x.ndim + 1
    axis %= rank
    numbers = xp.arange(count).reshape([count if i == axis else 1 for i in range(rank)])
    return (xp.expand_dims(x, axis) == numbers).astype(dtype)


@primitive
def searchsorted(sequence, values, *, side):
    return xp.searchsorted(sequence, values, side=side).astype("int32")


@primitive
def nonzero(x):
    """The positions of what is not zero: one array of indices per axis."""
    return tuple(i.astype("int32") for i in xp.nonzero(x))


@primitive
def view(x, *, dtype):
    """The same bytes read as another dtype; the last axis grows or shrinks with the item size."""
    return xp.ascontiguousarray(x).view(dtype) if x.ndim else x.view(dtype)


# Multiplied by this, a pair (real, imaginary) is that of the conjugate.
def _signs():
    return xp.asarray([1, -1], "int8")


@primitive
def view_as_complex(x):
    """Complex numbers from the pairs (real, imaginary) along the last axis."""
    return xp.ascontiguousarray(x).view(xp.result_type(x.dtype, "complex64"))[..., 0]


@primitive
def view_as_real(x):
    """Complex numbers as pairs (real, imaginary) along a new last axis."""
    return xp.stack([xp.real(x), xp.imag(x)], axis=-1)


# The gradient g of a complex z stands for dL = Re(g dz), hence the conjugates.
view_as_complex.rules(lambda out, x: lambda g: multiply(view_as_real(g), _signs()))
view_as_real.rules(lambda out, x: lambda g: view_as_complex(multiply(g, _signs())))
