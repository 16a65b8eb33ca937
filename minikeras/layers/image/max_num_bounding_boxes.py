"""MaxNumBoundingBoxes."""

from minikeras import ops
from minikeras.layers.image.base import ImageLayer


class MaxNumBoundingBoxes(ImageLayer):
    """The same number of bounding boxes for every image, in training and otherwise.

    Args:
        max_number: how many. Boxes beyond it are left out, missing ones are filled up.
        fill_value: the number that boxes and labels are filled up with.
        **kwargs: ``bounding_box_format``, ``data_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.MaxNumBoundingBoxes(2, bounding_box_format="xyxy")
    >>> boxes = {"boxes": [[[1.0, 2.0, 3.0, 4.0]]], "labels": [[5]]}
    >>> y = layer({"images": keras.ops.ones((1, 4, 4, 3)), "bounding_boxes": boxes})
    >>> y["bounding_boxes"]["labels"].tolist()
    [[5, -1]]
    """

    def __init__(self, max_number, fill_value=-1, **kwargs):
        super().__init__(**kwargs)
        self.max_number = int(max_number)
        self.fill_value = int(fill_value)

    def transform_images(self, images, transformation=None, training=True):
        """The images: the same."""
        return images

    def transform_bounding_boxes(self, bounding_boxes, transformation=None, training=True):
        """The boxes and labels, cut off or filled up."""
        return {
            **bounding_boxes,
            "boxes": self._of_length(bounding_boxes["boxes"]),
            "labels": self._of_length(bounding_boxes["labels"]),
        }

    def _of_length(self, x):
        x = ops.convert_to_tensor(x)[:, : self.max_number]
        missing = [(0, self.max_number - x.shape[1] if i == 1 else 0) for i in range(len(x.shape))]
        return ops.pad(x, missing, constant_values=self.fill_value)

    def compute_output_shape(self, input_shape):
        """The shapes of the inputs, with the new number of boxes."""
        if not isinstance(input_shape, dict) or "bounding_boxes" not in input_shape:
            return input_shape
        shapes = input_shape["bounding_boxes"]
        unknown = sorted(set(shapes) - {"boxes", "labels"})
        if unknown:
            raise KeyError(
                f"MaxNumBoundingBoxes {self.name!r}: bounding_boxes may hold 'boxes' and 'labels' "
                f"only. Received: {unknown} as well"
            )
        shapes = {k: (s[0], self.max_number, *s[2:]) for k, s in shapes.items()}
        return {**input_shape, "bounding_boxes": shapes}
