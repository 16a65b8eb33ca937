"""Calls of TensorFlow's functions in a stored graph, as calls of ops.

`StoredFunction` stands for one function of a file while the graph is rebuilt: called on symbolic
tensors, it calls ops on them and leaves no trace of its own, so that the model is one of Keras 3.
Sizes that TensorFlow computed as tensors (``tf.shape(x)[0] * 2``) are known by then, but for those
that differ from batch to batch. Where one of these decides a shape, and -1 will not do, a
`TensorFlowFunction` computes it when the model runs.
"""

from minikeras import tree
from minikeras.backend.autodiff import plain
from minikeras.backend.xp import np, to_numpy
from minikeras.guarded import limits
from minikeras.layers import Layer
from minikeras.legacy.tensorflow.costs import check_call
from minikeras.legacy.tensorflow.table import FUNCTIONS, found
from minikeras.random import SeedGenerator
from minikeras.serialization import register_keras_serializable
from minikeras.symbolic.keras_tensor import KerasTensor
from minikeras.symbolic.operation import Operation

# Functions whose result is a size, if what they are given is one.
_OF_SIZES = {
    "math.multiply": np.multiply, "math.add": np.add, "__operators__.add": np.add,
    "math.subtract": np.subtract, "math.floordiv": np.floor_divide, "floor_div": np.floor_divide,
    "math.floormod": np.mod, "math.maximum": np.maximum, "math.minimum": np.minimum,
    "math.greater": np.greater, "math.greater_equal": np.greater_equal, "math.less": np.less,
    "math.less_equal": np.less_equal, "math.equal": np.equal, "math.not_equal": np.not_equal,
}  # fmt: skip
_UNCHANGED = ("cast", "identity", "convert_to_tensor", "stop_gradient")
# Arguments that decide the shape of the result; "" for the first.
_DECIDING = {
    "__operators__.getitem": "slice_spec", "broadcast_to": "shape", "eye": "", "fill": "",
    "image.resize": "size", "ones": "", "range": "", "reshape": "shape", "slice": "begin size",
    "tile": "multiples", "zeros": "", "one_hot": "depth", "sequence_mask": "maxlen",
    "transpose": "perm", "concat": "axis", "strided_slice": "begin end strides",
    "roll": "shift axis", "reverse": "axis", "image.crop_to_bounding_box": "offset_height "
    "offset_width target_height target_width",
}  # fmt: skip
_MOST = 4096  # numbers of a constant that is worked out while the graph is made


@register_keras_serializable("minikeras.legacy")
class StoredFunction(Operation):
    """A function of TensorFlow in a file, to be called on symbolic tensors.

    Args:
        name: the name of the layer in the file.
        function: the name of the function, such as ``math.reduce_mean``.
        dtype, trainable: what files say of every layer; nothing depends on it here.
    """

    def __init__(self, name=None, function=None, dtype=None, trainable=True):
        super().__init__(name)
        if found(function) is None:
            raise ValueError(f"The function tf.{function} of TensorFlow has no counterpart")
        self.function = function
        if function not in FUNCTIONS:
            self.function = function.removeprefix("compat.v1.").removeprefix("compat.v2.")

    def __call__(self, *args, **kwargs):
        """The results as symbolic tensors that ops have made."""
        if isinstance(kwargs.pop("name", None), KerasTensor):
            raise ValueError(f"Layer {self.name!r}: the name of an op is a string, and no tensor")
        before = _last_nodes(args, kwargs)
        try:
            outputs = self._called(args, kwargs)
        except limits.LimitExceeded:
            raise
        except (TypeError, ValueError, AttributeError, IndexError) as error:
            raise ValueError(f"tf.{self.function}, layer {self.name!r}: {error}") from error
        leaves = _tensors(outputs)
        self._hand_on_name(leaves, before)
        return outputs

    def _called(self, args, kwargs):
        function, name = found(self.function), self.function
        known = _known_size(name, args, kwargs)
        now = _with_one_open(name, *tree.map_structure(_settled, (args, kwargs)))
        is_constant = not _tensors(now) and not _is_random(name)
        decides = _deciding(name, *now)
        check_call(f"tf.{name} of layer {self.name!r}", name, now, is_constant)
        if known is None and not is_constant and not decides and not _is_random(name):
            return function(*now[0], **now[1])
        if is_constant and known is None:
            value = to_numpy(plain(function(*now[0], **now[1])))
            known = [value.tolist()] if value.size <= _MOST else None
        # What is known stays a part of the graph as well, in case that a layer wants it.
        if _tensors(now):
            args, kwargs = now
            names = _DECIDING.get(name, "-").split()
            args = args if names else tree.map_structure(_apart, args)
            kwargs = {
                k: tree.map_structure(_apart, v) if k in names else v for k, v in kwargs.items()
            }
        outputs = TensorFlowFunction(name)(*args, **kwargs)
        if known is not None:
            parts = outputs if isinstance(outputs, list) else [outputs]
            for x, size in zip(parts, known[0] if isinstance(outputs, list) else known):
                x._size = size
        return outputs

    def _hand_on_name(self, leaves, before):
        """Give the last op the name in the file: outputs of models are known by such names."""
        if not leaves or leaves[0]._keras_history is None:
            return
        made = leaves[0]._keras_history.operation
        if id(made) not in before and len(made._inbound_nodes) == 1 and "/" not in self.name:
            made.name = self.name


def _tensors(structure):
    return [x for x in tree.flatten(structure) if isinstance(x, KerasTensor)]


def _last_nodes(args, kwargs):
    return {id(x._keras_history.operation) for x in _tensors((args, kwargs))}


def _deciding(name, args, kwargs):
    """Whether a tensor whose values are not known decides the shape of the result."""
    if name not in _DECIDING:
        return False
    names = _DECIDING[name].split()
    given = [args[1:], {key: kwargs[key] for key in names if key in kwargs}]
    return bool(_tensors(given if names else (args, kwargs)))


def _is_random(name):
    return name.startswith("random") or name == "nn.dropout"


# Sizes. The attribute `_size` of a symbolic tensor holds its value: an integer, None for one that
# is not known yet, or a list of these.


def _settled(x):
    """A symbolic tensor, or its value if that is known."""
    size = getattr(x, "_size", _NONE) if isinstance(x, KerasTensor) else _NONE
    if size is _NONE or size is None or (isinstance(size, list) and None in size):
        return x
    return size


def _apart(x):
    """Sizes of which some are known, one by one."""
    size = getattr(x, "_size", None) if isinstance(x, KerasTensor) else None
    if not isinstance(size, list) or None not in size:
        return x
    return [x[i] if n is None else n for i, n in enumerate(size)]


_NONE = object()


def _size_of(x):
    if isinstance(x, KerasTensor):
        return getattr(x, "_size", _NONE)
    if isinstance(x, (list, tuple)):
        parts = [_size_of(v) for v in x]
        return _NONE if any(p is _NONE for p in parts) else parts
    return x if isinstance(x, (int, float)) else _NONE


def _known_size(name, args, kwargs):
    """The value of a result that is a size, as `_size` holds it, in a list of one; else None."""
    first = args[0]
    if name in ("shape", "shape_v2", "size", "rank"):
        return _measured(name, first)
    size = _size_of(first)
    if size is _NONE or not _tensors((args, kwargs)):
        return None
    if name == "where" and isinstance(size, list):
        return _chosen(size, _size_of(kwargs.get("x")), _size_of(kwargs.get("y")))
    if name in ("ones_like", "zeros_like") and isinstance(size, list):
        return [[int(name == "ones_like")] * len(size)]
    if name in _UNCHANGED:
        return [size]
    if name == "__operators__.getitem" and isinstance(size, list):
        spec = kwargs["slice_spec"]
        spec = spec[0] if isinstance(spec, list) and len(spec) == 1 else spec
        from minikeras.legacy.tensorflow.shaping import index

        return [size[index(spec)]] if isinstance(spec, (int, dict)) else None
    if name in ("stack", "unstack"):
        return [size] if isinstance(size, list) else None
    if name == "concat":
        return [[n for part in size for n in (part if isinstance(part, list) else [part])]]
    if name == "gather" and isinstance(size, list) and not kwargs.get("batch_dims"):
        places = _size_of(kwargs.get("indices", _NONE))
        return None if places is _NONE else [tree.map_structure(lambda i: size[i], places)]
    if name in _OF_SIZES:
        other = _size_of(kwargs.get("y", args[1] if len(args) > 1 else _NONE))
        return None if other is _NONE else [_both(_OF_SIZES[name], size, other)]
    if name == "math.reduce_prod" and isinstance(size, list):
        return [None if None in size else int(np.prod(size))]
    return None


def _chosen(conditions, x, y):
    """What ``where`` gives for lists of sizes: known where either choice is the same."""
    if x is _NONE or y is _NONE:
        return None
    x, y = (v if isinstance(v, list) else [v] * len(conditions) for v in (x, y))
    return [
        [(a if c else b) if c is not None else (a if a == b else None)
         for c, a, b in zip(conditions, x, y)]
    ]  # fmt: skip


def _measured(name, x):
    if not isinstance(x, KerasTensor):
        return None
    if name == "rank":
        return [len(x.shape)]
    if name == "size":
        return [None if None in x.shape else int(np.prod(x.shape))]
    return [list(x.shape)]


def _both(function, a, b):
    if isinstance(a, list) or isinstance(b, list):
        many = len(a) if isinstance(a, list) else len(b)
        a, b = (v if isinstance(v, list) else [v] * many for v in (a, b))
        return [_both(function, p, q) for p, q in zip(a, b)]
    return None if a is None or b is None else function(a, b).item()


def _with_one_open(name, args, kwargs):
    """The arguments, with -1 for the one side of a new shape that is not known yet."""
    if name != "reshape" or "shape" not in kwargs:
        return args, kwargs
    size = _size_of(kwargs["shape"])
    if size is _NONE or not isinstance(size, list):
        return args, kwargs
    flat = [n for part in size for n in (part if isinstance(part, list) else [part])]
    is_open = [n is None for n in flat]
    if sum(is_open) == 1 and -1 not in flat:
        return args, {**kwargs, "shape": [-1 if n is None else n for n in flat]}
    sides = args[0].shape
    kept = [n is None and i < len(sides) and sides[i] is None for i, n in enumerate(flat)]
    if sum(is_open) == 1 and kept[0] and -1 in flat and None not in sides[1:]:
        # The batch stays as it is, so the other side can be told.
        rest = int(np.prod(sides[1:])) // -int(np.prod([n for n in flat[1:]]))
        return args, {**kwargs, "shape": [-1, *(rest if n == -1 else n for n in flat[1:])]}
    return args, kwargs


@register_keras_serializable("minikeras.legacy")
class TensorFlowFunction(Layer):
    """A function of TensorFlow that runs when the model does, since values decide the shape.

    Args:
        function: its name, such as ``"reshape"``.
        **kwargs: of every layer.

    >>> import minikeras as keras
    >>> from minikeras.legacy.tensorflow.calls import TensorFlowFunction
    >>> TensorFlowFunction("shape")(keras.ops.ones((2, 3))).tolist()
    [2, 3]
    """

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        if found(function) is None:
            raise ValueError(f"The function tf.{function} of TensorFlow has no counterpart")
        self.function = function
        self.autocast = False
        if _is_random(function):
            self.seed_generator = SeedGenerator()

    def build(self, input_shape=None):
        """There are no weights."""
        self.built = True

    def call(self, *args, **kwargs):
        """The result for arrays."""
        more = {"seed_generator": self.seed_generator} if _is_random(self.function) else {}
        return found(self.function)(*args, **kwargs, **more)
