"""RandomPerspective."""

from minikeras import ops, random
from minikeras.layers.image.affine import GeometricLayer
from minikeras.layers.image.base import batch_size
from minikeras.layers.image.bounding_boxes import clip_to_image_size, convert_format
from minikeras.layers.image.settings import factor_range


class RandomPerspective(GeometricLayer):
    """Images seen from random points of view, in training.

    The corners of an image are moved at random, and all other pixels with them so that straight
    lines stay straight.

    Args:
        factor: the lowest and highest probability of an image to be changed; one number f stands
            for 0 to f. From 0 to 1.
        scale: by which part of the sides corners are moved at most, twice; from 0 to 1.
        interpolation: ``"nearest"`` or ``"bilinear"``.
        fill_value: what stands where nothing was.
        seed: an integer for the same changes in each run; None takes one at random.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.RandomPerspective(scale=0.3, seed=1)
    >>> layer(keras.ops.ones((2, 8, 8, 3)), training=True).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        factor=1.0,
        scale=1.0,
        interpolation="bilinear",
        fill_value=0.0,
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(
            interpolation=interpolation,
            fill_value=fill_value,
            seed=seed,
            data_format=data_format,
            **kwargs,
        )
        self.factor = factor_range(self, factor, (0, 1))
        if not 0.0 <= scale <= 1.0:
            raise ValueError(
                f"RandomPerspective {self.name!r}: scale must lie in [0, 1]. Received: {scale!r}"
            )
        self.scale = scale

    def draw(self, shape, seed):
        """Which images are changed, and where their corners were and come to lie."""
        count = batch_size(shape)
        height, width = self.sides(shape)
        dtype = self.compute_dtype
        probability = random.uniform((count,), *self.factor, seed=seed)
        threshold = random.uniform((count,), seed=seed)
        shifts = random.uniform(
            (count, 4, 2), -0.5 * self.scale, 0.5 * self.scale, dtype=dtype, seed=seed
        )
        last_x, last_y = width - 1.0, height - 1.0
        corners = [[0.0, 0.0], [last_x, 0.0], [0.0, last_y], [last_x, last_y]]
        start_points = ops.zeros_like(shifts) + ops.convert_to_tensor(corners, dtype)
        return {
            "apply_perspective": threshold < probability,
            "start_points": start_points,
            "end_points": start_points + start_points * shifts,
            "input_shape": shape,
        }

    def moved(self, images, transformation, interpolation):
        """The images, those changed that ``apply_perspective`` says."""
        outputs = ops.image.perspective_transform(
            images,
            transformation["start_points"],
            transformation["end_points"],
            interpolation=interpolation,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )
        is_changed = ops.reshape(transformation["apply_perspective"], (-1, 1, 1, 1))
        return ops.where(is_changed, outputs, images)

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """The smallest boxes around the changed ones; labels of those outside are -1."""
        if not training or transformation is None:
            return bounding_boxes
        sides = self.sides(transformation["input_shape"])
        found = convert_format(bounding_boxes, self.bounding_box_format, "xyxy", *sides)
        matrix = _homography(transformation["start_points"], transformation["end_points"])
        left, top, right, bottom = ops.split(found["boxes"], 4, axis=-1)
        x, y = _mapped(
            ops.concatenate([left, right, left, right], axis=-1),
            ops.concatenate([top, bottom, bottom, top], axis=-1),
            matrix,
        )
        edges = [reduce(v, axis=-1) for reduce in (ops.min, ops.max) for v in (x, y)]
        is_changed = ops.reshape(transformation["apply_perspective"], (-1, 1, 1))
        found["boxes"] = ops.where(is_changed, ops.stack(edges, axis=-1), found["boxes"])
        found = clip_to_image_size(found, *sides)
        return convert_format(found, "xyxy", self.bounding_box_format, *sides)


def _homography(start_points, end_points):
    """The matrix that maps four points to four others in homogeneous coordinates.

    With the last entry 1, its other eight (a0 ... c1) satisfy eight linear equations: for each
    pair of points (x, y) and (u, v), u = (a0 x + a1 y + a2) / k and v = (b0 x + b1 y + b2) / k,
    where k = c0 x + c1 y + 1.

    Args:
        start_points, end_points: shape ``(batch, 4, 2)``.

    Returns:
        Shape ``(batch, 3, 3)``.
    """
    start_points, end_points = (ops.cast(p, "float32") for p in (start_points, end_points))
    x, y = start_points[..., 0], start_points[..., 1]
    u, v = end_points[..., 0], end_points[..., 1]
    zero, one = ops.zeros_like(x), ops.ones_like(x)
    for_u = ops.stack([x, y, one, zero, zero, zero, -u * x, -u * y], axis=-1)
    for_v = ops.stack([zero, zero, zero, x, y, one, -v * x, -v * y], axis=-1)
    equations = ops.concatenate([for_u, for_v], axis=1)
    values = ops.expand_dims(ops.concatenate([u, v], axis=-1), -1)
    numbers = ops.squeeze(ops.solve(equations, values), axis=-1)
    return ops.reshape(ops.concatenate([numbers, one[:, :1]], axis=-1), (-1, 3, 3))


def _mapped(x, y, matrix):
    """Where points come to lie; coordinates of shape ``(batch, boxes, points)``."""
    a, b, c = (
        matrix[:, i, 0, None, None] * x
        + matrix[:, i, 1, None, None] * y
        + matrix[:, i, 2, None, None]
        for i in range(3)
    )
    return a / c, b / c
