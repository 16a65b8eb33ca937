"""Rows of ops/logic.py: comparison, logic, bits, tests for NaN and the like, and where."""

import numpy as np

from tests.oracle.row import row
from tests.oracle.samples import INF, INTEGERS, NAN, floats, held, integers

X, Y = floats(2, 1, 3), floats(4, 1, seed=1)
N, M = integers(2, 3), integers(2, 3, seed=1)
MASK = np.array([[True, False, True], [False, False, True]])
SPECIAL = np.array([-2.0, -0.0, 0.0, 1.0, INF, -INF, NAN])
MANY = [-2.5, -1.0, -0.0, 0.0, 0.75, 3.0]
COMPLEX = np.array([1 + 2j, -0.5, 2 - 1j], "complex64")

UNARY = (
    "isfinite", "isinf", "isnan", "isneginf", "isposinf", "isreal", "logical_not", "signbit",
)  # fmt: skip
BINARY = (
    "equal", "greater", "greater_equal", "less", "less_equal", "logical_and", "logical_or",
    "logical_xor", "not_equal",
)  # fmt: skip
BITS = ("bitwise_and", "bitwise_or", "bitwise_xor")
SHIFTS = ("bitwise_left_shift", "bitwise_right_shift", "left_shift", "right_shift")

ROWS = [
    *(row(name, SPECIAL) for name in UNARY),
    *(row(name, np.zeros((0, 2))) for name in UNARY),
    *(row(name, held(MANY, dtype)) for name in UNARY for dtype in INTEGERS),
    row("isreal", COMPLEX),
    *(
        row(name, *args)
        for name in BINARY
        for args in (
            (X, Y),
            (X[:0], Y),
            (SPECIAL[:, None], SPECIAL),
            (N, M),
            (N, 2.5),
            (1, N),
            (MASK, N),
            (N.astype("uint8"), M.astype("int8")),
        )
    ),
    *(
        row(name, *args)
        for name in BITS
        for args in (
            (N, M),
            (N, 5),
            (MASK, ~MASK),
            (N.astype("uint8"), M.astype("int8")),
            (N[:, :1], M.astype("int64")),
        )
    ),
    *(
        row(name, *args)
        for name in SHIFTS
        for args in (
            (N, np.array([0, 1, 3])),
            (np.abs(N).astype("uint8"), np.array([1, 2, 3], "uint8")),
            (N.astype("int8"), 2),
            (N[:0], 1),
        )
    ),
    *(
        row(name, held(MANY, dtype))
        for name in ("bitwise_not", "bitwise_invert")
        for dtype in INTEGERS
    ),
    *(
        row(name, *args, **settings)
        for name in ("isclose", "allclose")
        for args, settings in (
            ((X, X + 1 / 1024), {}),
            ((X, X * 1.125), {"rtol": 0.25}),
            ((X, X + 0.25), {"atol": 0.5, "rtol": 0.0}),
            ((X, Y), {"rtol": 0.5, "atol": 0.5}),
            ((SPECIAL, SPECIAL), {}),
            ((SPECIAL, SPECIAL), {"equal_nan": True}),
            ((SPECIAL[:, None], SPECIAL), {"atol": 1.5, "equal_nan": True}),
            ((N, N + 1), {"atol": 1.0}),
            ((X[:0], Y), {}),
        )
    ),
    row("isin", N, np.array([1, 5, -3])),
    row("isin", X, X[0, 0, :2], invert=True),
    row("isin", np.array([3, 1, 2]), np.array([5, 2]), assume_unique=True),
    row("isin", N, np.array([[1.0, 2.5]]), assume_unique=False, invert=True),
    row("isin", N, np.zeros(0, "int32")),
    row("where", MASK, floats(2, 3), floats(3, seed=1)),
    row("where", N, floats(2, 1), 2.5),
    row("where", X > 0, 1, Y),
    row("where", MASK, N, M.astype("uint8")),
    row("where", MASK, N, 1.5),
    row("where", MASK[:0], floats(0, 3), 0.0),
    row("where", MASK, np.array([NAN, 1.0, INF]), floats(2, 3)),
    row("where", MASK).with_open_sides(),
    row("where", N[0]).with_open_sides(),
]
