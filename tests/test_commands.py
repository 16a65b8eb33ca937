"""The command line: what is in files, conversions, predictions, drawings; errors and exit codes."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import minikeras as mk
from minikeras import commands
from minikeras.__main__ import main
from minikeras.commands import convert
from minikeras.legacy.saving import save_keras2, save_weights_keras2
from tests.support import assert_close

GOLDEN = pathlib.Path(__file__).parent / "golden" / "keras2"
X = np.random.default_rng(0).normal(size=(3, 6)).astype("float32")


@pytest.fixture
def ran(capsys):
    """A function that runs a command and returns its exit code, output and errors."""

    def run(*words):
        code = commands.main([str(word) for word in words])
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def model():
    model = mk.Sequential(
        [mk.Input((6,)), mk.layers.Dense(4, activation="tanh", name="first"),
         mk.layers.BatchNormalization(name="norm"), mk.layers.Dense(2, name="last")]
    )  # fmt: skip
    model.compile(mk.optimizers.SGD(0.1, momentum=0.9), "mse", metrics=["mae"])
    model.fit(X, X[:, :2], verbose=0)
    return model


def _files(model, folder):
    (folder / "m.json").write_text(model.to_json())
    model.save(folder / "m.keras")
    model.save(folder / "m3.h5")
    model.save_weights(folder / "m.weights.h5")
    save_keras2(model, folder / "m2.h5")
    save_weights_keras2(model, folder / "w2.h5")
    return folder


FORMATS = {
    "m.json": "architecture, JSON of Keras 3",
    "m.keras": "whole model, .keras",
    "m3.h5": "whole model, HDF5 of Keras 3",
    "m.weights.h5": "weights, HDF5 of Keras 3",
    "m2.h5": "whole model, HDF5 of Keras 2",
    "w2.h5": "weights, HDF5 of Keras 2",
}


@pytest.mark.parametrize("name", FORMATS)
def test_inspect_tells_what_is_in_a_file(name, ran, model, tmp_path):
    path = _files(model, tmp_path) / name
    code, out, _ = ran("inspect", "--json", path)
    found = json.loads(out)
    assert code == 0 and found["format"] == FORMATS[name] and found["problems"] == []
    layers = {layer["name"]: layer for layer in found["layers"]}
    assert {"first", "norm", "last"} <= set(layers)
    if name == "m.json":
        assert found["parameters"] == 0
    else:
        assert found["parameters"] == model.count_params()
        assert [w[1] for w in layers["first"]["weights"]] == [[6, 4], [4]]
    if name[:2] in ("m.", "m2", "m3") and "weights" not in name and "json" not in name:
        assert found["optimizer"]["class"] == "SGD" and found["loss"] == "mse"
        assert found["optimizer"]["config"] == {"learning_rate": 0.1, "momentum": 0.9}
        assert found["optimizer"]["arrays"] >= 7
    if name != "m.weights.h5" and "w2" not in name:
        assert layers["first"]["class"] == "Dense"
    assert ran("inspect", path)[0] == 0


def test_inspect_prints_a_table(ran):
    code, out, _ = ran("inspect", GOLDEN / "graph.h5")
    assert code == 0
    lines = out.splitlines()
    assert "format     whole model, HDF5 of Keras 2" in lines
    assert "Keras      2.21.0, backend tensorflow" in lines
    assert "shared       Dense        kernel (6, 4), bias (4)" in lines
    assert "  dense_3    Dense" in lines
    assert any(line.startswith("optimizer  Adamax: learning_rate 0.01") for line in lines)


def test_inspect_names_what_would_not_load(ran, tmp_path):
    class Own(mk.layers.Layer):
        def call(self, x):
            return x

    mk.Sequential([mk.Input((2,)), Own(name="mine"), mk.layers.Lambda(lambda x: x)]).save(
        tmp_path / "m.keras"
    )
    code, out, _ = ran("inspect", tmp_path / "m.keras")
    assert code == 0 and "unknown class 'Own' (of 'mine')" in out and "Python code" in out
    _, out, _ = ran("inspect", "--json", tmp_path / "m.keras")
    assert len(json.loads(out)["problems"]) == 2


TARGETS = ["a.keras", "a.h5", "a.hdf5", "a.weights.h5", "a.json", "a.yaml", "a.npz"]


@pytest.mark.parametrize("source", ["m.keras", "m2.h5", "m3.h5"])
@pytest.mark.parametrize("target", TARGETS)
def test_any_format_becomes_any(source, target, ran, model, tmp_path):
    path, out = _files(model, tmp_path) / source, tmp_path / target
    code, text, error = ran("convert", path, out)
    assert (code, error) == (0, "") and "written" in text and out.exists()
    assert ran("convert", path, out)[0] == 1  # it exists
    assert ran("convert", "--force", path, out)[0] == 0
    if target in ("a.keras", "a.h5", "a.hdf5"):
        again = mk.models.load_model(out)
        assert_close(again.predict(X, verbose=0), model.predict(X, verbose=0))
        assert again.optimizer.iterations == 1
    elif target == "a.weights.h5":
        other = mk.models.clone_model(model)
        other.load_weights(out)
        assert_close(other.get_weights(), model.get_weights(), 0, 0)
    elif target == "a.npz":
        with np.load(out) as arrays:
            assert sum(a.size for a in arrays.values()) == model.count_params()
    else:
        code, text, _ = ran("convert", "--weights", path, out, tmp_path / "b.keras")
        assert code == (1 if target == "a.yaml" else 0)


@pytest.mark.parametrize("form", convert.FORMATS)
def test_the_format_can_be_stated(form, ran, model, tmp_path):
    name = {"keras": "o.keras", "weights": "o.weights.h5"}.get(form, "o.any")
    code, _, error = ran(
        "convert", _files(model, tmp_path) / "m.keras", tmp_path / name, "--to", form
    )
    assert (code, error) == (0, "")


def test_weights_and_architecture_apart(ran, model, tmp_path):
    folder = _files(model, tmp_path)
    out = tmp_path / "joined.keras"
    assert ran("convert", "--weights", folder / "w2.h5", folder / "m.json", out)[0] == 0
    assert_close(mk.models.load_model(out).get_weights(), model.get_weights(), 0, 0)
    words = ("--architecture", folder / "m.json", "--force")
    assert ran("convert", *words, folder / "w2.h5", out)[0] == 0
    code, _, error = ran("convert", folder / "m.json", tmp_path / "no.keras")
    assert code == 1 and "--weights" in error
    code, _, error = ran("convert", folder / "w2.h5", tmp_path / "no.keras")
    assert code == 1 and "no architecture" in error


def test_summary_plot_and_custom_objects(ran, model, tmp_path):
    folder = _files(model, tmp_path)
    code, out, _ = ran("summary", folder / "m2.h5")
    assert code == 0 and "first (Dense)" in out
    assert ran("plot", folder / "m.keras", tmp_path / "m.svg")[0] == 0
    assert (tmp_path / "m.svg").read_text().lstrip().startswith("<")
    (tmp_path / "own.py").write_text(
        "import minikeras as keras\n"
        "class Twice(keras.layers.Layer):\n"
        "    def call(self, x):\n"
        "        return 2 * x\n"
    )

    class Twice(mk.layers.Layer):
        def call(self, x):
            return 2 * x

    mk.Sequential([mk.Input((2,)), Twice()]).save(tmp_path / "own.keras")
    code, _, error = ran("summary", tmp_path / "own.keras")
    assert code == 1 and error.count("\n") == 1 and "Unknown class 'Twice'" in error
    assert ran("summary", "--objects", tmp_path / "own.py", tmp_path / "own.keras")[0] == 0


def test_predict(ran, model, tmp_path):
    folder = _files(model, tmp_path)
    expected = model.predict(X, verbose=0)
    np.save(tmp_path / "x.npy", X)
    np.savez(tmp_path / "x.npz", X)
    for data in ("x.npy", "x.npz"):
        code, out, _ = ran("predict", folder / "m.keras", tmp_path / data, "--out", tmp_path / "y")
        assert code == 0 and "written" in out
        with np.load(tmp_path / "y") as found:
            assert_close(found["last"], np.asarray(expected))
    code, out, _ = ran("predict", folder / "m2.h5", tmp_path / "x.npy")
    assert code == 0 and out.startswith("last (3, 2)")
    with np.load(GOLDEN / "graph.npz") as golden:
        left, right = golden["arr_0"], golden["arr_1"]
        first = golden["p0"]
    np.savez(tmp_path / "named.npz", right=right, left=left)
    assert (
        ran("predict", GOLDEN / "graph.h5", tmp_path / "named.npz", "--out", tmp_path / "y")[0] == 0
    )
    with np.load(tmp_path / "y") as found:
        assert_close(found["dense_4"], first, 1e-5, 1e-5)
    code, _, error = ran("predict", GOLDEN / "graph.h5", tmp_path / "x.npy")
    assert code == 1 and "has 2 inputs" in error


@pytest.mark.parametrize(
    "words", [[], ["inspect"], ["nothing"], ["convert", "a"], ["convert", "a", "b", "--to", "c"]]
)
def test_wrong_usage_exits_with_2(words, capsys):
    with pytest.raises(SystemExit) as caught:
        commands.main(words)
    assert caught.value.code == 2 and "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_help(name, capsys):
    with pytest.raises(SystemExit) as caught:
        commands.main([name, "--help"])
    assert caught.value.code == 0 and f"minikeras {name}" in capsys.readouterr().out


def test_failures_are_one_line(ran, tmp_path):
    (tmp_path / "x").write_bytes(b"\x89HDF\r\n\x1a\nrubbish")
    (tmp_path / "y").write_text("# words")
    for path in (tmp_path / "x", tmp_path / "y", tmp_path / "none", tmp_path):
        for command in ("inspect", "summary"):
            code, out, error = ran(command, path)
            assert (code, out) == (1, "") and error.count("\n") == 1, error
            assert error.startswith(f"minikeras {command}: ")
    with pytest.raises(ValueError, match="readable"):
        ran("inspect", tmp_path / "x", "--traceback")


def test_what_is_no_file_of_a_model_is_said_in_the_same_words(ran, model, tmp_path):
    model.save(tmp_path / "m.keras")
    cut = tmp_path / "cut.keras"
    cut.write_bytes((tmp_path / "m.keras").read_bytes()[:5000])
    for command in ("inspect", "summary"):
        code, _, error = ran(command, cut)
        assert code == 1 and "no file of a model: neither .keras, HDF5 nor JSON" in error


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_damaged_arrays_are_failures(command, ran, model, tmp_path):
    model.save(tmp_path / "m.keras")
    np.savez(tmp_path / "x.npz", x=X, y=X[:, :2])
    whole = (tmp_path / "x.npz").read_bytes()
    spoiled = whole[:70] + bytes(x ^ 255 for x in whole[70:140]) + whole[140:]
    for content, message in (
        (whole[:100], "cannot be read"),
        (spoiled, "cannot be read"),
        (b"\x93NUMPY", "cannot be read"),
        (b"", "no file of arrays"),
        (b"import numpy", "no file of arrays"),
    ):
        (tmp_path / "bad.npz").write_bytes(content)
        code, out, error = ran(command, tmp_path / "m.keras", tmp_path / "bad.npz")
        assert (code, out) == (1, "") and message in error and error.count("\n") == 1
    np.savez(tmp_path / "objects.npz", x=np.array([{}], object))
    code, _, error = ran(command, tmp_path / "m.keras", tmp_path / "objects.npz")
    assert code == 1 and "cannot be read" in error


@pytest.mark.parametrize(
    ("word", "hint"), [("sumary", "Did you mean 'summary'?"), ("no.py", "neither a script nor")]
)
def test_words_that_are_neither_scripts_nor_commands(word, hint, capsys):
    with pytest.raises(SystemExit) as caught:
        main([word])
    assert caught.value.code == 2 and hint in capsys.readouterr().err


def test_scripts_still_run(tmp_path, capsys, monkeypatch):
    script = tmp_path / "script.py"
    script.write_text("import sys\nprint(sys.argv[1:])\n")
    main([str(script), "inspect", "--era"])
    assert capsys.readouterr().out == "['inspect', '--era']\n"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inspect").write_text("print('a script of that name')\n")
    main(["inspect"])
    assert "a script of that name" in capsys.readouterr().out


def test_as_a_program():
    words = [sys.executable, "-m", "minikeras"]
    found = subprocess.run([*words, "inspect", GOLDEN / "mlp.h5"], capture_output=True, text=True)
    assert found.returncode == 0 and "whole model" in found.stdout
    found = subprocess.run([*words, "inspect", "nothing.h5"], capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (1, "") and "no file" in found.stderr
    found = subprocess.run([*words, "--help"], capture_output=True, text=True)
    assert found.returncode == 0 and "convert" in found.stdout
