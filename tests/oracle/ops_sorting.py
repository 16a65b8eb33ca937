"""Rows of ops/sorting.py: orders, searches, distinct elements, and reductions by segment."""

import numpy as np

from tests.oracle.row import row
from tests.oracle.samples import INF, NAN, floats, integers

V, M, T = floats(6), floats(3, 4), floats(2, 3, 4)
N = integers(3, 4)
TIES = np.array([[3.0, 1.0, 3.0, 0.0, 3.0], [2.0, 2.0, 2.0, 2.0, 2.0]])
SPECIAL = np.array([[1.0, NAN, -INF, 0.0], [INF, -0.0, NAN, NAN]])
EMPTY = np.zeros((0, 4))
LINE = np.sort(V)
IDS = np.array([1, 0, 1, 3, -1, 7], "int32")
ASCENDING = np.array([0, 0, 2, 2, 2, 3], "int32")

SEGMENTS = ("segment_max", "segment_min", "segment_prod", "segment_sum")
NO_PRODUCTS = "JAX has no gradient of products by segment"


def segments(name, x, *args, **settings):
    found = row(name, x, *args, **settings).batch_in(0, 1)
    is_product = name == "segment_prod" and x.dtype.kind == "f" and x.size
    return found.without_gradients(NO_PRODUCTS) if is_product else found


def distinct(x, **settings):
    found = row("unique", x, **settings).with_open_sides()
    has_slope = "size" in settings or x.dtype.kind != "f"
    return found if has_slope else found.without_gradients("JAX has none where the size is open")


ROWS = [
    *(
        row("sort", x, **settings)
        for x, settings in (
            (M, {}),
            (M, {"axis": 0}),
            (T, {"axis": 1}),
            (T, {"axis": -2}),
            (M, {"axis": None}),
            (N, {"axis": None}),
            (N > 0, {}),
            (N.astype("uint8"), {"axis": 0}),
            (SPECIAL, {}),
            (EMPTY, {}),
            (floats(3, 1), {}),
        )
    ),
    row("sort", TIES),
    *(
        row("argsort", x, **settings)
        for x, settings in (
            (M, {}),
            (M, {"axis": 0}),
            (T, {"axis": -2}),
            (M, {"axis": None}),
            (N, {}),
            (N > 0, {}),
            (TIES, {}),
            (SPECIAL, {}),
            (EMPTY, {}),
            (np.array(2.0), {}),
        )
    ),
    *(row("argpartition", floats(2, 1), 0, axis=axis) for axis in (0, 1)),
    row("argpartition", np.array([3.0, 1.0, 2.0]), 1),
    row("argpartition", np.array([[3, 1, 2]]), 1, axis=-1),
    row("argpartition", np.array([[2.0], [1.0], [3.0]]), 1, axis=None),
    row("top_k", M, 2),
    row("top_k", T, 1),
    row("top_k", TIES, 3),
    row("top_k", V, 6, sorted=False).with_known_batch("k is as long as the axis"),
    row("top_k", SPECIAL, 2),
    row("top_k", np.array([0, 255, 3], "uint8"), 2),
    row("top_k", N, k=3, sorted=False),
    row("top_k", EMPTY, 2),
    row("in_top_k", np.array([1, 0, 3]), M, 2).batch_in(0, 1),
    row("in_top_k", np.array([2, 4]), TIES, k=1).batch_in(0, 1),
    row("in_top_k", np.array([0, 1]), np.array([[NAN, 1.0], [2.0, INF]]), 1).batch_in(0, 1),
    row("in_top_k", np.zeros(0, "int32"), EMPTY, 2).batch_in(0, 1),
    row("searchsorted", LINE, M),
    row("searchsorted", LINE, LINE),
    row("searchsorted", LINE, LINE, side="right"),
    row("searchsorted", np.array([1, 3, 5], "int32"), np.array(4, "int32")),
    row("searchsorted", np.array([1.0, 3.0, 5.0]), np.array([NAN, INF, -INF])),
    row("searchsorted", np.zeros(0), V),
    *(
        distinct(x, **settings)
        for x, settings in (
            (TIES, {}),
            (V, {"sorted": False}),
            (N, {"return_counts": True}),
            (TIES, {"return_index": True, "return_inverse": True, "return_counts": True}),
            (TIES[:, [0, 2, 1]], {"axis": 1, "return_inverse": True, "return_index": True}),
            (TIES[:, [1, 0, 2]], {"axis": -1, "size": 4, "return_counts": True}),
            (N, {"axis": 0}),
            (TIES, {"size": 6, "return_index": True, "return_counts": True}),
            (TIES, {"size": 6, "return_inverse": True}),
            (TIES, {"size": 6, "fill_value": 9}),
            (TIES, {"size": 3, "fill_value": -1.5, "return_counts": True}),
            (N, {"size": 2}),
            (np.array([NAN, 1.0, NAN]), {"return_counts": True}),
            (np.zeros(0), {}),
        )
    ),
    *(
        segments(name, x, IDS, num_segments=n)
        for name in SEGMENTS
        for x, n in ((V, 4), (floats(6, 3), 5), (integers(6, 2, low=-3, high=4), 4))
    ),
    *(
        segments(name, x, ASCENDING, num_segments=5, sorted=True)
        for name in SEGMENTS
        for x in (V, floats(6, 2))
    ),
    *(segments(name, EMPTY, np.zeros(0, "int32"), num_segments=2) for name in SEGMENTS),
    row("segment_max", V > 0, np.abs(IDS), num_segments=3),
    row("segment_min", np.array([1.0, NAN, 2.0]), np.array([0, 0, 1]), num_segments=2),
]
