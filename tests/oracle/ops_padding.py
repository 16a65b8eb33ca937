"""Rows of ops/padding.py: more elements around a tensor, in every mode."""

import numpy as np

from tests.oracle.row import row
from tests.oracle.samples import floats, integers

V, M, T = floats(5), floats(3, 4), floats(2, 3, 4)
N = integers(3, 4)
WIDTHS = ((2, 1), (0, 5))
MODES = ("edge", "reflect", "symmetric", "wrap", "maximum", "mean", "median", "minimum")

ROWS = [
    row("pad", V, 2),
    row("pad", M, ((1, 2), (0, 3))),
    row("pad", M, (1, 2)),
    row("pad", M, ((1, 0),), constant_values=2.5),
    row("pad", N, 1, constant_values=3),
    row("pad", N > 0, 1),
    row("pad", np.zeros((0, 4)), ((1, 0), (0, 0))),
    row("pad", T, ((0, 0), (1, 0), (0, 2)), mode="constant", constant_values=-1.0),
    *(
        row("pad", x, WIDTHS, mode=mode)
        for x in (M, N)
        for mode in (*MODES, "linear_ramp")
        if (x is M or mode not in ("median", "linear_ramp"))
    ),
    *(row("pad", T, ((0, 0), (2, 2), (1, 0)), mode=mode) for mode in (*MODES, "linear_ramp")),
    *(row("pad", floats(2, 1), ((0, 0), (2, 1)), mode=m) for m in ("edge", "wrap", "symmetric")),
    row("pad", np.abs(N), ((0, 2), (3, 1)), mode="linear_ramp"),
]
