"""Attention layers against real Keras."""

import keras
import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close, values

RNG = np.random.default_rng(0)
FLOATS = lambda *shape: RNG.normal(size=shape).astype("float32")
QUERY, VALUE, KEY = FLOATS(2, 4, 6), FLOATS(2, 5, 7), FLOATS(2, 5, 3)


VALUE_OF_6, KEY_OF_6 = FLOATS(2, 5, 6), FLOATS(2, 5, 6)
PAIR, TRIPLE = [QUERY, VALUE_OF_6], [QUERY, VALUE, KEY_OF_6]
QUERY_MASK = np.array([[1, 1, 1, 0], [1, 0, 0, 0]], bool)
VALUE_MASK = np.array([[1, 1, 1, 0, 0], [0, 1, 0, 1, 0]], bool)


def test_dropout_of_weights_keeps_their_mean():
    ones = mk.ops.ones((40, 30, 1))
    layer = mk.layers.Attention(dropout=0.25, seed=0)
    outputs, weights = layer([ones, ones], training=True, return_attention_scores=True)
    found = values(weights)
    assert set(np.unique(found.round(5))) == {0.0, np.float32(1 / 30 / 0.75).round(5)}
    assert abs((found == 0).mean() - 0.25) < 0.01
    assert_close(outputs[..., 0], found.sum(-1))
    again = mk.layers.Attention(dropout=0.25, seed=0)
    assert_close(again([ones, ones], training=True), outputs)


@pytest.mark.parametrize("name", ["Attention", "AdditiveAttention"])
def test_masks_that_tensors_carry_count_and_that_of_the_query_goes_on(name):
    tokens = [np.array([[1, 2, 0], [3, 0, 0]]), np.array([[4, 0, 5, 0], [6, 7, 8, 0]])]
    embed = FLOATS(9, 4)

    def masked(library):
        layer = library.layers.Embedding(9, 4, mask_zero=True)
        layer.build(None)
        layer.set_weights([embed])
        return layer

    theirs, ours = getattr(keras.layers, name)(), getattr(mk.layers, name)()
    their_embedding, our_embedding = masked(keras), masked(mk)
    expected = theirs([their_embedding(t) for t in tokens])
    inputs = [our_embedding(mk.ops.convert_to_tensor(t)) for t in tokens]
    ours(inputs)
    ours.set_weights(theirs.get_weights())
    expected = theirs([their_embedding(t) for t in tokens])
    found = ours(inputs)
    assert_close(found, expected)
    follower = mk.layers.GlobalAveragePooling1D()
    assert_close(follower(found), keras.layers.GlobalAveragePooling1D()(expected))
    symbols = [mk.Input((n,), dtype="int32") for n in (3, 4)]
    model = mk.Model(symbols, follower(ours([our_embedding(x) for x in symbols])))
    assert_close(model(tokens), keras.layers.GlobalAveragePooling1D()(expected))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: mk.layers.Attention(score_mode="cosine"), "score_mode must be 'dot' or 'concat'"),
        (lambda: mk.layers.Attention(dropout=1.5), "rate must be a number from 0 to 1"),
        (lambda: mk.layers.Attention()(mk.ops.ones((2, 3, 4))), "must be called on a list"),
        (lambda: mk.layers.Attention()([mk.ops.ones((2, 3, 4))]), "length 2 or 3"),
        (lambda: mk.layers.GroupQueryAttention(2, 3, 2), "must divide"),
        (lambda: mk.layers.GroupQueryAttention(0, 3, 1), "`head_dim` must be a positive integer"),
        (
            lambda: mk.layers.GroupQueryAttention(2, 2, 1, dropout=0.1, flash_attention=True),
            "Dropout is not supported when flash attention is enabled",
        ),
    ],
)
def test_wrong_use_is_explained(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_shapes_of_layers_that_are_not_built():
    layer = mk.layers.GroupQueryAttention(2, 4, 2)
    assert layer.compute_output_shape((None, 4, 6), (None, 5, 6), None) == (None, 4, 6)
    shapes = {"query_shape": (2, 4, 6), "value_shape": (2, 5, 6), "key_shape": (2, 5, 3)}
    assert layer.compute_output_shape(**shapes) == (2, 4, 6)
    symbols = [mk.KerasTensor((None, 4, 6)), mk.KerasTensor((None, 5, 6))]
    outputs, scores = layer.compute_output_spec(*symbols, return_attention_scores=True)
    assert outputs.shape == (None, 4, 6)
    assert scores.shape == (None, 4, 4, 5)
    assert not layer.built
    attention = mk.layers.Attention(use_scale=True)
    assert attention.compute_output_shape([(None, 4, 6), (None, 5, 6)]) == (None, 4, 6)
    outputs, scores = attention.compute_output_spec(symbols, return_attention_scores=True)
    assert outputs.shape == (None, 4, 6)
    assert scores.shape == (None, 4, 5)
    assert not attention.built


def test_grouped_query_attention_drops_weights_in_training():
    x = mk.ops.ones((8, 20, 4))
    layer = mk.layers.GroupQueryAttention(2, 4, 2, dropout=0.5, seed=1)
    still = layer(x, x)
    moved = layer(x, x, training=True)
    assert not np.allclose(values(still), values(moved))
    weights = values(layer(x, x, return_attention_scores=True)[1])
    np.testing.assert_allclose(weights, 1 / 20, rtol=1e-5)


def test_grouped_query_attention_is_written_under_its_public_name(tmp_path):
    def model(library):
        x = library.Input((4, 6))
        y = library.layers.GroupQueryAttention(3, 4, 2, use_gate=True, name="attend")(x, x)
        return library.Model(x, library.layers.AdditiveAttention()([y, x]))

    for ours, theirs in ((mk, keras), (keras, mk)):
        written = model(ours)
        written.save(tmp_path / "model.keras")
        read = theirs.saving.load_model(tmp_path / "model.keras")
        assert_close(read.predict(QUERY, verbose=0), written.predict(QUERY, verbose=0))
