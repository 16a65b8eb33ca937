"""ConvLSTM1D, 2D and 3D against Keras, with the same weights."""

import keras
import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close, values

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

random = np.random.default_rng(0)
BATCH, TIME, FILTERS = 2, 3, 2
SHAPES = {1: (6, 2), 2: (5, 4, 2), 3: (4, 3, 4, 2)}
X = {rank: random.normal(size=(BATCH, TIME, *s)).astype("float32") for rank, s in SHAPES.items()}
MASK = np.array([[1, 0, 1], [0, 1, 1]], "bool")


def channels_first(x, axis):
    return np.ascontiguousarray(np.moveaxis(x, -1, axis))


@pytest.mark.parametrize("rank", [1, 2])
def test_channels_first_is_the_same_transposed(rank):
    arguments = {"filters": FILTERS, "kernel_size": 2, "return_sequences": True}
    last, first = (
        getattr(mk.layers, f"ConvLSTM{rank}D")(data_format=f"channels_{which}", **arguments)
        for which in ("last", "first")
    )
    expected = last(X[rank])
    moved = channels_first(X[rank], 2)
    first(moved)
    first.set_weights(last.get_weights())
    assert_close(first(moved), channels_first(values(expected), 2))
    assert first(mk.Input((TIME, *moved.shape[2:]))).shape[2] == FILTERS


STATES = [random.normal(size=(BATCH, 6, FILTERS)).astype("float32") for _ in range(2)]


@pytest.mark.parametrize("is_backwards", [False, True])
def test_masks_hold_the_states(is_backwards):
    """Keras fails here on JAX, so the cell is asked step by step."""
    layer = mk.layers.ConvLSTM1D(
        FILTERS, 2, padding="same", return_sequences=True, return_state=True,
        go_backwards=is_backwards,
    )  # fmt: skip
    outputs, *last = layer(X[1], mask=MASK, initial_state=STATES)
    states, answer, expected = [mk.ops.array(s) for s in STATES], STATES[0], []
    for t in range(TIME)[:: -1 if is_backwards else 1]:
        _, new = layer.cell(mk.ops.array(X[1][:, t]), states)
        kept = MASK[:, t, None, None]
        states = [np.where(kept, values(n), values(s)) for n, s in zip(new, states)]
        answer = np.where(kept, states[0], answer)
        expected.append(answer)
        states = [mk.ops.array(s) for s in states]
    assert_close(outputs, np.stack(expected, 1))
    assert_close(last, [values(s) for s in states])


def patterns(seed):
    """Dropout patterns by a generator of their own, the same for both packages."""
    generator = np.random.default_rng(seed)

    def drawn(self, step_input, rate):
        shape = tuple(step_input.shape)
        return [
            (generator.uniform(size=shape) >= rate).astype("float32") / (1 - rate) for _ in range(4)
        ]

    return drawn


@pytest.mark.parametrize("recurrent_dropout", [0.0, 0.5])
def test_dropout_like_keras_with_the_same_patterns(recurrent_dropout, monkeypatch):
    arguments = {"dropout": 0.4, "recurrent_dropout": recurrent_dropout}
    ours, theirs = (
        p.layers.ConvLSTM2D(FILTERS, 2, return_sequences=True, **arguments) for p in (mk, keras)
    )
    theirs(X[2])
    ours(X[2])
    ours.set_weights(theirs.get_weights())
    monkeypatch.setattr(type(theirs.cell), "_create_dropout_mask", patterns(3))
    drawn = patterns(3)
    monkeypatch.setattr(
        type(ours.cell),
        "_drawn",
        lambda *args: [mk.ops.convert_to_tensor(p) for p in drawn(*args)],
    )
    dropped = ours(X[2], training=True)
    assert_close(dropped, np.asarray(theirs(X[2], training=True)), rtol=1e-4, atol=1e-5)
    assert not np.allclose(values(dropped), values(ours(X[2], training=False)))


def test_stateful_like_keras():
    ours, theirs = (
        p.layers.ConvLSTM1D(FILTERS, 2, stateful=True, name="held") for p in (mk, keras)
    )
    theirs(X[1])
    ours(X[1])
    ours.set_weights(theirs.get_weights())
    for one in (ours, theirs):
        one.reset_state()
    for x in (X[1], -X[1]):
        assert_close(ours(x), np.asarray(theirs(x)), rtol=1e-4, atol=1e-5)


def test_files_are_exchanged_with_keras(tmp_path):
    path = str(tmp_path / "model.keras")
    inputs = keras.Input((TIME, *SHAPES[2]))
    layer = keras.layers.ConvLSTM2D(FILTERS, 2, return_sequences=True)
    theirs = keras.Model(inputs, keras.layers.ConvLSTM2D(1, 2)(layer(inputs)))
    theirs.save(path)
    ours = mk.models.load_model(path)
    expected = np.asarray(theirs(X[2]))
    assert_close(ours(X[2]), expected, rtol=1e-4, atol=1e-5)
    ours.save(path)
    assert_close(np.asarray(keras.models.load_model(path)(X[2])), expected, rtol=1e-4, atol=1e-5)


def test_it_trains_in_recorded_steps_and_mixed_precision():
    mk.utils.set_random_seed(0)
    model = mk.Sequential(
        [
            mk.Input((TIME, *SHAPES[2])),
            mk.layers.ConvLSTM2D(2, 2, dtype="mixed_float16", dropout=0.1),
            mk.layers.Flatten(),
            mk.layers.Dense(1, dtype="float32"),
        ]
    )
    model.compile(mk.optimizers.Adam(0.01), "mse")
    y = np.ones((BATCH, 1), "float32")
    losses = model.fit(X[2], y, epochs=20, batch_size=BATCH, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("size", [0, 1])
def test_small_batches(size):
    layer = mk.layers.ConvLSTM1D(FILTERS, 2, return_sequences=True)
    assert layer(X[1][:size]).shape == (size, TIME, 5, FILTERS)


def test_errors():
    with pytest.raises(ValueError, match="strides and dilation_rate"):
        mk.layers.ConvLSTM2D(2, 2, strides=2, dilation_rate=2)
    with pytest.raises(ValueError, match="`filters` must be a positive integer"):
        mk.layers.ConvLSTM2D(0, 2)
    with pytest.raises(ValueError, match="needs to know the sides"):
        mk.layers.ConvLSTM1D(2, 2)(mk.Input((TIME, None, 2)))
