"""RandomColorDegeneration."""

from minikeras import ops, random
from minikeras.layers.image.base import RandomImageLayer, batch_size
from minikeras.layers.image.settings import checked_value_range, factor_range


class RandomColorDegeneration(RandomImageLayer):
    """Colour images mixed with their grey versions at random, in training.

    Args:
        factor: the lowest and highest share of grey: 0 keeps an image, 1 makes it grey; one number
            f stands for -f to f, where a negative share makes colours stronger. From -1 to 1.
        value_range: the lowest and highest value of pixels, at which results are cut off.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        seed: an integer for the same changes in each run; None takes one at random.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.RandomColorDegeneration((1.0, 1.0))
    >>> y = layer(keras.ops.array([[[100.0, 0.0, 0.0]]]), training=True)
    >>> [round(v, 2) for v in y[0, 0].tolist()]
    [29.89, 29.89, 29.89]
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = factor_range(self, factor, (-1, 1))
        self.value_range = checked_value_range(self, value_range)

    def draw(self, shape, seed):
        """The shares of grey."""
        return {"factor": random.uniform((batch_size(shape), 1, 1, 1), *self.factor, seed=seed)}

    def changed(self, images, transformation):
        """The images mixed with grey ones."""
        factor = ops.cast(transformation["factor"], images.dtype)
        grey = ops.image.rgb_to_grayscale(images, data_format=self.data_format)
        return ops.clip(images + factor * (grey - images), *self.value_range)
