"""Rows of initializers, with their runner: values, or how they are spread."""

import keras
import numpy as np
from scipy import stats

import minikeras as mk
from minikeras import initializers
from tests.oracle.class_row import found, row
from tests.oracle.record import comparing
from tests.support import assert_close, values

MATRIX, FILTERS, KERNEL = (60, 80), (3, 3, 20, 40), (12, 1, 9)
SCALED = ("GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform")
SHAPES = (MATRIX, FILTERS, (50,), (5, 8, 16))
AXES = {"input_axes": [0, 1], "output_axes": [2]}


def scaling(shape=FILTERS, **arguments):
    return row("initializers.VarianceScaling", shape, **arguments)


ROWS = [
    row("initializers.Zeros", (3, 2)),
    row("initializers.Zeros", (3, 2)).called(dtype="int32"),
    row("initializers.Ones", ()),
    row("initializers.Ones", (2,)).called(dtype="float64"),
    row("initializers.Constant", (4,), value=2.5),
    row("initializers.Constant", (4,), value=2.5).called(dtype="int32"),
    row("initializers.Identity", (3, 3)),
    row("initializers.Identity", (2, 4), gain=0.5).called(dtype="float64"),
    *(
        row("initializers.STFT", KERNEL, **arguments).called(dtype=dtype)
        for dtype in ("float32", "float64")
        for arguments in (
            {},
            {"side": "imag"},
            {"window": "hamming", "scaling": "spectrum", "periodic": True},
            {"window": None},
            {"side": "imag", "scaling": None},
        )
    ),
    row("initializers.STFT", KERNEL, window=np.linspace(0.1, 1.0, 12)),
    row("initializers.RandomNormal", FILTERS, seed=1),
    row("initializers.RandomNormal", FILTERS, mean=1.0, stddev=3.0, seed=1),
    row("initializers.RandomNormal", FILTERS, seed=1).called(dtype="float16"),
    row("initializers.RandomUniform", FILTERS, seed=1),
    row("initializers.RandomUniform", FILTERS, minval=2.0, maxval=5.0, seed=1),
    row("initializers.TruncatedNormal", FILTERS, seed=1),
    row("initializers.TruncatedNormal", FILTERS, mean=-1.0, stddev=2.0, seed=1),
    *(row(f"initializers.{name}", shape, seed=2) for name in SCALED for shape in SHAPES),
    *(row(f"initializers.{name}", FILTERS, seed=3, **AXES) for name in SCALED),
    *(row(f"initializers.{n}", MATRIX, seed=3).called(dtype="float64") for n in SCALED),
    scaling(seed=1),
    scaling(scale=3.0, mode="fan_out", seed=1),
    scaling(mode="fan_avg", distribution="untruncated_normal", seed=1),
    scaling(distribution="uniform", seed=1, **AXES),
    scaling(distribution="normal", scale=2.0, mode="fan_avg", seed=1),
    row("initializers.Orthogonal", MATRIX, seed=1),
    row("initializers.Orthogonal", FILTERS, gain=2.0, seed=1).called(dtype="float64"),
]
ELSEWHERE = {"initializers.Initializer": "a class to build upon"}
CERTAIN = {"Zeros", "Ones", "Constant", "Identity", "STFT"}


def compare(row):
    """Assert that an initializer gives the same, or what is spread alike, in both libraries."""
    ours, theirs = (found(library, row.name)(**row.arguments) for library in (mk, keras))
    (shape,), call = row.inputs, row.call
    filled, expected = ours(shape, **call), theirs(shape, **call)
    if row.name.removeprefix("initializers.") in CERTAIN:
        with comparing(row.name, "values"):
            assert_close(filled, expected, rtol=1e-4, atol=1e-5)
    else:
        with comparing(row.name, "distribution"):
            a, e = values(filled), values(expected)
            assert a.shape == e.shape
            assert a.dtype == e.dtype
            assert stats.ks_2samp(a.ravel(), e.ravel(), method="asymp").pvalue > 1e-3
            assert_close(ours.clone()(shape, **call), filled)
    _compare_configurations(row, ours, theirs)


def _compare_configurations(row, ours, theirs):
    with comparing(row.name, "configuration"):
        if row.name == "initializers.STFT" and isinstance(row.arguments.get("window"), np.ndarray):
            return  # Keras's configuration holds the array itself
        form = initializers.serialize(ours)
        if "gain" not in row.arguments or "Identity" not in row.name:  # which Keras forgets
            assert ours.get_config() == theirs.get_config()
            assert form == keras.initializers.serialize(theirs)
        twin = initializers.deserialize(form)
        assert type(twin) is type(ours)
        assert twin.get_config() == ours.get_config()
        assert_close(twin(row.inputs[0]), ours(row.inputs[0]))
