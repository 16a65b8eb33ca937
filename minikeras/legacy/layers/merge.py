"""Merge and merge of Keras 1: several tensors made one, in a way that is told by a word."""

from minikeras import layers, ops
from minikeras.layers import Layer
from minikeras.legacy.backend.arithmetic import batch_dot
from minikeras.serialization import register_keras_serializable

_SIMPLE = {"sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum"}
MODES = (*_SIMPLE, "concat", "dot", "cos")


@register_keras_serializable("minikeras.legacy")
class Merge(Layer):
    """Several tensors made one, in a way that is told by a word.

    Args:
        layers: None. Keras 1 put branches here at the beginning of a Sequential model; write
            ``Model([left.input, right.input], merge([left.output, right.output]))`` for it.
        mode: ``"sum"``, ``"mul"``, ``"ave"``, ``"max"``, ``"concat"``, ``"dot"``, ``"cos"`` or a
            function of the list of tensors.
        concat_axis: the axis of ``"concat"``.
        dot_axes: the axes of ``"dot"`` and ``"cos"``, as of `keras.backend.batch_dot`.
        output_shape, output_mask: of functions; both are found without them.
        arguments: further keyword arguments of a function.
        node_indices, tensor_indices: which outputs of the layers; the first ones by default.
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
        if layers is not None:
            raise ValueError(
                "Merge takes no branches: merge the outputs of models with keras.layers.merge, and "
                "make a Model of their inputs and the result"
            )
        for what, indices in (("node_indices", node_indices), ("tensor_indices", tensor_indices)):
            if indices is not None and any(indices):
                raise ValueError(f"Merge: {what} other than 0 have no counterpart: {indices}")
        self.mode = mode
        self.concat_axis = concat_axis
        self.dot_axes = dot_axes
        self.arguments = arguments or {}

    def call(self, inputs):
        """The tensors merged."""
        if callable(self.mode):
            return self.mode(inputs, **self.arguments)
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

    def _config_names(self):
        return ["name", "mode", "concat_axis", "dot_axes", "arguments"]


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
    """Merge a list of tensors; the arguments are those of `Merge`.

    >>> import minikeras as keras
    >>> x = keras.ops.ones((2, 3))
    >>> keras.layers.merge([x, x], mode="sum").tolist()[0]
    [2.0, 2.0, 2.0]
    """
    layer = Merge(None, mode, concat_axis, dot_axes, arguments=arguments, name=name)
    return layer(list(inputs))
