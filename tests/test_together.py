"""Recurrences that a program computes together give the bits that each gives alone."""

import numpy as np
import pytest

import minikeras as mk
from minikeras.backend.program.step import eagerly
from tests.support import values

STEPS, BATCH = 7, 6

# Kind, arguments of the layer, arguments of Bidirectional.
BIDIRECTIONAL = [
    ("SimpleRNN", {}, {}),
    ("SimpleRNN", {"activation": "relu", "return_sequences": True}, {"merge_mode": "ave"}),
    ("GRU", {}, {"merge_mode": "mul"}),
    ("GRU", {"use_bias": False, "dropout": 0.3}, {}),
    ("GRU", {"reset_after": False, "return_sequences": True}, {"merge_mode": "sum"}),
    ("GRU", {"units": 64}, {}),
    ("LSTM", {}, {}),
    ("LSTM", {"return_sequences": True, "use_bias": False}, {}),
    ("LSTM", {"dropout": 0.3, "recurrent_dropout": 0.3}, {}),
    ("LSTM", {"units": 160}, {}),  # stacks of small products
    ("LSTM", {"stateful": True}, {}),
]
IDS = ["-".join([kind, *arguments]) for kind, arguments, _ in BIDIRECTIONAL]


def trained(recurrent, is_masked=False, is_eager=False, dtype="float32"):
    """A model's weights and outputs after a few steps, and what `explain_step` says."""
    mk.utils.set_random_seed(1)
    inputs = mk.Input((STEPS,), batch_size=BATCH)
    x = mk.layers.Embedding(20, 5, mask_zero=is_masked, dtype=dtype)(inputs)
    x = recurrent()(x)
    if len(x.shape) == 3:
        x = mk.layers.GlobalAveragePooling1D(dtype=dtype)(x)
    model = mk.Model(inputs, mk.layers.Dense(1, dtype=dtype)(x))
    model.compile("adam", "mse")
    random = np.random.default_rng(2)
    words, targets = random.integers(0, 20, (BATCH, STEPS)), random.random((BATCH, 1))
    for _ in range(4):
        if is_eager:
            with eagerly():
                model.train_on_batch(words, targets)
        else:
            model.train_on_batch(words, targets)
    outputs = [model.predict_on_batch(words) for _ in range(3)][-1]
    return values([*model.weights, outputs]), model


def text_of(model, capsys):
    capsys.readouterr()
    model.explain_step(listing=True)
    return capsys.readouterr().out


@pytest.mark.parametrize("is_masked", [False, True])
@pytest.mark.parametrize(("kind", "arguments", "others"), BIDIRECTIONAL, ids=IDS)
def test_both_directions_are_computed_together(kind, arguments, others, is_masked, capsys):
    def recurrent():
        layer = getattr(mk.layers, kind)(**{"units": 3, **arguments})
        return mk.layers.Bidirectional(layer, **others)

    alone, _ = trained(recurrent, is_masked, is_eager=True)
    together, model = trained(recurrent, is_masked)
    assert all(np.array_equal(a, b) for a, b in zip(alone, together))
    name = {"SimpleRNN": "simple_rnn"}.get(kind, kind.lower())
    text = text_of(model, capsys)
    assert f" = two_{name}(" in text
    assert f" = two_{name}_gradient(" in text


def test_half_precision():
    def recurrent():
        return mk.layers.Bidirectional(mk.layers.LSTM(3, dtype="mixed_float16"), dtype="float16")

    alone, together = (trained(recurrent, is_eager=e, dtype="float16")[0] for e in (True, False))
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(alone, together))


def stacked():
    """Layers of the same sizes that need each other, and two pairs of directions."""
    both = mk.layers.Bidirectional(mk.layers.GRU(3, return_sequences=True), merge_mode="sum")
    return mk.Sequential(
        [
            mk.layers.GRU(5, return_sequences=True),
            mk.layers.GRU(5, return_sequences=True),
            both,
            mk.layers.Dense(5),
            mk.layers.Bidirectional(mk.layers.GRU(3)),
        ]
    )


def half_frozen():
    """Directions of which one has no gradient."""
    layer = mk.layers.Bidirectional(mk.layers.LSTM(3))
    layer.forward_layer.trainable = False
    return mk.Sequential([mk.layers.Lambda(mk.ops.stop_gradient), layer])


@pytest.mark.filterwarnings("ignore:There are no gradients for the variables")
@pytest.mark.parametrize(("recurrent", "pairs"), [(stacked, 2), (half_frozen, 0)])
def test_only_calls_that_are_alike_and_independent_are_joined(recurrent, pairs, capsys):
    alone, _ = trained(recurrent, is_eager=True)
    together, model = trained(recurrent)
    assert all(np.array_equal(a, b) for a, b in zip(alone, together))
    text = text_of(model, capsys)
    assert text.count("two_gru_gradient_(") == pairs
    assert "two_lstm_gradient_(" not in text
    assert ("lstm_gradient_(" if recurrent is half_frozen else " gru_gradient_(") in text
