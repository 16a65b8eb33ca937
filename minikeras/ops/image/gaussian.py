"""keras.ops.image.gaussian_blur."""

from minikeras.backend import elementwise, reduction, shaping
from minikeras.backend.indexing import get_item
from minikeras.backend.xp import xp
from minikeras.ops.arguments import floating, tensor
from minikeras.ops.convolution import convolve_depthwise
from minikeras.ops.image.batches import checked, in_batch, in_dtype
from minikeras.ops.windowing import channels_first, per_axis
from minikeras.symbolic.operation import op

__all__ = ["gaussian_blur"]


@op
def gaussian_blur(images, kernel_size=(3, 3), sigma=(1.0, 1.0), data_format=None):
    """Images smoothed by a bell-shaped window; beyond the border they are taken for zero.

    Args:
        images: ``(height, width, channels)`` or ``(batch, height, width, channels)``; with
            ``data_format="channels_first"`` the channels stand before the height.
        kernel_size: width and height of the window in pixels, in this order, or one integer.
        sigma: standard deviations along width and height, in pixels: two numbers, one for both, or
            a tensor, through which gradients flow.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.

    Returns:
        Images of the same shape and dtype; integers are rounded.

    >>> import minikeras as keras
    >>> x = keras.ops.reshape([0.0, 0.0, 1.0, 0.0, 0.0], (1, 5, 1))
    >>> [round(v, 3) for v in keras.ops.image.gaussian_blur(x, (3, 1))[0, :, 0].tolist()]
    [0.0, 0.274, 0.452, 0.274, 0.0]
    """
    images = checked(images, "gaussian_blur")
    batch, restored = in_batch(floating(images))
    sizes = per_axis(kernel_size, 2, "kernel_size")
    sigma = tensor(sigma, batch.dtype)
    if sigma.shape not in ((), (1,), (2,)):
        raise ValueError(
            "gaussian_blur: sigma must be one number or two, for width and height. "
            f"Received: shape {tuple(sigma.shape)}"
        )
    width, height = (
        gaussian(size, get_item(shaping.broadcast_to(sigma, shape=(2,)), index=i), batch.dtype)
        for i, size in enumerate(sizes)
    )
    found = blurred(batch, height, width, "same", channels_first(data_format))
    return in_dtype(restored(found), images.dtype)


def gaussian(size, sigma, dtype):
    """``size`` values of a bell around their middle that sum to 1; ``sigma`` in steps."""
    places = xp.arange(size, dtype=dtype) - (size - 1) / 2
    heights = elementwise.exp(
        elementwise.multiply(elementwise.square(elementwise.true_divide(places, sigma)), -0.5)
    )
    return elementwise.true_divide(heights, reduction.sum(heights))


def blurred(batch, height, width, padding, is_first):
    """A batch convolved along its height and along its width, each channel by itself."""
    data_format = "channels_first" if is_first else "channels_last"
    channels = batch.shape[1 if is_first else -1]
    for weights, shape in ((height, (-1, 1, 1, 1)), (width, (1, -1, 1, 1))):
        kernel = shaping.reshape(weights, shape=shape)
        kernel = shaping.broadcast_to(kernel, shape=(*kernel.shape[:2], channels, 1))
        batch = convolve_depthwise(batch, kernel, 1, padding, data_format, 1)
    return batch
