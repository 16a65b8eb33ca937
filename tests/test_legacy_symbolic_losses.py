"""Losses and metrics that are symbolic tensors of a model's graph, as in Keras 2."""

import json
import pathlib
import pickle

import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy import era_scope
from tests.support import assert_close, values

K, layers = mk.backend, mk.layers
RNG = np.random.default_rng(0)
X = RNG.normal(size=(16, 4)).astype("float32")
Y = RNG.normal(size=(16, 2)).astype("float32")


def _parts():
    x = mk.Input((4,), name="x")
    hidden = layers.Dense(3, activation="tanh", name="hidden")(x)
    return x, hidden, layers.Dense(2, name="out")(hidden)


def _hidden(model, x):
    layer = model.get_layer("hidden")
    return np.tanh(x @ values(layer.kernel.value) + values(layer.bias.value))


@pytest.mark.parametrize("era", [2, 3])
def test_a_loss_beside_that_of_the_outputs(era):
    x, hidden, y = _parts()
    model = mk.Model(x, y)
    with era_scope(era):
        model.add_loss(0.1 * K.sum(K.square(hidden), axis=-1))  # a vector: its mean counts
        model.compile("sgd", "mse")
        found = model.evaluate(X, Y, verbose=0)
    plain = ((values(model.predict(X, verbose=0)) - Y) ** 2).mean()
    penalty = 0.1 * (_hidden(model, X) ** 2).sum(-1).mean()
    assert np.isclose(found, plain + penalty, rtol=1e-5)


def test_the_only_loss_is_trained():
    """An autoencoder without targets: a step by the formula."""
    x = mk.Input((4,))
    y = layers.Dense(4, use_bias=False, name="out")(x)
    model = mk.Model(x, y)
    model.add_loss(K.mean(K.square(x - y)))
    model.add_metric(K.max(K.abs(y)), name="largest", aggregation="mean")
    model.compile(mk.optimizers.SGD(0.1))
    kernel = values(model.get_weights()[0])
    history = model.fit(X, epochs=1, batch_size=16, verbose=0, validation_data=(X, None)).history
    expected = kernel - 0.1 * 2 * X.T @ (X @ kernel - X) / X.size
    assert_close(model.get_weights()[0], expected, rtol=1e-4, atol=1e-6)
    assert np.isclose(history["loss"][0], ((X @ kernel - X) ** 2).mean(), rtol=1e-5)
    assert np.isclose(history["largest"][0], abs(X @ kernel).max(), rtol=1e-5)
    assert {"val_loss", "val_largest"} <= set(history)


def test_noise_is_drawn_once_for_outputs_and_losses():
    x = mk.Input((4,))
    noise = layers.Lambda(lambda t: t + K.random_normal(K.shape(t)))(x)
    model = mk.Model(x, noise)
    model.add_loss(K.mean(noise))
    y = values(model(mk.ops.convert_to_tensor(X)))
    assert np.isclose(values(model.losses[0]), y.mean(), atol=1e-6)


def test_layers_of_a_loss_are_trained():
    x, hidden, y = _parts()
    model = mk.Model(x, y)
    beside = layers.Dense(1, name="beside")
    model.add_loss(K.mean(K.square(beside(hidden) - 1.0)))
    model.compile("sgd", "mse")
    assert len(model.trainable_weights) == 6
    before = values(beside.kernel.value)
    model.fit(X, Y, verbose=0)
    assert np.abs(values(beside.kernel.value) - before).max() > 0


def test_losses_of_inner_and_sequential_models():
    x, hidden, y = _parts()
    inner = mk.Model(x, y)
    inner.add_loss(K.mean(hidden))
    outer = mk.Sequential([mk.Input((4,)), inner])
    outer.add_loss(2.0 * K.mean(outer.output))
    outer(mk.ops.convert_to_tensor(X))
    expected = _hidden(inner, X).mean(), 2 * values(outer.predict(X, verbose=0)).mean()
    outer(mk.ops.convert_to_tensor(X))
    assert np.isclose(sum(float(values(v)) for v in outer.losses), sum(expected), atol=1e-5)


def test_functions_that_use_the_graph():
    x, hidden, y = _parts()
    model = mk.Model(x, y)

    def loss(y_true, y_pred):
        return K.mean(K.square(y_true - y_pred), axis=-1) + K.sum(K.square(hidden), axis=-1)

    expected_of = lambda: (
        ((values(model.predict(X, verbose=0)) - Y) ** 2).mean()
        + (_hidden(model, X) ** 2).sum(-1).mean()
    )
    for given in (loss, [loss], {"out": loss}):
        model.compile("sgd", given)
        assert np.isclose(model.evaluate(X, Y, verbose=0), expected_of(), rtol=1e-5)
    before = expected_of()
    model.fit(X, Y, batch_size=4, epochs=5, verbose=0)
    assert expected_of() < before
    again = mk.Sequential([mk.Input((4,)), model])
    again.compile("sgd", lambda a, b: K.mean(K.square(a - b), axis=-1))
    assert np.isfinite(again.evaluate(X, Y, verbose=0))


def test_what_cannot_be_added():
    x, _, y = _parts()
    model = mk.Model(x, y)
    with pytest.raises(ValueError, match="needs a name"):
        model.add_metric(K.mean(y))
    with pytest.raises(ValueError, match=r"not connected|depends"):
        model.add_loss(K.mean(mk.Input((3,))))
    with pytest.raises(ValueError, match="not a symbolic tensor"):
        layers.Dense(2).add_loss(K.mean(y))


# Files

_FILES = pathlib.Path(__file__).parent / "golden"


def _check_added(model, arrays):
    assert_close(model.predict(arrays["x"], verbose=0), arrays["p"], rtol=1e-5, atol=1e-6)
    found = model.evaluate(arrays["x"], arrays["y"], verbose=0, return_dict=True)
    expected = dict(zip(("loss", "mae", "size", "largest"), arrays["scores"]))
    assert found == pytest.approx(expected, rel=1e-5)
    assert [layer.name for layer in model.layers] == ["x", "hidden", "out", "beside"]


def _train_on(model, arrays):
    history = model.fit(
        arrays["x"], arrays["y"], batch_size=8, epochs=3, shuffle=False, verbose=0
    ).history
    np.testing.assert_allclose(history["loss"], arrays["losses"], rtol=1e-4)


@pytest.mark.parametrize("way", ["as it is", "model.keras", "model.h5", "of 2"])
def test_what_was_added_is_kept_in_files(way, tmp_path):
    """A file of tf.keras with `AddLoss` and `AddMetric`, and what is made of it."""
    arrays = np.load(_FILES / "keras2_added.npz")
    model = mk.models.load_model(_FILES / "keras2_added.h5")
    if way == "of 2":
        mk.legacy.saving.save_keras2(model, tmp_path / "of_2.h5")
        model = mk.models.load_model(tmp_path / "of_2.h5")
    elif way != "as it is":
        model.save(tmp_path / way)
        model = mk.models.load_model(tmp_path / way)
    _check_added(model, arrays)
    _train_on(model, arrays)


def test_what_was_added_is_written_for_keras_2():
    x, hidden, y = _parts()
    model = mk.Model(x, y)
    model.add_loss(K.mean(K.square(layers.Dense(1, name="beside")(hidden))))
    model.add_loss(K.mean(y))
    model.add_metric(K.max(hidden), name="largest", aggregation="mean")
    forms = json.loads(mk.legacy.saving.keras2_json(model))["config"]["layers"]
    added = [form for form in forms if form["class_name"].startswith("Add")]
    assert [form["name"] for form in added] == ["add_loss", "add_loss_1", "add_metric"]
    assert added[2]["config"]["metric_name"] == "largest"
    made = mk.models.model_from_json(mk.legacy.saving.keras2_json(model))
    made.set_weights(model.get_weights())
    made(mk.ops.convert_to_tensor(X)), model(mk.ops.convert_to_tensor(X))
    totals = [sum(float(values(v)) for v in m.losses) for m in (made, model)]
    assert totals[0] == pytest.approx(totals[1], rel=1e-5) and len(made.losses) == 2


def test_copies_keep_what_was_added():
    x, hidden, y = _parts()
    model = mk.Model(x, y)
    model.add_loss(K.mean(K.square(layers.Dense(1, name="beside")(hidden))))
    model.add_metric(K.max(hidden), name="largest", aggregation="mean")
    model.compile("sgd", "mse")
    expected = model.evaluate(X, Y, verbose=0, return_dict=True)
    inner = mk.Input((4,))
    outer = mk.Model(inner, model(inner))
    copies = {
        "clone": mk.models.clone_model(model),
        "pickle": pickle.loads(pickle.dumps(model)),
        "json": mk.models.model_from_json(model.to_json()),
        "within": mk.models.model_from_json(outer.to_json()),
        "within, of 2": mk.models.model_from_json(mk.legacy.saving.keras2_json(outer)),
    }
    for name, copy in copies.items():
        copy.set_weights(model.get_weights())
        copy.compile("sgd", "mse")
        assert copy.evaluate(X, Y, verbose=0, return_dict=True) == pytest.approx(expected), name


def test_sequential_models_tell_that_they_do_not_keep_it():
    model = mk.Sequential([mk.Input((4,)), layers.Dense(2)])
    model.add_loss(K.mean(model.output))
    with pytest.warns(UserWarning, match="make a functional model"):
        model.to_json()
