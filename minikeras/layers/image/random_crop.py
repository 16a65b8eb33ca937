"""RandomCrop."""

from minikeras import ops, random
from minikeras.layers.image.base import RandomImageLayer
from minikeras.layers.image.bounding_boxes import clip_to_image_size, convert_format
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
            starts = largest_window(height, width, self.height, self.width)[:2]
            return _Corner(starts, (height, width))
        seed = self.generator if seed is None else seed
        starts = (
            random.randint((), 0, side - length + 1, seed=seed)
            for side, length in ((height, self.height), (width, self.width))
        )
        return _Corner(starts, (height, width))

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
        """The boxes in the part; labels of those outside are -1."""
        if not training:
            return bounding_boxes
        lengths = (self.height, self.width)
        sides = getattr(transformation, "sides", None)
        found = convert_format(
            bounding_boxes, self.bounding_box_format, "xyxy", *(sides or lengths)
        )
        dtype = found["boxes"].dtype
        top, left = (ops.cast(start, dtype) for start in transformation)
        boxes = found["boxes"] - ops.stack([left, top, left, top])
        if sides is not None and not (sides[0] > self.height and sides[1] > self.width):
            # The part was smaller, and resized.
            scale_y, scale_x = (
                length / min(length, side - start)
                for length, side, start in zip(lengths, sides, transformation)
            )
            boxes = boxes * ops.convert_to_tensor([scale_x, scale_y] * 2, dtype)
        found = clip_to_image_size({**found, "boxes": boxes}, *lengths)
        return convert_format(found, "xyxy", self.bounding_box_format, *lengths)

    def compute_output_shape(self, input_shape, *args, **kwargs):
        """The shape of the inputs with the new sides."""
        return self.resized_shape(input_shape, self.height, self.width)


class _Corner(tuple):
    """The first row and column of a part of images, and the images' height and width."""

    def __new__(cls, starts, sides):
        made = super().__new__(cls, starts)
        made.sides = sides
        return made
