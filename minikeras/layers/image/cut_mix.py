"""CutMix."""

from minikeras import ops, random
from minikeras.layers.image.base import RandomImageLayer
from minikeras.layers.image.settings import factor_range
from minikeras.layers.image.windows import random_span, window_mask


class CutMix(RandomImageLayer):
    """Images with a rectangle of another image of the batch, in training (Yun et al. 2019).

    Labels are mixed in proportion to the areas.

    Args:
        factor: the lowest and highest parameter alpha of the beta distribution that the areas are
            drawn from; one number f stands for 0 to f. From 0 to 1.
        seed: an integer for the same changes in each run; None takes one at random.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: those of `Layer`. There is no meaning for bounding boxes: they are an error.

    Labels are floats of shape ``(batch, classes)``. A single image stays as it is.

    >>> import minikeras as keras
    >>> data = {"images": keras.ops.ones((2, 8, 8, 3)), "labels": keras.ops.eye(2)}
    >>> y = keras.layers.CutMix(seed=1)(data, training=True)
    >>> y["images"].shape, [round(v, 3) for v in keras.ops.sum(y["labels"], axis=1).tolist()]
    ((2, 8, 8, 3), [1.0, 1.0])
    """

    casts_in_inference = True

    def __init__(self, factor=1.0, seed=None, data_format=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = factor_range(self, factor, (0, 1))

    def draw(self, shape, seed):
        """Which image each one is mixed with, where, and the shares of the images themselves."""
        if len(shape) == 3:
            return None
        count, dtype = shape[0], self.compute_dtype
        height, width = self.sides(shape)
        alpha = random.uniform((), *self.factor, seed=seed) + 1e-6
        share = random.beta((count,), alpha, alpha, seed=seed)
        side = ops.cast(ops.sqrt(1.0 - share), dtype)
        x0, x1 = random_span(count, width, side, seed, dtype)
        y0, y1 = random_span(count, height, side, seed, dtype)
        mix_weight = 1.0 - (x1 - x0) * (y1 - y0) / (width * height)
        return {
            "permutation_order": random.shuffle(ops.arange(count, dtype="int32"), seed=seed),
            "batch_masks": window_mask(self, shape, (x0, x1, y0, y1)),
            "mix_weight": ops.reshape(mix_weight, (-1, 1, 1, 1)),
        }

    def changed(self, images, transformation):
        """The images with parts of others."""
        if transformation is None:
            return images
        others = ops.take(images, transformation["permutation_order"], axis=0)
        return ops.where(transformation["batch_masks"], others, images)

    def transform_labels(self, labels, transformation=None, training=True):
        """The labels, mixed in proportion to the areas."""
        if not training or transformation is None:
            return labels
        labels = ops.cast(labels, self.compute_dtype)
        share = ops.reshape(ops.cast(transformation["mix_weight"], labels.dtype), (-1, 1))
        others = ops.take(labels, transformation["permutation_order"], axis=0)
        return share * labels + (1.0 - share) * others

    def transform_bounding_boxes(self, bounding_boxes, transformation=None, training=True):
        """An error: it is not defined what becomes of boxes."""
        raise ValueError(
            f"CutMix {self.name!r} cannot tell what becomes of bounding boxes under parts of other "
            "images. Leave 'bounding_boxes' out, or use MixUp, which keeps those of both images."
        )

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """The masks with the same parts of others."""
        return self.transform_images(segmentation_masks, transformation, training)
