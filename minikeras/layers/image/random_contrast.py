"""RandomContrast."""

from minikeras import ops, random
from minikeras.layers.image.base import RandomImageLayer, per_image
from minikeras.layers.image.settings import checked_value_range, factor_range


class RandomContrast(RandomImageLayer):
    """Images with stronger or weaker contrast at random, in training.

    Distances of pixels from the mean of their channel are multiplied by a factor.

    Args:
        factor: two numbers (a, b) for factors from 1 - a to 1 + b; one number f stands for (0, f).
            From 0 to 1.
        value_range: the lowest and highest value of pixels, at which results are cut off.
        seed: an integer for the same changes in each run; None takes one at random.
        **kwargs: ``bounding_box_format``, ``data_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.RandomContrast(0.5)
    >>> x = keras.ops.array([[[10.0], [20.0]]])
    >>> layer.transform_images(x, {"contrast_factor": 2.0}).tolist()
    [[[5.0], [25.0]]]
    """

    def __init__(self, factor, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.factor = factor_range(self, factor, (0, 1))
        self.value_range = checked_value_range(self, value_range)

    def draw(self, shape, seed):
        """The factors."""
        lowest, highest = 1.0 - self.factor[0], 1.0 + self.factor[1]
        factor = random.uniform(
            per_image(shape), lowest, highest, dtype=self.compute_dtype, seed=seed
        )
        return {"contrast_factor": factor}

    def changed(self, images, transformation):
        """The images, stretched about the means of their channels."""
        factor = ops.cast(transformation["contrast_factor"], images.dtype)
        mean = ops.mean(images, axis=(self.height_axis, self.width_axis), keepdims=True)
        return ops.clip((images - mean) * factor + mean, *self.value_range)
