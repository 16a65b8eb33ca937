"""RandomSaturation."""

from minikeras import config, ops, random
from minikeras.layers.image.base import RandomImageLayer, batch_size
from minikeras.layers.image.settings import checked_value_range, factor_range


class RandomSaturation(RandomImageLayer):
    """Colour images with stronger or weaker colours at random, in training.

    Args:
        factor: the lowest and highest number f drawn, by which the saturation is multiplied as
            f / (1 - f): 0 gives grey images, 0.5 keeps them, near 1 colours are full. One number
            f stands for -f to f.
        value_range: the lowest and highest value of pixels, at which the saturation is cut off.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        seed: an integer for the same changes in each run; None takes one at random.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.RandomSaturation((0.0, 0.0))
    >>> layer(keras.ops.array([[[0.5, 0.25, 0.0]]]), training=True).tolist()
    [[[0.5, 0.5, 0.5]]]
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = factor_range(self, factor, (-1, 1))
        self.value_range = checked_value_range(self, value_range)

    def draw(self, shape, seed):
        """What the saturation is multiplied by."""
        factor = random.uniform((batch_size(shape),), *self.factor, seed=seed)
        return {"factor": factor / (1 - factor + config.epsilon())}

    def changed(self, images, transformation):
        """The images with other saturations."""
        factor = ops.reshape(ops.cast(transformation["factor"], images.dtype), (-1, 1, 1))
        images = ops.image.rgb_to_hsv(images, data_format=self.data_format)
        hue, saturation, value = ops.unstack(images, axis=self.channel_axis)
        saturation = ops.clip(saturation * factor, *self.value_range)
        images = ops.stack([hue, saturation, value], axis=self.channel_axis)
        return ops.image.hsv_to_rgb(images, data_format=self.data_format)
