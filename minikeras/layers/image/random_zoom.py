"""RandomZoom."""

from minikeras import ops, random
from minikeras.layers.image.affine import AffineLayer, affine_rows
from minikeras.layers.image.base import batch_size
from minikeras.layers.image.bounding_boxes import clip_to_image_size, convert_format
from minikeras.layers.image.settings import strict_range


class RandomZoom(AffineLayer):
    """Images made larger or smaller about their middle by random factors, in training.

    Args:
        height_factor: how much more of the height is seen, lowest and highest: 0.2 shows 20% more
            (things become smaller), -0.2 shows 20% less. One number f stands for -f to f. Above -1,
            at most 1.
        width_factor: the same for the width; None takes that of the height, to keep proportions.
        fill_mode: what stands where nothing was: ``"reflect"``, ``"wrap"``, ``"constant"`` or
            ``"nearest"``, see `keras.ops.image.affine_transform`.
        interpolation: ``"nearest"`` or ``"bilinear"``.
        seed: an integer for the same factors in each run; None takes one at random.
        fill_value: the value for ``fill_mode="constant"``.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape(keras.ops.arange(5.0), (1, 1, 5, 1))
    >>> layer = keras.layers.RandomZoom(0.0, (-0.5, -0.5))
    >>> layer(x, training=True)[0, 0, :, 0].tolist()
    [1.0, 1.5, 2.0, 2.5, 3.0]
    """

    def __init__(
        self,
        height_factor,
        width_factor=None,
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
            self, height_factor, bounds, "height_factor", open_below=True
        )
        self.width_factor = width_factor
        if width_factor is not None:
            self.width_lower, self.width_upper = strict_range(
                self, width_factor, bounds, "width_factor", open_below=True
            )

    def draw(self, shape, seed):
        """The factors of height and width, each of shape ``(batch, 1)``."""
        one_each = (batch_size(shape), 1)
        height_zoom = random.uniform(
            one_each, 1.0 + self.height_lower, 1.0 + self.height_upper, seed=seed
        )
        width_zoom = height_zoom
        if self.width_factor is not None:
            width_zoom = random.uniform(
                one_each, 1.0 + self.width_lower, 1.0 + self.width_upper, seed=seed
            )
        return {"height_zoom": height_zoom, "width_zoom": width_zoom, "input_shape": shape}

    def matrix(self, transformation, height, width):
        """Transformations that scale about the middle."""
        x, y = (
            ops.cast(transformation[key], "float32")[:, 0] for key in ("width_zoom", "height_zoom")
        )
        middle_x, middle_y = (width - 1.0) / 2.0, (height - 1.0) / 2.0
        return affine_rows(x, 0.0, middle_x * (1.0 - x), 0.0, y, middle_y * (1.0 - y))

    def get_clipped_bbox(self, bounding_boxes, h_end, h_start, w_end, w_start):
        """Boxes in corners, cut off at the border of a window and counted from its corner.

        Args:
            bounding_boxes: a dict with ``"boxes"``.
            h_end, h_start, w_end, w_start: where the window ends and begins, shape ``(batch, 1)``.
        """
        boxes = bounding_boxes["boxes"]
        starts = ops.concatenate([w_start, h_start] * 2, axis=-1)
        ends = ops.concatenate([w_end, h_end] * 2, axis=-1)
        if len(boxes.shape) == 3:
            starts, ends = ops.expand_dims(starts, 1), ops.expand_dims(ends, 1)
        return {**bounding_boxes, "boxes": ops.clip(boxes, starts, ends) - starts}

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """The boxes in the scaled images; labels of those outside are -1."""
        if not training or transformation is None:
            return bounding_boxes
        height, width = self.sides(transformation["input_shape"])
        found = convert_format(bounding_boxes, self.bounding_box_format, "xyxy", height, width)
        matrix = self.matrix(transformation, height, width)
        left, top = self.get_transformed_x_y(0, 0, matrix)
        right, bottom = self.get_transformed_x_y(width, height, matrix)
        found = self.get_clipped_bbox(found, bottom, top, right, left)
        window = [ops.expand_dims(n, -1) for n in (bottom - top, right - left)]
        found = convert_format(found, "xyxy", "rel_xyxy", *window)
        found = clip_to_image_size(found, bounding_box_format="rel_xyxy")
        return convert_format(found, "rel_xyxy", self.bounding_box_format, height, width)
