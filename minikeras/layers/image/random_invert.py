"""RandomInvert."""

from minikeras import ops, random
from minikeras.layers.image.base import RandomImageLayer, batch_size
from minikeras.layers.image.settings import checked_value_range, factor_range


class RandomInvert(RandomImageLayer):
    """Images turned into negatives at random, in training.

    Args:
        factor: the lowest and highest probability of an image to be inverted; one number f stands
            for 0 to f. From 0 to 1.
        value_range: the lowest and highest value of pixels; the highest minus a pixel is its
            inverse.
        seed: an integer for the same choices in each run; None takes one at random.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.RandomInvert((1.0, 1.0))
    >>> layer(keras.ops.array([[[0.0, 55.0, 255.0]]]), training=True).tolist()
    [[[255.0, 200.0, 0.0]]]
    """

    def __init__(self, factor=1.0, value_range=(0, 255), seed=None, data_format=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = factor_range(self, factor, (0, 1))
        self.value_range = checked_value_range(self, value_range)

    def draw(self, shape, seed):
        """Which images are inverted."""
        count = (batch_size(shape),)
        probability = random.uniform(count, *self.factor, seed=seed)
        return {"apply_inversion": random.uniform(count, seed=seed) < probability}

    def changed(self, images, transformation):
        """The images, those inverted that ``apply_inversion`` says."""
        is_inverted = ops.reshape(transformation["apply_inversion"], (-1, 1, 1, 1))
        return ops.where(is_inverted, self.value_range[1] - images, images)
