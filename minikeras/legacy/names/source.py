"""Names of Keras 3's own sources that other packages use although they are not public."""

import contextlib
import os
import tempfile

from minikeras import saving
from minikeras.backend.masks import get_mask as get_keras_mask, set_mask as set_keras_mask
from minikeras.backend.variables import AutocastScope
from minikeras.config import standardize_data_format
from minikeras.losses.loss import LossFunctionWrapper
from minikeras.models.functional import Functional
from minikeras.symbolic.inference import infer_output
from minikeras.symbolic.keras_tensor import any_symbolic, standardize_shape
from minikeras.symbolic.names import to_snake_case
from minikeras.symbolic.operation import auto_name
from minikeras.training.data.structure import class_weight_to_sample_weights

__all__ = [
    "SUPPORTS_RAGGED_TENSORS",
    "SUPPORTS_SPARSE_TENSORS",
    "AutocastScope",
    "Functional",
    "LossFunctionWrapper",
    "any_symbolic_tensors",
    "auto_name",
    "class_weight_to_sample_weights",
    "compute_output_spec",
    "distribution",
    "get_keras_mask",
    "in_grain_data_pipeline",
    "in_tf_graph",
    "load_model",
    "no_automatic_dependency_tracking",
    "save_model",
    "set_keras_mask",
    "standardize_data_format",
    "standardize_shape",
    "to_snake_case",
]

SUPPORTS_SPARSE_TENSORS = SUPPORTS_RAGGED_TENSORS = False


def any_symbolic_tensors(args=None, kwargs=None):
    """Whether a symbolic tensor is among the arguments."""
    return any_symbolic(args or (), kwargs or {})


def compute_output_spec(fn, *args, **kwargs):
    """What ``fn`` returns, symbolic tensors in place of arrays."""
    return infer_output(fn, args, kwargs)


def distribution():
    """How tensors are distributed over devices: not at all."""


def in_grain_data_pipeline():
    """Whether the code runs within a pipeline of Grain: never."""
    return False


def in_tf_graph():
    """Whether the code runs within a graph of TensorFlow: never."""
    return False


def no_automatic_dependency_tracking(fn):
    """A method as it is: what it assigns is tracked as anywhere else."""
    return fn


def save_model(model, filepath, zipped=None, **kwargs):
    """`keras.saving.save_model` that also takes an open binary file."""
    if not hasattr(filepath, "write"):
        return saving.save_model(model, filepath, zipped=zipped, **kwargs)
    with _temporary() as path:
        saving.save_model(model, path, **kwargs)
        with open(path, "rb") as file:
            filepath.write(file.read())
    return None


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
    """`keras.saving.load_model` that also takes an open binary file."""
    if not hasattr(filepath, "read"):
        return saving.load_model(filepath, custom_objects, compile, safe_mode)
    with _temporary() as path:
        with open(path, "wb") as file:
            file.write(filepath.read())
        return saving.load_model(path, custom_objects, compile, safe_mode)


@contextlib.contextmanager
def _temporary():
    with tempfile.TemporaryDirectory() as folder:
        yield os.path.join(folder, "model.keras")
