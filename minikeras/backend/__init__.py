"""Arrays, kernels, gradients. Knows nothing of layers.

The names that are public as ``keras.backend`` are here; the files below are for those who read on:
`autodiff` first.
"""

from typing import TYPE_CHECKING

from minikeras.backend.device import device
from minikeras.lazy import later

if TYPE_CHECKING:
    from minikeras.backend.dtypes import (
        is_float_dtype as is_float_dtype,
        is_int_dtype as is_int_dtype,
        result_type as result_type,
        standardize_dtype as standardize_dtype,
    )
    from minikeras.backend.variables import get_uid as get_uid
    from minikeras.config import (
        backend as backend,
        epsilon as epsilon,
        floatx as floatx,
        image_data_format as image_data_format,
        set_epsilon as set_epsilon,
        set_floatx as set_floatx,
        set_image_data_format as set_image_data_format,
    )
    from minikeras.symbolic.keras_tensor import is_keras_tensor as is_keras_tensor
    from minikeras.utils.session import clear_session as clear_session

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

# The last two belong to levels above.
__getattr__, __dir__, _ = later(
    globals(),
    {
        "backend.dtypes": "is_float_dtype is_int_dtype result_type standardize_dtype",
        "backend.variables": "get_uid",
        "config": (
            "backend epsilon floatx image_data_format set_epsilon set_floatx set_image_data_format"
        ),
        "symbolic.keras_tensor": "is_keras_tensor",
        "utils.session": "clear_session",
    },
)
