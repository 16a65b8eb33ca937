"""RandomShear."""

from minikeras import ops, random
from minikeras.layers.image.affine import AffineLayer, affine_rows
from minikeras.layers.image.base import batch_size
from minikeras.layers.image.bounding_boxes import clip_to_image_size, convert_format
from minikeras.layers.image.settings import strict_range


class RandomShear(AffineLayer):
    """Images slanted by random factors, in training.

    Args:
        x_factor: by how many columns a row is moved against the one above it, lowest and highest;
            one number f stands for -f to f. From 0 to 1; which way is drawn, too.
        y_factor: by how many rows a column is moved against the one to its left.
        interpolation: ``"nearest"`` or ``"bilinear"``.
        fill_mode: what stands where nothing was: ``"reflect"``, ``"wrap"``, ``"constant"`` or
            ``"nearest"``, see `keras.ops.image.affine_transform`.
        fill_value: the value for ``fill_mode="constant"``.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        seed: an integer for the same factors in each run; None takes one at random.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape([1.0, 2.0, 3.0, 4.0] * 2, (1, 2, 4, 1))
    >>> layer = keras.layers.RandomShear(x_factor=1.0)
    >>> y = layer.transform_images(x, {"shear_factor": keras.ops.array([[1.0, 0.0]])})
    >>> y[0, :, :, 0].tolist()
    [[1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 4.0, 4.0]]
    """

    def __init__(
        self,
        x_factor=0.0,
        y_factor=0.0,
        interpolation="bilinear",
        fill_mode="reflect",
        fill_value=0.0,
        data_format=None,
        seed=None,
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
        self._stated = {"x_factor": x_factor, "y_factor": y_factor}
        self.x_factor = strict_range(self, x_factor, (0.0, 1.0), "x_factor")
        self.y_factor = strict_range(self, y_factor, (0.0, 1.0), "y_factor")

    def config_value(self, name):
        """The value of the constructor's argument ``name``; factors as they were stated."""
        # -f to f, for which f stands, is not a pair that the constructor accepts.
        return self._stated[name] if name in self._stated else super().config_value(name)

    def draw(self, shape, seed):
        """The factors of x and y, shape ``(batch, 2)``."""
        one_each = (batch_size(shape), 1)
        dtype = self.compute_dtype
        is_inverted = random.uniform(one_each, dtype=dtype, seed=seed) > 0.5
        y, x = (
            random.uniform(one_each, lowest, highest, dtype=dtype, seed=seed)
            for lowest, highest in (self.y_factor, self.x_factor)
        )
        factors = ops.concatenate([x, y], axis=1)
        return {
            "shear_factor": ops.where(is_inverted, -factors, factors),
            "input_shape": shape,
        }

    def matrix(self, transformation, height, width):
        """Transformations that shear by the factors."""
        factors = ops.convert_to_tensor(transformation["shear_factor"])
        x, y = factors[:, 0], factors[:, 1]
        return affine_rows(1.0, x, ops.zeros_like(x), y, 1.0, 0.0)

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """Boxes around the sheared ones; labels of those outside are -1.

        As in Keras, the factors are applied to relative coordinates.
        """
        if not training or transformation is None:
            return bounding_boxes
        sides = self.sides(transformation["input_shape"])
        dtype = self.compute_dtype
        found = convert_format(
            bounding_boxes, self.bounding_box_format, "rel_xyxy", *sides, dtype=dtype
        )
        factors = ops.cast(transformation["shear_factor"], dtype)
        found["boxes"] = _sheared(found["boxes"], factors[:, :1], factors[:, 1:])
        found = clip_to_image_size(found, bounding_box_format="rel_xyxy")
        return convert_format(found, "rel_xyxy", self.bounding_box_format, *sides, dtype=dtype)


def _sheared(boxes, by_x, by_y):
    """Boxes in corners, sheared along x first and along y then; factors of shape ``(batch, 1)``."""
    left, top, right, bottom = (boxes[..., i] for i in range(4))
    upper, lower = by_x * top, by_x * bottom
    left, right = (
        left - ops.where(by_x < 0, upper, lower),
        right - ops.where(by_x < 0, lower, upper),
    )
    first, last = by_y * left, by_y * right
    top, bottom = (
        top - ops.where(by_y > 0, last, first),
        bottom - ops.where(by_y > 0, first, last),
    )
    return ops.stack([left, top, right, bottom], axis=-1)
