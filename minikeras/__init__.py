"""minikeras: the Keras API on NumPy alone. ``import minikeras as keras``."""

from minikeras import config, tree
from minikeras.backend.autodiff import GradientTape, custom_gradient, stop_gradient
from minikeras.backend.transforms import grad, hvp, jacobian, jvp, value_and_grad, vjp
from minikeras.backend.variable import StatelessScope, Variable, name_scope
from minikeras.symbolic.keras_tensor import KerasTensor
from minikeras.symbolic.operation import Operation
from minikeras.version import __version__
