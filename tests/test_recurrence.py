"""The fused recurrences against their composed forms and against finite differences."""

import numpy as np
import pytest

import minikeras as mk
from minikeras.backend import recurrence, recurrent_loops
from minikeras.backend.xp import asarray
from minikeras.testing import check_gradients
from tests.support import assert_close, values

T, B, F, U = 4, 3, 2, 3

# Name, number of gates, settings, number of outputs that are not memory.
KINDS = [
    ("simple_rnn", 1, {"activation": "tanh"}, 2),
    ("simple_rnn", 1, {"activation": "linear"}, 2),
    ("simple_rnn", 1, {"activation": "relu"}, 2),
    ("lstm", 4, {}, 3),
    ("gru", 3, {"reset_after": True}, 2),
    ("gru", 3, {"reset_after": False}, 2),
]
IDS = [f"{name}-{'-'.join(map(str, settings.values()))}" for name, _, settings, _ in KINDS]


def arguments_of(name, gates, settings, has_bias, is_masked, dtype="float64", sizes=(T, B, F, U)):
    steps, batch, features, units = sizes
    random = np.random.default_rng(5)

    def normal(*shape):
        return random.normal(size=shape).astype(dtype)

    states = [normal(batch, units) for _ in range(2 if name == "lstm" else 1)]
    kernels = [normal(features, gates * units), normal(units, gates * units)]
    bias_shape = (2, gates * units) if settings.get("reset_after") else (gates * units,)
    bias = normal(*bias_shape) if has_bias else None
    mask = random.random((steps, batch, 1)) > 0.4 if is_masked else None
    return [normal(steps, batch, features), *states, *kernels, bias], mask


def function_of(name, settings, outputs, mask, sequences=True, form=""):
    run = getattr(recurrence, form + name)
    mask = None if mask is None else asarray(mask)

    def function(*args):
        found = run(*args, mask, sequences=sequences, **settings)[:outputs]
        return [y for y in found if y is not None]

    return function


@pytest.mark.parametrize(("name", "gates", "settings", "outputs"), KINDS, ids=IDS)
@pytest.mark.parametrize("has_bias", [True, False])
@pytest.mark.parametrize("is_masked", [True, False])
@pytest.mark.parametrize("sequences", [True, False])
def test_fused_and_composed_agree(name, gates, settings, outputs, has_bias, is_masked, sequences):
    # Two blocks of steps in the backward pass: the second size exceeds one block. One sample has
    # loops of its own, and one step.
    for sizes in ((T, B, F, U), (60, 40, F, 17), (T, 1, F, U), (1, 1, F, U)):
        args, mask = arguments_of(name, gates, settings, has_bias, is_masked, sizes=sizes)
        args = [a if a is None else asarray(0.3 * a) for a in args]
        results = []
        for form in ("", "composed_"):
            function = function_of(name, settings, outputs, mask, sequences, form)
            with mk.GradientTape() as tape:
                watched = [a if a is None else tape.watch(a) for a in args]
                found = function(*watched)
                total = sum(mk.ops.sum(mk.ops.sin(y + i)) for i, y in enumerate(found))
            sources = [a for a in watched if a is not None]
            results.append(values([*found, *tape.gradient(total, sources)]))
        assert_close(*results, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("name", "gates", "settings", "outputs"), KINDS, ids=IDS)
@pytest.mark.parametrize(
    ("has_bias", "is_masked", "sequences"),
    [(True, True, True), (False, False, False), (True, False, True)],
)
def test_gradients_to_second_order(name, gates, settings, outputs, has_bias, is_masked, sequences):
    args, mask = arguments_of(name, gates, settings, has_bias, is_masked)
    check_gradients(function_of(name, settings, outputs, mask, sequences), *args)


@pytest.mark.parametrize("dropped", ["state", "inputs", "both"])
@pytest.mark.parametrize("is_masked", [True, False])
def test_lstm_with_other_dropouts_for_each_gate(dropped, is_masked):
    args, mask = arguments_of("lstm", 4, {}, True, is_masked)
    mask = None if mask is None else asarray(mask)
    random = np.random.default_rng(6)
    drops = None if dropped == "inputs" else asarray(random.choice([0.0, 1.25], (4, B, U)))
    input_drops = None if dropped == "state" else asarray(random.choice([0.0, 1.25], (4, B, F)))

    def function_in(form):
        def function(*args):
            found = getattr(recurrence, form)(*args, mask, drops, input_drops, sequences=True)
            return list(found[:3])

        return function

    results = []
    for form in ("lstm", "composed_lstm"):
        with mk.GradientTape() as tape:
            watched = [tape.watch(asarray(a)) for a in args]
            found = function_in(form)(*watched)
            total = sum(mk.ops.sum(mk.ops.sin(y + i)) for i, y in enumerate(found))
        results.append(values([*found, *tape.gradient(total, watched)]))
    assert_close(*results, rtol=1e-9, atol=1e-9)
    check_gradients(function_in("lstm"), *args)


@pytest.mark.parametrize(("name", "gates", "settings", "outputs"), KINDS, ids=IDS)
def test_inputs_that_nobody_follows_get_no_gradient(name, gates, settings, outputs):
    args, mask = arguments_of(name, gates, settings, True, True)
    args = list(map(asarray, args))
    function = function_of(name, settings, outputs, mask)
    with mk.GradientTape(persistent=True) as tape:
        kernel = tape.watch(args[-2])
        total = mk.ops.sum(function(*args[:-2], kernel, args[-1])[0])
        first = tape.gradient(total, kernel)
        second = tape.gradient(mk.ops.sum(first), kernel)
    assert values(first).shape == values(kernel).shape
    assert np.isfinite(values(second)).all()


@pytest.mark.parametrize(("name", "gates", "settings", "outputs"), KINDS, ids=IDS)
def test_half_precision_and_empty_batches(name, gates, settings, outputs):
    args, mask = arguments_of(name, gates, settings, True, True)
    function = function_of(name, settings, outputs, mask)
    exact = values(function(*map(asarray, args)))
    with mk.GradientTape() as tape:
        halves = [tape.watch(asarray(a.astype("float16"))) for a in args]
        found = function(*halves)
        gradients = tape.gradient(mk.ops.sum(found[0]), halves)
    assert {values(x).dtype.name for x in [*found, *gradients]} == {"float16"}
    assert_close(values(found), exact, rtol=0.03, atol=0.03, dtype=False)
    args, mask = arguments_of(name, gates, settings, True, True, sizes=(997, 0, F, U))
    function = function_of(name, settings, outputs, mask)
    with mk.GradientTape() as tape:
        watched = [tape.watch(asarray(a)) for a in args]
        found = function(*watched)
        gradients = tape.gradient(mk.ops.sum(found[0]), watched)
    assert values(found[0]).shape == (997, 0, U)
    assert not values(gradients[-1]).any()


def test_sequences_of_one_sample_are_computed_together_as_alone():
    for name, gates, settings in (("lstm", 4, {}), ("gru", 3, {"reset_after": True})):
        args, _ = arguments_of(name, gates, settings, True, False, "float32", (5, 1, 10, 50))
        others = [None] * (3 if name == "lstm" else 1)
        run = [*map(asarray, args), *others]
        alone = getattr(recurrence, name)(*run, sequences=False, **settings)[1]
        found, _ = getattr(recurrent_loops, name)([run, run], sequences=False, **settings)
        for results in found:
            np.testing.assert_array_equal(values(results[1]), values(alone))
