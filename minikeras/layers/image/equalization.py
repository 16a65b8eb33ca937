"""Equalization."""

from minikeras import ops
from minikeras.layers.image.base import ImageLayer
from minikeras.layers.image.settings import checked_value_range, rescaled


class Equalization(ImageLayer):
    """Images with their histograms made even, in training.

    Args:
        value_range: the lowest and highest value of pixels.
        bins: of how many bins the histograms consist.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    As in Keras, there is one histogram per channel, of all images of a batch together.

    >>> import minikeras as keras
    >>> x = keras.ops.array([[[1.0], [2.0], [2.0], [3.0]]])
    >>> keras.layers.Equalization()(x, training=True)[0, :, 0].tolist()
    [0.0, 170.0, 170.0, 255.0]
    """

    def __init__(self, value_range=(0, 255), bins=256, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.bins = bins
        self.value_range = checked_value_range(self, value_range)

    def compute_output_spec(self, inputs, **kwargs):
        """The outputs as symbolic tensors, for symbolic inputs."""
        return super().compute_output_spec(inputs, **kwargs)

    def changed(self, images, transformation):
        """The images, each value replaced by its rank among those of its channel."""
        given = rescaled(images, self.value_range, (0, 255), self.compute_dtype)
        values = ops.moveaxis(given, self.channel_axis, 0)
        channels = values.shape[0]
        counts = self._histograms(ops.reshape(values, (channels, -1)))
        below = ops.cumsum(counts, axis=1)
        is_used = counts > 0
        # Sums up to the first bin that is used, and over all bins.
        first = ops.min(ops.where(is_used, below, below[:, -1:]), axis=1, keepdims=True)
        others = ops.cast(ops.maximum(below[:, -1:] - first, 1), "float64")
        table = ops.clip(ops.round(ops.cast(below - first, "float64") * 255 / others), 0, 255)
        places = ops.cast(ops.clip(values / 255.0 * (self.bins - 1), 0, self.bins - 1), "int32")
        places = places + self._starts(channels, len(values.shape))
        equalized = ops.cast(ops.take(table, places), values.dtype)
        is_even = ops.count_nonzero(counts, axis=1) <= 1
        is_even = ops.reshape(is_even, (channels, *(1,) * (len(values.shape) - 1)))
        equalized = ops.where(is_even, values, equalized)
        equalized = ops.moveaxis(equalized, 0, self.channel_axis)
        return rescaled(equalized, (0, 255), self.value_range, self.compute_dtype)

    def _starts(self, channels, rank):
        """Where the bins of each channel begin among those of all channels."""
        shape = (channels, *(1,) * (rank - 1))
        return ops.reshape(ops.arange(channels, dtype="int32") * self.bins, shape)

    def _histograms(self, values):
        """How many values fall into each bin, for each row of values."""
        channels = values.shape[0]
        bins = ops.cast(ops.cast(values, "float32") * (self.bins - 1) / 255.0, "int32")
        bins = ops.clip(bins, 0, self.bins - 1) + self._starts(channels, 2)
        bins = ops.reshape(bins, (-1,))
        counts = ops.segment_sum(ops.ones_like(bins), bins, num_segments=channels * self.bins)
        return ops.reshape(counts, (channels, self.bins))
