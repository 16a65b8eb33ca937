"""MixUp."""

from minikeras import ops, random
from minikeras.layers.image.base import RandomImageLayer, batch_size


class MixUp(RandomImageLayer):
    """Images and labels mixed with others of the batch, in training (Zhang et al. 2018).

    Args:
        alpha: the parameter of the beta distribution that the shares are drawn from: near 0 one of
            two images prevails, 1 makes all shares equally likely.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        seed: an integer for the same changes in each run; None takes one at random.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    Labels are floats of shape ``(batch, classes)``. Of bounding boxes those of both images are
    kept, one after the other.

    >>> import minikeras as keras
    >>> data = {"images": keras.ops.ones((2, 8, 8, 3)), "labels": keras.ops.eye(2)}
    >>> y = keras.layers.MixUp(seed=1)(data, training=True)
    >>> y["images"].shape, [round(v, 3) for v in keras.ops.sum(y["labels"], axis=1).tolist()]
    ((2, 8, 8, 3), [1.0, 1.0])
    """

    def __init__(self, alpha=0.2, data_format=None, seed=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.alpha = alpha

    def draw(self, shape, seed):
        """Which image each one is mixed with, and the shares of the images themselves."""
        count = batch_size(shape)
        order = random.shuffle(ops.arange(count, dtype="int32"), seed=seed)
        share = random.beta((count,), self.alpha, self.alpha, seed=seed)
        return {"mix_weight": share, "permutation_order": order}

    def _mixed(self, x, transformation):
        share = ops.cast(transformation["mix_weight"], x.dtype)
        share = ops.reshape(share, (-1, *(1,) * (len(x.shape) - 1)))
        others = ops.take(x, transformation["permutation_order"], axis=0)
        return share * x + (1.0 - share) * others

    def changed(self, images, transformation):
        """The images, mixed."""
        return self._mixed(images, transformation)

    def transform_labels(self, labels, transformation=None, training=True):
        """The labels, mixed."""
        if not training:
            return labels
        return self._mixed(ops.cast(labels, self.compute_dtype), transformation)

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """The masks, mixed."""
        if not training:
            return segmentation_masks
        return self._mixed(ops.cast(segmentation_masks, self.compute_dtype), transformation)

    def transform_bounding_boxes(self, bounding_boxes, transformation=None, training=True):
        """The boxes of both images, with their labels."""
        if not training:
            return bounding_boxes
        order = transformation["permutation_order"]

        def doubled(x):
            x = ops.convert_to_tensor(x)
            axis = 1 if len(x.shape) > 1 else 0
            return ops.concatenate([x, ops.take(x, order, axis=0)], axis=axis)

        return {
            **bounding_boxes,
            "boxes": doubled(bounding_boxes["boxes"]),
            "labels": doubled(bounding_boxes["labels"]),
        }
