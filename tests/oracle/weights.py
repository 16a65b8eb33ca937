"""Rows of regularizers and constraints, with their runners."""

import jax
import keras
import numpy as np

import minikeras as mk
from tests.oracle.class_row import found, row, tensors
from tests.oracle.record import comparing
from tests.support import assert_close, serialized

random = np.random.default_rng(4)
MATRIX, KERNEL = random.normal(size=(5, 3)), random.normal(size=(2, 2, 3, 4))

REGULARIZERS = [
    row("regularizers.L1", MATRIX),
    row("regularizers.L1", MATRIX, l1=0.3),
    row("regularizers.L2", MATRIX),
    row("regularizers.L2", KERNEL, l2=2),
    row("regularizers.L1L2", MATRIX),
    row("regularizers.L1L2", MATRIX, l1=0.1),
    row("regularizers.L1L2", MATRIX, l2=0.2),
    row("regularizers.L1L2", KERNEL, l1=0.1, l2=0.2),
    row("regularizers.OrthogonalRegularizer", MATRIX),
    row("regularizers.OrthogonalRegularizer", MATRIX, factor=0.5, mode="columns"),
]
CONSTRAINTS = [
    row("constraints.MaxNorm", MATRIX),
    row("constraints.MaxNorm", MATRIX, max_value=0.5, axis=1),
    row("constraints.NonNeg", MATRIX),
    row("constraints.UnitNorm", MATRIX),
    row("constraints.UnitNorm", MATRIX, axis=1),
    row("constraints.MinMaxNorm", MATRIX),
    row("constraints.MinMaxNorm", MATRIX, min_value=2.0, max_value=2.5, rate=0.3),
    *(
        row(f"constraints.{name}", KERNEL, axis=axis)
        for name in ("MaxNorm", "UnitNorm", "MinMaxNorm")
        for axis in ([0, 1, 2], (0, 1))
    ),
]

ROWS = [*REGULARIZERS, *CONSTRAINTS]
ELSEWHERE = {
    "regularizers.Regularizer": "test_regularizers_constraints.py::test_custom_classes",
    "constraints.Constraint": "test_regularizers_constraints.py::test_custom_classes",
}


def compare(row):
    """Assert that a penalty, or a projection, is the same in both libraries."""
    ours, theirs = (found(library, row.name)(**row.arguments) for library in (mk, keras))
    for dtype in ("float32", "float64"):
        w = row.inputs[0].astype(dtype)
        there = jax.numpy.asarray(w)
        if row.namespace == "constraints":
            with comparing(row.name, "values"):
                assert_close(ours(tensors(w)), theirs(there), rtol=1e-5)
                assert_close(ours(mk.Variable(w, dtype=dtype)), theirs(there), rtol=1e-5)
            continue
        penalty, gradient = mk.value_and_grad(ours)(tensors(w))
        expected, expected_gradient = jax.value_and_grad(theirs)(there)
        with comparing(row.name, "values"):
            assert_close(penalty, expected, rtol=1e-5, dtype="Orthogonal" not in row.name)
            assert penalty.dtype == dtype
        with comparing(row.name, "gradients"):
            assert_close(gradient, expected_gradient, rtol=1e-4, atol=1e-6)
    _compare_configurations(row, ours, theirs)


def _compare_configurations(row, ours, theirs):
    with comparing(row.name, "configuration"):
        module, oracle = found(mk, row.namespace), found(keras, row.namespace)
        form, expected = module.serialize(ours), oracle.serialize(theirs)
        # Keras keeps some factors as float32 and writes those.
        assert _rounded(serialized(ours)) == _rounded(expected["config"])
        assert {**form, "config": None} == {**expected, "config": None}
        twin = module.deserialize(expected)
        assert type(twin) is type(ours)
        assert _rounded(serialized(twin)) == _rounded(serialized(ours))


def _rounded(config):
    return {
        k: round(v, 6) if isinstance(v, float) else list(v) if isinstance(v, tuple) else v
        for k, v in config.items()
    }
