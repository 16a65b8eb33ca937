"""Rows of ops/reduction.py: sums, means, extremes, positions, and what accumulates along axes."""

import numpy as np

from tests.oracle.row import row
from tests.oracle.samples import INF, NAN, floats, integers

T = floats(2, 3, 4)
N = integers(2, 3, 4)
HOLEY = np.where(floats(2, 3, 4, seed=1) > 1, NAN, T)
TIES = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
ZEROS = np.array([[1.0, 0.0, 3.0], [0.0, 0.0, 2.0], [1.5, 2.0, -1.0]])

OVER_AXES = (
    "all", "amax", "amin", "any", "logsumexp", "max", "mean", "min", "prod", "ptp", "std", "sum",
    "var",
)  # fmt: skip
POSITIONS = ("argmax", "argmin")
CUMULATIVE = ("cumprod", "cumsum")
OF_NOTHING = ("all", "any", "prod", "sum")
DTYPES = ("bool", "uint8", "int8", "int32", "int64")

ROWS = [
    *(
        row(name, T, **settings)
        for name in OVER_AXES
        for settings in (
            {},
            {"axis": 1},
            {"axis": -1, "keepdims": True},
            {"axis": (0, 2)},
            {"axis": (-1, 1), "keepdims": True},
        )
    ),
    *(row(name, HOLEY, axis=1) for name in OVER_AXES),
    *(row(name, floats(2, 1, 3), axis=1) for name in OVER_AXES),
    *(row(name, TIES, axis=1) for name in ("amax", "amin", "max", "min", "ptp", "mean")),
    *(row(name, np.zeros((2, 0)), axis=1) for name in OF_NOTHING),
    *(row(name, np.zeros((0, 3)), axis=1) for name in OVER_AXES),
    *(
        row(name, (N if name != "prod" else N % 3).astype(dtype), axis=(0, 2))
        for name in OVER_AXES
        for dtype in DTYPES
        if (name, dtype) != ("ptp", "bool")
    ),
    *(row("prod", ZEROS, axis=axis) for axis in (None, 0, 1)),
    row("prod", N.astype("int8"), axis=1, dtype="float32"),
    row("prod", T, axis=1, dtype="int32"),
    row("logsumexp", np.array([[100.0, 99.0], [-100.0, -99.0], [-INF, 1.0]]), axis=1),
    row("logsumexp", np.array([[-INF, -INF], [INF, 1.0]]), axis=1),
    row("var", np.array([300.0, -300.0, 200.0])),
    row("std", np.array([300.0, -300.0, 200.0])),
    *(
        row(name, x, **settings)
        for name in ("max", "min")
        for x, settings in (
            (T, {"initial": 1.5}),
            (T, {"initial": -1, "axis": 1}),
            (N[0], {"initial": 2, "axis": 0, "keepdims": True}),
            (np.ones((0, 3)), {"axis": 0, "initial": 2.0}),
            (np.ones((2, 0)), {"axis": 1, "initial": 2.0, "keepdims": True}),
        )
    ),
    *(
        row(name, x, **settings)
        for name in POSITIONS
        for x, settings in (
            (T, {}),
            (T, {"axis": 1}),
            (T, {"axis": -1, "keepdims": True}),
            (N, {"keepdims": True}),
            (TIES, {"axis": 1}),
            (HOLEY, {"axis": 1}),
            (N.astype("uint8"), {"axis": 0}),
            (N > 0, {"axis": 2}),
            (floats(0, 3), {"axis": 1}),
            (floats(3, 1), {"axis": 1}),
        )
    ),
    *(
        row("count_nonzero", x, **settings)
        for x, settings in (
            (np.trunc(T), {}),
            (np.trunc(T), {"axis": 1}),
            (np.trunc(HOLEY), {"axis": (0, 2)}),
            (N, {"axis": -1}),
            (N > 0, {"axis": 0}),
            (floats(0, 3), {"axis": 0}),
        )
    ),
    *(
        row(name, x, **settings)
        for name in CUMULATIVE
        for x, settings in (
            (floats(2, 3), {}),
            (T, {"axis": 1}),
            (ZEROS, {"axis": -1}),
            (HOLEY, {"axis": 0}),
            (np.trunc(N[0] / 4).astype("int8"), {"axis": 1}),
            (N > 0, {"axis": 1}),
            (np.abs(N[0, :2]).astype("uint8"), {"axis": 0, "dtype": "float32"}),
            (floats(2, 3), {"axis": 0, "dtype": "int32"}),
            (floats(0, 3), {"axis": 1}),
            (floats(3, 1), {"axis": 1}),
        )
    ),
    row("average", T),
    row("average", T, axis=1),
    row("average", T, axis=-1, weights=floats(2, 3, 4, seed=2) + 5),
    row("average", T, weights=floats(2, 3, 4, seed=2) + 5),
    row("average", T, axis=(0, 1), weights=floats(2, 3, 4, seed=2) + 5),
    row("average", T, axis=1, weights=np.array([1, 2, 3])),
    row("average", N, axis=2, weights=np.array([1.0, 2.0, 3.0, 0.5])),
    row("average", N, axis=0),
]
