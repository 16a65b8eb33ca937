"""keras.ops.image: images and volumes cut into patches."""

from minikeras.backend.autodiff import PRIMITIVES
from minikeras.backend.patches import window_elements
from minikeras.backend.windows import Windows
from minikeras.ops.arguments import tensor
from minikeras.ops.windowing import channels_first, check_windows_fit, padding_name, per_axis
from minikeras.symbolic.operation import op

__all__ = ["extract_patches", "extract_patches_3d"]


@op
def extract_patches(images, size, strides=None, dilation_rate=1, padding="valid", data_format=None):
    """The windows over images or volumes, each as one vector.

    Args:
        images: ``(height, width, channels)`` or ``(batch, height, width, channels)``, for three
            entries in ``size`` with a depth before the height; with
            ``data_format="channels_first"`` the channels stand before these sides.
        size: length of the windows: two or three integers, or one integer for images.
        strides: steps between windows; None: they lie side by side.
        dilation_rate: steps between the elements of a window.
        padding: ``"valid"`` or ``"same"``, as for `keras.ops.conv`.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.

    Returns:
        ``(batch, *counts, size * channels)``, the elements of a window in row-major order, channels
        last; with ``"channels_first"`` these stand after the batch. Without the batch if the input
        has none.

    Raises:
        ValueError: if the arguments do not match the rank, or no window fits.

    >>> import minikeras as keras
    >>> keras.ops.image.extract_patches(keras.ops.ones((2, 20, 20, 3)), (5, 5)).shape
    (2, 4, 4, 75)
    """
    if not hasattr(size, "__index__") and not isinstance(size, (tuple, list)):
        raise TypeError(
            f"extract_patches: size: Expected an int or a tuple of integers. Received: {size!r}"
        )
    rank = len(size) if isinstance(size, (tuple, list)) else 2
    if rank not in (2, 3):
        raise ValueError(
            f"extract_patches: size: Expected a tuple of length 2 or 3. Received: {size}"
        )
    return _patches(images, size, rank, strides, dilation_rate, padding, data_format)


@op
def extract_patches_3d(
    volumes, size, strides=None, dilation_rate=1, padding="valid", data_format=None
):
    """The windows over volumes, each as one vector.

    Args:
        volumes: ``(depth, height, width, channels)`` or with a batch before; with
            ``data_format="channels_first"`` the channels stand before the depth.
        size: length of the windows: three integers, or one for all three axes.
        strides, dilation_rate, padding, data_format: as for `extract_patches`.

    Returns:
        As for `extract_patches`.

    Raises:
        ValueError: if the arguments do not match the rank, or no window fits.

    >>> import minikeras as keras
    >>> keras.ops.image.extract_patches_3d(keras.ops.ones((2, 6, 6, 6, 1)), 3).shape
    (2, 2, 2, 2, 27)
    """
    return _patches(volumes, size, 3, strides, dilation_rate, padding, data_format)


def _patches(images, size, rank, strides, dilation_rate, padding, data_format):
    images = tensor(images)
    if len(images.shape) not in (rank + 1, rank + 2):
        raise ValueError(
            f"extract_patches: windows over {rank} axes need inputs of rank {rank + 1} or, in "
            f"batches, {rank + 2}. Received: shape {tuple(images.shape)}"
        )
    is_single = len(images.shape) == rank + 1
    if is_single:
        images = PRIMITIVES["reshape"](images, shape=(1, *images.shape))
    first = channels_first(data_format)
    sides = images.shape[2:] if first else images.shape[1:-1]
    windows = Windows.over(
        sides,
        per_axis(size, rank, "size"),
        per_axis(size if strides is None else strides, rank, "strides"),
        padding_name(padding),
        per_axis(dilation_rate, rank, "dilation_rate"),
    )
    check_windows_fit(windows, sides, "extract_patches")
    found = window_elements(images, windows=windows, channels_first=first)
    return PRIMITIVES["reshape"](found, shape=found.shape[1:]) if is_single else found
