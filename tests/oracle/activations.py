"""Rows of activations by their names in ``keras.activations``, with their runner."""

import inspect

import jax
import keras
import numpy as np

import minikeras as mk
from minikeras import activations, ops
from tests.oracle.class_row import found, row
from tests.oracle.record import comparing
from tests.support import assert_close, dtype_beside, gradients_of

X = 4 * np.random.default_rng(0).standard_normal((5, 6))

PLAIN = (
    "celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu",
    "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6",
    "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus",
    "sparse_sigmoid", "squareplus", "tanh", "tanh_shrink",
)  # fmt: skip
SET = [
    *(
        ("relu", arguments)
        for arguments in (
            {"negative_slope": 0.3}, {"max_value": 2.0}, {"max_value": 6}, {"threshold": 1.5},
            {"negative_slope": 0.3, "max_value": 2.0},
            {"negative_slope": 0.3, "threshold": -1.5},
            {"negative_slope": 1.5, "threshold": 1.0, "max_value": 3.0},
            {"negative_slope": -0.2},
        )
    ),
    ("threshold", {"threshold": 1.0, "default_value": 2.0}),
    ("softmax", {"axis": 0}), ("softmax", {"axis": (0, 1)}), ("log_softmax", {"axis": 0}),
    ("glu", {"axis": 1}), ("gelu", {"approximate": True}), ("elu", {"alpha": 0.5}),
    ("celu", {"alpha": 2.0}), ("leaky_relu", {"negative_slope": 0.5}),
    ("hard_shrink", {"threshold": 1.0}), ("soft_shrink", {"threshold": 1.0}),
    ("squareplus", {"b": 0.5}),
]  # fmt: skip

ROWS = [
    *(row(f"activations.{name}", X) for name in PLAIN),
    *(row(f"activations.{name}", X, **arguments) for name, arguments in SET),
]
ELSEWHERE = {
    "activations.sparsemax": "Keras's is no projection where several values are positive: "
    "tests/test_activations.py::test_sparsemax_is_the_projection_to_the_simplex",
}


def compare(row):
    """Assert that an activation gives the same in both libraries."""
    ours, theirs, settings = found(mk, row.name), found(keras, row.name), row.arguments
    assert inspect.signature(ours) == inspect.signature(theirs)
    with comparing(row.name, "values"):
        for dtype, tolerance in (("float64", 1e-6), ("float32", 1e-5), ("float16", 5e-3)):
            x = row.inputs[0].astype(dtype)
            expected = theirs(jax.numpy.asarray(x), **settings)
            actual = ours(ops.convert_to_tensor(x), **settings)
            assert_close(actual, expected, tolerance, tolerance, dtype=False)
            assert str(actual.dtype) == dtype_beside(expected.dtype, x)
    weights = np.cos(np.arange(expected.size)).reshape(expected.shape)
    with comparing(row.name, "gradients"):
        assert_close(
            gradients_of(
                lambda x: ops.sum(ours(x, **settings) * ops.convert_to_tensor(weights)), X
            ),
            jax.grad(lambda x: (theirs(x, **settings) * weights).sum())(X),
        )
    if settings.get("axis") != (0, 1):
        symbol = ours(mk.KerasTensor((None, *X.shape[1:])), **settings)
        assert symbol.shape == (None, *expected.shape[1:])
    name = row.name.removeprefix("activations.")
    with comparing(row.name, "configuration"):
        assert activations.get(name) is ours
        assert activations.serialize(ours) == keras.activations.serialize(theirs)
        assert activations.deserialize(activations.serialize(ours)) is ours
