"""Methods of models that write and read files in eras 1 and 2: saving, YAML, names of layers."""

import json

import h5py
import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy import era_scope
from minikeras.legacy.names.models import model_from_config, model_from_yaml
from tests.support import assert_close

X = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")


def _model():
    return mk.Sequential(
        [mk.Input((3,)), mk.layers.Dense(4, activation="tanh"), mk.layers.Dense(2)]
    )


def test_automatic_names_count_from_one():
    with era_scope(2):
        names = [layer.name for layer in _model().layers]
        assert names == ["dense_1", "dense_2"]
        x = mk.Input((6, 6, 1))
        y = mk.layers.MaxPooling2D()(mk.layers.Conv2D(2, 3)(x))
        model = mk.Model(x, mk.layers.BatchNormalization()(y))
        assert [layer.name for layer in model.layers] == [
            "input_2", "conv2d_1", "max_pooling2d_1", "batch_normalization_1"
        ]  # fmt: skip
        assert model.name == "model_1" and _model().name == "sequential_2"
    mk.utils.clear_session()
    with era_scope(1):
        x = mk.Input((6, 6, 1))
        y = mk.layers.Convolution2D(2, 3, 3)(x)
        y = mk.layers.BatchNormalization()(mk.layers.MaxPooling2D()(y))
        assert [layer.name for layer in mk.Model(x, y).layers] == [
            "input_1", "convolution2d_1", "maxpooling2d_1", "batchnormalization_1"
        ]  # fmt: skip
    mk.utils.clear_session()
    assert [layer.name for layer in _model().layers] == ["dense", "dense_1"]


@pytest.mark.parametrize("name", ["m.h5", "m.hdf5", "m.model", "m"])
@pytest.mark.parametrize("era", [1, 2])
def test_saving_writes_files_of_keras_2(name, era, tmp_path):
    with era_scope(era):
        model = _model()
        model.compile("sgd", "mse")
        model.fit(X, X[:, :2], verbose=0)
        model.save(tmp_path / name)
        again = mk.models.load_model(tmp_path / name)
        assert_close(again.predict(X), model.predict(X))
        mk.models.save_model(model, str(tmp_path / name), include_optimizer=False)
        model.save(tmp_path / name, True, False)  # include_optimizer stood third
        model.save(tmp_path / "n.h5", save_format="h5")
        form = json.loads(model.to_json())
    with h5py.File(tmp_path / name) as file:
        assert file.attrs["keras_version"] == "2.3.1" and "training_config" not in file.attrs
    assert form["keras_version"] == "2.3.1" and "module" not in form
    assert_close(mk.models.model_from_json(json.dumps(form)).output_shape, (None, 2))


@pytest.mark.parametrize("name", ["w.h5", "w.weights.h5", "w"])
def test_weights_under_any_name(name, tmp_path):
    with era_scope(2):
        model, other = _model(), _model()
        model.save_weights(tmp_path / name)
        other.load_weights(tmp_path / name)
    assert_close(other.get_weights(), model.get_weights(), 0, 0)
    with h5py.File(tmp_path / name) as file:
        assert file.attrs["layer_names"].tolist() == [b"dense_1", b"dense_2"]
    _model().load_weights(tmp_path / name)  # what is in the file decides, in all eras


def test_today_whole_models_in_hdf5_are_those_of_keras_3(tmp_path):
    import keras

    model = _model()
    model.compile("adam", "mean_squared_error", metrics=["mae"])
    model.fit(X, X[:, :2], verbose=0)
    model.save(tmp_path / "m.h5")
    theirs = keras.models.load_model(tmp_path / "m.h5", compile=False)
    assert_close(theirs.predict(X, verbose=0), model.predict(X, verbose=0))
    again = mk.models.load_model(tmp_path / "m.h5")
    losses = [
        m.fit(X, X[:, :2], verbose=0, shuffle=False, epochs=2).history["loss"]
        for m in (model, again)
    ]
    assert_close(np.array(losses[0]), np.array(losses[1]), 1e-6)
    with pytest.raises(ValueError, match=r"must end in '\.keras'"):
        model.save(tmp_path / "m.model")
    with pytest.raises(ValueError, match="is of TensorFlow"):
        model.save(tmp_path / "m", save_format="tf")
    model.save(tmp_path / "folder", zipped=False)


def test_arguments_of_load_weights_stood_in_another_order(tmp_path):
    with era_scope(2):
        model = _model()
        model.save_weights(tmp_path / "w.h5")
        other = mk.Sequential([mk.Input((3,)), mk.layers.Dense(4, name="dense_1")])
        other.load_weights(tmp_path / "w.h5", True)
        assert_close(other.get_weights(), model.layers[0].get_weights(), 0, 0)
        with pytest.raises(TypeError, match="by_name"):
            other.load_weights(tmp_path / "w.h5", True, True, False, 1)


def test_arrays_can_be_reshaped(tmp_path):
    model = mk.Sequential([mk.Input((4, 4, 3)), mk.layers.Conv2D(2, 1, name="a")])
    with era_scope(2):
        mk.Sequential([mk.Input((3,)), mk.layers.Dense(2, name="a")]).save_weights(tmp_path / "w")
    with pytest.raises(ValueError, match="layer 'a'"):
        model.load_weights(tmp_path / "w")
    model.load_weights(tmp_path / "w", reshape=True)
    with h5py.File(tmp_path / "w") as file:
        kernel = file["a/a/kernel:0"][()]
    assert_close(model.get_weights()[0][0, 0], kernel, 0, 0)


@pytest.mark.parametrize("name", ["x.weights.h5", "x.keras"])
def test_layers_of_todays_files_are_found_by_name(name, tmp_path):
    def made(*names, units=2):
        inner = mk.Sequential([mk.Input((3,)), mk.layers.Dense(units), mk.layers.Dense(2)])
        inner.name = names[-1]
        return mk.Sequential([mk.Input((3,)), mk.layers.Dense(3, name=names[0]), inner])

    first, second = made("a", "inner"), made("b", "inner")
    first.compile("adam", "mse")
    first.fit(X, X[:, :2], verbose=0)
    (first.save if name.endswith("keras") else first.save_weights)(tmp_path / name)
    kept = second.layers[0].get_weights()
    second.load_weights(tmp_path / name, by_name=True)
    assert_close(second.layers[0].get_weights(), kept, 0, 0)
    assert_close(second.layers[1].get_weights(), first.layers[1].get_weights(), 0, 0)
    wider = made("a", "inner", units=5)
    with pytest.raises(ValueError, match="do not fit"):
        wider.load_weights(tmp_path / name, by_name=True)
    with pytest.warns(UserWarning, match="left as it was"):
        wider.load_weights(tmp_path / name, by_name=True, skip_mismatch=True)
    assert_close(wider.layers[0].get_weights(), first.layers[0].get_weights(), 0, 0)


def test_yaml():
    model = _model()
    text = model.to_yaml()
    again = model_from_yaml(text)
    assert_close(again.output_shape, (None, 2))
    assert mk.models.model_from_yaml is model_from_yaml
    of_2 = text.replace("batch_input_shape:\n", "batch_input_shape: !!python/tuple\n")
    assert of_2 != text and model_from_yaml(of_2).count_params() == model.count_params()
    for harm in (
        "!!python/object/apply:os.system ['true']",
        "a: &a [1, 2]\nb: [*a, *c]",
        "just text",
        "[" * 5000,
        "class_name: Sequential",
    ):
        with pytest.raises(ValueError, match=r"YAML|class_name"):
            model_from_yaml(harm)
    bomb = "a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi")
    )
    with pytest.raises(ValueError, match="values"):
        model_from_yaml(bomb)


def test_model_from_config():
    form = json.loads(_model().to_json())
    assert model_from_config(form).count_params() == _model().count_params()
    with era_scope(2):
        old = json.loads(_model().to_json())
    assert model_from_config(old).count_params() == _model().count_params()
    with pytest.raises(TypeError, match=r"Sequential\.from_config"):
        model_from_config([form])
    with pytest.raises(ValueError, match="custom_objects"):
        model_from_config({"class_name": "Own", "config": {}})
