"""`load_keras`: architecture and weights apart, whole models, URIs; parts that are not known."""

import json

import fsspec
import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy import load_keras
from minikeras.legacy.saving import keras2_json, save_keras2, save_weights_keras2
from minikeras.saving.arrays import read_arrays
from minikeras.saving.parts import unknown_parts
from tests.support import assert_close, values

X = np.random.default_rng(0).normal(size=(2, 3)).astype("float32")


class Times(mk.layers.Layer):
    def __init__(self, by=2.0, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def call(self, x):
        return x * self.by


def bent(x):
    return mk.ops.sin(x)


def _model(own=False):
    parts = [Times(3.0, name="t1"), Times(name="t2")] if own else []
    activation = bent if own else "tanh"
    return mk.Sequential(
        [mk.Input((3,)), mk.layers.Dense(4, activation=activation, name="first"), *parts,
         mk.layers.Dense(2, name="last")]
    )  # fmt: skip


WRITERS = {
    "m.json": lambda m, p: p.write_text(m.to_json()),
    "m2.json": lambda m, p: p.write_text(keras2_json(m)),
    "w.h5": lambda m, p: save_weights_keras2(m, p),
    "w.weights.h5": lambda m, p: m.save_weights(p),
    "m.h5": lambda m, p: save_keras2(m, p),
    "m3.h5": lambda m, p: m.save(p),
    "m.keras": lambda m, p: m.save(p),
}


@pytest.fixture
def files(tmp_path):
    model = _model()
    for name, write in WRITERS.items():
        write(model, tmp_path / name)
    return model, tmp_path


@pytest.mark.parametrize("architecture", ["m.json", "m2.json", "m.h5", "m3.h5", "m.keras"])
@pytest.mark.parametrize("weights", ["w.h5", "w.weights.h5", "m.h5", "m3.h5", "m.keras"])
@pytest.mark.parametrize("by_name", [False, True])
def test_any_architecture_with_any_weights(architecture, weights, by_name, files):
    model, folder = files
    found = load_keras(folder / architecture, folder / weights, by_name=by_name)
    assert_close(found.predict(X, verbose=0), model.predict(X, verbose=0))


@pytest.mark.parametrize("name", ["m.h5", "m3.h5", "m.keras"])
def test_whole_models(name, files):
    model, folder = files
    for arguments in ((folder / name,), (None, folder / name)):
        assert_close(load_keras(*arguments).get_weights(), model.get_weights(), 0, 0)


@pytest.mark.parametrize("names", [("m.json", "w.h5"), ("m.keras",), (None, "m.h5")])
def test_uris(names, files):
    model, folder = files
    arguments = []
    for name in names:
        if name is not None:
            with fsspec.open(f"memory://models/{name}", "wb") as file:
                file.write((folder / name).read_bytes())
        arguments.append(name and f"memory://models/{name}")
    assert_close(load_keras(*arguments).get_weights(), model.get_weights(), 0, 0)
    with pytest.raises(FileNotFoundError):
        load_keras("memory://models/none.json")


def test_it_is_found_where_models_are(files):
    assert mk.models.load_keras is load_keras
    with pytest.raises(ValueError, match="needs a file"):
        load_keras()
    (files[1] / "list.json").write_text("[1]")
    with pytest.raises(ValueError, match=r"list\.json' describes no model"):
        load_keras(files[1] / "list.json")


@pytest.mark.parametrize("name", ["m.json", "m2.json", "m.h5", "m3.h5", "m.keras"])
def test_all_unknown_parts_are_named_at_once(name, tmp_path):
    model = _model(own=True)
    WRITERS[name](model, tmp_path / name)
    with pytest.raises(ValueError) as caught:
        load_keras(tmp_path / name)
    words = str(caught.value)
    assert "function 'bent' (of 'first')" in words and "class 'Times' (of 't1', 't2')" in words
    assert "custom_objects={'bent': ..., 'Times': ...}" in words and name in words
    found = load_keras(tmp_path / name, custom_objects={"Times": Times, "bent": bent})
    if "json" not in name:
        assert_close(found.predict(X, verbose=0), model.predict(X, verbose=0))
        arrays = read_arrays(tmp_path / name)
        assert_close(sorted(a.sum() for a in arrays.values()),
                     sorted(a.sum() for a in values(model.get_weights())))  # fmt: skip
    if name in ("m.h5", "m3.h5"):
        assert list(arrays) == ["first/kernel", "first/bias", "last/kernel", "last/bias"]


def test_parts_within_parts():
    inner = mk.Sequential([mk.Input((2, 3)), mk.layers.TimeDistributed(Times(name="deep"))])
    parts = unknown_parts(json.loads(mk.Sequential([mk.Input((2, 3)), inner]).to_json()))
    assert [(p.kind, p.name, p.layers) for p in parts] == [("class", "Times", ("deep",))]


def test_losses_and_metrics_count_where_the_model_is_compiled(tmp_path):
    def own_loss(y, p):
        return mk.ops.mean(mk.ops.square(y - p))

    model = _model()
    model.compile("sgd", own_loss)
    model.save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="Unknown function 'own_loss'"):
        mk.models.load_model(tmp_path / "m.keras")
    mk.models.load_model(tmp_path / "m.keras", compile=False)
    mk.models.load_model(tmp_path / "m.keras", custom_objects={"own_loss": own_loss})
