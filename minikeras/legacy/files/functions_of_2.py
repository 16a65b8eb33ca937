"""Ops in a graph as tf.keras 2 stored them: layers with the name of a function (TFOpLambda)."""

import inspect

from minikeras.symbolic.keras_tensor import KerasTensor

_OF_ONE = (
    "abs=math.abs absolute=math.abs arccos=math.acos arccosh=math.acosh arcsin=math.asin "
    "arcsinh=math.asinh arctan=math.atan arctanh=math.atanh ceil=math.ceil cos=math.cos "
    "cosh=math.cosh elu=nn.elu erf=math.erf exp=math.exp expm1=math.expm1 floor=math.floor "
    "isfinite=math.is_finite isinf=math.is_inf isnan=math.is_nan log=math.log log1p=math.log1p "
    "log_sigmoid=math.log_sigmoid logical_not=math.logical_not negative=math.negative "
    "ones_like=ones_like reciprocal=math.reciprocal relu=nn.relu relu6=nn.relu6 round=math.round "
    "rsqrt=math.rsqrt selu=nn.selu sigmoid=math.sigmoid sign=math.sign silu=nn.silu sin=math.sin "
    "sinh=math.sinh softplus=math.softplus softsign=nn.softsign sqrt=math.sqrt square=math.square "
    "stop_gradient=stop_gradient swish=nn.silu tan=math.tan tanh=math.tanh zeros_like=zeros_like"
)
_OF_TWO = (
    "add=math.add subtract=math.subtract multiply=math.multiply divide=math.truediv "
    "true_divide=math.truediv floor_divide=math.floordiv mod=math.floormod power=math.pow "
    "maximum=math.maximum minimum=math.minimum greater=math.greater "
    "greater_equal=math.greater_equal less=math.less less_equal=math.less_equal equal=math.equal "
    "not_equal=math.not_equal logical_and=math.logical_and logical_or=math.logical_or"
)
_REDUCTIONS = (
    "sum=math.reduce_sum mean=math.reduce_mean max=math.reduce_max min=math.reduce_min "
    "prod=math.reduce_prod any=math.reduce_any all=math.reduce_all std=math.reduce_std "
    "var=math.reduce_variance logsumexp=math.reduce_logsumexp"
)
# op -> its function, and what the arguments behind the first are called there
_OTHERS = {
    "cast": ("cast", {"dtype": "dtype"}),
    "clip": ("clip_by_value", {"x_min": "clip_value_min", "x_max": "clip_value_max"}),
    "concatenate": ("concat", {"axis": "axis"}),
    "expand_dims": ("expand_dims", {"axis": "axis"}),
    "matmul": ("linalg.matmul", {"x2": "b"}),
    "reshape": ("reshape", {"newshape": "shape"}),
    "softmax": ("nn.softmax", {"axis": "axis"}),
    "squeeze": ("squeeze", {"axis": "axis"}),
    "stack": ("stack", {"axis": "axis"}),
    "tile": ("tile", {"repeats": "multiples"}),
    "transpose": ("transpose", {"axes": "perm"}),
    "where": ("where", {"x1": "x", "x2": "y"}),
}


def _table():
    found = dict(_OTHERS)
    for text, names in (
        (_OF_ONE, {}),
        (_OF_TWO, {"x2": "y"}),
        (_REDUCTIONS, {"axis": "axis", "keepdims": "keepdims"}),
    ):
        for word in text.split():
            op, _, function = word.partition("=")
            found[op] = (function, names)
    return found


_FUNCTIONS = _table()


def function_of_2(operation, stored, place):
    """The configuration of an op as a layer of tf.keras 2, and its calls.

    Args:
        operation: the op in the graph.
        stored: its form in the configuration of today, with ``inbound_nodes``.
        place: a function from places of tensors today to those in the file.

    Raises:
        ValueError: if the op, or a setting of it, has no counterpart.
    """
    op = operation.function.__name__
    if op == "get_item":
        function, class_name, names = "__operators__.getitem", "SlicingOpLambda", None
    elif op in _FUNCTIONS:
        (function, names), class_name = _FUNCTIONS[op], "TFOpLambda"
    else:
        raise ValueError(
            f"The op {op!r} in the graph has no counterpart in Keras 2. Save the model in the "
            "format of today, as .keras"
        )
    config = {"name": stored["name"], "trainable": True, "dtype": "float32", "function": function}
    calls = zip(operation._inbound_nodes, stored["inbound_nodes"])
    found = [_node(operation, call, _histories(form), names, place) for call, form in calls]
    return {"class_name": class_name, "config": config}, found


def _histories(value):
    """The places of the tensors in a serialized call, in order."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            yield value["config"]["keras_history"]
            return
        value = value.values()
    if not isinstance(value, (str, int, float, type(None))):
        for item in value:
            yield from _histories(item)


def _node(operation, call, histories, names, place):
    def value(item):
        if isinstance(item, KerasTensor):
            return place(next(histories))
        if isinstance(item, slice):
            return {part: value(getattr(item, part)) for part in ("start", "stop", "step")}
        if item is Ellipsis:
            return {"class_name": "__ellipsis__"}
        if isinstance(item, (list, tuple)):
            return [value(v) for v in item]
        return item.tolist() if hasattr(item, "tolist") else item

    signature = inspect.signature(operation.function)
    bound = signature.bind(*call.args, **call.kwargs)
    (_, first), *rest = bound.arguments.items()
    start, kwargs = value(first), {}
    for name, item in rest:
        default = signature.parameters[name].default
        if names is None:
            kwargs["slice_spec"] = value(item if isinstance(item, (list, tuple)) else [item])
        elif name in names:
            kwargs[names[name]] = value(item)
        elif item is not default and item != default:
            raise ValueError(
                f"The op {operation.function.__name__!r} with {name}={item!r} has no counterpart "
                "in Keras 2"
            )
    return _with_arguments(first, start, kwargs)


def _with_arguments(first, found, kwargs):
    """What stands in the first place of a call: places of tensors, each with the arguments."""
    if isinstance(first, KerasTensor):
        return [*found, kwargs]
    if isinstance(first, (list, tuple)):
        return [_with_arguments(x, f, kwargs) for x, f in zip(first, found)]
    return ["_CONSTANT_VALUE", -1, found, kwargs]
