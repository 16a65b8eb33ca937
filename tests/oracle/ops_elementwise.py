"""Rows of ops/elementwise.py: exponentials, logarithms, angles, error functions, complex parts."""

import numpy as np

from tests.oracle.row import row
from tests.oracle.samples import INF, INTEGERS, NAN, floats, held, integers

X, Y = floats(2, 1, 3), floats(4, 1, seed=1)
ANY = [-2.5, -1.0, -0.25, 0.0, 0.75, 1.0, 3.0]
POSITIVE = [0.25, 1.0, 2.0, 3.0]
UNIT = [-0.875, -0.25, 0.0, 0.5, 0.75]
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, INF, -INF, NAN])
COMPLEX = np.array([1 + 2j, -0.5 + 0.25j, 2 - 1j], "complex64")

# What each is tried on; dtypes of integers hold what they are cast to.
UNARY = {
    "angle": ANY, "arccos": UNIT, "arccosh": [1.25, 2.0, 3.0], "arcsin": UNIT, "arcsinh": ANY,
    "arctan": ANY, "arctanh": UNIT, "conj": ANY, "conjugate": ANY, "cos": ANY, "cosh": ANY,
    "deg2rad": ANY, "erf": ANY, "erfc": ANY, "erfinv": UNIT, "exp": ANY, "exp2": ANY, "expm1": ANY,
    "i0": ANY, "imag": ANY, "log": POSITIVE, "log10": POSITIVE, "log1p": POSITIVE,
    "log2": POSITIVE, "nan_to_num": ANY, "rad2deg": ANY, "real": ANY, "sin": ANY, "sinc": ANY,
    "sinh": ANY, "tan": ANY, "tanh": ANY,
}  # fmt: skip
OF_COMPLEX = ("angle", "conj", "conjugate", "cos", "exp", "imag", "log", "real", "sin", "tanh")
REFUSED = {("erf", dtype) for dtype in INTEGERS}

ROWS = [
    *(row(name, np.array(x)) for name, x in UNARY.items()),
    *(row(name, SPECIAL) for name in UNARY if name != "arccosh"),
    row("arccosh", np.array([0.5, 1.0, INF, NAN])),
    *(row(name, np.zeros((2, 0))) for name in UNARY),
    *(
        row(name, held(x, dtype))
        for name, x in UNARY.items()
        for dtype in INTEGERS
        if (name, dtype) not in REFUSED
    ),
    *(row(name, COMPLEX) for name in OF_COMPLEX),
    *(
        row(name, *args)
        for name in ("arctan2", "logaddexp", "logaddexp2")
        for args in (
            (X, Y),
            (X, integers(2, 1, 3)),
            (integers(2, 3), integers(2, 3, seed=1)),
            (X[:0], Y),
            (SPECIAL[:, None], SPECIAL),
        )
    ),
    *(
        row(name, np.array([1000.0, -1000.0, 1.0]), np.array([1000.0, 0.0, 1000.0]))
        for name in ("logaddexp", "logaddexp2")
    ),
    *(row(name, np.array([100.0, -50.0])) for name in ("tanh", "erf", "erfc", "log1p", "sinc")),
    row("nan_to_num", SPECIAL, nan=5.0, posinf=7.0, neginf=-7.0),
    row("nan_to_num", SPECIAL, 1, 2, 3),
    row("nan_to_num", integers(3), nan=5.0),
]
