"""keras.ops: pooling over windows, with sizes given or adapted to the output."""

from minikeras.backend import pooling as primitives
from minikeras.backend.autodiff import PRIMITIVES
from minikeras.backend.ranges import argmax_ranges, even_ranges, sum_ranges
from minikeras.backend.windows import Windows
from minikeras.backend.xp import xp
from minikeras.ops.arguments import floating, tensor
from minikeras.ops.windowing import (
    channels_first,
    check_windows_fit,
    padding_name,
    per_axis,
    spatial_sides,
)
from minikeras.symbolic.operation import op

__all__ = ["adaptive_average_pool", "adaptive_max_pool", "average_pool", "max_pool"]


def _geometry(x, pool_size, strides, padding, data_format, what):
    first = channels_first(data_format)
    sides = spatial_sides(x, first, what)
    size = per_axis(pool_size, len(sides), "pool_size")
    steps = size if strides is None else per_axis(strides, len(sides), "strides")
    windows = Windows.over(sides, size, steps, padding_name(padding))
    check_windows_fit(windows, sides, what)
    return {"windows": windows, "channels_first": first}


@op
def max_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """The largest element of each window.

    Its gradient goes to the first place of the window that holds the maximum.

    Args:
        inputs: ``(batch, *sides, channels)`` with one to three spatial axes, or
            ``(batch, channels, *sides)`` for ``data_format="channels_first"``.
        pool_size: length of the windows: an integer, or one per spatial axis.
        strides: steps between windows, likewise; None: the windows lie side by side.
        padding: ``"valid"``: windows stay inside the input. ``"same"``: there are
            ``ceil(side / stride)`` of them; what lies outside does not count.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.

    Returns:
        ``(batch, *counts, channels)`` or ``(batch, channels, *counts)``.

    Raises:
        ValueError: if an argument does not match the rank, or no window fits.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape([1.0, 4.0, 3.0, 2.0], (1, 4, 1))
    >>> keras.ops.max_pool(x, 2)[0, :, 0].tolist()
    [4.0, 3.0]
    """
    x = tensor(inputs)
    how = _geometry(x, pool_size, strides, padding, data_format, "max_pool")
    return primitives.max_pool(x, **how)


@op
def average_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """The mean of the elements of each window.

    Args:
        inputs, pool_size, strides, padding, data_format: as for `max_pool`. With ``"same"``
            padding only elements inside the input count.

    Returns:
        ``(batch, *counts, channels)`` or ``(batch, channels, *counts)``.

    Raises:
        ValueError: if an argument does not match the rank, or no window fits.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape([1.0, 4.0, 3.0], (1, 3, 1))
    >>> keras.ops.average_pool(x, 2, strides=1, padding="same")[0, :, 0].tolist()
    [2.5, 3.5, 3.0]
    """
    x = floating(inputs)
    how = _geometry(x, pool_size, strides, padding, data_format, "average_pool")
    return primitives.average_pool(x, **how)


@op
def adaptive_max_pool(inputs, output_size, data_format=None):
    """The largest element of each of a given number of windows that cover the input evenly.

    Window ``i`` of ``n`` over an axis of length ``s`` reaches from ``floor(i * s / n)`` up to, not
    including, ``ceil((i + 1) * s / n)``.

    Args:
        inputs: as for `max_pool`.
        output_size: how many windows: an integer, or one per spatial axis.
        data_format: as for `max_pool`.

    Returns:
        ``(batch, *output_size, channels)`` or ``(batch, channels, *output_size)``.

    Raises:
        ValueError: if ``output_size`` does not match the rank.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape([1.0, 4.0, 3.0, 2.0, 5.0], (1, 5, 1))
    >>> keras.ops.adaptive_max_pool(x, 2)[0, :, 0].tolist()
    [4.0, 5.0]
    """
    x = tensor(inputs)
    first = channels_first(data_format)
    sides = spatial_sides(x, first, "adaptive_max_pool")
    counts = per_axis(output_size, len(sides), "output_size")
    for k, count in enumerate(counts):
        axis = k + (2 if first else 1)
        starts, stops = even_ranges(sides[k], count)
        places = argmax_ranges(x, axis=axis, starts=starts, stops=stops)
        x = PRIMITIVES["take_along_axis"](x, places, axis=axis)
    return x


@op
def adaptive_average_pool(inputs, output_size, data_format=None):
    """The mean of each of a given number of windows that cover the input evenly.

    Args:
        inputs, output_size, data_format: as for `adaptive_max_pool`, which says where the windows
            lie.

    Returns:
        ``(batch, *output_size, channels)`` or ``(batch, channels, *output_size)``.

    Raises:
        ValueError: if ``output_size`` does not match the rank.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape([1.0, 4.0, 3.0, 2.0], (1, 4, 1))
    >>> keras.ops.adaptive_average_pool(x, 2)[0, :, 0].tolist()
    [2.5, 2.5]
    """
    x = floating(inputs)
    first = channels_first(data_format)
    sides = spatial_sides(x, first, "adaptive_average_pool")
    counts = per_axis(output_size, len(sides), "output_size")
    for k, count in enumerate(counts):
        axis = k + (2 if first else 1)
        starts, stops = even_ranges(sides[k], count)
        total = sum_ranges(x, axis=axis, starts=starts, stops=stops)
        lengths = [stop - start for start, stop in zip(starts, stops)]
        lengths = xp.asarray(lengths, x.dtype).reshape(-1, *(1,) * (len(x.shape) - axis - 1))
        x = PRIMITIVES["true_divide"](total, lengths)
    return x
