"""Pictures turned, shifted, sheared, zoomed, brightened: what `ImageDataGenerator` does to one."""

import os

import numpy as np

from minikeras.legacy.arguments.functions import of_old
from minikeras.legacy.era import era
from minikeras.legacy.preprocessing.manners import manner
from minikeras.utils import images

PICTURES = ("jpg", "jpeg", "bmp", "png", "ppm", "tif", "tiff")
_FIRST = "x {} row_axis col_axis channel_axis fill_mode cval"
_NEAREST = {"interpolation_order": 0}


@of_old(_FIRST.format("rg"), defaults=_NEAREST)
def random_rotation(
    x,
    rg,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """A picture turned by a random angle.

    Args:
        x: an array of three axes.
        rg: the largest angle, in degrees; one between ``-rg`` and ``rg`` is drawn from NumPy's
            global generator.
        row_axis, col_axis, channel_axis: which axis is which.
        fill_mode: what lies beyond the edges: ``"nearest"``, ``"constant"``, ``"reflect"`` or
            ``"wrap"``, as in `scipy.ndimage`.
        cval: the value beyond the edges for ``"constant"``.
        interpolation_order: the order of the splines between pixels, 1 by default, 0 in Keras 1.

    Returns:
        An array of the same shape.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> keras.preprocessing.image.random_rotation(np.ones((3, 4, 4)), 90).mean().tolist()
    1.0
    """
    angle = np.random.uniform(-rg, rg)
    return _moved(x, {"theta": angle}, (row_axis, col_axis, channel_axis), fill_mode, cval,
                  interpolation_order)  # fmt: skip


@of_old(_FIRST.format("wrg hrg"), defaults=_NEAREST)
def random_shift(
    x,
    wrg,
    hrg,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """A picture shifted by random parts of its width and height.

    Args:
        x: an array of three axes.
        wrg, hrg: the largest shift along the width and the height, as a part of them.
        row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order: as of
            `random_rotation`.

    Returns:
        An array of the same shape.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> keras.preprocessing.image.random_shift(np.ones((3, 4, 4)), 0.5, 0.5).mean().tolist()
    1.0
    """
    down = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    right = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    return _moved(x, {"tx": down, "ty": right}, (row_axis, col_axis, channel_axis), fill_mode, cval,
                  interpolation_order)  # fmt: skip


@of_old(_FIRST.format("intensity"), defaults=_NEAREST)
def random_shear(
    x,
    intensity,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """A picture sheared by a random angle.

    Args:
        x: an array of three axes.
        intensity: the largest angle, in degrees; in radians in Keras 1.
        row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order: as of
            `random_rotation`.

    Returns:
        An array of the same shape.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> keras.preprocessing.image.random_shear(np.ones((3, 4, 4)), 20).mean().tolist()
    1.0
    """
    angle = np.random.uniform(-intensity, intensity)
    return _moved(x, {"shear": angle}, (row_axis, col_axis, channel_axis), fill_mode, cval,
                  interpolation_order)  # fmt: skip


@of_old(_FIRST.format("zoom_range"), defaults=_NEAREST)
def random_zoom(
    x,
    zoom_range,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """A picture zoomed by random factors, one for each side.

    Args:
        x: an array of three axes.
        zoom_range: the least and the largest factor; above 1 a picture becomes smaller.
        row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order: as of
            `random_rotation`.

    Returns:
        An array of the same shape.

    Raises:
        ValueError: unless ``zoom_range`` is two numbers.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> keras.preprocessing.image.random_zoom(np.ones((3, 4, 4)), (0.5, 1)).mean().tolist()
    1.0
    """
    if np.shape(zoom_range) != (2,):
        raise ValueError(f"zoom_range must be two numbers. Received: {zoom_range!r}")
    zx, zy = drawn_zoom(zoom_range)
    return _moved(x, {"zx": zx, "zy": zy}, (row_axis, col_axis, channel_axis), fill_mode, cval,
                  interpolation_order)  # fmt: skip


def drawn_zoom(zoom_range):
    """Two random factors; nothing is drawn where both can only be 1."""
    low, high = zoom_range
    return (1, 1) if low == high == 1 else tuple(np.random.uniform(low, high, 2))


def _moved(x, movement, axes, fill_mode, cval, order):
    rows, columns, channels = axes
    return apply_affine_transform(
        x, **movement, row_axis=rows, col_axis=columns, channel_axis=channels, fill_mode=fill_mode,
        cval=cval, order=order,
    )  # fmt: skip


def apply_affine_transform(
    x,
    theta=0,
    tx=0,
    ty=0,
    shear=0,
    zx=1,
    zy=1,
    row_axis=0,
    col_axis=1,
    channel_axis=2,
    fill_mode="nearest",
    cval=0.0,
    order=1,
):
    """A picture turned, shifted, sheared and zoomed about its middle.

    Args:
        x: an array of three axes.
        theta: an angle in degrees.
        tx, ty: shifts along the height and the width, in pixels.
        shear: an angle in degrees; in radians in Keras 1.
        zx, zy: factors of the height and the width (in tf.keras of late the width and the height);
            above 1 the picture becomes smaller.
        row_axis, col_axis, channel_axis: which axis is which.
        fill_mode, cval: as of `random_rotation`.
        order: the order of the splines between pixels.

    Returns:
        An array of the same shape; ``x`` itself if nothing is asked for.

    Raises:
        ValueError: if ``x`` has not three axes, or the three named are not those.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> x = np.arange(3.0).reshape(1, 3, 1)
    >>> with keras.legacy.era_scope(2):
    ...     keras.preprocessing.image.apply_affine_transform(x, ty=1)[0, :, 0].tolist()
    [1.0, 2.0, 2.0]
    """
    return affine(x, (theta, tx, ty, shear, zx, zy), (row_axis, col_axis, channel_axis), fill_mode,
                  cval, order, manner())  # fmt: skip


def affine(x, movement, axes, fill_mode, cval, order, as_of):
    """`apply_affine_transform` in the manner ``as_of`` of an era.

    Args:
        x: an array of three axes.
        movement: ``(theta, tx, ty, shear, zx, zy)``.
        axes: those of rows, columns and channels.
        fill_mode, cval, order: as of `apply_affine_transform`.
        as_of: a `Manner`.
    """
    rows, columns, channels = axes
    if np.ndim(x) != 3 or sorted(axis % 3 for axis in axes) != [0, 1, 2]:
        raise ValueError(
            "A picture has three axes: of rows, columns and channels. Received: an array of shape "
            f"{np.shape(x)} with row_axis={rows}, col_axis={columns}, channel_axis={channels}"
        )
    matrix = _matrix(*movement, as_of.shear_in_degrees)
    if matrix is None:
        return x
    matrix = _about_the_middle(matrix, x.shape[rows], x.shape[columns], as_of.middle)
    if as_of.swaps and columns > rows:
        matrix = matrix[[1, 0, 2]][:, [1, 0, 2]]
    return apply_matrix(x, matrix, channels, fill_mode, cval, order)


def _matrix(theta, tx, ty, shear, zx, zy, shear_in_degrees):
    """The matrix of a movement, from coordinates of the result to those of the picture, or None."""
    parts = []
    if theta != 0:
        sine, cosine = np.sin(np.deg2rad(theta)), np.cos(np.deg2rad(theta))
        parts.append([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    if tx != 0 or ty != 0:
        parts.append([[1, 0, tx], [0, 1, ty], [0, 0, 1]])
    if shear != 0:
        shear = np.deg2rad(shear) if shear_in_degrees else shear
        parts.append([[1, -np.sin(shear), 0], [0, np.cos(shear), 0], [0, 0, 1]])
    if zx != 1 or zy != 1:
        parts.append([[zx, 0, 0], [0, zy, 0], [0, 0, 1]])
    matrix = None
    for part in parts:
        matrix = np.array(part, float) if matrix is None else matrix @ np.array(part, float)
    return matrix


def transform_matrix_offset_center(matrix, x, y):
    """The matrix of the same movement about the middle of a picture instead of its corner.

    Args:
        matrix: of shape ``(3, 3)``, for coordinates ``(row, column, 1)``.
        x, y: the height and the width.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> with keras.legacy.era_scope(1):
    ...     matrix = keras.preprocessing.image.transform_matrix_offset_center(
    ...         np.diag([2.0, 2.0, 1.0]), 3, 5)
    >>> matrix[:2, 2].tolist()
    [-2.0, -3.0]
    """
    return _about_the_middle(matrix, x, y, manner().middle)


def _about_the_middle(matrix, height, width, middle):
    offset = np.eye(3)
    offset[:2, 2] = height / 2 + middle, width / 2 + middle
    back = np.eye(3)
    back[:2, 2] = -offset[:2, 2]
    return offset @ matrix @ back


def apply_transform(x, transform_matrix, channel_axis=0, fill_mode="nearest", cval=0.0):
    """A picture moved by a matrix, each pixel taken from the nearest place (Keras 1).

    Args:
        x: an array of three axes.
        transform_matrix: of shape ``(3, 3)``, from coordinates of the result to those of ``x``.
        channel_axis: the axis of the channels.
        fill_mode, cval: as of `random_rotation`.

    Returns:
        An array of the same shape.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> x, shift = np.arange(3.0).reshape(1, 1, 3), np.array([[1, 0, 0], [0, 1, 1], [0, 0, 1]])
    >>> keras.preprocessing.image.apply_transform(x, shift)[0, 0].tolist()
    [1.0, 2.0, 2.0]
    """
    return apply_matrix(x, np.asarray(transform_matrix), channel_axis, fill_mode, cval, 0)


def apply_matrix(x, matrix, channel_axis, fill_mode, cval, order):
    """A picture moved by a matrix, channel by channel."""
    from scipy import ndimage

    channels = np.moveaxis(np.asarray(x), channel_axis, 0)
    moved = [
        ndimage.affine_transform(
            channel, matrix[:2, :2], matrix[:2, 2], order=order, mode=fill_mode, cval=cval
        )
        for channel in channels
    ]
    return np.moveaxis(np.stack(moved), 0, channel_axis)


def apply_channel_shift(x, intensity, channel_axis=0):
    """A picture with a number added to all values, which stay between the least and the largest.

    Args:
        x: an array of three axes.
        intensity: the number; or one for each channel.
        channel_axis: the axis of the channels.

    Returns:
        An array of the same shape.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> keras.preprocessing.image.apply_channel_shift(np.array([[[0.0, 2.0, 5.0]]]), 1).tolist()
    [[[1.0, 3.0, 5.0]]]
    """
    if np.ndim(intensity):
        shape = [1] * x.ndim
        shape[channel_axis] = -1
        intensity = np.reshape(intensity, shape)
    shifted = x + np.asarray(intensity, x.dtype if x.dtype.kind == "f" else None)
    return np.clip(shifted, np.min(x), np.max(x))


@of_old("x intensity channel_axis", {"intensity": "intensity_range"})
def random_channel_shift(x, intensity_range, channel_axis=0):
    """A picture with a random number added to all values (in Keras 1, one for each channel).

    Args:
        x: an array of three axes.
        intensity_range: the largest number.
        channel_axis: the axis of the channels.

    Returns:
        An array of the same shape.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> keras.preprocessing.image.random_channel_shift(np.ones((1, 1, 2)), 0.5).tolist()
    [[[1.0, 1.0]]]
    """
    return apply_channel_shift(
        x, drawn_channel_shift(intensity_range, x.shape[channel_axis], era()), channel_axis
    )


def drawn_channel_shift(reach, channels, era_then):
    """A random number, or one for each channel as in Keras 1."""
    return np.random.uniform(-reach, reach, channels if era_then == 1 else None)


def apply_brightness_shift(x, brightness, scale=True):
    """A picture made darker or brighter, by Pillow.

    Args:
        x: an array of three axes, with 1, 3 or 4 channels.
        brightness: the factor of all values; 0 for black.
        scale: whether values are stretched to lie from 0 to 255 before; until Keras 2.3 they always
            are. Otherwise only values that do not lie there, and they are put back after.

    Returns:
        An array of the same shape, of whole numbers if values are not put back.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> x = np.array([[[10.0]], [[100.0]]])
    >>> keras.preprocessing.image.apply_brightness_shift(x, 0.5, scale=False).tolist()
    [[[5.0]], [[50.0]]]
    """
    as_of = manner()
    return brightened(x, brightness, scale, None if as_of.swaps else "channels_last", as_of)


def brightened(x, brightness, scale, data_format, as_of):
    """`apply_brightness_shift` in the manner ``as_of`` of an era, for a data format."""
    images.pillow("A change of brightness")
    from PIL import ImageEnhance

    low, high = np.min(x), np.max(x)
    is_outside = low < 0 or high > 255
    if as_of.stretches:
        picture = images.array_to_img(stretched(x), data_format=data_format, scale=False)
    else:
        picture = images.array_to_img(x, data_format=data_format, scale=scale or is_outside)
    result = ImageEnhance.Brightness(picture).enhance(brightness)
    result = images.img_to_array(result, data_format=data_format)
    if is_outside and not (scale or as_of.stretches):
        result = result / 255 * (high - low) + low
    return result


def stretched(x):
    """Values so that the largest is 255 and none is below 0, as `array_to_img` did until 2.3."""
    x = np.asarray(x, "float32")
    x = x + max(-np.min(x), 0)
    largest = np.max(x)
    return (x / largest if largest else x) * 255


def random_brightness(x, brightness_range, scale=True):
    """A picture made darker or brighter by a random factor.

    Args:
        x: an array of three axes, with 1, 3 or 4 channels.
        brightness_range: the least and the largest factor.
        scale: as of `apply_brightness_shift`.

    Returns:
        An array of the same shape.

    Raises:
        ValueError: unless ``brightness_range`` is two numbers.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> keras.preprocessing.image.random_brightness(np.ones((2, 2, 1)), (0, 0)).max().tolist()
    0.0
    """
    if np.shape(brightness_range) != (2,):
        raise ValueError(f"brightness_range must be two numbers. Received: {brightness_range!r}")
    return apply_brightness_shift(x, np.random.uniform(*brightness_range), scale)


def flip_axis(x, axis):
    """An array with one axis reversed.

    >>> import minikeras as keras
    >>> keras.preprocessing.image.flip_axis([[1, 2]], 1).tolist()
    [[2, 1]]
    """
    return np.flip(np.asarray(x), axis)


def list_pictures(directory, ext=PICTURES):
    """The paths of all pictures below a folder.

    Args:
        directory: the folder.
        ext: endings of names, ``"jpg|png"`` as in Keras 1 or a tuple of them.

    >>> import minikeras as keras
    >>> keras.preprocessing.image.list_pictures("no such folder")
    []
    """
    endings = ext.split("|") if isinstance(ext, str) else ext
    endings = tuple(f".{ending}" for ending in endings)
    return [
        os.path.join(folder, name)
        for folder, _, names in os.walk(directory)
        for name in names
        if name.lower().endswith(endings)
    ]
