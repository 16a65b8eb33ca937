"""keras.activations against Keras on JAX: values, gradients, and functions by name."""

import inspect

import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras import activations, ops
from tests.support import assert_close, values

_random = np.random.default_rng(0)
X = 4 * _random.standard_normal((5, 6))

NAMES = sorted(
    name
    for name, f in vars(keras.activations).items()
    if inspect.isfunction(f) and name not in ("get", "serialize", "deserialize")
)


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
