"""keras.ops.image.resize."""

from minikeras.backend.autodiff import PRIMITIVES
from minikeras.backend.dtypes import is_float_dtype
from minikeras.backend.image import FILTERS, nearest_places, resample, resize_weights
from minikeras.backend.xp import np
from minikeras.ops.arguments import floating, tensor
from minikeras.ops.windowing import channels_first, per_axis
from minikeras.symbolic.operation import op

__all__ = ["resize"]

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
            "resize: Invalid images rank: expected rank 3 (one image) or rank 4 (a batch of them). "
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
