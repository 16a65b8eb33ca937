"""Normalization layers against real Keras."""

import keras
import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close, values

RNG = np.random.default_rng(0)
FLOATS = lambda *shape: RNG.normal(size=shape).astype("float32")


def test_groups_are_settled_for_any_batch_and_side():
    layer = mk.layers.GroupNormalization(groups=2)
    symbol = layer(mk.Input((None, 5, 4)))
    assert symbol.shape == (None, None, 5, 4)
    assert layer(mk.ops.zeros((0, 3, 5, 4))).shape == (0, 3, 5, 4)
    with pytest.raises(ValueError, match="axis -1"):
        layer(mk.ops.ones((2, 3, 5, 6)))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_vector_of_zeros_has_no_direction(dtype):
    x = mk.ops.array([[0.0, 0.0], [3.0, 4.0]], dtype)
    found = mk.layers.UnitNormalization(dtype=dtype)(x)
    assert_close(found, np.array([[0, 0], [0.6, 0.8]], dtype), rtol=1e-3)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: mk.layers.GroupNormalization(0), ValueError, "groups must be a positive integer"),
        (lambda: mk.layers.GroupNormalization(2.0), ValueError, "groups must be"),
        (lambda: mk.layers.GroupNormalization(4).build((None, 6)), ValueError, "divides 6"),
        (lambda: mk.layers.GroupNormalization(8).build((None, 4)), ValueError, "divides 4"),
        (lambda: mk.layers.GroupNormalization(2, axis=0).build((4, 4)), ValueError, "the batch"),
        (lambda: mk.layers.GroupNormalization(2, axis=2).build((4, 4)), ValueError, "axis=2"),
        (lambda: mk.layers.GroupNormalization(2).build((4, None)), ValueError, "must be known"),
        (lambda: mk.layers.UnitNormalization("last"), TypeError, "axis must be an integer"),
        (
            lambda: mk.layers.SpectralNormalization(mk.layers.Dense(2), 0),
            ValueError,
            "`power_iterations` should be greater than zero",
        ),
        (
            lambda: mk.layers.SpectralNormalization(mk.layers.ReLU())(mk.ops.ones((1, 2))),
            ValueError,
            "neither a kernel nor embeddings",
        ),
    ],
)
def test_wrong_use_is_explained(make, error, message):
    with pytest.raises(error, match=message):
        make()


def spectral_pair(make, arguments, inputs):
    """A wrapper of ours and one of Keras with the same weights."""
    theirs = keras.layers.SpectralNormalization(make(keras), **arguments, name="compared")
    ours = mk.layers.SpectralNormalization(make(mk), **arguments, name="compared")
    theirs.build(inputs.shape)
    ours.build(inputs.shape)
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
    assert [w.name for w in ours.trainable_weights] == [w.name for w in theirs.trainable_weights]
    ours.set_weights(theirs.get_weights())
    return ours, theirs


def test_the_spectral_norm_becomes_one():
    layer = mk.layers.SpectralNormalization(mk.layers.Dense(4))
    x = mk.ops.convert_to_tensor(FLOATS(5, 6))
    for _ in range(60):
        layer(x, training=True)
    np.testing.assert_allclose(np.linalg.norm(values(layer.layer.kernel.value), 2), 1.0, rtol=1e-4)


def test_the_spectral_norm_is_never_computed_in_half_precision():
    layer = mk.layers.SpectralNormalization(
        mk.layers.Dense(4, dtype="mixed_float16"), power_iterations=60, dtype="mixed_float16"
    )
    outputs = layer(mk.ops.convert_to_tensor(FLOATS(5, 6)), training=True)
    assert outputs.dtype == "float16"
    np.testing.assert_allclose(np.linalg.norm(values(layer.layer.kernel.array), 2), 1, rtol=1e-4)


def test_gradients_through_the_spectral_norm():
    """With given weights the gradient goes through the division, as in the paper's equation 12."""
    import jax

    inputs = FLOATS(5, 3)
    ours, theirs = spectral_pair(lambda lib: lib.layers.Dense(4), {"power_iterations": 2}, inputs)
    trainable = [v.numpy() for v in theirs.trainable_variables]
    state = [v.numpy() for v in theirs.non_trainable_variables]
    direction = FLOATS(5, 4)

    def total(weights, x):
        outputs, _ = theirs.stateless_call(weights, state, x, training=True)
        return (outputs * direction).sum()

    expected = jax.grad(total, (0, 1))(trainable, inputs)
    with mk.GradientTape() as tape:
        weights = tape.watch([mk.ops.convert_to_tensor(w) for w in trainable])
        x = tape.watch(mk.ops.convert_to_tensor(inputs))
        states = [mk.ops.convert_to_tensor(s) for s in state]
        outputs, _ = ours.stateless_call(weights, states, x, training=True)
        found = mk.ops.sum(outputs * mk.ops.convert_to_tensor(direction))
    assert_close(tape.gradient(found, [weights, x]), list(expected), 1e-4, 1e-5)


def test_embeddings_are_normalized_and_stay_floats():
    layer = mk.layers.SpectralNormalization(mk.layers.Embedding(7, 3), power_iterations=20)
    outputs = layer(mk.ops.array([[1, 2]]), training=True)
    assert outputs.dtype == "float32"
    norm = np.linalg.norm(values(layer.layer.embeddings.value), 2)
    np.testing.assert_allclose(norm, 1.0, rtol=1e-2)


def test_models_with_a_spectral_norm_train_and_are_exchanged_with_keras(tmp_path):
    inputs = FLOATS(8, 3)

    def model(library):
        inner = library.layers.Dense(4, activation="relu")
        layers = [library.layers.SpectralNormalization(inner), library.layers.Dense(1)]
        made = library.Sequential([library.Input((3,)), *layers])
        made.compile("sgd", "mse")
        made.fit(inputs, inputs[:, :1], verbose=0)
        return made

    for ours, theirs in ((mk, keras), (keras, mk)):
        written = model(ours)
        written.save(tmp_path / "model.keras")
        read = theirs.saving.load_model(tmp_path / "model.keras")
        found = read.predict(inputs, verbose=0)
        np.testing.assert_allclose(found, written.predict(inputs, verbose=0), rtol=1e-5, atol=1e-6)
