"""Diagrams as graphs of the package pydot, for Graphviz."""

from html import escape

from minikeras.utils.diagrams.model_graph import Box, boxes_of

_TITLE_BACK, _BACK, _LABEL, _VALUE = "#2f4b66", "#f4f6f8", "#59636e", "#1b1f24"
_TRAINED = {None: (_BACK, _VALUE), True: ("#1f7a3d", "white"), False: ("#a83232", "white")}


def pydot(user):
    """The package pydot.

    Args:
        user: the name of the function that needs it, for the message if it is missing.
    """
    try:
        import pydot
    except ImportError as error:
        raise ImportError(
            f"{user} needs pydot. Install it with `pip install 'keras-on-numpy[plot]'` or "
            "`pip install pydot`. `keras.utils.plot_model(model, to_file='model.svg')` needs "
            "nothing."
        ) from error
    return pydot


def dot_of(diagram, attributes, is_part=False, user="keras.utils.model_to_dot"):
    """A diagram for Graphviz.

    Args:
        diagram: a `Group` or a `Box` of `model_graph`.
        attributes: a dict of attributes of the whole graph, such as ``rankdir``.
        is_part: whether to make a part of a larger graph.
        user: the name of the function that needs this, for the message if pydot is missing.

    Returns:
        A `pydot.Dot`, or a `pydot.Cluster` if ``is_part``.
    """
    package = pydot(user)
    if is_part:
        operation = diagram.operation if isinstance(diagram, Box) else diagram.model
        graph = _cluster(package, operation.name)
    else:
        graph = package.Dot(graph_type="digraph", bgcolor="white", **attributes)
        graph.set_node_defaults(shape="plain", fontname="Helvetica")
        graph.set_edge_defaults(penwidth=1.6, color="#59636e", arrowsize=0.8)
    names = _names(diagram)
    if isinstance(diagram, Box):
        graph.add_node(_node(package, diagram, names))
    else:
        _fill(package, graph, diagram, names)
    return graph


def _cluster(package, name):
    graph = package.Cluster(graph_name=name, style="dashed", color="#7d8590")
    graph.set("label", package.quote_id_if_necessary(name))
    graph.set("labeljust", "l")
    graph.set("fontname", "Helvetica")
    return graph


def _names(diagram):
    """The names of the nodes: the identities of the operations, as in Keras."""
    names, counts = {}, {}
    for box in boxes_of(diagram):
        own = id(box.operation)
        counts[own] = counts.get(own, 0) + 1
        names[box] = str(own) if counts[own] == 1 else f"{own}_{counts[own]}"
    return names


def _fill(package, graph, group, names):
    for member in group.members:
        if isinstance(member, Box):
            graph.add_node(_node(package, member, names))
        else:
            cluster = _cluster(package, member.name)
            _fill(package, cluster, member, names)
            graph.add_subgraph(cluster)
    for source, target in group.edges:
        graph.add_edge(package.Edge(names[source], names[target]))


def _node(package, box, names):
    return package.Node(names[box], label=_label(box))


def _label(box):
    """A table in the markup that Graphviz understands."""
    title = f"<b>{escape(box.name or box.kind)}</b>"
    if box.name is not None:
        title += f" ({escape(box.kind)})"
    lines = [
        f'<tr><td bgcolor="{_TITLE_BACK}"><font color="white" point-size="16">{title}</font>'
        "</td></tr>"
    ]
    for row in box.rows:
        cells = "".join(map(_cell, row))
        lines.append(
            '<tr><td cellpadding="0"><table border="0" cellborder="0" cellspacing="0" '
            f'cellpadding="8"><tr>{cells}</tr></table></td></tr>'
        )
    return (
        f'<<table border="1" color="{_TITLE_BACK}" bgcolor="{_BACK}" cellborder="0" '
        f'cellspacing="0" cellpadding="8">{"".join(lines)}</table>>'
    )


def _cell(cell):
    back, color = _TRAINED[cell.trained]
    label = f'<font color="{_LABEL}">{escape(cell.label)}: </font>' if cell.label else ""
    value = f'<font color="{color}"><b>{escape(cell.value)}</b></font>'
    return f'<td bgcolor="{back}">{label}{value}</td>'
