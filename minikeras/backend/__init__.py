"""Arrays, kernels, gradients. Knows nothing of layers.

The names that are public as ``keras.backend`` are here; the files below are for those who read on:
`autodiff` first.
"""

import importlib

from minikeras.backend.device import device
from minikeras.backend.dtypes import (
    is_float_dtype,
    is_int_dtype,
    result_type,
    standardize_dtype,
)
from minikeras.backend.variables import get_uid
from minikeras.config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)

# Public names of this module that belong to levels above.
_ELSEWHERE = {
    "clear_session": "minikeras.utils.session",
    "is_keras_tensor": "minikeras.symbolic.keras_tensor",
}

__all__ = [
    "backend",
    "device",
    "epsilon",
    "floatx",
    "get_uid",
    "image_data_format",
    "is_float_dtype",
    "is_int_dtype",
    "result_type",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "standardize_dtype",
]


def __getattr__(name):
    if name in _ELSEWHERE:
        return getattr(importlib.import_module(_ELSEWHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*__all__, *_ELSEWHERE])
