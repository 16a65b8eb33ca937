"""InputSpec: what a layer demands of the rank, shape and dtype of its inputs."""

from minikeras import tree
from minikeras.backend.dtypes import standardize_dtype
from minikeras.serialization import Configurable
from minikeras.symbolic.keras_tensor import standardize_shape


class InputSpec(Configurable):
    """What one input of a layer must look like.

    Args:
        dtype: the dtype that is expected.
        shape: the shape that is expected, None for sides that do not matter.
        ndim: the rank that is expected.
        max_ndim, min_ndim: bounds of the rank.
        axes: a dict from axes to the lengths that they must have.
        allow_last_axis_squeeze: whether a last axis of length 1 may be missing or extra.
        name: the key of the input, where inputs are given as a dict.
        optional: whether None is allowed.

    >>> import minikeras as keras
    >>> keras.InputSpec(shape=(None, 28, 28)).ndim
    3
    """

    def __init__(
        self,
        dtype=None,
        shape=None,
        ndim=None,
        max_ndim=None,
        min_ndim=None,
        axes=None,
        allow_last_axis_squeeze=False,
        name=None,
        optional=False,
    ):
        self.dtype = None if dtype is None else standardize_dtype(dtype)
        self.shape = None if shape is None else standardize_shape(shape)
        self.ndim = ndim if shape is None else len(self.shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = {int(axis): side for axis, side in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name = name
        self.optional = optional
        bound = self.ndim if self.ndim is not None else self.max_ndim
        if self.axes and bound is not None and max(self.axes) > bound - 1:
            raise ValueError(
                f"Axis {max(self.axes)} is out of range for inputs of at most {bound} axes"
            )

    def __repr__(self):
        stated = {k: getattr(self, k) for k in ("dtype", "shape", "ndim", "max_ndim", "min_ndim")}
        stated["axes"] = self.axes or None
        return f"InputSpec({', '.join(f'{k}={v}' for k, v in stated.items() if v is not None)})"


def check_inputs(specs, inputs, layer_name):
    """Raise ValueError unless ``inputs`` meet ``specs`` (one, or a structure of them)."""
    if isinstance(specs, InputSpec) and not tree.is_nested(inputs):
        _check(specs, inputs, "the input", layer_name)
        return
    specs = tree.flatten(specs)
    if isinstance(inputs, dict) and all(s is not None and s.name in inputs for s in specs):
        inputs = [inputs[s.name] for s in specs]
    else:
        inputs = tree.flatten(inputs)
    if len(inputs) != len(specs):
        raise ValueError(
            f"Layer {layer_name!r} expects {len(specs)} input(s). Received: {len(inputs)} "
            f"with shapes {[tuple(getattr(x, 'shape', ())) for x in inputs]}"
        )
    for i, (spec, x) in enumerate(zip(specs, inputs)):
        if spec is not None:
            _check(spec, x, f"input {i}" if len(inputs) > 1 else "the input", layer_name)


def _check(spec, x, what, layer_name):
    if x is None and spec.optional:
        return
    if not hasattr(x, "shape"):
        raise ValueError(
            f"Layer {layer_name!r}: {what} must be a tensor. Received: {x!r} of type "
            f"{type(x).__name__}"
        )
    shape = tuple(x.shape)
    rank = len(shape)

    def refuse(expected):
        return ValueError(
            f"Layer {layer_name!r}: {what} is incompatible with the layer: expected {expected}. "
            f"Received: shape {shape}"
        )

    if spec.ndim is not None and not spec.allow_last_axis_squeeze and rank != spec.ndim:
        raise refuse(f"ndim={spec.ndim}, found ndim={rank}")
    if spec.max_ndim is not None and rank > spec.max_ndim:
        raise refuse(f"max_ndim={spec.max_ndim}, found ndim={rank}")
    if spec.min_ndim is not None and rank < spec.min_ndim:
        raise refuse(f"min_ndim={spec.min_ndim}, found ndim={rank}")
    if spec.dtype is not None and standardize_dtype(x.dtype) != spec.dtype:
        raise refuse(f"dtype={spec.dtype}, found dtype={standardize_dtype(x.dtype)}")
    for axis, side in spec.axes.items():
        if side is not None and shape[axis] not in (side, None):
            raise refuse(f"axis {axis} of length {side}, found {shape[axis]}")
    if spec.shape is not None:
        expected, found = spec.shape, shape
        if spec.allow_last_axis_squeeze:
            expected = expected[:-1] if expected and expected[-1] == 1 else expected
            found = found[:-1] if found and found[-1] == 1 else found
        fits = len(expected) == len(found) and all(
            e is None or f is None or e == f for e, f in zip(expected, found)
        )
        if not fits:
            raise refuse(f"shape={spec.shape}, found shape={shape}")
