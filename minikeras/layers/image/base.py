"""ImageLayer and RandomImageLayer: what layers on images have in common.

A call draws or computes the parameters of a change first (`get_random_transformation`) and applies
it to each part of the data then: `transform_images`, `transform_labels`,
`transform_bounding_boxes`, `transform_segmentation_masks`. A layer states the parameters and the
change of images; where other parts of the data change with them, that too.
"""

from minikeras import config, ops
from minikeras.layers.image.bounding_boxes import checked_format, dense_boxes
from minikeras.layers.preprocessing.data_layer import DataLayer
from minikeras.ops.arguments import tensor
from minikeras.random import SeedGenerator


class ImageLayer(DataLayer):
    """The base of layers that take images, alone or in a dict with what belongs to them.

    Args:
        factor: None; layers that have such an argument state it themselves.
        bounding_box_format: the format of bounding boxes in the data, see
            `keras.utils.bounding_boxes.convert_format`; needed if there are any.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: those of `Layer`.
    """

    config_omits = DataLayer.config_omits | {"bounding_box_format", "factor"}
    # Whether images come out in the compute dtype also when they are not changed.
    casts_in_inference = False

    def __init__(self, factor=None, bounding_box_format=None, data_format=None, **kwargs):
        super().__init__(**kwargs)
        if factor is not None:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} has no factor. Received: factor={factor!r}"
            )
        self.factor = None
        if bounding_box_format is not None:
            checked_format(type(self).__name__, bounding_box_format)
        self.bounding_box_format = bounding_box_format
        self.data_format = config.standardize_data_format(data_format)
        is_channels_first = self.data_format == "channels_first"
        self.height_axis, self.width_axis = (-2, -1) if is_channels_first else (-3, -2)
        self.channel_axis = -3 if is_channels_first else -1
        self._build_at_init()

    def __call__(self, inputs, **kwargs):
        return super().__call__(inputs, **kwargs)

    def call(self, data, training=True):
        """The images, or the dict, changed.

        Args:
            data: images of shape ``(height, width, channels)`` or, in batches,
                ``(batch, height, width, channels)``; or a dict with ``"images"`` and perhaps
                ``"labels"``, ``"bounding_boxes"`` (a dict with ``"boxes"`` and ``"labels"``) and
                ``"segmentation_masks"``.
            training: whether random changes are made.
        """
        transformation = self.get_random_transformation(data, training=training)
        settings = {"transformation": transformation, "training": training}
        if not isinstance(data, dict):
            images = tensor(data)
            if self._is_batch(images):
                return self.transform_images(images, **settings)
            return self.transform_single_image(images, **settings)
        is_batch = self._is_batch(self._images_in(data))
        changed = dict(data)
        for key, (of_batch, of_one) in self._parts().items():
            if key in data:
                value = self._checked_boxes(data) if key == "bounding_boxes" else tensor(data[key])
                changed[key] = (of_batch if is_batch else of_one)(value, **settings)
        return changed

    def _parts(self):
        return {
            "images": (self.transform_images, self.transform_single_image),
            "bounding_boxes": (self.transform_bounding_boxes, self.transform_single_bounding_box),
            "labels": (self.transform_labels, self.transform_single_label),
            "segmentation_masks": (
                self.transform_segmentation_masks,
                self.transform_single_segmentation_mask,
            ),
        }

    def _images_in(self, data):
        if not isinstance(data, dict):
            return data
        if "images" not in data:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: a dict must hold 'images'. "
                f"Received: a dict with {sorted(data)}"
            )
        return data["images"]

    def _is_batch(self, images):
        if len(images.shape) not in (3, 4):
            raise ValueError(
                f"{type(self).__name__} {self.name!r} takes one image (rank 3) or a batch of them "
                f"(rank 4). Received: shape {tuple(images.shape)}"
            )
        return len(images.shape) == 4

    def _checked_boxes(self, data):
        if self.bounding_box_format is None:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} received bounding boxes and does not know "
                "their format: pass bounding_box_format, for instance 'xyxy', to the layer."
            )
        return dense_boxes(data["bounding_boxes"])

    # Parameters of the change

    def get_random_transformation(self, data, training=True, seed=None):
        """The parameters of the change of ``data``; None where it has none.

        Args:
            data: images or a dict of them.
            training: whether random changes are made.
            seed: an integer or a `SeedGenerator` to draw with in place of the layer's own.
        """

    def sides(self, shape):
        """The height and width in the shape of images."""
        return shape[self.height_axis], shape[self.width_axis]

    # Changes of batches

    def transform_images(self, images, transformation=None, training=True):
        """A batch of images, changed by ``transformation`` if in training."""
        if not training:
            return ops.cast(images, self.compute_dtype) if self.casts_in_inference else images
        images = ops.cast(images, self.compute_dtype)
        return ops.cast(self.changed(images, transformation), self.compute_dtype)

    def changed(self, images, transformation):
        """A batch of images in the compute dtype, changed; subclasses define it."""
        raise TypeError(f"{type(self).__name__} defines no method `changed`")

    def transform_labels(self, labels, transformation=None, training=True):
        """The labels of a batch of images after the change: the same."""
        return labels

    def transform_bounding_boxes(self, bounding_boxes, transformation=None, training=True):
        """The bounding boxes of a batch of images after the change: the same."""
        return bounding_boxes

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """The masks of a batch of images after the change: the same."""
        return segmentation_masks

    # Changes of one image

    def transform_single_image(self, image, transformation, training=True):
        """One image, changed."""
        return _as_batch_of_one(self.transform_images, image, transformation, training)

    def transform_single_label(self, label, transformation, training=True):
        """The label of one image after the change."""
        return _as_batch_of_one(self.transform_labels, label, transformation, training)

    def transform_single_bounding_box(self, bounding_box, transformation, training=True):
        """The bounding boxes of one image after the change."""
        keys = ("boxes", "labels")
        batch = {k: ops.expand_dims(v, 0) if k in keys else v for k, v in bounding_box.items()}
        found = self.transform_bounding_boxes(
            batch, transformation=transformation, training=training
        )
        return {k: ops.squeeze(v, axis=0) if k in keys else v for k, v in found.items()}

    def transform_single_segmentation_mask(self, segmentation_mask, transformation, training=True):
        """The mask of one image after the change."""
        return _as_batch_of_one(
            self.transform_segmentation_masks, segmentation_mask, transformation, training
        )

    # Shapes

    def compute_output_shape(self, input_shape):
        """The shape of the outputs for the shape of the inputs: the same."""
        return input_shape

    def resized_shape(self, input_shape, height, width):
        """The shape of images, with other sides."""
        if isinstance(input_shape, dict):
            resized = ("images", "segmentation_masks")
            return {
                k: self.resized_shape(s, height, width) if k in resized else s
                for k, s in input_shape.items()
            }
        shape = list(input_shape)
        if len(shape) not in (3, 4) or isinstance(shape[0], (list, tuple)):
            raise ValueError(
                f"{type(self).__name__} {self.name!r} takes images of rank 3 or 4. "
                f"Received: input_shape={input_shape}"
            )
        shape[self.height_axis], shape[self.width_axis] = height, width
        return tuple(shape)


def _as_batch_of_one(transform, x, transformation, training):
    batch = ops.expand_dims(tensor(x), 0)
    changed = transform(batch, transformation=transformation, training=training)
    return ops.squeeze(changed, axis=0)


class RandomImageLayer(ImageLayer):
    """The base of layers that change images at random, each image by its own parameters.

    Args:
        seed: an integer for the same changes in each run; None takes one at random.
        **kwargs: those of `ImageLayer`.
    """

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.generator = SeedGenerator(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """The parameters of a random change of ``data``; None if not in training.

        Args:
            data: images or a dict of them; only their shape counts.
            training: whether random changes are made.
            seed: an integer or a `SeedGenerator` to draw with in place of the layer's own.
        """
        if not training:
            return None
        images = self._images_in(data)
        self._is_batch(images)
        return self.draw(tuple(images.shape), self.generator if seed is None else seed)

    def draw(self, shape, seed):
        """Parameters for images of a shape, drawn with ``seed``; subclasses define it."""
        raise TypeError(f"{type(self).__name__} defines no method `draw`")


def batch_size(shape):
    """The number of images in the shape of one (rank 3) or of a batch (rank 4)."""
    return 1 if len(shape) == 3 else shape[0]


def per_image(shape):
    """The shape of one number for each image, which broadcasts to images of ``shape``."""
    return (1, 1, 1) if len(shape) == 3 else (shape[0], 1, 1, 1)
