"""Encoding of category numbers: as they are, one-hot, multi-hot or counted."""

import math

from minikeras import ops


def encode(indices, output_mode, depth, dtype, count_weights=None):
    """Category numbers in the form that ``output_mode`` names.

    Args:
        indices: an integer tensor. Numbers outside ``[0, depth)`` stand for no category.
        output_mode: ``"int"``, ``"one_hot"``, ``"multi_hot"`` or ``"count"``.
        depth: the number of categories, the last side of the result.
        dtype: that of the result.
        count_weights: what each entry counts, of the shape of ``indices``; 1 by default.

    Returns:
        For ``"int"`` a tensor of the shape of ``indices``. For ``"one_hot"`` one with another axis
        of length ``depth``, which takes the place of a last axis of length 1. Otherwise the second
        axis (of a vector, the only one) is summed over, and the last is of length ``depth``.
    """
    if output_mode == "int":
        return ops.cast(indices, dtype)
    if not indices.shape:
        indices = ops.reshape(indices, (1,))
        count_weights = None if count_weights is None else ops.reshape(count_weights, (1,))
    if output_mode == "one_hot":
        if len(indices.shape) > 1 and indices.shape[-1] == 1:
            indices = ops.squeeze(indices, axis=-1)
        return ops.one_hot(indices, depth, dtype=dtype)
    counts = _counts(indices, depth, dtype if count_weights is None else None, count_weights)
    return ops.minimum(counts, 1) if output_mode == "multi_hot" else ops.cast(counts, dtype)


def _counts(indices, depth, dtype, weights):
    """How often each category occurs in each sample, found without the one-hot form of all."""
    if weights is None:
        weights = ops.ones(indices.shape, dtype)
    if len(indices.shape) > 2:
        indices, weights = ops.moveaxis(indices, 1, -1), ops.moveaxis(weights, 1, -1)
    outer = indices.shape[:-1]
    rows = math.prod(outer)
    columns = depth + 1  # the last one is for what is no category
    indices = ops.cast(indices, "int64")
    is_category = ops.logical_and(indices >= 0, indices < depth)
    places = ops.reshape(ops.where(is_category, indices, depth), (rows, indices.shape[-1]))
    places = places + ops.expand_dims(ops.arange(rows, dtype="int64") * columns, 1)
    counts = ops.segment_sum(
        ops.reshape(weights, (-1,)), ops.reshape(places, (-1,)), num_segments=rows * columns
    )
    return ops.reshape(counts, (*outer, columns))[..., :depth]
