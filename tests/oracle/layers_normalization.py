"""Rows of normalization layers, in training and out of it."""

import numpy as np

from tests.oracle import layers
from tests.oracle.class_row import made, row
from tests.oracle.layers import floats

draw = floats()
FLAT = draw(4, 3)
WEIGHTED = {
    "beta_regularizer": "l2", "gamma_regularizer": "l1", "gamma_constraint": "non_neg",
    "beta_constraint": "non_neg", "beta_initializer": "ones", "gamma_initializer": "he_normal",
}  # fmt: skip
CLIPPING = {"rmax": 1.5, "rmin": 0.3, "dmax": 0.5}
STEPS = np.array([[True, True, False], [True, False, False]])


def dense(**arguments):
    return made("layers.Dense", 4, name="inner", **arguments)


PLAIN = [
    row("layers.BatchNormalization", FLAT),
    row("layers.BatchNormalization", draw(4, 5, 3), momentum=0.5, epsilon=0.1),
    row("layers.BatchNormalization", draw(4, 3, 5), axis=1, center=False),
    row("layers.BatchNormalization", draw(2, 3, 4, 5), axis=-2, scale=False),
    row("layers.BatchNormalization", FLAT, moving_mean_initializer="ones", **WEIGHTED),
    row("layers.BatchNormalization", FLAT, moving_variance_initializer="zeros"),
    row("layers.BatchNormalization", FLAT, renorm=True, renorm_momentum=0.5),
    row(
        "layers.BatchNormalization", FLAT, renorm=True, renorm_clipping=CLIPPING, scale=False
    ),
    row("layers.BatchNormalization", FLAT, trainable=False),
    row("layers.BatchNormalization", FLAT, dtype="mixed_float16"),
    row("layers.LayerNormalization", FLAT),
    row("layers.LayerNormalization", draw(4, 3, 5), axis=[1, 2], epsilon=0.1, scale=False),
    row("layers.LayerNormalization", draw(4, 3, 5), axis=1, center=False),
    row("layers.LayerNormalization", FLAT, **{**WEIGHTED, "gamma_initializer": "uniform"}),
    row("layers.LayerNormalization", FLAT, dtype="float64"),
    row("layers.LayerNormalization", FLAT, dtype="mixed_float16"),
    row("layers.RMSNormalization", FLAT),
    row("layers.RMSNormalization", draw(4, 3, 5), axis=[1, 2], epsilon=0.1),
    row("layers.RMSNormalization", FLAT, dtype="mixed_float16"),
    row("layers.GroupNormalization", draw(3, 4), groups=2),
    row("layers.GroupNormalization", draw(3, 2, 6), groups=1, epsilon=0.1),
    row("layers.GroupNormalization", draw(2, 3, 2, 4), groups=-1, center=False),
    row("layers.GroupNormalization", draw(2, 6, 3, 2), groups=3, axis=1, scale=False),
    row(
        "layers.GroupNormalization", draw(2, 3, 4, 3), groups=2, axis=-2,
        **{**WEIGHTED, "gamma_initializer": "uniform"},
    ),
    row("layers.GroupNormalization", draw(2, 2, 6, 3), groups=3, axis=2, trainable=False),
    row("layers.GroupNormalization", draw(3, 5, 4), groups=2, dtype="mixed_float16"),
    row("layers.GroupNormalization", draw(3, 5, 4), groups=2, dtype="float64"),
    row("layers.UnitNormalization", FLAT),
    row("layers.UnitNormalization", draw(4, 3, 5), axis=1),
    row("layers.UnitNormalization", draw(2, 3, 4, 5), axis=[1, -1], activity_regularizer="l1"),
]  # fmt: skip
SPECTRAL = [
    row("layers.SpectralNormalization", draw(5, 3), layer=dense()),
    row(
        "layers.SpectralNormalization", draw(5, 3), power_iterations=3,
        layer=dense(activation="tanh", kernel_regularizer="l2"),
    ),
    row(
        "layers.SpectralNormalization", draw(2, 4, 4, 2), power_iterations=2,
        layer=made("layers.Conv2D", 3, 2, padding="same", name="inner"),
    ),
    row("layers.SpectralNormalization", draw(5, 3), layer=dense(), trainable=False),
    row(
        "layers.SpectralNormalization", draw(5, 3), layer=dense(kernel_initializer="zeros")
    ),
]  # fmt: skip
ASSIGNED = "what stands in the kernel is assigned: tests/test_layers_normalization.py"

ROWS = [
    *(r.called(training=training) for r in PLAIN for training in (True, False)),
    row("layers.BatchNormalization", draw(2, 3, 4)).called(training=True, mask=STEPS),
    *SPECTRAL,
    *(r.called(training=True).without("gradients", reason=ASSIGNED) for r in SPECTRAL),
]
UNGIVEN = {
    ("layers.BatchNormalization", "synchronized"): "Keras refuses it on JAX",
}
compare = layers.compare
