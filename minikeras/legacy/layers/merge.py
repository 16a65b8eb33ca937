"""Merge and merge of Keras 1: several tensors made one, in a way that is told by a word."""

import functools

from minikeras import layers, ops, tree
from minikeras.backend.masks import get_mask, set_mask
from minikeras.layers import Layer
from minikeras.legacy.backend.arithmetic import batch_dot
from minikeras.models import Model, Sequential
from minikeras.models.functional import Functional
from minikeras.serialization import register_keras_serializable, serialize_keras_object
from minikeras.utils import get_source_inputs

_SIMPLE = {"sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum"}
MODES = (*_SIMPLE, "concat", "dot", "cos")


@register_keras_serializable("minikeras.legacy")
class Merge(Layer):
    """Several tensors made one, in a way that is told by a word.

    Args:
        layers: None, or a list of branches: models, or layers that were called in a graph. With
            them the layer takes the inputs of all branches, and may be the first of a Sequential
            model, which is then fed with a list of arrays.
        mode: ``"sum"``, ``"mul"``, ``"ave"``, ``"max"``, ``"concat"``, ``"dot"``, ``"cos"`` or a
            function of the list of tensors.
        concat_axis: the axis of ``"concat"``.
        dot_axes: the axes of ``"dot"`` and ``"cos"``, as of `keras.backend.batch_dot`.
        output_shape: of functions: a shape without the batch, or a function of the list of shapes.
            It is found without it; what comes out is checked against it.
        output_mask: of functions: a mask, or a function of the list of masks.
        arguments: further keyword arguments of a function.
        node_indices, tensor_indices: which calls of the branches, and which of their outputs; the
            first ones by default.
        name: a string.

    >>> import minikeras as keras
    >>> keras.layers.Merge(mode="concat")([keras.ops.ones((2, 3)), keras.ops.ones((2, 1))]).shape
    (2, 4)
    """

    def __init__(
        self, layers=None, mode="sum", concat_axis=-1, dot_axes=-1, output_shape=None,
        output_mask=None, arguments=None, node_indices=None, tensor_indices=None, name=None,
        **kwargs,
    ):  # fmt: skip
        super().__init__(name=name, **kwargs)
        if not callable(mode) and mode not in MODES:
            raise ValueError(
                f"Merge: mode must be one of {MODES}, or a function. Received: {mode!r}"
            )
        if layers is None and (any(node_indices or ()) or any(tensor_indices or ())):
            raise ValueError("Merge: node_indices and tensor_indices are those of `layers`")
        self.mode = mode
        self.concat_axis = concat_axis
        self.dot_axes = dot_axes
        self.stated_shape = output_shape
        self.output_mask_of = output_mask
        self.arguments = arguments or {}
        self.supports_masking = True
        self.branches = list(layers or ())
        self.node_indices, self.tensor_indices = node_indices, tensor_indices
        self.joined = _joined(self.branches, node_indices, tensor_indices) if layers else None

    @property
    def inputs(self):
        """The symbolic inputs of all branches."""
        return self.joined.inputs

    def call(self, inputs):
        """The tensors merged; with branches what these make of their inputs."""
        if self.joined is not None:
            inputs = tree.flatten(self.joined(inputs))
        found = self._merged(inputs)
        mask = self._mask(inputs, [get_mask(x) for x in inputs])
        if mask is not None:
            set_mask(found, mask)
        return found

    def _merged(self, inputs):
        if callable(self.mode):
            found = self.mode(inputs, **self.arguments)
            self._check_shape(found, inputs)
            return found
        if self.mode in _SIMPLE:
            return _merged(_SIMPLE[self.mode], inputs)
        if self.mode == "concat":
            return ops.concatenate(inputs, self.concat_axis)
        axes = self.dot_axes
        axes = (axes, axes) if isinstance(axes, int) else tuple(axes)
        axes = tuple(axis % len(x.shape) for axis, x in zip(axes, inputs))
        found = batch_dot(*inputs, axes=axes)
        if self.mode == "dot":
            return found
        lengths = [ops.sum(ops.square(x), axis) for x, axis in zip(inputs, axes)]
        product = ops.sqrt(ops.maximum(batch_dot_of_lengths(*lengths), 1e-7))
        return ops.expand_dims(ops.divide(found, ops.reshape(product, ops.shape(found))), 1)

    def _check_shape(self, found, inputs):
        stated = self.stated_shape
        if stated is None:
            return
        if callable(stated):
            stated = tuple(stated([tuple(x.shape) for x in inputs]))[1:]
        sides = tuple(found.shape[1:])
        stated = tuple(stated)
        if len(stated) != len(sides) or any(
            a is not None and b is not None and a != b for a, b in zip(stated, sides)
        ):
            raise ValueError(
                f"Merge {self.name!r}: the function gives samples of shape {sides}; output_shape "
                f"says {stated}"
            )

    def compute_mask(self, inputs, mask=None):
        """The mask of the result: where all inputs count; of functions what they were told."""
        if self.joined is not None or mask is None:
            return None
        return self._mask(inputs, mask)

    def _mask(self, inputs, masks):
        if all(mask is None for mask in masks):
            return None
        if callable(self.mode):
            given = self.output_mask_of
            return given(masks) if callable(given) else given
        if self.mode in ("sum", "mul", "ave"):
            known = [ops.cast(mask, "bool") for mask in masks if mask is not None]
            return functools.reduce(ops.logical_and, known)
        if self.mode != "concat":
            return None
        wide = []
        for x, mask in zip(inputs, masks):
            mask = ops.ones_like(x, dtype="bool") if mask is None else ops.cast(mask, "bool")
            missing = len(x.shape) - len(mask.shape)
            mask = ops.reshape(mask, (*mask.shape, *[1] * missing))
            wide.append(ops.broadcast_to(mask, x.shape))
        return ops.all(ops.concatenate(wide, self.concat_axis), axis=-1)

    def _config_names(self):
        return ["name", "mode", "concat_axis", "dot_axes", "arguments"]

    def get_config(self):
        """The constructor's arguments as plain values.

        Raises:
            ValueError: if a branch is a layer of a graph around it, which cannot be told apart.
        """
        config = super().get_config()
        if self.branches:
            if not all(isinstance(branch, Model) for branch in self.branches):
                raise ValueError(
                    f"Merge {self.name!r} has layers of a graph for branches, which only a model "
                    "around both can save. Merge models, or call keras.layers.merge on tensors"
                )
            config["layers"] = [serialize_keras_object(branch) for branch in self.branches]
            config["tensor_indices"] = self.tensor_indices
        return config

    @classmethod
    def from_config(cls, config):
        """A layer from what `get_config` returned, here or in Keras 1.

        Raises:
            ValueError: for a function stored as Python code.
        """
        config = dict(config)
        kind = config.pop("mode_type", "raw")
        if kind == "lambda" or isinstance(config.get("mode"), (list, tuple)):
            raise ValueError(
                f"Merge {config.get('name')!r} is stored with Python code as its mode, which is "
                "not run. Make the model in Python and load its weights"
            )
        for name in ("output_shape", "output_mask"):
            if config.pop(f"{name}_type", "raw") != "raw":
                config.pop(name, None)
        return super().from_config(config)


def _joined(branches, node_indices, tensor_indices):
    """A model from the inputs of all branches to the outputs that are merged."""
    nodes = node_indices or [0] * len(branches)
    positions = tensor_indices or [0] * len(branches)
    if len(branches) < 2:
        raise ValueError(f"Merge takes at least two branches. Received: {len(branches)}")
    tensors = []
    for branch, node, position in zip(branches, nodes, positions, strict=True):
        is_own = isinstance(branch, Model) and (not branch._inbound_nodes or node == 0)
        if not isinstance(branch, Layer) or not (is_own or branch._inbound_nodes):
            raise ValueError(
                "Merge: a branch is a model that is built, or a layer that was called in a graph. "
                f"Received: {branch!r}"
            )
        outputs = branch.outputs if is_own else branch._inbound_nodes[node].output_tensors
        tensors.append(outputs[position])
    inputs = {id(x): x for tensor in tensors for x in get_source_inputs(tensor)}
    return Model(list(inputs.values()), tensors)


def _is_first(model):
    """Whether a Sequential model begins with branches."""
    return bool(model._layers) and getattr(model._layers[0], "joined", None) is not None


def _rebuild(rebuild_today):
    """A Sequential model may begin with a `Merge` of branches, whose inputs are its own."""

    @functools.wraps(rebuild_today)
    def _rebuild(self):
        if not _is_first(self):
            rebuild_today(self)
            return
        self._forget_graph()
        self.build()

    return _rebuild


def _build(build_today):
    @functools.wraps(build_today)
    def build(self, input_shape=None):
        if not _is_first(self):
            return build_today(self, input_shape)
        first = self._layers[0]
        x = first(first.inputs)
        for layer in self._layers[1:]:
            x = layer(x)
        self.__dict__["_functional"] = Functional(first.inputs, x, name=self.name)
        self.built = True
        return None

    return build


def _without_shape(today):
    """The inputs of branches are in their own configurations."""

    @functools.wraps(today)
    def method(self):
        if not _is_first(self):
            return today(self)
        functional = self.__dict__["_functional"]
        self.__dict__["_functional"] = None
        try:
            return today(self)
        finally:
            self.__dict__["_functional"] = functional

    return method


def _of_one(build_for_today):
    @functools.wraps(build_for_today)
    def _build_for(self, bound):
        if _is_first(self):
            self.build()
        else:
            build_for_today(self, bound)

    return _build_for


Sequential._rebuild = _rebuild(Sequential._rebuild)
Sequential.build = _build(Sequential.build)
Sequential._build_for = _of_one(Sequential._build_for)
for _name in ("get_config", "get_build_config"):
    setattr(Sequential, _name, _without_shape(getattr(Sequential, _name)))


def batch_dot_of_lengths(x, y):
    """The products of all lengths of ``x`` with all of ``y``, sample by sample."""
    left = ops.reshape(x, (ops.shape(x)[0], -1, 1))
    right = ops.reshape(y, (ops.shape(y)[0], 1, -1))
    return ops.matmul(left, right)


def _merged(name, inputs):
    return getattr(layers, name)()(inputs)


def merge(
    inputs, mode="sum", concat_axis=-1, dot_axes=-1, output_shape=None, output_mask=None,
    arguments=None, name=None,
):  # fmt: skip
    """Merge a list of tensors, or of branches; the arguments are those of `Merge`.

    >>> import minikeras as keras
    >>> x = keras.ops.ones((2, 3))
    >>> keras.layers.merge([x, x], mode="sum").tolist()[0]
    [2.0, 2.0, 2.0]
    """
    inputs = list(inputs)
    settings = (mode, concat_axis, dot_axes, output_shape, output_mask, arguments)
    if all(isinstance(x, Layer) for x in inputs):
        return Merge(inputs, *settings, name=name)
    return Merge(None, *settings, name=name)(inputs)
