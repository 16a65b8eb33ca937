"""Rows of products that sum over axes: every pairing of ranks and dtypes, and einsum."""

import numpy as np

from tests.oracle.drawing import Drawing
from tests.oracle.row import row

draw = Drawing()
V, W = draw.normal(3), draw.normal(4)
M, N = draw.normal(2, 3), draw.normal(3, 4)
S = draw.normal(3, 3)
B, C = draw.normal(3, 2, 3), draw.normal(3, 3, 2)
Q, K = draw.normal(2, 1, 3, 2), draw.normal(2, 2, 3, 2)
D = draw.normal(2, 3, 2)
I = draw.integers(-9, 9, 2, 3)
EMPTY = np.zeros((0, 3))
TYPES = ("bool", "int8", "int32", "float32")

PRODUCTS = [
    *(("matmul", x, y) for x, y in (
        (M, N), (V, V), (V, N), (M, V), (B, N), (B, V), (B, C), (M, C), (V, C), (EMPTY, N),
        (B[:, None], C), (B[:1], C), (M[:, :0], N[:0]), (M[:1, :1], N[:1]),
    )),
    *(("dot", x, y) for x, y in (
        (M, N), (V, V), (B, C), (B, V), (V, C), (B, N), (np.array(2.0), M), (M, np.array(2.0)),
        (EMPTY, N),
    )),
    ("vdot", M, M + 1), ("vdot", V, V), ("vdot", M, S[:2]), ("vdot", EMPTY, EMPTY),
    ("inner", V, V), ("inner", M, S), ("inner", B, M), ("inner", np.array(2.0), V),
    ("outer", V, W), ("outer", M, W), ("outer", np.array(2.0), V), ("outer", V, W[:0]),
    ("kron", M, S[:2]), ("kron", V, W), ("kron", M, V), ("kron", V, D), ("kron", D, M[:, :1]),
    ("cross", V, S), ("cross", S, V), ("cross", S, S[:, :2]), ("cross", S[:, :2], S),
    ("cross", S[:, :2], S[1, :2]), ("cross", M, V), ("cross", EMPTY, V),
]  # fmt: skip
EINSUMS = [
    ("ij,jk->ik", M, N), ("ij,jk", M, N), ("ij,jk->ki", M, N), ("ii->i", S), ("ii", S),
    ("ij->ji", M), ("ij->", M), ("ij,j->i", M, V), ("ij,j", M, V), ("i,j->ij", V, W),
    ("ij,kl->", M, N), ("...j,jk->...k", B, N), ("ij, ij -> ij", M, M),
    ("aecd,abcd->acbe", Q, K), ("abc,cde->abde", B, draw.normal(3, 2, 2)),
    ("iij,jk->k", draw.normal(3, 3, 2), M), ("ij,jk,kl->il", M, N, N.T),
    ("ij,jk,kl,l->", M, N, N.T, V), ("a...,...b->ab...", V, W), ("...,...->...", B, M),
    (",i->i", np.array(2.0), V), ("bij,bjk->bik", B, C), ("...ij,...jk->...ik", B[:1], C),
    ("bi,j->", EMPTY, W), ("iii->i", draw.normal(2, 2, 2)),
]  # fmt: skip
SHAPES = "the operands have no common batch"
ROWS = [
    *(row(*call).with_known_batch(SHAPES) for call in PRODUCTS),
    *(row("einsum", *call).with_known_batch(SHAPES) for call in EINSUMS),
    *(
        row(name, x, y).batch_in(0)
        for name, x, y in (("matmul", B, N), ("dot", M, N), ("inner", B, M), ("cross", M, V))
    ),
    row("matmul", B, C), row("cross", M, M + 1), row("einsum", "ij,jk->ik", M, N).batch_in(0),
    row("einsum", "bij,bjk->bik", B, C), row("einsum", "ij,jk,kl->il", M, N, N.T, optimize="greedy")
    .batch_in(0),
    *(
        row("tensordot", *call).with_known_batch(SHAPES)
        for call in (
            (M, N, 1), (B, N, 1), (M, M, 2), (V, W, 0), (D, B, [[1], [2]]), (D, B, (1, 2)),
            (D, M, ((0, 1), (0, 1))), (D, M, ((1, 0), (1, 0))), (D, B, [-2, -1]), (M, M),
        )
    ),
    row("cross", draw.normal(3, 4, 2), draw.normal(4, 3, 2), axisa=0, axisb=1, axisc=1)
    .with_known_batch(SHAPES),
    row("cross", N, N + 1, axis=0).with_known_batch("the axis of the components"),
    *(
        row(name, (I[:, :2] > 0).astype(left), (I[:, 1:] > 2).astype(right))
        .with_known_batch(SHAPES)
        for name in ("matmul", "dot", "vdot", "inner", "outer")
        for left in TYPES
        for right in TYPES
    ),
    *(
        row(*call).with_known_batch(SHAPES)
        for left, right in (("int8", "int8"), ("int8", "int32"), ("int32", "float32"),
                            ("bool", "int8"))
        for x, y in [((I > 0).astype(left), (I > 2).astype(right))]
        for call in (
            ("einsum", "ij,kj->ik", x, y), ("tensordot", x, y, [[1], [1]]), ("cross", x, y),
            ("kron", x, y),
        )
    ),
    row("einsum", "ij->i", (I > 0).astype("int8")),
]  # fmt: skip
