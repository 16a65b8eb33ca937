"""AutoContrast."""

from minikeras import ops
from minikeras.layers.image.base import ImageLayer
from minikeras.layers.image.settings import checked_value_range, rescaled


class AutoContrast(ImageLayer):
    """Each channel of an image stretched to the full range of values, in training and otherwise.

    Args:
        value_range: the lowest and highest value of pixels.
        **kwargs: ``bounding_box_format``, ``data_format`` and those of `Layer`.

    Channels with one value only stay as they are.

    >>> import minikeras as keras
    >>> x = keras.ops.array([[[50.0], [60.0], [70.0]]])
    >>> keras.layers.AutoContrast()(x)[0, :, 0].tolist()
    [0.0, 127.5, 255.0]
    """

    def __init__(self, value_range=(0, 255), **kwargs):
        super().__init__(**kwargs)
        self.value_range = checked_value_range(self, value_range)

    def transform_images(self, images, transformation=None, training=True):
        """A batch of images, stretched."""
        dtype = self.compute_dtype
        given = ops.cast(images, dtype)
        images = rescaled(given, self.value_range, (0, 255), dtype)
        low, high = self._extreme(ops.min, images), self._extreme(ops.max, images)
        scale = 255.0 / ops.where(high > low, high - low, 1)
        images = ops.clip(images * scale - low * scale, 0.0, 255.0)
        images = rescaled(images, (0, 255), self.value_range, dtype)
        return ops.where(high > low, images, given)

    def _extreme(self, reduce, images):
        # One axis after the other: over both at once NumPy would go through rows of few channels.
        over_rows = reduce(images, axis=self.height_axis, keepdims=True)
        return reduce(over_rows, axis=self.width_axis, keepdims=True)
