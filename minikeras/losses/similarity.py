"""Losses for overlapping regions, for embeddings and for sequences without alignment."""

import math

from minikeras import config, ops
from minikeras.backend.masks import set_mask
from minikeras.losses.loss import LossFunctionWrapper
from minikeras.losses.regression import as_pair

__all__ = ["CTC", "Circle", "Dice", "Tversky", "circle", "ctc", "dice", "tversky"]


def dice(y_true, y_pred, axis=None):
    """One minus the Dice coefficient ``2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred))``.

    Args:
        y_true: masks of regions, values from 0 to 1.
        y_pred: predicted masks of the same shape.
        axis: the axes to sum over; all by default.

    Returns:
        A tensor without those axes.

    >>> import minikeras as keras
    >>> round(float(keras.losses.dice([1.0, 1.0], [1.0, 0.0])), 4)
    0.3333
    """
    y_true, y_pred = as_pair(y_true, y_pred)
    overlap = ops.sum(ops.multiply(y_true, y_pred), axis=axis)
    total = ops.add(ops.sum(y_true, axis=axis), ops.sum(y_pred, axis=axis))
    ratio = ops.divide(ops.multiply(2.0, overlap), ops.add(total, config.epsilon()))
    return ops.subtract(1.0, ratio)


def tversky(y_true, y_pred, alpha=0.5, beta=0.5, axis=None):
    """One minus the Tversky index: the Dice coefficient with a weight for each kind of error.

    The index is ``t / (t + alpha * m + beta * f)`` with ``t`` the sum of ``y_true * y_pred``,
    ``m`` that of ``y_true * (1 - y_pred)`` and ``f`` that of ``(1 - y_true) * y_pred`` (Salehi et
    al., Tversky Loss Function for Image Segmentation, 2017).

    Args:
        y_true: masks of regions, values from 0 to 1.
        y_pred: predicted masks of the same shape.
        alpha: the weight of what was missed.
        beta: the weight of what was found wrongly.
        axis: the axes to sum over; all by default.

    Returns:
        A tensor without those axes.

    >>> import minikeras as keras
    >>> round(float(keras.losses.tversky([1.0, 1.0], [1.0, 0.0], alpha=1.0)), 4)
    0.5
    """
    y_true, y_pred = as_pair(y_true, y_pred)
    overlap = ops.sum(ops.multiply(y_true, y_pred), axis=axis)
    missed = ops.sum(ops.multiply(ops.subtract(1.0, y_pred), y_true), axis=axis)
    false = ops.sum(ops.multiply(y_pred, ops.subtract(1.0, y_true)), axis=axis)
    errors = ops.add(ops.multiply(missed, alpha), ops.multiply(false, beta))
    total = ops.add(ops.add(overlap, errors), config.epsilon())
    return ops.subtract(1.0, ops.divide(overlap, total))


def circle(
    y_true,
    y_pred,
    ref_labels=None,
    ref_embeddings=None,
    remove_diagonal=True,
    gamma=80,
    margin=0.4,
):
    """The Circle loss: embeddings of a class drawn together, those of different classes apart.

    Each pair is weighted by how far its similarity is from its optimum (Sun et al., Circle Loss,
    2020, equations 6 and 8), here with ``1 - similarity`` as the distance.

    Args:
        y_true: class indices, of shape ``(batch,)`` or ``(batch, 1)``.
        y_pred: embeddings of length 1, of shape ``(batch, features)``.
        ref_labels: labels of the embeddings to compare with; ``y_true`` by default.
        ref_embeddings: those embeddings; ``y_pred`` by default.
        remove_diagonal: whether an embedding is not compared with the one at its own position.
        gamma: the scale, a float.
        margin: the relaxation, a float.

    Returns:
        A tensor of shape ``(batch,)``. Only entries above 0 count in means.

    >>> import minikeras as keras
    >>> x = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    >>> keras.losses.circle([0, 1, 0], x).round(4).tolist()
    [0.0, 0.0, 0.0]
    """
    y_pred = ops.convert_to_tensor(y_pred)
    labels = ops.cast(y_true, "int32")
    references = y_pred if ref_embeddings is None else ops.convert_to_tensor(ref_embeddings)
    ref_labels = labels if ref_labels is None else ops.cast(ref_labels, "int32")
    rows, columns = ops.reshape(labels, (-1, 1)), ops.reshape(ref_labels, (1, -1))
    is_positive = ops.equal(rows, columns)
    is_negative = ops.logical_not(is_positive)
    if remove_diagonal:
        diagonal = ops.eye(rows.shape[0], columns.shape[1], dtype="bool")
        is_positive = ops.logical_and(is_positive, ops.logical_not(diagonal))

    distance = ops.maximum(ops.subtract(1.0, ops.matmul(y_pred, ops.transpose(references))), 0.0)
    # Terms of equation 6 with similarity s = 1 - distance; alpha_p and alpha_n are the weights.
    positive_weight = ops.maximum(ops.add(distance, margin), 0.0)
    negative_weight = ops.maximum(ops.subtract(1.0 + margin, distance), 0.0)
    positive = ops.multiply(ops.multiply(-gamma, positive_weight), ops.subtract(margin, distance))
    negative = ops.multiply(
        ops.multiply(gamma, negative_weight), ops.subtract(1.0 - margin, distance)
    )
    within = ops.logsumexp(ops.where(is_positive, positive, -math.inf), axis=1)
    between = ops.logsumexp(ops.where(is_negative, negative, -math.inf), axis=1)
    loss = ops.softplus(ops.add(within, between))
    set_mask(loss, ops.greater(loss, 0.0))
    return loss


def ctc(y_true, y_pred):
    """Connectionist temporal classification: sequences of labels without their alignment.

    The negative log-probability of the labels, summed over all alignments (Graves et al.,
    Connectionist Temporal Classification, 2006). Class 0 is the blank.

    Args:
        y_true: integer labels, of shape ``(batch, max_length)``; 0 fills what is not used.
        y_pred: logits, of shape ``(batch, steps, classes)``.

    Returns:
        A tensor of shape ``(batch,)``.

    Raises:
        ValueError: if the ranks are not 2 and 3.

    >>> import minikeras as keras
    >>> logits = keras.ops.zeros((1, 1, 2))
    >>> round(float(keras.losses.ctc([[1]], logits)[0]), 4)
    0.6931
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if len(y_true.shape) != 2 or len(y_pred.shape) != 3:
        raise ValueError(
            "ctc expects labels of shape (batch, max_length) and logits of shape "
            f"(batch, steps, classes). Received: y_true of shape {tuple(y_true.shape)}, y_pred of "
            f"shape {tuple(y_pred.shape)}"
        )
    batch, steps = y_pred.shape[:2]
    lengths = ops.full((batch,), steps, dtype="int32")
    label_lengths = ops.sum(ops.cast(ops.not_equal(y_true, 0), "int32"), axis=-1)
    return ops.ctc_loss(ops.cast(y_true, "int32"), y_pred, label_lengths, lengths, mask_index=0)


class Dice(LossFunctionWrapper):
    """One minus the overlap of two regions; see `dice`.

    Args:
        reduction, name: see `Loss`.
        axis: the axes to sum over; all by default.
        dtype: see `Loss`.

    >>> import minikeras as keras
    >>> round(float(keras.losses.Dice()([[1.0, 1.0]], [[1.0, 0.0]])), 4)
    0.3333
    """

    def __init__(self, reduction="sum_over_batch_size", name="dice", axis=None, dtype=None):
        super().__init__(dice, reduction, name, dtype, axis=axis)


class Tversky(LossFunctionWrapper):
    """One minus the overlap of two regions, errors weighted by their kind; see `tversky`.

    Args:
        alpha: the weight of what was missed.
        beta: the weight of what was found wrongly.
        reduction, name: see `Loss`.
        axis: the axes to sum over; all by default.
        dtype: see `Loss`.

    >>> import minikeras as keras
    >>> round(float(keras.losses.Tversky(alpha=1.0)([[1.0, 1.0]], [[1.0, 0.0]])), 4)
    0.5
    """

    def __init__(
        self,
        alpha=0.5,
        beta=0.5,
        reduction="sum_over_batch_size",
        name="tversky",
        axis=None,
        dtype=None,
    ):
        super().__init__(tversky, reduction, name, dtype, alpha=alpha, beta=beta, axis=axis)


class Circle(LossFunctionWrapper):
    """Embeddings of a class drawn together, those of different classes apart; see `circle`.

    Args:
        gamma: the scale, a float.
        margin: the relaxation, a float.
        remove_diagonal: whether an embedding is not compared with itself.
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> float(keras.losses.Circle()([0, 1], [[1.0, 0.0], [0.0, 1.0]]))
    0.0
    """

    def __init__(
        self,
        gamma=80.0,
        margin=0.4,
        remove_diagonal=True,
        reduction="sum_over_batch_size",
        name="circle",
        dtype=None,
    ):
        super().__init__(
            circle,
            reduction,
            name,
            dtype,
            gamma=gamma,
            margin=margin,
            remove_diagonal=remove_diagonal,
        )


class CTC(LossFunctionWrapper):
    """The loss of label sequences without alignment; see `ctc`.

    Args:
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> round(float(keras.losses.CTC()([[1]], keras.ops.zeros((1, 1, 2)))), 4)
    0.6931
    """

    def __init__(self, reduction="sum_over_batch_size", name="ctc", dtype=None):
        super().__init__(ctc, reduction, name, dtype)
