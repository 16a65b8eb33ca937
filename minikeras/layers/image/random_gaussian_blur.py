"""RandomGaussianBlur."""

from minikeras import ops, random
from minikeras.layers.image.base import RandomImageLayer, batch_size
from minikeras.layers.image.settings import checked_value_range, factor_range


class RandomGaussianBlur(RandomImageLayer):
    """Images blurred at random, in training.

    Args:
        factor: the lowest and highest probability of an image to be blurred; one number f stands
            for 0 to f. From 0 to 1.
        kernel_size: the width and height of the window in pixels, odd; or one number for both.
        sigma: the lowest and highest standard deviation of the bell curve, in pixels; one number f
            stands for 0 to f. From 0 to 1.
        value_range: the lowest and highest value of pixels, at which results are cut off.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        seed: an integer for the same changes in each run; None takes one at random.
        **kwargs: ``bounding_box_format`` and those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.RandomGaussianBlur((1.0, 1.0), sigma=(1.0, 1.0))
    >>> x = keras.ops.reshape([0.0, 0.0, 1.0, 0.0, 0.0], (1, 5, 1))
    >>> [round(v, 3) for v in layer(x, training=True)[0, :, 0].tolist()]
    [0.0, 0.124, 0.204, 0.124, 0.0]
    """

    casts_in_inference = True

    def __init__(
        self,
        factor=1.0,
        kernel_size=3,
        sigma=1.0,
        value_range=(0, 255),
        data_format=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = factor_range(self, factor, (0, 1))
        self.kernel_size = self._odd(kernel_size)
        self.sigma = factor_range(self, sigma, (0, 1), "sigma")
        self.value_range = checked_value_range(self, value_range)

    def _odd(self, kernel_size):
        is_pair = isinstance(kernel_size, (tuple, list))
        sizes = tuple(kernel_size) if is_pair else (kernel_size, kernel_size)
        if len(sizes) != 2 or any(not isinstance(n, (int, float)) or n % 2 != 1 for n in sizes):
            raise ValueError(
                f"RandomGaussianBlur {self.name!r}: kernel_size must be an odd number or two of "
                f"them. Received: {kernel_size!r}"
            )
        return tuple(int(n) for n in sizes)

    def draw(self, shape, seed):
        """Which images are blurred, and the standard deviations along x and y for all of them."""
        count = (batch_size(shape),)
        probability = random.uniform(count, *self.factor, seed=seed)
        threshold = random.uniform(count, seed=seed)
        sigma = random.uniform((2,), *self.sigma, dtype=self.compute_dtype, seed=seed)
        # A little more than drawn, as 0 would be divided by.
        return {"should_apply_blur": threshold < probability, "blur_factor": sigma + 1e-6}

    def changed(self, images, transformation):
        """The images, those blurred that ``should_apply_blur`` says."""
        if transformation is None:
            return images
        blurred = ops.image.gaussian_blur(
            images,
            kernel_size=self.kernel_size,
            sigma=transformation["blur_factor"],
            data_format=self.data_format,
        )
        is_blurred = ops.reshape(transformation["should_apply_blur"], (-1, 1, 1, 1))
        return ops.clip(ops.where(is_blurred, blurred, images), *self.value_range)
