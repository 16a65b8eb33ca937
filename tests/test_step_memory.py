"""What a replayed step lets go early or writes over, and that its results stay the same bits."""

import numpy as np
import pytest

import minikeras as mk
from minikeras.backend import lockstep
from minikeras.backend.program.step import eagerly
from minikeras.backend.xp import ON_GPU
from tests.support import values

pytestmark = pytest.mark.skipif(ON_GPU, reason="on the GPU nothing is written over")

STEPS, BATCH = 7, 6
L = mk.layers

RECURRENT = {
    "gru": lambda: L.GRU(3),
    "gru both ways": lambda: L.Bidirectional(L.GRU(3, return_sequences=True)),
    "gru that resets before": lambda: L.GRU(3, reset_after=False),
    "lstm": lambda: L.LSTM(3, return_sequences=True),
    "lstm both ways": lambda: L.Bidirectional(L.LSTM(3)),
    "lstm with dropouts": lambda: L.LSTM(3, dropout=0.3, recurrent_dropout=0.3),
    "lstm without bias": lambda: L.LSTM(3, use_bias=False, stateful=True),
}


@pytest.fixture
def in_chunks(monkeypatch):
    """Recurrences go back in chunks of three, three steps and one."""
    monkeypatch.setattr(lockstep, "_CHUNK_BEHIND", 1)
    monkeypatch.setattr(lockstep, "_MOST_CHUNKS", 3)


def trained(recurrent, is_masked):
    mk.utils.set_random_seed(1)
    inputs = mk.Input((STEPS,), batch_size=BATCH)
    x = recurrent()(L.Embedding(20, 5, mask_zero=is_masked)(inputs))
    x = x if len(x.shape) == 2 else L.GlobalAveragePooling1D()(x)
    model = mk.Model(inputs, L.Dense(1)(x))
    model.compile("adam", "mse")
    random = np.random.default_rng(2)
    words, targets = random.integers(0, 20, (BATCH, STEPS)), random.random((BATCH, 1))
    losses = [model.train_on_batch(words, targets) for _ in range(5)]
    return model, losses, values(model.weights)


@pytest.mark.parametrize("is_masked", [False, True])
@pytest.mark.parametrize("kind", RECURRENT)
def test_gradients_of_gates_are_written_over_the_gates(kind, is_masked, in_chunks):
    with eagerly():
        _, expected_losses, expected = trained(RECURRENT[kind], is_masked)
    model, losses, found = trained(RECURRENT[kind], is_masked)
    np.testing.assert_array_equal(losses, expected_losses)
    for one, other in zip(found, expected):
        np.testing.assert_array_equal(one, other)
    (plan,) = (plan for _, plan in model._steps["train"].plans())
    assert plan.replay.source.count("is_last=True") == 1


def test_gates_that_are_read_again_are_left_as_they_are(in_chunks):
    layer = L.LSTM(3, return_sequences=True)
    x = mk.random.normal((BATCH, STEPS, 4), seed=1)
    layer(x)

    def gradients(x):
        with mk.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = layer(x)
            first, second = mk.ops.sum(y), mk.ops.sum(y * y)
        return tape.gradient(first, x), tape.gradient(second, x)

    expected = values(gradients(x))
    replayed = mk.function(gradients)
    found = values([replayed(x) for _ in range(4)][-1])
    assert "replayed" in replayed.explain()
    for one, other in zip(found, expected):
        np.testing.assert_array_equal(one, other)


def test_gates_that_leave_the_program_are_left_as_they_are(in_chunks):
    from minikeras.backend.program.program import Call, Program, Ref
    from minikeras.backend.program.reuse import of_dying_memory
    from minikeras.backend.recurrence import gru, gru_gradient

    trait = ((2, 2), np.dtype("float32"), True)
    forward = Call(gru, (Ref(0),), {}, (None, 1, 2, 3), True, None)
    backward = Call(gru_gradient, (Ref(1), Ref(2), Ref(3)), {}, (4,), True, None)
    program = Program([forward, backward], [0], [], [], [Ref(4)], [trait] * 5)
    assert of_dying_memory(program) == [1]
    program.results = [Ref(4), Ref(3)]
    assert of_dying_memory(program) == []
    foreign = Program([backward], [1, 2, 3], [], [], [Ref(4)], [trait] * 5)
    assert of_dying_memory(foreign) == []


def test_a_variable_is_updated_behind_the_gate_that_lets_an_output_go():
    layers = [L.Dense(500, activation="relu"), L.Dense(400, activation="relu"), L.Dense(1)]
    model = mk.Sequential([mk.Input((400,)), *layers])
    model.compile("adam", "mse")
    for _ in range(3):
        model.train_on_batch(mk.ops.ones((4, 400)), mk.ops.ones((4, 1)))
    (plan,) = (plan for _, plan in model._steps["train"].plans())
    names = [call.name for call in plan.replay.program.calls]
    places = {name: [i for i, n in enumerate(names) if n == name] for name in names}
    gate, last_gradient = places["greater"][-1], places["matmul"][-1]
    first, second = places["chain"]
    assert names[gate + 1] == "multiply"
    assert gate < first < last_gradient < second
