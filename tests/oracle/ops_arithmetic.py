"""Rows of ops/arithmetic.py: sums, products, quotients, powers and roots."""

import numpy as np

from tests.oracle.row import row
from tests.oracle.samples import INF, INTEGERS, NAN, floats, held, integers

X, Y = floats(2, 1, 3), floats(4, 1, seed=1)
N, M = integers(2, 3), integers(2, 3, low=1, seed=1)
ANY = [-2.5, -1.0, -0.25, 0.0, 0.75, 1.0, 3.0]
POSITIVE = [0.25, 1.0, 2.0, 3.0]
COMPLEX = np.array([1 + 2j, -0.5 + 0.25j, 2 - 1j], "complex64")
SPECIAL = np.array([-2.0, -0.0, 0.0, 1.0, INF, -INF, NAN])

UNARY = {
    "cbrt": ANY,
    "negative": ANY,
    "reciprocal": POSITIVE,
    "rsqrt": POSITIVE,
    "sqrt": POSITIVE,
    "square": ANY,
}
REFUSED = {("negative", "bool"), *(("rsqrt", dtype) for dtype in INTEGERS)}
BINARY = (
    "add", "subtract", "multiply", "divide", "true_divide", "divide_no_nan", "floor_divide", "mod",
    "fmod", "hypot",
)  # fmt: skip
OF_INTEGERS = ("floor_divide", "mod", "fmod", "divide", "divide_no_nan", "multiply", "hypot")

ROWS = [
    *(row(name, np.array(x)) for name, x in UNARY.items()),
    *(row(name, np.zeros((2, 0))) for name in UNARY),
    *(row(name, SPECIAL) for name in UNARY),
    *(
        row(name, held(x, dtype))
        for name, x in UNARY.items()
        for dtype in INTEGERS
        if (name, dtype) not in REFUSED
    ),
    *(row(name, COMPLEX) for name in ("negative", "reciprocal", "sqrt", "square")),
    *(row(name, X, Y) for name in BINARY),
    row("add", floats(2, 3), floats(2, 3, seed=1)).batch_in(0),
    *(row(name, X, 2.0) for name in BINARY),
    *(row(name, 3, X) for name in BINARY),
    *(row(name, X[:0], Y) for name in BINARY),
    *(row(name, SPECIAL[:, None], SPECIAL) for name in BINARY),
    *(row(name, N, M) for name in OF_INTEGERS),
    *(row(name, X[:, 0], N) for name in OF_INTEGERS),
    row("power", np.abs(X), Y),
    row("power", X, 2),
    row("power", X, np.array([2, 3, 0])),
    row("power", 2.0, X),
    row("power", SPECIAL[:, None], SPECIAL),
    row("power", N, np.array([0, 1, 2])),
    *(
        row(name, np.array([[12, -18, 0], [7, 1, 0]], dtype), np.array([8, 12, 0], "int8"))
        for name in ("gcd", "lcm")
        for dtype in ("int8", "int32", "int64")
    ),
    row("gcd", np.array([12, 18], "uint8"), 8),
    row("lcm", np.array([4, 6], "uint8"), 10),
    row("ldexp", X, np.array([3, -1, 0])),
    row("ldexp", np.array([1, 2]), np.array([[3], [1]], "int8")),
    row("ldexp", SPECIAL, 2).without_gradients("JAX gives a slope of 1 at 0 and at infinity"),
]
