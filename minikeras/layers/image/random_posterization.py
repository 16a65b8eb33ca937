"""RandomPosterization."""

from minikeras import ops, random
from minikeras.layers.image.base import RandomImageLayer, batch_size
from minikeras.layers.image.settings import checked_value_range, factor_range, rescaled

_BITS = 8


class RandomPosterization(RandomImageLayer):
    """Images with fewer shades, in training: of the 8 bits of each value only some are kept.

    Args:
        factor: the lowest number of bits, and the highest and one; one number f stands for 1 to f,
            two equal numbers for that one. From 1 to 8.
        value_range: the lowest and highest value of pixels.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        seed: an integer for the same numbers in each run; None takes one at random.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.RandomPosterization((2, 2))
    >>> layer(keras.ops.array([[[0.0, 63.0, 64.0, 255.0]]]), training=True).tolist()
    [[[0.0, 0.0, 64.0, 192.0]]]
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = factor_range(self, factor, (1, _BITS))
        self.value_range = checked_value_range(self, value_range)

    def draw(self, shape, seed):
        """How many bits are dropped."""
        count = (batch_size(shape),)
        lowest, highest = self.factor
        if lowest == highest:
            bits = ops.full(count, int(lowest), dtype="uint8")
        else:
            bits = random.randint(count, lowest, highest, dtype="uint8", seed=seed)
        return {"shift_factor": ops.cast(_BITS, "uint8") - bits}

    def changed(self, images, transformation):
        """The images without the lower bits."""
        dtype = self.compute_dtype
        shift = ops.reshape(ops.cast(transformation["shift_factor"], "uint8"), (-1, 1, 1, 1))
        images = ops.cast(rescaled(images, self.value_range, (0, 255), dtype), "uint8")
        images = ops.bitwise_left_shift(ops.bitwise_right_shift(images, shift), shift)
        return rescaled(ops.cast(images, dtype), (0, 255), self.value_range, dtype)
