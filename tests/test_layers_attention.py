"""Attention layers against real Keras."""

import keras
import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close, compare_layers, values

RNG = np.random.default_rng(0)
FLOATS = lambda *shape: RNG.normal(size=shape).astype("float32")
QUERY, VALUE, KEY = FLOATS(2, 4, 6), FLOATS(2, 5, 7), FLOATS(2, 5, 3)
HEADS = {"num_heads": 2, "key_dim": 3}

CASES = [
    ({}, {"value": VALUE}),
    ({}, {"value": VALUE, "key": KEY}),
    ({"value_dim": 5, "use_bias": False, "dropout": 0.1}, {"value": VALUE}),
    ({"output_shape": 7}, {"value": VALUE}),
    ({"output_shape": (2, 3)}, {"value": VALUE}),
    ({"sliding_window": 2}, {"value": QUERY}),
    ({"use_gate": True}, {"value": VALUE}),
    ({"kernel_regularizer": "l2", "activity_regularizer": "l2"}, {"value": VALUE}),
    ({"dropout": 0.3}, {"value": VALUE}),
    ({}, {"value": QUERY, "use_causal_mask": True}),
    ({}, {"value": VALUE, "return_attention_scores": True}),
    ({}, {"value": VALUE, "attention_mask": RNG.random((2, 4, 5)) > 0.4}),
    ({}, {"value": VALUE, "value_mask": np.array([[1, 1, 1, 0, 0], [1, 0, 0, 0, 0]], bool)}),
    ({"dropout": 0.3}, {"value": QUERY, "use_causal_mask": True}),
]


@pytest.mark.parametrize(("arguments", "call"), CASES)
def test_multi_head_attention_equals_keras(arguments, call):
    compare_layers("MultiHeadAttention", {**HEADS, **arguments}, QUERY, call=call)


@pytest.mark.parametrize("axes", [None, 1, (1, 2), (-1,)])
def test_attention_over_axes_of_images(axes):
    image = FLOATS(2, 3, 4, 5)
    arguments = {**HEADS, "attention_axes": axes if axes != (-1,) else (2,)}
    compare_layers("MultiHeadAttention", arguments, image, call={"value": image})


VALUE_OF_6, KEY_OF_6 = FLOATS(2, 5, 6), FLOATS(2, 5, 6)
PAIR, TRIPLE = [QUERY, VALUE_OF_6], [QUERY, VALUE, KEY_OF_6]
QUERY_MASK = np.array([[1, 1, 1, 0], [1, 0, 0, 0]], bool)
VALUE_MASK = np.array([[1, 1, 1, 0, 0], [0, 1, 0, 1, 0]], bool)

LIST_CASES = [
    ("Attention", {}, PAIR, {}),
    ("Attention", {"use_scale": True}, TRIPLE, {}),
    ("Attention", {"score_mode": "concat"}, TRIPLE, {}),
    ("Attention", {"score_mode": "concat", "use_scale": True, "seed": 3}, PAIR, {}),
    ("Attention", {"dropout": 0.4, "seed": 1}, PAIR, {}),
    ("Attention", {}, PAIR, {"mask": [QUERY_MASK, VALUE_MASK]}),
    ("Attention", {}, PAIR, {"mask": [None, VALUE_MASK]}),
    ("Attention", {}, TRIPLE, {"mask": [QUERY_MASK, None, VALUE_MASK]}),
    ("Attention", {}, PAIR, {"mask": [None, VALUE_MASK], "return_attention_scores": True}),
    ("Attention", {}, PAIR, {"use_causal_mask": True}),
    ("Attention", {}, PAIR, {"mask": [None, VALUE_MASK], "use_causal_mask": True}),
    ("Attention", {"dtype": "mixed_float16"}, PAIR, {"mask": [QUERY_MASK, VALUE_MASK]}),
    ("Attention", {"activity_regularizer": "l2", "trainable": False}, PAIR, {}),
    ("AdditiveAttention", {}, PAIR, {}),
    ("AdditiveAttention", {"use_scale": False}, TRIPLE, {}),
    ("AdditiveAttention", {"dropout": 0.4, "seed": 5}, TRIPLE, {"return_attention_scores": True}),
    ("AdditiveAttention", {}, PAIR, {"mask": [QUERY_MASK, VALUE_MASK], "use_causal_mask": True}),
    ("AdditiveAttention", {"dtype": "float64"}, PAIR, {"mask": [QUERY_MASK, VALUE_MASK]}),
]


@pytest.mark.parametrize(("name", "arguments", "inputs", "call"), LIST_CASES)
def test_attention_on_a_list_equals_keras(name, arguments, inputs, call):
    tolerance = 5e-3 if arguments.get("dtype") == "mixed_float16" else 2e-5
    compare_layers(name, arguments, inputs, call=call, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("arguments", [{"use_scale": True}, {"score_mode": "concat"}])
def test_training_without_dropout_changes_nothing(arguments):
    compare_layers("Attention", arguments, TRIPLE, training=True)


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
        (lambda: mk.layers.Attention()(mk.ops.ones((2, 3, 4))), "must be a list"),
        (lambda: mk.layers.Attention()([mk.ops.ones((2, 3, 4))]), "must be a list"),
        (lambda: mk.layers.GroupQueryAttention(2, 3, 2), "must divide"),
        (lambda: mk.layers.GroupQueryAttention(0, 3, 1), "head_dim must be a positive integer"),
        (
            lambda: mk.layers.GroupQueryAttention(2, 2, 1, dropout=0.1, flash_attention=True),
            "drops nothing out",
        ),
    ],
)
def test_wrong_use_is_explained(make, message):
    with pytest.raises(ValueError, match=message):
        make()


GROUPS = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
GROUPED_CASES = [
    ({}, {"value": VALUE}),
    ({"num_key_value_heads": 1}, {"value": VALUE, "key": KEY}),
    ({"num_key_value_heads": 4, "use_bias": False}, {"value": VALUE}),
    ({"use_gate": True, "seed": 3}, {"value": VALUE}),
    ({"sliding_window": 2}, {"value": VALUE}),
    ({"sliding_window": 2, "dropout": 0.2}, {"value": QUERY, "use_causal_mask": True}),
    ({"kernel_regularizer": "l2", "activity_regularizer": "l1"}, {"value": VALUE}),
    ({"bias_regularizer": "l2", "bias_constraint": "non_neg"}, {"value": VALUE}),
    (
        {
            "kernel_constraint": "unit_norm",
            "bias_initializer": "ones",
            "kernel_initializer": "he_normal",
        },
        {"value": VALUE},
    ),
    ({}, {"value": QUERY, "use_causal_mask": True}),
    ({"dropout": 0.3}, {"value": VALUE, "use_causal_mask": True}),
    ({}, {"value": VALUE, "return_attention_scores": True}),
    ({}, {"value": VALUE, "return_attention_scores": True, "value_mask": VALUE_MASK}),
    ({}, {"value": VALUE, "attention_mask": RNG.random((2, 4, 5)) > 0.4}),
    ({}, {"value": VALUE, "value_mask": VALUE_MASK, "key_mask": VALUE_MASK[::-1] | VALUE_MASK}),
    ({}, {"value": VALUE, "query_mask": QUERY_MASK, "value_mask": VALUE_MASK}),
    ({}, {"value": VALUE, "query_mask": QUERY_MASK, "return_attention_scores": True}),
    ({"dropout": 0.3}, {"value": VALUE, "value_mask": VALUE_MASK}),
]


@pytest.mark.parametrize(("arguments", "call"), GROUPED_CASES)
def test_grouped_query_attention_equals_keras(arguments, call):
    compare_layers("GroupQueryAttention", {**GROUPS, **arguments}, QUERY, call=call)


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
