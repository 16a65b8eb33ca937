"""Architectures of today in the form of Keras 2: configurations as plain values that it reads.

`architecture` goes the other way. What Keras 2 had no counterpart for is an error that names it.
"""

import inspect
import itertools

from minikeras import layers
from minikeras.legacy.files.arguments_of_2 import (
    ACTIVATIONS,
    INITIALIZERS,
    RENAMED,
    SCALING,
    in_keras_2,
)
from minikeras.legacy.files.functions_of_2 import function_of_2
from minikeras.legacy.symbolic_losses import ADDED, added_to
from minikeras.models import Functional, Model, Sequential
from minikeras.serialization import keras_module_of, serialize_value

VERSION = "2.3.1"
# Values of arguments that did nothing more than Keras 2 did anyway.
_USUAL = (None, False, "channels_last")
_OLD_HARD_SIGMOID = "minikeras.legacy>hard_sigmoid_until_3"


def form_of_2(model):
    """``{"class_name": ..., "config": ...}`` of a model as Keras 2 stored it.

    Args:
        model: a `Sequential` or functional model.

    Raises:
        ValueError: for other models, and for layers and settings that Keras 2 did not have.
    """
    if isinstance(model, Sequential):
        return _sequential(model)
    if isinstance(model, Functional) and "layers" in model.get_config():
        return _graph(model)
    raise ValueError(
        f"Model {model.name!r} is of the class {type(model).__name__}: Keras 2 stores the "
        "architecture of Sequential and functional models alone. Save its weights"
    )


def _refusal(layer, what):
    return ValueError(
        f"Layer {layer.name!r} ({type(layer).__name__}): {what} has no counterpart in Keras 2. "
        "Save the model in the format of today, as .keras"
    )


def _sequential(model):
    forms = [layer_form(layer) for layer in model.layers]
    if model.built and not isinstance(model.layers[0], layers.InputLayer):
        first = model.inputs[0]
        forms.insert(0, _input_form(first._keras_history.operation))
    return {"class_name": "Sequential", "config": {"name": model.name, "layers": forms}}


def layer_form(layer):
    """The configuration of one layer, models within included."""
    if isinstance(layer, Model):
        return form_of_2(layer)
    if isinstance(layer, layers.InputLayer):
        return _input_form(layer)
    cls = type(layer)
    config = {key: serialize_value(value) for key, value in layer.get_config().items()}
    is_ours = keras_module_of(cls) is not None or cls.__module__.startswith("minikeras.legacy.")
    found = _config(layer, config) if is_ours else _values(layer, config)
    dtype = found.get("dtype")
    if isinstance(dtype, dict):
        found["dtype"] = dtype["config"]["name"]
    return {"class_name": cls.__name__, "config": found}


def _input_form(layer):
    return {
        "class_name": "InputLayer",
        "config": {
            "batch_input_shape": list(layer.batch_shape),
            "dtype": str(layer.dtype),
            "sparse": False,
            "name": layer.name,
        },
    }


def _config(layer, config):
    """The arguments that Keras 2 knew; those that it did not know must have their defaults."""
    known = in_keras_2(type(layer).__name__)
    if known is None:
        raise _refusal(layer, "this class")
    everywhere, later = known
    if not everywhere:  # a class of tf.keras, whose defaults may differ
        everywhere, later = later, []
    renamed = RENAMED.get(type(layer).__name__, {})
    found = {key: config[key] for key in ("name", "trainable", "dtype") if key in config}
    for key, value in config.items():
        key = renamed.get(key, key)
        is_default = _is_default(type(layer), key, value)
        if key in everywhere or (key in later and not is_default):
            found[key] = value
        elif key not in (*found, *later) and not is_default and value not in _USUAL:
            raise _refusal(layer, f"{key}={value!r}")
    if "activity_regularizer" in everywhere:  # today left out where there is none
        found.setdefault("activity_regularizer", None)
    inner = {key: found.pop(key) for key in ("layer", "backward_layer", "cell") if key in found}
    found = _values(layer, found)
    for key, stored in inner.items():
        forward = "forward_layer" if isinstance(layer, layers.Bidirectional) else "layer"
        part = getattr(layer, forward if key == "layer" else key)
        if stored is not None:
            found[key] = _inner_form(part, stored)
    return found


def _inner_form(part, stored):
    """The form of a layer within another, by the name that it was given."""
    if isinstance(part, (list, tuple)):
        return _object("StackedRNNCells", {"cells": [layer_form(cell) for cell in part]})
    form = layer_form(part)
    name = stored["config"].get("name", part.name)
    config = {**form["config"], "name": name}
    config.pop("zero_output_for_mask", None)  # a wrapper sees to it itself
    return {**form, "config": config}


def _is_default(cls, key, value):
    for owner in cls.__mro__:
        parameter = inspect.signature(owner.__init__).parameters.get(key)
        if parameter is not None:
            return serialize_value(parameter.default) == value
    return False


def _values(layer, config):
    found = {key: _value(layer, key, value) for key, value in config.items()}
    if isinstance(layer, layers.Lambda):
        found |= _lambda_entries(layer, config)
    if isinstance(layer, layers.MultiHeadAttention):
        found |= _shapes_of_attention(layer)
    return found


def _value(layer, key, value):
    if key == "cells":
        return [layer_form(cell) for cell in layer.cells]
    if key.endswith("activation"):
        return _activation(layer, value)
    if not isinstance(value, dict) or "class_name" not in value or key == "dtype":
        return value
    if key.endswith("_initializer") or key == "init":
        return _initializer(layer, value)
    if key.endswith("_regularizer") and value["class_name"] in ("L1", "L2", "L1L2"):
        both = {"l1": 0.0, "l2": 0.0}
        return _object("L1L2", both | {k: float(v) for k, v in value["config"].items()})
    return _object(value.get("registered_name") or value["class_name"], value["config"])


def _object(class_name, config):
    return {"class_name": class_name, "config": config}


def _activation(layer, value):
    if isinstance(value, dict):
        if value["class_name"] != "function":
            return _object(value.get("registered_name") or value["class_name"], value["config"])
        value = value["config"]
        if value != _OLD_HARD_SIGMOID:
            return value  # a function of the user's
        return "hard_sigmoid"
    if value is None or value in ACTIVATIONS:
        return {"silu": "swish"}.get(value, value)
    raise _refusal(layer, f"the activation {value!r}")


def _initializer(layer, form):
    name, config = form["class_name"], form["config"]
    if keras_named(form) and name in SCALING:
        scale, mode, distribution = SCALING[name]
        config = {"scale": scale, "mode": mode, "distribution": distribution, **config}
        name = "VarianceScaling"
    if not keras_named(form):
        return _object(form.get("registered_name") or name, config)
    name = name.removesuffix("Initializer")
    if name not in INITIALIZERS:
        raise _refusal(layer, f"the initializer {name!r}")
    found = {key: config.get(key) for key in INITIALIZERS[name].split()}
    if isinstance(found.get("seed"), dict):  # a generator of seeds
        found["seed"] = None
    if name == "VarianceScaling":
        distribution = found["distribution"]
        found["distribution"] = {"truncated_normal": "normal"}.get(distribution, distribution)
    return _object(name, found)


def keras_named(form):
    """Whether a serialized object is of Keras itself."""
    return (form.get("module") or "").split(".")[0] == "keras"


def _shapes_of_attention(layer):
    """The shapes of query, key and value, from which tf.keras builds the layer."""
    shapes = (layer.get_build_config() or {}).get("shapes_dict", {})
    query, value = shapes.get("query_shape"), shapes.get("value_shape")
    key = shapes.get("key_shape") or value
    pairs = (("query_shape", query), ("key_shape", key), ("value_shape", value))
    return {name: list(shape) if shape else None for name, shape in pairs}


def _lambda_entries(layer, config):
    function = config["function"]
    is_lambda = function["class_name"] == "__lambda__"
    value = list(function["config"].values()) if is_lambda else function["config"]
    return {
        "function": value,
        "function_type": "lambda" if is_lambda else "function",
        "module": getattr(layer.function, "__module__", None),
        "output_shape": config.get("output_shape"),
        "output_shape_type": "raw",
        "output_shape_module": None,
        "arguments": config.get("arguments") or {},
    }


# Graphs


def _graph(model):
    config, (added, graph) = model.get_config(), added_to(model)
    operations = {operation.name: operation for operation in (graph or model).operations}
    # The model within has a call of its own, which comes first.
    nested = {name for name, op in operations.items() if isinstance(op, Model)}

    def place(history):
        name, node, output = history
        return [name, node + (name in nested), output]

    forms = []
    for stored in config["layers"]:
        operation = operations[stored["name"]]
        nodes = stored["inbound_nodes"]
        if isinstance(operation, layers.Layer):
            form = layer_form(operation)
            found = [_node(operation, node, place) for node in nodes]
        else:
            form, found = function_of_2(operation, stored, place)
        forms.append({**form, "name": stored["name"], "inbound_nodes": found})
    if added:
        forms += _added(config[ADDED], operations, place)
    ends = {key: _ends(config[key], place) for key in ("input_layers", "output_layers")}
    return {"class_name": "Model", "config": {"name": model.name, "layers": forms, **ends}}


def _added(entries, taken, place):
    """Losses and metrics that are tensors of the graph, as layers that tf.keras made of them."""
    names = set(taken)
    for entry in entries:
        is_loss = entry["kind"] == "loss"
        stem = "add_loss" if is_loss else "add_metric"
        name = next(
            n for i in itertools.count() if (n := f"{stem}_{i}" if i else stem) not in names
        )
        names.add(name)
        own = {"unconditional": False}
        if not is_loss:
            own = {"aggregation": entry["aggregation"], "metric_name": entry["name"]}
        config = {"name": name, "trainable": True, "dtype": "float32", **own}
        calls = [[[*place(entry["tensor"]), {}]]]
        form = _object("AddLoss" if is_loss else "AddMetric", config)
        yield {**form, "name": name, "inbound_nodes": calls}


def _ends(places, place):
    if isinstance(places, dict):
        places = list(places.values())
    if len(places) == 3 and isinstance(places[0], str):
        places = [places]
    return [place(p) for p in places]


def _is_tensor(value):
    return isinstance(value, dict) and value.get("class_name") == "__keras_tensor__"


def _node(layer, node, place):
    """One call: the tensors of the first argument, each with the arguments by keyword."""
    args, kwargs = list(node["args"]), dict(node["kwargs"])
    names = [n for n in inspect.signature(type(layer).call).parameters if n != "self"]
    for name, value in zip(names[1:], args[1:]):
        kwargs[name] = value
    first = args[0] if args else kwargs.pop(names[0])
    tensors = list(first) if isinstance(first, (list, tuple)) else [first]
    if isinstance(first, dict) and not _is_tensor(first):
        raise _refusal(layer, "a call on a dict of tensors")
    if isinstance(layer, (layers.RNN, layers.Bidirectional)) and kwargs.get("initial_state"):
        tensors = [*tensors, *kwargs.pop("initial_state")]

    def value(item):
        if _is_tensor(item):
            return place(item["config"]["keras_history"])
        if isinstance(item, (list, tuple)):
            return [value(v) for v in item]
        if isinstance(item, dict):
            raise _refusal(layer, f"the argument {item!r} of a call")
        return item

    kwargs = {k: value(v) for k, v in kwargs.items() if v is not None}
    return [[*place(t["config"]["keras_history"]), kwargs] for t in tensors]


def json_of_2(model):
    """The root of `to_json` of Keras 2."""
    return {**form_of_2(model), "keras_version": VERSION, "backend": "tensorflow"}
