"""Rows for the gradient check of reductions."""

import numpy as np

_random = np.random.default_rng(11)
_X = _random.standard_normal((2, 3, 2))
_AXES = ({}, {"axis": 1}, {"axis": (0, -1)}, {"axis": 0, "keepdims": True})

ROWS = [
    *((name, [_X], axes) for name in ("sum", "mean", "max", "min") for axes in _AXES),
    ("sum", [_X], {"dtype": "float64"}),
    *(
        (name, None, "the result is Boolean or an index")
        for name in ("any", "all", "argmax", "argmin")
    ),
]
