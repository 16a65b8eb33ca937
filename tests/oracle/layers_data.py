"""Rows of layers of data, by what Keras on TensorFlow answered: tests/golden/preprocessing.json."""

import json
import pathlib

import numpy as np

import minikeras as mk
from minikeras.backend.xp import to_numpy
from tests.golden import preprocessing_cases as cases
from tests.oracle.class_row import row
from tests.oracle.record import comparing, difference
from tests.support import serialized

GOLDEN_FOLDER = pathlib.Path(__file__).parents[1] / "golden"
GOLDEN = json.loads((GOLDEN_FOLDER / "preprocessing.json").read_text())

ROWS = [
    row(f"layers.{case['layer']}", name, **case["arguments"]) for name, case in cases.CASES.items()
]
_DENSE = "neither library has such tensors on its backend here; ours refuses"
_BYTES = "tests/test_preprocessing.py::test_a_vocabulary_in_another_encoding"
UNGIVEN = {
    **{(r.name, "sparse"): _DENSE for r in ROWS},
    ("layers.TextVectorization", "ragged"): _DENSE,
    ("layers.TextVectorization", "encoding"): _BYTES,
    ("layers.StringLookup", "encoding"): _BYTES,
    ("layers.IntegerLookup", "vocabulary_dtype"): "test_integers_of_another_dtype",
}


def array(x):
    """An array as a user would pass it: integers in int64, floats in float32, strings as text."""
    drawn = np.array(x)
    return drawn.astype("float32") if drawn.dtype.kind == "f" else drawn


def tensor(x):
    """Numbers as a tensor; strings as an array that keeps zero bytes."""
    drawn = array(x)
    return np.array(x, object) if drawn.dtype.kind == "U" else mk.ops.convert_to_tensor(drawn)


def adapted(case):
    layer = getattr(mk.layers, case["layer"])(**case["arguments"], name="layer")
    if case["adapt"] is not None:
        layer.adapt(np.array(case["adapt"]))
    elif case["batches"] is not None:
        layer.adapt(array(batch) for batch in case["batches"])
    return layer


def called(layer, case):
    inputs = case["inputs"]
    is_cross = case["layer"] == "HashedCrossing"
    inputs = [tensor(x) for x in inputs] if is_cross else tensor(inputs)
    return layer(inputs, **{k: tensor(v) for k, v in case["call"].items()})


def same(actual, expected):
    """Assert that a result is what Keras gave, with its dtype and shape."""
    if isinstance(actual, dict):
        assert list(actual) == list(expected)
        for name in actual:
            same(actual[name], expected[name])
        return
    actual = np.asarray(to_numpy(actual))
    assert list(actual.shape) == expected["shape"]
    if expected["dtype"] == "string":
        assert actual.dtype.kind == "U"
        assert actual.tolist() == expected["values"]
        return
    assert actual.dtype.name == expected["dtype"]
    wanted = np.array(expected["values"], actual.dtype)
    np.testing.assert_allclose(actual, wanted, rtol=1e-5, atol=1e-6)
    difference(actual, wanted)


def compare(row):
    """Assert that a layer answers as Keras on TensorFlow did."""
    (name,) = row.inputs
    case, golden = cases.CASES[name], GOLDEN["cases"][name]
    assert "error" not in golden, golden
    layer = adapted(case)
    with comparing(row.name, "values"):
        same(called(layer, case), golden["outputs"])
    if "vocabulary" in golden:
        assert layer.get_vocabulary() == golden["vocabulary"]
        assert layer.vocabulary_size() == len(golden["vocabulary"])
    config, expected = serialized(layer), dict(golden["config"])
    with comparing(row.name, "configuration"):
        if case["layer"] == "Discretization":
            config.pop("bin_boundaries")
            np.testing.assert_allclose(
                layer.bin_boundaries, expected.pop("bin_boundaries"), rtol=1e-6
            )
        assert config == expected
