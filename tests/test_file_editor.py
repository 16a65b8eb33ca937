"""KerasFileEditor on files of both packages."""

import h5py
import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close

KINDS = [".keras", ".weights.h5"]


def network(k, names=("first", "second", "third")):
    layers = [k.layers.Dense(i + 2, name=name) for i, name in enumerate(names)]
    return k.Sequential([k.Input((3,)), *layers])


def saved(k, folder, kind, model=None):
    model = model or network(k)
    path = str(folder / f"model{kind}")
    model.save(path) if kind == ".keras" else model.save_weights(path)
    return model, path


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_file_holds(kind, tmp_path, capsys):
    model, path = saved(mk, tmp_path, kind)
    editor = mk.saving.KerasFileEditor(path)
    kernel, bias = model.layers[1].get_weights()
    assert_close(editor.weights_dict["layers"]["dense_1"], {"0": kernel, "1": bias})
    assert editor.object_metadata["/layers/dense_1"] == {"name": "second"}
    assert (editor.config is None) == (kind != ".keras")
    assert editor.metadata is None or editor.metadata["keras_version"]
    capsys.readouterr()
    editor.summary()
    shown = capsys.readouterr().out
    assert "dense_1 ('second')" in shown and "0: shape=(2, 3), dtype=float32" in shown


@pytest.mark.parametrize("kind", KINDS)
def test_it_reads_what_keras_reads(kind, tmp_path):
    import keras

    _, path = saved(keras, tmp_path, kind)
    ours, theirs = mk.saving.KerasFileEditor(path), keras.saving.KerasFileEditor(path)
    assert list(ours.weights_dict) == list(theirs.weights_dict)
    for name, weights in theirs.weights_dict["layers"].items():
        assert_close(ours.weights_dict["layers"][name], dict(weights))


@pytest.mark.parametrize("package", ["minikeras", "keras"])
def test_a_file_is_changed_to_fit_another_model(package, tmp_path):
    import keras

    k = mk if package == "minikeras" else keras
    model, path = saved(mk, tmp_path, ".weights.h5")
    editor = mk.saving.KerasFileEditor(path)
    # The target has a fourth layer, and another one in the place of the third.
    target = k.Sequential(
        [k.Input((3,)), k.layers.Dense(2), k.layers.Dense(3), k.layers.EinsumDense("ab,bc->ac", 5)]
    )
    editor.delete_object("layers/dense_2")
    editor.add_object("layers/einsum_dense", {"0": np.ones((3, 5), "float32")})
    result = editor.compare(target) if k is mk else {"status": "success"}
    assert result["status"] == "success"
    editor.save(tmp_path / "new.weights.h5")
    target.load_weights(str(tmp_path / "new.weights.h5"))
    expected = [*model.get_weights()[:4], np.ones((3, 5), "float32")]
    assert_close(target.get_weights(), expected)


def test_objects_are_renamed_and_weights_changed(tmp_path):
    _, path = saved(mk, tmp_path, ".keras")
    editor = mk.saving.KerasFileEditor(path)
    editor.rename_object("dense", new_name="renamed")
    assert list(editor.weights_dict["layers"]) == ["renamed", "dense_1", "dense_2"]
    editor.rename_object("layers/dense_1", new_name="other")
    editor.delete_weight("renamed", "1")
    assert list(editor.weights_dict["layers"]["renamed"]) == ["0"]
    editor.add_weights("layers/renamed", {"1": np.zeros(2), "2": np.ones(1)})
    assert list(editor.weights_dict["layers"]["renamed"]) == ["0", "1", "2"]
    editor.resave_weights(tmp_path / "new.weights.h5")
    again = mk.saving.KerasFileEditor(str(tmp_path / "new.weights.h5"))
    assert_close(again.weights_dict, editor.weights_dict)
    with h5py.File(tmp_path / "new.weights.h5") as file:
        assert list(file["layers"]) == ["dense_2", "other", "renamed"]


@pytest.mark.parametrize("kind", KINDS)
def test_comparison_with_a_model(kind, tmp_path, capsys):
    model, path = saved(mk, tmp_path, kind)
    editor = mk.saving.KerasFileEditor(path)
    assert editor.compare(model) == {"status": "success", "error_count": 0, "match_count": 6}
    other = mk.Sequential(
        [mk.Input((3,)), mk.layers.Dense(2), mk.layers.Dense(4), mk.layers.BatchNormalization()]
    )
    found = editor.compare(other)
    # Two shapes differ, the third layer is one too many, another one is missing.
    assert found == {"status": "error", "error_count": 4, "match_count": 2}
    shown = capsys.readouterr().out
    assert "Weight shape mismatch for /layers/dense_1/0" in shown
    assert "Object /layers/dense_2 present in the file" in shown
    assert "Object /layers/batch_normalization present in the reference model" in shown


def test_the_state_of_the_optimizer_and_nested_models_are_kept(tmp_path):
    inner = network(mk)
    inputs = mk.Input((3,))
    model = mk.Model(inputs, mk.layers.Dense(1)(inner(inputs)))
    model.compile("adam", "mse")
    model.train_on_batch(np.ones((2, 3), "float32"), np.ones((2, 1), "float32"))
    _, path = saved(mk, tmp_path, ".keras", model)
    editor = mk.saving.KerasFileEditor(path)
    assert editor.compare(model)["status"] == "success"
    assert list(editor.weights_dict["layers"]["sequential"]["layers"]) == [
        "dense",
        "dense_1",
        "dense_2",
    ]
    editor.save(tmp_path / "new.weights.h5")
    twin = mk.saving.load_model(path, compile=False)
    for variable in twin.weights:
        variable.assign(variable * 0.0)
    twin.load_weights(tmp_path / "new.weights.h5")
    assert_close(twin.get_weights(), model.get_weights())
    assert len(editor.weights_dict["optimizer"]) == len(model.optimizer.variables)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda e, f: mk.saving.KerasFileEditor(str(f / "model.h5")), "'.keras' or '.weights.h5'"),
        (lambda e, f: e.rename_object("dense", "a/b"), "not a path"),
        (lambda e, f: e.rename_object("dense", "dense_1"), "already"),
        (lambda e, f: e.rename_object("layers/nothing", "a"), "no object 'layers/nothing'"),
        (lambda e, f: e.delete_object("nothing"), "no object 'nothing'"),
        (lambda e, f: e.delete_object("0"), "3 objects named '0'"),
        (lambda e, f: e.add_object("nothing/dense", {}), "no object 'nothing'"),
        (lambda e, f: e.add_object("layers/dense", [1]), "must be a dict"),
        (lambda e, f: e.add_weights("dense", [1]), "must be a dict"),
        (lambda e, f: e.add_weights("layers/dense/0", {}), "is a weight"),
        (lambda e, f: e.delete_weight("dense", "7"), "no weight '7'"),
        (lambda e, f: e.save(f / "model.keras"), "'.weights.h5'"),
    ],
)
def test_mistakes_are_explained(wrong, message, tmp_path):
    _, path = saved(mk, tmp_path, ".weights.h5")
    with pytest.raises(ValueError, match=message):
        wrong(mk.saving.KerasFileEditor(path), tmp_path)


def test_links_to_other_files_are_refused(tmp_path):
    path = str(tmp_path / "links.weights.h5")
    with h5py.File(path, "w") as file:
        file["layers"] = h5py.ExternalLink("/etc/passwd", "/")
    with pytest.raises(ValueError, match="link"):
        mk.saving.KerasFileEditor(path)
