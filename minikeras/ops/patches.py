"""keras.ops: the windows of images side by side (unfold), and their sums in place (fold)."""

from minikeras.backend.autodiff import PRIMITIVES
from minikeras.backend.patches import sum_window_elements, window_elements
from minikeras.backend.windows import Windows
from minikeras.ops.arguments import tensor
from minikeras.ops.windowing import check_windows_fit, per_axis
from minikeras.symbolic.operation import op

__all__ = ["fold", "unfold"]


def _windows(kernel_size, dilation, padding, stride):
    around = per_axis(padding, 2, "padding", least=0)
    return Windows(
        size=per_axis(kernel_size, 2, "kernel_size"),
        strides=per_axis(stride, 2, "stride"),
        padding=tuple((n, n) for n in around),
        dilation=per_axis(dilation, 2, "dilation"),
    )


@op
def unfold(x, kernel_size, dilation=1, padding=0, stride=1):
    """The windows over images, each as one column (im2col).

    Args:
        x: ``(batch, channels, height, width)``.
        kernel_size: height and width of the windows, or one integer for both.
        dilation: steps between the elements of a window, likewise.
        padding: zeros before and after each axis, likewise.
        stride: steps between windows, likewise.

    Returns:
        ``(batch, channels * height * width of a window, windows)``; within a column the channels
        vary slowest.

    Raises:
        ValueError: if ``x`` has another rank, or no window fits.

    >>> import minikeras as keras
    >>> keras.ops.unfold(keras.ops.ones((1, 3, 6, 6)), 3).shape
    (1, 27, 16)
    """
    x = tensor(x)
    if len(x.shape) != 4:
        raise ValueError(
            "unfold takes images of shape (batch, channels, height, width). "
            f"Received: shape {tuple(x.shape)}"
        )
    windows = _windows(kernel_size, dilation, padding, stride)
    batch, channels, *sides = x.shape
    check_windows_fit(windows, tuple(sides), "unfold")
    found = window_elements(x, windows=windows, channels_first=True)
    height, width = windows.size
    number = found.shape[2] * found.shape[3]
    found = PRIMITIVES["reshape"](found, shape=(batch, height * width, channels, number))
    found = PRIMITIVES["transpose"](found, axes=(0, 2, 1, 3))
    return PRIMITIVES["reshape"](found, shape=(batch, channels * height * width, number))


@op
def fold(x, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Images from the columns of `unfold`: elements that meet at one place are summed (col2im).

    Args:
        x: ``(batch, channels * height * width of a window, windows)``.
        output_size: height and width of the images, or one integer for both.
        kernel_size, dilation, padding, stride: as for `unfold`.

    Returns:
        ``(batch, channels, *output_size)``.

    Raises:
        ValueError: if the shape of ``x`` does not match the other arguments.

    >>> import minikeras as keras
    >>> columns = keras.ops.unfold(keras.ops.ones((1, 1, 3, 3)), 2)
    >>> keras.ops.fold(columns, 3, 2)[0, 0].tolist()
    [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]
    """
    x = tensor(x)
    windows = _windows(kernel_size, dilation, padding, stride)
    sides = per_axis(output_size, 2, "output_size")
    counts, taps = windows.counts(sides), windows.size[0] * windows.size[1]
    if len(x.shape) != 3 or x.shape[1] % taps or x.shape[2] != counts[0] * counts[1]:
        raise ValueError(
            f"fold: with these arguments there are {counts[0] * counts[1]} windows of {taps} "
            f"elements per channel, so x must be 3D, of shape (batch, {taps} * channels, "
            f"{counts[0] * counts[1]}). Received: shape {tuple(x.shape)}"
        )
    batch, rows, number = x.shape
    x = PRIMITIVES["reshape"](x, shape=(batch, rows // taps, taps, number))
    x = PRIMITIVES["transpose"](x, axes=(0, 2, 1, 3))
    x = PRIMITIVES["reshape"](x, shape=(batch, rows, *counts))
    return sum_window_elements(x, sides=sides, windows=windows, channels_first=True)
