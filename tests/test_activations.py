"""keras.activations against Keras on JAX: values, gradients, and functions by name."""

import inspect

import jax
import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras import activations, ops
from tests.support import assert_close, dtype_beside, gradients_of, values

_random = np.random.default_rng(0)
X = 4 * _random.standard_normal((5, 6))

NAMES = sorted(
    name
    for name, f in vars(keras.activations).items()
    if inspect.isfunction(f) and name not in ("get", "serialize", "deserialize")
)
SETTINGS = {
    "relu": [
        {}, {"negative_slope": 0.3}, {"max_value": 2.0}, {"max_value": 6}, {"threshold": 1.5},
        {"negative_slope": 0.3, "max_value": 2.0}, {"negative_slope": 0.3, "threshold": -1.5},
        {"negative_slope": 1.5, "threshold": 1.0, "max_value": 3.0}, {"negative_slope": -0.2},
    ],
    "threshold": [{"threshold": 1.0, "default_value": 2.0}],
    "softmax": [{}, {"axis": 0}, {"axis": (0, 1)}],
    "log_softmax": [{}, {"axis": 0}],
    "glu": [{}],
    "gelu": [{}, {"approximate": True}],
    "elu": [{}, {"alpha": 0.5}],
    "celu": [{"alpha": 2.0}],
    "leaky_relu": [{}, {"negative_slope": 0.5}],
    "hard_shrink": [{}, {"threshold": 1.0}],
    "soft_shrink": [{}, {"threshold": 1.0}],
    "squareplus": [{}, {"b": 0.5}],
}  # fmt: skip
# The oracle's sparsemax is not one; see below.
ROWS = [
    (name, settings)
    for name in NAMES
    if name != "sparsemax"
    for settings in SETTINGS.get(name, [{}])
]


@pytest.mark.parametrize("name, settings", ROWS, ids=lambda v: str(v))
def test_values_and_gradients(name, settings):
    ours, theirs = getattr(activations, name), getattr(keras.activations, name)
    assert inspect.signature(ours) == inspect.signature(theirs)
    for dtype, tolerance in (("float64", 1e-6), ("float32", 1e-5), ("float16", 5e-3)):
        x = X.astype(dtype)
        expected = theirs(jax.numpy.asarray(x), **settings)
        found = ours(ops.convert_to_tensor(x), **settings)
        assert_close(found, expected, tolerance, tolerance, dtype=False)
        assert str(found.dtype) == dtype_beside(expected.dtype, x)
    weights = np.cos(np.arange(expected.size)).reshape(expected.shape)
    found = gradients_of(lambda x: ops.sum(ours(x, **settings) * ops.convert_to_tensor(weights)), X)
    wanted = jax.grad(lambda x: (theirs(x, **settings) * weights).sum())(X)
    assert_close(found, wanted)
    symbol = ours(mk.KerasTensor((None, 6)), **settings) if settings.get("axis") != (0, 1) else None
    assert symbol is None or symbol.shape == (None, *expected.shape[1:])


def test_sparsemax_is_the_projection_to_the_simplex():
    """Keras's values sum to more than 1 where several are positive."""
    found = values(activations.sparsemax(ops.convert_to_tensor(X)))
    assert_close(found.sum(-1), np.ones(5))
    # The optimum has the same slope wherever it is positive, and no smaller one elsewhere.
    slope = found - X
    least = slope.min(-1, keepdims=True)
    assert (np.where(found > 0, slope - least, 0) < 1e-12).all()
    assert (np.count_nonzero(found, -1) > 1).any()


@pytest.mark.parametrize("name", NAMES)
def test_functions_by_name(name):
    assert activations.get(name) is getattr(activations, name)
    serialized = activations.serialize(activations.get(name))
    assert serialized == keras.activations.serialize(keras.activations.get(name))
    assert activations.deserialize(serialized) is getattr(activations, name)


def test_other_identifiers():
    assert activations.get(None) is activations.linear
    assert activations.get(activations.tanh) is activations.tanh
    layer = mk.layers.ReLU()
    assert activations.get(layer) is layer
    with pytest.raises(ValueError, match="no_such"):
        activations.get("no_such")
    with pytest.raises(ValueError, match="type int: 3"):
        activations.get(3)


def test_registered_function():
    @mk.saving.register_keras_serializable(package="tests", name="doubled")
    def doubled(x):
        return x * 2

    @keras.saving.register_keras_serializable(package="tests", name="doubled")
    def doubled_there(x):
        return x * 2

    for config in (activations.serialize(doubled), keras.activations.serialize(doubled_there)):
        assert activations.deserialize(config) is doubled
        assert activations.get(config) is doubled
    assert activations.get("tests>doubled") is doubled
    with mk.saving.custom_object_scope({"tripled": doubled}):
        assert activations.get("tripled") is doubled


def test_a_layer_as_activation():
    dense = mk.layers.Dense(3, activation=mk.layers.LeakyReLU(0.5))
    twin = mk.layers.Dense.from_config(dense.get_config())
    assert isinstance(twin.activation, mk.layers.LeakyReLU)
    assert twin.activation.negative_slope == 0.5
