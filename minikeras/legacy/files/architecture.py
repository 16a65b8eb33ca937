"""Architectures as Keras 1 and 2 stored them, in the form of Keras 3.

`modern_form` is a function of plain values: nothing is made of them but initializers and their
like, whose meaning has changed. What a configuration leaves out had the default of its version.
"""

import inspect

from minikeras import layers
from minikeras.legacy.arguments import calls as arguments
from minikeras.legacy.arguments.values_1 import activation
from minikeras.legacy.symbolic_losses import ADDED
from minikeras.legacy.tensorflow import (
    calls as calls,  # fills the table
    table,
)

# Class names in files -> those of today.
_CLASSES = {
    "AtrousConvolution1D": "Conv1D", "AtrousConvolution2D": "Conv2D", "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D", "Convolution3D": "Conv3D", "CuDNNGRU": "GRU", "CuDNNLSTM": "LSTM",
    "Deconvolution2D": "Conv2DTranspose", "SeparableConvolution2D": "SeparableConv2D",
    "SyncBatchNormalization": "BatchNormalization",
}  # fmt: skip
_MODELS = ("Model", "Functional", "Network", "Container", "Sequential")
_RECURRENT = ("RNN", "LSTM", "GRU", "SimpleRNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D",
              "ConvLSTM3D")  # fmt: skip
_DISTRIBUTIONS = {"normal": "truncated_normal"}
_FUNCTIONS = ("TFOpLambda", "SlicingOpLambda")
_NODE = "TensorFlowOpLayer"
_ADDED = {"AddLoss": "loss", "AddMetric": "metric"}
_CONSTANT = "_CONSTANT_VALUE"  # stands in calls for a layer; the value follows
# Keys of layers that say nothing any more, and the value that they must have.
_SPENT = {
    "batch_size": None, "ragged": False, "input_dtype": None, "time_major": False, "fused": None,
    "virtual_batch_size": None, "renorm": False, "consume_less": None, "synchronized": False,
    "query_shape": None, "key_shape": None, "value_shape": None, "softmax_robust_masking": False,
    "transform_bias": None,
}  # fmt: skip
# Keys that layers of TensorFlow inherit from a more general layer, without a use for them.
_INHERITED = {
    "SeparableConv1D": ("groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"),
    "DepthwiseConv2D": (
        "groups", "filters", "kernel_initializer", "kernel_regularizer", "kernel_constraint",
    ),
}  # fmt: skip
_INHERITED["SeparableConv2D"] = _INHERITED["SeparableConv1D"]
_INHERITED |= dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), ("groups",))
_INHERITED |= {f"SpatialDropout{n}D": ("noise_shape",) for n in (1, 2, 3)}
_INHERITED["DepthwiseConv1D"] = _INHERITED["DepthwiseConv2D"]


def era_of(version):
    """The era of a version of Keras, such as ``"1.2.2"``; files without one are of Keras 1."""
    head = str(version or "1").partition(".")[0]
    return int(head) if head in ("1", "2", "3") else 2


def is_of_old(form):
    """Whether a configuration is one of Keras 1 or 2: those of Keras 3 name their modules."""
    return isinstance(form, dict) and "class_name" in form and "module" not in form


def modern_form(form, era):
    """The configuration of a model or layer in the form of Keras 3.

    Args:
        form: ``{"class_name": ..., "config": ...}`` of Keras 1 or 2.
        era: 1 or 2.

    Raises:
        ValueError: if it is no such configuration, or holds what has no counterpart today.
    """
    if not isinstance(form, dict) or "class_name" not in form or "config" not in form:
        raise ValueError(
            "A configuration of Keras 1 or 2 is a dict with 'class_name' and 'config'. "
            f"Received: {str(form)[:80]}"
        )
    name = form["class_name"]
    if name == "Sequential":
        return _sequential(form["config"], era)
    if name in _MODELS and "layers" in form["config"]:
        return _graph(form["config"], era)
    return _layer(form, era)


def _object(class_name, config, module="keras.layers"):
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}


def _sequential(config, era):
    if isinstance(config, list):  # before Keras 2.2.3
        config = {"layers": config}
    layers = [modern_form(form, era) for form in config["layers"]]
    found = {"layers": layers}
    for key in ("name", "build_input_shape"):
        if config.get(key) is not None:
            found[key] = config[key]
    return _object("Sequential", found, "keras")


def _layer(form, era):
    name = form["class_name"].rpartition(">")[2]
    config = dict(form["config"])
    if name.startswith("CuDNN"):
        config |= {"recurrent_activation": "sigmoid", "activation": "tanh"}
        config |= {"reset_after": True} if name == "CuDNNGRU" else {}
    name = _CLASSES.get(name, name)
    if era == 3 and "trainable" not in config and name != "InputLayer":
        return _object(name, config, "keras.src.ops.numpy")  # an op: layers say that they train
    if name in _FUNCTIONS:
        return _stored_function(config)
    if name == _NODE:
        return _stored_node(config)
    if name == "InputLayer":
        return _object(name, _input_layer(config))
    config = {key: _value(key, value, era) for key, value in _kept(name, config).items()}
    if name == "Lambda":
        return _object(name, _lambda(config))
    if "atrous_rate" in config:
        config["dilation_rate"] = config.pop("atrous_rate")
    if (era == 1 and name in arguments.CHANGED) or not arguments.old_names(name).isdisjoint(config):
        _, config = arguments.translated(name, (), config, era)
    else:
        config = arguments.defaults.completed(name, (), config, era)
    if not _takes_trainable(name):
        config.pop("trainable", None)
    found = _object(name, config)
    if ">" in form["class_name"]:
        found["registered_name"] = form["class_name"]
    return found


def _takes_trainable(name):
    """Whether a layer can be told not to train; some that have no weights cannot."""
    cls = getattr(layers, name, None)
    if cls is None:
        return True
    parameters = inspect.signature(cls.__init__).parameters.values()
    return any(p.kind is p.VAR_KEYWORD or p.name == "trainable" for p in parameters)


def _stored_function(config):
    if table.found(str(config.get("function"))) is None:  # no class: it is named as unknown
        return _object(f"tf.{config.get('function')}", {"name": config.get("name")}, None)
    form = _object("StoredFunction", {key: config.get(key) for key in ("name", "function")}, None)
    return {**form, "registered_name": "minikeras.legacy>StoredFunction"}


def _stored_node(config):
    from minikeras.legacy.tensorflow import nodes  # few files have some

    node = config.get("node_def")
    if not nodes.is_known(node):  # no class: it is named as unknown
        kind = node.get("op") if isinstance(node, dict) else "a binary node"
        return _object(f"tf.raw_ops.{kind}", {"name": config.get("name")}, None)
    form = _object("StoredNode", {"node_def": node, "constants": config.get("constants")}, None)
    return {**form, "registered_name": "minikeras.legacy>StoredNode"}


def _kept(name, config):
    """A configuration without the keys that say nothing any more.

    Raises:
        ValueError: if one of them says something after all.
    """
    found, inherited = {}, _INHERITED.get(name, ())
    is_stated_twice = name != "Embedding" and "batch_input_shape" in config
    for key, value in config.items():
        if key in inherited or (key == "input_dim" and is_stated_twice):
            continue
        if key in _SPENT:
            expected = _SPENT[key]
            if expected is not None and value not in (expected, None):
                raise ValueError(f"{name} with {key}={value!r} has no counterpart in Keras 3")
        elif key == "axis" and name == "BatchNormalization" and isinstance(value, list):
            (found["axis"],) = value
        elif key not in ("shared_object_id", "implementation", "input_length"):
            found[key] = value
    return found


def _input_layer(config):
    found = {"batch_shape": tuple(config.get("batch_input_shape") or config["batch_shape"])}
    dtype = _value("dtype", config.get("dtype") or config.get("input_dtype"), 2)
    if dtype is not None:
        found["dtype"] = dtype
    for key in ("name", "sparse"):
        if config.get(key):
            found[key] = config[key]
    return found


def _value(key, value, era):
    """A value of a configuration; nested layers, cells and initializers in the form of today."""
    if key.endswith("activation"):
        if isinstance(value, dict) and "module" not in value:
            return _layer(value, era)
        return activation(value) if era < 3 else value
    if key == "dtype" and isinstance(value, dict):
        inner = value.get("config") or {}
        return inner.get("name") if value.get("class_name") != "DTypePolicy" else value
    if key in ("layer", "cell", "forward_layer", "backward_layer"):
        return modern_form(value, era)
    if key in ("cells", "layers") and isinstance(value, list):
        return [modern_form(v, era) for v in value]
    if (key.endswith("_initializer") or key == "init") and isinstance(value, dict):
        return _initializer(value)
    for kind in ("regularizer", "constraint"):
        if key.endswith(f"_{kind}") and is_of_old(value):
            return _object(value["class_name"], value["config"], f"keras.{kind}s")
    if isinstance(value, dict) and value.get("class_name") == "__tuple__":
        return tuple(value["items"])
    if isinstance(value, dict) and value.get("class_name") == "TensorShape":
        return tuple(value["items"])
    return value


def _initializer(form):
    config = dict(form.get("config") or {})
    config.pop("dtype", None)
    if form["class_name"] == "VarianceScaling" and "distribution" in config:
        distribution = config["distribution"]
        config["distribution"] = _DISTRIBUTIONS.get(distribution, distribution)
    return _object(form["class_name"], config, "keras.initializers")


def _lambda(config):
    function, kind = config["function"], config.get("function_type", "lambda")
    if isinstance(function, dict):  # of Keras 3
        kind, function = function["class_name"].strip("_"), function["config"]
        if kind == "lambda" and isinstance(function, dict):
            function = function.get("value") or [
                function.get(key) for key in ("code", "defaults", "closure")
            ]
    for key in ("function_type", "module", "output_shape_type", "output_shape_module"):
        config.pop(key, None)
    if isinstance(config.get("output_shape"), list):
        config["output_shape"] = tuple(config["output_shape"])
    form = "__lambda__" if kind == "lambda" else "function"
    value = {"value": function} if kind == "lambda" else function
    config["function"] = _object(form, value, "builtins")
    return config


# Graphs


def _graph(config, era):
    # A model within a model has a call of its own, which Keras 1 and 2 count and Keras 3 does not.
    nested = {f["name"] for f in config["layers"] if f["class_name"] in _MODELS and era < 3}

    added = {f["name"]: f for f in config["layers"] if f["class_name"] in _ADDED}

    def place(entry):
        name, node, output = entry[:3]
        if name in added:  # it hands its input on
            return place(_places(added[name]["inbound_nodes"][node])[0])
        return [name, node - (name in nested and node > 0), output]

    def tensor(entry):
        if entry[0] == _CONSTANT:
            return entry[2]
        return _object("__keras_tensor__", {"keras_history": place(entry)}, None)

    def argument(value):
        if _is_place(value):
            return tensor(value)
        if isinstance(value, list):
            return [argument(v) for v in value]
        if isinstance(value, dict) and "class_name" not in value:
            return {key: argument(v) for key, v in value.items()}
        return value

    layers = []
    for form in config["layers"]:
        if form["name"] in added:
            continue
        found = modern_form(form, era)
        found["name"] = form["name"]
        found["config"] = {**found["config"], "name": form["name"]}
        nodes = form.get("inbound_nodes") or []
        found["inbound_nodes"] = [_node(form["class_name"], node, argument) for node in nodes]
        layers.append(found)

    def end(value):
        if isinstance(value, dict):
            return {key: end(v) for key, v in value.items()}
        if _is_place(value):
            return place(value)
        return end(value[0]) if len(value) == 1 else [end(v) for v in value]

    ends = {key: end(config[key]) for key in ("input_layers", "output_layers")}
    if added or config.get(ADDED):
        ends[ADDED] = config.get(ADDED) or [_added(form, place) for form in added.values()]
    return _object(
        "Functional",
        {"name": config.get("name"), "trainable": True, "layers": layers, **ends},
        "keras.src.models.functional",
    )


def _added(form, place):
    """A loss or metric that is a tensor of the graph."""
    found = {"kind": _ADDED[form["class_name"]]}
    if found["kind"] == "metric":
        config = form["config"]
        found |= {"name": config["metric_name"], "aggregation": config.get("aggregation")}
    return {**found, "tensor": place(_places(form["inbound_nodes"])[0])}


def _is_place(value):
    if not isinstance(value, list) or len(value) not in (3, 4) or not isinstance(value[0], str):
        return False
    is_number = type(value[1]) is int and (value[0] == _CONSTANT or type(value[2]) is int)
    return is_number and (len(value) == 3 or isinstance(value[3], dict))


def _node(class_name, node, argument):
    """One call of a layer: positional tensors, and what was given by keyword."""
    if isinstance(node, dict) and "args" in node:
        return node  # Keras 3 writes calls in its own form into files of this kind, too
    kwargs = {}
    for entry in _places(node):
        if len(entry) > 3:
            kwargs.update(entry[3])
    kwargs = {key: argument(value) for key, value in kwargs.items()}
    first = argument(node)
    if not _is_place(node) and isinstance(first, list):
        name = class_name.rpartition(">")[2]
        if name in _RECURRENT and len(first) > 1:
            return {"args": first[:1], "kwargs": {**kwargs, "initial_state": first[1:]}}
        if len(first) == 1 and name not in _FUNCTIONS:
            first = first[0]
    return {"args": [first], "kwargs": kwargs}


def _places(node):
    """The places of tensors in a call, however nested."""
    if _is_place(node):
        return [node]
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [place for part in inner for place in _places(part)]
