"""Bounding boxes relative to anchors, as detection networks predict them (Ren et al. 2015)."""

from minikeras import config, ops
from minikeras.layers.image.bounding_boxes import convert_format

_ENCODINGS = ("center_xywh", "center_yxhw")


def _settings(function, encoding, variance, image_shape):
    if encoding not in _ENCODINGS:
        raise ValueError(
            f"{function}: the encoding must be one of {_ENCODINGS}. Received: {encoding!r}"
        )
    if variance is not None:
        variance = ops.convert_to_tensor(variance, "float32")
        if not variance.shape or variance.shape[-1] != 4:
            raise ValueError(
                f"{function}: variance must hold 4 numbers. Received: shape {tuple(variance.shape)}"
            )
    sides = (None, None) if image_shape is None else tuple(image_shape)[:2]
    return variance, sides


def encode_box_to_deltas(
    anchors,
    boxes,
    anchor_format,
    box_format,
    encoding_format="center_yxhw",
    variance=None,
    image_shape=None,
):
    """Boxes as offsets and logarithms of factors by which they differ from anchors.

    Args:
        anchors: a tensor of shape ``(n, 4)``.
        boxes: a tensor of shape ``(n, 4)`` or ``(batch, n, 4)``.
        anchor_format, box_format: their formats, see `convert_format`.
        encoding_format: ``"center_yxhw"`` or ``"center_xywh"``: the order of the result.
        variance: 4 numbers that the result is divided by.
        image_shape: ``(height, width, channels)``; needed for relative formats.

    Returns:
        A tensor of the shape of ``boxes``: offsets of the middle in parts of the anchor's sides,
        and logarithms of quotients of sides.

    Raises:
        ValueError: for another encoding, or a variance that does not hold 4 numbers.

    >>> import minikeras as keras
    >>> deltas = keras.utils.bounding_boxes.encode_box_to_deltas(
    ...     [[0.0, 0.0, 4.0, 4.0]], [[1.0, 0.0, 5.0, 4.0]], "xyxy", "xyxy"
    ... )
    >>> deltas.tolist()
    [[0.0, 0.25, 0.0, 0.0]]
    """
    variance, sides = _settings("encode_box_to_deltas", encoding_format, variance, image_shape)
    anchors = convert_format(anchors, anchor_format, encoding_format, *sides)
    boxes = convert_format(boxes, box_format, encoding_format, *sides)
    anchor_sides = ops.maximum(anchors[..., 2:], config.epsilon())
    box_sides = ops.maximum(boxes[..., 2:], config.epsilon())
    offsets = (boxes[..., :2] - anchors[..., :2]) / anchor_sides
    deltas = ops.concatenate([offsets, ops.log(box_sides / anchor_sides)], axis=-1)
    return deltas if variance is None else deltas / variance


def decode_deltas_to_boxes(
    anchors,
    boxes_delta,
    anchor_format,
    box_format,
    encoded_format="center_yxhw",
    variance=None,
    image_shape=None,
):
    """The boxes that `encode_box_to_deltas` made deltas of.

    Args:
        anchors: a tensor of shape ``(n, 4)``, or a dict of them, one per level.
        boxes_delta: deltas of shape ``(n, 4)`` or ``(batch, n, 4)``, or a dict of them.
        anchor_format: the format of the anchors, see `convert_format`.
        box_format: the format wanted.
        encoded_format: ``"center_yxhw"`` or ``"center_xywh"``: the order of the deltas.
        variance: 4 numbers that the deltas are multiplied by.
        image_shape: ``(height, width, channels)``; needed for relative formats.

    Returns:
        Boxes of the shape of the deltas, or a dict of them.

    Raises:
        ValueError: for another encoding, or a variance that does not hold 4 numbers.

    >>> import minikeras as keras
    >>> boxes = keras.utils.bounding_boxes.decode_deltas_to_boxes(
    ...     [[0.0, 0.0, 4.0, 4.0]], [[0.0, 0.25, 0.0, 0.0]], "xyxy", "xyxy"
    ... )
    >>> boxes.tolist()
    [[1.0, 0.0, 5.0, 4.0]]
    """
    variance, sides = _settings("decode_deltas_to_boxes", encoded_format, variance, image_shape)

    def decoded(anchors, deltas):
        anchors = convert_format(anchors, anchor_format, encoded_format, *sides)
        deltas = ops.convert_to_tensor(deltas)
        if variance is not None:
            deltas = deltas * variance
        middles = deltas[..., :2] * anchors[..., 2:] + anchors[..., :2]
        box_sides = ops.exp(deltas[..., 2:]) * anchors[..., 2:]
        boxes = ops.concatenate([middles, box_sides], axis=-1)
        return convert_format(boxes, encoded_format, box_format, *sides)

    if isinstance(anchors, dict) and isinstance(boxes_delta, dict):
        return {level: decoded(anchors[level], boxes_delta[level]) for level in anchors}
    return decoded(anchors, boxes_delta)
