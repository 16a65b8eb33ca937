"""RandomElasticTransform."""

from minikeras import ops, random
from minikeras.layers.image.affine import GeometricLayer
from minikeras.layers.image.base import batch_size
from minikeras.layers.image.settings import checked_choice, checked_value_range, factor_range
from minikeras.random import SeedGenerator
from minikeras.random.seed_generator import draw_seed

_FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")


class RandomElasticTransform(GeometricLayer):
    """Images distorted as if on rubber, in training (Simard et al. 2003).

    Args:
        factor: the lowest and highest probability of an image to be changed; one number f stands
            for 0 to f. From 0 to 1.
        scale: how strong the distortion is, lowest and highest; one number f stands for 0 to f.
            From 0 to 1.
        interpolation: ``"nearest"`` or ``"bilinear"``.
        fill_mode: what stands beyond the border: ``"reflect"``, ``"mirror"``, ``"wrap"``,
            ``"constant"`` or ``"nearest"``.
        fill_value: the value for ``fill_mode="constant"``.
        value_range: the lowest and highest value of pixels.
        seed: an integer for the same changes in each run; None takes one at random.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: ``bounding_box_format`` and those of `Layer`. Boxes stay as they are.

    >>> import minikeras as keras
    >>> layer = keras.layers.RandomElasticTransform(seed=1)
    >>> layer(keras.ops.ones((2, 8, 8, 3)), training=True).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        factor=1.0,
        scale=1.0,
        interpolation="bilinear",
        fill_mode="reflect",
        fill_value=0.0,
        value_range=(0, 255),
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(
            interpolation=interpolation,
            fill_value=fill_value,
            seed=seed,
            data_format=data_format,
            **kwargs,
        )
        self.factor = factor_range(self, factor, (0, 1))
        self.scale = factor_range(self, scale, (0, 1), "scale")
        self.fill_mode = checked_choice(self, "fill_mode", fill_mode, _FILL_MODES)
        self.value_range = checked_value_range(self, value_range)

    def draw(self, shape, seed):
        """Which images are changed, how strongly, and the key of the distortion."""
        if self.scale[1] == 0 or self.factor[1] == 0:
            return None
        count = (batch_size(shape),)
        probability = random.uniform(count, *self.factor, seed=seed)
        threshold = random.uniform(count, seed=seed)
        return {
            "apply_transform": threshold < probability,
            "distortion_factor": random.uniform(
                (), *self.scale, dtype=self.compute_dtype, seed=seed
            ),
            "seed": draw_seed(seed),
        }

    def get_elastic_transform_params(self, height, width, factor):
        """How far pixels move, and how smoothly, for the sides of an image and the strength."""
        return max(height, width) * 0.1 * factor, min(height, width) * 0.05 * factor

    def moved(self, images, transformation, interpolation):
        """The images, those distorted that ``apply_transform`` says."""
        strength = transformation["distortion_factor"]
        alpha, sigma = self.get_elastic_transform_params(*self.sides(images.shape), strength)
        seed = transformation["seed"]
        distorted = ops.image.elastic_transform(
            images,
            alpha=alpha,
            sigma=sigma,
            interpolation=interpolation,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
            seed=seed if seed is None or isinstance(seed, (int, SeedGenerator)) else _Key(seed),
            data_format=self.data_format,
        )
        is_changed = ops.reshape(transformation["apply_transform"], (-1, 1, 1, 1))
        images = ops.where(is_changed, distorted, images)
        return ops.clip(images, *self.value_range)


class _Key(SeedGenerator):
    """Gives one key only, so that masks are distorted as the images are."""

    def __init__(self, key):
        self._key = key

    def next(self, ordered=True):
        """The key."""
        return self._key
