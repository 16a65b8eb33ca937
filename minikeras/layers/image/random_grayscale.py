"""RandomGrayscale."""

from minikeras import ops, random
from minikeras.layers.image.base import RandomImageLayer, batch_size


class RandomGrayscale(RandomImageLayer):
    """Colour images made grey at random, in training; they keep their three channels.

    Args:
        factor: the probability of an image to become grey, from 0 to 1.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        seed: an integer for the same choices in each run; None takes one at random.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.RandomGrayscale(factor=1.0)
    >>> y = layer(keras.ops.array([[[100.0, 0.0, 0.0]]]), training=True)
    >>> [round(v, 2) for v in y[0, 0].tolist()]
    [29.89, 29.89, 29.89]
    """

    def __init__(self, factor=0.5, data_format=None, seed=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        if not 0 <= factor <= 1:
            raise ValueError(
                f"RandomGrayscale {self.name!r}: factor must lie in [0, 1]. Received: {factor!r}"
            )
        self.factor = factor

    def compute_output_spec(self, inputs, **kwargs):
        """The outputs as symbolic tensors, for symbolic inputs."""
        return super().compute_output_spec(inputs, **kwargs)

    def get_random_transformation(self, images, training=True, seed=None):
        """Which images become grey, shape ``(batch, 1, 1, 1)``; None if not in training."""
        return super().get_random_transformation(images, training=training, seed=seed)

    def draw(self, shape, seed):
        """Which images become grey."""
        return random.uniform((batch_size(shape), 1, 1, 1), seed=seed) < self.factor

    def transform_images(self, images, transformation=None, training=True):
        """A batch of images in their own dtype, those made grey that the transformation says."""
        if not training:
            return images
        if transformation is None:
            transformation = self.get_random_transformation(images)
        grey = ops.image.rgb_to_grayscale(images, data_format=self.data_format)
        return ops.where(transformation, grey, images)

    def transform_labels(self, labels, transformations=None, **kwargs):
        """The labels: the same."""
        return labels

    def transform_bounding_boxes(self, bounding_boxes, **kwargs):
        """The bounding boxes: the same."""
        return bounding_boxes

    def transform_segmentation_masks(self, segmentation_masks, transformations=None, **kwargs):
        """The masks: the same."""
        return segmentation_masks
