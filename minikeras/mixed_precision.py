"""keras.mixed_precision: older names of the dtype policies."""

from minikeras.dtype_policies import (
    DTypePolicy,
    DTypePolicy as Policy,
    dtype_policy,
    dtype_policy as global_policy,
    set_dtype_policy,
    set_dtype_policy as set_global_policy,
)
from minikeras.optimizers import LossScaleOptimizer

__all__ = [
    "DTypePolicy",
    "LossScaleOptimizer",
    "Policy",
    "dtype_policy",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]
