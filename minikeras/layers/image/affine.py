"""AffineLayer: the base of layers that turn, move, scale or shear images.

A transformation of images is eight numbers (a0, a1, a2, b0, b1, b2, c0, c1): the pixel (x, y) of
the result is taken from ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k), with k = c0 x + c1 y + 1.
"""

from minikeras import ops
from minikeras.layers.image.base import RandomImageLayer
from minikeras.layers.image.settings import checked_choice

_FILL_MODES = ("reflect", "wrap", "constant", "nearest")
INTERPOLATIONS = ("nearest", "bilinear")


class GeometricLayer(RandomImageLayer):
    """The base of layers that move pixels: masks move as images do, to the nearest pixel.

    Args:
        interpolation: ``"nearest"`` or ``"bilinear"``.
        fill_value: what stands beyond the border with ``fill_mode="constant"``.
        **kwargs: those of `RandomImageLayer`.
    """

    casts_in_inference = True

    def __init__(self, interpolation="bilinear", fill_value=0.0, **kwargs):
        super().__init__(**kwargs)
        self.interpolation = checked_choice(self, "interpolation", interpolation, INTERPOLATIONS)
        self.fill_value = fill_value

    def changed(self, images, transformation):
        """The images, with their pixels moved."""
        return self._moved(images, transformation, self.interpolation)

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """The masks, with their pixels moved."""
        if not training:
            return segmentation_masks
        return self._moved(segmentation_masks, transformation, "nearest")

    def _moved(self, images, transformation, interpolation):
        return (
            images if transformation is None else self.moved(images, transformation, interpolation)
        )

    def moved(self, images, transformation, interpolation):
        """The images, with their pixels moved; subclasses define it."""
        raise TypeError(f"{type(self).__name__} defines no method `moved`")


class AffineLayer(GeometricLayer):
    """The base of layers that map pixels by `keras.ops.image.affine_transform`.

    Args:
        fill_mode: what stands beyond the border: ``"reflect"``, ``"wrap"``, ``"constant"`` or
            ``"nearest"``.
        **kwargs: those of `GeometricLayer`.
    """

    def __init__(self, fill_mode="reflect", **kwargs):
        super().__init__(**kwargs)
        self.fill_mode = checked_choice(self, "fill_mode", fill_mode, _FILL_MODES)

    def matrix(self, transformation, height, width):
        """The eight numbers for each image, shape ``(batch, 8)``; subclasses define it."""
        raise TypeError(f"{type(self).__name__} defines no method `matrix`")

    def moved(self, images, transformation, interpolation):
        """The images, mapped by `matrix`."""
        return ops.image.affine_transform(
            images,
            self.matrix(transformation, *self.sides(images.shape)),
            interpolation=interpolation,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )

    def get_transformed_x_y(self, x, y, transform):
        """Where the pixel (x, y) of the result is taken from.

        Args:
            x, y: numbers.
            transform: the eight numbers for each image, shape ``(batch, 8)``.

        Returns:
            Two tensors of shape ``(batch, 1)``.
        """
        a0, a1, a2, b0, b1, b2, c0, c1 = ops.split(transform, 8, axis=-1)
        k = c0 * x + c1 * y + 1
        return (a0 * x + a1 * y + a2) / k, (b0 * x + b1 * y + b2) / k

    def get_shifted_bbox(self, bounding_boxes, w_shift_factor, h_shift_factor):
        """Boxes in corners, moved to the left and up by numbers of shape ``(batch, 1)``."""
        boxes = bounding_boxes["boxes"]
        shifts = [ops.cast(n, boxes.dtype) for n in (w_shift_factor, h_shift_factor)]
        if len(boxes.shape) == 3:
            shifts = [ops.expand_dims(n, -1) for n in shifts]
        return {**bounding_boxes, "boxes": boxes - ops.concatenate(shifts * 2, axis=-1)}


def affine_rows(a0, a1, a2, b0, b1, b2):
    """Six numbers for each image, each of shape ``(batch,)``, as a transformation."""
    zero = ops.zeros_like(a2)
    rows = [zero + number for number in (a0, a1, a2, b0, b1, b2)]
    return ops.stack([*rows, zero, zero], axis=1)
