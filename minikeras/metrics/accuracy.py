"""How often predictions are right: accuracy functions and metrics."""

from minikeras import config, ops
from minikeras.losses.loss import squeeze_or_expand_to_same_rank
from minikeras.losses.regression import as_aligned_pair
from minikeras.metrics.reduction import MeanMetricWrapper

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
]


def _as_floats(matches):
    return ops.cast(matches, config.floatx())


def accuracy(y_true, y_pred):
    """1 where ``y_pred`` equals ``y_true``, else 0.

    Args:
        y_true: labels, of any shape.
        y_pred: predicted labels of the same shape.

    Returns:
        A tensor of that shape, of floats.

    >>> accuracy([1, 2], [1, 3]).tolist()
    [1.0, 0.0]
    """
    return _as_floats(ops.equal(*as_aligned_pair(y_true, y_pred)))


def binary_accuracy(y_true, y_pred, threshold=0.5):
    """1 where ``y_pred > threshold`` agrees with a label of 0 or 1, else 0.

    Args:
        y_true: labels 0 or 1, of any shape.
        y_pred: predicted probabilities of the same shape.
        threshold: above it, 1 is predicted.

    Returns:
        A tensor of that shape, of floats.

    >>> import minikeras as keras
    >>> keras.metrics.binary_accuracy([1.0, 1.0], [0.75, 0.25]).tolist()
    [1.0, 0.0]
    """
    y_true, y_pred = squeeze_or_expand_to_same_rank(
        ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    )
    predicted = ops.cast(ops.greater(y_pred, threshold), y_true.dtype)
    return _as_floats(ops.equal(y_true, predicted))


def _matches(labels, y_pred):
    """Where the most probable class is the label; of the shape of ``labels``."""
    shape = tuple(labels.shape)
    if len(shape) == len(y_pred.shape) and shape[-1] == 1:
        labels = ops.squeeze(labels, axis=-1)
    matches = _as_floats(ops.equal(labels, ops.argmax(y_pred, axis=-1)))
    return ops.reshape(matches, shape) if len(matches.shape) != len(shape) else matches


def categorical_accuracy(y_true, y_pred):
    """1 where the largest entry of ``y_pred`` stands where that of ``y_true`` does, else 0.

    Args:
        y_true: one-hot labels, of shape ``(batch, ..., classes)``.
        y_pred: predicted probabilities or scores of the same shape.

    Returns:
        A tensor of shape ``(batch, ...)``, of floats.

    >>> import minikeras as keras
    >>> keras.metrics.categorical_accuracy([[0, 1], [0, 1]], [[0.5, 0.7], [0.9, 0.1]]).tolist()
    [1.0, 0.0]
    """
    return _matches(ops.argmax(y_true, axis=-1), ops.convert_to_tensor(y_pred))


def sparse_categorical_accuracy(y_true, y_pred):
    """1 where the largest entry of ``y_pred`` stands at the position ``y_true``, else 0.

    Args:
        y_true: class indices, of shape ``(batch, ...)`` or ``(batch, ..., 1)``.
        y_pred: predicted probabilities or scores, of shape ``(batch, ..., classes)``.

    Returns:
        A tensor of shape ``(batch, ...)``, of floats.

    >>> import minikeras as keras
    >>> keras.metrics.sparse_categorical_accuracy([1, 1], [[0.5, 0.7], [0.9, 0.1]]).tolist()
    [1.0, 0.0]
    """
    matches = _matches(ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred))
    if len(matches.shape) > 1 and matches.shape[-1] == 1:
        return ops.squeeze(matches, axis=-1)
    return matches


def _flat_rows(y_pred):
    """All leading axes in one."""
    return ops.reshape(y_pred, (-1, y_pred.shape[-1])) if len(y_pred.shape) > 2 else y_pred


def _in_top_k(labels, y_pred, k):
    shape = tuple(labels.shape)
    labels = ops.reshape(ops.cast(labels, "int32"), (-1,)) if len(shape) > 1 else labels
    matches = ops.in_top_k(ops.cast(labels, "int32"), _flat_rows(y_pred), k=k)
    return ops.reshape(_as_floats(matches), shape)


def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """1 where the right class is among the ``k`` largest entries of ``y_pred``, else 0.

    Args:
        y_true: one-hot labels, of shape ``(batch, ..., classes)``.
        y_pred: predicted probabilities or scores of the same shape.
        k: an integer.

    Returns:
        A tensor of shape ``(batch, ...)``, of floats.

    >>> import minikeras as keras
    >>> keras.metrics.top_k_categorical_accuracy([[0, 0, 1]], [[0.5, 0.1, 0.4]], k=2).tolist()
    [1.0]
    """
    return _in_top_k(ops.argmax(y_true, axis=-1), ops.convert_to_tensor(y_pred), k)


def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5, from_sorted_ids=False):
    """1 where the class ``y_true`` is among the ``k`` largest entries of ``y_pred``, else 0.

    Args:
        y_true: class indices, of shape ``(batch, ...)``.
        y_pred: predicted probabilities or scores, of shape ``(batch, ..., classes)``; with
            ``from_sorted_ids``, classes from the most to the least probable.
        k: an integer.
        from_sorted_ids: see ``y_pred``.

    Returns:
        A tensor of the shape of ``y_true``, of floats.

    >>> import minikeras as keras
    >>> keras.metrics.sparse_top_k_categorical_accuracy([2], [[0.5, 0.1, 0.4]], k=2).tolist()
    [1.0]
    """
    y_pred = ops.convert_to_tensor(y_pred)
    if not from_sorted_ids:
        return _in_top_k(ops.convert_to_tensor(y_true), y_pred, k)
    labels = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    first = _flat_rows(y_pred)[:, :k]
    matches = ops.any(ops.equal(ops.reshape(labels, (-1, 1)), first), axis=1)
    return ops.reshape(_as_floats(matches), tuple(labels.shape))


class Accuracy(MeanMetricWrapper):
    """How often predicted labels equal the labels.

    Args:
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.Accuracy()([1, 2, 3, 4], [1, 2, 3, 0]))
    0.75
    """

    def __init__(self, name="accuracy", dtype=None):
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """How often probabilities lie on the right side of a threshold; see `binary_accuracy`.

    Args:
        name, dtype: see `Metric`.
        threshold: above it, 1 is predicted.

    >>> import minikeras as keras
    >>> float(keras.metrics.BinaryAccuracy()([[1.0], [1.0]], [[0.75], [0.25]]))
    0.5
    """

    def __init__(self, name="binary_accuracy", dtype=None, threshold=0.5):
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)


class CategoricalAccuracy(MeanMetricWrapper):
    """How often the most probable class is the right one, labels one-hot.

    Args:
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.CategoricalAccuracy()([[0, 1], [0, 1]], [[0.5, 0.7], [0.9, 0.1]]))
    0.5
    """

    def __init__(self, name="categorical_accuracy", dtype=None):
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the most probable class is the right one, labels as indices.

    Args:
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.SparseCategoricalAccuracy()([1, 1], [[0.5, 0.7], [0.9, 0.1]]))
    0.5
    """

    def __init__(self, name="sparse_categorical_accuracy", dtype=None):
        super().__init__(sparse_categorical_accuracy, name, dtype)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the right class is among the ``k`` most probable ones, labels one-hot.

    Args:
        k: an integer.
        name, dtype: see `Metric`.

    >>> import minikeras as keras
    >>> float(keras.metrics.TopKCategoricalAccuracy(k=2)([[0, 0, 1]], [[0.5, 0.1, 0.4]]))
    1.0
    """

    def __init__(self, k=5, name="top_k_categorical_accuracy", dtype=None):
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the right class is among the ``k`` most probable ones, labels as indices.

    Args:
        k: an integer.
        name, dtype: see `Metric`.
        from_sorted_ids: whether predictions are classes from the most to the least probable,
            rather than probabilities.

    >>> import minikeras as keras
    >>> float(keras.metrics.SparseTopKCategoricalAccuracy(k=2)([2], [[0.5, 0.1, 0.4]]))
    1.0
    """

    unwritten = {"from_sorted_ids": False}

    def __init__(
        self,
        k=5,
        name="sparse_top_k_categorical_accuracy",
        dtype=None,
        from_sorted_ids=False,
    ):
        super().__init__(
            sparse_top_k_categorical_accuracy, name, dtype, k=k, from_sorted_ids=from_sorted_ids
        )
