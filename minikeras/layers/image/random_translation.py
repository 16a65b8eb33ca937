"""RandomTranslation."""

from minikeras import ops, random
from minikeras.layers.image.affine import AffineLayer, affine_rows
from minikeras.layers.image.base import batch_size
from minikeras.layers.image.bounding_boxes import clip_to_image_size, convert_format
from minikeras.layers.image.settings import strict_range


class RandomTranslation(AffineLayer):
    """Images moved by random distances, in training.

    Args:
        height_factor: the lowest and highest distance in parts of the height, positive ones
            downwards; one number f stands for -f to f. At most 1.
        width_factor: the same for the width, positive ones to the right.
        fill_mode: what stands where nothing was: ``"reflect"``, ``"wrap"``, ``"constant"`` or
            ``"nearest"``, see `keras.ops.image.affine_transform`.
        interpolation: ``"nearest"`` or ``"bilinear"``.
        seed: an integer for the same distances in each run; None takes one at random.
        fill_value: the value for ``fill_mode="constant"``.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape([1.0, 2.0, 3.0, 4.0], (1, 1, 4, 1))
    >>> layer = keras.layers.RandomTranslation(0.0, (0.5, 0.5), fill_mode="constant")
    >>> layer(x, training=True)[0, 0, :, 0].tolist()
    [0.0, 0.0, 1.0, 2.0]
    """

    def __init__(
        self,
        height_factor,
        width_factor,
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
        bounds = (-1.0, 1.0)
        self.height_factor = height_factor
        self.height_lower, self.height_upper = strict_range(
            self, height_factor, bounds, "height_factor"
        )
        self.width_factor = width_factor
        self.width_lower, self.width_upper = strict_range(
            self, width_factor, bounds, "width_factor"
        )

    def draw(self, shape, seed):
        """Distances in pixels to the right and downwards, shape ``(batch, 2)``."""
        height, width = self.sides(shape)
        one_each = (batch_size(shape), 1)
        down = random.uniform(one_each, self.height_lower, self.height_upper, seed=seed) * height
        right = random.uniform(one_each, self.width_lower, self.width_upper, seed=seed) * width
        translations = ops.cast(ops.concatenate([right, down], axis=1), "float32")
        return {"translations": translations, "input_shape": shape}

    def matrix(self, transformation, height, width):
        """Transformations that move by the distances."""
        translations = ops.convert_to_tensor(transformation["translations"])
        return affine_rows(1.0, 0.0, -translations[:, 0], 0.0, 1.0, -translations[:, 1])

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """The boxes in the moved images; labels of those outside are -1."""
        if not training or transformation is None:
            return bounding_boxes
        sides = self.sides(transformation["input_shape"])
        found = convert_format(bounding_boxes, self.bounding_box_format, "xyxy", *sides)
        corner = self.get_transformed_x_y(0, 0, self.matrix(transformation, *sides))
        found = clip_to_image_size(self.get_shifted_bbox(found, *corner), *sides)
        return convert_format(found, "xyxy", self.bounding_box_format, *sides)
