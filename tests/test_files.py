"""Files of minikeras open in real Keras, and the other way round, optimizer state included."""

import json
import os
import zipfile

import h5py
import keras
import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close, values
from tests.zoo import MODELS, batches


def trained(k, build, optimizer="adam"):
    """A model after two steps of training, and a batch of inputs."""
    k.utils.set_random_seed(0)
    model = build(k)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    data = list(batches(model, 3))
    for x, y in data[:2]:
        model.train_on_batch(x, y)
    return model, data[2]


def assert_same_state(a, b, batch):
    """Equal predictions and optimizer state, and equal again after one more step of both."""
    x, y = batch
    assert_close(a.predict(x, verbose=0), b.predict(x, verbose=0), 1e-4, 1e-5)
    assert len(a.optimizer.variables) == len(b.optimizer.variables)
    for ours, theirs in zip(a.optimizer.variables, b.optimizer.variables):
        assert_close(values(ours.value), values(theirs.value), 1e-5, 1e-6)
    np.testing.assert_allclose(a.train_on_batch(x, y), b.train_on_batch(x, y), rtol=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_keras_opens_what_minikeras_saved(name, tmp_path):
    model, batch = trained(mk, MODELS[name])
    model.save(tmp_path / "model.keras")
    assert_same_state(model, keras.saving.load_model(tmp_path / "model.keras"), batch)


@pytest.mark.parametrize("name", MODELS)
def test_minikeras_opens_what_keras_saved(name, tmp_path):
    model, batch = trained(keras, MODELS[name])
    model.save(tmp_path / "model.keras")
    assert_same_state(mk.saving.load_model(tmp_path / "model.keras"), model, batch)


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adadelta", "adagrad", "ftrl", "lion"])
def test_optimizer_state_goes_both_ways(optimizer, tmp_path):
    for k, other in ((mk, keras), (keras, mk)):
        model, batch = trained(k, MODELS["mlp"], optimizer)
        model.save(tmp_path / "model.keras")
        assert_same_state(model, other.saving.load_model(tmp_path / "model.keras"), batch)


@pytest.mark.parametrize("name", MODELS)
def test_weights_files_go_both_ways(name, tmp_path):
    path = tmp_path / "model.weights.h5"
    for k, other in ((mk, keras), (keras, mk)):
        model, (x, _) = trained(k, MODELS[name])
        model.save_weights(path)
        twin = MODELS[name](other)
        twin.load_weights(path)
        assert_close(model.predict(x, verbose=0), twin.predict(x, verbose=0), 1e-4, 1e-5)


def paths_in(path):
    """The groups and arrays of a weights file, with shapes."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, node: found.update({name: getattr(node, "shape", None)}))
    return found


@pytest.mark.parametrize("name", MODELS)
def test_layout_of_weights_files_is_that_of_keras(name, tmp_path):
    found = {}
    for k in (mk, keras):
        model, _ = trained(k, MODELS[name])
        model.save_weights(tmp_path / "model.weights.h5")
        found[k.__name__] = paths_in(tmp_path / "model.weights.h5")
    assert found["minikeras"] == found["keras"]


def subclassed(k):
    """A model with layers in lists, dicts and within other layers, and a weight of its own."""

    class Block(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self.stack = [k.layers.Dense(4), k.layers.Dense(3)]
            self.by_name = {"a": k.layers.Dense(2)}
            self._last = k.layers.Dense(2)

        def call(self, x):
            for layer in self.stack:
                x = layer(x)
            return self._last(self.by_name["a"](x))

    class Whole(k.Model):
        def __init__(self):
            super().__init__()
            self.block = Block()
            self.rnn = k.layers.Bidirectional(k.layers.LSTM(2))
            self.bias = self.add_weight(name="bias", shape=(4,))
            self.attention = k.layers.MultiHeadAttention(2, 2)

        def call(self, x):
            h = self.block(x)
            return self.rnn(self.attention(h, h)) + self.bias

    return Whole()


def test_subclassed_models_share_the_layout(tmp_path):
    x = np.random.default_rng(0).normal(size=(2, 3, 5)).astype("float32")
    found = {}
    for k in (mk, keras):
        model = subclassed(k)
        model(x)
        model.compile("sgd", "mse")
        model.optimizer.build(model.trainable_variables)
        path = tmp_path / f"{k.__name__}.weights.h5"
        model.save_weights(path)
        found[k.__name__] = paths_in(path)
    assert found["minikeras"] == found["keras"]
    twin = subclassed(mk)
    twin(x)
    twin.load_weights(tmp_path / "keras.weights.h5")
    assert_close(twin(x), model(x), 1e-4, 1e-5)


def small():
    model = mk.Sequential([mk.Input((3,)), mk.layers.Dense(2)])
    model.compile("adam", "mse")
    return model


class TestNothingIsLost:
    def test_a_failed_save_leaves_the_old_file(self, tmp_path, monkeypatch):
        path = tmp_path / "model.keras"
        model = small()
        model.save(path)
        before = path.read_bytes()
        with monkeypatch.context() as patch:
            patch.setattr(mk.layers.Dense, "save_own_variables", _explode)
            with pytest.raises(RuntimeError, match="planted"):
                model.save(path)
        assert path.read_bytes() == before
        assert os.listdir(tmp_path) == ["model.keras"]

    def test_an_interrupted_save_leaves_the_old_weights(self, tmp_path, monkeypatch):
        path = tmp_path / "model.weights.h5"
        model = small()
        model.save_weights(path)
        before = path.read_bytes()
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", _interrupt)
            with pytest.raises(KeyboardInterrupt):
                model.save_weights(path)
        assert path.read_bytes() == before
        assert os.listdir(tmp_path) == ["model.weights.h5"]

    def test_weights_that_do_not_fit_change_nothing(self, tmp_path):
        other = mk.Sequential([mk.Input((3,)), mk.layers.Dense(2), mk.layers.Dense(4)])
        other.save_weights(tmp_path / "other.weights.h5")
        model = mk.Sequential([mk.Input((3,)), mk.layers.Dense(2), mk.layers.Dense(5)])
        before = model.get_weights()
        with pytest.raises(ValueError, match="dense_1"):
            model.load_weights(tmp_path / "other.weights.h5")
        assert_close(model.get_weights(), before, 0, 0)
        with pytest.warns(UserWarning, match="left as it was"):
            model.load_weights(tmp_path / "other.weights.h5", skip_mismatch=True)
        assert_close(model.layers[0].get_weights(), other.layers[0].get_weights(), 0, 0)

    def test_existing_files_are_kept_on_request(self, tmp_path):
        model = small()
        model.save(tmp_path / "m.keras")
        with pytest.raises(FileExistsError, match="overwrite=True"):
            model.save(tmp_path / "m.keras", overwrite=False)


def _explode(self, store):
    raise RuntimeError("planted")


def _interrupt(*_):
    raise KeyboardInterrupt


class TestSafety:
    def test_a_lambda_is_not_run_unless_allowed(self, tmp_path):
        model = mk.Sequential([mk.Input((3,)), mk.layers.Lambda(lambda x: x * 2)])
        model.save(tmp_path / "m.keras")
        with pytest.raises(ValueError, match="safe_mode=False"):
            mk.saving.load_model(tmp_path / "m.keras")
        twin = mk.saving.load_model(tmp_path / "m.keras", safe_mode=False)
        assert values(twin(np.ones((1, 3), "float32"))).tolist() == [[2, 2, 2]]

    def test_classes_outside_of_keras_are_not_made(self, tmp_path):
        model = small()
        model.save(tmp_path / "m.keras")
        known = '"module": "keras.layers", "class_name": "Dense"'
        rewrite(tmp_path / "m.keras", known, '"module": "subprocess", "class_name": "Popen"')
        with pytest.raises(ValueError, match="Popen"):
            mk.saving.load_model(tmp_path / "m.keras")

    def test_links_to_other_files_are_not_followed(self, tmp_path):
        model = small()
        path = tmp_path / "m.weights.h5"
        model.save_weights(path)
        with h5py.File(tmp_path / "secret.h5", "w") as file:
            file["0"] = np.zeros((3, 2), "float32")
        with h5py.File(path, "r+") as file:
            del file["layers/dense/vars/0"]
            file["layers/dense/vars/0"] = h5py.ExternalLink("secret.h5", "/0")
        with pytest.raises(ValueError, match="link"):
            model.load_weights(path)

    def test_a_huge_array_is_refused_before_it_is_read(self, tmp_path):
        model = small()
        path = tmp_path / "m.weights.h5"
        model.save_weights(path)
        with h5py.File(path, "r+") as file:
            del file["layers/dense/vars/0"]
            file.create_dataset("layers/dense/vars/0", (1 << 20, 1 << 20), "f4", chunks=(1, 1024))
        with pytest.raises(ValueError, match="1048576"):
            model.load_weights(path)


def rewrite(path, *replacements):
    """Replace text in the config.json of a ``.keras`` file."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    text = members["config.json"].decode()
    for old, new in zip(replacements[::2], replacements[1::2]):
        text = text.replace(old, new)
    members["config.json"] = text.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_members_of_the_file_are_those_of_keras(tmp_path):
    small().save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert archive.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
        assert {i.compress_type for i in archive.infolist()} == {zipfile.ZIP_STORED}
        assert json.loads(archive.read("metadata.json"))["keras_version"] == "3.15.1"


def test_a_model_can_be_saved_as_a_folder(tmp_path):
    model = small()
    model.save(tmp_path / "folder", zipped=False)
    model.save(tmp_path / "folder", zipped=False)
    assert sorted(os.listdir(tmp_path)) == ["folder"]
    x = np.ones((2, 3), "float32")
    assert_close(mk.saving.load_model(tmp_path / "folder")(x), model(x), 0, 0)


def test_shards_go_both_ways(tmp_path):
    path = tmp_path / "m.weights.json"
    for k, other in ((mk, keras), (keras, mk)):
        model, (x, _) = trained(k, MODELS["mlp"])
        model.save_weights(path, max_shard_size=1e-6)
        assert len(os.listdir(tmp_path)) > 2
        twin = MODELS["mlp"](other)
        twin.load_weights(path)
        assert_close(model.predict(x, verbose=0), twin.predict(x, verbose=0), 1e-5, 1e-6)


def test_loading_without_compiling():
    model, _ = trained(mk, MODELS["mlp"])
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/m.keras")
        assert not mk.saving.load_model(f"{folder}/m.keras", compile=False).compiled


def test_json_holds_the_architecture():
    model = MODELS["transformer"](mk)
    twin = mk.models.model_from_json(model.to_json())
    assert [w.shape for w in twin.weights] == [w.shape for w in model.weights]
    assert keras.models.model_from_json(model.to_json()).count_params() == model.count_params()


def test_objects_to_skip_are_left_out_with_all_that_they_hold(tmp_path):
    def make():
        inner = mk.Sequential([mk.Input((2,)), mk.layers.Dense(2)])
        return mk.Sequential([mk.Input((2,)), inner, mk.layers.Dense(1)])

    model, path = make(), str(tmp_path / "some.weights.h5")
    mk.saving.save_weights(model, path, objects_to_skip=[model.layers[0]])
    with h5py.File(path) as file:
        assert list(file["layers"]) == ["dense"]
    for saved_all in (False, True):
        if saved_all:
            model.save_weights(path)
        other = make()
        before = values(other.layers[0].get_weights())
        other.load_weights(path, objects_to_skip=[other.layers[0]])
        assert_close(other.layers[0].get_weights(), before)
        assert_close(other.layers[1].get_weights(), values(model.layers[1].get_weights()))


def test_a_missing_file_is_an_error_of_both_kinds(tmp_path):
    for kind in (ValueError, FileNotFoundError):
        with pytest.raises(kind, match="File not found"):
            mk.models.load_model(tmp_path / "none.keras")


@pytest.mark.parametrize(
    "name, arguments, message",
    [
        ("a.png", {}, "Invalid filepath extension for saving"),
        ("a.keras", {"zipped": False}, "should not end in"),
        ("a.keras", {"nonsense": 1}, r"argument\(s\) are not supported.*nonsense"),
    ],
)
def test_mistakes_of_saving_are_explained(name, arguments, message, tmp_path):
    model = mk.Sequential([mk.Input((2,)), mk.layers.Dense(1)])
    with pytest.raises(ValueError, match=message):
        model.save(tmp_path / name, **arguments)


def test_functions_of_keras_3_6_are_found_by_their_bare_name():
    @mk.saving.register_keras_serializable("bare")
    def cubed_for_files(x):
        return x**3

    for name in ("cubed_for_files", "bare>cubed_for_files"):
        form = {
            "module": "builtins",
            "class_name": "function",
            "config": name,
            "registered_name": "function",
        }
        assert mk.saving.deserialize_keras_object(form) is cubed_for_files


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_lambda_layers_go_both_ways(ending, tmp_path):
    x = np.ones((1, 2), "float32")
    for one, other in ((mk, keras), (keras, mk)):
        inputs = one.Input((2,))
        model = one.Model(inputs, one.layers.Lambda(lambda x: x * 3)(inputs))
        path = str(tmp_path / f"{one.__name__}{ending}")
        model.save(path)
        with pytest.raises(ValueError, match="arbitrary code execution"):
            other.models.load_model(path)
        again = other.models.load_model(path, safe_mode=False)
        assert_close(again.predict(x, verbose=0), 3 * x)


def test_h5_files_know_registered_classes_and_make_folders(tmp_path):
    @mk.saving.register_keras_serializable("h5")
    class Doubled(mk.layers.Layer):
        def call(self, inputs):
            return inputs * 2

    path = tmp_path / "new" / "folder" / "model.h5"
    mk.Sequential([mk.Input((2,)), Doubled()]).save(path)
    assert_close(mk.models.load_model(path)(np.ones((1, 2), "float32")), 2 * np.ones((1, 2), "f"))
