"""Activation layers against real Keras."""

import numpy as np
import pytest

from tests.support import compare_layers

X = np.random.default_rng(0).normal(size=(4, 3, 5)).astype("float32") * 2

CASES = [
    ("Activation", {"activation": "tanh"}),
    ("Activation", {"activation": "softmax"}),
    ("ReLU", {}),
    ("ReLU", {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.2}),
    ("LeakyReLU", {}),
    ("LeakyReLU", {"negative_slope": 0.7}),
    ("PReLU", {"alpha_initializer": "ones"}),
    ("PReLU", {"shared_axes": [1], "alpha_regularizer": "l2", "alpha_constraint": "non_neg"}),
    ("ELU", {}),
    ("ELU", {"alpha": 0.5}),
    ("Softmax", {}),
    ("Softmax", {"axis": 1}),
    ("Softmax", {"axis": [1, 2]}),
]


@pytest.mark.parametrize(("name", "arguments"), CASES, ids=[c[0] for c in CASES])
def test_layer_equals_keras(name, arguments):
    compare_layers(name, arguments, X)


def test_masked_places_have_probability_zero():
    mask = np.array([True, True, False, True, False])
    compare_layers("Softmax", {}, X, call={"mask": np.broadcast_to(mask, X.shape).copy()})
