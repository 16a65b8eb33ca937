"""Layers that only Keras 1 and 2 had: their formulas, gradients, configurations, files."""

import warnings

import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy import era_scope
from minikeras.testing import check_gradients
from tests.support import assert_close, values

layers = mk.layers
RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 3)).astype("float32")
SERIES = RNG.normal(size=(2, 6, 2)).astype("float32")
IMAGES = RNG.normal(size=(2, 5, 4, 2)).astype("float32")
T = mk.ops.convert_to_tensor


@pytest.fixture(autouse=True)
def _old_spellings_are_no_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _filled(layer, x):
    """The layer with random weights, and them as arrays of NumPy."""
    layer(T(x))
    layer.set_weights([RNG.normal(size=w.shape).astype("float32") for w in layer.weights])
    return layer, [values(w) for w in layer.get_weights()]


def test_highway():
    layer, (w, w_carry, b, b_carry) = _filled(layers.Highway(activation="tanh"), X)
    share = 1 / (1 + np.exp(-(X @ w_carry + b_carry)))
    expected = share * np.tanh(X @ w + b) + (1 - share) * X
    assert_close(layer(T(X)), expected, rtol=1e-5, atol=1e-6)
    assert values(layers.Highway()(T(X))).shape == X.shape
    fresh = layers.Highway(bias=False)
    fresh.build((None, 3))
    assert len(fresh.weights) == 2


def test_maxout():
    layer, (w, b) = _filled(layers.MaxoutDense(4, nb_feature=3, W_regularizer="l2"), X)
    expected = (np.einsum("bi,kio->bko", X, w) + b).max(1)
    assert_close(layer(T(X)), expected, rtol=1e-5, atol=1e-6)
    assert len(layer.losses) == 1


def test_dense_of_steps():
    layer = layers.TimeDistributedDense(4, input_dim=2, input_length=6, init="uniform")
    model = mk.Sequential([layer])
    assert model.output_shape == (None, 6, 4) and isinstance(layer, layers.Dense)


def test_rectifiers():
    found = layers.ThresholdedReLU(theta=0.5)(T(X))
    assert_close(found, np.where(X > 0.5, X, np.float32(0)))
    layer, (alphas, betas) = _filled(layers.ParametricSoftplus(shared_axes=[1]), SERIES)
    assert alphas.shape == (1, 2)
    assert_close(layer(T(SERIES)), alphas * np.log1p(np.exp(betas * SERIES)), rtol=1e-5, atol=1e-6)
    layer, (t_left, a_left, t_right, a_right) = _filled(layers.SReLU(), X)
    right = t_left + np.abs(t_right)
    below, above = t_left + a_left * (X - t_left), right + a_right * (X - right)
    expected = np.where(t_left > X, below, np.where(right < X, above, X))
    assert_close(layer(T(X)), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_locally_connected(data_format):
    is_first = data_format == "channels_first"
    for x, layer in (
        (SERIES, layers.LocallyConnected1D(3, 2, strides=2, data_format=data_format)),
        (IMAGES, layers.LocallyConnected2D(3, (2, 3), data_format=data_format, activation="relu")),
    ):
        given = np.moveaxis(x, -1, 1) if is_first else x
        layer, (kernel, bias) = _filled(layer, given)
        found = values(layer(T(given)))
        found = np.moveaxis(found, 1, -1) if is_first else found
        size, step = layer.kernel_size, layer.strides
        out = found.shape[1:-1]
        for place, at in enumerate(np.ndindex(*out)):
            window = x[(slice(None), *(slice(i * s, i * s + k) for i, s, k in zip(at, step, size)))]
            window = np.moveaxis(window, -1, 1) if is_first else window
            expected = window.reshape(2, -1) @ kernel[place] + bias[at]
            expected = np.maximum(expected, 0) if len(at) == 2 else expected
            assert_close(found[(slice(None), *at)], expected, rtol=1e-4, atol=1e-5)
        symbol = mk.KerasTensor((None, *given.shape[1:]))
        assert layer(symbol).shape[1:] == values(layer(T(given))).shape[1:]
    with pytest.raises(ValueError, match="'valid'"):
        layers.LocallyConnected1D(3, 2, padding="same")
    with pytest.raises(ValueError, match="all sides"):
        layers.LocallyConnected1D(3, 2)(mk.Input((None, 2)))


def test_holes():
    x = T(IMAGES.repeat(2, 1).repeat(2, 2))
    old = layers.AtrousConvolution2D(3, 2, 2, atrous_rate=(2, 2), border_mode="same")
    new = layers.Conv2D(3, 2, dilation_rate=2, padding="same")
    assert new(x).shape == old(x).shape
    new.set_weights(old.get_weights())
    assert_close(old(x), values(new(x)))
    assert layers.AtrousConvolution1D(3, 2, atrous_rate=2)(T(SERIES)).shape == (2, 4, 3)


@pytest.mark.parametrize("name, like", [("CuDNNLSTM", "LSTM"), ("CuDNNGRU", "GRU")])
def test_layers_for_cudnn(name, like):
    with era_scope(1):
        layer = getattr(layers, name)(3, return_sequences=True)
    assert type(layer).__name__ == like and layer.recurrent_activation is mk.activations.sigmoid
    assert getattr(layer, "reset_after", True)
    with pytest.raises(TypeError, match="dropout"):
        getattr(layers, name)(3, dropout=0.5)


PAIR = [RNG.normal(size=(2, 3)).astype("float32") for _ in range(2)]
MERGED = {
    "sum": PAIR[0] + PAIR[1], "mul": PAIR[0] * PAIR[1], "ave": (PAIR[0] + PAIR[1]) / 2,
    "max": np.maximum(*PAIR), "concat": np.concatenate(PAIR, -1),
    "dot": (PAIR[0] * PAIR[1]).sum(1, keepdims=True),
    "cos": ((PAIR[0] * PAIR[1]).sum(1) / np.linalg.norm(PAIR[0], axis=1)
            / np.linalg.norm(PAIR[1], axis=1))[:, None, None],
}  # fmt: skip


@pytest.mark.parametrize("mode", MERGED)
def test_merging(mode):
    axes = {"dot_axes": 1} if mode in ("dot", "cos") else {}
    tensors = [T(x) for x in PAIR]
    assert_close(layers.merge(tensors, mode=mode, **axes), MERGED[mode], rtol=1e-5, atol=1e-6)
    assert_close(layers.Merge(mode=mode, **axes)(tensors), MERGED[mode], rtol=1e-5, atol=1e-6)
    symbols = [mk.Input((3,)), mk.Input((3,))]
    model = mk.Model(symbols, layers.merge(symbols, mode=mode, **axes))
    assert_close(model.predict(PAIR, verbose=0), MERGED[mode], rtol=1e-5, atol=1e-6)


def test_merging_by_a_function():
    found = layers.merge([T(x) for x in PAIR], mode=lambda xs, by: xs[0] - by * xs[1],
                         arguments={"by": 2.0})  # fmt: skip
    assert_close(found, PAIR[0] - 2 * PAIR[1], rtol=1e-5)
    for wrong in ({"mode": "join"}, {"layers": [1]}, {"node_indices": [1]}):
        with pytest.raises(ValueError, match="Merge"):
            layers.Merge(**wrong)


MADE = [
    (lambda: layers.Highway(activation="relu", W_regularizer="l2"), X),
    (lambda: layers.MaxoutDense(2, b_constraint="non_neg"), X),
    (lambda: layers.ThresholdedReLU(0.3), X),
    (lambda: layers.SReLU(shared_axes=[1]), SERIES),
    (lambda: layers.ParametricSoftplus(0.3, 2.0), X),
    (lambda: layers.LocallyConnected1D(2, 3, strides=2, use_bias=False), SERIES),
    (lambda: layers.LocallyConnected2D(2, 3, kernel_regularizer="l1"), IMAGES),
]


@pytest.mark.parametrize("make, x", MADE, ids=range(len(MADE)))
def test_they_train_and_are_saved(make, x, tmp_path):
    model = mk.Sequential([mk.Input(x.shape[1:]), make(), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.concatenate([x] * 8), np.ones((16, 1)), batch_size=4, epochs=2, verbose=0)
    model.save(tmp_path / "m.keras")
    again = mk.models.load_model(tmp_path / "m.keras")
    assert again.layers[0].get_config() == model.layers[0].get_config()
    assert_close(again.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5)


@pytest.mark.parametrize("make, x", MADE[:2] + MADE[4:6], ids=range(4))
def test_slopes(make, x):
    layer = type(make()).from_config({**make().get_config(), "dtype": "float64"})
    check_gradients(layer, x.astype("float64")[:1])


def test_what_layers_answered():
    shared, left, right = layers.Dense(2), mk.Input((3,)), mk.Input((3,))
    outputs = [shared(left), shared(right)]
    assert shared.get_input_at(1) is right and shared.get_output_at(0) is outputs[0]
    assert shared.input_shape == (None, 3) and shared.output_shape == (None, 2)
    assert shared.get_input_shape_at(0) == (None, 3) == shared.get_input_shape_at(1)
    assert shared.get_input_mask_at(0) is None and shared.get_output_mask_at(1) is None
    assert shared.input_mask is None and shared.output_mask is None and shared.updates == []
    assert layers.Dropout(0.5).uses_learning_phase and not layers.Flatten().uses_learning_phase
    layer = layers.Flatten()
    layer(mk.Input((2, 3)))
    layer(mk.Input((2, 4)))
    with pytest.raises(AttributeError, match="calls of different shapes"):
        layer.output_shape  # noqa: B018
    with pytest.raises(ValueError, match="called 2 times"):
        shared.get_output_at(2)
    with pytest.raises(AttributeError, match="never called"):
        layers.Dense(2).input_shape  # noqa: B018
    with pytest.raises(ValueError):
        layers.LSTM(2).assert_input_compatibility(T(X))


def test_a_layer_of_ones_own_as_of_old():
    class Scale(layers.Layer):
        def build(self, input_shape):
            self.factor = self.add_weight("factor", (input_shape[-1],), initializer="one")
            self.count = self.add_weight(
                name="count", shape=(), initializer="zero", trainable=False
            )
            super().build(input_shape)

        def call(self, x):
            self.add_update([(self.count, self.count + 1.0)], x)
            return x * self.factor

        def compute_output_shape(self, input_shape):
            return input_shape

    layer = Scale(input_shape=(3,))
    model = mk.Sequential([layer])
    assert layer.weights[0].name == "factor" and model.output_shape == (None, 3)
    assert_close(layer(T(X)), X)
    assert float(values(layer.count.array)) == 1.0
    assert layer.get_updates_for(None) == [] and layer.get_losses_for(None) == []
