"""The first 20 steps of training equal real Keras's, from the same weights and batches."""

import contextlib

import keras
import numpy as np
import pytest

import minikeras as mk
from tests.support import oracle_in_float64
from tests.zoo import MODELS, batches

OPTIMIZERS = {
    "sgd": ("SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
    "rmsprop": ("RMSprop", {"learning_rate": 0.002}),
    "adam": ("Adam", {"learning_rate": 0.01}),
    "adadelta": ("Adadelta", {"learning_rate": 1.0}),
    "adagrad": ("Adagrad", {"learning_rate": 0.05}),
}
TOLERANCE = {"float32": 1e-4, "float64": 1e-9}

# Every model, every optimizer and both dtypes occur in the sample that runs by default.
SAMPLE = {
    (model, optimizer, dtype)
    for i, model in enumerate(MODELS)
    for dtype, shift in (("float32", 0), ("float64", 2))
    for optimizer in [list(OPTIMIZERS)[(i + shift) % len(OPTIMIZERS)]]
}
CASES = [
    pytest.param(*case, marks=() if case in SAMPLE else pytest.mark.long, id="-".join(case))
    for case in ((m, o, d) for m in MODELS for o in OPTIMIZERS for d in TOLERANCE)
]


@pytest.fixture
def floatx():
    yield lambda dtype: [k.config.set_floatx(dtype) for k in (mk, keras)]
    for k in (mk, keras):
        k.config.set_floatx("float32")


def losses_of(k, build, optimizer, weights, data):
    """The losses of training steps, and the weights that the model began with."""
    model = build(k)
    if weights is not None:
        model.set_weights(weights)
    weights = model.get_weights()
    name, arguments = OPTIMIZERS[optimizer]
    model.compile(getattr(k.optimizers, name)(**arguments), "sparse_categorical_crossentropy")
    found = []
    for x, y in data(model):
        found.append(model.train_on_batch(x, y))
        model.reset_metrics()
    return np.array(found, "float64"), weights


@pytest.mark.parametrize(("model", "optimizer", "dtype"), CASES)
def test_first_steps_equal_keras(model, optimizer, dtype, floatx):
    floatx(dtype)
    keras.utils.set_random_seed(0)
    data = lambda m: list(batches(m, 20))
    with oracle_in_float64() if dtype == "float64" else contextlib.nullcontext():
        expected, weights = losses_of(keras, MODELS[model], optimizer, None, data)
    found, _ = losses_of(mk, MODELS[model], optimizer, weights, data)
    assert expected[-1] != expected[0]
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE[dtype])
