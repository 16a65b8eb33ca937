"""The layers that `AugMix` and `RandAugment` choose from."""

from minikeras.layers.image.auto_contrast import AutoContrast
from minikeras.layers.image.equalization import Equalization
from minikeras.layers.image.random_brightness import RandomBrightness
from minikeras.layers.image.random_color_degeneration import RandomColorDegeneration
from minikeras.layers.image.random_contrast import RandomContrast
from minikeras.layers.image.random_posterization import RandomPosterization
from minikeras.layers.image.random_rotation import RandomRotation
from minikeras.layers.image.random_sharpness import RandomSharpness
from minikeras.layers.image.random_shear import RandomShear
from minikeras.layers.image.random_translation import RandomTranslation
from minikeras.layers.image.solarization import Solarization


def augmentations(layer):
    """Layers by name, with the factor, range, formats and seed of ``layer``."""
    common = {
        "data_format": layer.data_format,
        "bounding_box_format": layer.bounding_box_format,
        "dtype": layer.dtype_policy,
    }
    seeded = {**common, "seed": layer.seed}
    moving = {**seeded, "interpolation": layer.interpolation}
    factor, values = layer.factor, {"value_range": layer.value_range}
    bits = max(1, int(8 * factor[1]))
    return {
        "random_shear": RandomShear(x_factor=factor, y_factor=factor, **moving),
        "random_translation": RandomTranslation(factor, factor, **moving),
        "random_rotation": RandomRotation(factor, **moving),
        "random_brightness": RandomBrightness(factor, **values, **seeded),
        "random_color_degeneration": RandomColorDegeneration(factor, **values, **seeded),
        "random_contrast": RandomContrast(factor, **values, **seeded),
        "random_sharpness": RandomSharpness(factor, **values, **seeded),
        "random_posterization": RandomPosterization(bits, **values, **seeded),
        "solarization": Solarization(factor, factor, **values, **seeded),
        "auto_contrast": AutoContrast(**values, **common),
        "equalization": Equalization(**values, **common),
    }
