"""The commands that train and measure: evaluate, train, bench."""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import minikeras as mk
from minikeras import commands

ROOT = pathlib.Path(__file__).parents[1]
X = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
Y = X[:, :1] ** 2
SCRIPT = """
import sys
import numpy as np
import keras
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
x = np.ones((20, 3), "float32")
model.fit(x, x[:, :1], 4, 9, 0)
hello = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print("epoch", epoch))
model.fit(x, x[:, :1], epochs=9, verbose=0, callbacks=hello)
print(sys.argv[1:])
"""


@pytest.fixture
def ran(capsys):
    """A function that runs a command and returns its exit code, output and errors."""

    def run(*words):
        code = commands.main([str(word) for word in words])
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def saved(tmp_path):
    """The path of a model with a loss."""
    model = mk.Sequential([mk.Input((3,), name="a"), mk.layers.Dense(1, name="b")])
    model.compile("sgd", "mse", metrics=["mae"])
    model.save(tmp_path / "m.keras")
    return tmp_path / "m.keras"


def numbers(text):
    return {k: float(v) for k, v in (line.split(": ") for line in text.splitlines())}


@pytest.mark.parametrize("names", [("a", "b"), ("x", "y"), ("x_test", "y_test"), ("p", "q")])
def test_evaluate_finds_its_arrays(names, saved, ran, tmp_path):
    extra = {"b_too": X} if names[0] != "p" else {}
    np.savez(tmp_path / "d.npz", **dict(zip(names, (X, Y))), **extra)
    code, out, _ = ran("evaluate", saved, tmp_path / "d.npz")
    expected = mk.saving.load_model(saved).evaluate(X, Y, verbose=0, return_dict=True)
    assert code == 0 and numbers(out) == pytest.approx(expected, rel=1e-5)


def test_evaluate_by_another_loss(saved, ran, tmp_path):
    np.savez(tmp_path / "d.npz", x=X, y=Y)
    words = ("evaluate", saved, tmp_path / "d.npz")
    own = numbers(ran(*words)[1])
    other = numbers(ran(*words, "--loss", "mae", "--metrics", "mse", "--batch-size", 7)[1])
    assert other == pytest.approx({"loss": own["mae"], "mse": own["loss"]}, rel=1e-4)
    assert numbers(ran(*words, "--metrics", "mae")[1]) == pytest.approx(own, rel=1e-4)


def test_what_evaluate_cannot_do(saved, ran, tmp_path):
    np.savez(tmp_path / "d.npz", x=X, y=Y)
    np.savez(tmp_path / "three.npz", p=X, q=Y, r=Y)
    np.save(tmp_path / "one.npy", X)
    mk.Sequential([mk.Input((3,)), mk.layers.Dense(1)]).save(tmp_path / "bare.keras")
    for file, data, said in (
        (saved, "three.npz", "3 arrays"),
        (saved, "one.npy", "np.savez"),
        (tmp_path / "bare.keras", "d.npz", "--loss"),
    ):
        code, out, error = ran("evaluate", file, tmp_path / data)
        assert (code, out) == (1, "") and said in error and error.count("\n") == 1
    for words in (
        ("evaluate", saved, tmp_path / "d.npz", "--batch-size", "0"),
        ("predict", saved, tmp_path / "one.npy", "--batch-size", "0"),
        ("train", "--epochs", "0", "script.py"),
    ):
        with pytest.raises(SystemExit):
            ran(*words)


def in_a_process(*words, cwd):
    """The exit code, output and errors of a command in a process of its own."""
    found = subprocess.run(
        [sys.executable, "-m", "minikeras", *map(str, words)], cwd=cwd, timeout=300,
        capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "KERAS_BACKEND": "numpy"},
    )  # fmt: skip
    return found.returncode, found.stdout, found.stderr


def test_train_keeps_what_trainings_come_to(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    keep = ["--save", "m.keras", "--plot", "m.svg", "--csv", "m.csv", "--tensorboard", "logs"]
    code, out, _ = in_a_process(
        "train", "--epochs", 2, *keep, "script.py", "--save", "own", cwd=tmp_path
    )
    assert code == 0
    assert out.count("epoch") == 2 and "['--save', 'own']" in out
    names = ("m.keras", "m.svg", "m.csv", "logs", "m-2.keras", "m-2.svg", "m-2.csv", "logs-2")
    assert all((tmp_path / name).exists() and f"{name} written" in out for name in names)
    assert (tmp_path / "m.csv").read_text().count("\n") == 3
    mk.saving.load_model(tmp_path / "m-2.keras").evaluate(X, Y, verbose=0)


def test_train_without_wishes_runs_the_script(tmp_path):
    (tmp_path / "script.py").write_text("import keras\nprint(keras.__name__)\n")
    code, out, _ = in_a_process("train", "script.py", cwd=tmp_path)
    assert code == 0 and out.startswith("minikeras\n") and "never called `fit`" in out


def test_failures_of_scripts_are_shown_whole(tmp_path):
    (tmp_path / "script.py").write_text("raise ValueError('mine')\n")
    code, _, error = in_a_process("train", "script.py", cwd=tmp_path)
    assert code == 1 and "ValueError: mine" in error and "script.py" in error
    assert in_a_process("train", "none.py", cwd=tmp_path)[0] == 1
    code, _, error = in_a_process("train", "--save", "no/m.keras", "script.py", cwd=tmp_path)
    assert code == 1 and "no folder" in error


@pytest.mark.parametrize(
    ("option", "name", "hidden", "message"),
    [
        ("--save", "model.tar", None, "--save takes a name that ends in"),
        ("--plot", "curves.txt", None, "--plot takes a name that ends in"),
        ("--plot", "curves.png", "matplotlib", r"pip install 'keras-on-numpy[plot]'"),
    ],
)
def test_what_cannot_be_written_is_said_before_training(
    option, name, hidden, message, ran, tmp_path, monkeypatch
):
    if hidden is not None:
        monkeypatch.setattr("importlib.util.find_spec", lambda module: module != hidden or None)
    (tmp_path / "s.py").write_text("raise SystemExit('it trains')")
    code, _, error = ran("train", option, tmp_path / name, tmp_path / "s.py")
    assert code == 1 and message in error


def test_fit_is_put_back_after_a_script(tmp_path):
    (tmp_path / "script.py").write_text("")
    (tmp_path / "caller.py").write_text(
        "from minikeras import commands\n"
        "from minikeras.training.trainer import Trainer\n"
        "fit = Trainer.fit\n"
        "commands.main(['train', 'script.py'])\n"
        "assert Trainer.fit is fit\n"
    )
    assert in_a_process("caller.py", cwd=tmp_path)[0] == 0


def test_bench(ran, monkeypatch):
    from minikeras.commands import bench

    monkeypatch.setattr(bench, "MODELS", dict(list(bench.MODELS.items())[:1]))
    code, out, _ = ran("bench", "--seconds", 0)
    assert code == 0 and "dense 10-20-10" in out.splitlines()[-1] and "NumPy" in out
    found = json.loads(ran("bench", "--seconds", 0, "--json")[1])
    (row,) = found["models"]
    assert row["train_ms"] > 0 and row["batch"] == 32
    with pytest.raises(SystemExit):
        ran("bench", "--seconds", "-1")


def test_models_of_the_bench():
    from minikeras.commands import bench

    for build, _ in bench.MODELS.values():
        assert mk.Sequential(build()).output_shape == (None, 10)
