"""draw_bounding_boxes: boxes and their labels on pictures."""

import numpy as np

from minikeras.layers.image.bounding_boxes import convert_format
from minikeras.utils.images import pillow
from minikeras.utils.stages import host_array
from minikeras.visualization.pictures import as_bytes, batch_of, given_back

_FONT_SIZE = 30.0  # pixels, at a scale of 1
_ABSENT = -1  # the label of boxes that only fill up a batch


def draw_bounding_boxes(
    images,
    bounding_boxes,
    bounding_box_format,
    class_mapping=None,
    color=(128, 128, 128),
    line_thickness=2,
    text_thickness=1,
    font_scale=1.0,
    data_format=None,
):
    """Pictures with boxes drawn on them.

    Args:
        images: ``(batch, height, width, channels)`` or, channels first,
            ``(batch, channels, height, width)``, with values from 0 to 255, or floats of which
            none is above 1.
        bounding_boxes: a dict of ``"boxes"``, ``(batch, boxes, 4)``, and ``"labels"``,
            ``(batch, boxes)``, integers, -1 for no box; and, if wanted, ``"confidences"``,
            ``(batch, boxes)``.
        bounding_box_format: as for `keras.utils.bounding_boxes.convert_format`.
        class_mapping: a dict from labels to texts. Boxes of other labels get no text. Texts need
            the package Pillow.
        color: of lines and texts, from 0 to 255 for each channel.
        line_thickness: about how many pixels lines are wide.
        text_thickness: how heavy texts are; 0 for ``line_thickness``.
        font_scale: the size of texts; capitals are about 21 pixels high at 1.
        data_format: ``"channels_last"`` or ``"channels_first"``; by default that of the
            configuration.

    Returns:
        A new uint8 array of NumPy of the shape of ``images``.

    Raises:
        ImportError: if there are texts to draw and Pillow is missing.
        TypeError: if ``bounding_boxes`` is no dict.
        ValueError: if it lacks something, or if ``images`` has not four axes.

    >>> import minikeras as keras
    >>> boxes = {"boxes": [[[1, 1, 3, 2]]], "labels": [[0]]}
    >>> images = keras.ops.zeros((1, 4, 5, 1))
    >>> keras.visualization.draw_bounding_boxes(
    ...     images, boxes, "xyxy", color=(9,), line_thickness=1
    ... )[0, :, :, 0].tolist()
    [[0, 0, 0, 0, 0], [0, 9, 9, 9, 0], [0, 9, 9, 9, 0], [0, 0, 0, 0, 0]]
    """
    images = batch_of(images, data_format, "draw_bounding_boxes")
    if not isinstance(bounding_boxes, dict):
        raise TypeError(
            "draw_bounding_boxes: bounding_boxes must be a dict. Received type: "
            f"{type(bounding_boxes).__name__}"
        )
    missing = {"boxes", "labels"} - set(bounding_boxes)
    if missing:
        raise ValueError(
            "draw_bounding_boxes: bounding_boxes must have the entries 'boxes' and 'labels'. "
            f"Received: {sorted(bounding_boxes)}"
        )
    if images.dtype.kind == "f" and images.size and images.max() <= 1:
        images = images * 255
    drawn = as_bytes(images).copy()
    height, width = images.shape[1:3]
    found = convert_format(bounding_boxes, bounding_box_format, "xyxy", height, width)
    names = ("boxes", "labels", "confidences")
    boxes, labels, confidences = (host_array(found[n]) if n in found else None for n in names)
    if not len(boxes) == len(labels) == len(drawn):
        raise ValueError(
            f"draw_bounding_boxes: there are {len(drawn)} images, but boxes for {len(boxes)} and "
            f"labels for {len(labels)}."
        )
    for i, image in enumerate(drawn):
        paint = _paint(color, image.shape[2])
        for j, (box, label) in enumerate(zip(boxes[i], labels[i])):
            if label == _ABSENT or not np.isfinite(box).all():
                continue
            corners = [int(value) for value in box]
            _draw_box(image, corners, paint, line_thickness)
            text = (class_mapping or {}).get(int(label))
            if text is not None:
                text = str(text)
                if confidences is not None:
                    text = f"{text} | {confidences[i][j]:.2f}"
                thickness = text_thickness or line_thickness
                place = _text_place(*corners[:2], font_scale, thickness)
                _draw_text(image, text, place, paint, font_scale, thickness)
    return given_back(drawn, data_format)


def _paint(color, channels):
    """The color for each channel; where it says none, a fourth is opaque and others are 0."""
    color = [*np.atleast_1d(color)][:channels]
    rest = [255 if channel == 3 else 0 for channel in range(len(color), channels)]
    return np.array([*color, *rest], "float32")


def _draw_box(image, corners, paint, thickness):
    """Paint all pixels within a distance of the outline; corners are round outside."""
    reach = (thickness + 1) // 2 if thickness > 1 else 0
    left, right = sorted(corners[::2])
    top, bottom = sorted(corners[1::2])
    first_y, first_x = max(top - reach, 0), max(left - reach, 0)
    part = image[first_y : max(bottom + reach + 1, 0), first_x : max(right + reach + 1, 0)]
    y = first_y + np.arange(part.shape[0])[:, None]
    x = first_x + np.arange(part.shape[1])
    out_x = np.maximum(np.maximum(left - x, x - right), 0)
    out_y = np.maximum(np.maximum(top - y, y - bottom), 0)
    inside = np.minimum(np.minimum(x - left, right - x), np.minimum(y - top, bottom - y))
    part[(out_x**2 + out_y**2 <= reach**2) & (inside <= reach)] = paint


def _text_place(x, y, scale, thickness):
    """Where the base line of a text begins: above the corner, or below it near the upper edge."""
    height = int(12 * scale)
    if y - 8 > 2 * height:
        return x, y - 8
    return x + 3, y + 2 * height + thickness + 3


def _draw_text(image, text, place, paint, scale, thickness):
    pil = pillow("draw_bounding_boxes with texts")
    from PIL import ImageDraw, ImageFont

    cover = pil.new("L", image.shape[1::-1])
    ImageDraw.Draw(cover).text(
        place,
        text,
        fill=255,
        font=ImageFont.load_default(_FONT_SIZE * scale),
        anchor="ls",  # the left end of the base line
        stroke_width=thickness // 2,
    )
    share = np.asarray(cover, "float32")[:, :, None] / 255
    image[:] = np.rint(image + share * (paint - image)).astype("uint8")
