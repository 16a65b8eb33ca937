"""Calls of layers in a graph, as Keras 1 and 2 let programs see and make them."""

from minikeras import tree
from minikeras.layers import Input, Layer
from minikeras.symbolic.keras_tensor import KerasTensor
from minikeras.symbolic.operation import Node as NodeOfToday


def install():
    """Give nodes their attributes of old, and layers the methods that make nodes."""
    for name, getter in (
        ("outbound_layer", _outbound_layer), ("inbound_layers", _inbound_layers),
        ("node_indices", _node_indices), ("tensor_indices", _tensor_indices),
        ("input_shapes", _input_shapes), ("output_shapes", _output_shapes),
        ("input_masks", _input_masks), ("output_masks", _output_masks),
    ):  # fmt: skip
        setattr(NodeOfToday, name, property(getter, doc=getter.__doc__))
    NodeOfToday.get_config = get_config
    Layer.add_inbound_node = add_inbound_node
    Layer.create_input_layer = create_input_layer
    for name in ("inbound_nodes", "outbound_nodes"):
        setattr(Layer, name, property(_listed(f"_{name}"), doc="The calls of the layer, a list."))


def _listed(name):
    return lambda layer: getattr(layer, name)


def _single(found):
    return found[0] if len(found) == 1 else list(found)


def _outbound_layer(node):
    """The layer that was called."""
    return node.operation


def _inbound_layers(node):
    """The layers whose outputs it was called on, a list."""
    return [x._keras_history.operation for x in node.input_tensors]


def _node_indices(node):
    """Which calls of these layers made the inputs, a list of numbers."""
    return [x._keras_history.node_index for x in node.input_tensors]


def _tensor_indices(node):
    """Which of the outputs of these calls the inputs are, a list of numbers."""
    return [x._keras_history.tensor_index for x in node.input_tensors]


def _input_shapes(node):
    """The shapes of the inputs, a list."""
    return [x.shape for x in node.input_tensors]


def _output_shapes(node):
    """The shapes of the outputs, a list."""
    return [x.shape for x in node.output_tensors]


def _input_masks(node):
    """A None for each input: masks are found anew when a graph runs."""
    return [None for _ in node.input_tensors]


def _output_masks(node):
    """A None for each output: masks are found anew when a graph runs."""
    return [None for _ in node.output_tensors]


def get_config(self):
    """The names of the layers that the node connects, and which of their outputs."""
    return {
        "outbound_layer": self.outbound_layer.name,
        "inbound_layers": [layer.name for layer in self.inbound_layers],
        "node_indices": self.node_indices,
        "tensor_indices": self.tensor_indices,
    }


def _outputs(inbound_layers, node_indices, tensor_indices):
    """The outputs of calls of layers; by default the first of the first calls."""
    layers = list(inbound_layers) if isinstance(inbound_layers, (list, tuple)) else [inbound_layers]
    node_indices = node_indices or [0] * len(layers)
    tensor_indices = tensor_indices or [0] * len(layers)
    return [
        layer._inbound_nodes[node].output_tensors[index]
        for layer, node, index in zip(layers, node_indices, tensor_indices, strict=True)
    ]


class Node(NodeOfToday):
    """A call of a layer on outputs of other layers, made by hand.

    Args:
        outbound_layer: the layer that is called.
        inbound_layers: the layers whose outputs it is called on; [] where a graph begins.
        node_indices, tensor_indices: which of their calls, and which of the outputs of these.
        input_tensors, output_tensors: the symbolic tensors that go in and come out, lists.
        input_masks, output_masks: lists of None: masks are found anew when a graph runs.
        input_shapes, output_shapes: the shapes of the tensors, lists.
        arguments: further keyword arguments of the call, a dict.

    Raises:
        ValueError: if the arguments contradict each other, or there are masks.

    >>> import minikeras as keras
    >>> first, second = keras.layers.Dense(3, input_shape=(2,)), keras.layers.Dense(4)
    >>> first.create_input_layer((None, 2))
    >>> node = keras.engine.topology.Node.create_node(second, [first])
    >>> second.output_shape, node.get_config()["node_indices"]
    ((None, 4), [0])
    """

    def __init__(
        self, outbound_layer, inbound_layers, node_indices, tensor_indices, input_tensors,
        output_tensors, input_masks, output_masks, input_shapes, output_shapes, arguments=None,
    ):  # fmt: skip
        expected = _outputs(inbound_layers, node_indices, tensor_indices)
        if expected and any(a is not b for a, b in zip(expected, input_tensors, strict=True)):
            raise ValueError("Node: the input_tensors are not what the inbound_layers gave")
        if any(mask is not None for mask in [*input_masks, *output_masks]):
            raise ValueError("Node takes no masks: they are found anew when a graph runs")
        for what, shapes, tensors in (
            ("input", input_shapes, input_tensors), ("output", output_shapes, output_tensors),
        ):  # fmt: skip
            if [tuple(s) for s in shapes] != [tuple(x.shape) for x in tensors]:
                raise ValueError(f"Node: the {what}_shapes {shapes} are not those of the tensors")
        args = (_single(input_tensors),) if input_tensors else ()
        super().__init__(outbound_layer, args, dict(arguments or {}), list(output_tensors))

    @classmethod
    def create_node(cls, outbound_layer, inbound_layers, node_indices=None, tensor_indices=None):
        """Call a layer on outputs of other layers.

        Returns:
            The node of the call.
        """
        outbound_layer(_single(_outputs(inbound_layers, node_indices, tensor_indices)))
        return outbound_layer._inbound_nodes[-1]


def add_inbound_node(self, inbound_layers, node_indices=None, tensor_indices=None):
    """Call the layer on outputs of other layers.

    Args:
        inbound_layers: a list of layers.
        node_indices, tensor_indices: which of their calls, and which of the outputs of these; the
            first ones by default.
    """
    Node.create_node(self, inbound_layers, node_indices, tensor_indices)


def create_input_layer(self, batch_input_shape, input_dtype=None, name=None):
    """Call the layer on an input of its own.

    Args:
        batch_input_shape: the shape of the input, the batch included.
        input_dtype: the dtype of the input; that of the layer's inputs by default.
        name: the name of the input; by default it is made up from that of the layer.
    """
    name = name or f"{self.name}_input"
    dtype = input_dtype or self.input_dtype
    self(Input(batch_shape=tuple(batch_input_shape), dtype=dtype, name=name))


def is_symbolic(structure):
    """Whether there is a symbolic tensor in a structure."""
    return any(isinstance(x, KerasTensor) for x in tree.flatten(structure))
