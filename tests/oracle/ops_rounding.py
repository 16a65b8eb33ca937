"""Rows of ops/rounding.py: size and sign, the extremes of two tensors, bounds and rounding."""

import numpy as np

from tests.oracle.row import row
from tests.oracle.samples import INF, INTEGERS, NAN, floats, held, integers

X, Y = floats(2, 1, 3), floats(4, 1, seed=1)
N, M = integers(2, 3), integers(2, 3, seed=1)
ANY = [-2.5, -1.0, -0.25, 0.5, 0.75, 1.0, 3.0]
HALVES = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.25])
SPECIAL = np.array([-2.0, -0.0, 0.0, 1.0, INF, -INF, NAN])

UNARY = ("abs", "absolute", "ceil", "fabs", "floor", "round", "sign", "trunc")
REFUSED = {("round", "bool"), ("sign", "bool")}
BINARY = ("fmax", "fmin", "heaviside", "maximum", "minimum")

ROWS = [
    *(row(name, np.array(ANY)) for name in UNARY),
    *(row(name, SPECIAL) for name in UNARY if not name.endswith(("abs", "absolute"))),
    *(
        row(name, SPECIAL).without_gradients("the slope at 0 and NaN is 0 and NaN, in JAX 1 and -1")
        for name in ("abs", "absolute", "fabs")
    ),
    *(row(name, HALVES) for name in ("ceil", "floor", "round", "trunc")),
    *(row(name, np.zeros((2, 0))) for name in UNARY),
    *(
        row(name, held(ANY, dtype))
        for name in UNARY
        for dtype in INTEGERS
        if (name, dtype) not in REFUSED
    ),
    row("abs", np.array([3 + 4j, -1j], "complex64")),
    *(
        row("round", x, decimals=decimals)
        for x in (floats(2, 3), np.array([1, 15, -75]))
        for decimals in (-1, 1, 2)
    ),
    *(
        row(name, *args)
        for name in BINARY
        for args in (
            (X, Y),
            (X, 2.0),
            (0.5, X),
            (X, integers(2, 1, 3)),
            (N, M),
            (X[:0], Y),
            (SPECIAL[:-1, None], SPECIAL),
        )
    ),
    *(row(name, SPECIAL, SPECIAL[::-1]) for name in BINARY if name != "heaviside"),
    row("heaviside", SPECIAL, floats(7)).without_gradients("JAX lets x1 have a slope where NaN"),
    *(
        row("nextafter", x, y).without_gradients("JAX has no rule for it")
        for x, y in ((X, Y), (X, 2.0), (0.5, X), (X[:0], Y), (SPECIAL[:, None], SPECIAL))
    ),
    row("nextafter", N, M),
    row("maximum", N.astype("uint8"), M.astype("int8")),
    row("clip", X, -1.0, 2.0),
    row("clip", X, Y, Y + 1),
    row("clip", SPECIAL, -1, 1),
    row("clip", np.array([0.0, 1.0, 2.0]), np.array(0.0), np.array(1.0)),
    row("clip", X, None, 1.0),
    row("clip", X, 0.5, None),
    row("clip", X, integers(3, low=-3, high=0), 2),
    row("clip", N, -2, 3),
    row("clip", N, -2.5, 3),
    row("clip", N.astype("uint8"), 1, 5),
    row("clip", N > 0, 0, 1),
    row("clip", X[:0], 0.0, 1.0),
]
