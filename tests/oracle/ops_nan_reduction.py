"""Rows of ops/nan_reduction.py: the reductions that leave NaN out."""

import numpy as np

from tests.oracle.row import row
from tests.oracle.samples import INF, NAN, floats, integers

T = floats(2, 3, 4)
N = integers(2, 3, 4)
HOLEY = np.where(floats(2, 3, 4, seed=1) > 1, NAN, T)
HOLEY[0, 1, :2] = NAN
VOID = np.array([[NAN, NAN, NAN], [1.0, NAN, 2.0]])
LIMITS = np.array([[INF, 1.0, NAN], [-INF, NAN, 2.0], [-INF, NAN, -INF]])

OVER_AXES = ("nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum", "nanvar")
POSITIONS = ("nanargmax", "nanargmin")
CUMULATIVE = ("nancumprod", "nancumsum")

ROWS = [
    *(
        row(name, x, **settings)
        for name in OVER_AXES
        for x, settings in (
            (HOLEY, {}),
            (HOLEY, {"axis": 1}),
            (HOLEY, {"axis": -1, "keepdims": True}),
            (HOLEY, {"axis": (0, 2)}),
            (HOLEY, {"keepdims": True}),
            (T, {"axis": (0, -1), "keepdims": True}),
            (VOID, {"axis": 1}),
            (LIMITS, {"axis": 1}),
            (floats(0, 3), {"axis": 1}),
            (N.astype("int8"), {"axis": 1}),
            (N, {"axis": (0, 2)}),
            (np.abs(N).astype("uint8"), {"axis": 1}),
            (N > 0, {"axis": 1}),
        )
    ),
    *(row(name, np.zeros((2, 0)), axis=1) for name in ("nansum", "nanprod")),
    *(
        row(name, x, **settings)
        for name in POSITIONS
        for x, settings in (
            (HOLEY, {}),
            (HOLEY, {"axis": 1}),
            (HOLEY, {"axis": -1, "keepdims": True}),
            (HOLEY, {"keepdims": True}),
            (VOID, {"axis": 1}),
            (LIMITS, {"axis": 1}),
            (N, {"axis": 1}),
            (N > 0, {"axis": 2}),
            (floats(0, 3), {"axis": 1}),
        )
    ),
    *(
        row(name, x, **settings)
        for name in CUMULATIVE
        for x, settings in (
            (HOLEY[0, :2], {}),
            (HOLEY, {"axis": 1}),
            (VOID, {"axis": -1}),
            (LIMITS, {"axis": 0}),
            (np.trunc(N[0] / 4).astype("int8"), {"axis": 1}),
            (N > 0, {"axis": 1}),
            (np.abs(N[0, :2]).astype("uint8"), {"axis": 0, "dtype": "float32"}),
            (floats(2, 3), {"axis": 0, "dtype": "int32"}),
            (floats(0, 3), {"axis": 1}),
        )
    ),
]
