"""Rows of random functions, with their runner: what both libraries draw is spread alike."""

import keras
import numpy as np
from scipy import stats

import minikeras as mk
from tests.oracle.class_row import found, row, tensors
from tests.oracle.record import comparing
from tests.support import values

MANY = (4000, 3)
LOGITS = np.log(np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]], "float32"))
ONES = np.ones((300, 40), "float32")


def both_widths(name, *inputs, **arguments):
    """The row in the usual dtype, in half and in double precision."""
    plain = row(f"random.{name}", *inputs, **arguments)
    dtypes = ("float16", "float64")
    return [plain, *(row(plain.name, *inputs, **arguments, dtype=d) for d in dtypes)]


ROWS = [
    *both_widths("normal", MANY, seed=1),
    *both_widths("normal", MANY, mean=2.0, stddev=0.5, seed=2),
    *both_widths("uniform", MANY, seed=3),
    *both_widths("uniform", MANY, minval=-3.0, maxval=5.0, seed=4),
    *both_widths("truncated_normal", MANY, seed=5),
    *both_widths("truncated_normal", MANY, mean=1.0, stddev=3.0, seed=6),
    *both_widths("gamma", MANY, seed=7, alpha=0.9),
    *both_widths("gamma", MANY, seed=8, alpha=7.5),
    row("random.gamma", MANY, seed=8, alpha=np.array([0.5, 4.0, 90.0], "float32")),
    *both_widths("beta", MANY, seed=9, alpha=0.5, beta=0.7),
    row("random.beta", MANY, seed=10, alpha=80.0, beta=3.0),
    *both_widths("binomial", MANY, seed=11, counts=10.0, probabilities=0.3),
    row("random.binomial", MANY, seed=12, counts=1000.0, probabilities=0.9),
    row("random.randint", MANY, seed=13, minval=-3, maxval=20),
    row("random.randint", MANY, seed=14, minval=0, maxval=200, dtype="uint8"),
    row("random.randint", MANY, seed=15, minval=0, maxval=3 * 2**40, dtype="int64"),
    row("random.categorical", LOGITS, seed=16, num_samples=4000),
    row("random.categorical", LOGITS, seed=17, num_samples=4000, dtype="int64"),
    row("random.shuffle", np.arange(12000).reshape(4000, 3), seed=18),
    row("random.shuffle", np.arange(12000).reshape(3, 4000), axis=1, seed=19),
    row("random.dropout", ONES, seed=20, rate=0.3),
    row("random.dropout", ONES, seed=21, rate=0.5, noise_shape=(None, 1)),
]
ELSEWHERE = {"random.SeedGenerator": "tests/test_random.py::test_states_match_keras"}


def compare(row):
    """Assert that what is drawn has the same dtype and shape, and is spread alike."""
    drawn = values(found(mk, row.name)(*tensors(row.inputs), **tensors(row.arguments)))
    expected = values(found(keras, row.name)(*row.inputs, **row.arguments))
    again = values(found(mk, row.name)(*tensors(row.inputs), **tensors(row.arguments)))
    with comparing(row.name, "distribution"):
        assert drawn.shape == expected.shape
        assert drawn.dtype == expected.dtype
        assert (drawn == again).all(), "a seed gives the same draws"
        for a, e in zip(_parts(drawn), _parts(expected)):
            assert stats.ks_2samp(a, e, method="asymp").pvalue > 1e-3


def _parts(x):
    """All numbers, and those of each column: rows of few columns, columns of few rows."""
    x = np.round(x.astype("float64"), 2) if x.dtype.kind == "f" else x
    few = x if x.shape[0] < x.shape[1] else x.T
    return [x.ravel(), *few[:5]]
