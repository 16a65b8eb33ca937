"""Calls of ops within a graph, in the form in which Keras writes them to files.

Keras has a class for each op: tensors are arguments of its call, everything else goes to its
constructor and thus to its configuration. Here an op is a function, so this module translates
between the two: ``ops.mean(x, axis=1)`` <-> class ``Mean``, config ``{"axis": 1, "keepdims":
false}``, arguments ``[x]``.
"""

import inspect

from minikeras import ops, tree
from minikeras.guarded import limits, sizes
from minikeras.serialization import allows_unsafe, serialize_keras_object
from minikeras.symbolic.keras_tensor import KerasTensor
from minikeras.symbolic.operation import FunctionOperation

# Class names of Keras that are not the op's name in CamelCase.
_IRREGULAR = {
    "allclose": "AllClose",
    "batch_normalization": "BatchNorm",
    "cdist": "CDist",
    "ctc_decode": "CTCDecode",
    "ctc_loss": "CTCLoss",
    "extract_patches_3d": "ExtractPatches",
    "fft": "FFT",
    "fft2": "FFT2",
    "hsv_to_rgb": "HSVToRGB",
    "ifft2": "IFFT2",
    "irfft": "IRFFT",
    "isin": "IsIn",
    "istft": "ISTFT",
    "jvp": "JVP",
    "layer_normalization": "LayerNorm",
    "psnr": "PSNR",
    "rfft": "RFFT",
    "rgb_to_grayscale": "RGBToGrayscale",
    "rgb_to_hsv": "RGBToHSV",
    "rms_normalization": "RMSNorm",
    "searchsorted": "SearchSorted",
    "ssim": "SSIM",
    "stft": "STFT",
    "svd": "SVD",
}
_CORE = {
    "associative_scan", "cast", "cond", "convert_to_tensor", "fori_loop", "map", "saturate_cast",
    "scan", "scatter", "scatter_update", "slice", "slice_update", "stop_gradient", "switch",
    "unstack", "vectorized_map", "while_loop",
}  # fmt: skip
_NN = {
    "adaptive_average_pool", "adaptive_max_pool", "average_pool", "batch_normalization",
    "binary_crossentropy", "categorical_crossentropy", "celu", "conv", "conv_transpose",
    "ctc_decode", "ctc_loss", "depth_to_space", "depthwise_conv", "dot_product_attention", "elu",
    "fold", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh",
    "layer_normalization", "leaky_relu", "log_sigmoid", "log_softmax", "max_pool", "moments",
    "multi_hot", "normalize", "one_hot", "polar", "psnr", "relu", "relu6", "rms_normalization",
    "selu", "separable_conv", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign",
    "space_to_depth", "sparse_categorical_crossentropy", "sparse_plus", "sparse_sigmoid",
    "sparsemax", "squareplus", "swish", "tanh_shrink", "threshold", "unfold",
}  # fmt: skip
_MATH = {
    "cdist", "erf", "erfc", "erfinv", "extract_sequences", "fft", "fft2", "ifft2", "in_top_k",
    "irfft", "istft", "logdet", "logsumexp", "rfft", "rsqrt", "segment_max", "segment_min",
    "segment_prod", "segment_sum", "stft", "top_k", "view_as_complex", "view_as_real",
}  # fmt: skip
_LINALG = {
    "cholesky", "cholesky_inverse", "det", "eig", "eigh", "inv", "jvp", "lstsq", "lu_factor",
    "matrix_rank", "norm", "pinv", "qr", "solve", "solve_triangular", "svd",
}  # fmt: skip
_IMAGE = {
    "affine_transform", "crop_images", "elastic_transform", "extract_patches",
    "extract_patches_3d", "gaussian_blur", "hsv_to_rgb", "map_coordinates", "pad_images",
    "perspective_transform", "resize", "rgb_to_grayscale", "rgb_to_hsv", "scale_and_translate",
    "sobel_edges", "ssim",
}  # fmt: skip
_FAMILIES = (
    ("core", _CORE), ("nn", _NN), ("math", _MATH), ("linalg", _LINALG), ("image", _IMAGE)
)  # fmt: skip
# Arguments that have no default and yet belong to the configuration, not to the call.
_SETTINGS = {
    "adaptive_average_pool": ("output_size",), "adaptive_max_pool": ("output_size",),
    "argpartition": ("kth",), "array_split": ("indices_or_sections",),
    "average_pool": ("pool_size",), "batch_normalization": ("axis",), "broadcast_to": ("shape",),
    "cast": ("dtype",), "clip": ("x_min", "x_max"), "depth_to_space": ("block_size",),
    "dsplit": ("indices_or_sections",), "einsum": ("subscripts",), "expand_dims": ("axis",),
    "extract_patches": ("size",), "extract_patches_3d": ("size",),
    "extract_sequences": ("sequence_length", "sequence_stride"),
    "fold": ("output_size", "kernel_size"), "fori_loop": ("lower", "upper", "body_fun"),
    "full": ("shape",), "hsplit": ("indices_or_sections",), "in_top_k": ("k",),
    "istft": ("sequence_length", "sequence_stride", "fft_length"), "map_coordinates": ("order",),
    "max_pool": ("pool_size",), "moments": ("axes",), "moveaxis": ("source", "destination"),
    "one_hot": ("num_classes",), "pad": ("pad_width",), "psnr": ("max_val",),
    "repeat": ("repeats",), "reshape": ("newshape",), "resize": ("size",), "roll": ("shift",),
    "saturate_cast": ("dtype",), "scale_and_translate": ("spatial_dims", "method"),
    "scatter": ("shape",), "slice": ("shape",), "space_to_depth": ("block_size",),
    "split": ("indices_or_sections",),
    "stft": ("sequence_length", "sequence_stride", "fft_length"), "swapaxes": ("axis1", "axis2"),
    "threshold": ("threshold", "default_value"), "tile": ("repeats",), "top_k": ("k",),
    "unfold": ("kernel_size",), "unravel_index": ("shape",), "vectorized_map": ("function",),
    "vsplit": ("indices_or_sections",), "while_loop": ("cond", "body"),
}  # fmt: skip
# Arguments that have a default and yet belong to the call.
_OPERANDS = {
    "arange": ("stop", "step"), "average": ("weights",),
    "batch_normalization": ("offset", "scale"),
    "dot_product_attention": ("bias", "mask", "scale"), "isclose": ("rtol", "atol"),
    "layer_normalization": ("gamma", "beta"), "pad": ("constant_values",),
    "rms_normalization": ("scale",), "scan": ("xs",), "select": ("default",),
    "where": ("x1", "x2"),
}  # fmt: skip
# Ops that call functions, which in a file may be any and run for ever.
_CALLING = {
    "associative_scan", "cond", "custom_gradient", "fori_loop", "jvp", "map", "scan", "switch",
    "vectorize", "vectorized_map", "while_loop",
}  # fmt: skip
_PUBLIC = {**{name: getattr(ops.image, name) for name in sorted(_IMAGE)}, **vars(ops)}


def class_name_of(op_name):
    """The name of Keras's class for an op.

    >>> class_name_of("not_equal"), class_name_of("log1p")
    ('NotEqual', 'Log1p')
    """
    return _IRREGULAR.get(op_name) or "".join(p[:1].upper() + p[1:] for p in op_name.split("_"))


def module_of(op_name):
    """The module in which Keras has the class for an op.

    >>> module_of("resize"), module_of("add")
    ('keras.src.ops.image', 'keras.src.ops.numpy')
    """
    for family, names in _FAMILIES:
        if op_name in names:
            return f"keras.src.ops.{family}"
    return "keras.src.ops.numpy"


def _is_operand(op_name, parameter):
    """Whether an argument belongs to the call in Keras, not to the configuration of the op."""
    if parameter.default is parameter.empty:
        return parameter.name not in _SETTINGS.get(op_name, ())
    return parameter.name in _OPERANDS.get(op_name, ())


def _split(operation, node):
    """The tensor arguments and the static ones of a call, the latter by name."""
    op_name = operation.function.__name__
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
        if holds_tensor or _is_operand(op_name, parameter):
            tensors.append(value)
        else:
            static[name] = value
    return tensors, static


def form_of_call(operation):
    """The serialized form of an op within a graph, without its calls."""
    op_name = operation.function.__name__
    _, static = _split(operation, operation._inbound_nodes[0])
    if op_name not in _PUBLIC:
        raise ValueError(f"{op_name!r} is no public op, so the model cannot be written to a file")
    config = {key: serialize_keras_object(value) for key, value in static.items()}
    class_name = class_name_of(op_name)
    return {
        "module": module_of(op_name),
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
    for name, function in _PUBLIC.items():
        if inspect.isfunction(function) and class_name_of(name) == class_name:
            if name in _CALLING and not allows_unsafe():
                raise ValueError(
                    f"The file holds a call of ops.{name}, which calls functions that the file "
                    "names. If you trust its source, load it with safe_mode=False."
                )
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
        cls._check_sizes(known)
        return cls(**known)

    @classmethod
    def _check_sizes(cls, arguments):
        if limits.is_reading():
            sizes.check_op(arguments, f"ops.{cls.op.__name__}")

    def symbolic_call(self, *operands, **kwargs):
        """The outputs as symbolic tensors, the static arguments joined to the call."""
        parameters = inspect.signature(type(self).op).parameters.values()
        if any(p.kind is p.VAR_POSITIONAL for p in parameters):
            leading = [self.static[p.name] for p in parameters if p.name in self._leading()]
            rest = {k: v for k, v in self.static.items() if k not in self._leading()}
            return super().symbolic_call(*leading, *operands, **rest, **kwargs)
        names = [p.name for p in parameters if p.name not in self.static]
        named = dict(zip(names, operands))
        self._check_sizes(named)
        return super().symbolic_call(**self.static, **named, **kwargs)

    def _leading(self):
        """The static arguments that stand before the operands of an op that takes any number."""
        return _SETTINGS.get(type(self).op.__name__, ())
