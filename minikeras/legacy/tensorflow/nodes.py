"""Nodes of TensorFlow's graph as tf.keras 2.0 to 2.3 kept them: layers ``TensorFlowOpLayer``.

Such a layer holds the definition of one node, as protocol buffers print it in JSON, and those of
its operands that no layer makes. `NODES` tells which function of `table` an operation is, what its
operands are called there, and which settings count.
"""

import base64
import re

from minikeras import tree
from minikeras.legacy.tensorflow.calls import StoredFunction
from minikeras.serialization import register_keras_serializable
from minikeras.symbolic.operation import Operation

# Operations of one operand, under the names that functions have, written together.
_OF_ONE = {
    "math": "Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Erf Erfc Erfinv Exp Expm1 Floor "
    "IsFinite IsInf IsNan Log Log1p LogicalNot Reciprocal Rint Round Rsqrt Sigmoid Sign Sin Sinh "
    "Softplus Sqrt Square Tan Tanh",
    "nn": "Elu Relu Relu6 Selu Softsign L2Loss=l2_loss",
    "image": "RGBToHSV=rgb_to_hsv HSVToRGB=hsv_to_rgb",
    "": "Identity StopGradient ZerosLike OnesLike Rank Cholesky Neg=math.negative",
}
_OF_TWO = (
    "Add AddV2=add Sub=subtract Mul=multiply RealDiv=truediv FloorDiv=floordiv FloorMod=floormod "
    "Mod=floormod Pow Maximum Minimum Greater GreaterEqual Less LessEqual Equal NotEqual "
    "LogicalAnd LogicalOr Atan2 DivNoNan=divide_no_nan SquaredDifference Xlogy Xdivy "
    "MulNoNan=multiply_no_nan"
)
_REDUCTIONS = (
    "Sum=reduce_sum Mean=reduce_mean Max=reduce_max Min=reduce_min Prod=reduce_prod Any=reduce_any "
    "All=reduce_all EuclideanNorm=reduce_euclidean_norm"
)
_CONVOLVED = "strides padding data_format dilations"
_POOLED = "ksize strides padding data_format"
# Operation -> its function, the operands in order, and behind ``|`` the settings, those that have
# another name there as ``name=setting``. Operands that are gathered into one list end in ``*``.
_OTHERS = {
    "AddN": "math.add_n inputs*",
    "AdjustContrastv2": "image.adjust_contrast images contrast_factor",
    "ArgMax": "math.argmax input axis",
    "ArgMin": "math.argmin input axis",
    "AvgPool": f"nn.avg_pool2d input | {_POOLED}",
    "AvgPool3D": f"nn.avg_pool3d input | {_POOLED}",
    "BatchMatMul": "linalg.matmul a b | adjoint_a=adj_x adjoint_b=adj_y",
    "BatchMatMulV2": "linalg.matmul a b | adjoint_a=adj_x adjoint_b=adj_y",
    "BiasAdd": "nn.bias_add value bias | data_format",
    "BroadcastTo": "broadcast_to input shape",
    "Cast": "cast x | dtype=DstT",
    "ClipByValue": "clip_by_value t clip_value_min clip_value_max",
    "Conv2D": f"nn.conv2d input filters | {_CONVOLVED}",
    "Conv3D": f"nn.conv3d input filters | {_CONVOLVED}",
    "Cross": "linalg.cross first second",
    "Cumprod": "math.cumprod x axis | exclusive reverse",
    "Cumsum": "math.cumsum x axis | exclusive reverse",
    "DepthToSpace": "nn.depth_to_space input | block_size data_format",
    "DepthwiseConv2dNative": f"nn.depthwise_conv2d input filter | {_CONVOLVED}",
    "EnsureShape": "ensure_shape x | shape",
    "ExpandDims": "expand_dims input axis",
    "Fill": "fill dims value",
    "GatherNd": "gather_nd params indices",
    "GatherV2": "gather params indices axis | batch_dims",
    "IdentityN": "identity_n inputs*",
    "LRN": "nn.local_response_normalization input | depth_radius bias alpha beta",
    "LeakyRelu": "nn.leaky_relu features | alpha",
    "LogSoftmax": "nn.log_softmax logits",
    "MatMul": "linalg.matmul a b | transpose_a transpose_b",
    "MatrixBandPart": "linalg.band_part input num_lower num_upper",
    "MatrixDiag": "linalg.diag diagonal",
    "MatrixDiagPart": "linalg.diag_part input",
    "MatrixInverse": "linalg.inv x | adjoint",
    "MaxPool": f"nn.max_pool2d input | {_POOLED}",
    "MaxPool3D": f"nn.max_pool3d input | {_POOLED}",
    "MirrorPad": "pad tensor paddings | mode",
    "OneHot": "one_hot indices depth on_value off_value | axis dtype=T",
    "Pack": "stack values* | axis",
    "Pad": "pad tensor paddings",
    "PadV2": "pad tensor paddings constant_values",
    "RandomStandardNormal": "random.normal shape | dtype",
    "RandomUniform": "random.uniform shape | dtype",
    "Range": "range start limit delta",
    "Reshape": "reshape tensor shape",
    "ReverseV2": "reverse tensor axis",
    "Roll": "roll input shift axis",
    "Select": "compat.v1.where condition x y",
    "SelectV2": "where condition x y",
    "Shape": "shape input | out_type",
    "Size": "size input | out_type",
    "Slice": "slice input_ begin size",
    "Softmax": "nn.softmax logits",
    "SpaceToDepth": "nn.space_to_depth input | block_size data_format",
    "SplitV": "split value num_or_size_splits axis",
    "Squeeze": "squeeze input | axis=squeeze_dims",
    "Tile": "tile input multiples",
    "TopKV2": "math.top_k input k | sorted",
    "Transpose": "transpose a perm",
    "TruncatedNormal": "random.truncated_normal shape | dtype",
    "Unpack": "unstack value | num axis",
}  # fmt: skip
_DTYPES = {
    "DT_FLOAT": "float32", "DT_DOUBLE": "float64", "DT_HALF": "float16", "DT_BOOL": "bool",
    "DT_INT8": "int8", "DT_INT16": "int16", "DT_INT32": "int32", "DT_INT64": "int64",
    "DT_UINT8": "uint8", "DT_UINT16": "uint16", "DT_UINT32": "uint32", "DT_UINT64": "uint64",
}  # fmt: skip
_FLOATS = ("float16", "float32", "float64")


def _call_of(text):
    function, *names = text.partition("|")[0].split()
    pairs = [word.partition("=") for word in text.partition("|")[2].split()]
    settings = {name: setting or name for name, _, setting in pairs}

    def call(operands, attributes):
        kwargs = {
            name: attributes[key]
            for name, key in settings.items()
            if attributes.get(key) is not None
        }
        if names[0].endswith("*"):
            return function, (list(operands),), kwargs
        if len(operands) > len(names):
            raise ValueError(f"it has {len(operands)} operands, not {len(names)}")
        kwargs |= zip(names[1:], operands[1:])
        return function, tuple(operands[:1]), kwargs

    return call


def _plain_call(function):
    return lambda operands, attributes: (function, tuple(operands), {})


def _reduction(function):
    def call(operands, attributes):
        x, axis = operands
        keepdims = bool(attributes.get("keep_dims"))
        return function, (x,), {"axis": axis, "keepdims": keepdims}

    return call


def _function_of(family, word):
    """``("LogicalNot", "math.logical_not")``: an operation, and its function."""
    operation, _, name = word.partition("=")
    name = name or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower()
    return operation, f"{family}.{name}" if family else name


def _nodes():
    calls = {operation: _call_of(text) for operation, text in _OTHERS.items()}
    for family, text in _OF_ONE.items():
        for word in text.split():
            operation, function = _function_of(family, word)
            calls[operation] = _plain_call(function)
    for word in _OF_TWO.split():
        operation, function = _function_of("math", word)
        calls[operation] = _plain_call(function)
    for word in _REDUCTIONS.split():
        operation, function = _function_of("math", word)
        calls[operation] = _reduction(function)
    return calls


NODES = _nodes()


def _node(operation):
    def decorate(function):
        NODES[operation] = function
        return function

    return decorate


@_node("Div")
def _div(operands, attributes):
    if attributes.get("T") not in _FLOATS:
        raise ValueError("whole numbers were divided as in C, which has no counterpart")
    return "math.truediv", tuple(operands), {}


@_node("ConcatV2")
def _concat(operands, attributes):
    *values, axis = operands
    return "concat", (values,), {"axis": axis}


@_node("Einsum")
def _einsum(operands, attributes):
    return "einsum", (attributes["equation"], *operands), {}


@_node("Split")
def _split(operands, attributes):
    axis, value = operands
    return "split", (value,), {"axis": axis, "num_or_size_splits": attributes["num_split"]}


@_node("MatrixDiagV3")
def _matrix_diag(operands, attributes):
    diagonal, k, rows, columns, padding = operands
    if (k, rows, columns, padding) != (0, -1, -1, 0):
        raise ValueError(
            "it is there for the main diagonal of a square, with zeros beside it, alone"
        )
    return "linalg.diag", (diagonal,), {}


@_node("MatrixDiagPartV3")
def _matrix_diag_part(operands, attributes):
    x, k, _ = operands
    return "linalg.diag_part", (x,), {"k": k}


def _cross_entropy(function):
    def call(operands, attributes):
        logits, labels = operands
        return function, (labels, logits), {}  # whose gradient is the node's second result

    return call


for _kind in ("softmax", "sparse_softmax"):
    _function = f"nn.{_kind}_cross_entropy_with_logits"
    NODES[_kind.title().replace("_", "") + "CrossEntropyWithLogits"] = _cross_entropy(_function)


def _resize(method):
    def call(operands, attributes):
        images, size = operands
        if attributes.get("align_corners") or not attributes.get("half_pixel_centers"):
            raise ValueError(
                "it is there with half_pixel_centers=True and align_corners=False alone, as "
                "tf.image.resize of TensorFlow 2 has it"
            )
        return "image.resize", (images,), {"size": size, "method": method}

    return call


for _method, _operation in (
    ("bilinear", "ResizeBilinear"), ("nearest", "ResizeNearestNeighbor"),
    ("bicubic", "ResizeBicubic"),
):  # fmt: skip
    NODES[_operation] = _resize(_method)

_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


@_node("StridedSlice")
def _strided_slice(operands, attributes):
    x, begin, end, strides = operands
    masks = {name: attributes.get(name, 0) for name in _MASKS}
    if not all(isinstance(part, list) for part in (begin, end, strides)):
        return "strided_slice", (x,), {"begin": begin, "end": end, "strides": strides, **masks}

    def part(bit, start, stop, step):
        if masks["ellipsis_mask"] & bit:
            return {"class_name": "__ellipsis__"}
        if masks["new_axis_mask"] & bit:
            return None
        if masks["shrink_axis_mask"] & bit:
            return start
        start = None if masks["begin_mask"] & bit else start
        return {"start": start, "stop": None if masks["end_mask"] & bit else stop, "step": step}

    rows = zip(begin, end, strides, strict=True)
    spec = [part(1 << i, *row) for i, row in enumerate(rows)]
    return "__operators__.getitem", (x,), {"slice_spec": spec}


# What stands in files


def is_known(node_def):
    """Whether there is a function for a node; otherwise a file's reader names it as unknown."""
    return isinstance(node_def, dict) and node_def.get("op") in NODES


def _attribute(form):
    """The value of a setting, from a dict that says its kind."""
    kinds = {
        "b": bool, "f": float, "i": int, "s": lambda text: base64.b64decode(text).decode(),
        "type": lambda name: _DTYPES.get(name, name),
        "shape": lambda shape: [int(side["size"]) for side in shape.get("dim", [])],
        "list": lambda parts: [_attribute({kind: v}) for kind in parts for v in parts[kind]],
    }  # fmt: skip
    found = [convert(form[kind]) for kind, convert in kinds.items() if kind in form]
    return found[0] if found else None


def _constant(value):
    """An operand that is no tensor, as numbers and lists."""
    if isinstance(value, dict):  # as the last versions of tf.keras wrote it
        value = value["config"]["value"]
    if not all(isinstance(v, (int, float)) for v in tree.flatten(value)):
        raise ValueError("an operand is not of numbers")
    return value


@register_keras_serializable("minikeras.legacy")
class StoredNode(Operation):
    """A node of TensorFlow's graph in a file, to be called on symbolic tensors.

    It leaves no trace of its own: called, it calls ops.

    Args:
        name: the name of the layer in the file.
        node_def: the definition of the node, ``{"op": ..., "attr": {...}}``.
        constants: operands that no layer makes, a dict from their positions.
    """

    def __init__(self, name=None, node_def=None, constants=None):
        super().__init__(None if name is None else name.replace("/", "_"))
        if not is_known(node_def):
            raise ValueError("The node of TensorFlow has no counterpart")
        self.node_def, self.constants = node_def, constants or {}

    def __call__(self, inputs):
        """The result, or a list of results, as symbolic tensors that ops have made."""
        kind = self.node_def["op"]
        try:
            operands = tree.flatten(inputs)
            for index in sorted(self.constants, key=int):
                operands.insert(int(index), _constant(self.constants[index]))
            stated = self.node_def.get("attr") or {}
            attributes = {key: _attribute(form) for key, form in stated.items()}
            function, args, kwargs = NODES[kind](operands, attributes)
        except (TypeError, ValueError, AttributeError, LookupError) as error:
            raise ValueError(f"The node {kind} of layer {self.name!r}: {error}") from error
        return StoredFunction(self.name, function)(*args, **kwargs)
