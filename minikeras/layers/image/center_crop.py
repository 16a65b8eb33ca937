"""CenterCrop."""

from minikeras import ops
from minikeras.layers.image.base import ImageLayer
from minikeras.layers.image.bounding_boxes import clip_to_image_size, convert_format
from minikeras.ops.image import resize


def largest_window(height, width, target_height, target_width):
    """The largest window of an image that has the target's proportions, around the middle.

    Returns:
        ``(top, left, height, width)``.
    """
    window_height = max(min(height, int(width * target_height / target_width)), 1)
    window_width = max(min(width, int(height * target_width / target_height)), 1)
    top, left = (height - window_height) // 2, (width - window_width) // 2
    return top, left, window_height, window_width


def part_of(images, starts, lengths, axes):
    """A part of images: along each axis, ``length`` pixels from ``start`` on."""
    index = [slice(None)] * len(images.shape)
    for start, length, axis in zip(starts, lengths, axes):
        index[axis] = slice(start, start + length)
    return images[tuple(index)]


class CenterCrop(ImageLayer):
    """The middle of images, in training and otherwise.

    Args:
        height, width: the sides of the part, integers.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    Of images that are too small the largest part with the wanted proportions is taken and made
    larger. A dict may hold masks and bounding boxes, too.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape(keras.ops.arange(16.0), (4, 4, 1))
    >>> keras.layers.CenterCrop(2, 2)(x)[..., 0].tolist()
    [[5.0, 6.0], [9.0, 10.0]]
    """

    casts_in_inference = True

    def __init__(self, height, width, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.height = height
        self.width = width

    def get_random_transformation(self, data, training=True, seed=None):
        """The shape of the images before."""
        return {"input_shape": tuple(self._images_in(data).shape)}

    def _window(self, height, width):
        if height >= self.height and width >= self.width:
            top, left = (height - self.height) // 2, (width - self.width) // 2
            return top, left, self.height, self.width
        return largest_window(height, width, self.height, self.width)

    def transform_images(self, images, transformation=None, training=True):
        """The middle of the images, in the compute dtype."""
        images = ops.cast(images, self.compute_dtype)
        top, left, height, width = self._window(*self.sides(images.shape))
        axes = (self.height_axis, self.width_axis)
        part = part_of(images, (top, left), (height, width), axes)
        if (height, width) == (self.height, self.width):
            return part
        return resize(part, (self.height, self.width), data_format=self.data_format)

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """The middle of the masks."""
        return self.transform_images(segmentation_masks, transformation, training=training)

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """The boxes in the middle of the image; labels of those outside are -1."""
        old_height, old_width = self.sides(transformation["input_shape"])
        boxes = convert_format(
            bounding_boxes["boxes"], self.bounding_box_format, "xyxy", old_height, old_width
        )
        top, left, height, width = self._window(old_height, old_width)
        ends = ops.convert_to_tensor([width, height] * 2, "float32")
        boxes = ops.clip(boxes - ops.convert_to_tensor([left, top] * 2, "float32"), 0.0, ends)
        if (height, width) != (self.height, self.width):
            boxes = convert_format(boxes, "xyxy", "rel_xyxy", height, width)
            boxes = convert_format(boxes, "rel_xyxy", "xyxy", self.height, self.width)
        found = clip_to_image_size(
            {**bounding_boxes, "boxes": boxes}, height=self.height, width=self.width
        )
        return convert_format(found, "xyxy", self.bounding_box_format, self.height, self.width)

    def compute_output_shape(self, input_shape):
        """The shape of the inputs with the new sides."""
        return self.resized_shape(input_shape, self.height, self.width)
