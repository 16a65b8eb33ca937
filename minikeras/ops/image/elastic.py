"""keras.ops.image.elastic_transform."""

from minikeras.backend import random as draws
from minikeras.backend.elementwise import add, cast, multiply
from minikeras.backend.indexing import get_item
from minikeras.backend.xp import xp
from minikeras.ops.arguments import on_host, tensor
from minikeras.ops.image.batches import channels_back, channels_last, checked, in_batch
from minikeras.ops.image.gaussian import blurred, gaussian
from minikeras.ops.image.sampling import check_fill_mode, order_of, sample
from minikeras.ops.windowing import channels_first
from minikeras.symbolic.operation import op

__all__ = ["elastic_transform"]


@op
def elastic_transform(
    images,
    alpha=20.0,
    sigma=5.0,
    interpolation="bilinear",
    fill_mode="reflect",
    fill_value=0.0,
    seed=None,
    data_format=None,
):
    """Images distorted as if printed on rubber: pixels move by smooth random amounts.

    Simard, Steinkraus and Platt 2003, "Best practices for convolutional neural networks applied to
    visual document analysis". Rows and columns move independently of each other.

    Args:
        images: ``(height, width, channels)`` or ``(batch, height, width, channels)``; with
            ``data_format="channels_first"`` the channels stand before the height.
        alpha: how far pixels move: the factor of the smoothed noise.
        sigma: the standard deviation of the noise, and that of the bell it is smoothed by, in
            pixels.
        interpolation: ``"nearest"`` or ``"bilinear"``.
        fill_mode: what lies around the images: ``"constant"``, ``"nearest"``, ``"wrap"``,
            ``"mirror"`` or ``"reflect"``, as for `map_coordinates`.
        fill_value: the number for ``"constant"``.
        seed: an integer for the same distortion each time, a `keras.random.SeedGenerator`, or None.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.

    Returns:
        Images of the same shape and dtype.

    Raises:
        ValueError: if an argument has a value that is not listed.

    >>> import minikeras as keras
    >>> keras.ops.image.elastic_transform(keras.ops.ones((2, 8, 9, 3)), seed=1).shape
    (2, 8, 9, 3)
    """
    from minikeras.random.seed_generator import draw_seed

    images = checked(images, "elastic_transform")
    order = order_of(interpolation, "elastic_transform")
    check_fill_mode(fill_mode, "elastic_transform")
    is_first = channels_first(data_format)
    batch, restored = in_batch(images)
    batch = channels_last(batch, is_first)
    count, height, width = batch.shape[:3]
    # What the way is computed in: half precision cannot tell the pixels of large images apart.
    dtype = "float64" if batch.dtype == "float64" else "float32"
    reach = int(6 * float(on_host(sigma))) | 1
    bell = gaussian(reach, tensor(sigma, dtype), dtype)
    noise = draws.random_normal(draw_seed(seed), shape=(count, height, width, 2), dtype=dtype)
    smooth = blurred(multiply(noise, tensor(sigma, dtype)), bell, bell, "same", False)
    shifts = multiply(smooth, tensor(alpha, dtype))
    rows = add(get_item(shifts, index=(Ellipsis, 0)), xp.arange(height)[:, None].astype(dtype))
    columns = add(get_item(shifts, index=(Ellipsis, 1)), xp.arange(width).astype(dtype))
    leading = (xp.arange(count).reshape(count, 1, 1),)
    found = sample(batch, leading, [rows, columns], order, fill_mode, fill_value)
    return restored(channels_back(cast(found, dtype=images.dtype), is_first))
