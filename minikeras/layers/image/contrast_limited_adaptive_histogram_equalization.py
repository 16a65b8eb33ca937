"""ContrastLimitedAdaptiveHistogramEqualization."""

from minikeras import ops
from minikeras.layers.image.base import ImageLayer
from minikeras.layers.image.settings import checked_value_range, rescaled

_BINS = 256


class ContrastLimitedAdaptiveHistogramEqualization(ImageLayer):
    """Images equalised tile by tile, in training and otherwise (Zuiderveld 1994).

    Each tile of an image has a histogram of its own, of which the highest bars are cut off, so
    that noise is not enlarged. Between the middles of tiles values are interpolated.

    Args:
        value_range: the lowest and highest value of pixels.
        clip_limit: at how many times the mean height bars are cut off; 0 cuts none.
        tile_grid_size: how many tiles there are along the height and the width.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.ContrastLimitedAdaptiveHistogramEqualization(
    ...     clip_limit=0, tile_grid_size=(1, 1)
    ... )
    >>> layer(keras.ops.array([[[100.0], [101.0], [102.0], [102.0]]]))[0, :, 0].tolist()
    [63.75, 127.5, 255.0, 255.0]
    """

    def __init__(
        self,
        value_range=(0, 255),
        clip_limit=4.0,
        tile_grid_size=(8, 8),
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = checked_value_range(self, value_range)
        self.clip_limit = clip_limit
        self.tile_grid_size = tuple(tile_grid_size)

    def transform_images(self, images, transformation=None, training=True):
        """A batch of images in their own dtype, equalised."""
        dtype = images.dtype
        is_channels_first = self.data_format == "channels_first"
        if is_channels_first:
            images = ops.moveaxis(images, -3, -1)
        is_single = len(images.shape) == 3
        if is_single:
            images = ops.expand_dims(images, 0)
        images = rescaled(images, self.value_range, (0, 255), "float32")
        images = rescaled(self._equalized(images), (0, 255), self.value_range, "float32")
        if is_single:
            images = ops.squeeze(images, axis=0)
        if is_channels_first:
            images = ops.moveaxis(images, -1, -3)
        return ops.cast(images, dtype)

    def _equalized(self, images):
        # b, h, w, c: images, rows, columns, channels; m, n: tiles down and across;
        # s, t: rows and columns of a tile.
        b, h, w, c = images.shape
        m, n = self.tile_grid_size
        s, t = -(-h // m), -(-w // n)
        border = ((0, 0), (0, s * m - h), (0, t * n - w), (0, 0))
        pixels = ops.clip(ops.cast(images, "int32"), 0, _BINS - 1)
        if any(sum(sides) for sides in border):
            pixels = ops.pad(pixels, border, mode="symmetric")
        starts = ops.arange(b * m * n * c, dtype="int32") * _BINS
        starts = ops.reshape(starts, (b, m, n, c))  # where the table of a tile begins
        of_tile = ops.repeat(ops.repeat(starts, s, axis=1), t, axis=2)  # b m*s n*t c
        places = ops.reshape(of_tile + pixels, (-1,))
        counts = ops.segment_sum(ops.ones_like(places), places, num_segments=b * m * n * c * _BINS)
        table = self._tables(ops.reshape(counts, (-1, _BINS)), s * t)
        pixels = pixels[:, :h, :w, :]
        upper, lower, down = _neighbours(h, s, m)
        left, right, across = _neighbours(w, t, n)
        down = ops.reshape(down, (1, h, 1, 1))
        across = ops.reshape(across, (1, 1, w, 1))

        def looked_up(rows, columns):
            start = ops.take(ops.take(starts, rows, axis=1), columns, axis=2)
            return ops.take(table, start + pixels)

        above = looked_up(upper, left) * (1 - across) + looked_up(upper, right) * across
        below = looked_up(lower, left) * (1 - across) + looked_up(lower, right) * across
        return above * (1 - down) + below * down

    def _tables(self, counts, area):
        """What each value becomes in each tile, one tile after the other."""
        counts = ops.cast(counts, "float32")
        if self.clip_limit > 0:
            kept = ops.minimum(counts, self.clip_limit * area / _BINS)
            counts = kept + ops.sum(counts - kept, axis=-1, keepdims=True) / _BINS
        below = ops.cumsum(counts, axis=-1)
        least = ops.min(below, axis=-1, keepdims=True)
        others = area - least
        others = ops.where(others == 0, 1.0, others)
        return ops.reshape(ops.clip((below - least) * 255.0 / others, 0, 255), (-1,))


def _neighbours(length, tile, count):
    """Between the middles of which tiles the pixels of an axis lie, and how near the second.

    Args:
        length: of the axis in pixels.
        tile: the length of a tile.
        count: of tiles.

    Returns:
        Two lists of tiles and the weight of the second, one entry per pixel.
    """
    places = (ops.arange(length, dtype="float32") - tile / 2.0) / tile
    first = ops.floor(places)
    tiles = [ops.cast(ops.clip(first + i, 0, count - 1), "int32") for i in (0, 1)]
    return (*tiles, places - first)
