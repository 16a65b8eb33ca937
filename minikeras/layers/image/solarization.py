"""Solarization."""

from minikeras import ops, random
from minikeras.layers.image.base import RandomImageLayer, per_image
from minikeras.layers.image.settings import checked_value_range, rescaled, strict_range


class Solarization(RandomImageLayer):
    """Images of which bright pixels are inverted, in training.

    Args:
        addition_factor: what is added to pixels first, lowest and highest, in parts of 255; one
            number f stands for 0 to f. From 0 to 1.
        threshold_factor: from where on pixels are inverted, lowest and highest, in parts of 255.
        value_range: the lowest and highest value of pixels; they are brought to [0, 255] for this.
        seed: an integer for the same changes in each run; None takes one at random.
        **kwargs: ``bounding_box_format``, ``data_format`` and those of `Layer`.

    Of the lowest factor, as in Keras, only the part that is not multiplied by 255 counts.

    >>> import minikeras as keras
    >>> x = keras.ops.array([[[0.0, 55.0, 255.0]]])
    >>> keras.layers.Solarization()(x, training=True).tolist()
    [[[255.0, 200.0, 0.0]]]
    """

    casts_in_inference = True

    def __init__(
        self,
        addition_factor=0.0,
        threshold_factor=0.0,
        value_range=(0, 255),
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.addition_factor = strict_range(
            self, addition_factor, (0, 1), "addition_factor", from_zero=True
        )
        self.threshold_factor = strict_range(
            self, threshold_factor, (0, 1), "threshold_factor", from_zero=True
        )
        self.value_range = checked_value_range(self, value_range)

    def draw(self, shape, seed):
        """What is added, and from where on pixels are inverted."""
        ranges = {"additions": self.addition_factor, "thresholds": self.threshold_factor}
        return {
            name: random.uniform(
                per_image(shape), lowest, highest * 255, dtype=self.compute_dtype, seed=seed
            )
            for name, (lowest, highest) in ranges.items()
        }

    def changed(self, images, transformation):
        """The images, their bright pixels inverted."""
        if transformation is None:
            return images
        dtype = self.compute_dtype
        additions, thresholds = (
            ops.cast(transformation[name], dtype) for name in ("additions", "thresholds")
        )
        images = rescaled(images, self.value_range, (0, 255), dtype)
        images = ops.clip(images + additions, 0, 255)
        images = ops.where(images < thresholds, images, 255 - images)
        return rescaled(images, (0, 255), self.value_range, dtype)
