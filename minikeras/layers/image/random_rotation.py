"""RandomRotation."""

import math

from minikeras import ops, random
from minikeras.layers.image.affine import AffineLayer, affine_rows
from minikeras.layers.image.base import batch_size
from minikeras.layers.image.bounding_boxes import (
    affine_transform,
    clip_to_image_size,
    convert_format,
)
from minikeras.layers.image.settings import factor_range


class RandomRotation(AffineLayer):
    """Images turned about their middle by random angles, in training.

    Args:
        factor: the lowest and highest angle in full turns, positive ones anticlockwise; one number
            f stands for -f to f. At most 1.
        fill_mode: what stands where nothing was: ``"reflect"``, ``"wrap"``, ``"constant"`` or
            ``"nearest"``, see `keras.ops.image.affine_transform`.
        interpolation: ``"nearest"`` or ``"bilinear"``.
        seed: an integer for the same angles in each run; None takes one at random.
        fill_value: the value for ``fill_mode="constant"``.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape([1.0, 2.0, 3.0, 4.0], (1, 2, 2, 1))
    >>> layer = keras.layers.RandomRotation((0.5, 0.5))
    >>> keras.ops.round(layer(x, training=True))[0, :, :, 0].tolist()
    [[4.0, 3.0], [2.0, 1.0]]
    """

    def __init__(
        self,
        factor,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(
            fill_mode=fill_mode,
            interpolation=interpolation,
            seed=seed,
            fill_value=fill_value,
            data_format=data_format,
            **kwargs,
        )
        self.factor = factor_range(self, factor or 0.0, (-1, 1))

    def draw(self, shape, seed):
        """The angles in degrees, and the transformations that turn by them."""
        lowest, highest = (turns * 360.0 for turns in self.factor)
        angle = random.uniform((batch_size(shape),), lowest, highest, seed=seed)
        height, width = self.sides(shape)
        rotation_matrix = _rotation(angle, height, width)
        if len(shape) == 3:
            rotation_matrix = ops.squeeze(rotation_matrix, axis=0)
        return {
            "angle": angle,
            "rotation_matrix": rotation_matrix,
            "image_height": height,
            "image_width": width,
            "batch_size": batch_size(shape),
        }

    def matrix(self, transformation, height, width):
        """The transformations that were drawn."""
        return transformation["rotation_matrix"]

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """The smallest boxes around the turned ones; labels of those outside are -1."""
        if not training or transformation is None:
            return bounding_boxes
        sides = transformation["image_height"], transformation["image_width"]
        angle = transformation["angle"]
        zero = ops.zeros_like(angle)
        found = convert_format(bounding_boxes, self.bounding_box_format, "xyxy", *sides)
        found["boxes"] = affine_transform(
            found["boxes"], angle, zero, zero, zero + 1, zero, zero, *sides
        )
        found = clip_to_image_size(found, *sides)
        return convert_format(found, "xyxy", self.bounding_box_format, *sides)


def _rotation(angle, height, width):
    """Transformations that turn images about their middle by angles in degrees."""
    angle = angle * (math.pi / 180.0)
    middle_x, middle_y = 0.5 * (width - 1), 0.5 * (height - 1)
    cosine, sine = ops.cos(angle), ops.sin(angle)
    return affine_rows(
        cosine,
        -sine,
        middle_x - middle_x * cosine + middle_y * sine,
        sine,
        cosine,
        middle_y - middle_x * sine - middle_y * cosine,
    )
