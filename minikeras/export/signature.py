"""Input signatures: which tensors a model or function is exported for."""

from minikeras import tree
from minikeras.backend.dtypes import standardize_dtype
from minikeras.backend.xp import is_array
from minikeras.layers import InputSpec
from minikeras.models import Functional, Model, Sequential
from minikeras.symbolic.keras_tensor import KerasTensor


def signature_of_model(model):
    """The positional arguments of a model, as a list of structures of `InputSpec`.

    Raises:
        ValueError: if the model is not built, so that its inputs are not known.
    """
    if not isinstance(model, Model):
        raise TypeError(f"What is exported must be a keras.Model. Received: {model!r}")
    if not model.built:
        raise ValueError(
            f"Model {model.name!r} is not built, so the shapes of its inputs are not known: call "
            "it on data first, or pass input_signature."
        )
    if isinstance(model, Sequential):
        return [standard(x) for x in model.inputs]
    if isinstance(model, Functional):
        return [tree.map_structure(standard, model._inputs_struct)]
    shapes = model._build_shapes
    if not shapes:
        raise ValueError(
            f"Model {model.name!r} was never called, so the shapes of its inputs are not known: "
            "call it on data first, or pass input_signature."
        )

    def spec(shape):
        return InputSpec(shape=(None, *tuple(shape)[1:]), dtype=model.input_dtype)

    return [tree.map_shape_structure(spec, shape) for shape in shapes.values()]


def standard_signature(signature):
    """A signature as it was given: a list of structures of `InputSpec`, one an argument."""
    if not isinstance(signature, (list, tuple)):
        signature = [signature]
    return [tree.map_structure(standard, part) for part in signature]


def standard(x):
    """An `InputSpec` for a spec, a symbolic tensor or an array; the latter two have any batch.

    Raises:
        ValueError: if a shape, a dtype or a side beside the batch is not stated.
    """
    if isinstance(x, KerasTensor) or is_array(x):
        shape, dtype = (None, *x.shape[1:]), x.dtype
    elif hasattr(x, "shape") and hasattr(x, "dtype"):  # InputSpec, tf.TensorSpec, arrays of others
        shape, dtype = x.shape, x.dtype
    else:
        raise TypeError(
            "input_signature must hold keras.InputSpec, keras.KerasTensor or arrays. "
            f"Received: {x!r}"
        )
    if shape is None or dtype is None:
        raise ValueError(f"input_signature must state shapes and dtypes. Received: {x!r}")
    shape = tuple(shape)
    if None in shape[1:]:
        raise ValueError(
            "Only the first side of an exported input, the batch, may be open. Received: shape "
            f"{shape}. Pass an input_signature with the other sides, for example "
            f"[keras.InputSpec(shape={tuple(n or 16 for n in shape[1:])!r}, dtype=...)] with None "
            "before them."
        )
    dtype = getattr(dtype, "name", dtype)
    return InputSpec(shape=shape, dtype=standardize_dtype(dtype), name=getattr(x, "name", None))
