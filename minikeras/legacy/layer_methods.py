"""What every layer answered in Keras 1 and 2: its calls in a graph, its weights, its updates."""

import functools

from minikeras import tree
from minikeras.layers import Layer
from minikeras.layers.input_spec import check_inputs
from minikeras.legacy.arguments.values_1 import initializer


def install():
    """Give layers the methods and properties of Keras 1 and 2 that they lack."""
    for method in (
        get_input_at, get_output_at, get_input_shape_at, get_output_shape_at, get_input_mask_at,
        get_output_mask_at, add_update, assert_input_compatibility, get_losses_for, get_updates_for,
    ):  # fmt: skip
        setattr(Layer, method.__name__, method)
    for name, getter in (
        ("input_shape", _input_shape), ("output_shape", _output_shape), ("updates", _updates),
        ("input_mask", _mask), ("output_mask", _mask), ("uses_learning_phase", _uses_phase),
    ):  # fmt: skip
        setattr(Layer, name, property(getter, doc=getter.__doc__))
    Layer.add_weight = _add_weight(Layer.add_weight)


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
    return "training" in type(layer).call.__code__.co_varnames


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


def assert_input_compatibility(self, inputs):
    """Check inputs against the layer's ``input_spec``.

    Raises:
        ValueError: if they do not fit.
    """
    if self.input_spec is not None:
        check_inputs(self.input_spec, inputs, self.name)


def get_losses_for(self, inputs):
    """The losses of the layer's last call; those that do not depend on inputs for None."""
    return list(self.losses) if inputs is not None else []


def get_updates_for(self, inputs):
    """An empty list: updates are made when they are added."""
    return []


def _add_weight(add_today):
    @functools.wraps(add_today)
    def add_weight(self, *args, **kwargs):
        if args and isinstance(args[0], str):  # the name stood first in Keras 2
            kwargs["name"], args = args[0], args[1:]
        if kwargs.get("initializer") in ("zero", "one", "normal", "uniform"):
            kwargs["initializer"] = initializer(kwargs["initializer"])
        return add_today(self, *args, **kwargs)

    return add_weight
