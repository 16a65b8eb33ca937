"""Rows of ops/statistics.py: quantiles, counts, correlation, and the integral of samples."""

import numpy as np

from tests.oracle.row import row
from tests.oracle.samples import INF, NAN, floats, integers

T = floats(2, 3, 4)
N = integers(2, 3, 4)
V, W = floats(5), floats(3, seed=1)
HOLEY = np.where(floats(2, 3, 4, seed=1) > 1, NAN, T)
HOLEY[0, 1] = NAN
PLACES = [0.0, 0.125, 0.5, 0.75, 1.0]
METHODS = ("lower", "higher", "midpoint", "nearest")
QUANTILES = (("quantile", 1), ("percentile", 100), ("nanquantile", 1), ("nanpercentile", 100))
MEDIANS = ("median", "nanmedian")
SAMPLES = np.array([1.0, 2.0, 2.0, 3.5, 7.0])

ROWS = [
    *(
        row(name, x, **settings)
        for name in MEDIANS
        for x, settings in (
            (T, {}),
            (T, {"axis": 1}),
            (T, {"axis": -1, "keepdims": True}),
            (T, {"axis": (0, 2)}),
            (T, {"keepdims": True}),
            (N, {"axis": 1}),
            (HOLEY, {"axis": 1}),
            (HOLEY, {"axis": (0, -1), "keepdims": True}),
            (np.array([[INF, 1.0, 2.0], [-INF, INF, 0.0]]), {"axis": 1}),
            (floats(3, 1), {"axis": 1}),
            (floats(0, 3), {"axis": 1}),
        )
    ),
    *(
        row(name, x, np.multiply(q, scale).tolist(), **settings)
        for name, scale in QUANTILES
        for x, q, settings in (
            (T, 0.25, {}),
            (T, PLACES, {"axis": 1}),
            (T, PLACES, {"axis": -1, "keepdims": True}),
            (N, 0.75, {"axis": 0}),
            (HOLEY, [0.25, 0.5], {"axis": -1}),
            (floats(3, 1), PLACES, {"axis": 1}),
            (floats(0, 3), 0.5, {"axis": 1}),
            *((floats(2, 4), PLACES, {"axis": 1, "method": method}) for method in METHODS),
        )
    ),
    row("quantile", T, np.array([0.25, 0.75]), axis=1),
    *(
        row("bincount", np.array(x, dtype), **settings).with_open_sides()
        for x, dtype, settings in (
            ([1, 3, 1, 0], "int32", {}),
            ([1, 3, 1, 0], "uint8", {"minlength": 6}),
            ([[1, 3], [3, 0]], "int32", {}),
            ([1, 3, 1, 0], "int32", {"weights": floats(4), "minlength": 2}),
            ([1, 3, 1, 0], "int32", {"weights": integers(4)}),
            ([[1, 3], [3, 0]], "int32", {"weights": floats(2, 2), "minlength": 5}),
            ([], "int32", {"minlength": 2}),
        )
    ),
    row("corrcoef", T[0]),
    row("corrcoef", V),
    row("corrcoef", np.array([[1 + 2j, -0.5, 2 - 1j], [1j, 3.0, 0.5]], "complex64")),
    row("corrcoef", integers(3, 4)),
    row("corrcoef", np.array([[1.0, 2.0, NAN], [1.0, 2.0, 4.0]])),
    *(
        row("correlate", x, y, mode=mode)
        for mode in ("valid", "full")
        for x, y in ((V, W), (W, V), (V, floats(4, seed=1)), (V, V[::-1].copy()))
    ),
    *(
        row("correlate", V, y, mode="same").with_known_batch("the longer one is known")
        for y in (W, floats(4, seed=1), V[::-1].copy())
    ),
    row("correlate", W, V, mode="same"),
    row("correlate", V, W),
    row("correlate", integers(5), integers(3, seed=1), mode="full"),
    row("correlate", V, integers(2), mode="same"),
    *(row("diff", T, n=n, axis=1) for n in (0, 1, 2, 3)),
    row("diff", T),
    row("diff", T, axis=0),
    row("diff", N, n=2, axis=-2),
    row("diff", np.array([1, 4, 2], "uint8")),
    row("diff", N > 0),
    row("diff", floats(3, 1)),
    row("digitize", np.array([[0.5, 1.0], [7.0, -1.0]]), np.array([0.0, 1.0, 2.5])),
    row("digitize", np.array([NAN, INF, -INF]), np.array([0.0, 1.0, 2.5])),
    row("digitize", integers(2, 3), np.array([-2, 0, 3])),
    row("digitize", integers(2, 3), np.array([-2.5, 0.0, 3.0])),
    row("digitize", floats(0, 3), np.array([0.0, 1.0])),
    row("histogram", SAMPLES),
    row("histogram", SAMPLES, bins=3),
    row("histogram", SAMPLES, bins=4, range=(0, 4)),
    row("histogram", np.array([2.0, 2.0]), bins=2),
    row("trapezoid", T),
    row("trapezoid", T, axis=1, dx=0.5),
    row("trapezoid", T, x=np.array([0.0, 1.0, 3.0, 3.5])),
    row("trapezoid", T, x=floats(2, 3, 4, seed=2), axis=1),
    row("trapezoid", N, axis=0),
    row("trapezoid", floats(3, 1)),
]

UNGIVEN = {("bincount", "sparse"): "there are dense tensors only"}
