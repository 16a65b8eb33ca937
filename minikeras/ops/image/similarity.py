"""keras.ops.image.ssim."""

from minikeras.backend import elementwise, reduction, shaping
from minikeras.backend.elementwise import add, multiply, square, subtract, true_divide
from minikeras.ops.arguments import promote_floats, tensor
from minikeras.ops.image.batches import channels_last, checked, in_batch
from minikeras.ops.image.gaussian import blurred, gaussian
from minikeras.ops.windowing import channels_first
from minikeras.symbolic.operation import op

__all__ = ["ssim"]


@op
def ssim(
    image1,
    image2,
    max_val=1.0,
    filter_size=11,
    filter_sigma=1.5,
    k1=0.01,
    k2=0.03,
    data_format=None,
):
    """The structural similarity of images: 1 for equal ones, less for unlike ones.

    Wang, Bovik, Sheikh and Simoncelli 2004, "Image quality assessment: from error visibility to
    structural similarity", equation 13, averaged over all places of the window and all channels.

    Args:
        image1, image2: ``(height, width, channels)`` or ``(batch, height, width, channels)``;
            with ``data_format="channels_first"`` the channels stand before the height.
        max_val: the range of the values, such as 1 or 255.
        filter_size: the side of the window, in pixels; the images must not be smaller.
        filter_sigma: the standard deviation of the window, in pixels.
        k1, k2: what keeps the quotients finite, in parts of ``max_val``.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.

    Returns:
        One number for each image of the batch, in the dtype of ``image1``.

    Raises:
        ValueError: if the images are smaller than the window, or of unlike shapes.

    >>> import minikeras as keras
    >>> x = keras.random.uniform((2, 16, 16, 3), seed=1)
    >>> keras.ops.image.ssim(x, x).tolist()
    [1.0, 1.0]
    """
    image1, image2 = tensor(image1), tensor(image2)
    dtype = image1.dtype
    is_first = channels_first(data_format)
    x, y = (
        channels_last(in_batch(checked(image, "ssim", name))[0], is_first)
        for image, name in zip(promote_floats(image1, image2), ("image1", "image2"))
    )
    if x.shape[1:] != y.shape[1:] or len(image1.shape) != len(image2.shape):
        raise ValueError(
            "ssim: both images must have the same shape. Received: shapes "
            f"{tuple(image1.shape)} and {tuple(image2.shape)}"
        )
    window = gaussian(filter_size, filter_sigma, x.dtype)

    def local_mean(values):
        return blurred(values, window, window, "valid", False)

    mean_x, mean_y = local_mean(x), local_mean(y)
    product, squares = multiply(mean_x, mean_y), add(square(mean_x), square(mean_y))
    covariance = subtract(local_mean(multiply(x, y)), product)
    variances = subtract(local_mean(add(square(x), square(y))), squares)
    floor1, floor2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    similar = multiply(add(multiply(product, 2), floor1), add(multiply(covariance, 2), floor2))
    unlike = multiply(add(squares, floor1), add(variances, floor2))
    found = reduction.mean(true_divide(similar, unlike), axis=(1, 2, 3))
    if len(image1.shape) == 3:
        found = shaping.reshape(found, shape=())
    return elementwise.cast(found, dtype=dtype)
