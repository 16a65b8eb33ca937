"""Recurrent layers and wrappers against Keras, with the same weights."""

import json

import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras.testing import check_gradients
from tests import support
from tests.support import assert_close, values

# Keras's variables, converted to NumPy, speak an older protocol than NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

BATCH, TIME, FEATURES, UNITS = 3, 5, 2, 4
random = np.random.default_rng(0)
X = random.normal(size=(BATCH, TIME, FEATURES)).astype("float32")
MASK = np.array([[1, 1, 0, 1, 0], [0, 1, 1, 1, 1], [1, 0, 0, 0, 0]], "bool")
H = random.normal(size=(BATCH, UNITS)).astype("float32")
C = random.normal(size=(BATCH, UNITS)).astype("float32")


NAMES = ("SimpleRNN", "LSTM", "GRU")


def states_of(name):
    return [H, C] if name == "LSTM" else [H]


@pytest.mark.parametrize("name", NAMES)
def test_mixed_precision_is_near_to_full(name):
    make = getattr(mk.layers, name)
    full, mixed = make(UNITS), make(UNITS, dtype="mixed_float16")
    full(X)
    mixed(X)
    mixed.set_weights(full.get_weights())
    assert {w.dtype for w in mixed.weights} == {"float32"}
    found = values(mixed(X))
    assert found.dtype == "float16"
    np.testing.assert_allclose(found, values(full(X)), atol=3e-3)


def compare(make, inputs, call=None, rtol=1e-5, training=False):
    """Compare what ``make(layers)`` gives for both packages, on the same weights."""
    ours, theirs = make(mk.layers), make(keras.layers)
    flags = {**(call or {}), "training": training}
    theirs(inputs, **flags)
    ours(inputs, **flags)
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
    ours.set_weights(theirs.get_weights())
    expected = support._keras_results(theirs, inputs, flags)
    found = support._our_results(ours, inputs, flags)
    # Keras gives some states in lists.
    for mine, other in zip(found[:2], expected[:2]):
        mine, other = mk.tree.flatten(mine), keras.tree.flatten(other)
        assert len(mine) == len(other)
        for a, e in zip(mine, other):
            assert_close(a, np.asarray(e), rtol, 10 * rtol, dtype=False)
    assert same_config(ours, theirs)
    twin = type(ours).from_config(ours.get_config())
    twin(inputs, **flags)
    twin.set_weights(ours.get_weights())
    assert_close(mk.tree.flatten(twin(inputs, **flags)), mk.tree.flatten(ours(inputs, **flags)))
    symbolic = ours(mk.KerasTensor((None, *inputs.shape[1:])))
    for spec, y in zip(mk.tree.flatten(symbolic), mk.tree.flatten(found[0])):
        assert spec.shape == (None, *values(y).shape[1:])
    unknown = ours(mk.KerasTensor((None, None, *inputs.shape[2:])))
    for spec, y in zip(mk.tree.flatten(unknown), mk.tree.flatten(found[0])):
        assert len(spec.shape) == values(y).ndim
    return ours, theirs


def same_config(ours, theirs):
    """Whether two layers have the same configuration, but for names numbered by each package."""

    def strip(config):
        if isinstance(config, dict):
            dropped = ("name", "quantization_config", "build_config")
            return {k: strip(v) for k, v in config.items() if k not in dropped}
        return [strip(v) for v in config] if isinstance(config, list) else config

    found, expected = (
        strip(json.loads(json.dumps(package.saving.serialize_keras_object(layer))))
        for package, layer in ((mk, ours), (keras, theirs))
    )
    assert found == expected
    return True


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("SimpleRNN", {}),
        ("LSTM", {"implementation": 1}),
        ("LSTM", {"implementation": 2}),
        ("GRU", {"implementation": 1, "reset_after": False}),
        ("GRU", {"implementation": 2}),
    ],
)
def test_single_steps_of_cells_like_keras(name, arguments):
    ours, theirs = (
        getattr(p.layers, f"{name}Cell")(UNITS, **arguments, name="cell") for p in (mk, keras)
    )
    states = states_of(name)
    theirs(X[:, 0], states)
    ours(X[:, 0], states)
    ours.set_weights(theirs.get_weights())
    found, expected = ours(X[:, 0], states), theirs(X[:, 0], states)
    assert_close(found, mk.tree.map_structure(np.asarray, expected))
    assert ours.state_size == theirs.state_size
    assert ours.output_size == theirs.output_size
    assert same_config(ours, theirs)
    zeros = [np.asarray(s) for s in theirs.get_initial_state(2)]
    assert_close(ours.get_initial_state(2), zeros)
    if name != "LSTM":  # a state by itself comes back by itself
        output, state = ours(X[:, 0], H)
        assert values(state).shape == (BATCH, UNITS)
        assert_close(output, state)


def patterns(seed):
    """Dropout patterns in a fixed order, in place of drawn ones."""
    rng = np.random.default_rng(seed)

    def drawn(self, step_input, rate):
        def one():
            return (rng.random(tuple(step_input.shape)) > rate).astype("float32") / (1 - rate)

        count = getattr(self, "dropout_mask_count", None)
        return one() if count is None else [one() for _ in range(count)]

    return drawn


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("SimpleRNN", {"dropout": 0.4}),
        ("SimpleRNN", {"dropout": 0.4, "recurrent_dropout": 0.3}),
        ("LSTM", {"dropout": 0.4}),
        # Keras fails where its fused way meets a pattern for each gate.
        ("LSTM", {"dropout": 0.4, "implementation": 1, "use_cudnn": False}),
        ("LSTM", {"recurrent_dropout": 0.4, "dropout": 0.2}),
        ("GRU", {"dropout": 0.4}),
        ("GRU", {"dropout": 0.4, "implementation": 1, "use_cudnn": False}),
        ("GRU", {"recurrent_dropout": 0.4, "dropout": 0.2}),
        ("GRU", {"recurrent_dropout": 0.4, "reset_after": False}),
    ],
)
def test_dropout_like_keras_with_the_same_patterns(name, arguments, monkeypatch):
    ours, theirs = (
        getattr(p.layers, name)(UNITS, return_sequences=True, **arguments) for p in (mk, keras)
    )
    theirs(X)
    ours(X)
    ours.set_weights(theirs.get_weights())
    monkeypatch.setattr(type(theirs.cell), "_create_dropout_mask", patterns(3))

    drawn = patterns(3)

    def convert(self, step_input, rate):
        found = drawn(self, step_input, rate)
        return mk.tree.map_structure(mk.ops.convert_to_tensor, found)

    monkeypatch.setattr(type(ours.cell), "_drawn", convert)
    dropped = theirs(X, training=True)
    assert_close(ours(X, training=True), np.asarray(dropped))
    kept = ours(X, training=False)
    assert_close(kept, np.asarray(theirs(X, training=False)))
    assert not np.allclose(values(kept), np.asarray(dropped))


@pytest.mark.parametrize("name", NAMES)
def test_dropout_is_drawn_anew_for_each_call(name):
    arguments = {"dropout": 0.5, "recurrent_dropout": 0.5, "seed": 7}
    layers = [getattr(mk.layers, name)(16, **arguments) for _ in range(2)]
    x = np.ones((2, 3, 8), "float32")
    for layer in layers:
        layer(x)
    layers[1].set_weights(layers[0].get_weights())
    first, second = (values(layers[0](x, training=True)) for _ in range(2))
    assert not np.allclose(first, second)
    assert_close(layers[1](x, training=True), first)
    assert layers[0].cell._dropout_mask is None
    if name != "SimpleRNN":
        assert layers[0].get_config()["seed"] == 7


@pytest.mark.parametrize(
    ("make", "flags"),
    [
        (lambda L: L.LSTM(UNITS, stateful=True, return_state=True), {}),
        (lambda L: L.GRU(UNITS, stateful=True, return_sequences=True), {"mask": MASK}),
        (lambda L: L.SimpleRNN(UNITS, stateful=True, recurrent_dropout=0.3), {}),
        (lambda L: L.Bidirectional(L.LSTM(UNITS, stateful=True)), {}),
    ],
)
def test_stateful_like_keras(make, flags):
    ours, theirs = make(mk.layers), make(keras.layers)
    batches = [X, 2 * X, -X]
    ours(X, **flags)
    theirs(X, **flags)
    ours.set_weights(theirs.get_weights())
    assert not any("rnn_state" in w.name for w in ours.variables)
    for one in (ours, theirs):
        one.reset_states()
    outputs = [[layer(x, **flags) for x in batches] for layer in (ours, theirs)]
    for found, expected in zip(*outputs):
        for a, e in zip(mk.tree.flatten(found), keras.tree.flatten(expected)):
            assert_close(a, np.asarray(e))
    assert_close(list(ours.states), [np.asarray(s.value) for s in theirs.states])
    ours.reset_state()
    assert not any(values(s).any() for s in ours.states)
    again = ours(X, **flags)
    assert_close(mk.tree.flatten(again)[0], mk.tree.flatten(outputs[0][0])[0])
    with pytest.raises(ValueError, match="batch of 2"):
        ours(X[:2])


def test_stateful_needs_a_batch_size():
    with pytest.raises(ValueError, match="batch size must be known"):
        mk.layers.LSTM(2, stateful=True)(mk.Input((3, 2)))
    with pytest.raises(AttributeError, match="stateful=True"):
        mk.layers.Bidirectional(mk.layers.LSTM(2)).reset_state()
    inputs = mk.Input(batch_shape=(2, 3, 2))
    assert mk.layers.LSTM(2, stateful=True)(inputs).shape == (2, 2)


def test_names_within_bidirectional():
    layer = mk.layers.Bidirectional(mk.layers.LSTM(2, name="one"), name="both")
    layer(X)
    assert [w.path for w in layer.weights][::3] == [
        "both/forward_one/lstm_cell/kernel",
        "both/backward_one/lstm_cell/kernel",
    ]


def test_bidirectional_initial_states_and_weights():
    start = [H, C, 2 * H, -C]
    compare(
        lambda L: L.Bidirectional(L.LSTM(UNITS, return_state=True)), X, {"initial_state": start}
    )
    first = mk.layers.Bidirectional(mk.layers.GRU(UNITS))
    first(X)
    second = mk.layers.Bidirectional(mk.layers.GRU(UNITS), weights=first.get_weights())
    assert_close(second(X), first(X))
    assert "weights" not in second.get_config()


def test_bidirectional_refuses():
    layers = mk.layers
    for arguments in (
        {"layer": "lstm"},
        {"layer": layers.LSTM(2), "merge_mode": "max"},
        {"layer": layers.LSTM(2), "backward_layer": layers.LSTM(2)},
        {
            "layer": layers.LSTM(2, return_state=True),
            "backward_layer": layers.LSTM(2, go_backwards=True),
        },
    ):
        with pytest.raises(ValueError, match="Bidirectional"):
            layers.Bidirectional(**arguments)


def test_time_distributed_masks_like_keras():
    inputs = random.normal(size=(3, 4, 5, 2)).astype("float32")
    mask = random.random((3, 4, 5)) > 0.4
    mask[..., 0] = True
    ours, theirs = (p.layers.TimeDistributed(p.layers.LSTM(3)) for p in (mk, keras))
    theirs(inputs)
    ours(inputs)
    ours.set_weights(theirs.get_weights())
    found = ours(inputs, mask=mk.ops.convert_to_tensor(mask))
    assert_close(found, np.asarray(theirs(inputs, mask=keras.ops.convert_to_tensor(mask))))
    with pytest.raises(ValueError, match="mask must begin"):
        ours(inputs, mask=mk.ops.convert_to_tensor(mask[:, :2]))
    with pytest.raises(ValueError, match="at least 3 axes"):
        mk.layers.TimeDistributed(mk.layers.Dense(2))(X[:, 0])
    with pytest.raises(ValueError, match="wraps one Keras layer"):
        mk.layers.TimeDistributed("dense")


@pytest.mark.parametrize("return_sequences", [False, True])
def test_masks_travel_through_models(return_sequences):
    tokens = np.array([[3, 1, 2, 0, 0], [4, 0, 0, 0, 0]], "int32")
    models = []
    for package in (mk, keras):
        layers = package.layers
        models.append(
            package.Sequential(
                [
                    layers.Embedding(5, 3, mask_zero=True),
                    layers.LSTM(4, return_sequences=True),
                    layers.Bidirectional(layers.GRU(3, return_sequences=return_sequences)),
                    layers.TimeDistributed(layers.Dense(2))
                    if return_sequences
                    else layers.Dense(2),
                ]
            )
        )
        models[-1](tokens)
    models[0].set_weights(models[1].get_weights())
    assert_close(models[0](tokens), np.asarray(models[1](tokens)))


def test_compute_mask():
    layer = mk.layers.LSTM(2, return_sequences=True, return_state=True)
    assert layer.compute_mask(None, MASK) == [MASK, None, None] or (
        layer.compute_mask(None, MASK)[0] is MASK
    )
    assert mk.layers.LSTM(2).compute_mask(None, MASK) is None
    both = mk.layers.Bidirectional(mk.layers.GRU(2, return_sequences=True), merge_mode=None)
    assert [m is MASK for m in both.compute_mask(None, MASK)] == [True, True]


def test_own_cells():
    def cell_of(package):
        class Cell(package.layers.Layer):
            """Running sums, and their squares as outputs of another size."""

            def __init__(self, units, **kwargs):
                super().__init__(**kwargs)
                self.state_size = units
                self.output_size = 2 * units

            def build(self, input_shape):
                self.kernel = self.add_weight(
                    shape=(input_shape[-1], self.state_size), name="kernel"
                )

            def call(self, inputs, states):
                total = states[0] + package.ops.matmul(inputs, self.kernel)
                output = package.ops.concatenate([total, total**2], axis=-1)
                return output, [total]

            def get_config(self):
                return {**super().get_config(), "units": self.state_size}

        return Cell

    cells = [cell_of(mk), cell_of(keras)]
    ours, theirs = (
        p.layers.RNN(cell(3), return_sequences=True, return_state=True)
        for p, cell in zip((mk, keras), cells)
    )
    theirs(X)
    ours(X)
    ours.set_weights(theirs.get_weights())
    assert_close(list(ours(X)), [np.asarray(y) for y in theirs(X)])
    with mk.saving.custom_object_scope({"Cell": cells[0]}):
        again = mk.layers.RNN.from_config(ours.get_config())
    assert again.cell.state_size == 3
    shapes = [y.shape for y in ours(mk.KerasTensor((None, None, FEATURES)))]
    assert shapes == [(None, None, 6), (None, 3)]
    # Masked steps repeat the output before; there is none before the first.
    masked = values(ours(X, mask=mk.ops.convert_to_tensor(MASK))[0])
    assert not masked[1, 0].any()
    assert_close(masked[0, 2], masked[0, 1])


def test_a_cell_that_is_no_layer():
    class Cell:
        state_size = [2]

        def call(self, inputs, states):
            return inputs + states[0], [inputs]

    layer = mk.layers.RNN(Cell(), return_sequences=True)
    found = values(layer(X))
    np.testing.assert_allclose(found[:, 1:], X[:, 1:] + X[:, :-1], rtol=1e-6)


def test_subclasses_of_cells_are_called_step_by_step():
    class Doubled(mk.layers.LSTMCell):
        def call(self, inputs, states, training=False):
            output, states = super().call(inputs, states, training)
            return 2 * output, states

    plain, doubled = mk.layers.RNN(mk.layers.LSTMCell(4)), mk.layers.RNN(Doubled(4))
    plain(X)
    doubled(X)
    doubled.set_weights(plain.get_weights())
    assert_close(doubled(X), 2 * values(plain(X)))


def test_refusals():
    layers = mk.layers
    for units in (0, -1, 2.5, "4"):
        with pytest.raises(ValueError, match="units"):
            layers.LSTM(units)
    with pytest.raises(ValueError, match="use_cudnn"):
        layers.GRU(2, use_cudnn="yes")
    with pytest.raises(ValueError, match="use_cudnn=True"):
        layers.GRU(2, use_cudnn=True, activation="relu")(X)
    assert values(layers.GRU(2, use_cudnn=True)(X)).shape == (BATCH, 2)
    with pytest.raises(ValueError, match="state_size"):
        layers.RNN(layers.Dense(2))
    with pytest.raises(ValueError, match="state_size"):
        layers.StackedRNNCells([layers.LSTMCell(2), "cell"])
    with pytest.raises(ValueError, match="at least one time step"):
        layers.LSTM(2)(X[:, :0])
    with pytest.raises(ValueError, match="expected ndim=3"):
        layers.LSTM(2)(X[:, 0])


def test_second_derivatives():
    layer = mk.layers.LSTM(3, return_sequences=True, dtype="float64")

    def total(x):
        return mk.ops.sum(mk.ops.square(layer(x)))

    check_gradients(total, X[:1, :3].astype("float64"))


def test_training_reaches_what_keras_reaches():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(32, 6, 2)).astype("float32")
    y = x.sum(axis=(1, 2), keepdims=False)[:, None]
    histories, weights = [], None
    for package in (keras, mk):
        layers = package.layers
        model = package.Sequential(
            [layers.LSTM(5, return_sequences=True), layers.GRU(4), layers.Dense(1)]
        )
        model(x)
        if weights is None:
            weights = model.get_weights()
        model.set_weights(weights)
        model.compile(package.optimizers.Adam(0.02), "mse")
        history = model.fit(x, y, epochs=5, batch_size=8, shuffle=False, verbose=0)
        histories.append(history.history["loss"])
    np.testing.assert_allclose(*histories, rtol=1e-4)
