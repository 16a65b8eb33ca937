"""RandAugment."""

from minikeras import ops, random
from minikeras.backend import autodiff
from minikeras.backend.xp import to_numpy
from minikeras.layers.image.affine import INTERPOLATIONS
from minikeras.layers.image.augmentations import augmentations
from minikeras.layers.image.base import RandomImageLayer
from minikeras.layers.image.settings import checked_choice, checked_value_range, factor_range


class RandAugment(RandomImageLayer):
    """A few changes drawn from a list, one after the other, in training (Cubuk et al. 2020).

    The list: shear, translation, rotation, brightness, colour degeneration, contrast, sharpness,
    posterization, solarization, automatic contrast, equalization. All images of a batch go through
    the same changes, with parameters of their own.

    Which changes are made is decided on the host, so that the others cost nothing; a training step
    that contains this layer is run as it is, not replayed as a program.

    Args:
        value_range: the lowest and highest value of pixels.
        num_ops: how many changes are made.
        factor: how strong they are, lowest and highest; one number f stands for 0 to f. From 0
            to 1.
        interpolation: ``"nearest"`` or ``"bilinear"``.
        seed: an integer for the same changes in each run; None takes one at random.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.RandAugment(num_ops=2, factor=0.3, seed=1)
    >>> layer(keras.ops.ones((2, 8, 8, 3)), training=True).shape
    (2, 8, 8, 3)
    """

    casts_in_inference = True

    def __init__(
        self,
        value_range=(0, 255),
        num_ops=2,
        factor=0.5,
        interpolation="bilinear",
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.value_range = checked_value_range(self, value_range)
        self.num_ops = num_ops
        self.factor = factor_range(self, factor, (0, 1))
        self.interpolation = checked_choice(self, "interpolation", interpolation, INTERPOLATIONS)
        layers = augmentations(self)
        self._names = tuple(layers)
        for name, layer in layers.items():
            setattr(self, name, layer)

    def get_random_transformation(self, data, training=True, seed=None):
        """Which changes are made, and the parameters of each; None if not in training."""
        if not training:
            return None
        seed = self.generator if seed is None else seed
        chosen = random.randint((self.num_ops,), 0, len(self._names), seed=seed)
        transforms = {
            name: getattr(self, name).get_random_transformation(data, seed=seed)
            for name in self._names
        }
        return {"transforms": transforms, "layer_idxes": chosen}

    def _chosen(self, transformation):
        """The layers that were chosen, each with its parameters."""
        transforms = transformation["transforms"]
        names = list(transforms)
        chosen = ops.convert_to_tensor(transformation["layer_idxes"])
        places = to_numpy(autodiff.concrete(chosen)).tolist()
        return [(getattr(self, names[i]), transforms[names[i]]) for i in places]

    def changed(self, images, transformation):
        """The images after the changes that were chosen."""
        for layer, parameters in self._chosen(transformation):
            images = layer.transform_images(images, parameters)
        return images

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """The boxes after the changes that were chosen."""
        if training:
            for layer, parameters in self._chosen(transformation):
                bounding_boxes = layer.transform_bounding_boxes(bounding_boxes, parameters)
        return bounding_boxes

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """The masks after the changes that were chosen."""
        if training:
            for layer, parameters in self._chosen(transformation):
                segmentation_masks = layer.transform_segmentation_masks(
                    segmentation_masks, parameters
                )
        return segmentation_masks
