"""What every layer answered in Keras 1 and 2: its calls in a graph, its weights, its updates."""

import functools

from minikeras import layers, tree
from minikeras.backend.dtypes import ALLOWED_DTYPES
from minikeras.layers import Layer
from minikeras.layers.call_spec import signature_of
from minikeras.layers.input_spec import check_inputs
from minikeras.legacy import nodes
from minikeras.legacy.arguments.functions import of_old
from minikeras.legacy.arguments.values_1 import initializer
from minikeras.legacy.era import era
from minikeras.legacy.warned import warn_once
from minikeras.symbolic.keras_tensor import KerasTensor


def install():
    """Give layers the methods and properties of Keras 1 and 2 that they lack."""
    for method in (
        get_input_at, get_output_at, get_input_shape_at, get_output_shape_at, get_input_mask_at,
        get_output_mask_at, add_update, assert_input_compatibility, get_losses_for, get_updates_for,
        get_output_shape_for,
    ):  # fmt: skip
        setattr(Layer, method.__name__, method)
    for name, getter in (
        ("input_shape", _input_shape), ("output_shape", _output_shape), ("updates", _updates),
        ("input_mask", _mask), ("output_mask", _mask), ("uses_learning_phase", _uses_phase),
        ("batch_input_shape", _batch_input_shape),
    ):  # fmt: skip
        setattr(Layer, name, property(getter, doc=getter.__doc__))
    for name in ("trainable_weights", "non_trainable_weights"):
        setattr(Layer, name, _settable(getattr(Layer, name), name == "trainable_weights"))
    Layer.regularizers = property(_no_regularizers, _set_regularizers)
    Layer.constraints = property(_constraints, _set_constraints)
    Layer.add_weight = _add_weight(Layer.add_weight)
    Layer.add_loss = _add_loss(Layer.add_loss)
    Layer.compute_mask = _compute_mask(Layer.compute_mask)
    Layer._in_order_of_arrival = _in_order_of_lists(Layer._in_order_of_arrival)
    nodes.install()
    for cls in (layers.SpatialDropout1D, layers.SpatialDropout2D, layers.SpatialDropout3D):
        cls.__init__ = _taking_shapes(cls.__init__)
    KerasTensor._keras_shape = property(lambda x: x.shape, doc="The same as `shape`.")


_OF_LAYERS = ("input_shape", "batch_input_shape", "batch_size", "trainable")


def _taking_shapes(construct):
    """A constructor whose class takes the arguments of `Layer` only in Keras 1 and 2."""

    @functools.wraps(construct)
    def __init__(self, *args, **kwargs):
        more = {name: kwargs.pop(name) for name in _OF_LAYERS if name in kwargs}
        construct(self, *args, **kwargs)
        if more.pop("trainable", True) is False:
            self.trainable = False
        shape = more.get("batch_input_shape")
        if shape is None and "input_shape" in more:
            shape = (more.get("batch_size"), *more["input_shape"])
        if shape is not None:
            self.__dict__["_input_shape_argument"] = tuple(shape)

    __init__.__legacy_args__ = (*construct.__legacy_args__, *_OF_LAYERS)
    return __init__


def _node(layer, index):
    nodes = layer._inbound_nodes
    if not nodes:
        raise AttributeError(f"Layer {layer.name!r} was never called on symbolic tensors")
    if not -len(nodes) <= index < len(nodes):
        raise ValueError(
            f"Layer {layer.name!r} was called {len(nodes)} times. Received: index {index}"
        )
    return nodes[index]


def _single(tensors):
    return tensors[0] if len(tensors) == 1 else list(tensors)


def get_input_at(self, node_index):
    """The symbolic inputs of one call of the layer.

    >>> import minikeras as keras
    >>> layer, x = keras.layers.Dense(2), keras.Input((3,))
    >>> y = layer(x)
    >>> layer.get_input_at(0) is x, layer.get_output_shape_at(0)
    (True, (None, 2))
    """
    node = _node(self, node_index)
    return _single(node.output_tensors if node.is_input else node.input_tensors)


def get_output_at(self, node_index):
    """The symbolic outputs of one call of the layer."""
    return _single(_node(self, node_index).output_tensors)


def _shapes(tensors):
    return tree.map_structure(lambda x: x.shape, tensors)


def get_input_shape_at(self, node_index):
    """The shapes of the inputs of one call."""
    return _shapes(self.get_input_at(node_index))


def get_output_shape_at(self, node_index):
    """The shapes of the outputs of one call."""
    return _shapes(self.get_output_at(node_index))


def get_input_mask_at(self, node_index):
    """None: masks are found anew when a graph runs."""
    _node(self, node_index)


def get_output_mask_at(self, node_index):
    """None: masks are found anew when a graph runs."""
    _node(self, node_index)


def _common(layer, shape_at):
    found = [shape_at(i) for i in range(len(layer._inbound_nodes))]
    if not found:
        _node(layer, 0)
    if any(shape != found[0] for shape in found):
        raise AttributeError(
            f"Layer {layer.name!r} has calls of different shapes: {found}. Ask for one with "
            "get_input_shape_at or get_output_shape_at."
        )
    return found[0]


def _input_shape(layer):
    """The shape of the inputs, if it is the same in all calls."""
    return _common(layer, layer.get_input_shape_at)


def _output_shape(layer):
    """The shape of the outputs, if it is the same in all calls."""
    return _common(layer, layer.get_output_shape_at)


def _mask(layer):
    """None: masks are found anew when a graph runs."""


def _uses_phase(layer):
    """Whether the layer computes something else in training."""
    inner = [getattr(layer, name, None) for name in ("layer", "backward_layer", "cell")]
    inner += [*getattr(layer, "cells", ()), *getattr(layer, "layers", ())]
    if any(isinstance(part, Layer) and _uses_phase(part) for part in inner):
        return True
    if getattr(layer, "dropout", 0) or getattr(layer, "recurrent_dropout", 0):
        return True
    name, module = type(layer).__name__, type(layer).__module__
    if module.startswith("minikeras."):  # many take the flag to hand it on
        return any(word in name for word in _IN_TRAINING)
    return signature_of(type(layer).call).has_training


_IN_TRAINING = ("Dropout", "Noise", "BatchNormalization", "Random")


def _batch_input_shape(layer):
    """The shape that the layer was told its inputs have, the batch included."""
    found = layer.__dict__.get("_input_shape_argument")
    if found is None:
        raise AttributeError(f"Layer {layer.name!r} was made without the shape of its inputs")
    return found


def _settable(today, is_trainable):
    """A list of weights that a layer of old states itself."""

    def set_list(layer, variables):
        for variable in variables:
            variable.trainable = is_trainable
            if not any(variable is known for known in layer.weights):
                layer._tracked[f"stated {len(layer._tracked)} {id(variable)}"] = variable

    return property(today.fget, set_list, doc=today.__doc__)


def _no_regularizers(layer):
    """An empty list: what regularizers add is among ``losses``."""
    return []


def _set_regularizers(layer, value):
    warn_once("layer.regularizers", "add_weight(regularizer=), or add_loss")


def _constraints(layer):
    """The constraints of the weights, a dict from weights to them."""
    return {w: w.constraint for w in layer.weights if w.constraint is not None}


def _set_constraints(layer, value):
    for variable, constraint in dict(value).items():
        variable.constraint = constraint


def _updates(layer):
    """An empty list: updates are made when they are added."""
    return []


def add_update(self, updates, inputs=None):
    """Set variables: pairs of one and its new value. It is done at once.

    Args:
        updates: such a pair, a list of them, or a list of what `keras.backend.update` returned.
        inputs: what the values depend on; they are known here.
    """
    for update in updates if isinstance(updates, list) else [updates]:
        if isinstance(update, tuple):
            update[0].assign(update[1])


@of_old(also={"input": "inputs"})
def assert_input_compatibility(self, inputs):
    """Check inputs against the layer's ``input_spec``.

    Raises:
        ValueError: if they do not fit.
    """
    if self.input_spec is not None:
        check_inputs(self.input_spec, inputs, self.name)


def get_output_shape_for(self, input_shape):
    """The shapes of the outputs for those of the inputs: `compute_output_shape`.

    >>> import minikeras as keras
    >>> keras.layers.Dense(4).get_output_shape_for((None, 3))
    (None, 4)
    """
    return self.compute_output_shape(input_shape)


def get_losses_for(self, inputs):
    """The losses of the layer's last call; those that do not depend on inputs for None."""
    return list(self.losses) if inputs is not None else []


def get_updates_for(self, inputs):
    """An empty list: updates are made when they are added."""
    return []


_WEIGHT_1 = ("shape", "initializer", "name", "trainable", "regularizer", "constraint")
_WEIGHT_2 = ("name", "shape", "dtype", "initializer", "regularizer", "trainable", "constraint")
_INITIALIZERS_1 = ("zero", "one", "normal", "uniform")


def _add_weight(add_today):
    @functools.wraps(add_today)
    def add_weight(self, *args, **kwargs):
        if args and (isinstance(args[0], str) or (era() == 2 and args[0] is None)):
            # In Keras 2 the name stood first, then the shape and the dtype.
            given = dict(zip(_WEIGHT_2, args, strict=False))
            if len(args) > 2 and not _is_dtype(args[2]):  # in its first versions no dtype
                given = dict(zip((*_WEIGHT_2[:2], *_WEIGHT_2[3:]), args, strict=False))
            args, kwargs = (), {**given, **kwargs}
        elif era() == 1 or (len(args) > 2 and isinstance(args[2], str) and not _is_dtype(args[2])):
            args, kwargs = (), {**dict(zip(_WEIGHT_1, args, strict=False)), **kwargs}
        initial = kwargs.get("initializer")
        if (isinstance(initial, str) and initial in _INITIALIZERS_1) or callable(initial):
            kwargs["initializer"] = initializer(initial)
        return add_today(self, *args, **kwargs)

    return add_weight


def _in_order_of_lists(today):
    """What is appended to a list stands at the place of the list."""

    @functools.wraps(today)
    def in_order(self, found):
        return found if era() < 3 else today(self, found)

    return in_order


def _compute_mask(today):
    """``compute_mask(inputs, mask=None)``, in Keras 1 ``(input, input_mask=None)``."""

    @functools.wraps(today)
    def compute_mask(self, *args, **kwargs):
        found = [kwargs.pop(n) for n in ("inputs", "input") if n in kwargs] + list(args)
        found += [kwargs.pop(n) for n in ("mask", "input_mask", "previous_mask") if n in kwargs]
        return today(self, *found, *[None] * (2 - len(found)), **kwargs)

    compute_mask.__legacy_args__ = ("inputs", "mask", "input", "input_mask", "previous_mask")
    return compute_mask


def _is_dtype(value):
    return value is None or (isinstance(value, str) and value in ALLOWED_DTYPES)


def _add_loss(add_today):
    """``add_loss(losses, inputs=None)``: on which inputs a loss depends, it tells itself."""

    @functools.wraps(add_today)
    def add_loss(self, *args, **kwargs):
        kwargs.pop("inputs", None)
        if "losses" in kwargs:
            kwargs["loss"] = kwargs.pop("losses")
        return add_today(self, *args[:1], **kwargs)

    add_loss.__legacy_args__ = ("losses", "inputs")
    return add_loss
