"""Writes keras2_optimizers.json: weights after three steps of the optimizers of Keras 2.

    python tests/golden/keras2_optimizers.py

Run by hand where tf_keras and TensorFlow are; its optimizers of then are ``optimizers.legacy``.
"""

import json
import pathlib

import tensorflow as tf
import tf_keras

GRADIENT = [1e-4, 1.0, -2.0]
CASES = {
    "SGD": {"momentum": 0.9, "nesterov": True, "decay": 0.1},
    "RMSprop": {"rho": 0.8, "epsilon": 1e-3},
    "Adagrad": {"initial_accumulator_value": 0.0, "epsilon": 1e-3},
    "Adadelta": {"epsilon": 1e-3},
    "Adam": {"decay": 0.5, "epsilon": 1e-3},
    "Adamax": {"epsilon": 1e-3},
    "Nadam": {"epsilon": 1e-3},
}
found = {}
for name, settings in CASES.items():
    optimizer = getattr(tf_keras.optimizers.legacy, name)(learning_rate=0.1, **settings)
    variable = tf.Variable([1.0, 2.0, 3.0])
    for step in range(1, 4):
        optimizer.apply_gradients([(tf.constant(GRADIENT) * step, variable)])
    found[name] = {"settings": settings, "weights": variable.numpy().tolist()}
out = {"version": tf_keras.__version__, "gradient": GRADIENT, "cases": found}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")
