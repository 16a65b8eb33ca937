"""Counting true and false positives and negatives, at one threshold or many."""

import numpy as np

from minikeras import config, ops
from minikeras.losses.loss import squeeze_or_expand_to_same_rank

# What a score outside the top k becomes: below any threshold.
LOWEST = -1e10


def threshold_list(thresholds, default):
    """``thresholds``, one or several floats, as a list.

    Raises:
        ValueError: if one of them lies outside 0 to 1.
    """
    if thresholds is None:
        return [default]
    found = list(thresholds) if isinstance(thresholds, (list, tuple)) else [thresholds]
    wrong = [t for t in found if t is None or t < 0 or t > 1]
    if wrong:
        raise ValueError(f"thresholds must lie between 0 and 1. Received: {wrong}")
    return found


def even_thresholds(number):
    """``number`` thresholds from 0 to 1 at equal distances, as a list."""
    return [i / (number - 1) for i in range(number)]


def are_even(thresholds):
    """Whether the thresholds go from 0 to 1 at equal distances, three of them at least.

    >>> are_even([0.0, 0.5, 1.0]), are_even([0.0, 0.4, 1.0])
    (True, False)
    """
    if len(thresholds) < 3:
        return False
    even = np.arange(len(thresholds), dtype=np.float32) / (len(thresholds) - 1)
    return np.allclose(thresholds, even, atol=config.epsilon())


def counts_at_thresholds(
    kinds,
    y_true,
    y_pred,
    thresholds,
    sample_weight=None,
    dtype=None,
    evenly=False,
    top_k=None,
    class_id=None,
    multi_label=False,
    label_weights=None,
):
    """The number, or weight, of true and false positives and negatives at each threshold.

    Args:
        kinds: what to count: some of ``"tp"``, ``"fp"``, ``"tn"``, ``"fn"``.
        y_true: labels 0 and 1 (what is not 0 counts as 1), of shape ``(batch, ...)``.
        y_pred: predicted probabilities of the same shape.
        thresholds: ``n`` floats; a prediction above one counts as 1.
        sample_weight: None, or weights of shape ``(batch,)`` or that of ``y_true``.
        dtype: the dtype to count in.
        evenly: whether the thresholds lie at equal distances from 0 to 1, which allows to sort
            predictions into bins rather than to compare them with each threshold.
        top_k: if given, only the ``k`` largest entries of each row of ``y_pred`` can be positive.
        class_id: if given, only this class is looked at.
        multi_label: whether to count for each label (the last of two axes) by itself.
        label_weights: None, or one weight per label.

    Returns:
        A list with a tensor for each kind, of shape ``(n,)``, or ``(n, labels)`` with
        ``multi_label``.

    Raises:
        ValueError: if ``class_id`` is given for predictions without an axis of classes.
    """
    y_true, y_pred = ops.cast(y_true, dtype), ops.cast(y_pred, dtype)
    y_pred, y_true = squeeze_or_expand_to_same_rank(y_pred, y_true)
    if sample_weight is not None:
        sample_weight = ops.expand_dims(ops.cast(sample_weight, dtype), axis=-1)
        _, sample_weight = squeeze_or_expand_to_same_rank(
            y_true, sample_weight, expand_rank_1=False
        )
    if top_k is not None:
        y_pred = _only_top_k(y_pred, top_k)
    if class_id is not None:
        if len(y_pred.shape) == 1:
            raise ValueError(
                f"class_id={class_id} needs predictions of shape (batch, classes). Received: "
                f"y_pred of shape {tuple(y_pred.shape)}"
            )
        y_true, y_pred = y_true[..., class_id, None], y_pred[..., class_id, None]
    is_true = ops.cast(ops.not_equal(y_true, 0), dtype)
    weights = _weights(y_pred.shape, sample_weight, label_weights, dtype)
    true = is_true if weights is None else ops.multiply(is_true, weights)
    false = ops.subtract(1.0 if weights is None else weights, true)
    if not multi_label:
        y_pred, true, false = (ops.reshape(x, (-1, 1)) for x in (y_pred, true, false))
    above = _above_even if evenly else _above
    counts = {}
    for positive, negative, weights in (("tp", "fn", true), ("fp", "tn", false)):
        if positive in kinds or negative in kinds:
            counts[positive] = above(y_pred, weights, thresholds)
        if negative in kinds:
            counts[negative] = ops.subtract(ops.sum(weights, axis=0), counts[positive])
    return [counts[kind] if multi_label else ops.squeeze(counts[kind], 1) for kind in kinds]


def _only_top_k(scores, k):
    """``scores`` with all but the ``k`` largest of each row set to the lowest."""
    _, positions = ops.top_k(scores, k)
    among = ops.sum(ops.one_hot(positions, scores.shape[-1], dtype=scores.dtype), axis=-2)
    return ops.where(ops.greater(among, 0), scores, LOWEST)


def _weights(shape, sample_weight, label_weights, dtype):
    """The product of both kinds of weights, of the shape of the predictions, or None."""
    weights = sample_weight
    if weights is not None:
        weights = ops.broadcast_to(weights, shape)
    if label_weights is not None:
        label_weights = ops.broadcast_to(ops.cast(label_weights, dtype), shape)
        weights = label_weights if weights is None else ops.multiply(weights, label_weights)
    return weights


def _above(y_pred, weights, thresholds):
    """The sum of the weights where predictions exceed each threshold.

    predictions (samples, labels) > thresholds (n, 1, 1) -> (n, samples, labels) -> (n, labels)
    """
    thresholds = ops.reshape(ops.convert_to_tensor(thresholds, y_pred.dtype), (-1, 1, 1))
    exceeds = ops.cast(ops.greater(y_pred, thresholds), y_pred.dtype)
    return ops.sum(ops.multiply(exceeds, weights), axis=1)


def _above_even(y_pred, weights, thresholds):
    """The same for thresholds at equal distances, in time that does not grow with their number.

    A prediction exceeds as many thresholds as its bin says. Weights are summed by bin, and the sums
    added up from the last bin on.
    """
    number, labels = len(thresholds), y_pred.shape[1]
    bins = ops.ceil(ops.multiply(ops.clip(y_pred, 0.0, 1.0), float(number - 1)))
    if thresholds[0] < 0.0:
        bins = ops.maximum(bins, 1.0)  # every prediction exceeds the first
    offsets = ops.multiply(ops.arange(labels, dtype="int32"), number)
    bins = ops.add(ops.cast(bins, "int32"), offsets)  # those of a label behind one another
    sums = ops.segment_sum(
        ops.reshape(weights, (-1,)), ops.reshape(bins, (-1,)), num_segments=number * labels
    )
    sums = ops.reshape(sums, (labels, number))[:, 1:]
    at_least = ops.flip(ops.cumsum(ops.flip(sums, axis=1), axis=1), axis=1)
    return ops.transpose(ops.pad(at_least, ((0, 0), (0, 1))))
