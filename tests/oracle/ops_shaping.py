"""Rows of ops/shaping.py: the same values in another shape or order of axes."""

import numpy as np

from tests.oracle.row import row
from tests.oracle.samples import floats, integers

V, M, S, T = floats(6), floats(3, 4), floats(3, 3), floats(2, 3, 4)
N = integers(3, 4)
ONE = floats(1, 3, 1)
EMPTY = np.zeros((0, 4))
IMAGES = floats(2, 2, 2, 4)

ROWS = [
    row("reshape", T, (2, 12)),
    row("reshape", T, (4, 6)),
    row("reshape", T, (-1, 2)),
    row("reshape", T, (-1, 6, 2)),
    row("reshape", V, 6),
    row("reshape", N, [-1]),
    row("reshape", EMPTY, (-1, 2)),
    row("reshape", np.array(3.0), (1, 1)),
    *(row("ravel", x) for x in (T, N, EMPTY, np.array(2.0))),
    row("transpose", T),
    row("transpose", T, axes=(1, 2, 0)),
    row("transpose", T, axes=[-1, 0, 1]),
    row("transpose", N),
    row("transpose", EMPTY),
    *(row("expand_dims", M, axis) for axis in (0, 1, -1, (0, -1))),
    row("expand_dims", np.array(2.0), 0),
    row("expand_dims", N, (1, 2)),
    *(
        row("squeeze", x, **settings)
        for x, settings in (
            (floats(2, 1, 3, 1), {}),
            (floats(2, 1, 3, 1), {"axis": -1}),
            (floats(2, 1, 3, 1), {"axis": (1, 3)}),
            (floats(0, 1), {}),
            (integers(2, 1), {"axis": 1}),
        )
    ),
    row("squeeze", ONE).with_known_batch("a batch of 1 is squeezed"),
    row("squeeze", ONE, axis=(0, 2)),
    row("broadcast_to", ONE, (2, 3, 4)),
    row("broadcast_to", V, (2, 6)),
    row("broadcast_to", np.array(2.0), (2,)),
    row("broadcast_to", integers(3, 1), (3, 2)),
    row("broadcast_to", EMPTY, (2, 0, 4)),
    row("moveaxis", T, 0, -1),
    row("moveaxis", T, (0, 1), (-1, 0)),
    row("moveaxis", N, 1, 0),
    row("swapaxes", T, 0, -1),
    row("swapaxes", N, 1, 0),
    *(
        row("flip", x, **settings)
        for x, settings in (
            (T, {}),
            (T, {"axis": 1}),
            (T, {"axis": (0, -1)}),
            (N, {"axis": -1}),
            (EMPTY, {}),
        )
    ),
    *(row(name, x) for name in ("fliplr", "flipud") for x in (T, N)),
    row("flipud", V),
    *(
        row("roll", x, *args, **settings)
        for x, args, settings in (
            (M, (2,), {}),
            (M, (-1,), {"axis": 1}),
            (M, ((1, 2),), {"axis": (0, 1)}),
            (T, (7,), {"axis": -2}),
            (N, (3,), {"axis": 0}),
            (EMPTY, (1,), {"axis": 1}),
        )
    ),
    *(
        row("rot90", x, **settings)
        for x, settings in (
            (T, {}),
            (T, {"k": 2, "axes": (1, 2)}),
            (T, {"k": 3, "axes": (2, 0)}),
            (M, {"k": -1}),
            (M, {"k": 4}),
            (N, {"axes": (1, 0)}),
        )
    ),
    *(
        row(name, x, **settings)
        for name in ("tril", "triu")
        for x, settings in (
            (T, {}),
            (M, {"k": -1}),
            (T, {"k": 1}),
            (N, {"k": 5}),
            (N > 0, {}),
            (EMPTY, {}),
        )
    ),
    row("diag", V),
    row("diag", V, k=-2),
    row("diag", V, k=1),
    *(
        row("diag", x, **settings)
        for x, settings in ((M, {"k": 1}), (M, {"k": -1}), (S, {}), (N, {}), (EMPTY, {}))
    ),
    row("diagflat", M, k=1),
    row("diagflat", M[:2, :2]),
    row("diagflat", integers(3), k=-1),
    *(
        row(name, x, **settings)
        for name in ("diagonal", "trace")
        for x, settings in (
            (T, {}),
            (M, {"offset": 9}),
            (T, {"offset": -1, "axis1": 0, "axis2": -1}),
            (N, {"offset": 1}),
        )
    ),
    *(
        row(name, x, **settings)
        for name in ("diagonal", "trace")
        for x, settings in (
            (T, {"offset": 1, "axis1": 2, "axis2": 1}),
            (T, {"axis1": -2, "axis2": -1}),
            (floats(0, 2, 2), {"axis1": 1, "axis2": 2}),
        )
    ),
    *(row("trace", x) for x in (N.astype("int8"), N > 0, np.abs(N).astype("uint8"))),
    row("meshgrid", V[:3], M[0]),
    row("meshgrid", V[:2], M[0, :3], M[1]),
    row("meshgrid", V[:2], N[0, :3], M[1], indexing="ij"),
    row("meshgrid", V),
    row("meshgrid"),
    row("meshgrid", np.zeros(0), V[:3]),
    row("depth_to_space", IMAGES, 2),
    row("depth_to_space", floats(1, 1, 2, 8), 2),
    row("depth_to_space", floats(2, 4, 1, 2), 2, data_format="channels_first"),
    row("depth_to_space", integers(1, 9, 2, 1), 3, data_format="channels_first"),
    row("space_to_depth", IMAGES, 2),
    row("space_to_depth", floats(1, 2, 4, 3), 2),
    row("space_to_depth", floats(2, 1, 2, 4), 2, data_format="channels_first"),
    row("space_to_depth", integers(1, 2, 3, 3), 3, data_format="channels_first"),
]
