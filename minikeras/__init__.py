"""minikeras: the Keras API on NumPy alone. ``import minikeras as keras``.

The levels from the bottom up are listed in docs/architecture.md; `minikeras.backend.autodiff` is
the file to read first.
"""

from typing import TYPE_CHECKING

# Here, and not deep within other imports: CPython asks the system for memory and gives it back in
# each call at certain depths of its stack, which made this import take 72 ms in place of 52.
import numpy as _numpy

from minikeras import config, display, lazy
from minikeras.backend import device
from minikeras.version import __version__, version

if TYPE_CHECKING:
    from minikeras import (
        activations,
        applications,
        callbacks,
        constraints,
        datasets,
        distillation,
        distribution,
        dtype_policies,
        export,
        initializers,
        layers,
        losses,
        metrics,
        mixed_precision,
        models,
        ops,
        optimizers,
        preprocessing,
        quantizers,
        random,
        regularizers,
        saving,
        testing,
        tree,
        utils,
        visualization,
        wrappers,
    )
    from minikeras.backend.autodiff import GradientTape, custom_gradient, stop_gradient
    from minikeras.backend.program.function import function
    from minikeras.backend.rematerialization import remat
    from minikeras.backend.transforms import grad, hvp, jacobian, jvp, value_and_grad, vjp
    from minikeras.backend.variables import StatelessScope, Variable, name_scope
    from minikeras.dtype_policies import DTypePolicy, FloatDTypePolicy
    from minikeras.initializers import Initializer
    from minikeras.layers import Input, InputSpec, Layer
    from minikeras.losses import Loss
    from minikeras.metrics import Metric
    from minikeras.models import Model, Sequential
    from minikeras.optimizers import Optimizer
    from minikeras.quantizers import Quantizer
    from minikeras.regularizers import Regularizer
    from minikeras.symbolic.graph import Function
    from minikeras.symbolic.inference import SymbolicScope
    from minikeras.symbolic.keras_tensor import KerasTensor
    from minikeras.symbolic.operation import Operation
    from minikeras.symbolic.remat_scope import RematScope

__all__ = [
    "DTypePolicy",
    "FloatDTypePolicy",
    "Function",
    "GradientTape",
    "Initializer",
    "Input",
    "InputSpec",
    "KerasTensor",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Operation",
    "Optimizer",
    "Quantizer",
    "Regularizer",
    "RematScope",
    "Sequential",
    "StatelessScope",
    "SymbolicScope",
    "Variable",
    "__version__",
    "activations",
    "applications",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "custom_gradient",
    "datasets",
    "device",
    "distillation",
    "distribution",
    "dtype_policies",
    "export",
    "function",
    "grad",
    "hvp",
    "initializers",
    "jacobian",
    "jvp",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "name_scope",
    "ops",
    "optimizers",
    "preprocessing",
    "quantizers",
    "random",
    "regularizers",
    "remat",
    "saving",
    "stop_gradient",
    "testing",
    "tree",
    "utils",
    "value_and_grad",
    "version",
    "visualization",
    "vjp",
    "wrappers",
]

# The array library is bound by now. All else is imported when it is first asked for.
__getattr__, __dir__, _ = lazy.later(
    globals(),
    {
        "": (
            "activations applications callbacks constraints datasets distillation distribution "
            "dtype_policies export initializers layers losses metrics mixed_precision models ops "
            "optimizers preprocessing quantizers random regularizers saving testing tree utils "
            "visualization wrappers"
        ),
        "backend.autodiff": "GradientTape custom_gradient stop_gradient",
        "backend.program.function": "function",
        "backend.rematerialization": "remat",
        "backend.transforms": "grad hvp jacobian jvp value_and_grad vjp",
        "backend.variables": "StatelessScope Variable name_scope",
        "dtype_policies": "DTypePolicy FloatDTypePolicy",
        "initializers": "Initializer",
        "layers": "Input InputSpec Layer",
        "losses": "Loss",
        "metrics": "Metric",
        "models": "Model Sequential",
        "optimizers": "Optimizer",
        "quantizers": "Quantizer",
        "regularizers": "Regularizer",
        "symbolic.graph": "Function",
        "symbolic.inference": "SymbolicScope",
        "symbolic.keras_tensor": "KerasTensor",
        "symbolic.operation": "Operation",
        "symbolic.remat_scope": "RematScope",
    },
)

display.attach()
# What Keras 1 and 2 had attaches itself to what is above; without its folder all works but that.
try:
    from minikeras.legacy import alias, install as _attach_earlier_eras
except ModuleNotFoundError as error:
    if error.name != "minikeras.legacy":
        raise
else:
    __all__ += ["alias", "legacy"]
    _attach_earlier_eras()
