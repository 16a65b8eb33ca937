"""keras.ops.image: colours in grey, in red, green and blue, and in hue, saturation and value."""

from minikeras.backend import elementwise, logic, reduction, shaping
from minikeras.backend.elementwise import add, multiply, subtract, true_divide, where
from minikeras.backend.indexing import get_item
from minikeras.backend.xp import xp
from minikeras.ops.arguments import floating
from minikeras.ops.image.batches import checked
from minikeras.ops.windowing import channels_first
from minikeras.symbolic.operation import op

__all__ = ["hsv_to_rgb", "rgb_to_grayscale", "rgb_to_hsv"]

# What red, green and blue contribute to brightness: ITU-R BT.601, to the digits that Keras takes.
_BRIGHTNESS = (0.2989, 0.5870, 0.1140)


@op
def rgb_to_grayscale(images, data_format=None):
    """The brightness of colours: 0.2989 red + 0.587 green + 0.114 blue.

    Args:
        images: ``(height, width, 3)`` or ``(batch, height, width, 3)``; with
            ``data_format="channels_first"`` the channels stand before the height. Images with a
            single channel are returned as they are.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.

    Returns:
        Images with one channel, of the same dtype; of integers the fraction is cut off.

    Raises:
        ValueError: if there are neither three channels nor one.

    >>> import minikeras as keras
    >>> keras.ops.image.rgb_to_grayscale(keras.ops.ones((2, 4, 5, 3))).shape
    (2, 4, 5, 1)
    """
    images = checked(images, "rgb_to_grayscale")
    axis = _channel_axis(images, data_format)
    channels = images.shape[axis]
    if channels not in (1, 3):
        raise ValueError(
            "rgb_to_grayscale: Invalid channel size: expected 3 (RGB) or 1 (Grayscale). "
            f"Received: {channels} channels in shape {tuple(images.shape)}"
        )
    if channels == 1:
        return images
    floats = floating(images)
    shares = xp.asarray(_BRIGHTNESS, dtype=floats.dtype)
    shares = shares.reshape([3 if i == axis else 1 for i in range(len(images.shape))])
    found = reduction.sum(multiply(floats, shares), axis=axis, keepdims=True)
    return elementwise.cast(found, dtype=images.dtype)


@op
def rgb_to_hsv(images, data_format=None):
    """Hue, saturation and value of colours given as red, green and blue.

    Smith 1978, "Color gamut transform pairs".

    Args:
        images: floats in [0, 1] of shape ``(height, width, 3)`` or ``(batch, height, width, 3)``;
            with ``data_format="channels_first"`` the channels stand before the height.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.

    Returns:
        Images of the same shape and dtype. The hue goes from 0 (red) by 1/3 (green) and 2/3 (blue)
        to 1 (red); that of grey is 0.

    Raises:
        ValueError: if the images are no floats with three channels.

    >>> import minikeras as keras
    >>> keras.ops.image.rgb_to_hsv([[[0.0, 0.0, 0.5]]])[0, 0, 1:].tolist()
    [1.0, 0.5]
    """
    images, axis = _colours(images, data_format, "rgb_to_hsv")
    is_dark = logic.less(elementwise.absolute(images), float(xp.finfo(images.dtype).eps))
    red, green, blue = _planes(where(is_dark, 0, images), axis)
    value = elementwise.maximum(elementwise.maximum(red, green), blue)
    span = subtract(value, elementwise.minimum(elementwise.minimum(red, green), blue))
    has_colour, is_lit = logic.greater(span, 0), logic.greater(value, 0)
    saturation = where(is_lit, true_divide(span, where(is_lit, value, 1)), 0)
    # The hue in sixths of the circle, from the two colours beside the brightest one.
    scale = elementwise.reciprocal(where(has_colour, span, 1))
    near_red = multiply(subtract(green, blue), scale)
    near_green = add(multiply(subtract(blue, red), scale), 2)
    near_blue = add(multiply(subtract(red, green), scale), 4)
    sixths = where(logic.equal(value, green), near_green, near_blue)
    sixths = where(logic.equal(value, red), near_red, sixths)
    sixths = where(has_colour, sixths, 0)
    sixths = where(logic.less(sixths, 0), add(sixths, 6), sixths)
    return shaping.stack(true_divide(sixths, 6), saturation, value, axis=axis)


@op
def hsv_to_rgb(images, data_format=None):
    """Red, green and blue of colours given as hue, saturation and value.

    Smith 1978, "Color gamut transform pairs".

    Args:
        images: floats of shape ``(height, width, 3)`` or ``(batch, height, width, 3)``; with
            ``data_format="channels_first"`` the channels stand before the height. The hue
            counts modulo 1, the others lie in [0, 1].
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.

    Returns:
        Images of the same shape and dtype.

    Raises:
        ValueError: if the images are no floats with three channels.

    >>> import minikeras as keras
    >>> keras.ops.image.hsv_to_rgb([[[0.0, 1.0, 0.5]]]).tolist()
    [[[0.5, 0.0, 0.0]]]
    """
    images, axis = _colours(images, data_format, "hsv_to_rgb")
    hue, saturation, value = _planes(images, axis)
    sixths = multiply(elementwise.mod(hue, 1.0), 6)
    away_from_cyan = elementwise.absolute(subtract(sixths, 3))
    amounts = (
        subtract(away_from_cyan, 1),
        subtract(2, elementwise.absolute(subtract(sixths, 2))),
        subtract(2, elementwise.absolute(subtract(sixths, 4))),
    )
    planes = [
        multiply(value, add(subtract(1, saturation), multiply(saturation, _within_unit(amount))))
        for amount in amounts
    ]
    return shaping.stack(*planes, axis=axis)


def _within_unit(x):
    return elementwise.clip(x, 0.0, 1.0)


def _channel_axis(images, data_format):
    return len(images.shape) - (3 if channels_first(data_format) else 1)


def _colours(images, data_format, what):
    """Images checked to be floats with three channels, and the axis of these."""
    images = checked(images, what)
    axis = _channel_axis(images, data_format)
    if images.dtype.kind != "f":
        raise ValueError(
            f"{what}: Invalid images dtype: expected float dtype. Received: {images.dtype}"
        )
    if images.shape[axis] != 3:
        raise ValueError(
            f"{what}: images must have three channels. Received: shape {tuple(images.shape)} with "
            f"{images.shape[axis]} channels"
        )
    return images, axis


def _planes(images, axis):
    before = [slice(None)] * axis
    return [get_item(images, index=(*before, i)) for i in range(3)]
