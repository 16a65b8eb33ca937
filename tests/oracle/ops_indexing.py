"""Rows of ops/indexing.py: values picked by position, and put there."""

import numpy as np

from tests.oracle.row import row
from tests.oracle.samples import floats, integers

V, M, T = floats(6), floats(3, 4), floats(2, 3, 4)
N = integers(3, 4)
EMPTY = np.zeros((0, 4))
PICKED = np.array([2, 0, 2, -1], "int32")
PLACES = np.array([[0, 1], [2, 3], [0, 1]], "int32")
APART = np.array([[0, 1], [2, 3], [1, 0]], "int32")
BLOCK = floats(2, 2, seed=1)

ROWS = [
    *(
        row("get_item", T, key)
        for key in (
            (slice(None), 1),
            (slice(None), slice(None, None, -2)),
            (slice(None), None, 0),
            (Ellipsis, None, -1),
            (Ellipsis, slice(1, 3)),
            slice(None),
            Ellipsis,
        )
    ),
    *(
        row("get_item", T, key)
        for key in (1, -1, (0, 1), slice(1, None), (slice(0, 1), slice(None), slice(-3, -1)))
    ),
    row("get_item", T, (slice(None), PICKED)).batch_in(0),
    row("get_item", T, np.array([1, 0, 1], "int32")).batch_in(0),
    row("get_item", N, (np.array([2, 0], "int32"), np.array([1, 1], "int32"))),
    row("get_item", EMPTY, (slice(None), 1)),
    row("get_item", M, M > 0).with_open_sides(),
    row("take", M, PICKED, axis=0).batch_in(0),
    row("take", T, np.array([[1, 0], [-1, 2]], "int32"), axis=1).batch_in(0),
    row("take", M, np.array(2, "int32"), axis=-1),
    row("take", M, np.array([[5, 0]], "int32")).batch_in(0),
    row("take", N, np.zeros(0, "int32"), axis=0),
    row("take", M, [1, 2], axis=1),
    row("take", M, 1, axis=0),
    row("take", EMPTY, [3, 0], axis=1),
    row("take_along_axis", M, np.array([[1], [0], [-1]], "int32"), axis=1),
    row("take_along_axis", M, np.array([[2, 0, 0, 1]], "int32"), axis=0),
    row("take_along_axis", M, np.array([5, 0], "int32")),
    row("take_along_axis", T, np.array([[[1, 2, 3, 3, 0]]], "int32"), axis=-1),
    row("take_along_axis", N, np.argsort(N, axis=1).astype("int32"), axis=1),
    *(
        row("slice", x, start, shape)
        for x, start, shape in (
            (M, (1, 2), (2, 2)),
            (M, (1, 0), (-1, 3)),
            (M, np.array([1, 2], "int32"), (2, 2)),
            (M, np.array([5, 5], "int32"), (2, 2)),
            (N, [0, 3], [1, 1]),
            (T, (0, 1, 2), (2, 2, 1)),
            (M, (0, 0), (0, 2)),
        )
    ),
    *(
        row("slice_update", x, start, block)
        for x, start, block in (
            (M, (1, 2), BLOCK),
            (M, np.array([2, 1], "int32"), BLOCK),
            (N, [0, 1], integers(2, 2, seed=1)),
            (T, (0, 0, 3), floats(2, 3, 1, seed=1)),
        )
    ),
    row("scatter", PLACES, V[:3], (3, 4)).batch_in(0, 1),
    row("scatter", PLACES[:, :1], M, (5, 4)),
    row("scatter", np.array([[[0], [1]], [[1], [1]]], "int32"), BLOCK, (3,)).batch_in(0, 1),
    row("scatter", APART, integers(3), (3, 4)).batch_in(0, 1),
    row("scatter_update", M, APART, V[:3]).batch_in(0),
    row("scatter_update", M, [[2], [0]], floats(2, 4, seed=1)),
    row("scatter_update", N, APART, np.array([7, 8, 9], "int32")).batch_in(0),
    *(
        row("scatter_update", x, places, updates, reduction=reduction).batch_in(0)
        for reduction in ("add", "max", "min")
        for x, places, updates in (
            (M, PLACES, V[:3] + 0.25),
            (N, np.array([[1], [1], [-1]], "int32"), N + 1),
        )
    ),
    row("scatter_update", M, PLACES, V[:3], reduction="mul")
    .batch_in(0)
    .without_gradients("JAX has none where positions may occur twice"),
    row("scatter_update", N, np.array([[1], [1], [-1]], "int32"), N + 1, "mul").batch_in(0),
    *(
        row("nonzero", x).with_open_sides()
        for x in (N, M > 0, np.trunc(V), np.zeros((2, 2)), EMPTY)
    ),
    row("select", [M > 0.5, M > 0], [M, 10 * M]),
    row("select", [N > 3], [N], -1),
    row("select", [M > 0, N > 0], [M, N], default=2.5),
    row("select", [np.array([True, False, True, True])], [M], default=M[0]).batch_in(1),
    row("select", [EMPTY > 0], [EMPTY], 1.0),
    row("unravel_index", np.array([[5, 1], [-1, 0]], "int32"), (2, 3)),
    row("unravel_index", np.array([7], "int32"), (2, 2, 2)),
    row("unravel_index", np.zeros(0, "int32"), (2, 2)),
    *(
        row("view", x, dtype)
        for x, dtype in (
            (N, "float32"),
            (N, "uint8"),
            (integers(2, 4, dtype="int16"), "int32"),
            (np.arange(8, dtype="uint8").reshape(2, 4), "float32"),
        )
    ),
    row("view", M, dtype="uint8"),
    row("view", M),
    row("view", N[:, ::2], dtype="int8"),
]
