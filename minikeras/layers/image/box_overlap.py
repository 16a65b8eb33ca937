"""How much bounding boxes overlap."""

import math

from minikeras import config, ops
from minikeras.layers.image.bounding_boxes import checked_format, convert_format, is_relative


def _corners(boxes):
    return [boxes[..., i] for i in range(4)]


def _areas(boxes):
    left, top, right, bottom = _corners(boxes)
    return (right - left) * (bottom - top)


def _sides(function, name, image_shape):
    if image_shape is not None:
        return tuple(image_shape)[:2]
    if is_relative(name):
        raise ValueError(
            f"{function}: boxes in the format {name!r} need image_shape=(height, width, channels)"
        )
    return None, None


def compute_iou(
    boxes1, boxes2, bounding_box_format, use_masking=False, mask_val=-1, image_shape=None
):
    """The intersection over the union of each of some boxes with each of others.

    Args:
        boxes1: a tensor of shape ``(n, 4)`` or ``(batch, n, 4)``.
        boxes2: a tensor of shape ``(m, 4)`` or ``(batch, m, 4)``.
        bounding_box_format: of both, see `convert_format`.
        use_masking: whether pairs are left out in which all numbers of a box are negative.
        mask_val: what stands for a pair left out.
        image_shape: ``(height, width, channels)``; needed for relative formats.

    Returns:
        A tensor of shape ``(n, m)``, or ``(batch, n, m)`` if one of the two has a batch.

    Raises:
        ValueError: for boxes of another rank, or without the image's shape where it is needed.

    >>> import minikeras as keras
    >>> a, b = [[0.0, 0.0, 2.0, 2.0]], [[0.0, 0.0, 2.0, 2.0], [1.0, 0.0, 3.0, 2.0]]
    >>> iou = keras.utils.bounding_boxes.compute_iou(a, b, "xyxy")
    >>> [round(v, 3) for v in iou[0].tolist()]
    [1.0, 0.333]
    """
    name = checked_format("compute_iou", bounding_box_format)
    height, width = _sides("compute_iou", name, image_shape)
    found = []
    for argument, boxes in (("boxes1", boxes1), ("boxes2", boxes2)):
        boxes = convert_format(boxes, name, "xyxy", height, width)
        if len(boxes.shape) not in (2, 3):
            raise ValueError(
                f"compute_iou: {argument} must have the shape (boxes, 4) or (batch, boxes, 4). "
                f"Received: shape {tuple(boxes.shape)}"
            )
        found.append(boxes)
    first, second = ops.expand_dims(found[0], -2), ops.expand_dims(found[1], -3)
    left1, top1, right1, bottom1 = _corners(first)
    left2, top2, right2, bottom2 = _corners(second)
    shared_width = ops.minimum(right1, right2) - ops.maximum(left1, left2)
    shared_height = ops.minimum(bottom1, bottom2) - ops.maximum(top1, top2)
    shared = ops.maximum(shared_width, 0) * ops.maximum(shared_height, 0)
    union = _areas(first) + _areas(second) - shared
    iou = shared / (union + config.epsilon())
    if not use_masking:
        return iou
    is_void = [ops.max(boxes, axis=-1) < 0 for boxes in (first, second)]
    return ops.where(ops.logical_or(*is_void), ops.cast(mask_val, iou.dtype), iou)


def compute_ciou(boxes1, boxes2, bounding_box_format, image_shape=None):
    """The complete IoU of pairs of boxes (Zheng et al. 2020, "Distance-IoU Loss", eq. 10 and 11).

    From the intersection over the union it takes the squared distance of the middles, in parts of
    the squared diagonal of a box around both, and a measure of how their proportions differ.

    Args:
        boxes1, boxes2: tensors of shape ``(..., 4)``.
        bounding_box_format: of both, see `convert_format`.
        image_shape: ``(height, width, channels)``; needed for relative formats.

    Returns:
        A tensor of shape ``(...,)``; 1 for boxes that agree, less otherwise.

    Raises:
        ValueError: without the image's shape where it is needed.

    >>> import minikeras as keras
    >>> a = [[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 2.0]]
    >>> b = [[0.0, 0.0, 2.0, 2.0], [1.0, 0.0, 3.0, 2.0]]
    >>> ciou = keras.utils.bounding_boxes.compute_ciou(a, b, "xyxy")
    >>> [round(v, 3) for v in ciou.tolist()]
    [1.0, 0.256]
    """
    name = checked_format("compute_ciou", bounding_box_format)
    height, width = _sides("compute_ciou", name, image_shape)
    tiny = config.epsilon()
    left1, top1, right1, bottom1 = _corners(convert_format(boxes1, name, "xyxy", height, width))
    left2, top2, right2, bottom2 = _corners(convert_format(boxes2, name, "xyxy", height, width))
    width1, height1 = right1 - left1, bottom1 - top1 + tiny
    width2, height2 = right2 - left2, bottom2 - top2 + tiny
    shared_width = ops.maximum(ops.minimum(right1, right2) - ops.maximum(left1, left2), 0)
    shared_height = ops.maximum(ops.minimum(bottom1, bottom2) - ops.maximum(top1, top2), 0)
    shared = shared_width * shared_height
    union = width1 * height1 + width2 * height2 - shared + tiny
    iou = shared / (union + tiny)
    around_width = ops.maximum(right1, right2) - ops.minimum(left1, left2)
    around_height = ops.maximum(bottom1, bottom2) - ops.minimum(top1, top2)
    diagonal = ops.square(around_width) + ops.square(around_height) + tiny
    distance = ops.square((left1 + right1) / 2 - (left2 + right2) / 2) + ops.square(
        (top1 + bottom1) / 2 - (top2 + bottom2) / 2
    )
    turned = ops.arctan(width2 / height2) - ops.arctan(width1 / height1)
    proportions = 4 / math.pi**2 * ops.square(turned)
    weight = proportions / (proportions - iou + (1 + tiny))
    return iou - (distance / diagonal + proportions * weight)
