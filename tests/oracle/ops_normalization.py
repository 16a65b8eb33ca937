"""Rows of normalization and moments."""

from tests.oracle.drawing import Drawing
from tests.oracle.row import row

draw = Drawing()
X = draw.normal(2, 3, 4)
POSITIVE = draw.uniform(2, 3, 4, low=0.25, high=2.0)
INTEGERS = draw.integers(-9, 9, 3, 4)
SMALL_BATCH = "the mean and the variance are no batch"

UNGIVEN = {("moments", "synchronized"): "Keras on JAX refuses it; see test_moments_of_one_replica"}
ROWS = [
    *(row("moments", X, a) for a in (0, [0, 2], (-1,), (0, 1, 2), [-2])),
    *(row("moments", X, a, keepdims=True) for a in (0, [0, 2], (-1,))),
    row("moments", 100 * X, [0, 1]),
    row("moments", X[:, :1], [1]), row("moments", INTEGERS, [0]),
    # An axis of the channels, with and without scale and offset.
    row("batch_normalization", X, X[0, :, 0], POSITIVE[0, :, 0], 1),
    row("batch_normalization", X, X[0, 0], POSITIVE[0, 0], -1, X[1, 0], X[1, 1], epsilon=0.125),
    row("batch_normalization", X, X[0, 0], POSITIVE[0, 0], 2, offset=X[1, 0]),
    row("batch_normalization", X, X[0, 0], POSITIVE[0, 0], 2, scale=X[1, 0]),
    row("batch_normalization", X[:0], X[0, 0], POSITIVE[0, 0], -1),
    row("batch_normalization", X[..., 0], X[:, 0, 0], POSITIVE[:, 0, 0], 0)
    .with_known_batch(SMALL_BATCH),
    row("layer_normalization", X), row("layer_normalization", X, X[0, 0], X[0, 1]),
    row("layer_normalization", X, X[0], X[1], axis=[1, 2], epsilon=0.125),
    row("layer_normalization", X, X[0, :, 0], X[1, :, 0], axis=1),
    row("layer_normalization", X, X[0], axis=(-2, -1)),
    row("layer_normalization", X, beta=X[0, 0]),
    row("layer_normalization", X, X[0, 0], rms_scaling=True),
    row("layer_normalization", X[:0]), row("layer_normalization", X[..., :1]),
    row("layer_normalization", 1000 * X),
    row("rms_normalization", X), row("rms_normalization", X, X[0, 0], epsilon=0.125),
    row("rms_normalization", X, axis=[0, 2]), row("rms_normalization", X, X[0], axis=[1, 2]),
    row("rms_normalization", X[:0]), row("rms_normalization", 0 * X),
    row("moments", INTEGERS > 0, 0), row("normalize", INTEGERS, order=1),
    *(row("normalize", X, order=n, axis=a) for n in (1, 2, 3) for a in (-1, 0)),
    row("normalize", 0 * X).only(
        "float32", "float64", reason="in half precision Keras divides 0 by a norm rounded to 0"
    ),
    row("normalize", X, epsilon=5.0, axis=1),
    row("normalize", X, axis=(0, 1)), row("normalize", X[:0]), row("normalize", X[..., :1]),
    row("normalize", X, 0, 1, 4.0),
]  # fmt: skip
