"""Losses for classification: crossentropies, their focal forms, and hinge losses."""

import warnings

from minikeras import config, ops
from minikeras.backend.masks import set_mask
from minikeras.losses.loss import LossFunctionWrapper
from minikeras.losses.regression import as_pair

__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Hinge",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "hinge",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]


def _smoothed_binary(y_true, label_smoothing):
    """0/1 labels moved towards 0.5."""
    if not label_smoothing:
        return y_true
    return ops.add(ops.multiply(y_true, 1.0 - label_smoothing), 0.5 * label_smoothing)


def _smoothed_one_hot(y_true, label_smoothing):
    """One-hot labels moved towards the uniform distribution."""
    if not label_smoothing:
        return y_true
    return ops.add(ops.multiply(y_true, 1.0 - label_smoothing), label_smoothing / y_true.shape[-1])


def _check_categorical(name, y_pred, axis):
    """Refuse an axis that is no integer; warn of a single class, whose loss is always 0."""
    if isinstance(axis, bool):
        raise ValueError(f"{name}: axis must be an integer. Received: axis={axis!r}")
    if y_pred.shape[-1] == 1:
        warnings.warn(
            f"{name} with one class: y_pred has shape {tuple(y_pred.shape)}, so nothing can be "
            "learnt. Give the last layer one unit per class, or use binary_crossentropy.",
            SyntaxWarning,
            stacklevel=3,
        )


def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """The mean over ``axis`` of ``-y_true * log(y_pred) - (1 - y_true) * log(1 - y_pred)``.

    Args:
        y_true: labels 0 or 1 (or probabilities), of shape ``(batch, ..., n)``.
        y_pred: predicted probabilities of the same shape, kept epsilon away from 0 and 1.
        from_logits: whether ``y_pred`` holds logits, to which a sigmoid is still to be applied.
        label_smoothing: how far labels are moved towards 0.5: 0 not at all, 1 all the way.
        axis: the axis to take the mean over.

    Returns:
        A tensor without ``axis``.

    >>> import minikeras as keras
    >>> loss = keras.losses.binary_crossentropy([[0.0, 1.0]], [[0.5, 0.25]])
    >>> round(float(loss[0]), 4)
    1.0397
    """
    y_true, y_pred = as_pair(y_true, y_pred)
    y_true = _smoothed_binary(y_true, label_smoothing)
    values = ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits)
    return ops.mean(values, axis=axis)


def binary_focal_crossentropy(
    y_true,
    y_pred,
    apply_class_balancing=False,
    alpha=0.25,
    gamma=2.0,
    from_logits=False,
    label_smoothing=0.0,
    axis=-1,
):
    """The binary crossentropy, each term times ``(1 - p) ** gamma``; the mean over ``axis``.

    ``p`` is the probability given to the right label, so that what is classified well already
    counts little (Lin et al., Focal Loss for Dense Object Detection, 2017, equations 4 and 5).

    Args:
        y_true: labels 0 or 1, of shape ``(batch, ..., n)``.
        y_pred: predicted probabilities of the same shape.
        apply_class_balancing: whether terms are weighted by class too.
        alpha: the weight of class 1 then; class 0 gets ``1 - alpha``.
        gamma: how much easy cases are played down; 0 gives the plain crossentropy.
        from_logits, label_smoothing, axis: see `binary_crossentropy`.

    Returns:
        A tensor without ``axis``.

    >>> import minikeras as keras
    >>> loss = keras.losses.binary_focal_crossentropy([[1.0]], [[0.5]])
    >>> round(float(loss[0]), 4)
    0.1733
    """
    y_true, y_pred = as_pair(y_true, y_pred)
    y_true = _smoothed_binary(y_true, label_smoothing)
    if from_logits:
        y_pred = ops.sigmoid(y_pred)
    y_false = ops.subtract(1.0, y_true)
    right = ops.add(ops.multiply(y_true, y_pred), ops.multiply(y_false, ops.subtract(1.0, y_pred)))
    values = ops.multiply(
        ops.power(ops.subtract(1.0, right), gamma), ops.binary_crossentropy(y_true, y_pred)
    )
    if apply_class_balancing:
        weight = ops.add(ops.multiply(y_true, alpha), ops.multiply(y_false, 1.0 - alpha))
        values = ops.multiply(weight, values)
    return ops.mean(values, axis=axis)


def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """The crossentropy ``-sum(y_true * log(y_pred))`` over the classes.

    Args:
        y_true: one-hot labels (or probabilities), of shape ``(batch, ..., classes)``.
        y_pred: predicted probabilities of the same shape. They are divided by their sum, and kept
            epsilon away from 0 and 1.
        from_logits: whether ``y_pred`` holds logits, to which a softmax is still to be applied.
        label_smoothing: how far labels are moved towards the uniform distribution: 0 not at all,
            1 all the way.
        axis: the axis of the classes.

    Returns:
        A tensor without ``axis``.

    >>> import minikeras as keras
    >>> loss = keras.losses.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
    >>> round(float(loss[0]), 4)
    0.6931
    """
    y_true, y_pred = as_pair(y_true, y_pred)
    _check_categorical("categorical_crossentropy", y_pred, axis)
    y_true = _smoothed_one_hot(y_true, label_smoothing)
    return ops.categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


def categorical_focal_crossentropy(
    y_true,
    y_pred,
    alpha=0.25,
    gamma=2.0,
    from_logits=False,
    label_smoothing=0.0,
    axis=-1,
):
    """The crossentropy over the classes, each term times ``alpha * (1 - y_pred) ** gamma``.

    What is classified well already counts little (Lin et al., Focal Loss for Dense Object
    Detection, 2017, equation 5, here for several classes).

    Args:
        y_true: one-hot labels, of shape ``(batch, ..., classes)``.
        y_pred: predicted probabilities of the same shape.
        alpha: a weight: one float, or one per class.
        gamma: how much easy cases are played down.
        from_logits, label_smoothing, axis: see `categorical_crossentropy`.

    Returns:
        A tensor without ``axis``.

    >>> import minikeras as keras
    >>> loss = keras.losses.categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
    >>> round(float(loss[0]), 4)
    0.0433
    """
    y_true, y_pred = as_pair(y_true, y_pred)
    _check_categorical("categorical_focal_crossentropy", y_pred, axis)
    y_true = _smoothed_one_hot(y_true, label_smoothing)
    if from_logits:
        y_pred = ops.softmax(y_pred, axis=axis)
    y_pred = ops.divide(y_pred, ops.sum(y_pred, axis=axis, keepdims=True))
    y_pred = ops.clip(y_pred, config.epsilon(), 1.0 - config.epsilon())
    crossentropy = ops.multiply(ops.negative(y_true), ops.log(y_pred))
    weight = ops.multiply(ops.power(ops.subtract(1.0, y_pred), gamma), alpha)
    return ops.sum(ops.multiply(weight, crossentropy), axis=axis)


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None, axis=-1):
    """The crossentropy ``-log(y_pred[y_true])`` for labels given as class indices.

    Args:
        y_true: class indices from 0 to ``classes - 1``, of shape ``(batch, ...)`` or
            ``(batch, ..., 1)``.
        y_pred: predicted probabilities, of shape ``(batch, ..., classes)``. They are divided by
            their sum, and kept epsilon away from 0 and 1.
        from_logits: whether ``y_pred`` holds logits, to which a softmax is still to be applied.
        ignore_class: a label whose entries have loss 0 and do not count in means, or None.
        axis: the axis of the classes.

    Returns:
        A tensor of the shape of ``y_pred`` without ``axis``.

    >>> import minikeras as keras
    >>> loss = keras.losses.sparse_categorical_crossentropy([1], [[0.5, 0.5]])
    >>> round(float(loss[0]), 4)
    0.6931
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[axis] == 1:
        y_true = ops.squeeze(y_true, axis=axis)
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(
            y_true, y_pred, from_logits=from_logits, axis=axis
        )
    is_valid = ops.not_equal(y_true, ignore_class)
    values = ops.sparse_categorical_crossentropy(
        ops.where(is_valid, y_true, 0),
        ops.where(ops.expand_dims(is_valid, axis), y_pred, 0.0),
        from_logits=from_logits,
        axis=axis,
    )
    values = ops.where(is_valid, values, 0.0)
    set_mask(values, is_valid)
    return values


def categorical_generalized_cross_entropy(y_true, y_pred, q):
    """``(1 - p ** q) / q`` with ``p`` the probability given to the right class.

    Between crossentropy (``q`` near 0) and absolute error (``q`` near 1), and as such robust to
    wrong labels (Zhang and Sabuncu, Generalized Cross Entropy Loss, 2018, equation 6).

    Args:
        y_true: class indices, of shape ``(batch,)``.
        y_pred: predicted probabilities, of shape ``(batch, classes)``.
        q: a float between 0 and 1, both excluded.

    Returns:
        A tensor of shape ``(batch,)``.

    >>> import minikeras as keras
    >>> keras.losses.categorical_generalized_cross_entropy([1], [[0.75, 0.25]], q=0.5).tolist()
    [1.0]
    """
    y_pred = ops.convert_to_tensor(y_pred)
    labels = ops.one_hot(ops.cast(y_true, "int32"), y_pred.shape[-1], dtype=y_pred.dtype)
    right = ops.sum(ops.multiply(y_pred, labels), axis=-1)
    return ops.divide(ops.subtract(1.0, ops.power(right, q)), q)


def _signed(y_true):
    """Labels 0 and 1 as -1 and 1; other labels as they are."""
    is_binary = ops.all(ops.logical_or(ops.equal(y_true, 0.0), ops.equal(y_true, 1.0)))
    # Both are computed: to look which one is needed would make the host wait for the device.
    return ops.where(is_binary, ops.subtract(ops.multiply(2.0, y_true), 1.0), y_true)


def _margins(y_true, y_pred):
    y_true, y_pred = as_pair(y_true, y_pred)
    return ops.maximum(ops.subtract(1.0, ops.multiply(_signed(y_true), y_pred)), 0.0)


def hinge(y_true, y_pred):
    """The mean over the last axis of ``max(1 - y_true * y_pred, 0)``.

    Args:
        y_true: labels -1 and 1, or 0 and 1, of shape ``(batch, ..., n)``.
        y_pred: predictions of the same shape.

    Returns:
        A tensor of shape ``(batch, ...)``.

    >>> import minikeras as keras
    >>> keras.losses.hinge([[-1.0, 1.0]], [[0.5, 0.5]]).tolist()
    [1.0]
    """
    return ops.mean(_margins(y_true, y_pred), axis=-1)


def squared_hinge(y_true, y_pred):
    """The mean over the last axis of ``max(1 - y_true * y_pred, 0) ** 2``.

    Args:
        y_true: labels -1 and 1, or 0 and 1, of shape ``(batch, ..., n)``.
        y_pred: predictions of the same shape.

    Returns:
        A tensor of shape ``(batch, ...)``.

    >>> import minikeras as keras
    >>> keras.losses.squared_hinge([[-1.0, 1.0]], [[0.5, 0.5]]).tolist()
    [1.25]
    """
    return ops.mean(ops.square(_margins(y_true, y_pred)), axis=-1)


def categorical_hinge(y_true, y_pred):
    """``max(1 + wrong - right, 0)``: the best score of a wrong class against the right one's.

    Args:
        y_true: one-hot labels, of shape ``(batch, ..., classes)``.
        y_pred: scores of the same shape.

    Returns:
        A tensor of shape ``(batch, ...)``.

    >>> import minikeras as keras
    >>> keras.losses.categorical_hinge([[0.0, 1.0]], [[0.75, 0.25]]).tolist()
    [1.5]
    """
    y_true, y_pred = as_pair(y_true, y_pred)
    right = ops.sum(ops.multiply(y_true, y_pred), axis=-1)
    wrong = ops.max(ops.multiply(ops.subtract(1.0, y_true), y_pred), axis=-1)
    return ops.maximum(ops.add(ops.subtract(wrong, right), 1.0), 0.0)


class BinaryCrossentropy(LossFunctionWrapper):
    """The crossentropy of labels 0 and 1; see `binary_crossentropy`.

    Args:
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: how far labels are moved towards 0.5, a float from 0 to 1.
        axis: the axis to take the mean over.
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> round(float(keras.losses.BinaryCrossentropy()([[1.0]], [[0.5]])), 4)
    0.6931
    """

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="binary_crossentropy",
        dtype=None,
    ):
        super().__init__(
            binary_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class BinaryFocalCrossentropy(LossFunctionWrapper):
    """The crossentropy of labels 0 and 1 with easy cases played down.

    See `binary_focal_crossentropy`.

    Args:
        apply_class_balancing: whether terms are weighted by class too.
        alpha: the weight of class 1 then; class 0 gets ``1 - alpha``.
        gamma: how much easy cases are played down.
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: how far labels are moved towards 0.5, a float from 0 to 1.
        axis: the axis to take the mean over.
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> round(float(keras.losses.BinaryFocalCrossentropy()([[1.0]], [[0.5]])), 4)
    0.1733
    """

    def __init__(
        self,
        apply_class_balancing=False,
        alpha=0.25,
        gamma=2.0,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="binary_focal_crossentropy",
        dtype=None,
    ):
        super().__init__(
            binary_focal_crossentropy,
            reduction,
            name,
            dtype,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalCrossentropy(LossFunctionWrapper):
    """The crossentropy of one-hot labels; see `categorical_crossentropy`.

    Args:
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: how far labels are moved towards the uniform distribution, from 0 to 1.
        axis: the axis of the classes.
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> loss = keras.losses.CategoricalCrossentropy()
    >>> round(float(loss([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.6931
    """

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="categorical_crossentropy",
        dtype=None,
    ):
        super().__init__(
            categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalFocalCrossentropy(LossFunctionWrapper):
    """The crossentropy of one-hot labels with easy cases played down.

    See `categorical_focal_crossentropy`.

    Args:
        alpha: a weight: one float, or one per class.
        gamma: how much easy cases are played down.
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: how far labels are moved towards the uniform distribution, from 0 to 1.
        axis: the axis of the classes.
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> loss = keras.losses.CategoricalFocalCrossentropy()
    >>> round(float(loss([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.0433
    """

    def __init__(
        self,
        alpha=0.25,
        gamma=2.0,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="categorical_focal_crossentropy",
        dtype=None,
    ):
        super().__init__(
            categorical_focal_crossentropy,
            reduction,
            name,
            dtype,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """The crossentropy of class indices; see `sparse_categorical_crossentropy`.

    Args:
        from_logits: whether predictions are logits rather than probabilities.
        ignore_class: a label whose entries do not count, or None.
        reduction: see `Loss`.
        axis: the axis of the classes.
        name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    >>> round(float(loss([0, 1], [[0.0, 0.0], [3.0, 3.0]])), 4)
    0.6931
    """

    unwritten = {"axis": -1}

    def __init__(
        self,
        from_logits=False,
        ignore_class=None,
        reduction="sum_over_batch_size",
        axis=-1,
        name="sparse_categorical_crossentropy",
        dtype=None,
    ):
        super().__init__(
            sparse_categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )


class CategoricalGeneralizedCrossEntropy(LossFunctionWrapper):
    """A loss between crossentropy and absolute error, robust to wrong labels.

    See `categorical_generalized_cross_entropy`.

    Args:
        q: a float between 0 (crossentropy) and 1 (absolute error), both excluded.
        reduction, name, dtype: see `Loss`.

    Raises:
        ValueError: if ``q`` lies outside.

    >>> import minikeras as keras
    >>> float(keras.losses.CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]]))
    1.0
    """

    def __init__(
        self,
        q=0.5,
        reduction="sum_over_batch_size",
        name="categorical_generalized_cross_entropy",
        dtype=None,
    ):
        if not 0 < q < 1:
            raise ValueError(f"q must lie between 0 and 1, both excluded. Received: q={q}")
        super().__init__(categorical_generalized_cross_entropy, reduction, name, dtype, q=q)


class Hinge(LossFunctionWrapper):
    """The margin loss of support vector machines; see `hinge`.

    Args:
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> float(keras.losses.Hinge()([[-1.0, 1.0]], [[0.5, 0.5]]))
    1.0
    """

    def __init__(self, reduction="sum_over_batch_size", name="hinge", dtype=None):
        super().__init__(hinge, reduction, name, dtype)


class SquaredHinge(LossFunctionWrapper):
    """The squared margin loss; see `squared_hinge`.

    Args:
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> float(keras.losses.SquaredHinge()([[-1.0, 1.0]], [[0.5, 0.5]]))
    1.25
    """

    def __init__(self, reduction="sum_over_batch_size", name="squared_hinge", dtype=None):
        super().__init__(squared_hinge, reduction, name, dtype)


class CategoricalHinge(LossFunctionWrapper):
    """The margin loss over classes; see `categorical_hinge`.

    Args:
        reduction, name, dtype: see `Loss`.

    >>> import minikeras as keras
    >>> float(keras.losses.CategoricalHinge()([[0.0, 1.0]], [[0.75, 0.25]]))
    1.5
    """

    def __init__(self, reduction="sum_over_batch_size", name="categorical_hinge", dtype=None):
        super().__init__(categorical_hinge, reduction, name, dtype)
