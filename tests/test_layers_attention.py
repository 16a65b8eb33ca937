"""Attention layers against real Keras."""

import numpy as np
import pytest

from tests.support import compare_layers

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
