"""A row of a layer in both libraries: values, gradients, state, shapes, configuration."""

import contextlib

import keras
import numpy as np

import minikeras as mk
from tests.oracle.class_row import tensors
from tests.oracle.record import comparing
from tests.support import assert_close, compare_layers, oracle_in_float64, values

HALF = 5e-3


def compare(row):
    """Assert that a row gives the same in both libraries."""
    is_half = row.arguments.get("dtype") == "mixed_float16"
    tolerance = row.tolerance or (HALF if is_half else 2e-5)
    call = dict(row.call)
    training = call.pop("training", False)
    is_wide = row.arguments.get("dtype") == "float64"
    with oracle_in_float64() if is_wide else contextlib.nullcontext():
        compare_layers(
            row.name.removeprefix("layers."), row.arguments, row.inputs[0], training,
            rtol=tolerance, atol=tolerance, call=call, left_out=row.left_out,
        )  # fmt: skip


def compare_function(row):
    """Assert that a function, such as ``layers.add``, gives the same in both libraries."""
    name = row.name.removeprefix("layers.")
    found = getattr(mk.layers, name)(*tensors(row.inputs), **row.arguments)
    with comparing(row.name, "values"):
        assert_close(found, getattr(keras.layers, name)(*row.inputs, **row.arguments))
    symbols = [mk.Input(x.shape[1:]) for x in row.inputs[0]]
    with comparing(row.name, "symbolic shapes"):
        found_shape = getattr(mk.layers, name)(symbols, **row.arguments).shape
        assert found_shape[1:] == values(found).shape[1:]


# Regularizers and the like, each away from its default, by what they are of.
def weights_of(*kinds):
    """Arguments for the weights of these kinds: ``"kernel"``, ``"bias"``, ``"depthwise"``."""
    found = {}
    for kind, settings in zip(kinds, _SETTINGS):
        for what, value in zip(("initializer", "regularizer", "constraint"), settings):
            found[f"{kind}_{what}"] = value
    return found


_SETTINGS = [
    ("he_normal", "l2", "max_norm"),
    ("ones", "l1", "non_neg"),
    ("lecun_uniform", "l1l2", "unit_norm"),
]


def floats(seed=0):
    """A function that draws arrays of float32 of a given shape, the same ones in each run."""
    random = np.random.default_rng(seed)
    return lambda *shape: random.normal(size=shape).astype("float32")
