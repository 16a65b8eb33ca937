"""A model as boxes and edges between them, whatever it is drawn with."""

from dataclasses import dataclass
from itertools import pairwise

from minikeras import tree
from minikeras.layers.core.input_layer import InputLayer
from minikeras.models.functional import Functional
from minikeras.models.sequential import Sequential
from minikeras.models.summary import output_shapes, type_name

UNKNOWN = "?"


@dataclass(frozen=True)
class Shown:
    """What boxes tell; the names and defaults are those of `keras.utils.model_to_dot`."""

    shapes: bool = False
    dtype: bool = False
    layer_names: bool = True
    layer_activations: bool = False
    trainable: bool = False
    expand_nested: bool = False


@dataclass(frozen=True)
class Cell:
    """A text in a box: ``label`` and ``value``, or a ``value`` that is ``trained`` or not."""

    label: str
    value: str
    trained: bool | None = None


class Box:
    """One operation.

    Attributes:
        operation: a layer, or another operation of a graph.
        name: its name, or None if it is not to be shown.
        kind: the name of its class.
        rows: lists of cells, one below another.
    """

    def __init__(self, operation, shown, nodes):
        self.operation = operation
        self.name = operation.name if shown.layer_names else None
        self.kind = type_name(operation)
        cells = [
            *(_shapes(operation, nodes) if shown.shapes else ()),
            *(_dtypes(operation, nodes) if shown.dtype else ()),
            *(_trainable(operation) if shown.trainable else ()),
        ]
        activation = _activation(operation) if shown.layer_activations else []
        self.rows = [row for row in (activation, cells) if row]

    def entry(self, index):
        """The box in which the line to input number ``index`` ends: this one."""
        return self

    exit = entry


class Group:
    """A model whose operations are drawn one by one.

    Attributes:
        model: the model.
        name: its name.
        members: boxes and groups, those near the inputs first.
        edges: pairs of boxes, each once, which may stand deeper than ``members``.
    """

    def __init__(self, model, shown):
        self.model = model
        self.name = model.name
        is_graph = isinstance(model, Functional)
        graph = model if is_graph else model._functional
        nodes = graph._graph.nodes
        self._members = {
            id(operation): Group(operation, shown)
            if shown.expand_nested and _has_parts(operation)
            else Box(operation, shown, nodes)
            for operation in (model.operations if is_graph else model.layers)
        }
        self.members = list(self._members.values())
        found = self._edges_of_graph(nodes) if is_graph else self._edges_of_chain()
        self.edges = list(dict.fromkeys(found))

    def entry(self, index):
        """The box in which the line to input number ``index`` of the model ends."""
        return self._end(self.model.inputs, index, 0, "entry")

    def exit(self, index):
        """The box that makes output number ``index`` of the model."""
        return self._end(self.model.outputs, index, -1, "exit")

    def _end(self, tensors, index, place, what):
        if isinstance(self.model, Sequential):
            return getattr(self.members[place], what)(index)
        operation, _, index = tensors[min(index, len(tensors) - 1)]._keras_history
        return getattr(self._members[id(operation)], what)(index)

    def _edges_of_chain(self):
        for one, following in pairwise(self.members):
            yield one.exit(0), following.entry(0)

    def _edges_of_graph(self, nodes):
        for node in nodes:
            for index, x in enumerate(node.input_tensors):
                source = self._members.get(id(x._keras_history.operation))
                if source is not None:
                    target = self._members[id(node.operation)]
                    yield source.exit(x._keras_history.tensor_index), target.entry(index)


def diagram_of(model, shown):
    """What is to be drawn of a model.

    Args:
        model: a built model.
        shown: what is to be told of each operation.

    Returns:
        A `Group`, or a `Box` for a model that is neither sequential nor functional.

    Raises:
        ValueError: if the model is not built.
    """
    if not model.built:
        raise ValueError(
            f"Model {model.name!r} is not built, so its layers and shapes are not known yet. Begin "
            "it with keras.Input, call it on data, or call its `build` with the shape of the input."
        )
    return Group(model, shown) if _has_parts(model) else Box(model, shown, None)


def boxes_of(part):
    """The boxes of a group, those of groups within included."""
    if isinstance(part, Box):
        yield part
    else:
        for member in part.members:
            yield from boxes_of(member)


def _has_parts(operation):
    return isinstance(operation, Functional) or (
        isinstance(operation, Sequential) and operation.built and bool(operation.layers)
    )


def _shapes(operation, nodes):
    cells = []
    if not isinstance(operation, InputLayer):
        cells.append(Cell("Input shape", _of_tensors(operation, "input", "shape", nodes)))
    cells.append(Cell("Output shape", _of_tensors(operation, "output", "shape", nodes)))
    return cells


def _dtypes(operation, nodes):
    return [Cell("Output dtype", _of_tensors(operation, "output", "dtype", nodes))]


def _trainable(operation):
    if not getattr(operation, "weights", ()):
        return []
    is_trained = bool(operation.trainable)
    return [Cell("", "Trainable" if is_trained else "Non-trainable", is_trained)]


def _activation(operation):
    activation = getattr(operation, "activation", None)
    if activation is None:
        return []
    name = getattr(activation, "name", None) or getattr(activation, "__name__", None)
    return [Cell("Activation", str(name or activation))]


def _of_tensors(operation, what, attribute, nodes):
    """An attribute of the inputs or outputs, as a text; that of several calls if they differ."""
    if isinstance(operation, (Functional, Sequential)):
        structures = [getattr(operation, what)] if operation.built else []
    else:
        known = None if nodes is None else {id(node) for node in nodes}
        calls = [n for n in operation._inbound_nodes if known is None or id(n) in known]
        structures = [_single(getattr(node, f"{what}_tensors")) for node in calls]
    texts = [
        _text(tree.map_structure(lambda x: getattr(x, attribute), structure))
        for structure in structures
        if tree.flatten(structure)
    ]
    return " or ".join(dict.fromkeys(texts)) or _found_without_graph(operation, what, attribute)


def _found_without_graph(operation, what, attribute):
    """Of a layer that was only called on arrays."""
    shapes = getattr(operation, "_build_shapes", None)
    if attribute != "shape" or not shapes:
        return UNKNOWN
    if what == "output":
        return output_shapes(operation)
    return _text(_single(list(shapes.values())))


def _single(values):
    return values[0] if len(values) == 1 else values


def _text(structure):
    if isinstance(structure, dict):
        return ", ".join(f"{key}: {_text(value)}" for key, value in structure.items())
    return str(structure)
