"""RandomBrightness."""

from minikeras import ops, random
from minikeras.layers.image.base import RandomImageLayer, per_image
from minikeras.layers.image.settings import checked_value_range, factor_range


class RandomBrightness(RandomImageLayer):
    """Images made brighter or darker at random, in training.

    Args:
        factor: the lowest and highest change, in parts of the range of values; one number f stands
            for -f to f. From -1 to 1.
        value_range: the lowest and highest value of pixels, at which results are cut off.
        seed: an integer for the same changes in each run; None takes one at random.
        **kwargs: ``bounding_box_format``, ``data_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.RandomBrightness((0.5, 0.5), value_range=(0, 1))
    >>> layer(keras.ops.array([[[0.25, 0.75]]]), training=True).tolist()
    [[[0.75, 1.0]]]
    """

    def __init__(self, factor, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.factor = factor_range(self, factor or 0.0, (-1, 1))
        self.value_range = checked_value_range(self, value_range)

    def draw(self, shape, seed):
        """What is added to the images."""
        lowest, highest = self.value_range
        delta = random.uniform(per_image(shape), *self.factor, seed=seed)
        return {"rgb_delta": delta * (highest - lowest)}

    def changed(self, images, transformation):
        """The images plus what was drawn, within the range of values."""
        delta = ops.cast(transformation["rgb_delta"], images.dtype)
        return ops.clip(images + delta, *self.value_range)
