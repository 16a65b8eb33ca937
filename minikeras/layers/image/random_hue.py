"""RandomHue."""

from minikeras import ops, random
from minikeras.layers.image.base import RandomImageLayer, batch_size
from minikeras.layers.image.settings import checked_value_range, factor_range, rescaled


class RandomHue(RandomImageLayer):
    """Colour images with their hues turned at random, in training.

    Args:
        factor: the lowest and highest number drawn; half of it, with a sign drawn too, is added to
            the hue, of which 1 is a full turn. One number f stands for 0 to f. From 0 to 1.
        value_range: the lowest and highest value of pixels.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        seed: an integer for the same changes in each run; None takes one at random.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.RandomHue(0.5, value_range=(0, 1))
    >>> red = keras.ops.array([[[[1.0, 0.0, 0.0]]]])
    >>> keras.ops.round(layer.transform_images(red, {"factor": [1 / 3]}))[0, 0].tolist()
    [[0.0, 1.0, 0.0]]
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = factor_range(self, factor, (0, 1))
        self.value_range = checked_value_range(self, value_range)

    def draw(self, shape, seed):
        """What is added to the hues."""
        count = (batch_size(shape),)
        is_inverted = random.uniform(count, seed=seed) > 0.5
        factor = random.uniform(count, *self.factor, seed=seed) * 0.5
        return {"factor": ops.where(is_inverted, -factor, factor)}

    def changed(self, images, transformation):
        """The images with other hues."""
        images = rescaled(images, self.value_range, (0, 1), "float32")
        shift = ops.reshape(ops.cast(transformation["factor"], images.dtype), (-1, 1, 1))
        images = ops.image.rgb_to_hsv(images, data_format=self.data_format)
        hue, saturation, value = ops.unstack(images, axis=self.channel_axis)
        hue = hue + shift
        hue = ops.where(hue > 1, hue - 1, hue)
        hue = ops.where(hue < 0, hue + 1, hue)
        images = ops.stack([hue, saturation, value], axis=self.channel_axis)
        images = ops.clip(ops.image.hsv_to_rgb(images, data_format=self.data_format), 0, 1)
        return rescaled(images, (0, 1), self.value_range, "float32")
