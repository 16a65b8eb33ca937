"""minikeras: the Keras API on NumPy alone. ``import minikeras as keras``.

The levels from the bottom up are listed in docs/architecture.md; `minikeras.backend.autodiff` is
the file to read first.
"""

import importlib.util
from typing import TYPE_CHECKING

from minikeras import (
    activations,
    backend,
    callbacks,
    config,
    constraints,
    display,
    dtype_policies,
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
)
from minikeras.backend import device
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
from minikeras.version import __version__, version

if TYPE_CHECKING:
    from minikeras import applications

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

# Namespaces that few programs need.
_IMPORTED_ON_USE = (
    "applications",
    "datasets",
    "distillation",
    "distribution",
    "export",
    "visualization",
    "wrappers",
)


def __getattr__(name):
    if name in _IMPORTED_ON_USE:
        import importlib

        return importlib.import_module(f"minikeras.{name}")
    raise AttributeError(f"module 'minikeras' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_IMPORTED_ON_USE})


display.attach()
# What Keras 1 and 2 had attaches itself to what is above; without its folder all works but that.
if importlib.util.find_spec("minikeras.legacy") is not None:
    from minikeras import legacy
    from minikeras.legacy import alias

    __all__ += ["alias", "legacy"]
    legacy.install()
