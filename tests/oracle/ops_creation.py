"""Rows of ops/creation.py: constant tensors, ranges, matrices and windows."""

import numpy as np

from tests.oracle.row import row
from tests.oracle.samples import floats, integers

V, M = floats(5), floats(2, 3)
N = integers(2, 3)
NO_GRAPH = "Keras makes no node of it, and neither is its argument symbolic"

ROWS = [
    row("array", M),
    row("array", M, dtype="float16"),
    row("array", N, dtype="float32"),
    row("array", [1, 2]),
    row("array", [[True]], dtype="int8"),
    row("array", 2.5),
    *(
        row(name, *args, **settings)
        for name in ("zeros", "ones")
        for args, settings in (
            (((2, 3),), {}),
            (([2],), {"dtype": "int8"}),
            (((),), {}),
            (((2, 0),), {"dtype": "bool"}),
            ((3,), {"dtype": "float64"}),
        )
    ),
    row("full", (2, 3), 7),
    row("full", (2,), 3.75, dtype="int32"),
    row("full", (2, 3), V[:3])
    .with_known_batch("the shape asked for says it")
    .only("float32", "float16", reason="it takes floatx, whatever it is filled with"),
    row("full", 3, True, dtype="bool"),
    row("full", (0, 2), 1.0),
    *(
        row(name, x, **settings)
        for name in ("zeros_like", "ones_like")
        for x, settings in ((M, {}), (N, {}), (M, {"dtype": "int32"}), (floats(0, 2), {}))
    ),
    row("full_like", M, 2),
    row("full_like", N, 3.5),
    row("full_like", M, V[:3]),
    row("full_like", N, 2, dtype="float16"),
    row("full_like", floats(0, 2), 1.0),
    row("arange", 5),
    row("arange", 2, 9, 3),
    row("arange", 2, stop=5),
    row("arange", 1.0, 2.0, 0.25),
    row("arange", 5, 0, -2),
    row("arange", 0, 1, 0.25, dtype="float16"),
    row("arange", 3, 1),
    row("arange", 4, dtype="uint8"),
    row("arange", 2.5),
    *(
        row("linspace", *args, **settings)
        for args, settings in (
            ((0, 1), {}),
            ((2, -3, 1), {}),
            ((0, 10, 5), {"dtype": "int32"}),
            ((0.0, 1.0, 5), {"retstep": True}),
            ((0.0, 1.0), {"num": 4, "endpoint": False, "retstep": True}),
            ((0, 1, 0), {}),
            ((M, 2 * M[:, :1]), {"num": 4, "axis": -1}),
            ((M, 1.0), {"num": 3, "endpoint": False, "axis": 1}),
            ((0.5, M), {"num": 1, "retstep": True}),
            ((N, M), {"num": 2}),
        )
    ),
    row("linspace", M, M + 1, num=3, dtype="float16").within(1e-3),  # slopes pass through it
    *(
        row("logspace", *args, **settings)
        for args, settings in (
            ((0, 2, 5), {}),
            ((0, 1), {"num": 3, "base": 2}),
            ((M / 4, 1.0), {"num": 3, "base": 2, "axis": 1}),
            ((M / 4, M[:1] / 4), {"num": 3, "endpoint": False, "axis": -1}),
            ((0, 3, 4), {"endpoint": False, "dtype": "float16"}),
            ((N % 3, 2), {"num": 3, "base": 2.5}),
            ((0, 1, 0), {}),
        )
    ),
    row("geomspace", 1, 8, 4, dtype="float16").within(2e-3),  # Keras computes in it
    *(
        row("geomspace", *args, **settings)
        for args, settings in (
            ((1, 1000, 4), {}),
            ((-2.0, -8.0), {"num": 3}),
            ((np.abs(M), 5.0), {"num": 3, "axis": 1, "endpoint": False}),
            ((np.abs(M), np.abs(M[:1]) + 1), {"num": 4, "axis": -1}),
            ((np.array([1, 2], "int32"), 16), {"num": 2}),
        )
    ),
    *(
        row(name, *args, **settings)
        for name in ("eye", "tri")
        for args, settings in (
            ((3,), {}),
            ((2, 4), {"k": 1, "dtype": "int32"}),
            ((3,), {"M": 2, "k": -1}),
            ((3, 2), {"k": -1, "dtype": "bool"}),
            ((0,), {}),
        )
    ),
    row("identity", 3),
    row("identity", 2, dtype="float16"),
    *(
        row("vander", x, **settings)
        for x, settings in (
            (V, {}),
            (V, {"N": 2}),
            (integers(3), {"N": 3, "increasing": True}),
            (V, {"N": 4, "increasing": True}),
            (V, {"N": 0}),
        )
    ),
    *(
        row(name, n)
        for name in ("bartlett", "blackman", "hamming", "hanning")
        for n in (0, 1, 4, 7)
    ),
    *(row(name, np.array(4)).without_symbols(NO_GRAPH) for name in ("bartlett", "hanning")),
    row("kaiser", 6, 8.5),
    row("kaiser", 1, 2.0),
    row("kaiser", 5, beta=0),
    row("kaiser", 0, 1.0),
]

_ANYTHING = "what it holds is not defined; its shape and dtype are tested in test_ops_core.py"
ELSEWHERE = {"empty": _ANYTHING, "empty_like": _ANYTHING}
