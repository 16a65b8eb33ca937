"""keras.ops: convolution, depthwise, separable and transposed."""

from minikeras.backend import convolution as primitives
from minikeras.backend.autodiff import PRIMITIVES
from minikeras.backend.windows import Windows, transposed_geometry
from minikeras.ops.arguments import tensor
from minikeras.ops.windowing import (
    channels_first,
    check_windows_fit,
    padding_name,
    per_axis,
    spatial_sides,
)
from minikeras.symbolic.operation import op

__all__ = ["conv", "conv_transpose", "depthwise_conv", "separable_conv"]


def convolve(inputs, kernel, strides, padding, data_format, dilation_rate, what="conv"):
    """`conv` on arrays and tracers; ``padding`` may also be ``"causal"``."""
    kernel = tensor(kernel)
    inputs = tensor(inputs, kernel.dtype)
    first = channels_first(data_format)
    sides = spatial_sides(inputs, first, what)
    rank = len(sides)
    _check_kernel_rank(kernel, rank, what)
    channels = inputs.shape[1 if first else -1]
    seen = kernel.shape[-2]
    groups = channels // seen if seen else 1
    if groups * seen != channels or (groups and kernel.shape[-1] % groups):
        raise ValueError(
            f"{what}: input channels must match the kernel: be those that it sees or, for filters "
            "in as many groups, a multiple of them. Received: "
            f"{channels} input channels and a kernel of shape {tuple(kernel.shape)}, of which the "
            f"last two sides are channels and filters (data_format={_format_name(first)!r})"
        )
    windows = Windows.over(
        sides,
        kernel.shape[:-2],
        per_axis(strides, rank, "strides"),
        padding,
        per_axis(dilation_rate, rank, "dilation_rate"),
    )
    check_windows_fit(windows, sides, what)
    return primitives.convolution(
        inputs, kernel, windows=windows, groups=max(groups, 1), channels_first=first
    )


def convolve_depthwise(inputs, kernel, strides, padding, data_format, dilation_rate):
    """`depthwise_conv` on arrays and tracers."""
    kernel = tensor(kernel)
    inputs = tensor(inputs)
    first = channels_first(data_format)
    _check_kernel_rank(
        kernel, len(spatial_sides(inputs, first, "depthwise_conv")), "depthwise_conv"
    )
    channels, multiplier = kernel.shape[-2:]
    if inputs.shape[1 if first else -1] != channels:
        raise ValueError(
            "depthwise_conv: input channels must match the kernel. Received: "
            f"{inputs.shape[1 if first else -1]} input channels and a kernel of shape "
            f"{tuple(kernel.shape)}, of which the last two sides are channels and multiplier "
            f"(data_format={_format_name(first)!r})"
        )
    kernel = PRIMITIVES["reshape"](kernel, shape=(*kernel.shape[:-2], 1, channels * multiplier))
    return convolve(inputs, kernel, strides, padding, data_format, dilation_rate, "depthwise_conv")


def _check_kernel_rank(kernel, rank, what):
    if len(kernel.shape) != rank + 2:
        raise ValueError(
            f"{what}: inputs with {rank} spatial axes need a kernel of rank {rank + 2}: one side "
            f"per spatial axis, channels, filters. Received a kernel of shape {tuple(kernel.shape)}"
        )


def _format_name(first):
    return "channels_first" if first else "channels_last"


@op
def conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolution over one, two or three spatial axes.

    Each output is the sum of the products of the kernel with one window of the input; the kernel
    is not mirrored. Where the input has ``g`` times the channels that the kernel sees, channels
    and filters fall into ``g`` groups that have nothing to do with each other.

    Args:
        inputs: floats of shape ``(batch, *sides, channels)``, or ``(batch, channels, *sides)`` for
            ``data_format="channels_first"``. They are cast to the dtype of the kernel.
        kernel: ``(*size, channels // groups, filters)``.
        strides: steps between windows: an integer, or one per spatial axis.
        padding: ``"valid"``: windows stay inside the input. ``"same"``: zeros around the input
            make ``ceil(side / stride)`` windows, the odd zero at the end.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        dilation_rate: steps between the taps of the kernel: an integer, or one per spatial axis.

    Returns:
        ``(batch, *counts, filters)`` or ``(batch, filters, *counts)``.

    Raises:
        ValueError: if ranks or channels do not match, or no window fits.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape([1.0, 2.0, 3.0, 4.0], (1, 4, 1))
    >>> kernel = keras.ops.reshape([1.0, 10.0], (2, 1, 1))
    >>> keras.ops.conv(x, kernel)[0, :, 0].tolist()
    [21.0, 32.0, 43.0]
    """
    return convolve(inputs, kernel, strides, padding_name(padding), data_format, dilation_rate)


@op
def depthwise_conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolution of each channel by itself, with filters of its own.

    Args:
        inputs: as for `conv`.
        kernel: ``(*size, channels, multiplier)``.
        strides, padding, data_format, dilation_rate: as for `conv`.

    Returns:
        Like `conv`, with ``channels * multiplier`` filters: those of the first channel first.

    Raises:
        ValueError: as for `conv`.

    >>> import minikeras as keras
    >>> x = keras.ops.ones((1, 3, 2))
    >>> kernel = keras.ops.reshape([1.0, 2.0], (1, 2, 1))
    >>> keras.ops.depthwise_conv(x, kernel)[0, 0].tolist()
    [1.0, 2.0]
    """
    padding = padding_name(padding)
    return convolve_depthwise(inputs, kernel, strides, padding, data_format, dilation_rate)


@op
def separable_conv(
    inputs,
    depthwise_kernel,
    pointwise_kernel,
    strides=1,
    padding="valid",
    data_format=None,
    dilation_rate=1,
):
    """A depthwise convolution, then one that mixes channels at each place.

    Args:
        inputs: as for `conv`.
        depthwise_kernel: ``(*size, channels, multiplier)``.
        pointwise_kernel: ``(*ones, channels * multiplier, filters)``.
        strides, padding, data_format, dilation_rate: as for `conv`; they govern the first part.

    Returns:
        Like `conv`.

    Raises:
        ValueError: as for `conv`.

    >>> import minikeras as keras
    >>> depthwise, pointwise = keras.ops.ones((2, 3, 1)), keras.ops.ones((1, 3, 5))
    >>> keras.ops.separable_conv(keras.ops.ones((1, 4, 3)), depthwise, pointwise).shape
    (1, 3, 5)
    """
    found = convolve_depthwise(
        inputs, depthwise_kernel, strides, padding_name(padding), data_format, dilation_rate
    )
    return convolve(found, pointwise_kernel, 1, "valid", data_format, 1, "separable_conv")


@op
def conv_transpose(
    inputs,
    kernel,
    strides=1,
    padding="valid",
    output_padding=None,
    data_format=None,
    dilation_rate=1,
):
    """Transposed convolution: the gradient of a convolution with respect to its input.

    Each input element adds the kernel, times itself, to a window of the output.

    Args:
        inputs: as for `conv`.
        kernel: ``(*size, filters, channels)``: the reverse order of `conv`.
        strides: steps between the windows of the output.
        padding: ``"valid"``: the output covers all windows. ``"same"``: it is ``stride`` times as
            long as the input.
        output_padding: an integer, or one per spatial axis: how much longer the output is than
            ``(side - 1) * stride`` plus the length of the kernel (``"valid"``) or plus 1 or 0 for
            a kernel of odd or even length (``"same"``). None chooses it as said for ``padding``.
        data_format: as for `conv`.
        dilation_rate: as for `conv`.

    Returns:
        ``(batch, *sides, filters)`` or ``(batch, filters, *sides)``.

    Raises:
        ValueError: if ranks or channels do not match.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape([1.0, 2.0], (1, 2, 1))
    >>> kernel = keras.ops.reshape([1.0, 10.0, 100.0], (3, 1, 1))
    >>> keras.ops.conv_transpose(x, kernel, strides=2)[0, :, 0].tolist()
    [1.0, 10.0, 102.0, 20.0, 200.0]
    """
    kernel = tensor(kernel)
    inputs = tensor(inputs, kernel.dtype)
    first = channels_first(data_format)
    counts = spatial_sides(inputs, first, "conv_transpose")
    rank = len(counts)
    _check_kernel_rank(kernel, rank, "conv_transpose")
    if inputs.shape[1 if first else -1] != kernel.shape[-1]:
        raise ValueError(
            "conv_transpose: input channels must match the kernel, whose last side they are. "
            f"Received: {inputs.shape[1 if first else -1]} input channels and a kernel of shape "
            f"{tuple(kernel.shape)} (data_format={_format_name(first)!r})"
        )
    if output_padding is not None:
        output_padding = per_axis(output_padding, rank, "output_padding", least=0)
    sides, windows = transposed_geometry(
        kernel.shape[:-2],
        per_axis(strides, rank, "strides"),
        padding_name(padding),
        output_padding,
        per_axis(dilation_rate, rank, "dilation_rate"),
        counts,
    )
    return primitives.convolution_input_gradient(
        inputs, kernel, sides=sides, windows=windows, channels_first=first
    )
