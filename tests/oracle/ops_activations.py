"""Rows of activations: every function on both sides of its kinks, far out, and on integers."""

import numpy as np

from tests.oracle.drawing import Drawing
from tests.oracle.row import row

draw = Drawing()
X = draw.normal(2, 3, 4, scale=3)
EMPTY = np.zeros((0, 4))
FAR = np.array([-1e4, -100, -20, 20, 100, 1e4])
ENDS = np.array([-np.inf, np.nan, np.inf])
INTEGERS = np.arange(-3, 3, dtype="int32")
BOOLEANS = np.array([True, False])

PLAIN = [
    "relu", "relu6", "sigmoid", "sparse_sigmoid", "softplus", "softsign", "soft_shrink",
    "hard_shrink", "tanh_shrink", "sparse_plus", "silu", "swish", "log_sigmoid", "leaky_relu",
    "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "elu", "selu", "celu", "gelu",
    "squareplus",
]  # fmt: skip
SET = [
    ("soft_shrink", {"threshold": 1.25}), ("hard_shrink", {"threshold": 1.25}),
    ("leaky_relu", {"negative_slope": 1.5}), ("leaky_relu", {"negative_slope": -0.5}),
    ("elu", {"alpha": 0.5}), ("celu", {"alpha": 0.5}), ("gelu", {"approximate": False}),
    ("squareplus", {"b": 1}), ("threshold", {"threshold": 0.5, "default_value": -3.0}),
]  # fmt: skip
# Where the oracle takes floats only, or no booleans; where its comparisons lose what is no number.
FLOATS_ONLY = {"sigmoid", "silu", "swish"}
NO_BOOLEANS = {*FLOATS_ONLY, "log_sigmoid"}
MAKE_0_OF_NAN = {"soft_shrink", "hard_shrink"}
AXES = (0, 1, -1, -2, (0, 2), (2, 1), None)

ROWS = [
    *(row(name, X) for name in PLAIN),
    *(row(name, X, **settings) for name, settings in SET),
    *(row(name, EMPTY) for name in ("relu", "silu", "gelu", "elu", "hard_silu")),
    *(row(name, FAR) for name in PLAIN),
    *(
        row(name, ENDS[::2] if name in MAKE_0_OF_NAN else ENDS).without_gradients("inf times 0")
        for name in PLAIN
    ),
    *(row(name, INTEGERS) for name in PLAIN if name not in FLOATS_ONLY),
    *(row(name, BOOLEANS) for name in PLAIN if name not in NO_BOOLEANS),
    row("threshold", INTEGERS, 1, 7), row("threshold", BOOLEANS, 0.5, 2), row("threshold", X, 0, 1),
    row("threshold", ENDS, 0.0, 2.0).without_gradients("not a number"),
    # Halves of an axis.
    *(row("glu", X, axis=axis) for axis in (-1, 0, 2, -3)),
    row("glu", np.zeros((3, 0))), row("glu", FAR),
    *(row(name, X, axis=axis) for name in ("softmax", "log_softmax") for axis in AXES),
    *(row(name, FAR) for name in ("softmax", "log_softmax")),
    *(row(name, X[..., :1]) for name in ("log_softmax", "sparsemax")),
    *(row(name, EMPTY) for name in ("softmax", "log_softmax", "sparsemax")),
    row("softmax", np.array([[0.0, -np.inf, 1.0], [np.nan, 0.0, 1.0], [np.inf, 0.0, 1.0]])),
    row("softmax", INTEGERS),
    *(row(name, 2.5) for name in ("gelu", "squareplus", "selu")), row("relu", 2),
    row("sigmoid", [0.5, 1.0]), row("log_softmax", [1.0, 2.0]), row("gelu", np.array(2.5)),
    # Logits so far apart that one value is positive: in other places Keras's values sum to more.
    *(row("sparsemax", 16 * draw.apart(2, 3, 4), axis=axis) for axis in (-1, 0, 1)),
    row("sparsemax", 2 * INTEGERS),
]  # fmt: skip
