"""Files for Keras 2: what is written has the layout of what tf_keras wrote, and reads the same.

That tf_keras itself opens them is checked by hand with tests/golden/keras2_written.py, which
printed on 2026-11-21, with tf_keras 2.21: 103 kinds of layers, predictions differ by at most
1.9e-06; 16 optimizers in both directions, losses of 4 more epochs differ by at most 5e-07, but for
today's RMSprop, whose epsilon stands elsewhere there (5e-05).
"""

import json
import pathlib

import h5py
import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy.saving import keras2_json, save_keras2, save_weights_keras2
from tests.support import assert_close, values

GOLDEN = pathlib.Path(__file__).parent / "golden" / "keras2"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.h5"))


def _layout(group):
    """What a group holds: attributes with lists of names as such, and the shapes of arrays."""
    found = {}
    for name, value in group.attrs.items():
        if name in ("layer_names", "weight_names"):
            items = np.ravel(value).tolist()
            value = [item.decode() if isinstance(item, bytes) else item for item in items]
            value = [item for item in value if not item.startswith("tf.")]  # they are ops here
            found[f"{group.name}@{name}"] = value
    for member in group.values():
        if isinstance(member, h5py.Group):
            found |= _layout(member)
        else:
            found[member.name] = (member.shape, member.dtype.name)
    return found


def _keys(form):
    """The keys of configurations, without values."""
    if isinstance(form, dict):
        return {key: _keys(value) for key, value in form.items()}
    return [_keys(value) for value in form] if isinstance(form, list) else None


@pytest.mark.parametrize("name", NAMES)
def test_weights_have_the_layout_of_keras_2(name, tmp_path):
    model = mk.models.load_model(GOLDEN / f"{name}.h5")
    save_keras2(model, tmp_path / "x.h5")
    with h5py.File(GOLDEN / f"{name}.h5") as theirs, h5py.File(tmp_path / "x.h5") as ours:
        expected, found = _layout(theirs["model_weights"]), _layout(ours["model_weights"])
        for attribute in ("keras_version", "backend"):
            assert attribute in ours.attrs and attribute in ours["model_weights"].attrs
    if name == "sequence":  # TensorFlow leaves the name of the inner layer out
        expected, found = (
            {k: v for k, v in layout.items() if "time_distributed" not in k}
            for layout in (expected, found)
        )
    expected = {key: value for key, value in expected.items() if "/tf." not in key}
    assert found == expected


@pytest.mark.parametrize("name", ["film", "hard", "states"])
def test_states_of_optimizers_have_the_layout_of_keras_2(name, tmp_path):
    model = mk.models.load_model(GOLDEN / f"{name}.h5")
    save_keras2(model, tmp_path / "x.h5")
    with h5py.File(GOLDEN / f"{name}.h5") as theirs, h5py.File(tmp_path / "x.h5") as ours:
        assert _layout(ours["optimizer_weights"]) == _layout(theirs["optimizer_weights"])
        expected, found = (json.loads(f.attrs["training_config"]) for f in (theirs, ours))
    assert found["loss"] == expected["loss"] == "mse"
    optimizer = expected["optimizer_config"]["config"]
    del optimizer["name"]
    for key, value in found["optimizer_config"]["config"].items():
        assert key in ("momentum", "centered") or value == pytest.approx(optimizer.pop(key))
    assert set(optimizer) <= {"momentum", "centered"}
    assert found["optimizer_config"]["class_name"] == expected["optimizer_config"]["class_name"]


def test_configurations_have_the_keys_of_keras_2():
    """Those of 2.3, which have neither ``ragged`` nor ``groups``, and no modules."""
    with h5py.File(GOLDEN / "graph.h5") as file:
        expected = json.loads(file.attrs["model_config"])
    found = json.loads(keras2_json(mk.models.load_model(GOLDEN / "graph.h5")))
    assert (found.pop("keras_version"), found.pop("backend")) == ("2.3.1", "tensorflow")

    def pruned(form):
        if isinstance(form, list):
            return [pruned(v) for v in form]
        if not isinstance(form, dict):
            return form
        spent = ("ragged", "optional", "module", "registered_name")
        form = {k: pruned(v) for k, v in form.items() if k not in spent}
        if form.get("class_name") == "Functional":
            form["class_name"] = "Model"
            del form["config"]["trainable"]
        if form.get("class_name") in ("GlorotUniform", "VarianceScaling"):
            return "glorot"
        form.pop("build_config", None)
        return form

    assert pruned(found) == pruned(expected)


@pytest.mark.parametrize("name", NAMES)
def test_models_go_on_where_they_stopped(name, tmp_path):
    model = mk.models.load_model(GOLDEN / f"{name}.h5")
    save_keras2(model, tmp_path / "x.h5")
    again = mk.models.load_model(tmp_path / "x.h5")
    assert_close(again.get_weights(), model.get_weights(), 0, 0)
    assert_close(values(again.optimizer.variables), values(model.optimizer.variables), 1e-7, 0)
    assert again.optimizer.get_config() == model.optimizer.get_config() | {
        "name": again.optimizer.name
    }
    save_weights_keras2(model, tmp_path / "w.h5")
    apart = mk.models.model_from_json(keras2_json(model))
    apart.load_weights(tmp_path / "w.h5")
    assert_close(apart.get_weights(), model.get_weights(), 0, 0)


OPTIMIZERS = [
    ("Adam", {"amsgrad": True, "clipvalue": 0.5}),
    ("Adam", {"use_ema": True}),
    ("AdamW", {}),
    ("SGD", {"momentum": 0.9, "weight_decay": 0.1}),
    ("RMSprop", {"momentum": 0.5, "centered": True}),
    ("Adagrad", {}),
    ("Adadelta", {}),
    ("Nadam", {}),
    ("Ftrl", {}),
]


@pytest.mark.parametrize("name, options", OPTIMIZERS)
@pytest.mark.parametrize("era", [2, 3])
def test_training_goes_on(name, options, era, tmp_path):
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    with mk.legacy.era_scope(era):
        optimizer = getattr(mk.optimizers, name)(learning_rate=0.05, **options)
    model = mk.Sequential([mk.Input((3,)), mk.layers.Dense(2, "tanh"), mk.layers.Dense(1)])
    model.compile(optimizer, mk.losses.Huber(0.5), metrics=["mae", mk.metrics.AUC()])
    model.fit(x, x[:, :1], verbose=0, epochs=2)
    save_keras2(model, tmp_path / "x.h5")
    again = mk.models.load_model(tmp_path / "x.h5")
    assert isinstance(again.optimizer, type(optimizer))
    if type(optimizer) is mk.optimizers.Nadam:  # files of tf.keras leave a part of its state out
        return
    losses = [
        m.fit(x, x[:, :1], verbose=0, epochs=3, shuffle=False).history["loss"]
        for m in (model, again)
    ]
    # Keras 2 had epsilon elsewhere in RMSprop and Adagrad.
    rtol = 1e-6 if type(again.optimizer) is type(optimizer) else 1e-4
    assert_close(np.array(losses[0]), np.array(losses[1]), rtol, 1e-7)


def test_what_keras_2_did_not_have_is_refused(tmp_path):
    def model(*layers):
        return mk.Sequential([mk.Input((4, 4)), *layers])

    for layer, words in (
        (mk.layers.RMSNormalization(name="a"), r"'a' \(RMSNormalization\): this class"),
        (mk.layers.Dense(2, "hard_sigmoid", name="a"), "activation 'hard_sigmoid'"),
        (mk.layers.Dense(2, lora_rank=1, name="a"), "lora_rank=1"),
    ):
        with pytest.raises(ValueError, match=words):
            keras2_json(model(layer))
    compiled = model(mk.layers.Dense(1))
    compiled.compile(mk.optimizers.Lion(), "mse")
    with pytest.raises(ValueError, match="Lion has no counterpart"):
        save_keras2(compiled, tmp_path / "x.h5")
    save_keras2(compiled, tmp_path / "x.h5", include_optimizer=False)
    with pytest.raises(FileExistsError):
        save_keras2(compiled, tmp_path / "x.h5", overwrite=False)
    with pytest.raises(ValueError, match="Sequential and functional"):
        keras2_json(type("Own", (mk.Model,), {})())


def test_ops_and_custom_objects(tmp_path):
    class Scale(mk.layers.Layer):
        def __init__(self, by, **kwargs):
            super().__init__(**kwargs)
            self.by = by

        def call(self, x):
            return x * self.by

    x = mk.Input((4, 3))
    y = mk.ops.concatenate([x[:, 1:3] * 2.0, 1.0 - x[:, None, 0]], axis=1)
    y = mk.ops.mean(mk.ops.reshape(mk.ops.relu(y), (-1, 9)), axis=1, keepdims=True)
    y = Scale(3.0, name="scale")(mk.ops.where(y > 0.2, y, mk.ops.expand_dims(x[:, 0, 0], 1)))
    model = mk.Model(x, y)
    save_keras2(model, tmp_path / "x.h5")
    again = mk.models.load_model(tmp_path / "x.h5", custom_objects={"Scale": Scale})
    inputs = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    assert_close(again.predict(inputs, verbose=0), model.predict(inputs, verbose=0))
    save_keras2(mk.Model(x, mk.ops.sum(x, 1)), tmp_path / "y.h5")
    with pytest.raises(ValueError, match="The op 'tril' in the graph"):
        keras2_json(mk.Model(x, mk.ops.tril(x)))


def test_names_of_many_layers_are_spread_over_attributes(tmp_path):
    depth = 1200
    model = mk.Sequential(
        [mk.Input((1,)), *(mk.layers.Activation("relu", name=f"a{i}" * 20) for i in range(depth))]
    )
    save_weights_keras2(model, tmp_path / "x.h5")
    with h5py.File(tmp_path / "x.h5") as file:
        parts = [file.attrs[f"layer_names{i}"] for i in range(2)]
        assert "layer_names" not in file.attrs and all(p.nbytes <= 64512 for p in parts)
        assert [n.decode() for p in parts for n in p] == [layer.name for layer in model.layers]
    model.load_weights(tmp_path / "x.h5")
