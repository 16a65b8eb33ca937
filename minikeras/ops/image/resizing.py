"""keras.ops.image: resizing images and cutting them into patches."""

from minikeras.backend.autodiff import PRIMITIVES
from minikeras.backend.dtypes import is_float_dtype
from minikeras.backend.image import FILTERS, nearest_places, resample, resize_weights
from minikeras.backend.patches import window_elements
from minikeras.backend.windows import Windows
from minikeras.backend.xp import np
from minikeras.ops.arguments import floating, tensor
from minikeras.ops.windowing import channels_first, check_windows_fit, padding_name, per_axis
from minikeras.symbolic.operation import op

__all__ = ["extract_patches", "extract_patches_3d", "resize"]

INTERPOLATIONS = ("nearest", *FILTERS)


@op
def resize(
    images,
    size,
    interpolation="bilinear",
    antialias=False,
    crop_to_aspect_ratio=False,
    pad_to_aspect_ratio=False,
    fill_mode="constant",
    fill_value=0.0,
    data_format=None,
):
    """Images of another height and width.

    Args:
        images: ``(height, width, channels)`` or ``(batch, height, width, channels)``; with
            ``data_format="channels_first"`` the channels stand before the height.
        size: the new height and width.
        interpolation: ``"nearest"``, ``"bilinear"``, ``"bicubic"`` (Keys, a = -1/2), ``"lanczos3"``
            or ``"lanczos5"``.
        antialias: whether to smooth images that become smaller.
        crop_to_aspect_ratio: whether to cut the image to the new proportions first, around its
            middle.
        pad_to_aspect_ratio: whether to pad it to the new proportions first, evenly.
        fill_mode: how to pad; only ``"constant"``.
        fill_value: what to pad with.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.

    Returns:
        Images of the same dtype; values between integers are rounded and held within its range.

    Raises:
        ValueError: if an argument has a value that is not listed.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape([1.0, 3.0], (1, 2, 1))
    >>> keras.ops.image.resize(x, (1, 4))[0, :, 0].tolist()
    [1.0, 1.5, 2.5, 3.0]
    """
    images = tensor(images)
    if interpolation not in INTERPOLATIONS:
        raise ValueError(
            f"resize: interpolation must be one of {INTERPOLATIONS}. Received: {interpolation!r}"
        )
    if fill_mode != "constant":
        raise ValueError(f"resize: fill_mode can only be 'constant'. Received: {fill_mode!r}")
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError(
            "resize: only one of crop_to_aspect_ratio and pad_to_aspect_ratio is possible"
        )
    if len(images.shape) not in (3, 4):
        raise ValueError(
            "resize takes one image (rank 3) or a batch of them (rank 4). "
            f"Received: shape {tuple(images.shape)}"
        )
    size = per_axis(size if isinstance(size, (tuple, list)) else tuple(size), 2, "size")
    height_axis = len(images.shape) - (2 if channels_first(data_format) else 3)
    axes = (height_axis, height_axis + 1)
    if crop_to_aspect_ratio:
        images = _cropped(images, axes, size)
    elif pad_to_aspect_ratio:
        images = _padded(images, axes, size, fill_value)
    return _resized(images, axes, size, interpolation, antialias)


def _resized(images, axes, size, interpolation, antialias):
    if interpolation == "nearest":
        for axis, side in zip(axes, size):
            if images.shape[axis] != side:
                places = nearest_places(images.shape[axis], side)
                images = PRIMITIVES["take"](images, places, axis=axis)
        return images
    found = floating(images)
    for axis, side in zip(axes, size):
        if found.shape[axis] != side:
            dtype = np.dtype(found.dtype).name
            weights = resize_weights(found.shape[axis], side, interpolation, bool(antialias), dtype)
            found = resample(found, weights, axis=axis)
    if is_float_dtype(images.dtype):
        return found
    limits = np.iinfo(images.dtype) if images.dtype != "bool" else None
    found = PRIMITIVES["round"](found)
    if limits is not None:
        found = PRIMITIVES["clip"](found, float(limits.min), float(limits.max))
    return PRIMITIVES["cast"](found, dtype=images.dtype)


def _proportional(images, axes, size):
    """Height and width that have the new proportions, each made to fit the other side."""
    height, width = (images.shape[axis] for axis in axes)
    return int(width * size[0] / size[1]), int(height * size[1] / size[0])


def _cropped(images, axes, size):
    index = [slice(None)] * len(images.shape)
    for axis, fitting in zip(axes, _proportional(images, axes, size)):
        side = images.shape[axis]
        kept = max(min(side, fitting), 1)
        start = (side - kept) // 2
        index[axis] = slice(start, start + kept)
    return PRIMITIVES["get_item"](images, index=tuple(index))


def _padded(images, axes, size, fill_value):
    for axis, fitting in zip(axes, _proportional(images, axes, size)):
        extra = (max(images.shape[axis], fitting) - images.shape[axis]) // 2
        if extra > 0:
            widths = [(0, 0)] * len(images.shape)
            widths[axis] = (extra, extra)
            return PRIMITIVES["pad"](images, pad_width=tuple(widths), value=fill_value)
    return images


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
    rank = len(size) if isinstance(size, (tuple, list)) else 2
    if rank not in (2, 3):
        raise ValueError(f"extract_patches: size must have two or three entries. Received: {size}")
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
