"""Rows of dropout and noise: outside of training by values, in training by distribution."""

import keras
import numpy as np
from scipy import stats

import minikeras as mk
from tests.oracle import layers
from tests.oracle.class_row import found, row, tensors
from tests.oracle.layers import floats
from tests.oracle.record import comparing
from tests.support import values

draw = floats()
FLAT, LINE, SQUARE, CUBE = draw(4, 6), draw(4, 5, 3), draw(4, 5, 5, 3), draw(4, 5, 5, 2, 3)
FIRST = {"data_format": "channels_first"}

ROWS = [
    row("layers.Dropout", FLAT, rate=0.4),
    row("layers.Dropout", LINE, rate=0.4, noise_shape=(None, 1, 3), seed=3),
    row("layers.Dropout", FLAT, rate=0.5, trainable=False),
    row("layers.Dropout", FLAT, rate=0.3, dtype="mixed_float16"),
    row("layers.SpatialDropout1D", LINE, rate=0.4, seed=2),
    row("layers.SpatialDropout2D", SQUARE, rate=0.4, seed=1),
    row("layers.SpatialDropout2D", SQUARE, rate=0.4, **FIRST),
    row("layers.SpatialDropout3D", CUBE, rate=0.4),
    row("layers.SpatialDropout3D", CUBE, rate=0.4, seed=2, **FIRST),
    row("layers.AlphaDropout", FLAT, rate=0.4, seed=2),
    row("layers.AlphaDropout", FLAT, rate=0.4, noise_shape=(4, 1)),
    row("layers.GaussianDropout", FLAT, rate=0.4, seed=2),
    row("layers.GaussianNoise", FLAT, stddev=0.4, seed=2),
    row("layers.GaussianNoise", FLAT.astype("float64"), stddev=0.4, dtype="float64"),
]


def compare(row):
    """Assert that values are the same outside of training, and their spread is in training."""
    layers.compare(row)
    many = np.ones((400, *row.inputs[0].shape[1:]), row.inputs[0].dtype)
    arguments = {k: v for k, v in row.arguments.items() if k not in ("seed", "noise_shape")}
    drawn = []
    for library in (mk, keras):
        layer = found(library, row.name)(**arguments, seed=7)
        x = tensors(many) if library is mk else many
        drawn.append(values(layer(x, training=True)).astype("float64"))
    with comparing(row.name, "distribution"):
        for a, e in zip(*(_summaries(y) for y in drawn)):
            assert stats.ks_2samp(a, e, method="asymp").pvalue > 1e-3


def _summaries(y):
    """What must be spread alike: all numbers (those that are alike as one), sums by sample.

    Numbers that a layer draws once for all of an axis count once.
    """
    for axis in range(1, y.ndim):
        once = y.take([0], axis)
        y = once if np.all(y == once) else y
    inner = tuple(range(1, y.ndim))
    return np.round(y.ravel(), 2), np.round(y.sum(inner), 1)
