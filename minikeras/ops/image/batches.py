"""Tidying images: one or a batch of them, channels before or behind height and width."""

from minikeras.backend import shaping
from minikeras.backend.dtypes import is_float_dtype
from minikeras.backend.elementwise import cast, clip
from minikeras.backend.sampling import round_half_away
from minikeras.backend.xp import xp
from minikeras.ops.arguments import tensor


def checked(images, what, name="images"):
    """``images`` as a tensor of rank 3 or 4.

    Raises:
        ValueError: if the rank is another. ``what`` names the op.
    """
    images = tensor(images)
    if len(images.shape) not in (3, 4):
        raise ValueError(
            f"{what}: Invalid {name} rank: expected rank 3 (one image) or rank 4 (a batch of "
            "them). "
            f"Received: shape {tuple(images.shape)}"
        )
    return images


def in_batch(images):
    """Images of rank 3 or 4 as a batch, and what turns the batch into the form they came in."""
    if len(images.shape) == 4:
        return images, lambda found: found
    batch = shaping.reshape(images, shape=(1, *images.shape))
    return batch, lambda found: shaping.reshape(found, shape=found.shape[1:])


def channels_last(images, is_first):
    """A batch with the channels behind height and width."""
    return shaping.moveaxis(images, 1, -1) if is_first else images


def channels_back(images, is_first):
    """What `channels_last` did, undone."""
    return shaping.moveaxis(images, -1, 1) if is_first else images


def in_dtype(found, dtype):
    """Floats in the dtype of the images that they were made from; integers are rounded.

    Halves go away from zero, and no value leaves the range of the dtype.
    """
    if found.dtype == dtype:
        return found
    if is_float_dtype(dtype) or dtype == "bool":
        return cast(found, dtype=dtype)
    limits = xp.iinfo(dtype)
    held = clip(round_half_away(found), float(limits.min), float(limits.max))
    return cast(held, dtype=dtype)
