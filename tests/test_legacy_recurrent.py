"""Recurrent layers as in Keras 1 and 2: constants, states, steps, bases for layers of one's own."""

import warnings

import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy import era_scope
from tests.support import assert_close, values

K, layers = mk.backend, mk.layers
RNG = np.random.default_rng(0)
T = mk.ops.convert_to_tensor
X = RNG.normal(size=(2, 5, 3)).astype("float32")
C = RNG.normal(size=(2, 4)).astype("float32")
IMAGES = RNG.normal(size=(2, 3, 6, 5, 2)).astype("float32")


@pytest.fixture(autouse=True)
def _old_spellings_are_no_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


class WithConstant(layers.Layer):
    """A cell of Keras 2 whose products include a constant."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, input_shape):
        (x, constant) = input_shape
        self.kernel = self.add_weight("kernel", (x[-1], self.units), initializer="uniform")
        self.of_constant = self.add_weight("constant", (constant[-1], self.units),
                                           initializer="uniform")  # fmt: skip
        self.built = True

    def call(self, inputs, states, constants):
        (constant,) = constants
        found = K.dot(inputs, self.kernel) + K.dot(constant, self.of_constant) + states[0]
        return found, [found]


def _sums(cell, x, state=0.0):
    kernel, of_constant = values(cell.kernel.value), values(cell.of_constant.value)
    return np.cumsum(x @ kernel + (C @ of_constant)[:, None], axis=1) + state


def test_constants():
    layer = layers.RNN(WithConstant(4), return_sequences=True)
    found = layer(T(X), constants=T(C))
    assert_close(found, _sums(layer.cell, X).astype("float32"), rtol=1e-4, atol=1e-5)
    start = np.ones((2, 4), "float32")
    by_list = layer([T(X), T(start), T(C)])
    assert_close(by_list, _sums(layer.cell, X, 1.0).astype("float32"), rtol=1e-4, atol=1e-5)
    by_name = layer(inputs=T(X), initial_state=[T(start)], constants=[T(C)])
    assert_close(by_name, values(by_list))


def test_the_number_of_constants_is_kept():
    layer = layers.RNN(WithConstant(4))
    expected = layer(T(X), constants=T(C))
    with mk.saving.custom_object_scope({"WithConstant": WithConstant}):
        again = layers.RNN.from_config(layer.get_config())
        both = layers.Bidirectional.from_config(layers.Bidirectional(layer).get_config())
    assert again([T(X), T(C)]).shape == (2, 4)
    again.set_weights(layer.get_weights())
    assert_close(again([T(X), T(C)]), values(expected))
    assert both.layer is both.forward_layer and "num_constants" not in layers.LSTM(2).get_config()
    assert layers.Dense(2).compute_mask(T(X)) is None


def test_constants_in_graphs():
    x, c = mk.Input((5, 3)), mk.Input((4,))
    layer = layers.RNN(WithConstant(4))
    model = mk.Model([x, c], layer(x, constants=c))
    found = model.predict([X, C], verbose=0)
    assert_close(found, _sums(layer.cell, X)[:, -1].astype("float32"), rtol=1e-4, atol=1e-5)
    model.compile("sgd", "mse")
    before = values(layer.cell.of_constant.value)
    model.fit([X, C], C, verbose=0)
    assert np.abs(values(layer.cell.of_constant.value) - before).max() > 1e-5


def test_constants_in_both_directions():
    with mk.saving.custom_object_scope({"WithConstant": WithConstant}):
        layer = layers.Bidirectional(layers.RNN(WithConstant(4)), merge_mode=None)
    forward, backward = layer(T(X), constants=T(C))
    expected = _sums(layer.forward_layer.cell, X)[:, -1]
    assert_close(forward, expected.astype("float32"), rtol=1e-4, atol=1e-5)
    expected = _sums(layer.backward_layer.cell, X[:, ::-1])[:, -1]
    assert_close(backward, expected.astype("float32"), rtol=1e-4, atol=1e-5)


def test_states_in_a_list_of_inputs():
    layer = layers.LSTM(4)
    expected = layer(T(X), initial_state=[T(C), T(2 * C)])
    assert_close(layer([T(X), T(C), T(2 * C)]), values(expected))
    x, h, c = mk.Input((5, 3)), mk.Input((4,)), mk.Input((4,))
    model = mk.Model([x, h, c], layer([x, h, c]))
    assert_close(model.predict([X, C, 2 * C], verbose=0), values(expected), atol=1e-6)


def test_setting_states():
    layer = layers.GRU(4, stateful=True, batch_input_shape=(2, 5, 3))
    mk.Sequential([layer])
    layer.reset_states(states=C)
    assert_close(layer.states[0].value, C)
    expected = layers.GRU.from_config({**layer.get_config(), "stateful": False})
    expected(T(X))
    expected.set_weights(layer.get_weights())
    assert_close(layer(T(X)), values(expected(T(X), initial_state=T(C))), atol=1e-6)
    layer.reset_states()
    assert not values(layer.states[0].value).any()
    for wrong, message in (([C, C], "has 1 states"), ([C[:1]], "has the shape")):
        with pytest.raises(ValueError, match=message):
            layer.reset_states(wrong)
    with pytest.raises(AttributeError, match="stateful=True"):
        layers.GRU(4).reset_states([C])


def test_initial_states_by_inputs():
    layer = layers.LSTM(4)
    assert [s.shape for s in layer.get_initial_state(T(X))] == [(2, 4)] * 2
    assert [s.shape for s in layer.get_initial_state(inputs=T(X))] == [(2, 4)] * 2
    assert [s.shape for s in layer.get_initial_state(3)] == [(3, 4)] * 2
    symbolic = layer.get_initial_states(mk.Input((5, 3)))
    assert [s.shape for s in symbolic] == [(None, 4)] * 2


@pytest.mark.parametrize("name", ["SimpleRNN", "GRU", "LSTM", "ConvLSTM2D"])
@pytest.mark.parametrize("era", [1, 2])
def test_steps_one_by_one(name, era):
    with era_scope(era):
        if name == "ConvLSTM2D":
            layer = layers.ConvLSTM2D(2, 3, 3) if era == 1 else layers.ConvLSTM2D(2, 3)
        else:
            layer = getattr(layers, name)(4)
        x = T(IMAGES if name == "ConvLSTM2D" else X)
        whole = layer(x)
        inputs = layer.preprocess_input(x)
        last, outputs, states = K.rnn(
            layer.step, inputs, layer.get_initial_states(x), constants=layer.get_constants(x)
        )
    assert_close(last, values(whole), rtol=1e-4, atol=1e-5)
    assert outputs.shape[:2] == x.shape[:2] and len(states) == len(layer.get_initial_state(x))


def test_convolutions_of_a_step():
    layer = layers.ConvLSTM2D(2, 3)
    layer(T(IMAGES))
    kernel, _, bias = layer.cell.kernel, layer.cell.recurrent_kernel, layer.cell.bias
    found = layer.conv_step(T(IMAGES[:, 0]), kernel, bias)
    expected = mk.ops.conv(T(IMAGES[:, 0]), kernel.value) + bias.value
    assert_close(found, values(expected), atol=1e-5)
    hidden = layer.conv_step_hidden(T(IMAGES[:, 0]), kernel, "same")
    assert_close(hidden, values(mk.ops.conv(T(IMAGES[:, 0]), kernel.value, padding="same")),
                 atol=1e-5)  # fmt: skip


def test_a_cell_for_images():
    cell = layers.ConvLSTM2DCell(4, (2, 3), padding="same", recurrent_activation="sigmoid")
    layer = layers.convolutional_recurrent.ConvRNN2D(cell, return_sequences=True)
    known = layers.ConvLSTM2D(4, (2, 3), padding="same", return_sequences=True)
    found, expected = layer(T(IMAGES)), known(T(IMAGES))
    assert found.shape == expected.shape
    layer.set_weights(known.get_weights())
    assert_close(layer(T(IMAGES)), values(known(T(IMAGES))), rtol=1e-4, atol=1e-5)
    assert_close(cell.kernel_f, values(cell.kernel.value)[..., 4:8])
    assert_close(cell.recurrent_kernel_o, values(cell.recurrent_kernel.value)[..., 12:])
    assert values(cell.bias_f).tolist() == [1.0] * 4 and not values(cell.bias_i).any()
    moved = cell.input_conv(T(IMAGES[:, 0]), cell.kernel_i, cell.bias_f, padding="same")
    plain = cell.input_conv(T(IMAGES[:, 0]), cell.kernel_i, padding="same")
    assert_close(moved, values(plain) + 1, atol=1e-6)
    assert cell.recurrent_conv(moved, cell.recurrent_kernel_i).shape == moved.shape
    again = type(layer).from_config(layer.get_config())
    assert again.cell.get_config() == cell.get_config()
    for wrong in (lambda: type(layer)(cell, unroll=True), lambda: type(layer)([cell, cell])):
        with pytest.raises(TypeError, match=r"unrolled|one cell"):
            wrong()


class Decaying(layers.Recurrent):
    """A recurrent layer as one wrote it for Keras 1: an average that forgets."""

    def __init__(self, output_dim, **kwargs):
        self.output_dim = output_dim
        super().__init__(**kwargs)

    def build(self, input_shape):
        self.W = self.add_weight((input_shape[2], self.output_dim), initializer="uniform", name="W")
        self.states = [None]
        self.built = True

    def get_constants(self, x):
        return [K.cast_to_floatx(np.float32(0.5))]

    def preprocess_input(self, x):
        return K.dot(x, self.W)

    def step(self, x, states):
        before, part = states
        found = part * before + x
        return found, [found]


def _decayed(kernel, x, state=0.0):
    found = []
    for t in range(x.shape[1]):
        state = 0.5 * state + x[:, t] @ kernel
        found.append(state)
    return np.stack(found, 1).astype("float32")


@pytest.mark.parametrize("era", [1, 2, 3])
def test_recurrent_layers_of_ones_own(era):
    with era_scope(era):
        layer = Decaying(4, return_sequences=True, input_dim=3, input_length=5)
        model = mk.Sequential([layer])
        found = model.predict(X, verbose=0)
    expected = _decayed(values(layer.W.value), X)
    assert_close(found, expected, rtol=1e-4, atol=1e-5)
    assert model.output_shape == (None, 5, 4)
    last = Decaying(4, go_backwards=True)
    last(T(X))
    last.set_weights(layer.get_weights())
    backwards = _decayed(values(layer.W.value), X[:, ::-1])[:, -1]
    assert_close(last(T(X)), backwards, rtol=1e-4, atol=1e-5)
    assert layer.get_config()["return_sequences"] is True
    begun = layer(T(X), initial_state=T(C))
    assert_close(begun, _decayed(values(layer.W.value), X, C), rtol=1e-4, atol=1e-5)
    assert_close(layer([T(X), T(C)]), values(begun))
    model.compile("sgd", "mse")
    model.fit(X, expected + 1, verbose=0)
    assert np.abs(values(layer.W.value)).max() > 0


def test_masks_and_states_of_such_layers():
    layer = Decaying(4, return_sequences=True, return_state=True)
    mask = np.array([[1, 1, 0, 0, 0], [1, 1, 1, 1, 1]], "bool")
    outputs, state = layer(T(X), mask=T(mask))
    expected = _decayed(values(layer.W.value), X)
    assert_close(outputs[1], expected[1], rtol=1e-4, atol=1e-5)
    assert_close(outputs[0, 1:], np.repeat(expected[0, 1:2], 4, 0), rtol=1e-4, atol=1e-5)
    assert_close(state[1], expected[1, -1], rtol=1e-4, atol=1e-5)
    kept = Decaying(4, stateful=True)
    kept(T(X))
    kept.set_weights(layer.get_weights()[:1] + kept.get_weights()[1:])
    kept.reset_states()
    kept(T(X))
    assert_close(kept(T(X)), _decayed(values(layer.W.value), np.concatenate([X, X], 1))[:, -1],
                 rtol=1e-4, atol=1e-5)  # fmt: skip
    kept.reset_states()
    assert_close(kept(T(X)), expected[:, -1], rtol=1e-4, atol=1e-5)
    with pytest.raises(AttributeError, match="stateful=True"):
        layer.reset_states()


def test_orders_of_arguments():
    with era_scope(1):
        first = layers.Recurrent(None, True, True, False, True, "gpu", 3, 5)
    assert (first.return_sequences, first.unroll, first.implementation) == (True, True, 2)
    with era_scope(2):
        second = layers.Recurrent(True, True, False, False, False, 1)
    assert (second.return_state, second.go_backwards, second.implementation) == (True, False, 1)
    with pytest.raises(TypeError, match="no method step"):
        second.step(T(X[:, 0]), [])
    assert layers.SimpleRNN(4, implementation=1).units == 4
    assert layers.SimpleRNN(output_dim=4, consume_less="gpu").units == 4
    assert layers.LSTM(4, implementation=1).cell.implementation == 1
    assert layers.GRU(output_dim=4, consume_less="mem").cell.implementation == 1


class Blurred(layers.ConvRecurrent2D):
    def build(self, input_shape):
        channels = input_shape[-1 if self.data_format == "channels_last" else 2]
        self.kernel = self.add_weight("kernel", (*self.kernel_size, channels, self.filters))

    def step(self, x, states):
        found = K.conv2d(x, self.kernel, padding=self.padding, data_format=self.data_format)
        return found + states[0], [found + states[0]]


@pytest.mark.parametrize("era", [1, 2])
def test_convolutions_of_ones_own(era):
    with era_scope(era):
        if era == 1:
            layer = Blurred(nb_row=3, nb_col=2, nb_filter=4, dim_ordering="tf")
        else:
            layer = Blurred(4, (3, 2), data_format="channels_last")
        found = layer(T(IMAGES))
    single = mk.ops.conv(T(IMAGES.reshape(6, 6, 5, 2)), layer.kernel.value)
    expected = values(single).reshape(2, 3, 4, 4, 4).sum(1)
    assert_close(found, expected, rtol=1e-4, atol=1e-5)
    assert layer.compute_output_shape((None, 3, 6, 5, 2)) == (None, 4, 4, 4)
    config = layer.get_config()
    assert config["kernel_size"] == (3, 2) and config["filters"] == 4
    first = Blurred(4, 3, data_format="channels_first")
    assert first(T(np.moveaxis(IMAGES, -1, 2))).shape == (2, 4, 4, 3)


def test_arguments_by_old_names():
    layer = layers.Bidirectional(layers.SimpleRNN(4, return_sequences=True))
    mask = T(np.ones((2, 5), "bool"))
    assert layer.compute_mask(inputs=T(X), mask=mask) is not None
    assert layer.compute_mask(input=T(X), mask=mask) is not None
    assert layer.compute_output_shape(input_shape=(2, 5, 3)) == (2, 5, 8)
    assert layer(inputs=T(X)).shape == (2, 5, 8)
    cell = layers.SimpleRNNCell(4)
    output, _ = cell(T(X[:, 0]), [T(C)])
    again, _ = cell.call(inputs=T(X[:, 0]), states=[T(C)])
    assert_close(again, values(output))
