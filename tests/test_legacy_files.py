"""Files of Keras 1 and 2: whole models, weights and JSON, as they were written then."""

import json
import pathlib

import h5py
import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy import era_scope
from tests.support import assert_close, values

GOLDEN = pathlib.Path(__file__).parent / "golden" / "keras2"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.h5"))


def _golden(name):
    with np.load(GOLDEN / f"{name}.npz") as data:
        inputs = [data[key] for key in sorted(data) if key.startswith("arr_")]
        outputs = [data[key] for key in sorted(data) if key.startswith("p")]
        losses = data["losses"]
    return inputs if len(inputs) > 1 else inputs[0], outputs, losses


def _predicted(model, inputs):
    found = model.predict(inputs, verbose=0)
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize("name", [*(f"{name}.h5" for name in NAMES), "archive.keras"])
def test_models_of_keras_2_predict_and_train_on(name):
    inputs, outputs, losses = _golden(name.partition(".")[0])
    model = mk.models.load_model(GOLDEN / name)
    for found, expected in zip(_predicted(model, inputs), outputs, strict=True):
        assert_close(found, expected, rtol=1e-5, atol=1e-5)
    targets = [np.zeros_like(y) for y in outputs]
    targets = targets if len(targets) > 1 else targets[0]
    history = model.fit(inputs, targets, epochs=3, verbose=0, shuffle=False)
    assert_close(np.array(history.history["loss"]), losses, rtol=5e-4, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_architecture_and_weights_apart(name, tmp_path):
    inputs, outputs, _ = _golden(name)
    with h5py.File(GOLDEN / f"{name}.h5") as file:
        architecture = file.attrs["model_config"]
        with h5py.File(tmp_path / "weights.h5", "w") as weights:
            for key, value in file["model_weights"].attrs.items():
                weights.attrs[key] = value
            for key in file["model_weights"]:
                file.copy(f"model_weights/{key}", weights)
    form = {**json.loads(architecture), "keras_version": "2.15.0", "backend": "tensorflow"}
    model = mk.models.model_from_json(json.dumps(form))
    model.load_weights(tmp_path / "weights.h5")
    for found, expected in zip(_predicted(model, inputs), outputs, strict=True):
        assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_how_a_model_was_compiled(tmp_path):
    inputs, _, _ = _golden("objects")
    model = mk.models.load_model(GOLDEN / "objects.h5")
    assert isinstance(model.loss, mk.losses.Huber) and model.loss.delta == 0.7
    assert {"mae", "rms"} <= set(model.evaluate(inputs, np.zeros((4, 2)), 4, 0, return_dict=True))
    assert model.optimizer.clipvalue == 0.5 and model.optimizer.iterations == 2
    model.save(tmp_path / "model.keras")
    again = mk.models.load_model(tmp_path / "model.keras")
    assert_close(again.predict(inputs, verbose=0), model.predict(inputs, verbose=0))
    plain = mk.models.load_model(GOLDEN / "archive.keras", compile=False)
    assert not plain.compiled


def test_models_saved_again_in_todays_format(tmp_path):
    inputs, outputs, _ = _golden("hard")
    model = mk.models.load_model(GOLDEN / "hard.h5")
    model.save(tmp_path / "model.keras")
    again = mk.models.load_model(tmp_path / "model.keras")
    assert_close(again.predict(inputs, verbose=0), outputs[0], rtol=1e-5, atol=1e-5)


def test_files_that_keras_3_writes_and_cannot_read(tmp_path):
    import keras

    x = keras.Input((6,))
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="inner")
    y = keras.ops.square(inner(keras.layers.Dense(4, activation="hard_sigmoid")(x))) + 1.0
    model = keras.Model(x, y)
    model.compile("rmsprop", "mse", metrics=["mae"])
    inputs = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")
    model.fit(inputs, np.zeros((4, 2), "float32"), verbose=0)
    model.save(tmp_path / "model.h5")
    expected = model.predict(inputs, verbose=0)
    losses = model.fit(inputs, np.zeros((4, 2), "float32"), epochs=2, verbose=0).history["loss"]
    found = mk.models.load_model(tmp_path / "model.h5")
    assert_close(found.predict(inputs, verbose=0), expected, rtol=1e-5, atol=1e-6)
    history = found.fit(inputs, np.zeros((4, 2), "float32"), epochs=2, verbose=0)
    assert_close(np.array(history.history["loss"]), np.array(losses), rtol=1e-5, atol=1e-6)
    assert "mae" in history.history


def test_a_model_that_was_compiled_and_not_trained(tmp_path):
    import keras

    theirs = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    theirs.compile("adam", "mean_squared_error")
    theirs.save(tmp_path / "fresh.h5")
    ours = mk.models.load_model(tmp_path / "fresh.h5")
    assert int(ours.optimizer.iterations) == 0
    assert ours.optimizer.built


def test_weights_alone_are_no_model(tmp_path):
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.attrs["layer_names"] = np.array([], "S1")
    with pytest.raises(ValueError, match="no architecture, only weights"):
        mk.models.load_model(tmp_path / "w.h5")


# Keras 1: files are put together from the rules of its source.

RNG = np.random.default_rng(1)
ARRAY = lambda *shape: RNG.normal(size=shape).astype("float32")


def _write_keras_1(path, layers):
    """A file of weights of Keras 1: ``{layer: {weight: array}}``."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array([name.encode() for name in layers])
        for name, weights in layers.items():
            group = file.create_group(name)
            group.attrs["weight_names"] = np.array([key.encode() for key in weights])
            for key, array in weights.items():
                group[key] = array


def _config_1(class_name, **config):
    return {"class_name": class_name, "config": config}


def _model_1(*layers):
    return json.dumps(
        {"class_name": "Sequential", "config": list(layers), "keras_version": "1.2.2"}
    )


def test_a_network_of_keras_1(tmp_path):
    text = _model_1(
        _config_1(
            "Convolution2D", name="convolution2d_1", nb_filter=2, nb_row=3, nb_col=3,
            init="glorot_uniform", activation="relu", border_mode="valid", subsample=[1, 1],
            dim_ordering="tf", W_regularizer={"name": "L1L2Regularizer", "l1": 0.0, "l2": 0.5},
            b_regularizer=None, activity_regularizer=None, W_constraint={"name": "MaxNorm", "m": 2,
            "axis": 0}, b_constraint=None, bias=True, batch_input_shape=[None, 6, 6, 1],
            input_dtype="float32", trainable=True,
        ),
        _config_1("MaxPooling2D", name="p", pool_size=[2, 2], strides=[2, 2], border_mode="valid",
                  dim_ordering="tf", trainable=True),
        _config_1("Dropout", name="d", p=0.25, trainable=True),
        _config_1("Flatten", name="f", trainable=True),
        _config_1("Dense", name="dense_1", output_dim=3, init="normal", activation="softmax",
                  W_regularizer=None, b_regularizer=None, activity_regularizer=None,
                  W_constraint=None, b_constraint=None, bias=True, input_dim=8, trainable=True),
    )  # fmt: skip
    model = mk.models.model_from_json(text)
    kernel, bias, dense = ARRAY(3, 3, 1, 2), ARRAY(2), (ARRAY(8, 3), ARRAY(3))
    _write_keras_1(
        tmp_path / "w.h5",
        {
            "convolution2d_1": {"convolution2d_1_W:0": kernel, "convolution2d_1_b:0": bias},
            "p": {}, "d": {}, "f": {},
            "dense_1": {"dense_1_W:0": dense[0], "dense_1_b:0": dense[1]},
        },
    )  # fmt: skip
    model.load_weights(tmp_path / "w.h5")
    for found, expected in zip(model.get_weights(), [kernel, bias, *dense], strict=True):
        assert_close(found, expected)
    first = model.layers[0]
    assert first.kernel_size == (3, 3) and float(first.kernel_regularizer.l2) == 0.5
    assert first.kernel_constraint.max_value == 2 and model.layers[2].rate == 0.25
    assert model.layers[-1].kernel_initializer.stddev == 0.05


def _steps(x, h, step):
    for t in range(x.shape[1]):
        h = step(x[:, t], h)
    return h


def _hard(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def test_gates_of_keras_1_had_arrays_of_their_own(tmp_path):
    units, size = 3, 2
    gates = {g: (ARRAY(size, units), ARRAY(units, units), ARRAY(units)) for g in "icfo"}
    weights = {f"lstm_{a}_{g}": w for g in "icfo" for a, w in zip("WUb", gates[g])}
    _write_keras_1(tmp_path / "w.h5", {"lstm_1": weights})
    config = dict(
        name="lstm_1", output_dim=units, init="glorot_uniform", inner_init="orthogonal",
        forget_bias_init="one", activation="tanh", inner_activation="hard_sigmoid",
        W_regularizer=None, U_regularizer=None, b_regularizer=None, dropout_W=0.0, dropout_U=0.0,
        return_sequences=False, go_backwards=False, stateful=False, unroll=False,
        consume_less="cpu", input_dim=size, input_length=None, batch_input_shape=[None, 4, size],
    )  # fmt: skip
    model = mk.models.model_from_json(_model_1(_config_1("LSTM", **config)))
    model.load_weights(tmp_path / "w.h5")

    def step(x, state):
        h, c = state
        z = {g: x @ w + h @ u + b for g, (w, u, b) in gates.items()}
        c = _hard(z["f"]) * c + _hard(z["i"]) * np.tanh(z["c"])
        return _hard(z["o"]) * np.tanh(c), c

    x = ARRAY(2, 4, size)
    zeros = np.zeros((2, units), "float32")
    assert_close(
        model.predict(x, verbose=0), _steps(x, (zeros, zeros), step)[0], rtol=1e-5, atol=1e-6
    )


def test_gru_of_keras_1_resets_before_the_product(tmp_path):
    units, size = 3, 2
    gates = {g: (ARRAY(size, units), ARRAY(units, units), ARRAY(units)) for g in "zrh"}
    weights = {f"gru_{a}_{g}": w for g in "zrh" for a, w in zip("WUb", gates[g])}
    _write_keras_1(tmp_path / "w.h5", {"gru_1": weights})
    config = dict(name="gru_1", output_dim=units, inner_activation="hard_sigmoid",
                  consume_less="mem", batch_input_shape=[None, 4, size])  # fmt: skip
    model = mk.models.model_from_json(_model_1(_config_1("GRU", **config)))
    model.load_weights(tmp_path / "w.h5")

    def step(x, h):
        part = lambda g: x @ gates[g][0] + gates[g][2]
        z, r = (_hard(part(g) + h @ gates[g][1]) for g in "zr")
        candidate = np.tanh(part("h") + (r * h) @ gates["h"][1])
        return z * h + (1 - z) * candidate

    x = ARRAY(2, 4, size)
    expected = _steps(x, np.zeros((2, units), "float32"), step)
    assert_close(model.predict(x, verbose=0), expected, rtol=1e-5, atol=1e-6)


TURNED = [
    ("Conv2D", {}, (3, 3, 2, 4), (2, 3, 1, 0), lambda k: k.transpose(3, 2, 0, 1)),
    ("Conv2DTranspose", {}, (3, 3, 4, 2), None, lambda k: k.transpose(2, 3, 0, 1)),
    ("Conv3D", {}, (2, 2, 2, 2, 4), None, lambda k: k.transpose(4, 3, 0, 1, 2)),
]


@pytest.mark.parametrize("name, settings, shape, _, written", TURNED, ids=[r[0] for r in TURNED])
def test_kernels_of_theano_order(name, settings, shape, _, written, tmp_path):
    rank = len(shape) - 2
    layer = getattr(mk.layers, name)(4, shape[0], data_format="channels_first", name="conv")
    model = mk.Sequential([mk.Input((2, *[6] * rank)), layer])
    kernel, bias = ARRAY(*shape), ARRAY(4)
    _write_keras_1(tmp_path / "w.h5", {"conv": {"conv_W": written(kernel), "conv_b": bias}})
    model.load_weights(tmp_path / "w.h5")
    assert_close(layer.get_weights()[0], kernel)


@pytest.mark.parametrize("is_oldest", [False, True])
def test_kernels_of_convolution1d(is_oldest, tmp_path):
    layer = mk.layers.Conv1D(4, 3, name="conv")
    model = mk.Sequential([mk.Input((6, 2)), layer])
    kernel, bias = ARRAY(3, 2, 4), ARRAY(4)
    written = kernel.transpose(2, 1, 0)[..., None] if is_oldest else kernel[:, None]
    _write_keras_1(tmp_path / "w.h5", {"conv": {"conv_W": written, "conv_b": bias}})
    model.load_weights(tmp_path / "w.h5")
    assert_close(layer.get_weights()[0], kernel)


def test_theano_turned_kernels_over(tmp_path):
    layer = mk.layers.Conv2D(4, 3, name="conv")
    model = mk.Sequential([mk.Input((6, 6, 2)), layer])
    kernel, bias = ARRAY(3, 3, 2, 4), ARRAY(4)
    _write_keras_1(tmp_path / "w.h5", {"conv": {"conv/kernel": kernel[::-1, ::-1], "b": bias}})
    with h5py.File(tmp_path / "w.h5", "a") as file:
        file.attrs["keras_version"], file.attrs["backend"] = b"2.2.4", b"theano"
    model.load_weights(tmp_path / "w.h5")
    assert_close(layer.get_weights()[0], kernel)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _cudnn_lstm(inputs, states, biases):
    def step(x, state):
        h, c = state
        gates = (x @ w.T + h @ u.T + b for w, u, b in zip(inputs, states, biases.sum(0)))
        i, f, g, o = gates
        c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
        return _sigmoid(o) * np.tanh(c), c

    return step


def _cudnn_gru(inputs, states, biases):
    def step(x, h):
        a = [x @ w.T + b for w, b in zip(inputs, biases[0])]
        s = [h @ u.T + b for u, b in zip(states, biases[1])]
        z, r = _sigmoid(a[0] + s[0]), _sigmoid(a[1] + s[1])
        return z * h + (1 - z) * np.tanh(a[2] + r * s[2])

    return step


@pytest.mark.parametrize("name, gates", [("CuDNNLSTM", 4), ("CuDNNGRU", 3)])
def test_layers_of_cudnn(name, gates, tmp_path):
    """They give what the formulas of cuDNN give with the matrices in the file."""
    size, units = 2, 3
    inputs = [ARRAY(units, size) for _ in range(gates)]  # cuDNN multiplies from the left: W x
    states, biases = [ARRAY(units, units) for _ in range(gates)], ARRAY(2, gates, units)
    arrays = {
        "kernel": np.concatenate([w.ravel().reshape(size, units) for w in inputs], axis=1),
        "recurrent": np.concatenate(states, axis=1),
        "bias": biases.ravel(),
    }
    _write_keras_1(tmp_path / "w.h5", {"rnn": arrays})
    with h5py.File(tmp_path / "w.h5", "a") as file:
        file.attrs["keras_version"], file.attrs["backend"] = b"2.3.1", b"tensorflow"
    layer = _config_1(name, name="rnn", units=units, batch_input_shape=[None, 4, size])
    form = {"class_name": "Sequential", "keras_version": "2.3.1", "config": [layer]}
    model = mk.models.model_from_json(json.dumps(form))
    model.load_weights(tmp_path / "w.h5")
    x, zeros = ARRAY(2, 4, size), np.zeros((2, units), "float32")
    if gates == 4:
        expected = _steps(x, (zeros, zeros), _cudnn_lstm(inputs, states, biases))[0]
    else:
        expected = _steps(x, zeros, _cudnn_gru(inputs, states, biases))
    assert_close(model.predict(x, verbose=0), expected, rtol=1e-5, atol=1e-6)


def test_what_has_no_counterpart_is_refused():
    text = _model_1(_config_1("BatchNormalization", name="b", mode=2, batch_input_shape=[None, 3]))
    with pytest.raises(ValueError, match="mode=1 or mode=2"):
        mk.models.model_from_json(text)
    with pytest.raises(ValueError, match="Unknown class"):
        mk.models.model_from_json(_model_1(_config_1("MyLayer", name="x")))


def test_code_in_a_file_is_not_run():
    code = ["4wAAAAA=\n", None, None]
    text = json.dumps(
        {
            "class_name": "Sequential",
            "keras_version": "2.2.4",
            "config": [_config_1("Lambda", name="l", function=code, function_type="lambda",
                                 output_shape=None, output_shape_type="raw", arguments={},
                                 batch_input_shape=[None, 3])],
        }
    )  # fmt: skip
    with pytest.raises(ValueError, match="safe_mode"):
        mk.models.model_from_json(text)


def test_the_era_of_a_file_does_not_stay():
    mk.models.load_model(GOLDEN / "mlp.h5")
    assert mk.legacy.era() == 3
    with era_scope(1):
        mk.models.load_model(GOLDEN / "mlp.h5")
        assert mk.legacy.era() == 1
    assert values(mk.layers.GRU(2).reset_after)
