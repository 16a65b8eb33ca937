"""Bounding boxes: their formats, and what becomes of them when the image is changed.

A box is four numbers in one of these formats; those that begin with ``rel_`` count in parts of the
width and height of the image, the others in pixels.

    xyxy          left, top, right, bottom
    yxyx          top, left, bottom, right
    xywh          left, top, width, height
    center_xywh   x and y of the middle, width, height
    center_yxhw   y and x of the middle, height, width
"""

import math

from minikeras import ops
from minikeras.backend.xp import np

_TO_CORNERS = {
    "xyxy": lambda a, b, c, d: (a, b, c, d),
    "yxyx": lambda a, b, c, d: (b, a, d, c),
    "xywh": lambda a, b, c, d: (a, b, a + c, b + d),
    "center_xywh": lambda a, b, c, d: (a - c / 2, b - d / 2, a + c / 2, b + d / 2),
    "center_yxhw": lambda a, b, c, d: (b - d / 2, a - c / 2, b + d / 2, a + c / 2),
}
_FROM_CORNERS = {
    "xyxy": lambda x, y, u, v: (x, y, u, v),
    "yxyx": lambda x, y, u, v: (y, x, v, u),
    "xywh": lambda x, y, u, v: (x, y, u - x, v - y),
    "center_xywh": lambda x, y, u, v: (x + (u - x) / 2, y + (v - y) / 2, u - x, v - y),
    "center_yxhw": lambda x, y, u, v: (y + (v - y) / 2, x + (u - x) / 2, v - y, u - x),
}
_HEIGHT_FIRST = frozenset({"yxyx", "center_yxhw"})
FORMATS = (*_TO_CORNERS, *(f"rel_{name}" for name in _TO_CORNERS if name != "center_yxhw"))


def is_relative(name):
    """Whether a format counts in parts of the image's sides."""
    return name.startswith("rel_")


def _columns(boxes):
    return ops.split(boxes, 4, axis=-1)


def _joined(columns):
    return ops.concatenate(list(columns), axis=-1)


def _sides_of(name, height, width):
    """What the four numbers of a format are measured by."""
    return (height, width) * 2 if name in _HEIGHT_FIRST else (width, height) * 2


def checked_format(function, name):
    """The format ``name``, in lower case."""
    found = name.lower() if isinstance(name, str) else name
    if found not in FORMATS:
        raise ValueError(
            f"{function}: the format of bounding boxes must be one of {FORMATS}. Received: {name!r}"
        )
    return found


def convert_format(boxes, source, target, height=None, width=None, dtype="float32"):
    """Bounding boxes in another format.

    Args:
        boxes: a tensor of shape ``(..., 4)``, or a dict with such a tensor as ``"boxes"``.
        source: the format that they have: ``"xyxy"``, ``"yxyx"``, ``"xywh"``, ``"center_xywh"``,
            ``"center_yxhw"``, or one of the first four with ``rel_`` before it.
        target: the format wanted.
        height, width: the sides of the image in pixels; needed if one of the formats is relative
            and the other is not.
        dtype: of the result.

    Returns:
        A tensor of the same shape; for a dict, a dict with the other entries as they were.

    Raises:
        ValueError: for an unknown format, for boxes that are not four numbers, or without the
            sides that are needed.

    >>> import minikeras as keras
    >>> boxes = [[10, 20, 30, 60]]
    >>> keras.utils.bounding_boxes.convert_format(boxes, "xyxy", "xywh").tolist()
    [[10.0, 20.0, 20.0, 40.0]]
    >>> keras.utils.bounding_boxes.convert_format(
    ...     boxes, "xyxy", "rel_yxyx", height=80, width=40
    ... ).tolist()
    [[0.25, 0.25, 0.75, 0.75]]
    """
    if isinstance(boxes, dict):
        found = convert_format(boxes["boxes"], source, target, height, width, dtype)
        return {**boxes, "boxes": found}
    source = checked_format("convert_format", source)
    target = checked_format("convert_format", target)
    if (is_relative(source) or is_relative(target)) and (height is None or width is None):
        raise ValueError(
            "convert_format needs the height and width of the image for relative formats. "
            f"Received: source={source!r}, target={target!r}, height={height}, width={width}"
        )
    boxes = ops.cast(ops.convert_to_tensor(boxes), dtype)
    if not boxes.shape or boxes.shape[-1] != 4:
        raise ValueError(
            "convert_format: the last axis of boxes must hold 4 numbers. "
            f"Received: boxes of shape {tuple(boxes.shape)}"
        )
    if source == target:
        return boxes
    if is_relative(source) == is_relative(target):
        height = width = None  # the sides cancel
    source_kind, target_kind = source.removeprefix("rel_"), target.removeprefix("rel_")
    columns = _TO_CORNERS[source_kind](*_columns(boxes))
    if is_relative(source) and height is not None:
        sides = [ops.cast(n, dtype) for n in (width, height)] * 2
        columns = [x * n for x, n in zip(columns, sides)]
    columns = _FROM_CORNERS[target_kind](*columns)
    if is_relative(target) and height is not None:
        sides = _sides_of(target_kind, *(ops.cast(n, dtype) for n in (height, width)))
        columns = [x / n for x, n in zip(columns, sides)]
    return _joined(columns)


def clip_to_image_size(bounding_boxes, height=None, width=None, bounding_box_format="xyxy"):
    """Bounding boxes cut off at the border of the image.

    Args:
        bounding_boxes: a dict with ``"boxes"``, shape ``(..., 4)``, and perhaps ``"labels"``, of
            one axis less.
        height, width: the sides of the image in pixels; relative formats need none.
        bounding_box_format: see `convert_format`.

    Returns:
        A dict with the boxes clipped; labels of boxes of which nothing is left are -1.

    Raises:
        ValueError: for an unknown format, or without the sides that are needed.

    >>> import minikeras as keras
    >>> boxes = {"boxes": [[-5.0, 2.0, 5.0, 8.0], [20.0, 0.0, 30.0, 5.0]], "labels": [0, 1]}
    >>> clipped = keras.utils.bounding_boxes.clip_to_image_size(boxes, height=6, width=10)
    >>> clipped["boxes"].tolist(), clipped["labels"].tolist()
    ([[0.0, 2.0, 5.0, 6.0], [10.0, 0.0, 10.0, 5.0]], [0, -1])
    """
    name = checked_format("clip_to_image_size", bounding_box_format)
    boxes = ops.convert_to_tensor(bounding_boxes["boxes"])
    if is_relative(name):
        height = width = 1
    elif height is None or width is None:
        raise ValueError(
            "clip_to_image_size needs the height and width of the image for the format "
            f"{bounding_box_format!r}. Received: height={height}, width={width}"
        )
    kind = name.removeprefix("rel_")
    sides = [ops.cast(n, boxes.dtype) for n in (width, height)] * 2
    columns = [ops.clip(x, 0, n) for x, n in zip(_TO_CORNERS[kind](*_columns(boxes)), sides)]
    left, top, right, bottom = columns
    found = {**bounding_boxes, "boxes": _joined(_FROM_CORNERS[kind](*columns))}
    labels = bounding_boxes.get("labels")
    if labels is not None:
        areas = ops.squeeze((right - left) * (bottom - top), axis=-1)
        found["labels"] = ops.where(areas > 0, labels, -1)
    return found


def affine_transform(
    boxes,
    angle,
    translate_x,
    translate_y,
    scale,
    shear_x,
    shear_y,
    height,
    width,
    center_x=None,
    center_y=None,
    bounding_box_format="xyxy",
):
    """The smallest boxes around bounding boxes that were turned, moved, scaled and sheared.

    Args:
        boxes: a tensor of shape ``(batch, boxes, 4)`` or ``(boxes, 4)``.
        angle: degrees, shape ``(batch,)``.
        translate_x, translate_y: parts of the image's width and height, shape ``(batch,)``.
        scale: factors, shape ``(batch,)``.
        shear_x, shear_y: degrees, shape ``(batch,)``.
        height, width: the sides of the image in pixels.
        center_x, center_y: the point that stays, as parts of the sides; by default the middle.
        bounding_box_format: see `convert_format`.

    Returns:
        Boxes of the same shape and format; they may reach beyond the image.

    >>> import minikeras as keras
    >>> zero, one = keras.ops.zeros(1), keras.ops.ones(1)
    >>> turned = keras.utils.bounding_boxes.affine_transform(
    ...     keras.ops.array([[[0.0, 0.0, 4.0, 2.0]]]),
    ...     90 * one, zero, zero, one, zero, zero, height=11, width=11,
    ... )
    >>> keras.ops.round(turned).tolist()
    [[[0.0, 6.0, 2.0, 10.0]]]
    """
    name = checked_format("affine_transform", bounding_box_format)
    boxes = ops.convert_to_tensor(boxes)
    if len(boxes.shape) == 2:
        found = affine_transform(
            ops.expand_dims(boxes, 0), angle, translate_x, translate_y, scale, shear_x, shear_y,
            height, width, center_x, center_y, name,
        )  # fmt: skip
        return ops.squeeze(found, axis=0)
    numbers = (angle, translate_x, translate_y, scale, shear_x, shear_y)
    numbers = [ops.reshape(ops.convert_to_tensor(n, "float32"), (-1, 1, 1)) for n in numbers]
    center_x = 0.5 if center_x is None else center_x
    center_y = 0.5 if center_y is None else center_y
    center = (center_x * (width - 1), center_y * (height - 1))
    if name != "xyxy":
        boxes = convert_format(boxes, name, "xyxy", height, width)
    boxes = ops.cast(boxes, numbers[0].dtype)
    left, top, right, bottom = _columns(boxes)
    x, y = _moved_points(
        _joined((left, right, right, left)),
        _joined((top, top, bottom, bottom)),
        *numbers,
        center,
        (height - 1, width - 1),
    )
    edges = [reduce(v, axis=-1, keepdims=True) for reduce in (ops.min, ops.max) for v in (x, y)]
    found = _joined(edges)
    return found if name == "xyxy" else convert_format(found, "xyxy", name, height, width)


def _moved_points(x, y, angle, shift_x, shift_y, scale, shear_x, shear_y, center, last):
    """Where points come to lie: rotation and shear about the centre, then scale and shift.

    The same map as in torchvision's affine transformation of points, with all angles negated.
    """
    turn, skew_x, skew_y = (-degrees * (math.pi / 180) for degrees in (angle, shear_x, shear_y))
    center_x, center_y = center
    last_y, last_x = last
    a = ops.cos(turn - skew_y) / ops.cos(skew_y)
    c = -ops.sin(turn - skew_y) / ops.cos(skew_y)
    b = a * ops.tan(skew_x) + ops.sin(turn)
    d = ops.cos(turn) - c * ops.tan(skew_x)
    from_x = x - (center_x - shift_x * last_x)
    from_y = y - (center_y - shift_y * last_y)
    moved_x = scale * (d * from_x - b * from_y) + center_x
    moved_y = scale * (a * from_y - c * from_x) + center_y
    return moved_x, moved_y


def _absolute(function, name):
    """The format ``name``, which must not be relative."""
    found = checked_format(function, name)
    if is_relative(found):
        raise ValueError(
            f"{function} counts in pixels, and the sides of the image are not known to it: "
            f"convert boxes in the format {name!r} to 'xyxy' first."
        )
    return found


def crop(boxes, top, left, height, width, bounding_box_format="xyxy"):
    """Bounding boxes of an image of which a part is cut out.

    Args:
        boxes: a tensor of shape ``(..., 4)``.
        top, left: where the part begins, in pixels.
        height, width: the sides of the part.
        bounding_box_format: a format in pixels, see `convert_format`.

    Returns:
        Boxes that count from the corner of the part and are cut off at its border.

    >>> import minikeras as keras
    >>> boxes = keras.ops.array([[10.0, 20.0, 50.0, 60.0]])
    >>> keras.utils.bounding_boxes.crop(boxes, top=10, left=20, height=40, width=30).tolist()
    [[0.0, 10.0, 30.0, 40.0]]
    """
    name = _absolute("crop", bounding_box_format)
    columns = _TO_CORNERS[name](*_columns(ops.convert_to_tensor(boxes)))
    limits = (width, height) * 2
    columns = [ops.clip(x, 0, n) for x, n in zip(_shifted(columns, -top, -left), limits)]
    return _joined(_FROM_CORNERS[name](*columns))


def pad(boxes, top, left, height=None, width=None, bounding_box_format="xyxy"):
    """Bounding boxes of an image to which rows and columns are added.

    Args:
        boxes: a tensor of shape ``(..., 4)``.
        top, left: how many rows are added above and columns to the left.
        height, width: the sides of the image before; formats in pixels do not depend on them.
        bounding_box_format: a format in pixels, see `convert_format`.

    >>> import minikeras as keras
    >>> boxes = keras.ops.array([[10.0, 20.0, 50.0, 60.0]])
    >>> keras.utils.bounding_boxes.pad(boxes, top=1, left=2).tolist()
    [[12.0, 21.0, 52.0, 61.0]]
    """
    name = _absolute("pad", bounding_box_format)
    columns = _TO_CORNERS[name](*_columns(ops.convert_to_tensor(boxes)))
    return _joined(_FROM_CORNERS[name](*_shifted(columns, top, left)))


def _shifted(corners, down, right):
    return [x + by for x, by in zip(corners, (right, down) * 2)]


def dense_boxes(bounding_boxes):
    """Bounding boxes as tensors, after checks that boxes and labels belong together.

    Lists of unlike lengths, one per image, are filled up to the longest with boxes of zeros and
    labels of -1.
    """
    if not isinstance(bounding_boxes, dict) or not {"boxes", "labels"} <= set(bounding_boxes):
        raise ValueError(
            f"bounding_boxes must be a dict with 'boxes' and 'labels'. Received: {bounding_boxes!r}"
        )
    boxes, labels = bounding_boxes["boxes"], bounding_boxes["labels"]
    if isinstance(boxes, (list, tuple)):
        boxes, labels = _filled_up(boxes, labels)
    boxes = ops.convert_to_tensor(boxes, dtype="float32")
    labels = ops.convert_to_tensor(labels)
    rank = len(boxes.shape)
    if rank not in (2, 3) or boxes.shape[-1] != 4:
        raise ValueError(
            "bounding_boxes['boxes'] must have the shape (boxes, 4) or (batch, boxes, 4). "
            f"Received: shape {tuple(boxes.shape)}"
        )
    if len(labels.shape) not in (rank - 1, rank):
        raise ValueError(
            f"bounding_boxes['labels'] must have {rank - 1} or {rank} axes beside boxes of shape "
            f"{tuple(boxes.shape)}. Received: shape {tuple(labels.shape)}"
        )
    return {**bounding_boxes, "boxes": boxes, "labels": labels}


def _filled_up(boxes, labels):
    if not isinstance(labels, (list, tuple)) or len(labels) != len(boxes):
        raise ValueError(
            "bounding_boxes: where 'boxes' is a list, 'labels' must be a list of the same length. "
            f"Received: labels={labels!r}"
        )
    per_image = [hasattr(b, "__len__") and len(b) and hasattr(b[0], "__len__") for b in boxes]
    if not any(per_image):
        return boxes, labels
    most = max(len(b) for b in boxes)
    all_boxes = np.zeros((len(boxes), most, 4), "float32")
    all_labels = np.full((len(boxes), most), -1, "int32")
    for i, (some_boxes, some_labels) in enumerate(zip(boxes, labels)):
        if len(some_boxes) != len(some_labels):
            raise ValueError(
                f"bounding_boxes: image {i} has {len(some_boxes)} boxes and {len(some_labels)} "
                "labels"
            )
        if len(some_boxes):
            all_boxes[i, : len(some_boxes)] = some_boxes
            all_labels[i, : len(some_labels)] = some_labels
    return all_boxes, all_labels
