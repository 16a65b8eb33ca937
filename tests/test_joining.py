"""Updates of small variables made as one: the same bits, whoever holds or sets the variables."""

import numpy as np
import pytest

import minikeras as mk
from minikeras import layers as L
from minikeras.backend.program.joining import Kernel
from tests.support import values

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 5)).astype("float32")
Y = RNG.integers(0, 3, 12)


def model_of(optimizer, depth=3, **arguments):
    mk.utils.clear_session()
    mk.utils.set_random_seed(1)
    layers = [L.Dense(4 + i % 2, activation="tanh") for i in range(depth)]
    model = mk.Sequential([mk.Input((5,)), *layers, L.BatchNormalization(), L.Dense(3)])
    loss = mk.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer(), loss, **arguments)
    return model


def state(model):
    return [values(v.value) for v in (*model.variables, *model.optimizer.variables)]


def joined_calls(model):
    calls = [
        call
        for _, plan in model._steps["train"].plans()
        if plan.replay
        for call in plan.replay.program.calls
    ]
    return [call for call in calls if type(getattr(call, "primitive", None)) is Kernel]


def assert_same_bits(first, second):
    assert len(first) == len(second)
    for a, b in zip(first, second):
        np.testing.assert_array_equal(a, b)


def in_turn(optimizer, change=lambda model, step: None, batches=((0, 12),)):
    """What eager and replayed steps make of the same model, which ``change`` may alter."""
    found = []
    for arguments in ({"run_eagerly": True}, {}):
        model = model_of(optimizer, **arguments)
        for step in range(8):
            start, stop = batches[step % len(batches)]
            model.train_on_batch(X[start:stop], Y[start:stop])
            change(model, step)
        found.append(state(model))
    assert_same_bits(*found)
    return model


@pytest.mark.parametrize(
    "optimizer", [mk.optimizers.Adam, mk.optimizers.RMSprop, mk.optimizers.Lion, mk.optimizers.SGD]
)
def test_joined_updates_give_the_bits_of_eager_steps(optimizer):
    model = in_turn(optimizer)
    assert joined_calls(model)
    ((_, plan),) = model._steps["train"].plans()
    assert any("join_updates" in note for note in plan.replay.program.notes)


def test_variables_may_be_set_between_steps():
    def change(model, step):
        if step % 3 == 2:
            model.layers[1].bias.assign(np.full(5, 0.5, "float32"))
            model.optimizer.variables[2].assign(values(model.optimizer.variables[2]) * 0.5)

    in_turn(mk.optimizers.Adam, change)


def test_programs_for_batches_of_two_sizes_share_the_variables():
    model = in_turn(mk.optimizers.Adam, batches=((0, 12), (0, 12), (0, 7)))
    assert len(model._steps["train"].plans()) == 2


def test_values_that_were_taken_never_change():
    model = model_of(mk.optimizers.Adam)
    for _ in range(6):
        model.train_on_batch(X, Y)
    taken = [v.value for v in (*model.variables, *model.optimizer.variables)]
    before = [np.array(values(x)) for x in taken]
    for _ in range(3):
        model.train_on_batch(X, Y)
    assert_same_bits([values(x) for x in taken], before)
    assert any((a != b).any() for a, b in zip(state(model), before))


def test_clipped_and_regularised_gradients_are_joined_or_left():
    in_turn(lambda: mk.optimizers.Adam(clipnorm=0.1, weight_decay=0.01))
    in_turn(lambda: mk.optimizers.Adam(global_clipnorm=0.1))
    in_turn(lambda: mk.optimizers.Adam(use_ema=True, ema_momentum=0.9))


def test_few_calls_are_left_alone():
    model = mk.Sequential([mk.Input((5,)), L.Dense(3)])
    model.compile("sgd", mk.losses.SparseCategoricalCrossentropy(from_logits=True))
    for _ in range(4):
        model.train_on_batch(X, Y)
    assert not joined_calls(model)


def test_long_functions_have_room_on_the_stack():
    model = model_of(mk.optimizers.Adam, depth=40)
    for _ in range(3):
        model.train_on_batch(X, Y)
    ((_, plan),) = model._steps["train"].plans()
    assert plan.replay.namespace["replay"].__code__.co_stacksize >= 4096
