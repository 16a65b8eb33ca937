"""Activations and taps that kernels find for their blocks; gradients of ReLU that are moved."""

import numpy as np
import pytest

import minikeras as mk
from minikeras import layers as L
from minikeras.backend.xp import ON_GPU
from tests.support import values

pytestmark = pytest.mark.skipif(ON_GPU, reason="on the GPU kernels have no blocks")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 8, 8, 3)).astype("float32")
Y = RNG.normal(size=(24, 1)).astype("float32")


def normalized(x):
    x = L.BatchNormalization()(L.Conv2D(4, 3, padding="same")(x))
    return L.ReLU()(x)


def residual(x):
    first = L.Conv2D(4, 3, padding="same")(x)
    inner = L.BatchNormalization()(L.Conv2D(4, 3, padding="same")(L.ReLU()(first)))
    return L.ReLU()(L.Add()([inner, first]))


def capped(x):
    return L.ReLU(max_value=0.5)(L.BatchNormalization()(L.Conv2D(4, 3)(x)))


def bent(x):
    return L.Activation("tanh")(L.BatchNormalization()(x))


def pooled(x):
    return L.MaxPooling2D(2)(L.Conv2D(4, 3, activation="relu")(x))


def pooled_with_overlaps(x):
    return L.MaxPooling2D(3, strides=2)(L.Conv2D(4, 3, activation="relu")(x))


def used_twice(x):
    x = L.BatchNormalization()(L.Conv2D(4, 3, padding="same")(x))
    return L.Add()([L.ReLU()(x), x])


def normalized_rows(x):
    return L.ReLU()(L.LayerNormalization()(L.Dense(4)(x)))


def subtracted(x):
    y = L.Conv2D(3, 1)(x)
    return L.Subtract()([y, L.BatchNormalization()(x)])


# What stands between, calls attached, gates moved.
CASES = [
    (normalized, 1, 1),
    (residual, 2, 0),
    (capped, 0, 0),  # its gradient looks at what came in
    (bent, 1, 0),
    (pooled, 1, 1),
    (pooled_with_overlaps, 1, 0),
    (used_twice, 0, 0),
    (normalized_rows, 1, 1),
    (subtracted, 1, 0),
]


def trained(part, steps, **arguments):
    mk.utils.clear_session()
    mk.utils.set_random_seed(1)
    inputs = mk.Input(X.shape[1:])
    hidden = L.Conv2D(4, 3, padding="same", activation="tanh")(inputs)
    outputs = L.Dense(1)(L.Flatten()(part(hidden if part is not subtracted else inputs)))
    model = mk.Model(inputs, outputs)
    model.compile("adam", "mse", **arguments)
    logs = [model.train_on_batch(X[i::4], Y[i::4]) for i in range(4) for _ in range(steps)]
    return model, logs, [values(v) for v in model.variables]


def notes_of(model):
    (plan,) = (plan for _, plan in model._steps["train"].plans())
    return " ".join(plan.replay.program.notes)


@pytest.mark.parametrize("part, attached, gates", CASES, ids=[c[0].__name__ for c in CASES])
@pytest.mark.parametrize("in_blocks", [False, True])
def test_replayed_steps_give_the_bits_of_eager_ones(part, attached, gates, in_blocks, monkeypatch):
    if in_blocks:
        from minikeras.backend import pooling, standardization

        monkeypatch.setattr(standardization, "_MANY", 1)
        monkeypatch.setattr(standardization, "_BLOCK_BYTES", 256)
        monkeypatch.setattr(pooling, "_BLOCK_BYTES", 256)
    _, expected_logs, expected = trained(part, 2, run_eagerly=True)
    model, logs, found = trained(part, 2)
    np.testing.assert_array_equal(logs, expected_logs)
    for one, other in zip(found, expected):
        np.testing.assert_array_equal(one, other)
    notes = notes_of(model)
    assert ("attach_calls" in notes, "move_gates" in notes) == (attached > 0, gates > 0)
    if attached:
        assert f"attach_calls: {attached} calls" in notes
    if gates:
        assert f"move_gates: moved {gates} gradients" in notes


def test_what_a_maximum_was_taken_of_is_not_kept_for_its_gradient():
    model, _, _ = trained(pooled, 2)
    (plan,) = (plan for _, plan in model._steps["train"].plans())
    program = plan.replay.program
    (maxima,) = (c for c in program.calls if c.name == "max_pool_with_taps")
    readers = [c.name for c in program.calls if maxima.uses()[0] in c.uses()]
    assert readers == ["max_pool_with_taps"]
