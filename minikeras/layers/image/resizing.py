"""Resizing."""

from minikeras import ops
from minikeras.layers.image.base import ImageLayer
from minikeras.layers.image.bounding_boxes import clip_to_image_size, convert_format
from minikeras.layers.image.settings import checked_choice
from minikeras.ops.image import INTERPOLATIONS, resize


class Resizing(ImageLayer):
    """Images brought to a height and width, in training and otherwise.

    Args:
        height, width: the new sides, integers.
        interpolation: ``"nearest"``, ``"bilinear"``, ``"bicubic"``, ``"lanczos3"`` or
            ``"lanczos5"``; masks are always resized to the nearest pixel.
        crop_to_aspect_ratio: whether to cut the image to the new proportions first.
        pad_to_aspect_ratio: whether to pad it to the new proportions first.
        fill_mode: how to pad; only ``"constant"``.
        fill_value: what to pad with.
        antialias: whether to smooth images that become smaller.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    Images of shape ``(batch, h, w, channels)`` or ``(h, w, channels)`` keep their dtype. A dict may
    hold masks and bounding boxes, too.

    >>> import minikeras as keras
    >>> layer = keras.layers.Resizing(2, 3)
    >>> layer(keras.ops.ones((1, 4, 6, 1))).shape
    (1, 2, 3, 1)
    """

    def __init__(
        self,
        height,
        width,
        interpolation="bilinear",
        crop_to_aspect_ratio=False,
        pad_to_aspect_ratio=False,
        fill_mode="constant",
        fill_value=0.0,
        antialias=False,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.height = height
        self.width = width
        self.interpolation = checked_choice(self, "interpolation", interpolation, INTERPOLATIONS)
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            raise ValueError(
                f"Resizing {self.name!r}: only one of crop_to_aspect_ratio and "
                "pad_to_aspect_ratio is possible"
            )
        self.crop_to_aspect_ratio = crop_to_aspect_ratio
        self.pad_to_aspect_ratio = pad_to_aspect_ratio
        self.fill_mode = checked_choice(self, "fill_mode", fill_mode, ("constant",))
        self.fill_value = fill_value
        self.antialias = bool(antialias)

    def get_random_transformation(self, data, training=True, seed=None):
        """The height and width of the images before."""
        return self.sides(tuple(self._images_in(data).shape))

    def transform_images(self, images, transformation=None, training=True):
        """The images, resized."""
        return self._resized(images, self.interpolation)

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """The masks, resized to the nearest pixel."""
        return self._resized(segmentation_masks, "nearest")

    def _resized(self, images, interpolation):
        return resize(
            images,
            (self.height, self.width),
            interpolation=interpolation,
            antialias=self.antialias,
            crop_to_aspect_ratio=self.crop_to_aspect_ratio,
            pad_to_aspect_ratio=self.pad_to_aspect_ratio,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """The boxes in the resized image; those of only 0 or only -1 stand for none, and are 0."""
        height, width = transformation
        given = bounding_boxes["boxes"]
        is_void = ops.logical_or(
            ops.all(ops.equal(given, -1), axis=-1, keepdims=True),
            ops.all(ops.equal(given, 0), axis=-1, keepdims=True),
        )
        found = convert_format(bounding_boxes, self.bounding_box_format, "xyxy", height, width)
        (scale_x, scale_y), (left, top) = self._scales_and_offsets(height, width)
        scales = ops.convert_to_tensor([scale_x, scale_y] * 2, "float32")
        offsets = ops.convert_to_tensor([left, top] * 2, "float32")
        found["boxes"] = found["boxes"] * scales + offsets
        found = clip_to_image_size(found, height=self.height, width=self.width)
        found["boxes"] = ops.where(is_void, 0.0, found["boxes"])
        return convert_format(found, "xyxy", self.bounding_box_format, self.height, self.width)

    def _scales_and_offsets(self, height, width):
        """By how much x and y grow, and where the corner of the old image comes to lie."""
        scale_x, scale_y = self.width / width, self.height / height
        if self.pad_to_aspect_ratio:
            scale = min(scale_x, scale_y)
            offsets = (self.width - width * scale) // 2, (self.height - height * scale) // 2
            return (scale, scale), offsets
        if self.crop_to_aspect_ratio:
            scale = max(scale_x, scale_y)
            offsets = (
                -((width * scale - self.width) // 2),
                -((height * scale - self.height) // 2),
            )
            return (scale, scale), offsets
        return (scale_x, scale_y), (0.0, 0.0)

    def compute_output_shape(self, input_shape):
        """The shape of the inputs with the new sides."""
        return self.resized_shape(input_shape, self.height, self.width)
