"""RandomColorJitter."""

from minikeras.layers.image.base import RandomImageLayer
from minikeras.layers.image.random_brightness import RandomBrightness
from minikeras.layers.image.random_contrast import RandomContrast
from minikeras.layers.image.random_hue import RandomHue
from minikeras.layers.image.random_saturation import RandomSaturation
from minikeras.layers.image.settings import checked_value_range

_PARTS = (
    ("brightness", RandomBrightness),
    ("contrast", RandomContrast),
    ("saturation", RandomSaturation),
    ("hue", RandomHue),
)


class RandomColorJitter(RandomImageLayer):
    """Brightness, contrast, saturation and hue of images changed at random, in training.

    Args:
        value_range: the lowest and highest value of pixels.
        brightness_factor: see `RandomBrightness`; None leaves it out.
        contrast_factor: see `RandomContrast`; None leaves it out.
        saturation_factor: see `RandomSaturation`; None leaves it out.
        hue_factor: see `RandomHue`; None leaves it out.
        seed: an integer for the same changes in each run; None takes one at random.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.RandomColorJitter(brightness_factor=(0.2, 0.2), value_range=(0, 1))
    >>> layer(keras.ops.array([[[0.5, 0.25, 1.0]]]), training=True).tolist()
    [[[0.699999988079071, 0.44999998807907104, 1.0]]]
    """

    def __init__(
        self,
        value_range=(0, 255),
        brightness_factor=None,
        contrast_factor=None,
        saturation_factor=None,
        hue_factor=None,
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.value_range = checked_value_range(self, value_range)
        self.brightness_factor = brightness_factor
        self.contrast_factor = contrast_factor
        self.saturation_factor = saturation_factor
        self.hue_factor = hue_factor
        for name, layer_class in _PARTS:
            factor = getattr(self, f"{name}_factor")
            layer = None
            if factor is not None:
                layer = layer_class(
                    factor=factor,
                    value_range=self.value_range,
                    seed=seed,
                    data_format=self.data_format,
                    dtype=self.dtype_policy,
                )
            setattr(self, f"random_{name}", layer)

    def _layers(self):
        names = [f"random_{name}" for name, _ in _PARTS]
        return [(name, getattr(self, name)) for name in names if getattr(self, name) is not None]

    def draw(self, shape, seed):
        """The parameters of each change, by the name of its layer."""
        return {name: layer.draw(shape, seed) for name, layer in self._layers()}

    def transform_images(self, images, transformation=None, training=True):
        """A batch of images, changed if in training; without parameters, these are drawn."""
        if training and transformation is None:
            transformation = self.get_random_transformation(images)
        return super().transform_images(images, transformation, training)

    def changed(self, images, transformation):
        """The images after one change after the other."""
        for name, layer in self._layers():
            images = layer.transform_images(images, transformation[name])
        return images
