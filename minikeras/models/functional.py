"""Functional: a model made of the graph between symbolic inputs and outputs."""

import warnings

from minikeras import tree
from minikeras.layers.call_spec import TENSORS, signature_of
from minikeras.layers.core.input_layer import InputLayer
from minikeras.layers.layer import Layer
from minikeras.layers.stated import general
from minikeras.layers.tracking import unique
from minikeras.models.model import Model
from minikeras.models.operation_names import form_of_call
from minikeras.ops.arguments import tensor
from minikeras.serialization import (
    CustomObjectScope,
    deserialize_keras_object,
    deserialize_layer,
    serialize_keras_object,
)
from minikeras.symbolic.graph import Function
from minikeras.symbolic.inference import is_inferring
from minikeras.symbolic.keras_tensor import KerasTensor, any_symbolic
from minikeras.symbolic.operation import Operation
from minikeras.training.trainer import Trainer


class Functional(Function, Model):
    """A model of any shape: several inputs and outputs, branches, shared layers, nested models.

    Args:
        inputs: a symbolic tensor, or a list or dict of them.
        outputs: what is computed from them, in the same kinds of structure.
        name: a string.
        **kwargs: ``trainable``, ``dtype``.

    >>> import minikeras as keras
    >>> a, b = keras.Input((2,)), keras.Input((2,))
    >>> model = keras.Model([a, b], a * b)
    >>> model([keras.ops.ones((1, 2)), 3 * keras.ops.ones((1, 2))]).tolist()
    [[3.0, 3.0]]
    """

    _has_free_sides = False
    _held_before = ()

    def __init__(self, inputs, outputs, name=None, **kwargs):
        trainable = kwargs.pop("trainable", None)
        Trainer.__init__(self)
        Layer.__init__(self, name=name, **kwargs)
        inputs, outputs = _with_input_layers(inputs, outputs)
        Function.__init__(self, inputs, outputs, name=self.name)
        for held in ("_inputs_struct", "_outputs_struct", "_inputs", "_outputs"):
            self.untrack(held)
        names = [op.name for op in self.operations]
        repeated = sorted({n for n in names if names.count(n) > 1})
        if repeated:
            raise ValueError(
                f"Model {self.name!r}: the names of its layers must differ. "
                f"Received several named {repeated}"
            )
        self.__dict__["_held_before"] = self.owned(Layer)
        self._layers = [op for op in self.operations if isinstance(op, Layer)]
        self.built = True
        if trainable is not None:
            self.trainable = trainable

    def _direct_layers(self):
        """The layers that a subclass held before the graph was made, the graph's, and others."""
        present = {id(x): x for x in (*self._layers, *self.owned(Layer)) if x is not self}
        first = [x for x in self._held_before if id(x) in present]
        return unique([*first, *present.values()])

    def build(self, input_shape=None):
        """A functional model is built from the start."""
        self.built = True

    @Model.layers.getter
    def layers(self):
        """The layers of the graph, in Keras's order."""
        return list(self._layers)

    @property
    def input_shape(self):
        """The shapes of the inputs."""
        return tree.map_structure(lambda x: x.shape, self._inputs_struct)

    @property
    def output_shape(self):
        """The shapes of the outputs."""
        return tree.map_structure(lambda x: x.shape, self._outputs_struct)

    @property
    def input(self):
        """The symbolic inputs, in the structure that was given."""
        return self._inputs_struct

    @property
    def output(self):
        """The symbolic outputs, in the structure that was given."""
        return self._outputs_struct

    @property
    def input_names(self):
        """The names of the inputs."""
        return [x._keras_history.operation.name for x in self._inputs]

    @property
    def output_names(self):
        """The names of the layers that make the outputs, told apart where one makes several."""
        counts, names = {}, []
        for x in self._outputs:
            name = x._keras_history.operation.name
            counts[name] = counts.get(name, 0) + 1
            names.append(name if counts[name] == 1 else f"{name}_{counts[name] - 1}")
        return names

    def call(self, inputs, training=None, mask=None, **kwargs):
        """The outputs for arrays ``inputs``.

        Args:
            inputs: in the structure of the model's inputs; a dict may be keyed by their names.
            training: whether layers behave as in training.
            mask: the masks of the inputs, in their structure.
            **kwargs: handed on to the layers whose ``call`` has arguments of these names.
        """
        values = self._matched(inputs)
        if mask is not None:
            from minikeras.backend.masks import set_mask

            for x, m in zip(values, tree.flatten(mask)):
                set_mask(x, m)
        return self.run(values, _handing_on(kwargs) if kwargs else None)

    def compute_output_spec(self, inputs, training=None, mask=None):
        """The symbolic outputs for other symbolic inputs."""
        return Layer.compute_output_spec(self, inputs)

    @general  # it knows no more than compute_output_spec does
    def compute_output_shape(self, input_shape):
        """The shapes of the outputs for the shapes of the inputs."""
        return Function.compute_output_shape(self, input_shape)

    def __call__(self, *args, **kwargs):
        return Layer.__call__(self, *args, **kwargs)

    def _build_for(self, bound):
        self.built = True

    def _matched(self, inputs):
        """The inputs as a flat list, of the dtypes and ranks that the graph expects."""
        self._check_structure(inputs)
        if isinstance(inputs, dict) and not isinstance(self._inputs_struct, dict):
            names = self.input_names
            missing = [n for n in names if n not in inputs]
            if missing:
                raise ValueError(
                    f"Model {self.name!r} expects inputs named {names}. Missing: {missing}; "
                    f"received keys: {sorted(inputs)}"
                )
            values = [inputs[n] for n in names]
        elif isinstance(self._inputs_struct, dict):
            values = self._values_by_key(inputs)
        elif len(self._inputs) == 1 and _are_strings(inputs):
            values = [inputs]
        else:
            values = tree.flatten(inputs)
        if len(values) != len(self._inputs):
            is_keyed = isinstance(self._inputs_struct, dict)
            kind = "named input(s) with keys" if is_keyed else "input(s) named"
            keys = list(self._inputs_struct) if is_keyed else self.input_names
            raise ValueError(
                f"Model {self.name!r} expects {len(self._inputs)} {kind} {keys}. "
                f"Received: {len(values)} input(s)"
            )
        return [self._adjusted(v, x) for v, x in zip(values, self._inputs)]

    def _check_structure(self, inputs):
        """Warn where the inputs come in another structure and are taken one after the other."""
        expected = self._inputs_struct
        if isinstance(inputs, TENSORS):  # one tensor for one input, whatever holds that
            return
        if isinstance(inputs, dict) and not isinstance(expected, dict):
            return  # found by their names
        if not tree.is_nested(expected) and not isinstance(inputs, dict):
            return
        if _same_structure(expected, inputs):
            return
        message = (
            "The structure of `inputs` doesn't match the expected structure of model "
            f"{self.name!r}. Expected: {_shown(expected)}. Received: {_shown(inputs)}"
        )
        is_ordered = isinstance(expected, dict) and not isinstance(inputs, dict)
        if is_ordered and list(expected) != sorted(expected):
            raise ValueError(message)  # the order of the keys is not that of the inputs
        if not is_inferring():
            warnings.warn(message, stacklevel=2)

    def _values_by_key(self, inputs):
        expected = self._inputs_struct
        if not isinstance(inputs, dict):
            return tree.flatten(inputs)
        missing = [k for k in expected if k not in inputs]
        if missing:
            raise ValueError(
                f"Model {self.name!r} expects a dict of inputs with the keys {list(expected)}. "
                f"Missing: {missing}; received keys: {list(inputs)}"
            )
        return tree.flatten({k: inputs[k] for k in expected})

    def _adjusted(self, value, x):
        """``value`` for the symbolic input ``x``: cast, one axis of length 1 added or dropped."""
        if value is None:
            if x._keras_history.operation.optional:
                return None
            raise ValueError(f"Model {self.name!r}: input {x.name!r} is None but not optional")
        if isinstance(value, KerasTensor):
            return value
        if x.dtype == "string":
            value = value if hasattr(value, "shape") else tensor(value)
        elif getattr(value, "dtype", None) != x.dtype:
            value = tensor(value, x.dtype)
        expected, found = x.shape, tuple(value.shape)
        if len(found) == len(expected) + 1 and found[-1] == 1:
            value = tensor(value).reshape(found[:-1])
        elif len(found) == len(expected) - 1 and expected and expected[-1] == 1:
            value = tensor(value).reshape((*found, 1))
        found = tuple(value.shape)
        fits = len(found) == len(expected) and (
            self._has_free_sides
            or all(e is None or e == f for e, f in zip(expected[1:], found[1:]))
        )
        if not fits:
            raise ValueError(
                f"Model {self.name!r}: input {x._keras_history.operation.name!r} is incompatible "
                f"with the model: expected shape={(None, *expected[1:])}, found shape={found}"
            )
        return value

    def get_config(self):
        """The graph as plain values: its operations, and the calls of each."""
        if not keeps_functional_constructor(type(self)):
            return Model.get_config(self)
        known = {}  # (operation name, index of the call) -> its position among the calls kept
        counts = {}
        nodes = {id(n) for n in self._graph.nodes}
        for operation in self.operations:
            for index, node in enumerate(operation._inbound_nodes):
                if id(node) in nodes:
                    position = counts.get(operation.name, 0)
                    known[operation.name, index] = position
                    counts[operation.name] = position + 1

        def location(x):
            operation, node_index, tensor_index = x._keras_history
            return [operation.name, known[operation.name, node_index], tensor_index]

        layers = []
        for operation in self.operations:
            form = (
                serialize_keras_object(operation)
                if isinstance(operation, Layer)
                else form_of_call(operation)
            )
            form["name"] = operation.name
            form["inbound_nodes"] = [
                _node_form(node, location)
                for node in operation._inbound_nodes
                if id(node) in nodes and not node.is_input
            ]
            layers.append(form)
        return {
            "name": self.name,
            "trainable": self.trainable,
            "layers": layers,
            "input_layers": _located(self._inputs_struct, location),
            "output_layers": _located(self._outputs_struct, location),
        }

    def get_build_config(self):
        """A functional model needs no shapes to be built."""
        return {"input_shape": None}


def _handing_on(kwargs):
    """A way to call the operations of a graph with more arguments, where they have them."""

    def call(operation, args, own):
        known = signature_of(type(operation).call).all_names
        more = {name: value for name, value in kwargs.items() if name in known}
        return operation(*args, **{**own, **more})

    return call


def _same_structure(expected, inputs):
    """Whether the structures agree, lists and tuples being the same."""
    try:
        tree.assert_same_structure(tree.lists_to_tuples(expected), tree.lists_to_tuples(inputs))
    except (ValueError, TypeError):
        return False
    return True


def _shown(structure):
    """A structure of tensors for messages: names or shapes in their places."""
    return tree.map_structure(
        lambda x: getattr(x, "name", None) or f"shape {tuple(getattr(x, 'shape', ()))}", structure
    )


def _are_strings(inputs):
    """Whether ``inputs`` is a list of strings (or lists of them): one tensor, not many."""
    while isinstance(inputs, (list, tuple)) and inputs:
        inputs = inputs[0]
    return isinstance(inputs, (str, bytes))


def keeps_functional_constructor(cls):
    """Whether ``cls`` can be made from inputs and outputs.

    So it is if it has no constructor of its own, or one that hands all other arguments on.
    """
    if cls is Functional or cls.__init__ is Functional.__init__:
        return True
    signature = signature_of(cls.__init__)
    return signature.takes_any and signature.takes_more


def _located(structure, location):
    """The place of each tensor; a single one is written without a list around it."""
    if isinstance(structure, KerasTensor):
        return location(structure)
    return tree.map_structure(location, structure)


def _node_form(node, location):
    def one(x):
        if isinstance(x, KerasTensor):
            config = {"shape": list(x.shape), "dtype": x.dtype, "keras_history": location(x)}
            return {"class_name": "__keras_tensor__", "config": config}
        return serialize_keras_object(x)

    args, kwargs = form_of_arguments(node)
    return {
        "args": [tree.map_structure(one, a) for a in args],
        "kwargs": {k: tree.map_structure(one, v) for k, v in kwargs.items()},
    }


def form_of_arguments(node):
    """The arguments of a call as Keras writes them: static ones of ops go to its config."""
    from minikeras.models.operation_names import call_arguments

    if isinstance(node.operation, Layer):
        return node.args, node.kwargs
    return call_arguments(node)


def _with_input_layers(inputs, outputs):
    """The graph with an input layer for each input that is an intermediate tensor."""
    flat = tree.flatten(inputs)
    for x in flat:
        if not isinstance(x, KerasTensor):
            raise ValueError(
                "All `inputs` values must be KerasTensors, symbolic as keras.Input gives them. "
                f"Received: {x!r} of type {type(x).__name__}"
            )
    replaced = {}
    for x in flat:
        history = x._keras_history
        if history is None or not isinstance(history.operation, InputLayer):
            replaced[id(x)] = InputLayer(batch_shape=x.shape, dtype=x.dtype).output
    if not replaced:
        return inputs, outputs
    # The part of the graph above the new inputs is called again on them.
    function = Function(inputs, outputs)
    fresh_inputs = [replaced.get(id(x), x) for x in flat]
    outputs = function.run(fresh_inputs, call=lambda op, args, kwargs: op(*args, **kwargs))
    return tree.pack_sequence_as(inputs, fresh_inputs), outputs


_GRAPH_KEYS = ("name", "trainable", "layers", "input_layers", "output_layers", "dtype")


def functional_from_config(cls, config, custom_objects=None):
    """A functional model from the plain values that `Functional.get_config` returned."""
    with CustomObjectScope(custom_objects or {}):
        return _GraphReader(config).model(cls)


class _GraphReader:
    """Makes the operations of a configuration and calls them in an order that works."""

    def __init__(self, config):
        self.config = config
        self.operations = {}
        self.pending = []  # (operation, form of a call, index of the call)
        self.tensors = {}  # (operation name, call, output) -> symbolic tensor

    def model(self, cls):
        for form in self.config["layers"]:
            self._make(form)
        while self.pending:
            waiting = []
            for entry in self.pending:
                if not self._call(*entry):
                    waiting.append(entry)
            if len(waiting) == len(self.pending):
                names = sorted({operation.name for operation, _, _ in waiting})
                raise ValueError(f"The graph cannot be rebuilt: the inputs of {names} are missing")
            self.pending = waiting
        inputs = self._at(self.config["input_layers"])
        outputs = self._at(self.config["output_layers"])
        own = {
            key: deserialize_keras_object(value) if isinstance(value, dict) else value
            for key, value in self.config.items()
            if key not in _GRAPH_KEYS
        }
        model = cls(inputs, outputs, name=self.config.get("name"), **own)
        if "trainable" in self.config and self.config["trainable"] is False:
            model.trainable = False
        return model

    def _make(self, form):
        operation = deserialize_layer(form)
        if not isinstance(operation, Operation):
            raise ValueError(f"{form.get('class_name')!r} is no layer. Received: {form!r}")
        name = form.get("name", operation.name)
        self.operations[name] = operation
        nodes = form.get("inbound_nodes", [])
        if isinstance(operation, InputLayer) or not nodes:
            for i, node in enumerate(operation._inbound_nodes):
                for j, x in enumerate(node.output_tensors):
                    self.tensors[name, i, j] = x
        first = len(operation._inbound_nodes) if not isinstance(operation, InputLayer) else 0
        for i, node in enumerate(nodes):
            self.pending.append((operation, node, (name, i, first)))

    def _call(self, operation, form, place):
        name, index, _ = place
        if any(p[2][0] == name and p[2][1] < index for p in self.pending if p[0] is operation) and (
            (name, index - 1, 0) not in self.tensors
        ):
            return False
        missing = []

        def one(x):
            found = self.tensors.get(tuple(x["config"]["keras_history"]))
            if found is None:
                missing.append(x)
            return found

        args = [_fill(a, one) for a in form.get("args", [])]
        kwargs = {k: _fill(v, one) for k, v in form.get("kwargs", {}).items()}
        if missing:
            return False
        if not any_symbolic(args, kwargs):
            raise ValueError(f"The call of {name!r} in the graph has no input. Received: {form!r}")
        outputs = operation(*args, **kwargs)
        for j, x in enumerate(y for y in tree.flatten(outputs) if isinstance(y, KerasTensor)):
            self.tensors[name, index, j] = x
        return True

    def _at(self, places):
        """The symbolic tensors at the places, in the structure of the configuration."""
        if isinstance(places, dict):
            return {k: self._at(v) for k, v in places.items()}
        if len(places) == 3 and isinstance(places[0], str):
            return self.tensors[places[0], places[1], places[2]]
        return type(places)(self._at(p) for p in places)


def _fill(value, tensor_at):
    """A serialized argument with the symbolic tensors in their places."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return tensor_at(value)
        if "class_name" in value and "config" in value:
            return deserialize_keras_object(value)
        return {k: _fill(v, tensor_at) for k, v in value.items()}
    if isinstance(value, list):
        return [_fill(v, tensor_at) for v in value]
    return value
