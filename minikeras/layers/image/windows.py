"""Random rectangles of images: where they lie, and masks of them."""

from minikeras import ops, random


def random_span(count, length, share, seed, dtype):
    """Where spans begin and end along an axis, each of shape ``(count,)``.

    Args:
        count: how many.
        length: of the axis.
        share: of the axis that a span covers, shape ``(count,)``.
        seed: what to draw with.
        dtype: of the result.
    """
    span = ops.cast(share * length, dtype)
    start = random.uniform((count,), dtype=dtype, seed=seed) * (length - span)
    return start, start + span


def window_mask(layer, shape, spans):
    """Which pixels of images lie within rectangles.

    Args:
        layer: an `ImageLayer`.
        shape: of the images.
        spans: ``(x0, x1, y0, y1)``, each of shape ``(batch,)``.

    Returns:
        Booleans of the images' shape, with a batch axis and a single channel.
    """
    height, width = layer.sides(shape)
    is_channels_first = layer.data_format == "channels_first"
    x = ops.arange(width, dtype=layer.compute_dtype)
    y = ops.arange(height, dtype=layer.compute_dtype)
    x = ops.reshape(x, (1, 1, 1, -1) if is_channels_first else (1, 1, -1, 1))
    y = ops.reshape(y, (1, 1, -1, 1) if is_channels_first else (1, -1, 1, 1))
    x0, x1, y0, y1 = (ops.reshape(edge, (-1, 1, 1, 1)) for edge in spans)
    in_columns = ops.logical_and(x >= x0, x < x1)
    in_rows = ops.logical_and(y >= y0, y < y1)
    return ops.logical_and(in_columns, in_rows)
