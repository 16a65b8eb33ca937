"""Intersection over union: how well predicted regions cover the true ones, class by class."""

import warnings

from minikeras import config, ops
from minikeras.backend.dtypes import is_int_dtype
from minikeras.metrics.metric import Metric

__all__ = ["BinaryIoU", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"]


class IoU(Metric):
    """The mean over some classes of ``intersection / union`` of the true and the predicted region.

    For a class that is ``true positives / (true + false positives + false negatives)``. Classes
    that occur neither in the labels nor in the predictions do not count.

    Args:
        num_classes: how many classes there are.
        target_class_ids: the classes to average over.
        name: see `Metric`.
        dtype: the dtype to count in; int32 by default.
        ignore_class: a label whose entries do not count, or None.
        sparse_y_true: whether labels are class indices rather than one-hot.
        sparse_y_pred: whether predictions are class indices rather than scores per class.
        axis: the axis of the classes where they are one-hot or scores.

    Raises:
        ValueError: if a target class does not exist.

    >>> import minikeras as keras
    >>> metric = keras.metrics.IoU(num_classes=2, target_class_ids=[0])
    >>> round(float(metric([0, 0, 1, 1], [0, 1, 0, 1])), 4)
    0.3333
    """

    def __init__(
        self,
        num_classes,
        target_class_ids,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_true=True,
        sparse_y_pred=True,
        axis=-1,
    ):
        super().__init__(name=name, dtype=dtype or "int32")
        if max(target_class_ids) >= num_classes:
            raise ValueError(
                f"target_class_ids must lie between 0 and {num_classes - 1}, as num_classes is "
                f"{num_classes}. Received: {target_class_ids}"
            )
        self.num_classes = num_classes
        self.target_class_ids = list(target_class_ids)
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        self.total_cm = self.add_variable(
            (num_classes, num_classes), "zeros", dtype=self.dtype, name="total_confusion_matrix"
        )

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch into account.

        Args:
            y_true: labels, of any shape; one-hot along ``axis`` unless ``sparse_y_true``.
            y_pred: predictions likewise.
            sample_weight: None, or weights of the shape of the labels.
        """
        labels = self._classes(y_true, self.sparse_y_true)
        predicted = self._classes(y_pred, self.sparse_y_pred)
        weight = self._flat_weight(sample_weight, labels.shape)
        counts = ops.logical_and(self._exists(labels), self._exists(predicted))
        if self.ignore_class is not None:
            counts = ops.logical_and(counts, ops.not_equal(labels, self.ignore_class))
        # The confusion matrix by rows of labels: entry (l, p) stands at l * classes + p.
        cells = ops.add(ops.multiply(labels, self.num_classes), predicted)
        sums = ops.segment_sum(
            ops.where(counts, weight, ops.zeros_like(weight)),
            ops.where(counts, cells, ops.zeros_like(cells)),
            num_segments=self.num_classes**2,
        )
        self.total_cm.assign_add(ops.reshape(sums, self.total_cm.shape))

    def _classes(self, y, is_sparse):
        """Class indices in one axis."""
        classes = ops.convert_to_tensor(y) if is_sparse else ops.argmax(y, axis=self.axis)
        return ops.reshape(ops.cast(classes, "int32"), (-1,))

    def _exists(self, classes):
        return ops.logical_and(ops.greater_equal(classes, 0), ops.less(classes, self.num_classes))

    def _flat_weight(self, sample_weight, shape):
        if sample_weight is None:
            return ops.ones(shape, dtype=self.dtype)
        sample_weight = ops.convert_to_tensor(sample_weight)
        if is_int_dtype(self.dtype) and not is_int_dtype(sample_weight.dtype):
            warnings.warn(
                f"{self.name}: weights of dtype {sample_weight.dtype} are counted in {self.dtype}, "
                "and casting drops fractions. Use integers, or make it with dtype='float32'.",
                stacklevel=4,
            )
        sample_weight = ops.cast(sample_weight, self.dtype)
        if len(sample_weight.shape) > 1:
            sample_weight = ops.reshape(sample_weight, (-1,))
        return ops.broadcast_to(sample_weight, shape)

    def result(self):
        """The mean over the target classes so far, a scalar of floats."""
        matrix = ops.convert_to_tensor(self.total_cm)
        intersection = ops.diagonal(matrix)
        union = ops.add(ops.sum(matrix, axis=0), ops.sum(matrix, axis=1))
        union = ops.subtract(union, intersection)
        intersection, union = (
            ops.cast(ops.take(x, self.target_class_ids, axis=0), "float32")
            for x in (intersection, union)
        )
        occurs = ops.greater(union, 1e-9)
        iou = ops.where(occurs, ops.divide(intersection, ops.add(union, config.epsilon())), 0.0)
        number = ops.sum(ops.cast(occurs, "float32"))
        return ops.divide(ops.sum(iou), ops.add(number, config.epsilon()))


class BinaryIoU(IoU):
    """The mean of ``intersection / union`` for two classes, predictions being probabilities.

    Args:
        target_class_ids: the classes to average over: 0, 1, or both.
        threshold: predictions from it on are of class 1.
        name: see `Metric`.
        dtype: the dtype to count in; int32 by default.

    >>> import minikeras as keras
    >>> metric = keras.metrics.BinaryIoU(threshold=0.3)
    >>> round(float(metric([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])), 4)
    0.3333
    """

    def __init__(self, target_class_ids=(0, 1), threshold=0.5, name=None, dtype=None):
        super().__init__(2, target_class_ids, name=name, dtype=dtype)
        self.threshold = threshold

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch into account: labels 0 and 1, probabilities of the same shape."""
        y_pred = ops.greater_equal(ops.convert_to_tensor(y_pred), self.threshold)
        super().update_state(y_true, y_pred, sample_weight)


class MeanIoU(IoU):
    """The mean of ``intersection / union`` over all classes; see `IoU`.

    Args:
        num_classes: how many classes there are.
        name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis: see `IoU`.

    >>> import minikeras as keras
    >>> round(float(keras.metrics.MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1])), 4)
    0.3333
    """

    def __init__(
        self,
        num_classes,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_true=True,
        sparse_y_pred=True,
        axis=-1,
    ):
        super().__init__(
            num_classes,
            range(num_classes),
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            sparse_y_true=sparse_y_true,
            sparse_y_pred=sparse_y_pred,
            axis=axis,
        )


class OneHotIoU(IoU):
    """The mean of ``intersection / union`` over some classes, labels one-hot; see `IoU`.

    Args:
        num_classes: how many classes there are.
        target_class_ids: the classes to average over.
        name, dtype, ignore_class, sparse_y_pred, axis: see `IoU`.

    >>> import minikeras as keras
    >>> metric = keras.metrics.OneHotIoU(num_classes=2, target_class_ids=[1])
    >>> float(metric([[1, 0], [0, 1]], [[0.9, 0.1], [0.6, 0.4]]))
    0.0
    """

    def __init__(
        self,
        num_classes,
        target_class_ids,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_pred=False,
        axis=-1,
    ):
        super().__init__(
            num_classes,
            target_class_ids,
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            sparse_y_true=False,
            sparse_y_pred=sparse_y_pred,
            axis=axis,
        )


class OneHotMeanIoU(MeanIoU):
    """The mean of ``intersection / union`` over all classes, labels one-hot; see `IoU`.

    Args:
        num_classes: how many classes there are.
        name, dtype, ignore_class, sparse_y_pred, axis: see `IoU`.

    >>> import minikeras as keras
    >>> metric = keras.metrics.OneHotMeanIoU(num_classes=2)
    >>> round(float(metric([[1, 0], [0, 1]], [[0.9, 0.1], [0.6, 0.4]])), 4)
    0.25
    """

    def __init__(
        self,
        num_classes,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_pred=False,
        axis=-1,
    ):
        super().__init__(
            num_classes,
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            sparse_y_true=False,
            sparse_y_pred=sparse_y_pred,
            axis=axis,
        )
