"""keras.remat and RematScope: the same numbers with less memory."""

import tracemalloc

import numpy as np
import pytest

import minikeras as mk
from minikeras import layers as L
from minikeras.backend.program.step import eagerly
from minikeras.backend.xp import ON_GPU
from tests.support import assert_close, values

X = np.random.default_rng(0).normal(size=(8, 6)).astype("float32")
Y = np.random.default_rng(1).normal(size=(8, 1)).astype("float32")


def tensor(x):
    return mk.ops.convert_to_tensor(x)


def gradients(function, *arrays):
    with mk.GradientTape() as tape:
        tensors = [tape.watch(tensor(a)) for a in arrays]
        y = function(*tensors)
    return y, tape.gradient(y, tensors)


def test_gradients_are_those_without_it():
    def f(x, y):
        return mk.ops.sum(mk.ops.tanh(x * y) * mk.ops.exp(x))

    expected, found = gradients(f, X, X + 1), gradients(mk.remat(f), X, X + 1)
    assert_close(found, expected)


def test_tensors_from_around_the_function_have_gradients_too():
    x = tensor(X)
    with mk.GradientTape() as tape:
        around = tape.watch(x)
        y = mk.ops.sum(mk.remat(lambda a: mk.ops.sin(a) * around)(around * 2.0))
    expected = 2 * np.cos(2 * X) * X + np.sin(2 * X)
    assert_close(tape.gradient(y, around), expected)


def test_variables_are_followed_and_second_derivatives_exist():
    v = mk.Variable(X)
    inner = mk.remat(lambda x: mk.ops.sum(mk.ops.sin(v * x)))
    with mk.GradientTape() as outer:
        x = outer.watch(tensor(X))
        with mk.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = inner(x)
        by_v, by_x = tape.gradient(y, v), tape.gradient(y, x)
        total = mk.ops.sum(by_v)
    assert_close(by_v, X * np.cos(X * X))
    assert_close(by_x, X * np.cos(X * X))
    assert_close(outer.gradient(total, x), np.cos(X * X) - X * X * np.sin(X * X), 1e-4)


def test_the_second_run_sees_variables_as_the_first_did():
    count, scale = mk.Variable(0.0, trainable=False), mk.Variable(1.0, trainable=False)
    runs = []

    @mk.remat
    def f(x):
        runs.append(1)
        count.assign_add(1.0)
        scale.assign(scale * 2.0)
        return mk.ops.sum(x * x * scale)

    _, (gradient,) = gradients(f, X)
    assert len(runs) == 2
    assert float(count) == 1.0 and float(scale) == 2.0
    assert_close(gradient, 4 * X)


def test_random_numbers_are_the_same_in_both_runs():
    seeds = mk.random.SeedGenerator(3)
    f = mk.remat(lambda x: x * mk.random.dropout(mk.ops.ones_like(x), 0.5, seed=seeds))
    with mk.GradientTape() as tape:
        x = tape.watch(tensor(X))
        y = f(x)
    gradient = tape.gradient(y, x)
    assert_close(gradient * x, y)


def test_structures_and_plain_results_pass_through():
    f = mk.remat(lambda d, n=1: {"a": d["x"] * n, "n": n, "same": d["x"]})
    with mk.GradientTape() as tape:
        x = tape.watch(tensor(X))
        found = f({"x": x}, n=3)
        total = mk.ops.sum(found["a"]) + mk.ops.sum(found["same"])
    assert found["n"] == 3
    assert_close(tape.gradient(total, x), np.full_like(X, 4.0))


def test_without_a_tape_the_function_runs_as_it_is():
    assert_close(mk.remat(mk.ops.exp)(tensor(X)), np.exp(X))


MODES = {
    "full": {"mode": "full"},
    "activations": {"mode": "activations"},
    "larger_than": {"mode": "larger_than", "output_size_threshold": 50},
    "list_of_layers": {"mode": "list_of_layers", "layer_names": ["wide", "normal"]},
    "none": {"mode": None},
}


def network(mode):
    mk.utils.clear_session()
    mk.utils.set_random_seed(1)
    with mk.RematScope(**mode) if mode else mk.RematScope(mode=None):
        inputs = mk.Input((6,))
        x = L.Dense(32, activation="tanh", name="wide", activity_regularizer="l2")(inputs)
        x = L.BatchNormalization(name="normal")(x)
        x = L.Dropout(0.3, seed=4)(x)
        x = mk.ops.relu(x)
        outputs = L.Dense(1)(x)
    return mk.Model(inputs, outputs)


def trained(mode, eager):
    model = network(mode)
    model.compile(mk.optimizers.Adam(0.01), "mse", run_eagerly=eager)
    losses = [model.train_on_batch(X, Y) for _ in range(5)]
    return model, [np.array(losses), *map(values, model.get_weights())]


@pytest.mark.parametrize("eager", [True, False])
@pytest.mark.parametrize("mode", MODES)
def test_training_is_the_same_in_every_mode(mode, eager):
    _, expected = trained(None, eager)
    model, found = trained(MODES[mode], eager)
    for a, b in zip(found, expected):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)
    if not eager:
        ((_, plan),) = model._steps["train"].plans()
        assert plan.reason is None and plan.replay is not None


def test_losses_added_within_are_minimised_and_counted_once():
    class Block(L.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner = L.ActivityRegularization(l2=0.5)
            self.dense = L.Dense(3, kernel_initializer="ones")

        def call(self, inputs):
            return self.dense(self.inner(inputs))

    found = []
    for mode in ("full", None):
        with mk.RematScope(mode=mode):
            block = Block()
        with mk.GradientTape() as tape:
            x = tape.watch(tensor(X))
            block(x)
            total = mk.ops.sum(block.losses[0])
        gradient = tape.gradient(total, x)
        found.append([values(total), values(gradient), len(block.losses)])
    assert found[0][2] == found[1][2] == 1
    assert_close(found[0][:2], found[1][:2])


def test_flags_and_masks_reach_the_second_run():
    class Block(L.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dropout = L.Dropout(0.5, seed=1)
            self.lstm = L.LSTM(4, seed=2)
            self.supports_masking = True

        def call(self, inputs):
            return self.lstm(self.dropout(inputs))

    sequences = np.random.default_rng(0).integers(1, 9, (4, 5))
    sequences[:, 3:] = 0
    found = []
    for mode in ("full", None):
        mk.utils.clear_session()
        mk.utils.set_random_seed(0)
        with mk.RematScope(mode=mode):
            block = Block()
        embedding = L.Embedding(10, 3, mask_zero=True)
        with mk.GradientTape() as tape:
            y = block(embedding(tensor(sequences)), training=True)
        weights = [*embedding.trainable_weights, *block.trainable_weights]
        found.append([values(y), *values(tape.gradient(y, weights))])
    assert_close(*found)


def chain(mode, depth=12, width=64):
    mk.utils.clear_session()
    mk.utils.set_random_seed(0)

    class Block(L.Layer):
        """Four wide values between a narrow input and a narrow output."""

        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.narrow = L.Dense(width)

        def call(self, inputs):
            x = mk.ops.repeat(inputs, 8, axis=-1)
            x = mk.ops.tanh(mk.ops.sin(mk.ops.exp(x * 0.1)))
            return self.narrow(x)

    with mk.RematScope(mode=mode):
        blocks = [Block() for _ in range(depth)]
    model = mk.Sequential([mk.Input((width,)), *blocks, L.Dense(1)])
    model.compile("sgd", "mse")
    return model


def peak(function):
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(ON_GPU, reason="memory of the host is measured")
@pytest.mark.parametrize("eager", [True, False])
def test_memory_falls(eager):
    x = np.zeros((512, 64), "float32")
    y = np.zeros((512, 1), "float32")
    peaks = []
    for mode in (None, "full"):
        model = chain(mode)
        model.run_eagerly = eager
        for _ in range(3):
            model.train_on_batch(x, y)
        peaks.append(peak(lambda model=model: model.train_on_batch(x, y)))
    assert peaks[1] < (0.4 if eager else 0.6) * peaks[0], peaks


def test_methods_of_layers_and_operations():
    with mk.RematScope():
        layer, operation = L.Dense(2), mk.Operation()
    plain = L.Dense(2)
    assert plain.rematerialized_call(plain.call, tensor(X)) == plain.call
    assert mk.Operation().rematerialized_call(mk.ops.exp, tensor(X)) is mk.ops.exp
    layer.build((None, 6))
    changed = layer.rematerialized_call(layer.call, tensor(X))
    assert changed != layer.call
    assert_close(changed(tensor(X)), layer(tensor(X)))
    assert_close(operation.rematerialized_call(mk.ops.exp, tensor(X))(tensor(X)), np.exp(X))


def test_scopes_nest_and_unknown_modes_are_refused():
    with mk.RematScope(mode="full"):
        with mk.RematScope(mode=None):
            inner = L.Dense(1)
        outer = L.Dense(1)
    assert inner._remat_mode is None and outer._remat_mode.mode == "full"
    with pytest.raises(ValueError, match="mode must be one of"):
        mk.RematScope(mode="some")


def test_a_layer_under_remat_by_itself():
    dense = L.Dense(3, activation="tanh")
    dense.build((None, 6))
    results = []
    for f in (dense, mk.remat(dense)):
        with eagerly(), mk.GradientTape() as tape:
            y = f(tensor(X))
        results.append([y, *tape.gradient(y, dense.trainable_weights)])
    assert_close(*results)
