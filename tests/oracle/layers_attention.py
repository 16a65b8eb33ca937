"""Rows of attention layers: heads, masks, dropped weights, and what is returned."""

import numpy as np

from tests.oracle import layers
from tests.oracle.class_row import row
from tests.oracle.layers import floats, weights_of

draw = floats()
QUERY, VALUE, KEY = draw(2, 4, 6), draw(2, 5, 7), draw(2, 5, 3)
VALUE_OF_6, KEY_OF_6, IMAGE = draw(2, 5, 6), draw(2, 5, 6), draw(2, 3, 4, 5)
PAIR, TRIPLE = [QUERY, VALUE_OF_6], [QUERY, VALUE, KEY_OF_6]
QUERY_MASK = np.array([[1, 1, 1, 0], [1, 0, 0, 0]], bool)
VALUE_MASK = np.array([[1, 1, 1, 0, 0], [0, 1, 0, 1, 0]], bool)
BEGINNING = np.array([[1, 1, 1, 0, 0], [1, 0, 0, 0, 0]], bool)
ANY = np.random.default_rng(0).random((2, 4, 5)) > 0.4
WEIGHTED = {**weights_of("kernel", "bias"), "activity_regularizer": "l2"}


def heads(query=QUERY, **arguments):
    return row("layers.MultiHeadAttention", query, **{"num_heads": 2, "key_dim": 3, **arguments})


def grouped(**arguments):
    groups = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
    return row("layers.GroupQueryAttention", QUERY, **{**groups, **arguments})


def attention(inputs=PAIR, **arguments):
    return row("layers.Attention", inputs, **arguments)


def additive(inputs=PAIR, **arguments):
    return row("layers.AdditiveAttention", inputs, **arguments)


ROWS = [
    heads().called(value=VALUE),
    heads().called(value=VALUE, key=KEY),
    heads(value_dim=5, use_bias=False, dropout=0.1).called(value=VALUE),
    heads(output_shape=7).called(value=VALUE),
    heads(output_shape=(2, 3)).called(value=VALUE),
    heads(sliding_window=2).called(value=QUERY),
    heads(use_gate=True, seed=3).called(value=VALUE),
    heads(**WEIGHTED).called(value=VALUE),
    heads(dropout=0.3).called(value=VALUE),
    heads(flash_attention=False).called(value=VALUE, training=True),
    heads().called(value=QUERY, use_causal_mask=True),
    heads().called(value=VALUE, return_attention_scores=True),
    heads().called(value=VALUE, attention_mask=ANY),
    heads().called(value=VALUE, value_mask=BEGINNING),
    heads(dropout=0.3).called(value=QUERY, use_causal_mask=True),
    heads(dtype="mixed_float16").called(value=VALUE, value_mask=BEGINNING),
    *(heads(IMAGE, attention_axes=axes).called(value=IMAGE) for axes in (None, 1, (1, 2), (2,))),
    attention(),
    attention(TRIPLE, use_scale=True),
    attention(TRIPLE, score_mode="concat"),
    attention(score_mode="concat", use_scale=True, seed=3),
    attention(dropout=0.4, seed=1),
    attention().called(mask=[QUERY_MASK, VALUE_MASK]),
    attention().called(mask=[None, VALUE_MASK]),
    attention(TRIPLE).called(mask=[QUERY_MASK, None, VALUE_MASK]),
    attention().called(mask=[None, VALUE_MASK], return_attention_scores=True),
    attention().called(use_causal_mask=True),
    attention().called(mask=[None, VALUE_MASK], use_causal_mask=True),
    attention(dtype="mixed_float16").called(mask=[QUERY_MASK, VALUE_MASK]),
    attention(activity_regularizer="l2", trainable=False),
    attention(TRIPLE, use_scale=True).called(training=True),
    attention(TRIPLE, score_mode="concat").called(training=True),
    additive(),
    additive(TRIPLE, use_scale=False),
    additive(TRIPLE, dropout=0.4, seed=5).called(return_attention_scores=True),
    additive().called(mask=[QUERY_MASK, VALUE_MASK], use_causal_mask=True),
    additive([x.astype("float64") for x in PAIR], dtype="float64").called(
        mask=[QUERY_MASK, VALUE_MASK]
    ),
    grouped().called(value=VALUE),
    grouped(num_key_value_heads=1).called(value=VALUE, key=KEY),
    grouped(num_key_value_heads=4, use_bias=False).called(value=VALUE),
    grouped(use_gate=True, seed=3).called(value=VALUE),
    grouped(sliding_window=2).called(value=VALUE),
    grouped(sliding_window=2, dropout=0.2).called(value=QUERY, use_causal_mask=True),
    grouped(**WEIGHTED).called(value=VALUE),
    grouped(flash_attention=False).called(value=VALUE, training=True),
    grouped().called(value=QUERY, use_causal_mask=True),
    grouped(dropout=0.3).called(value=VALUE, use_causal_mask=True),
    grouped().called(value=VALUE, return_attention_scores=True),
    grouped().called(value=VALUE, return_attention_scores=True, value_mask=VALUE_MASK),
    grouped().called(value=VALUE, attention_mask=ANY),
    grouped().called(
        value=VALUE, value_mask=VALUE_MASK, key_mask=VALUE_MASK[::-1] | VALUE_MASK
    ),
    grouped().called(value=VALUE, query_mask=QUERY_MASK, value_mask=VALUE_MASK),
    grouped().called(value=VALUE, query_mask=QUERY_MASK, return_attention_scores=True),
    grouped(dropout=0.3).called(value=VALUE, value_mask=VALUE_MASK),
    grouped(dtype="mixed_float16").called(value=VALUE),
]  # fmt: skip
compare = layers.compare
