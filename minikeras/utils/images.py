"""Pictures between files, Pillow and arrays."""

import io
import os
import warnings

import numpy as np

from minikeras import config, ops
from minikeras.backend.xp import to_numpy
from minikeras.utils.stages import host_array

COLOR_MODES = {"grayscale": 1, "rgb": 3, "rgba": 4}
# What Pillow calls pictures of one channel: of 8, 16 and 32 bits.
_GRAYSCALE = ("L", "I;16", "I")
_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")


def pillow(user):
    """Pillow's module `PIL.Image`.

    Args:
        user: the name of the function that needs it, for the message if it is missing.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(
            f"{user} needs Pillow, which reads and writes pictures. Install it with "
            "`pip install 'keras-on-numpy[image]'` or `pip install pillow`."
        ) from error
    return Image


def array_to_img(x, data_format=None, scale=True, dtype=None):
    """An array as a picture of Pillow.

    Args:
        x: ``(height, width, channels)`` or, channels first, ``(channels, height, width)``, with 1,
            3 or 4 channels.
        data_format: ``"channels_last"`` or ``"channels_first"``; by default that of the
            configuration.
        scale: whether to stretch the values so that the least becomes 0 and the largest 255;
            otherwise they must lie between 0 and 255 (of one channel also above).
        dtype: the dtype in which this is computed, by default floatx.

    Returns:
        A `PIL.Image.Image` of mode ``L``, ``RGB`` or ``RGBA``; of mode ``I`` for one channel with
        values over 255.

    Raises:
        ImportError: without Pillow.
        ValueError: if ``x`` is no single picture.

    >>> import minikeras as keras
    >>> image = keras.utils.array_to_img([[[0.0], [0.5]], [[1.0], [0.0]]])
    >>> image.size, image.mode, image.getpixel((0, 1))
    ((2, 2), 'L', 255)
    """
    image = pillow("array_to_img")
    data_format = config.standardize_data_format(data_format)
    x = host_array(x).astype(dtype or config.floatx())
    if x.ndim != 3:
        raise ValueError(f"array_to_img expects one picture with 3 axes. Received shape: {x.shape}")
    if data_format == "channels_first":
        x = x.transpose(1, 2, 0)
    channels = x.shape[2]
    if channels not in COLOR_MODES.values():
        raise ValueError(
            f"A picture has 1, 3 or 4 channels. Received: {channels} channels, {data_format}"
        )
    if scale:
        x = x - x.min()
        largest = x.max()
        x = (x / largest if largest else x) * 255
    if channels == 1:
        x = x[:, :, 0]
        return image.fromarray(x.astype("int32" if x.max() > 255 else "uint8"))
    return image.fromarray(np.ascontiguousarray(x.astype("uint8")))


def img_to_array(img, data_format=None, dtype=None):
    """A picture of Pillow as an array.

    Args:
        img: a `PIL.Image.Image`, or an array of two or three axes.
        data_format: ``"channels_last"`` or ``"channels_first"``; by default that of the
            configuration.
        dtype: of the result, by default floatx.

    Returns:
        A NumPy array ``(height, width, channels)`` or, channels first,
        ``(channels, height, width)``.

    >>> import minikeras as keras
    >>> image = keras.utils.array_to_img([[[0.0], [0.5]], [[1.0], [0.0]]])
    >>> keras.utils.img_to_array(image).tolist()
    [[[0.0], [127.0]], [[255.0], [0.0]]]
    """
    data_format = config.standardize_data_format(data_format)
    x = np.array(img, dtype=dtype or config.floatx())
    if x.ndim == 2:
        return x[None] if data_format == "channels_first" else x[:, :, None]
    if x.ndim != 3:
        raise ValueError(f"A picture has 2 or 3 axes. Received shape: {x.shape}")
    return x.transpose(2, 0, 1) if data_format == "channels_first" else x


def save_img(path, x, data_format=None, file_format=None, scale=True, **kwargs):
    """Write an array to a picture file.

    Args:
        path: a path, or a file object open for writing bytes.
        x: an array as for `array_to_img`.
        data_format: ``"channels_last"`` or ``"channels_first"``; by default that of the
            configuration.
        file_format: the format, such as ``"png"``; by default that of the name's ending. A file
            object needs it.
        scale: whether to stretch the values from 0 to 255.
        **kwargs: options of Pillow for the format, such as ``quality=95``.

    >>> import io
    >>> import minikeras as keras
    >>> file = io.BytesIO()
    >>> keras.utils.save_img(file, [[[0.0], [1.0]]], file_format="png")
    >>> keras.utils.load_img(file).size
    (2, 1)
    """
    is_path = isinstance(path, (str, bytes, os.PathLike))
    if file_format is None and is_path:
        file_format = os.path.splitext(os.fsdecode(path))[1][1:].lower()
    if not file_format:
        raise ValueError(
            f"file_format must be given for what has no ending in its name. Received: {path!r}"
        )
    if file_format.lower() == "jpg":
        file_format = "jpeg"
    img = array_to_img(x, data_format=data_format, scale=scale)
    if img.mode == "RGBA" and file_format.lower() == "jpeg":
        warnings.warn(
            "JPEG files hold no transparency: the fourth channel is left out.",
            UserWarning,
            stacklevel=2,
        )
        img = img.convert("RGB")
    img.save(os.fsdecode(path) if is_path else path, format=file_format, **kwargs)


def load_img(
    path, color_mode="rgb", target_size=None, interpolation="nearest", keep_aspect_ratio=False
):
    """Read a picture file.

    Args:
        path: a path, or a file object such as `io.BytesIO`.
        color_mode: ``"grayscale"``, ``"rgb"`` or ``"rgba"``. Gray pictures of 16 and 32 bits keep
            them.
        target_size: ``(height, width)`` to resize to, or None.
        interpolation: ``"nearest"``, ``"bilinear"``, ``"bicubic"``, ``"lanczos"``, ``"box"`` or
            ``"hamming"``, by Pillow's rules (which widen filters where pictures shrink).
        keep_aspect_ratio: whether the largest part in the middle with the proportions of
            ``target_size`` is taken, rather than the whole picture distorted.

    Returns:
        A `PIL.Image.Image`.

    Raises:
        ImportError: without Pillow.

    >>> import io
    >>> import minikeras as keras
    >>> file = io.BytesIO()
    >>> keras.utils.save_img(file, [[[0, 0, 0], [255, 0, 0]]], scale=False, file_format="png")
    >>> keras.utils.img_to_array(keras.utils.load_img(file, target_size=(1, 4)))[0, :, 0].tolist()
    [0.0, 0.0, 255.0, 255.0]
    """
    image = pillow("load_img")
    if color_mode not in COLOR_MODES:
        raise ValueError(
            f"color_mode must be one of {tuple(COLOR_MODES)}. Received: {color_mode!r}"
        )
    if interpolation not in _INTERPOLATIONS:
        raise ValueError(
            f"interpolation must be one of {_INTERPOLATIONS}. Received: {interpolation!r}"
        )
    if isinstance(path, (str, bytes, os.PathLike)):
        with open(path, "rb") as file:
            path = io.BytesIO(file.read())
    elif not hasattr(path, "read"):
        raise TypeError(
            f"path must be a path or a file object. Received: {path!r} of type "
            f"{type(path).__name__}"
        )
    img = in_color_mode(image.open(path), color_mode)
    img.load()
    if target_size is None:
        return img
    height, width = target_size
    if img.size == (width, height):
        return img
    box = _middle(img.size, (width, height)) if keep_aspect_ratio else None
    return img.resize((width, height), image.Resampling[interpolation.upper()], box=box)


def in_color_mode(img, color_mode):
    """A picture of Pillow converted to a color mode if it has another."""
    if color_mode == "grayscale":
        return img if img.mode in _GRAYSCALE else img.convert("L")
    return img if img.mode == color_mode.upper() else img.convert(color_mode.upper())


def _middle(size, target):
    """The box of the largest part in the middle of a picture with the proportions of ``target``."""
    (width, height), (target_width, target_height) = size, target
    new_height = min(height, width * target_height // target_width)
    new_width = min(width, height * target_width // target_height)
    left, top = (width - new_width) // 2, (height - new_height) // 2
    return left, top, left + new_width, top + new_height


def smart_resize(x, size, interpolation="bilinear", data_format="channels_last", **kwargs):
    """Resize pictures without distorting them: what does not fit is cut off.

    The largest part in the middle with the proportions of ``size`` is taken and resized.

    Args:
        x: one picture or a batch of them, ``(..., height, width, channels)`` or, channels first,
            ``(..., channels, height, width)``.
        size: the new ``(height, width)``.
        interpolation: ``"bilinear"``, ``"nearest"``, ``"bicubic"``, ``"lanczos3"`` or
            ``"lanczos5"``, as in `keras.ops.image.resize`.
        data_format: ``"channels_last"`` or ``"channels_first"``.
        **kwargs: ``backend_module``, a module with functions ``convert_to_tensor`` and
            ``image.resize`` to be used instead of `keras.ops`.

    Returns:
        A NumPy array for a NumPy array, a tensor otherwise.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> keras.preprocessing.image.smart_resize(np.ones((6, 10, 3)), (3, 3)).shape
    (3, 3, 3)
    """
    module = kwargs.pop("backend_module", None) or ops
    if kwargs:
        raise TypeError(f"smart_resize() does not know the arguments {sorted(kwargs)}")
    if len(size) != 2:
        raise ValueError(f"size must be (height, width). Received: {size!r}")
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError(
            f"data_format must be 'channels_last' or 'channels_first'. Received: {data_format!r}"
        )
    images = module.convert_to_tensor(x)
    if len(images.shape) not in (3, 4):
        raise ValueError(
            "smart_resize expects one picture (3 axes) or a batch of them (4 axes). "
            f"Received shape: {tuple(images.shape)}"
        )
    axis = -3 if data_format == "channels_last" else -2
    height, width = images.shape[axis], images.shape[axis + 1]
    new_height = max(min(height, int(width * size[0] / size[1])), 1)
    new_width = max(min(width, int(height * size[1] / size[0])), 1)
    top, left = (height - new_height) // 2, (width - new_width) // 2
    part = (slice(top, top + new_height), slice(left, left + new_width))
    images = images[(..., *part, slice(None))] if axis == -3 else images[(..., *part)]
    images = module.image.resize(
        images, tuple(size), interpolation=interpolation, data_format=data_format
    )
    return to_numpy(images) if isinstance(x, np.ndarray) else images
