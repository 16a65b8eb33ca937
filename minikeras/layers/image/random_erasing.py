"""RandomErasing."""

from minikeras import ops, random
from minikeras.layers.image.base import RandomImageLayer, batch_size
from minikeras.layers.image.settings import checked_value_range, factor_range
from minikeras.layers.image.windows import random_span, window_mask


class RandomErasing(RandomImageLayer):
    """Images with a random rectangle painted over, in training (Zhong et al. 2017).

    Args:
        factor: the lowest and highest probability of an image to be changed; one number f stands
            for 0 to f. From 0 to 1.
        scale: the lowest and highest share of the image that a square of the same sides would
            cover; each side is drawn by itself. From 0 to 1.
        fill_value: the value to paint with, or three, one per channel; None paints normal noise.
        value_range: the lowest and highest value of pixels.
        seed: an integer for the same changes in each run; None takes one at random.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.RandomErasing((1.0, 1.0), scale=(1.0, 1.0), fill_value=7)
    >>> layer(keras.ops.ones((1, 2, 1)), training=True)[..., 0].tolist()
    [[7.0, 7.0]]
    """

    casts_in_inference = True

    def __init__(
        self,
        factor=1.0,
        scale=(0.02, 0.33),
        fill_value=None,
        value_range=(0, 255),
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = factor_range(self, factor, (0, 1))
        self.scale = factor_range(self, scale, (0, 1), "scale")
        is_triple = isinstance(fill_value, (tuple, list)) and len(fill_value) == 3
        if fill_value is not None and not is_triple and not isinstance(fill_value, (int, float)):
            raise ValueError(
                f"RandomErasing {self.name!r}: fill_value must be None, a number or three of them. "
                f"Received: {fill_value!r}"
            )
        self.fill_value = fill_value
        self.value_range = checked_value_range(self, value_range)

    def draw(self, shape, seed):
        """Which images are changed, where, and what they are painted with."""
        count = batch_size(shape)
        height, width = self.sides(shape)
        dtype = self.compute_dtype
        share = ops.sqrt(random.uniform((count, 2), *self.scale, dtype=dtype, seed=seed))
        x0, x1 = random_span(count, width, share[:, 0], seed, dtype)
        y0, y1 = random_span(count, height, share[:, 1], seed, dtype)
        batch_masks = window_mask(self, shape, (x0, x1, y0, y1))
        probability = random.uniform((count,), *self.factor, seed=seed)
        threshold = random.uniform((count,), seed=seed)
        return {
            "apply_erasing": threshold < probability,
            "batch_masks": batch_masks,
            "fill_value": self._paint(shape, seed),
        }

    def _paint(self, shape, seed):
        if self.fill_value is None:
            noise = random.normal(shape, dtype=self.compute_dtype, seed=seed)
            paint = noise * self.value_range[1]
        else:
            paint = ops.convert_to_tensor(self.fill_value, self.compute_dtype)
            if paint.shape and self.data_format == "channels_first":
                paint = ops.reshape(paint, (-1, 1, 1))
        return ops.clip(paint, *self.value_range)

    def changed(self, images, transformation):
        """The images, those painted over that ``apply_erasing`` says."""
        is_changed = ops.reshape(transformation["apply_erasing"], (-1, 1, 1, 1))
        is_painted = ops.logical_and(is_changed, transformation["batch_masks"])
        return ops.where(is_painted, ops.cast(transformation["fill_value"], images.dtype), images)
