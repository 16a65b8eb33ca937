"""What notebooks show of models, variables and trainings; the curves of a training.

The classes do not know of it: `attach` gives them the methods ``_repr_html_`` and ``plot``.
"""

import functools
import math
from itertools import pairwise

from minikeras.backend.xp import np, to_numpy
from minikeras.lazy import when_imported

_LINE = "border:1px solid rgba(128,128,128,.45);padding:3px 9px"
_LEFT, _RIGHT = f"{_LINE};text-align:left", f"{_LINE};text-align:right"
_NUMBERS = {"Param #", "first", "last"}
_COLUMNS = 3  # of a figure
_CURVE = 120, 26  # pixels


def attach():
    """Give the classes their methods, once they are there."""
    for module, name, methods in (
        ("models.model", "Model", {"_repr_html_": model_html}),
        ("backend.variables", "Variable", {"_repr_html_": variable_html}),
        ("callbacks.history", "History", {"_repr_html_": history_html, "plot": plot_history}),
    ):
        when_imported(f"minikeras.{module}", functools.partial(_give, name, methods))


def _give(name, methods, module):
    for method, function in methods.items():
        setattr(getattr(module, name), method, function)


def escape(text):
    """Text as HTML has it."""
    import html  # the table of entities that it brings is large

    return html.escape(text)


def model_html(model):
    """The summary of a model as HTML."""
    from minikeras.models.summary import table_of, totals

    header, rows = table_of(model)
    return (
        f'<div style="max-height:30em;overflow:auto"><p><b>{escape(model.name)}</b> '
        f"({escape(type(model).__name__)})</p>{_table(header, rows)}"
        f"<p>{' &middot;'.join(map(escape, totals(model)))}</p></div>"
    )


def variable_html(variable):
    """The name, shape, dtype and values of a variable as HTML."""
    text = np.array2string(to_numpy(variable.value), threshold=60, precision=5, max_line_width=88)
    trained = "trainable" if variable.trainable else "not trainable"
    shape = escape(str(tuple(variable.shape)))
    return (
        f"<p><b>{escape(variable.path)}</b> {shape} {escape(variable.dtype)}, {trained}</p>"
        f"<pre>{escape(text)}</pre>"
    )


def history_html(history):
    """The first and last values of a training, and their curves, as HTML."""
    header = ["", "first", "last", "", "first", "last", ""]
    rows = []
    for name, lines in _quantities(history).items():
        row = [escape(name.replace("_", " "))]
        for values in lines:
            ends = [f"{values[i]:.4g}" if values else "" for i in (0, -1)]
            row += [*ends, _curve(values) if values else ""]
        rows.append(row)
    if not rows:
        return "<p>History of no epochs</p>"
    count = max(len(line) for lines in _quantities(history).values() for line in lines)
    has_validation = any(validation for _, validation in _quantities(history).values())
    width = len(header) if has_validation else 4
    titles = _row(["", "training", "validation"][: 2 + has_validation], "th", (1, 3, 3))
    table = _table(header[:width], [row[:width] for row in rows], titles, are_html=True)
    return f"<p>{count} epoch{'s' if count != 1 else ''}</p>{table}"


def plot_history(history, names=None):
    """Draw the curves of a training: one picture for each quantity, with that of validation.

    Args:
        names: which quantities to draw, such as ``["loss"]``; by default all.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ImportError: without matplotlib.
        ValueError: if there is nothing to draw, or no quantity of such a name.

    >>> import minikeras as keras
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x = keras.ops.ones((4, 1))
    >>> figure = model.fit(x, x, epochs=2, verbose=0).plot()
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['loss']
    """
    from minikeras.visualization.pictures import pyplot

    plt = pyplot("History.plot")
    from matplotlib.ticker import MaxNLocator

    found = _quantities(history)
    names = list(found) if names is None else [n.removeprefix("val_") for n in names]
    unknown = sorted(set(names) - set(found))
    if unknown or not names:
        raise ValueError(
            f"History.plot can draw {list(found)}. Received: names={unknown}"
            if found
            else "History.plot: there are no epochs to draw yet. Call fit first."
        )
    columns = min(len(names), _COLUMNS)
    rows = math.ceil(len(names) / columns)
    figure, grid = plt.subplots(
        rows, columns, figsize=(4.6 * columns, 3.4 * rows), layout="constrained", squeeze=False
    )
    for axes in grid.flat[len(names) :]:
        axes.remove()
    for axes, name in zip(grid.flat, names):
        for values, prefix, label in zip(found[name], ("", "val_"), ("training", "validation")):
            if values:
                epochs = _epochs(history, prefix + name, len(values))
                axes.plot(epochs, values, label=label, marker="o" if len(values) < 8 else None)
        if found[name][1]:
            axes.legend()
        if _spans_magnitudes(name, found[name]):
            axes.set_yscale("log")
        axes.set_xlabel("epoch")
        axes.set_ylabel(name.replace("_", " "))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
    if "inline" in plt.get_backend():  # a notebook would show it twice
        plt.close(figure)
    return figure


def _quantities(history):
    """For each quantity the values of training and those of validation, the loss first."""
    found = {"loss": ([], [])}
    for name, values in history.history.items():
        lines = found.setdefault(name.removeprefix("val_"), ([], []))
        if all(np.ndim(to_numpy(value)) == 0 for value in values):
            lines[name.startswith("val_")].extend(float(value) for value in values)
    return {name: lines for name, lines in found.items() if any(lines)}


def _epochs(history, name, count):
    """The epochs of the values of a name, from 1."""
    stated = getattr(history, "_epochs", {}).get(name, [])
    if len(stated) != count or any(a >= b for a, b in pairwise(stated)):
        return list(range(1, count + 1))
    return [epoch + 1 for epoch in stated]


def _spans_magnitudes(name, lines):
    values = [*lines[0], *lines[1]]
    return name == "learning_rate" and min(values) > 0 and max(values) > 10 * min(values)


def _curve(values):
    """A small line of the values, in a color for light and for dark pages."""
    finite = [value for value in values if math.isfinite(value)]
    if len(finite) < 2:
        return ""
    width, height = _CURVE
    low, span = min(finite), (max(finite) - min(finite)) or 1.0
    points = " ".join(
        f"{2 + (width - 4) * i / (len(values) - 1):.1f},"
        f"{height - 3 - (height - 6) * (value - low) / span:.1f}"
        for i, value in enumerate(values)
        if math.isfinite(value)
    )
    return (
        f'<svg width="{width}" height="{height}"><polyline points="{points}" fill="none" '
        'stroke="#4c8dd6" stroke-width="1.5"/></svg>'
    )


def _table(header, rows, titles="", are_html=False):
    body = (
        row if are_html else [escape(cell).replace("  ", "&nbsp; ") for cell in row] for row in rows
    )
    styles = [_RIGHT if title in _NUMBERS else _LEFT for title in header]
    lines = [
        titles,
        _row(header, "th", styles=styles),
        *(_row(r, "td", styles=styles) for r in body),
    ]
    return f'<table style="border-collapse:collapse">{"".join(lines)}</table>'


def _row(cells, tag, spans=(), styles=()):
    spans = [f' colspan="{span}"' if span > 1 else "" for span in spans] or [""] * len(cells)
    styles = styles or [_LEFT] * len(cells)
    return "<tr>{}</tr>".format(
        "".join(
            f'<{tag}{span} style="{style}">{cell}</{tag}>'
            for cell, span, style in zip(cells, spans, styles)
        )
    )
