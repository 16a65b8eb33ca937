"""keras.ops.image: images turned, sheared and seen in perspective."""

from minikeras.backend import linalg, shaping
from minikeras.backend.elementwise import add, multiply, negative, true_divide
from minikeras.backend.indexing import get_item
from minikeras.backend.xp import xp
from minikeras.ops.arguments import floating, promote_floats
from minikeras.ops.image.batches import channels_back, channels_last, checked, in_batch
from minikeras.ops.image.sampling import check_fill_mode, order_of, sample
from minikeras.ops.windowing import channels_first
from minikeras.symbolic.inference import is_inferring
from minikeras.symbolic.operation import op

__all__ = ["affine_transform", "perspective_transform"]


@op
def affine_transform(
    images,
    transform,
    interpolation="bilinear",
    fill_mode="constant",
    fill_value=0,
    data_format=None,
):
    """Images moved, turned, sheared and scaled.

    With ``transform = [a0, a1, a2, b0, b1, b2, c0, c1]`` the pixel in column x and row y of the
    result is that in column ``(a0 x + a1 y + a2) / k`` and row ``(b0 x + b1 y + b2) / k`` of the
    image, where ``k = c0 x + c1 y + 1``.

    Args:
        images: ``(height, width, channels)`` or ``(batch, height, width, channels)``; with
            ``data_format="channels_first"`` the channels stand before the height.
        transform: ``(8,)``, or ``(batch, 8)`` with one for each image.
        interpolation: ``"nearest"`` or ``"bilinear"``.
        fill_mode: what lies around the images: ``"constant"``, ``"nearest"``, ``"wrap"``,
            ``"mirror"`` or ``"reflect"``, as for `map_coordinates`.
        fill_value: the number for ``"constant"``.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.

    Returns:
        Images of the same shape and dtype; integers are rounded. Gradients flow to both tensors.

    Raises:
        ValueError: if an argument has a value that is not listed, or the shapes do not match.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape([1.0, 2.0, 3.0], (1, 3, 1))
    >>> to_the_left = [1, 0, 1, 0, 1, 0, 0, 0]
    >>> keras.ops.image.affine_transform(x, to_the_left)[0, :, 0].tolist()
    [2.0, 3.0, 0.0]
    """
    images = checked(images, "affine_transform")
    order = order_of(interpolation, "affine_transform")
    check_fill_mode(fill_mode, "affine_transform")
    transform = floating(transform)
    if len(transform.shape) not in (1, 2) or transform.shape[-1] != 8:
        raise ValueError(
            "affine_transform: Invalid transform rank: expected rank 1, of shape (8,), or rank 2, "
            "of shape (batch, 8). "
            f"Received: shape {tuple(transform.shape)}"
        )
    if len(transform.shape) == 1:
        transform = shaping.reshape(transform, shape=(1, 8))
    return _projected(
        images, transform, order, fill_mode, fill_value, data_format, "affine_transform"
    )


@op
def perspective_transform(
    images, start_points, end_points, interpolation="bilinear", fill_value=0, data_format=None
):
    """Images drawn so that four points of them come to lie on four others.

    Args:
        images: ``(height, width, channels)`` or ``(batch, height, width, channels)``; with
            ``data_format="channels_first"`` the channels stand before the height.
        start_points: ``(4, 2)``, or ``(batch, 4, 2)`` with four for each image: column and row of
            four points, no three of them on a line.
        end_points: where these points are to be, in the same form.
        interpolation: ``"nearest"`` or ``"bilinear"``.
        fill_value: what lies around the images.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.

    Returns:
        Images of the same shape and dtype; integers are rounded. Gradients flow to all tensors.

    Raises:
        ValueError: if the interpolation is not listed, or the shapes do not match.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape([1.0, 2.0, 3.0, 4.0], (2, 2, 1))
    >>> corners = keras.ops.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> turned = keras.ops.take(corners, [2, 0, 3, 1], axis=0)
    >>> keras.ops.round(keras.ops.image.perspective_transform(x, corners, turned))[..., 0].tolist()
    [[2.0, 4.0], [1.0, 3.0]]
    """
    images = checked(images, "perspective_transform")
    order = order_of(interpolation, "perspective_transform")
    start_points, end_points = promote_floats(start_points, end_points)
    shape = tuple(start_points.shape)
    if shape[-2:] != (4, 2) or len(shape) not in (2, 3) or tuple(end_points.shape) != shape:
        raise ValueError(
            "perspective_transform: Invalid start_points shape: expected (4, 2) or (batch, 4, 2), "
            "and end_points of the same shape. "
            f"Received: shapes {shape} and {tuple(end_points.shape)}"
        )
    if len(shape) == 2:
        start_points, end_points = (
            shaping.reshape(p, shape=(1, 4, 2)) for p in (start_points, end_points)
        )
    transform = _homography(start_points, end_points)
    return _projected(
        images, transform, order, "constant", fill_value, data_format, "perspective_transform"
    )


def _homography(start, end):
    """The eight numbers, as for `affine_transform`, that lead from ``end`` to ``start``.

    Each point gives two equations. For (x, y) that is to come from (u, v):
    ``a0 x + a1 y + a2 - c0 x u - c1 y u = u`` and ``b0 x + b1 y + b2 - c0 x v - c1 y v = v``.
    """
    x, y = (get_item(end, index=(Ellipsis, slice(i, i + 1))) for i in range(2))
    one, zero = xp.ones(x.shape, x.dtype), xp.zeros(x.shape, x.dtype)
    rows = []
    for i, straight in enumerate(((x, y, one, zero, zero, zero), (zero, zero, zero, x, y, one))):
        target = negative(get_item(start, index=(Ellipsis, slice(i, i + 1))))
        bent = multiply(x, target), multiply(y, target)
        rows.append(shaping.concatenate(*straight, *bent, axis=-1))
    equations = shaping.concatenate(*rows, axis=1)
    if is_inferring():  # with stand-ins for points there is no solution
        equations = add(equations, xp.eye(8, dtype=x.dtype))
    sought = shaping.swapaxes(start, 1, 2)
    sought = shaping.reshape(sought, shape=(start.shape[0], 8, 1))
    return shaping.reshape(linalg.solve(equations, sought), shape=(start.shape[0], 8))


def _projected(images, transform, order, fill_mode, fill_value, data_format, what):
    """Images sampled at the places to which ``transform``, ``(batch or 1, 8)``, leads pixels."""
    is_first = channels_first(data_format)
    batch, restored = in_batch(images)
    batch = channels_last(batch, is_first)
    count, height, width = batch.shape[:3]
    if transform.shape[0] not in (1, count):
        if count:
            raise ValueError(
                f"{what}: there must be one transform, or one for each of the {count} images. "
                f"Received: {transform.shape[0]}"
            )
        transform = get_item(transform, index=slice(0, 0))
    dtype = transform.dtype
    x = xp.arange(width).astype(dtype).reshape(1, 1, width)
    y = xp.arange(height).astype(dtype).reshape(1, height, 1)

    def number(i):
        return get_item(transform, index=(slice(None), i, None, None))

    def linear(first, constant):
        by_x, by_y = multiply(number(first), x), multiply(number(first + 1), y)
        return add(add(by_x, constant), by_y)

    depth = linear(6, 1)
    columns = true_divide(linear(0, number(2)), depth)
    rows = true_divide(linear(3, number(5)), depth)
    leading = (xp.arange(count).reshape(count, 1, 1),)
    found = sample(batch, leading, [rows, columns], order, fill_mode, fill_value)
    return restored(channels_back(found, is_first))
