"""keras.mixed_precision: older names of the dtype policies."""

from minikeras.dtype_policies import DTypePolicy, dtype_policy, set_dtype_policy
from minikeras.dtype_policies import DTypePolicy as Policy
from minikeras.dtype_policies import dtype_policy as global_policy
from minikeras.dtype_policies import set_dtype_policy as set_global_policy
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
