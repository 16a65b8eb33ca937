"""The first 20 steps of training equal real Keras's, from the same weights and batches."""

import os
import subprocess
import sys

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
    return np.array(found, "float64"), weights


def in_a_process_of_its_own(model, optimizer, path):
    """What Keras does in float64: in a new process, since it remembers dtypes it saw before."""
    call = f"test_training_parity.save_expected({model!r}, {optimizer!r}, {str(path)!r})"
    code = f"import keras; from tests import test_training_parity; {call}"
    environment = {**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": os.getcwd()}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True)
    with np.load(path) as stored:
        weights = [stored[f"weight {i}"] for i in range(len(stored.files) - 1)]
        return stored["losses"], weights


def save_expected(model, optimizer, path):
    """Write the losses and the initial weights of Keras to a file."""
    keras.config.set_floatx("float64")
    keras.utils.set_random_seed(0)
    with oracle_in_float64():
        losses, weights = losses_of(keras, MODELS[model], optimizer, None, twenty_batches)
    np.savez(path, losses=losses, **{f"weight {i}": w for i, w in enumerate(weights)})


def twenty_batches(model):
    return list(batches(model, 20))


@pytest.mark.parametrize(("model", "optimizer", "dtype"), CASES)
def test_first_steps_equal_keras(model, optimizer, dtype, tmp_path):
    mk.config.set_floatx(dtype)
    if dtype == "float64":
        expected, weights = in_a_process_of_its_own(model, optimizer, tmp_path / "expected.npz")
    else:
        keras.utils.set_random_seed(0)
        expected, weights = losses_of(keras, MODELS[model], optimizer, None, twenty_batches)
    found, _ = losses_of(mk, MODELS[model], optimizer, weights, twenty_batches)
    assert expected[-1] != expected[0]
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE[dtype])
