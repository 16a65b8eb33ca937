"""keras.ops: picking values by position, and putting values there."""

import math

from minikeras.backend import elementwise, indexing, shaping
from minikeras.backend.autodiff import Handle, Tracer
from minikeras.backend.indexing import HOLE
from minikeras.backend.xp import ndarray, np, xp
from minikeras.ops.arguments import promote, shape_of_integers, tensor
from minikeras.ops.logic import positions
from minikeras.ops.shaping import has_unknown_side
from minikeras.symbolic.inference import is_inferring, open_length
from minikeras.symbolic.operation import op

__all__ = [
    "get_item",
    "nonzero",
    "scatter",
    "scatter_update",
    "select",
    "slice",
    "slice_update",
    "take",
    "take_along_axis",
    "unravel_index",
    "view",
]

_slice = slice  # the public op of this name hides Python's


def _index_parts(key):
    """The index arrays in ``key``, and ``key`` with holes in their places."""
    arrays = []

    def fixed(part):
        if isinstance(part, (list, ndarray, Tracer, Handle, np.ndarray)):
            array = tensor(part)
            if array.dtype.kind == "f" and 0 in array.shape:
                array = array.astype("int32")  # that of an empty list
            arrays.append(array)
            return HOLE
        if isinstance(part, _slice):
            return _slice(*(_bound(b) for b in (part.start, part.stop, part.step)))
        return part

    if isinstance(key, tuple):
        return arrays, tuple(map(fixed, key))
    return arrays, fixed(key)


def _bound(b):
    return b if b is None else b.__index__()


@op
def get_item(x, key):
    """``x[key]``, also where ``x`` is symbolic or followed by a tape.

    Args:
        x: a tensor.
        key: an integer, a slice, None (a new axis), an Ellipsis, a tensor of integers or booleans,
            or a tuple of these, as in NumPy.

    >>> import minikeras as keras
    >>> keras.ops.get_item(keras.ops.array([[1, 2], [3, 4]]), (Ellipsis, 1)).tolist()
    [2, 4]
    """
    if isinstance(key, list) and any(p is None or p is ... or isinstance(p, _slice) for p in key):
        key = tuple(key)  # as files have it, which know no tuples
    arrays, index = _index_parts(key)
    if is_inferring() and any(a.dtype == bool for a in arrays):
        arrays, index = _without_masks(arrays, index)
    try:
        return indexing.get_item(tensor(x), *arrays, index=index)
    except IndexError as error:
        if is_inferring():
            raise ValueError(f"A symbolic tensor cannot be indexed so: {error}") from error
        raise


def _without_masks(arrays, index):
    """An index with positions in the place of masks, of which only the values know how many."""
    found, parts, given = [], [], iter(arrays)
    for part in index if isinstance(index, tuple) else (index,):
        array = next(given) if part is HOLE else None
        if part is HOLE and array.dtype == bool:
            positions = [xp.zeros(open_length(), "int32")] * array.ndim
            found += positions
            parts += [HOLE] * array.ndim
        else:
            found += [array] if part is HOLE else []
            parts.append(part)
    return found, tuple(parts)


def _integer_tensor(name, x):
    x = shape_of_integers(tensor(x))
    if x.dtype.kind not in "iub":
        raise TypeError(f"{name}: indices must be integers. Received: dtype {x.dtype}")
    return x.astype("int32") if x.dtype.kind == "b" else x


@op
def take(x, indices, axis=None):
    """The elements (or slices) of ``x`` at ``indices``.

    Args:
        x: a tensor.
        indices: integers in any shape; negative ones count from the end.
        axis: the axis to pick along; by default ``x`` is flattened.

    Returns:
        A tensor in which the shape of ``indices`` stands in the place of ``axis``.

    Raises:
        IndexError: if an index is out of range. (On the GPU it counts modulo the length.)

    >>> import minikeras as keras
    >>> keras.ops.take([[1, 2], [3, 4], [5, 6]], [2, 0], axis=0).tolist()
    [[5, 6], [1, 2]]
    """
    x, indices = tensor(x), _integer_tensor("take", indices)
    if axis is None:
        x, axis = shaping.reshape(x, shape=(math.prod(x.shape),)), 0
    axis = shaping.normal_axis(int(axis), len(x.shape))
    if has_unknown_side(x):  # what stands in for it may be too short for the indices
        return xp.zeros((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]), x.dtype)
    return indexing.take(x, indices, axis=axis)


@op
def take_along_axis(x, indices, axis=None):
    """Elements of ``x``, picked along an axis for each position of the other axes.

    Args:
        x: a tensor.
        indices: integers, with as many axes as ``x``; sides of length 1 are repeated.
        axis: the axis that the indices refer to; by default ``x`` is flattened.

    >>> import minikeras as keras
    >>> keras.ops.take_along_axis([[10, 20], [30, 40]], [[1], [0]], axis=1).tolist()
    [[20], [30]]
    """
    x, indices = tensor(x), _integer_tensor("take_along_axis", indices)
    if axis is None:
        x, axis = shaping.reshape(x, shape=(math.prod(x.shape),)), 0
    if len(indices.shape) != len(x.shape):
        raise ValueError(
            "take_along_axis: x and indices must have equally many axes. "
            f"Received: shapes {x.shape} and {indices.shape}"
        )
    return indexing.take_along_axis(x, indices, axis=int(axis))


def _starts(name, x, start_indices):
    """Where a block begins along each axis: integers, or a tensor if that is what was given."""
    if isinstance(start_indices, (ndarray, Tracer, Handle, np.ndarray)):
        starts = _integer_tensor(name, start_indices)
        count = starts.shape[0] if len(starts.shape) == 1 else None
    else:
        starts = [s if isinstance(s, (ndarray, Tracer, Handle)) else int(s) for s in start_indices]
        count = len(starts)
    if count != len(x.shape):
        raise ValueError(
            f"{name}: the number of dimensions in `start_indices` must match the number of "
            "dimensions in `inputs`. "
            f"Received: start_indices={start_indices}, x.shape={x.shape}"
        )
    return starts


def _block_index(name, x, start_indices, shape):
    """What to index ``x`` with for the block of ``shape`` that begins at ``start_indices``."""
    starts = _starts(name, x, start_indices)
    if isinstance(starts, list) and all(isinstance(s, int) for s in starts):
        starts = [s + n if s < 0 else s for s, n in zip(starts, x.shape)]
        for s, size, n in zip(starts, shape, x.shape):
            if not 0 <= s <= s + size <= n:
                raise ValueError(
                    f"{name}: the block does not lie within the tensor. Received: "
                    f"start_indices={start_indices}, block shape {shape}, x.shape={x.shape}"
                )
        return [], tuple(_slice(s, s + size) for s, size in zip(starts, shape))
    arrays = []
    for i, (size, n) in enumerate(zip(shape, x.shape)):
        start = starts[i] if isinstance(starts, list) else indexing.get_item(starts, index=i)
        start = xp.clip(start, 0, n - size)
        side = [size if i == j else 1 for j in range(len(shape))]
        arrays.append((start + xp.arange(size)).reshape(side))
    return arrays, (HOLE,) * len(arrays)


@op
def slice(inputs, start_indices, shape):
    """The block of ``shape`` that begins at ``start_indices``.

    Args:
        inputs: a tensor.
        start_indices: one integer per axis, or a tensor of them. Those in a tensor are moved to
            where the block lies within ``inputs``, as they may be known only later.
        shape: the sides of the block; -1 for all that follows the start.

    Raises:
        ValueError: if the block does not lie within ``inputs``.

    >>> import minikeras as keras
    >>> keras.ops.slice([[1, 2, 3], [4, 5, 6]], (0, 1), (2, 2)).tolist()
    [[2, 3], [5, 6]]
    """
    x = tensor(inputs)
    if len(shape) != len(x.shape):
        raise ValueError(
            "slice: the number of dimensions in `inputs` must match the number of dimensions in "
            f"`shape`. Received: shape={shape}, inputs.shape={x.shape}"
        )
    starts = _starts("slice", x, start_indices)
    is_open = is_inferring() and not isinstance(starts, list)
    sides = tuple(
        (open_length() if is_open else n - int(starts[i])) if s == -1 else int(s)
        for i, (s, n) in enumerate(zip(shape, x.shape))
    )
    if has_unknown_side(x) or (is_open and -1 in shape):
        return xp.zeros(sides, x.dtype)
    arrays, index = _block_index("slice", x, start_indices, sides)
    return indexing.get_item(x, *arrays, index=index)


@op
def slice_update(inputs, start_indices, updates):
    """A copy of ``inputs`` with a block, which begins at ``start_indices``, replaced.

    Args:
        inputs: a tensor.
        start_indices: one integer per axis, or a tensor of them; see `slice`.
        updates: the block, with as many axes as ``inputs``.

    >>> import minikeras as keras
    >>> keras.ops.slice_update([[1, 2], [3, 4]], (1, 0), [[9, 9]]).tolist()
    [[1, 2], [9, 9]]
    """
    x = tensor(inputs)
    updates = tensor(updates, x.dtype)
    if len(updates.shape) != len(x.shape):
        raise ValueError(
            "slice_update: updates must have as many axes as inputs. "
            f"Received: shapes {updates.shape} and {x.shape}"
        )
    if has_unknown_side(x):
        return xp.zeros(x.shape, x.dtype)
    arrays, index = _block_index("slice_update", x, start_indices, updates.shape)
    return indexing.set_item(x, updates, *arrays, index=index)


def _positions(name, indices, rank):
    """The index arrays in the last axis of ``indices``, one per axis that they refer to."""
    indices = _integer_tensor(name, indices)
    count = indices.shape[-1] if indices.shape else 0
    if not 0 < count <= rank:
        raise ValueError(
            f"{name}: the last axis of indices must hold one to {rank} positions, one per axis "
            f"of the result. Received: indices of shape {indices.shape}"
        )
    return [indices[..., i] for i in range(count)]


@op
def scatter(indices, values, shape):
    """Zeros with values added at some positions; values for one position are summed.

    Args:
        indices: integers of shape ``(..., k)``: positions along the first k axes of the result.
        values: a tensor of shape ``indices.shape[:-1] + shape[k:]``.
        shape: the shape of the result.

    >>> import minikeras as keras
    >>> keras.ops.scatter([[0], [2], [2]], [1, 2, 3], (4,)).tolist()
    [1, 0, 5, 0]
    """
    shape = tuple(int(n) for n in shape)
    arrays = _positions("scatter", indices, len(shape))
    return indexing.put_item(tensor(values), *arrays, index=(HOLE,) * len(arrays), shape=shape)


@op
def scatter_update(inputs, indices, updates, reduction=None):
    """A copy of ``inputs`` with new values at some positions.

    Args:
        inputs: a tensor.
        indices: integers of shape ``(..., k)``: positions along the first k axes of ``inputs``.
        updates: a tensor of shape ``indices.shape[:-1] + inputs.shape[k:]``.
        reduction: how updates are combined with what is there and with each other: ``"add"``,
            ``"max"``, ``"min"``, ``"mul"``; by default the last update of a position replaces it.

    >>> import minikeras as keras
    >>> keras.ops.scatter_update([1, 2, 3], [[0], [2]], [7, 9]).tolist()
    [7, 2, 9]
    """
    x = tensor(inputs)
    updates = tensor(updates, x.dtype)
    arrays = _positions("scatter_update", indices, len(x.shape))
    if has_unknown_side(x):
        return xp.zeros(x.shape, x.dtype)
    index = (HOLE,) * len(arrays)
    if reduction is None:
        return indexing.set_item(x, updates, *arrays, index=index)
    if reduction == "add":
        return indexing.add_item(x, updates, *arrays, index=index)
    if reduction not in _REDUCTIONS:
        raise ValueError(
            "scatter_update: reduction must be one of None, 'add', 'max', 'min', 'mul'. "
            f"Received: {reduction!r}"
        )
    reduce, combine = _REDUCTIONS[reduction]
    lead, rest = x.shape[: len(arrays)], x.shape[len(arrays) :]
    places = arrays[0].shape
    updates = shaping.broadcast_to(updates, shape=(*places, *rest))
    updates = shaping.reshape(updates, shape=(math.prod(places), *rest))
    rows = indexing.flat_position(arrays, lead).reshape(-1)
    found = reduce(updates, rows, count=math.prod(lead))
    return combine(x, shaping.reshape(found, shape=x.shape))


_REDUCTIONS = {
    "max": (indexing.segment_max, elementwise.maximum),
    "min": (indexing.segment_min, elementwise.minimum),
    "mul": (indexing.segment_prod, elementwise.multiply),
}


@op
def nonzero(x):
    """The positions of the elements that are not zero.

    Returns:
        A tuple of int32 vectors, one per axis of ``x``.

    >>> import minikeras as keras
    >>> [positions.tolist() for positions in keras.ops.nonzero([[0, 5], [7, 0]])]
    [[0, 1], [1, 0]]
    """
    return positions(tensor(x))


@op
def select(condlist, choicelist, default=0):
    """At every position the value of the first choice whose condition holds.

    Args:
        condlist: a list of boolean tensors.
        choicelist: a list of equally many tensors.
        default: the value where no condition holds.

    >>> import minikeras as keras
    >>> x = keras.ops.arange(5)
    >>> keras.ops.select([x < 2, x > 3], [x, 10 * x], -1).tolist()
    [0, 1, -1, -1, 40]
    """
    if len(condlist) != len(choicelist) or not condlist:
        raise ValueError(
            "select: there must be as many choices as conditions, and at least one. "
            f"Received: {len(condlist)} conditions, {len(choicelist)} choices"
        )
    *choices, out = promote(*choicelist, default)
    for condition, choice in zip(reversed(condlist), reversed(choices)):
        out = elementwise.where(tensor(condition), choice, out)
    return out


@op
def unravel_index(indices, shape):
    """Positions in a flattened tensor as positions along each axis.

    Args:
        indices: integers; negative ones count from the end.
        shape: the shape of the tensor that they refer to.

    Returns:
        A tuple of tensors of the shape of ``indices``, one per axis.

    >>> import minikeras as keras
    >>> [i.tolist() for i in keras.ops.unravel_index([5, 1], (2, 3))]
    [[1, 0], [2, 1]]
    """
    left = _integer_tensor("unravel_index", indices)
    shape = tuple(int(n) for n in shape)
    left = xp.where(left < 0, left + math.prod(shape), left)
    found = []
    for n in reversed(shape):
        found.append((left % n).astype(left.dtype))
        left = left // n
    return tuple(found[::-1])


@op
def view(x, dtype=None):
    """The bytes of ``x`` read as another dtype.

    Args:
        x: a tensor.
        dtype: a dtype; if its items are larger or smaller, the last axis shrinks or grows.

    >>> import minikeras as keras
    >>> keras.ops.view(keras.ops.array([1.0]), "int32").tolist()
    [1065353216]
    """
    x = tensor(x)
    return x if dtype is None else indexing.view(x, dtype=np.dtype(dtype).name)
