"""What notebooks show of models, variables and trainings; the curves of a training."""

import re
import sys
import xml.etree.ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest

import minikeras as mk
from minikeras.models.summary import table_of, totals

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _no_figure_stays_open():
    yield
    plt.close("all")


def cells(text):
    """The texts in each row of the tables of a piece of HTML, which must be well-formed."""
    root = xml.etree.ElementTree.fromstring(
        f"<body>{text.replace('&nbsp;', ' ').replace('&middot;', '.')}</body>"
    )
    return [["".join(cell.itertext()) for cell in row] for row in root.iter("tr")]


def history_of(**arrays):
    history = mk.callbacks.History()
    history.history = {name: list(values) for name, values in arrays.items()}
    return history


@pytest.fixture(scope="module")
def trained():
    x = RNG.normal(size=(40, 3)).astype("float32")
    model = mk.Sequential([mk.Input((3,)), mk.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    schedule = mk.callbacks.LearningRateScheduler(lambda epoch, lr: lr / 2)
    return model.fit(
        x,
        x[:, :1],
        epochs=9,
        initial_epoch=2,
        validation_split=0.5,
        validation_freq=[4, 7],
        callbacks=[schedule],
        verbose=0,
    )


# Models


def test_a_model_is_its_summary():
    x = mk.Input((4,), name="x")
    inner = mk.Sequential([mk.Input((4,)), mk.layers.Dense(4)], name="in<ner")
    model = mk.Model(x, mk.layers.Add(name="sum")([x, inner(x)]), name="a&b")
    text = model._repr_html_()
    header, rows = table_of(model)
    assert cells(text) == [header, *(list(map(str, row)) for row in rows)]
    assert "Connected to" in header
    assert "a&amp;b" in text
    assert all(line in text for line in totals(model))
    unbuilt = mk.Sequential([mk.layers.Dense(2, name="d")])
    assert cells(unbuilt._repr_html_())[1] == ["d (Dense)", "?", "0 (unbuilt)"]


def test_subclasses_of_models_are_shown():
    class Own(mk.Model):
        def __init__(self):
            super().__init__()
            self.inner = mk.layers.Dense(2)

        def call(self, x):
            return self.inner(x)

    model = Own()
    model(mk.ops.ones((1, 3)))
    assert "(Own)" in model._repr_html_()
    assert cells(model._repr_html_())[1][2] == "8"


# Variables


@pytest.mark.parametrize(
    ("value", "trainable", "expected"),
    [
        (np.arange(6.0).reshape(2, 3), True, "[[0. 1. 2.]\n [3. 4. 5.]]"),
        (np.zeros((50, 50)), False, "..."),
        (7, True, "7"),
        (np.zeros((0, 3)), True, "[]"),
    ],
)
def test_variables(value, trainable, expected):
    dtype = "int32" if isinstance(value, int) else "float32"
    with mk.name_scope("scope"):
        variable = mk.Variable(value, dtype=dtype, trainable=trainable, name="v<1>")
    text = variable._repr_html_()
    cells(text)
    assert f"<b>scope/v&lt;1&gt;</b> {np.shape(value)} {dtype}, " in text
    assert ("not trainable" in text) != trainable
    assert expected in text


# Trainings


def test_a_history_is_a_table(trained):
    text = trained._repr_html_()
    titles, header, *rows = cells(text)
    assert titles == ["", "training", "validation"]
    assert header == ["", "first", "last", "", "first", "last", ""]
    assert [row[0] for row in rows] == ["loss", "mae", "learning rate"]
    losses = trained.history["loss"]
    assert rows[0][1:3] == [f"{losses[0]:.4g}", f"{losses[-1]:.4g}"]
    assert rows[2][4:6] == ["", ""]
    assert text.count("<polyline") == 5
    assert text.startswith("<p>7 epochs</p>")


def test_histories_of_few_epochs():
    assert "no epochs" in mk.callbacks.History()._repr_html_()
    text = history_of(loss=[0.5])._repr_html_()
    assert cells(text)[1:] == [["", "first", "last", ""], ["loss", "0.5", "0.5", ""]]
    assert "1 epoch<" in text
    text = history_of(loss=[1.0, float("nan"), 2.0], val_only=[1, 1])._repr_html_()
    (points,) = re.findall(r'points="([^"]*)"', text)[:1]
    assert len(points.split()) == 2
    assert [row[0] for row in cells(text)[2:]] == ["loss", "only"]


def test_curves_stand_at_their_epochs(trained):
    figure = trained.plot()
    loss, mae, rate = figure.axes
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "mae", "learning rate"]
    assert {axes.get_xlabel() for axes in figure.axes} == {"epoch"}
    training, validation = loss.lines
    assert training.get_xdata().tolist() == list(range(3, 10))
    assert validation.get_xdata().tolist() == [4, 7]
    assert training.get_ydata().tolist() == pytest.approx(trained.history["loss"])
    assert validation.get_ydata().tolist() == pytest.approx(trained.history["val_loss"])
    assert [t.get_text() for t in mae.get_legend().get_texts()] == ["training", "validation"]
    assert (rate.get_yscale(), loss.get_yscale(), rate.get_legend()) == ("log", "linear", None)
    assert all(tick == round(tick) for tick in loss.get_xticks())


def test_some_curves(trained):
    figure = trained.plot(["val_mae"])
    assert [axes.get_ylabel() for axes in figure.axes] == ["mae"]
    many = history_of(**{f"m{i}": [1, 2] for i in range(5)}).plot()
    assert len(many.axes) == 5
    assert many.axes[0].get_gridspec().get_geometry() == (2, 3)
    assert many.axes[0].lines[0].get_xdata().tolist() == [1, 2]
    assert len(history_of(loss=[1], confusion=[np.ones((2, 2))]).plot().axes) == 1


def test_two_trainings_with_one_history():
    history = mk.callbacks.History()
    model = mk.Sequential([mk.Input((1,)), mk.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = mk.ops.ones((4, 1))
    for _ in range(2):
        model.fit(x, x, epochs=2, verbose=0, callbacks=[history])
    (line,) = history.plot().axes[0].lines
    assert line.get_xdata().tolist() == list(range(1, len(history.history["loss"]) + 1))


def test_figures_stay_open_but_in_notebooks(trained, monkeypatch):
    figure = trained.plot()
    assert plt.fignum_exists(figure.number)
    monkeypatch.setattr(plt, "get_backend", lambda: "module://matplotlib_inline.backend_inline")
    figure = trained.plot()
    assert not plt.fignum_exists(figure.number)


def test_what_cannot_be_drawn(trained, monkeypatch):
    with pytest.raises(ValueError, match="no epochs to draw yet"):
        mk.callbacks.History().plot()
    with pytest.raises(ValueError, match=r"can draw \['loss', 'mae', 'learning_rate'\]"):
        trained.plot(["accuracy"])
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"keras-on-numpy\[plot\]"):
        trained.plot()
    assert "<table" in trained._repr_html_()
