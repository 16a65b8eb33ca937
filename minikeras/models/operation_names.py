"""Calls of ops within a graph, in the form in which Keras writes them to files.

Keras has a class for each op: tensors are arguments of its call, everything else goes to its
constructor and thus to its configuration. Here an op is a function, so this module translates
between the two: ``ops.mean(x, axis=1)`` <-> class ``Mean``, config ``{"axis": 1, "keepdims":
false}``, arguments ``[x]``.
"""

import inspect

from minikeras import ops, tree
from minikeras.serialization import serialize_keras_object
from minikeras.symbolic.keras_tensor import KerasTensor
from minikeras.symbolic.operation import FunctionOperation

# Class names of Keras that are not the op's name in CamelCase.
_IRREGULAR = {
    "relu": "Relu",
    "relu6": "Relu6",
    "get_item": "GetItem",
    "cast": "Cast",
    "log1p": "Log1p",
    "expm1": "Expm1",
    "divide": "Divide",
    "true_divide": "TrueDivide",
    "log_softmax": "LogSoftmax",
}
_CORE = {"cast", "cond", "fori_loop", "map", "scan", "scatter", "scatter_update", "slice"}
_CORE |= {"slice_update", "stop_gradient", "switch", "unstack", "vectorized_map", "while_loop"}
_NN = {
    "average_pool", "batch_normalization", "binary_crossentropy", "categorical_crossentropy",
    "celu", "conv", "conv_transpose", "depthwise_conv", "dot_product_attention", "elu", "gelu",
    "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh",
    "layer_normalization", "leaky_relu", "log_sigmoid", "log_softmax", "max_pool", "moments",
    "multi_hot", "normalize", "one_hot", "psnr", "relu", "relu6", "rms_normalization", "selu",
    "separable_conv", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign",
    "sparse_categorical_crossentropy", "sparse_plus", "sparse_sigmoid", "sparsemax",
    "squareplus", "swish", "tanh_shrink", "threshold",
}  # fmt: skip
_MATH = {"erf", "erfinv", "fft", "fft2", "ifft2", "in_top_k", "logdet", "logsumexp", "qr"}
_MATH |= {"extract_sequences", "irfft", "istft", "rfft", "rsqrt", "segment_max", "segment_sum"}
_MATH |= {"stft", "top_k", "view_as_complex", "view_as_real"}
_LINALG = {"cholesky", "cholesky_inverse", "det", "eig", "eigh", "inv", "lu_factor", "norm"}
_LINALG |= {"solve", "solve_triangular", "svd", "lstsq", "jvp"}


def class_name_of(op_name):
    """The name of Keras's class for an op.

    >>> class_name_of("not_equal"), class_name_of("log1p")
    ('NotEqual', 'Log1p')
    """
    return _IRREGULAR.get(op_name) or "".join(p[:1].upper() + p[1:] for p in op_name.split("_"))


def _module_of(op_name):
    for family, names in (("core", _CORE), ("nn", _NN), ("math", _MATH), ("linalg", _LINALG)):
        if op_name in names:
            return f"keras.src.ops.{family}"
    return "keras.src.ops.numpy"


def _split(operation, node):
    """The tensor arguments and the static ones of a call, the latter by name."""
    bound = inspect.signature(operation.function).bind(*node.args, **node.kwargs)
    tensors, static = [], {}
    for name, parameter in bound.signature.parameters.items():
        given = name in bound.arguments
        if parameter.kind is parameter.VAR_POSITIONAL:
            tensors.extend(bound.arguments.get(name, ()))
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            static.update(bound.arguments.get(name, {}))
            continue
        value = bound.arguments[name] if given else parameter.default
        holds_tensor = any(isinstance(x, KerasTensor) for x in tree.flatten(value))
        is_operand = parameter.default is parameter.empty and operation.function.__name__ not in (
            "reshape", "cast", "expand_dims", "repeat", "tile", "broadcast_to", "transpose",
            "one_hot", "top_k", "moveaxis", "swapaxes", "roll", "pad", "split", "moments",
        )  # fmt: skip
        if holds_tensor or is_operand:
            tensors.append(value)
        else:
            static[name] = value
    return tensors, static


def form_of_call(operation):
    """The serialized form of an op within a graph, without its calls."""
    op_name = operation.function.__name__
    _, static = _split(operation, operation._inbound_nodes[0])
    if not hasattr(ops, op_name):
        raise ValueError(f"{op_name!r} is no public op, so the model cannot be written to a file")
    config = {key: serialize_keras_object(value) for key, value in static.items()}
    class_name = class_name_of(op_name)
    return {
        "module": _module_of(op_name),
        "class_name": class_name,
        "config": {"name": operation.name, **config},
        "registered_name": class_name,
    }


def call_arguments(node):
    """The arguments of a call of an op that are not in its configuration."""
    tensors, _ = _split(node.operation, node)
    return tensors, {}


def operation_class(class_name):
    """Something with ``from_config`` for Keras's class of an op, or None if there is no such op."""
    for name, function in vars(ops).items():
        if callable(function) and class_name_of(name) == class_name:
            return type(class_name, (_StoredOperation,), {"op": staticmethod(function)})
    return None


class _StoredOperation(FunctionOperation):
    """An op with its static arguments, as read from a file."""

    def __init__(self, name=None, **static):
        super().__init__(type(self).op, name=name)
        self.static = static

    @classmethod
    def from_config(cls, config):
        """The op with the static arguments of ``config``."""
        parameters = inspect.signature(cls.op).parameters
        known = {k: v for k, v in config.items() if k in parameters or k == "name"}
        return cls(**known)

    def symbolic_call(self, *args, **kwargs):
        """The outputs as symbolic tensors, the static arguments joined to the call."""
        return super().symbolic_call(*args, **{**self.static, **kwargs})
