"""RandomCrop."""

from minikeras import ops, random
from minikeras.layers.image.base import RandomImageLayer
from minikeras.layers.image.bounding_boxes import convert_format
from minikeras.layers.image.center_crop import largest_window, part_of
from minikeras.ops.image import resize
from minikeras.random.seed_generator import default_seed


class RandomCrop(RandomImageLayer):
    """A random part of images in training, the same part of all images of a batch.

    Args:
        height, width: the sides of the part, integers.
        seed: an integer for the same parts in each run; None takes one at random.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        name: a string.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    Images that are not larger than the part along both axes are cut to its proportions around
    their middle and resized. Outside of training images stay as they are.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape(keras.ops.arange(100.0), (1, 10, 10, 1))
    >>> y = keras.layers.RandomCrop(2, 3, seed=1)(x, training=True)
    >>> y.shape, (y[0, :, :, 0] - y[0, 0, 0, 0]).tolist()
    ((1, 2, 3, 1), [[0.0, 1.0, 2.0], [10.0, 11.0, 12.0]])
    """

    def __init__(self, height, width, seed=None, data_format=None, name=None, **kwargs):
        # As in Keras, a seed made up here stands in the configuration.
        seed = default_seed() if seed is None else seed
        super().__init__(seed=seed, data_format=data_format, name=name, **kwargs)
        self.height = height
        self.width = width

    def get_random_transformation(self, data, training=True, seed=None):
        """Where the part begins: its first row and column."""
        height, width = self.sides(tuple(self._images_in(data).shape))
        if not training or height <= self.height or width <= self.width:
            return largest_window(height, width, self.height, self.width)[:2]
        seed = self.generator if seed is None else seed
        return tuple(
            random.randint((), 0, side - length + 1, seed=seed)
            for side, length in ((height, self.height), (width, self.width))
        )

    def changed(self, images, transformation):
        """The part of the images that begins at ``transformation``."""
        lengths = (self.height, self.width)
        for start, length, axis in zip(
            transformation, lengths, (self.height_axis, self.width_axis)
        ):
            if isinstance(start, int):
                images = part_of(images, (start,), (length,), (axis,))
            else:
                rows = ops.cast(start, "int32") + ops.arange(length, dtype="int32")
                images = ops.take(images, rows, axis=axis)
        if self.sides(images.shape) == lengths:
            return images
        return resize(images, lengths, data_format=self.data_format)

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """The same part of the masks."""
        return self.transform_images(segmentation_masks, transformation, training=training)

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """The boxes, moved by where the part begins.

        As in Keras 3.15, the first row is taken from x and the first column from y, relative boxes
        are measured by the sides of the part, and only the lower bounds are clipped.
        """
        if not training:
            return bounding_boxes
        sides = (self.height, self.width)
        boxes = convert_format(bounding_boxes["boxes"], self.bounding_box_format, "xyxy", *sides)
        starts = ops.stack([ops.cast(start, boxes.dtype) for start in transformation] * 2)
        boxes = ops.maximum(boxes - starts, 0)
        boxes = convert_format(boxes, "xyxy", self.bounding_box_format, *sides)
        return {**bounding_boxes, "boxes": boxes}

    def compute_output_shape(self, input_shape, *args, **kwargs):
        """The shape of the inputs with the new sides."""
        return self.resized_shape(input_shape, self.height, self.width)
