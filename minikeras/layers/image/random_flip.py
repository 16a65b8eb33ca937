"""RandomFlip."""

from minikeras import ops, random
from minikeras.layers.image.base import RandomImageLayer, per_image
from minikeras.layers.image.bounding_boxes import clip_to_image_size, convert_format
from minikeras.layers.image.settings import checked_choice

_MODES = ("horizontal", "vertical", "horizontal_and_vertical")


class RandomFlip(RandomImageLayer):
    """Every second image, at random, mirrored in training.

    Args:
        mode: ``"horizontal"`` (left and right change places), ``"vertical"`` (top and bottom) or
            ``"horizontal_and_vertical"`` (both at a time).
        seed: an integer for the same choices in each run; None takes one at random.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.RandomFlip("horizontal", seed=3)
    >>> x = keras.ops.reshape([1.0, 2.0, 3.0], (1, 3, 1))
    >>> layer.transform_images(x, {"flips": True})[0, :, 0].tolist()
    [3.0, 2.0, 1.0]
    """

    casts_in_inference = True

    def __init__(self, mode="horizontal_and_vertical", seed=None, data_format=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.mode = checked_choice(self, "mode", mode, _MODES)

    def draw(self, shape, seed):
        """Which images are mirrored."""
        return {
            "flips": random.uniform(per_image(shape), seed=seed) <= 0.5,
            "input_shape": shape,
        }

    def changed(self, images, transformation):
        """The images, those mirrored that ``flips`` says."""
        if transformation is None:
            return images
        axes = []
        if self.mode != "vertical":
            axes.append(self.width_axis)
        if self.mode != "horizontal":
            axes.append(self.height_axis)
        return ops.where(transformation["flips"], ops.flip(images, axis=axes), images)

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """The masks, mirrored as the images."""
        return self.transform_images(segmentation_masks, transformation, training=training)

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """The boxes in the mirrored images."""
        if not training:
            return bounding_boxes
        height, width = self.sides(transformation["input_shape"])
        found = convert_format(bounding_boxes, self.bounding_box_format, "rel_xyxy", height, width)
        left, top, right, bottom = ops.split(found["boxes"], 4, axis=-1)
        if self.mode != "vertical":
            left, right = 1 - right, 1 - left
        if self.mode != "horizontal":
            top, bottom = 1 - bottom, 1 - top
        mirrored = ops.concatenate([left, top, right, bottom], axis=-1)
        flips = ops.squeeze(transformation["flips"], axis=-1)
        found["boxes"] = ops.where(flips, mirrored, found["boxes"])
        # As in Keras, relative boxes are held below the sides in pixels: only at 0, that is.
        found = clip_to_image_size(found, height=height, width=width)
        return convert_format(found, "rel_xyxy", self.bounding_box_format, height, width)
