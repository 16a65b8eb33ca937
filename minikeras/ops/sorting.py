"""keras.ops: sorting, searching, distinct values, and reductions by segment."""

import math

from minikeras.backend import elementwise, indexing, reduction, shaping
from minikeras.backend.autodiff import plain
from minikeras.backend.logic import greater, isnan, less_equal
from minikeras.backend.shaping import normal_axis
from minikeras.backend.xp import asarray, xp
from minikeras.ops.arguments import promote, shape_of_integers, tensor
from minikeras.symbolic.inference import is_inferring, open_length
from minikeras.symbolic.operation import op

__all__ = [
    "argpartition",
    "argsort",
    "in_top_k",
    "searchsorted",
    "segment_max",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "sort",
    "top_k",
    "unique",
]


def _along(x, axis):
    """``x`` and the axis to work along; flattened if that is None or there is none."""
    x = tensor(x)
    if axis is None or not x.shape:
        return shaping.reshape(x, shape=(math.prod(x.shape),)), 0
    return x, normal_axis(int(axis), len(x.shape))


@op
def sort(x, axis=-1):
    """The values in ascending order along ``axis``; with None those of the flattened tensor.

    >>> import minikeras as keras
    >>> keras.ops.sort([[3, 1, 2], [0, 5, 4]]).tolist()
    [[1, 2, 3], [0, 4, 5]]
    """
    x, axis = _along(x, axis)
    return indexing.sort(x, axis=axis)


@op
def argsort(x, axis=-1):
    """Where the values in ascending order stand along ``axis``; equal values keep their order.

    Returns:
        An int32 tensor of the shape of ``x`` (a vector, if ``axis`` is None).

    >>> import minikeras as keras
    >>> keras.ops.argsort([3, 1, 2]).tolist()
    [1, 2, 0]
    """
    x, axis = _along(x, axis)
    return indexing.argsort(x, axis=axis)


@op
def argpartition(x, kth, axis=-1):
    """Indices that put the ``kth`` smallest value at its place, less before it, more after it.

    Args:
        x: a tensor.
        kth: the position in the sorted order.
        axis: the axis to work along; None flattens ``x``.

    Returns:
        An int32 tensor. The order before and after position ``kth`` is left open.

    >>> import minikeras as keras
    >>> x = keras.ops.array([5, 1, 9, 3])
    >>> int(x[keras.ops.argpartition(x, 2)[2]])
    5
    """
    x, axis = _along(x, axis)
    return indexing.argpartition(x, kth=int(kth), axis=axis)


@op
def top_k(x, k, sorted=True):
    """The ``k`` largest values along the last axis, and where they stand.

    Args:
        x: a tensor.
        k: how many.
        sorted: whether they are to be sorted; they are in either case, largest first.

    Returns:
        A pair of the values and their int32 positions, both of shape ``x.shape[:-1] + (k,)``. Of
        equal values the first comes first.

    >>> import minikeras as keras
    >>> values, positions = keras.ops.top_k([3, 9, 5], 2)
    >>> values.tolist(), positions.tolist()
    ([9, 5], [1, 2])
    """
    x, k = tensor(x), int(k)
    if not x.shape or not 0 <= k <= x.shape[-1]:
        raise ValueError(
            "top_k: k must not exceed the length of the last axis. "
            f"Received: k={k}, x.shape={x.shape}"
        )
    positions = indexing.top_k_indices(x, k=k)
    return indexing.take_along_axis(x, positions, axis=-1), positions


@op
def in_top_k(targets, predictions, k):
    """Whether the prediction for the target class is among the ``k`` largest.

    Args:
        targets: integers of shape ``(...)``: class numbers.
        predictions: a tensor of shape ``(..., classes)``.
        k: how many; classes as large as the ``k``-th count as well.

    Returns:
        A boolean tensor of the shape of ``targets``.

    >>> import minikeras as keras
    >>> keras.ops.in_top_k([2, 0], [[0.1, 0.3, 0.6], [0.1, 0.3, 0.6]], 2).tolist()
    [True, False]
    """
    targets, predictions = shape_of_integers(tensor(targets)), tensor(predictions)
    own = indexing.take_along_axis(predictions, shaping.expand_dims(targets, -1), axis=-1)
    if predictions.dtype.kind == "f":
        own = elementwise.where(isnan(own), -math.inf, own)
    larger = reduction.sum(greater(predictions, own), axis=-1, dtype="int32")
    return less_equal(larger, k - 1)


@op
def searchsorted(sorted_sequence, values, side="left"):
    """Where values would have to be put into a sorted vector to keep it sorted.

    Args:
        sorted_sequence: a vector in ascending order.
        values: a tensor.
        side: ``"left"`` for the first such place, ``"right"`` for the last.

    Returns:
        An int32 tensor of the shape of ``values``.

    >>> import minikeras as keras
    >>> keras.ops.searchsorted([1, 3, 5], [3, 4]).tolist()
    [1, 2]
    """
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted: side must be 'left' or 'right'. Received: {side!r}")
    sequence, values = promote(tensor(sorted_sequence), tensor(values))
    if len(sequence.shape) != 1:
        raise ValueError(
            "searchsorted: sorted_sequence must be a vector; for more axes map over them with "
            f"keras.ops.vectorized_map. Received: shape {sequence.shape}"
        )
    return indexing.searchsorted(sequence, values, side=side)


@op
def unique(
    x,
    sorted=True,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    size=None,
    fill_value=None,
):
    """The distinct values of ``x``, or its distinct slices along ``axis``.

    Args:
        x: a tensor.
        sorted: whether to sort them; they are in either case, in ascending order.
        return_index: whether to return where each of them first stands in ``x``.
        return_inverse: whether to return which of them each element of ``x`` is.
        return_counts: whether to return how often each of them occurs.
        axis: the axis whose slices are compared; by default single elements are.
        size: how many to return: fewer are filled up, more are cut off.
        fill_value: what to fill up with; by default the first of them.

    Returns:
        The distinct values, or a tuple of them and the int32 tensors asked for, in the order of
        the arguments.

    >>> import minikeras as keras
    >>> values, counts = keras.ops.unique([3, 1, 1], return_counts=True)
    >>> values.tolist(), counts.tolist()
    ([1, 3], [2, 1])
    """
    x = tensor(x)
    shape = x.shape
    if axis is None:
        x = shaping.reshape(x, shape=(math.prod(shape),))
    along = 0 if axis is None else normal_axis(int(axis), len(shape))
    if is_inferring():
        index = counts = xp.zeros(open_length(), "int32")
        inverse = xp.zeros(x.shape[along], "int32")
        if not x.shape[along]:
            x = xp.zeros((*x.shape[:along], 1, *x.shape[along + 1 :]), x.dtype)
    else:
        index, inverse, counts = indexing.unique_parts(x, axis=None if axis is None else along)
    values = indexing.take(x, index, axis=along)
    if size is not None:
        missing = max(size - index.shape[0], 0)
        values = _resized(values, size, missing, along, fill_value)
        index = _resized(index, size, missing, 0, None)
        counts = _resized(counts, size, missing, 0, 0)
    inverse = inverse.reshape(shape) if axis is None else inverse
    asked = (return_index, return_inverse, return_counts)
    extras = [part for part, wanted in zip((index, inverse, counts), asked) if wanted]
    return (values, *extras) if extras else values


def _resized(x, size, missing, axis, fill_value):
    """``x`` cut off at ``size`` along ``axis``, or ``missing`` more put after it."""
    inside = (slice(None),) * axis
    if not missing:
        return indexing.get_item(x, index=(*inside, slice(size)))
    shape = (*x.shape[:axis], missing, *x.shape[axis + 1 :])
    if fill_value is None and not x.shape[axis]:
        fill_value = 0
    if fill_value is None:
        more = shaping.broadcast_to(indexing.get_item(x, index=(*inside, slice(1))), shape=shape)
    else:
        more = xp.broadcast_to(asarray(plain(fill_value), x.dtype), shape)
    return shaping.concatenate(x, more, axis=axis)


def _segments(name, data, segment_ids, num_segments):
    """The arguments of a reduction by segment, tidied."""
    data, ids = tensor(data), shape_of_integers(tensor(segment_ids))
    if len(ids.shape) != 1 or ids.dtype.kind not in "iu":
        raise ValueError(
            f"{name}: segment_ids must be a vector of integers. "
            f"Received: shape {ids.shape}, dtype {ids.dtype}"
        )
    if data.shape[:1] != ids.shape:
        raise ValueError(
            f"{name}: there must be one segment id per slice of data. "
            f"Received: data of shape {data.shape}, {ids.shape[0]} ids"
        )
    if num_segments is None:
        if is_inferring():
            num_segments = open_length()
        else:
            num_segments = int(plain(ids).max()) + 1 if ids.shape[0] else 0
    return data, ids, int(num_segments)


@op
def segment_sum(data, segment_ids, num_segments=None, sorted=False):
    """The sums of the slices of ``data`` that have the same segment id.

    Args:
        data: a tensor of shape ``(n, ...)``.
        segment_ids: n integers; what has an id outside ``[0, num_segments)`` is left out.
        num_segments: how many segments there are; by default the largest id and one.
        sorted: a promise that the ids ascend, which may save work.

    Returns:
        A tensor of shape ``(num_segments, ...)``; 0 where a segment is empty.

    >>> import minikeras as keras
    >>> keras.ops.segment_sum([1, 2, 3], [0, 2, 0], num_segments=3).tolist()
    [4, 0, 2]
    """
    data, ids, count = _segments("segment_sum", data, segment_ids, num_segments)
    return indexing.segment_sum(data, ids, count=count)


@op
def segment_max(data, segment_ids, num_segments=None, sorted=False):
    """The maxima of the slices of ``data`` that have the same segment id; see `segment_sum`.

    An empty segment has the least value of the dtype. Equal maxima share the gradient.

    >>> import minikeras as keras
    >>> keras.ops.segment_max([1.0, 2.0, 3.0], [0, 1, 0]).tolist()
    [3.0, 2.0]
    """
    data, ids, count = _segments("segment_max", data, segment_ids, num_segments)
    return indexing.segment_max(data, ids, count=count, in_runs=bool(sorted))


@op
def segment_min(data, segment_ids, num_segments=None, sorted=False):
    """The minima of the slices of ``data`` that have the same segment id; see `segment_sum`.

    An empty segment has the greatest value of the dtype. Equal minima share the gradient.

    >>> import minikeras as keras
    >>> keras.ops.segment_min([1.0, 2.0, 3.0], [0, 1, 0]).tolist()
    [1.0, 2.0]
    """
    data, ids, count = _segments("segment_min", data, segment_ids, num_segments)
    return indexing.segment_min(data, ids, count=count, in_runs=bool(sorted))


@op
def segment_prod(data, segment_ids, num_segments=None, sorted=False):
    """The products of the slices of ``data`` with the same segment id; see `segment_sum`.

    An empty segment has the product 1.

    >>> import minikeras as keras
    >>> keras.ops.segment_prod([1, 2, 3], [0, 2, 0]).tolist()
    [3, 1, 2]
    """
    data, ids, count = _segments("segment_prod", data, segment_ids, num_segments)
    return indexing.segment_prod(data, ids, count=count, in_runs=bool(sorted))
