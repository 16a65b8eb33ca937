"""draw_segmentation_masks: pictures in which each pixel shows its class."""

import numpy as np

from minikeras.utils.stages import host_array
from minikeras.visualization.pictures import as_bytes, batch_of, given_back


def draw_segmentation_masks(
    images,
    segmentation_masks,
    num_classes=None,
    color_mapping=None,
    alpha=0.8,
    blend=True,
    ignore_index=-1,
    data_format=None,
):
    """Pictures colored by the classes of their pixels.

    Args:
        images: ``(batch, height, width, 3)`` or, channels first, ``(batch, 3, height, width)``,
            with values from 0 to 255.
        segmentation_masks: integers, of the same shape with one channel or without that axis.
        num_classes: classes from this on are not colored; by default all are.
        color_mapping: a dict from classes to colors of three numbers from 0 to 255; classes that
            it lacks are not colored. By default each class has a color, class 0 black.
        alpha: how much the colors cover the picture, from 0 to 1.
        blend: whether the picture shows through.
        ignore_index: a class that is not colored.
        data_format: ``"channels_last"`` or ``"channels_first"``; by default that of the
            configuration.

    Returns:
        A new uint8 array of NumPy of the shape of ``images``.

    Raises:
        TypeError: if the classes are no integers.
        ValueError: if the shapes do not fit, or for an ``alpha`` out of bounds.

    >>> import minikeras as keras
    >>> images, masks = keras.ops.ones((1, 1, 3, 3)), keras.ops.array([[[0, 1, 2]]])
    >>> colors = {1: (200, 100, 0)}
    >>> keras.visualization.draw_segmentation_masks(
    ...     images, masks, color_mapping=colors, blend=False
    ... )[0, 0].tolist()
    [[1, 1, 1], [200, 100, 0], [1, 1, 1]]
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must lie between 0 and 1. Received: {alpha!r}")
    images = batch_of(images, data_format, "draw_segmentation_masks").astype("float32")
    masks = classes_of(segmentation_masks, images.shape, data_format)
    drawn = images.copy()
    for label in np.unique(masks):
        color = _color(int(label), color_mapping)
        if label != ignore_index and 0 <= label < _end(num_classes) and color is not None:
            drawn[masks == label] = np.asarray(color, "float32")
    if blend:
        covered = images * (1 - alpha) + drawn * alpha
        drawn = np.where((masks == ignore_index)[..., None], images, covered)
    return given_back(as_bytes(drawn), data_format)


def classes_of(masks, shape, data_format):
    """The class of each pixel, for pictures of a shape with the channels last."""
    masks = host_array(masks)
    if masks.dtype.kind not in "iu":
        raise TypeError(f"segmentation_masks must be integers. Received dtype: {masks.dtype}")
    given = masks.shape
    if masks.ndim == 4:
        masks = batch_of(masks, data_format, "draw_segmentation_masks")
        masks = masks[..., 0] if masks.shape[-1] == 1 else masks
    if masks.shape != shape[:3]:
        raise ValueError(
            f"segmentation_masks must be of shape {shape[:3]}, or this with one channel, for "
            f"images of {shape[0]} times {shape[1]} x {shape[2]} pixels. Received shape: {given}"
        )
    return masks


def _end(num_classes):
    return np.inf if num_classes is None else num_classes


def _color(label, mapping):
    """The color of a class, or None; by default that which Keras gives it."""
    if mapping is not None:
        return mapping.get(label)
    return [label * step % 255 for step in (2**25 - 1, 2**15 - 1, 2**21 - 1)]
