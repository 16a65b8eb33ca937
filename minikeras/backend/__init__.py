"""Arrays, kernels, gradients. Knows nothing of layers.

The names that are public as ``keras.backend`` are here; the files below are for those who read on:
`autodiff` first.
"""

from minikeras.config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)

__all__ = [
    "backend",
    "epsilon",
    "floatx",
    "image_data_format",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
]
