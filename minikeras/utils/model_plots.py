"""plot_model and model_to_dot: pictures of models."""

import os
import subprocess
import sys

from minikeras.console import show
from minikeras.files import atomic_path
from minikeras.utils.diagrams.dot import dot_of
from minikeras.utils.diagrams.layout import DIRECTIONS
from minikeras.utils.diagrams.model_graph import Shown, diagram_of
from minikeras.utils.diagrams.routes import STYLES
from minikeras.utils.diagrams.svg import svg_of

_USUAL_DPI = 200


class ModelPicture:
    """A picture of a model, which notebooks display.

    Attributes:
        format: such as ``"svg"``.
        content: what is in the file: a text for SVG, otherwise bytes.
    """

    def __init__(self, content, format):
        self.content = content
        self.format = format

    def _repr_svg_(self):
        return self.content if self.format == "svg" else None

    def _repr_png_(self):
        return self.content if self.format == "png" else None

    def _repr_jpeg_(self):
        return self.content if self.format in ("jpg", "jpeg") else None

    def __repr__(self):
        return f"<ModelPicture format={self.format}, {len(self.content):,} in size>"


def model_to_dot(
    model,
    show_shapes=False,
    show_dtype=False,
    show_layer_names=True,
    rankdir="TB",
    expand_nested=False,
    dpi=200,
    subgraph=False,
    show_layer_activations=False,
    show_trainable=False,
    splines="ortho",
    **kwargs,
):
    """A model as a graph for Graphviz, to be changed before it is drawn.

    Args:
        model: a built model. A sequential or functional one becomes a node for each operation,
            another one a single node.
        show_shapes: whether to tell the shapes of inputs and outputs.
        show_dtype: whether to tell the dtype of the output.
        show_layer_names: whether to tell the name of a layer beside its class.
        rankdir: the direction of the lines: ``"TB"`` from top to bottom, ``"LR"`` from left to
            right, ``"BT"`` or ``"RL"``.
        expand_nested: whether to draw the layers of models within.
        dpi: dots per inch of pictures made of the graph.
        subgraph: whether to make a part for another graph.
        show_layer_activations: whether to tell the activation of layers that have one.
        show_trainable: whether to tell if the weights of a layer are trained.
        splines: how lines run: ``"ortho"``, ``"polyline"``, ``"line"``, ``"spline"``,
            ``"curved"`` or what else Graphviz knows.
        **kwargs: there are none in Keras 3.

    Returns:
        A `pydot.Dot`, or a `pydot.Cluster` with ``subgraph=True``.

    Raises:
        ImportError: without the package pydot.
        ValueError: if the model is not built, or for an unfit argument.
    """
    _check(rankdir, dpi, kwargs, "model_to_dot")
    shown = Shown(
        show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable,
        expand_nested,
    )  # fmt: skip
    attributes = {"rankdir": rankdir, "dpi": dpi, "splines": splines, "concentrate": True}
    return dot_of(diagram_of(model, shown), attributes, is_part=subgraph)


def plot_model(
    model,
    to_file="model.png",
    show_shapes=False,
    show_dtype=False,
    show_layer_names=False,
    rankdir="TB",
    expand_nested=False,
    dpi=200,
    show_layer_activations=False,
    show_trainable=False,
    splines="ortho",
    **kwargs,
):
    """Draw a model into a file.

    A file that ends in ``.svg`` is drawn here, and needs nothing else. One that ends in ``.dot``
    needs the package pydot. All other formats, such as ``.png`` and ``.pdf``, need pydot and the
    program ``dot`` of Graphviz.

    Args:
        model: a built model. A sequential or functional one becomes a box for each operation,
            another one a single box.
        to_file: the path of the file, or None for none.
        show_shapes: whether to tell the shapes of inputs and outputs.
        show_dtype: whether to tell the dtype of the output.
        show_layer_names: whether to tell the name of a layer beside its class.
        rankdir: the direction of the lines: ``"TB"`` from top to bottom, ``"LR"`` from left to
            right, ``"BT"`` or ``"RL"``.
        expand_nested: whether to draw the layers of models within.
        dpi: dots per inch; a picture of 400 is twice as large as one of 200.
        show_layer_activations: whether to tell the activation of layers that have one.
        show_trainable: whether to tell if the weights of a layer are trained.
        splines: how lines run: ``"ortho"``, ``"polyline"``, ``"line"``, ``"spline"`` or
            ``"curved"``.
        **kwargs: there are none in Keras 3.

    Returns:
        A `ModelPicture`, which a notebook displays.

    Raises:
        ImportError: if the format needs pydot or Graphviz and they are not there. In a notebook
            this is printed instead, and the picture is one of SVG.
        ValueError: if the model is not built, or for an unfit argument.

    >>> import minikeras as keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="small")
    >>> picture = keras.utils.plot_model(model, to_file=None)
    >>> picture.format, picture.content.count("Dense</text>")
    ('svg', 1)
    """
    _check(rankdir, dpi, kwargs, "plot_model")
    shown = Shown(
        show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable,
        expand_nested,
    )  # fmt: skip
    diagram = diagram_of(model, shown)
    extension = "svg"
    if to_file is not None:
        extension = os.path.splitext(os.fspath(to_file))[1][1:].lower() or "png"
    if extension != "svg":
        attributes = {"rankdir": rankdir, "dpi": dpi, "splines": splines, "concentrate": True}
        try:
            content = _by_graphviz(dot_of(diagram, attributes, user="plot_model"), extension)
        except ImportError as error:
            if "IPython.core.magics.namespace" not in sys.modules:
                raise
            show(f"{os.fspath(to_file)} was not written: {error}")
            to_file, extension = None, "svg"
    if extension == "svg":
        if splines not in STYLES:
            raise ValueError(f"splines must be one of {STYLES} for SVG. Received: {splines!r}")
        content = svg_of(diagram, rankdir, splines, dpi / _USUAL_DPI)
    if to_file is not None:
        with atomic_path(to_file) as temporary, open(temporary, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
    return ModelPicture(content, extension)


def _check(rankdir, dpi, kwargs, user):
    if kwargs.pop("layer_range", None) is not None:
        raise ValueError(
            f"{user} has no layer_range any more. Draw a part of a functional model as "
            "keras.Model(first.input, last.output)."
        )
    if kwargs:
        raise TypeError(f"{user} has no arguments {sorted(kwargs)}")
    if rankdir not in DIRECTIONS:
        raise ValueError(f"rankdir must be one of {DIRECTIONS}. Received: {rankdir!r}")
    if not dpi > 0:
        raise ValueError(f"dpi must be above 0. Received: {dpi!r}")


def _by_graphviz(graph, extension):
    """The content of a file that Graphviz makes of a graph."""
    if extension in ("dot", "gv"):
        return graph.to_string()
    try:
        done = subprocess.run(
            ["dot", f"-T{extension}"], input=graph.to_string().encode(), capture_output=True
        )
    except FileNotFoundError as error:
        raise ImportError(
            f"plot_model needs the program `dot` of Graphviz for a file of the format "
            f"{extension!r}. Install Graphviz (https://graphviz.org/download), or pass "
            "to_file='model.svg', which needs nothing."
        ) from error
    if done.returncode:
        raise ValueError(
            f"Graphviz cannot draw a file of the format {extension!r}: "
            f"{done.stderr.decode(errors='replace').strip()}"
        )
    return done.stdout
