"""The summary of a model: a table of its layers, shapes and numbers of parameters."""

import math
import re
import shutil

import numpy as np

from minikeras import tree
from minikeras.console import show
from minikeras.models.operation_names import class_name_of
from minikeras.models.table import Table
from minikeras.symbolic.graph import Function
from minikeras.symbolic.operation import FunctionOperation

_ALIGNMENT = {"Param #": "right", "Trainable": "center"}


def print_summary(
    model,
    line_length=None,
    positions=None,
    print_fn=None,
    expand_nested=False,
    show_trainable=False,
    layer_range=None,
):
    """Print a table of the layers of ``model``, then its numbers of parameters.

    Args:
        model: a model.
        line_length: the width of the table in characters; by default what the terminal has room
            for, up to 88 (108 with a column of connections).
        positions: where the columns end: parts of the width, or characters if the last is above 1.
        print_fn: a function that takes the whole text; by default it goes to standard output.
        expand_nested: whether the layers of models within follow them.
        show_trainable: whether a column says which layers are trained.
        layer_range: names, or regular expressions, of the first and the last layer to list.

    Raises:
        ValueError: if a column would be too narrow, or no layer has a name in ``layer_range``.
    """
    header, rows = table_of(model, expand_nested, show_trainable, layer_range)
    if "Connected to" in header:
        width, positions = 108, positions or [0.3, 0.56, 0.74, 1.0]
    else:
        width, positions = 88, positions or [0.45, 0.80, 1.0]
    if show_trainable:
        width += 12
        last = positions[-1]
        positions = [0.9 * end for end in positions] + [last]
    if line_length is None:
        line_length = min(width, shutil.get_terminal_size().columns - 4)
    alignment = [_ALIGNMENT.get(title, "left") for title in header]
    table = Table(header, _column_widths(positions, line_length), alignment)
    for row in rows:
        table.add_row(*row)
    text = "\n".join([f'Model: "{model.name}"', table.draw(), *totals(model)])
    if print_fn is None:
        show(text)
    else:
        print_fn(text + "\n")


def table_of(model, expand_nested=False, show_trainable=False, layer_range=None):
    """What a summary lists, as texts; the arguments are those of `print_summary`.

    Returns:
        The titles of the columns, and a list of rows.
    """
    nodes = None if is_chain(model) else _nodes_of(model)
    header = ["Layer (type)", "Output Shape", "Param #"]
    if nodes is not None:
        header.append("Connected to")
    if show_trainable:
        header.append("Trainable")
    layers = listed_operations(model)
    rows = [
        _cells(part, depth, nodes, show_trainable)
        for layer in layers[slice(*_bounds(layers, layer_range))]
        for depth, part in _with_nested(layer, expand_nested)
    ]
    return header, rows


def listed_operations(model):
    """What a table of ``model`` lists: all operations of a graph, else the layers."""
    return model.operations if isinstance(model, Function) else model.layers


def _nodes_of(model):
    return model._graph.nodes


def is_chain(model):
    """Whether ``model`` is one chain of layers, or no graph: connections say nothing then."""
    if not isinstance(model, Function):
        return True
    nodes = _nodes_of(model)
    parents, operations = [], []
    for node in nodes:
        if len(node.input_tensors) > 1:
            return False
        operations.append(id(node.operation))
        parents.extend(x._keras_history[:2] for x in node.input_tensors)
    has_one_start = sum(not node.input_tensors for node in nodes) <= 1
    distinct = len({(id(operation), index) for operation, index in parents})
    return has_one_start and distinct == len(parents) and len(set(operations)) == len(operations)


def _column_widths(positions, line_length):
    """The widths of the columns such that the table, borders included, is ``line_length`` wide."""
    scale = line_length / positions[-1] if positions[-1] > 1 else line_length
    ends = [int(end * scale) for end in positions]
    widths = [end - start for start, end in zip([0, *ends], ends)]
    excess = sum(widths) - (line_length - len(widths) - 1)
    for i in range(len(widths)):
        part = round(excess / (len(widths) - i))
        widths[i] -= part
        excess -= part
    if min(widths) < 4:
        raise ValueError(
            f"A table of {len(widths)} columns at positions {positions} needs more room than "
            f"{line_length} characters. Pass a larger line_length."
        )
    return widths


def _bounds(layers, layer_range):
    """The first position and the one after the last of the layers to list."""
    if layer_range is None:
        return 0, len(layers)
    if len(layer_range) != 2 or not all(isinstance(name, str) for name in layer_range):
        raise ValueError(
            "layer_range must hold two strings, the names of the first and the last layer. "
            f"Received: {layer_range!r}"
        )
    first, last = (
        [i for i, layer in enumerate(layers) if re.match(name, layer.name)] for name in layer_range
    )
    if not first or not last:
        raise ValueError(
            f"layer_range={layer_range!r} names no layers of this model. It has: "
            f"{', '.join(layer.name for layer in layers)}"
        )
    if min(first) > max(last):
        first, last = last, first
    return min(first), max(last) + 1


def _with_nested(layer, expand, depth=0):
    """``layer``, then if wanted what is within it, each with its depth."""
    yield depth, layer
    if expand:
        for part in getattr(layer, "layers", ()):
            yield from _with_nested(part, expand, depth + 1)


def _cells(layer, depth, nodes, show_trainable):
    prefix = "   " * depth + "└ " if depth else ""
    cells = [f"{prefix}{layer.name} ({type_name(layer)})", output_shapes(layer), _count(layer)]
    if nodes is not None:
        cells.append(_connections(layer, nodes))
    if show_trainable:
        has_weights = bool(getattr(layer, "weights", ()))
        cells.append(("Y" if layer.trainable else "N") if has_weights else "-")
    return cells


def type_name(operation):
    """The name of the class of a layer, or of the one that Keras has for an op."""
    if isinstance(operation, FunctionOperation):
        return class_name_of(operation.function.__name__)
    return type(operation).__name__


def _count(layer):
    if not hasattr(layer, "built"):
        return "0"
    return f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"


def output_shapes(layer):
    """The shapes of what ``layer`` returns, as a text; ``?`` if they are not known."""
    if layer._inbound_nodes:
        shapes = [x.shape for x in layer._inbound_nodes[-1].output_tensors]
    elif getattr(layer, "_build_shapes", None):
        try:
            found = layer.compute_output_shape(**layer._build_shapes)
        except Exception:
            return "?"
        shapes = []
        tree.map_shape_structure(shapes.append, found)
    else:
        return "?"
    texts = [f"({', '.join(map(str, shape))})" for shape in shapes]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _connections(layer, nodes):
    """Where the inputs come from: ``name[index of the call][index of the output]``."""
    known = {id(node) for node in nodes}
    sources = [
        "{}[{}][{}]".format(x._keras_history[0].name, *x._keras_history[1:])
        for node in layer._inbound_nodes
        if id(node) in known
        for x in node.input_tensors
    ]
    return ", ".join(sources) or "-"


def totals(model):
    """The lines under the table: parameters, trained ones, others, those of the optimizer."""
    trainable = _size(model.trainable_weights)
    others = _size(model.non_trainable_weights)
    optimizer = getattr(model, "optimizer", None)
    has_state = getattr(model, "compiled", False) and getattr(optimizer, "built", False)
    state = _size(optimizer.variables) if has_state else (0, 0)
    rows = [
        ("Total", tuple(map(sum, zip(trainable, others, state)))),
        ("Trainable", trainable),
        ("Non-trainable", others),
    ]
    if has_state:
        rows.append(("Optimizer", state))
    return [f" {name} params: {count:,} ({readable_size(size)})" for name, (count, size) in rows]


def _size(weights):
    """The number of values and of bytes of ``weights``."""
    counts = [math.prod(w.shape) for w in weights]
    return sum(counts), sum(n * np.dtype(w.dtype).itemsize for n, w in zip(counts, weights))


def readable_size(size):
    """A number of bytes in the unit that suits it.

    >>> readable_size(2048)
    '2.00 KB'
    """
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} PB"
