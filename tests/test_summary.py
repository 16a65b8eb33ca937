"""Summaries of models: the same text as real Keras prints."""

import os
import subprocess
import sys

import keras
import pytest

import minikeras as mk
from minikeras.models.summary import readable_size
from minikeras.models.table import wrapped


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "130")


def stack(k):
    layers = [k.Input((8, 8, 1)), k.layers.Identity(name="flat"), k.layers.Dense(10, name="dense")]
    return k.Sequential(layers, name="stack")


def trained(k):
    model = stack(k)
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    model.layers[1].trainable = False
    return model


def branches(k):
    a, b = k.Input((3,), name="a"), k.Input((3,), name="b")
    shared = k.layers.Dense(4, name="a_rather_long_name_of_a_dense_layer_that_is_shared")
    x = k.layers.Add(name="sum")([shared(a), shared(b)])
    inner = k.Sequential(
        [k.Input((4,)), k.layers.Dense(2, name="d1"), k.layers.Dense(3, name="d2")], name="inner"
    )
    return k.Model([a, b], [inner(x), x], name="branches")


def chain(k):
    x = k.Input((3,), name="x")
    y = k.layers.Dense(3, name="d1")(x)
    return k.Model(x, k.layers.Dense(4, name="d2")(y), name="chain")


def shared_twice(k):
    x = k.Input((3,), name="x")
    layer = k.layers.Dense(3, name="d")
    return k.Model(x, layer(layer(x)), name="twice")


def residual(k):
    x = k.Input((3,), name="x")
    y = k.layers.Dense(3, name="d")(x)
    return k.Model(x, k.layers.Add(name="sum")([x, y]), name="residual")


def two_outputs(k):
    x = k.Input((3,), name="x")
    outputs = [k.layers.Dense(2, name="d1")(x), k.layers.Dense(4, name="d2")(x)]
    return k.Model(x, outputs, name="two")


def with_ops(k):
    x = k.Input((3,), name="x")
    return k.Model(x, k.ops.relu(x), name="with_ops")


def unbuilt(k):
    return k.Sequential([k.layers.Dense(3, name="d")], name="unbuilt")


def subclassed(k):
    class Own(k.Model):
        def __init__(self):
            super().__init__(name="own")
            self.first = k.layers.Dense(3, name="first")
            self.second = k.layers.Dense(2, name="second")

        def call(self, x):
            return self.second(self.first(x))

    model = Own()
    model(k.ops.ones((5, 4)))
    return model


def text(model, **arguments):
    lines = []
    model.summary(print_fn=lines.append, **arguments)
    return "\n".join(lines).rstrip("\n")


CASES = [
    (stack, {}),
    (stack, {"line_length": 60}),
    (stack, {"positions": [0.6, 0.8, 1.0]}),
    (trained, {"show_trainable": True}),
    (branches, {}),
    (branches, {"expand_nested": True}),
    (branches, {"expand_nested": True, "line_length": 70, "show_trainable": True}),
    (branches, {"layer_range": ["b", "inner"]}),
    (branches, {"layer_range": ["su.*", "b"]}),
    (chain, {}),
    (shared_twice, {}),
    (residual, {}),
    (two_outputs, {}),
    (with_ops, {}),
    (unbuilt, {}),
    (subclassed, {}),
]


@pytest.mark.parametrize(("make", "arguments"), CASES, ids=lambda v: getattr(v, "__name__", str(v)))
def test_the_text_is_that_of_keras(make, arguments):
    for k in (mk, keras):  # names of ops count over everything made before
        k.utils.clear_session(free_memory=False)
    found, expected = text(make(mk), **arguments), text(make(keras), **arguments)
    assert found.splitlines() == expected.splitlines()


def test_it_goes_to_standard_output_by_default(capsys):
    model = stack(mk)
    assert model.summary() is None
    assert capsys.readouterr().out.rstrip("\n") == text(model)


def test_columns_may_be_placed_by_characters():
    lines = text(stack(mk), positions=[30, 50, 60], line_length=60).splitlines()
    assert {len(line) for line in lines[1:-3]} == {60}


def test_a_narrow_terminal_makes_a_narrow_table(monkeypatch):
    monkeypatch.setenv("COLUMNS", "44")
    assert {len(line) for line in text(stack(mk)).splitlines()[1:-3]} == {40}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"line_length": 10}, "more room than 10"),
        ({"layer_range": ["flat"]}, "two strings"),
        ({"layer_range": ["flat", 1]}, "two strings"),
        ({"layer_range": ["flat", "sharp"]}, "It has: flat, dense"),
    ],
)
def test_mistakes_are_explained(arguments, message):
    with pytest.raises(ValueError, match=message):
        text(stack(mk), **arguments)


def test_a_stream_without_such_characters_gets_ascii_ones():
    code = "import minikeras as mk; mk.Sequential([mk.Input((3,)), mk.layers.Dense(2)]).summary()"
    out = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "KERAS_BACKEND": "numpy", "PYTHONIOENCODING": "ascii"},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout.decode("ascii")
    assert "| dense (Dense)" in out
    assert "?" not in out


def test_words_that_do_not_fit_end_in_an_ellipsis():
    assert wrapped("   └ name (Type)", 9) == ["   └ name", "(Type)"]
    assert wrapped("", 5) == [""]
    assert wrapped("abcdefgh, ijklmnop", 5) == ["abcd…", "ijkl…"]


def test_sizes_are_readable():
    found = [readable_size(1024**i * 3) for i in range(6)]
    assert found == ["3.00 B", "3.00 KB", "3.00 MB", "3.00 GB", "3.00 TB", "3.00 PB"]
