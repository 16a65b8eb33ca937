"""AugMix."""

from minikeras import ops, random
from minikeras.backend import autodiff
from minikeras.backend.xp import to_numpy
from minikeras.layers.image.affine import INTERPOLATIONS
from minikeras.layers.image.augmentations import augmentations
from minikeras.layers.image.base import RandomImageLayer
from minikeras.layers.image.settings import checked_choice, checked_value_range, factor_range

# What is left out with all_ops=False: changes that corruptions in tests of robustness resemble.
_RESEMBLING = (
    "random_brightness",
    "random_color_degeneration",
    "random_contrast",
    "random_sharpness",
)


class AugMix(RandomImageLayer):
    """Images mixed with versions that went through chains of changes (Hendrycks et al. 2020).

    In training several chains of changes are drawn from a list (see `RandAugment`), their results
    mixed with weights of a Dirichlet distribution, and these with the images by a weight of a beta
    distribution.

    Which changes are made is decided on the host, so that the others cost nothing; a training step
    that contains this layer is run as it is, not replayed as a program.

    Args:
        value_range: the lowest and highest value of pixels.
        num_chains: the number of chains.
        chain_depth: the most changes in a chain; each may be left out.
        factor: how strong changes are, lowest and highest; one number f stands for 0 to f. From 0
            to 1.
        alpha: the parameter of both distributions.
        all_ops: whether brightness, colour degeneration, contrast and sharpness are in the list.
        interpolation: ``"nearest"`` or ``"bilinear"``.
        seed: an integer for the same changes in each run; None takes one at random.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: ``bounding_box_format`` and those of `Layer`. Boxes stay as they are.

    >>> import minikeras as keras
    >>> layer = keras.layers.AugMix(seed=1)
    >>> layer(keras.ops.ones((2, 8, 8, 3)), training=True).shape
    (2, 8, 8, 3)
    """

    casts_in_inference = True

    def __init__(
        self,
        value_range=(0, 255),
        num_chains=3,
        chain_depth=3,
        factor=0.3,
        alpha=1.0,
        all_ops=True,
        interpolation="bilinear",
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.value_range = checked_value_range(self, value_range)
        self.num_chains = num_chains
        self.chain_depth = chain_depth
        self.factor = factor_range(self, factor, (0, 1))
        self.alpha = alpha
        self.all_ops = all_ops
        self.interpolation = checked_choice(self, "interpolation", interpolation, INTERPOLATIONS)
        layers = augmentations(self)
        self._names = tuple(name for name in layers if all_ops or name not in _RESEMBLING)
        for name in self._names:
            setattr(self, name, layers[name])

    def get_random_transformation(self, data, training=True, seed=None):
        """The chains of changes with their parameters, and the weights; None if not in training."""
        if not training:
            return None
        seed = self.generator if seed is None else seed
        weights = random.gamma((self.num_chains,), self.alpha, seed=seed)
        chosen = random.randint(
            (self.num_chains, self.chain_depth), 0, len(self._names) + 1, seed=seed
        )
        chains = []
        for places in to_numpy(autodiff.concrete(chosen)).tolist():
            names = [self._names[i] for i in places if i < len(self._names)]
            chains.append(
                [
                    {
                        "layer_name": name,
                        "transformation": getattr(self, name).get_random_transformation(
                            data, seed=seed
                        ),
                    }
                    for name in names
                ]
            )
        return {
            "chain_mixing_weights": weights / ops.sum(weights),
            "weight_sample": random.beta((), self.alpha, self.alpha, seed=seed),
            "chain_transforms": chains,
        }

    def _mixed(self, x, transformation, method):
        """``x`` mixed with what the chains make of it by a method of the layers."""
        x = ops.cast(x, self.compute_dtype)
        weights = ops.cast(transformation["chain_mixing_weights"], x.dtype)
        share = ops.cast(transformation["weight_sample"], x.dtype)
        mixed = ops.zeros_like(x)
        for i, chain in enumerate(transformation["chain_transforms"]):
            version = x
            for link in chain:
                change = getattr(getattr(self, link["layer_name"]), method)
                version = change(version, link["transformation"])
            mixed = mixed + version * weights[i]
        return share * x + (1 - share) * mixed

    def changed(self, images, transformation):
        """The images, mixed with changed versions."""
        mixed = self._mixed(images, transformation, "transform_images")
        return ops.clip(mixed, *self.value_range)

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """The masks, mixed as the images are."""
        if not training:
            return segmentation_masks
        return self._mixed(segmentation_masks, transformation, "transform_segmentation_masks")
