"""keras.ops.image: images cut and padded at their borders."""

from minikeras.backend.indexing import get_item
from minikeras.backend.shaping import pad
from minikeras.ops.image.batches import checked
from minikeras.ops.windowing import channels_first
from minikeras.symbolic.inference import known_shape
from minikeras.symbolic.operation import op

__all__ = ["crop_images", "pad_images"]


@op
def crop_images(
    images,
    top_cropping=None,
    left_cropping=None,
    bottom_cropping=None,
    right_cropping=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    """Images without some rows and columns at their borders.

    Two of ``top_cropping``, ``bottom_cropping`` and ``target_height`` say what is left of the
    height, two of ``left_cropping``, ``right_cropping`` and ``target_width`` what is left of the
    width; the third is None.

    Args:
        images: ``(height, width, channels)`` or ``(batch, height, width, channels)``; with
            ``data_format="channels_first"`` the channels stand before the height.
        top_cropping, bottom_cropping: how many rows to leave out.
        left_cropping, right_cropping: how many columns to leave out.
        target_height, target_width: how many rows and columns to keep.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.

    Returns:
        Images of the same dtype.

    Raises:
        ValueError: if not exactly two are given, or more is to be cut or kept than there is.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape(keras.ops.arange(12), (3, 4, 1))
    >>> keras.ops.image.crop_images(x, 1, 2, target_height=2, right_cropping=1)[..., 0].tolist()
    [[6], [10]]
    """
    images = checked(images, "crop_images")
    heights = ("top_cropping", top_cropping), ("bottom_cropping", bottom_cropping)
    widths = ("left_cropping", left_cropping), ("right_cropping", right_cropping)
    given = (*heights, ("target_height", target_height)), (*widths, ("target_width", target_width))
    index = [slice(None)] * len(images.shape)
    for axis, amounts in zip(_axes(images, data_format), given):
        _check("crop_images", amounts)
        (_, before), (_, after), (_, kept) = amounts
        side = images.shape[axis]
        if known_shape(images.shape)[axis] is None:
            side = max(side, sum(n or 0 for _, n in amounts))
            images = _stretched(images, axis, side)
        if kept is None:
            kept = side - before - after
        elif before is None:
            before = side - kept - after
        for part, number in enumerate((before, side - before - kept, kept)):
            if number < 0:
                _refuse("crop_images", amounts, images, side, part, number)
        index[axis] = slice(before, before + kept)
    return get_item(images, index=tuple(index))


@op
def pad_images(
    images,
    top_padding=None,
    left_padding=None,
    bottom_padding=None,
    right_padding=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    """Images with rows and columns of zeros around them.

    Two of ``top_padding``, ``bottom_padding`` and ``target_height`` say what becomes of the height,
    two of ``left_padding``, ``right_padding`` and ``target_width`` what becomes of the width; the
    third is None.

    Args:
        images: ``(height, width, channels)`` or ``(batch, height, width, channels)``; with
            ``data_format="channels_first"`` the channels stand before the height.
        top_padding, bottom_padding: how many rows to add.
        left_padding, right_padding: how many columns to add.
        target_height, target_width: how many rows and columns there are to be.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.

    Returns:
        Images of the same dtype.

    Raises:
        ValueError: if not exactly two are given, or the images are larger than they are to be.

    >>> import minikeras as keras
    >>> x = keras.ops.ones((1, 2, 1))
    >>> keras.ops.image.pad_images(x, 0, 1, target_height=2, target_width=4)[..., 0].tolist()
    [[0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """
    images = checked(images, "pad_images")
    heights = ("top_padding", top_padding), ("bottom_padding", bottom_padding)
    widths = ("left_padding", left_padding), ("right_padding", right_padding)
    given = (*heights, ("target_height", target_height)), (*widths, ("target_width", target_width))
    pad_width = [(0, 0)] * len(images.shape)
    for axis, amounts in zip(_axes(images, data_format), given):
        _check("pad_images", amounts)
        (_, before), (_, after), (_, target) = amounts
        side = images.shape[axis]
        if target is not None:
            if known_shape(images.shape)[axis] is None:
                side = min(side, max(target - (before or 0) - (after or 0), 0))
                images = _stretched(images, axis, side)
            rest = target - side - (after if before is None else before)
            before, after = (rest, after) if before is None else (before, rest)
        for part, number in enumerate((before, after)):
            if number < 0:
                _refuse("pad_images", amounts, images, side, part, number)
        pad_width[axis] = (before, after)
    return pad(images, pad_width=tuple(pad_width))


def _axes(images, data_format):
    """Those of height and width."""
    height = len(images.shape) - (2 if channels_first(data_format) else 3)
    return height, height + 1


def _check(what, amounts):
    """Of the amounts before, after and in all one is None, and none is negative."""
    numbers = [n for _, n in amounts if n is not None]
    received = ", ".join(f"{name}={n}" for name, n in amounts)
    if len(numbers) != 2:
        names = ", ".join(name for name, _ in amounts)
        raise ValueError(f"{what}: exactly two of {names} must be given. Received: {received}")
    for name, n in amounts:
        if n is not None and n < 0:
            raise ValueError(f"{what}: {name} must be >= 0. Received: {received}")


def _refuse(what, amounts, images, side, part, number):
    """Raise a ValueError: one of the amounts would have to be negative."""
    received = ", ".join(f"{name}={n}" for name, n in amounts)
    raise ValueError(
        f"{what}: {amounts[part][0]} must be >= 0; images of side {side} would need {number}. "
        f"Received: {received}, images of shape {tuple(images.shape)}"
    )


def _stretched(images, axis, side):
    """While shapes are inferred: an axis of unknown length made to fit the other numbers."""
    index = (*[slice(None)] * axis, slice(0, side))
    extra = max(side - images.shape[axis], 0)
    widths = [(0, extra if i == axis else 0) for i in range(len(images.shape))]
    return pad(get_item(images, index=index), pad_width=tuple(widths))
