"""RandomSharpness."""

from minikeras import ops, random
from minikeras.backend.xp import np
from minikeras.layers.image.base import RandomImageLayer, batch_size
from minikeras.layers.image.settings import checked_value_range, factor_range

# A pixel and its neighbours, of which smooth images are made.
_SMOOTHING = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]]) / 13


class RandomSharpness(RandomImageLayer):
    """Images made sharper or smoother at random, in training.

    Args:
        factor: the lowest and highest number drawn: 0 smooths the image, 0.5 keeps it, 1 adds as
            much as smoothing takes away. One number f stands for 0 to f. From 0 to 1.
        value_range: the lowest and highest value of pixels, at which results are cut off.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        seed: an integer for the same changes in each run; None takes one at random.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.RandomSharpness((1.0, 1.0))
    >>> x = keras.ops.array([[[13.0], [26.0], [13.0]]])
    >>> [round(v, 2) for v in layer(x, training=True)[0, :, 0].tolist()]
    [19.0, 40.0, 19.0]
    """

    casts_in_inference = True

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = factor_range(self, factor, (0, 1))
        self.value_range = checked_value_range(self, value_range)

    def draw(self, shape, seed):
        """How sharp the images become."""
        return {"factor": random.uniform((batch_size(shape),), *self.factor, seed=seed)}

    def changed(self, images, transformation):
        """The images with the difference from smooth ones enlarged or taken back."""
        factor = ops.cast(transformation["factor"], images.dtype) * 2
        factor = ops.reshape(factor, (-1, 1, 1, 1))
        channels = images.shape[self.channel_axis]
        kernel = np.repeat(_SMOOTHING[:, :, None, None], channels, axis=2)
        smooth = ops.depthwise_conv(
            images,
            ops.convert_to_tensor(kernel, images.dtype),
            padding="same",
            data_format=self.data_format,
        )
        images = images + (1.0 - factor) * (smooth - images)
        return ops.clip(images, *self.value_range)
