"""Rows of linear algebra: single matrices, batches, degenerate and empty ones.

Factors that are determined up to signs only (of `eig`, `eigh` and `qr`, and those of `svd`) are
compared in tests/test_ops_linalg.py: by what they multiply to.
"""

import numpy as np

from tests.oracle.drawing import Drawing
from tests.oracle.row import row

draw = Drawing()


def _positive(*shape):
    x = draw.normal(*shape)
    return np.round((x @ np.swapaxes(x, -1, -2) + np.eye(shape[-1])) * 64) / 64


S, BATCH, DEEP = draw.normal(3, 3), draw.normal(2, 3, 3), draw.normal(2, 2, 2, 2)
TALL, WIDE = draw.normal(2, 4, 3), draw.normal(2, 3, 4)
P = _positive(2, 3, 3)
L = np.tril(draw.normal(2, 3, 3)) + 3 * np.eye(3)
V, M = draw.normal(3), draw.normal(3, 2)
SINGULAR = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]])
NONE, EMPTY = np.zeros((0, 3, 3)), np.zeros((0, 0))
C = np.complex64(draw.normal(2, 2) + 1j * draw.normal(2, 2))
INTEGERS = np.array([[2, 1, 0], [1, 3, 1], [0, 1, 4]], "int32")

SIGNS = "determined up to signs; test_ops_linalg.py compares what the factors multiply to"
ELSEWHERE = {"eig": SIGNS, "eigh": SIGNS, "qr": SIGNS}


def _row(name, *args, **settings):
    found = row(name, *args, **settings).within(1e-4, 1e-5, dtype="float32")
    found = _without_halves(found)
    is_batch = args[0].ndim > 2
    return found if is_batch else found.with_known_batch("rows are no batch")


def _without_halves(found):
    precisions = [d for d in found.dtypes if d != "float16"]
    return found.only(*precisions, reason="JAX has no linear algebra in half precision")


def _norm(x, **settings):
    # The oracle computes norms in float32.
    found = row("norm", x, **settings).within(1e-6, dtype="float64")
    if settings.get("ord") in ("nuc", 2, -2):
        found = _without_halves(found)
    return found if x.ndim > 2 else found.with_known_batch("rows are no batch")


CUT = "the oracle differentiates what is cut off"
ROWS = [
    *(_row("det", x) for x in (S, BATCH, DEEP, NONE, INTEGERS, C)),
    _row("det", EMPTY).without_gradients("the oracle fails without elements"),
    _row("det", SINGULAR).without_gradients("the oracle divides by the determinant"),
    *(_row("inv", x) for x in (S, BATCH, DEEP, NONE, EMPTY, INTEGERS, C)),
    *(_row("slogdet", x) for x in (S, BATCH, -P, NONE, INTEGERS, C)),
    *(_row("logdet", x) for x in (P[0], P, NONE)),
    *(_row("cholesky", x, upper=u) for x in (P, P[0], NONE) for u in (False, True)),
    *(_row(name, INTEGERS) for name in ("cholesky", "lu_factor", "matrix_rank", "pinv", "logdet")),
    *(_row(name, INTEGERS, np.array([1, 2, 3])) for name in ("solve", "lstsq", "solve_triangular")),
    _row("svd", INTEGERS, compute_uv=False), _norm(INTEGERS > 1), _norm(INTEGERS, ord=1, axis=1),
    _row("cholesky_inverse", L[0]), _row("cholesky_inverse", L[0].T.copy(), upper=True),
    *(_row("solve", a, b) for a, b in ((S, V), (S, M), (BATCH, V), (BATCH, M), (NONE, M), (C, C))),
    _row("solve", BATCH, draw.normal(2, 3, 1)),
    *(_row("solve_triangular", L[0], b, lower=w) for b in (V, M) for w in (False, True)),
    _row("solve_triangular", L, draw.normal(2, 3, 2), lower=True),
    *(_row("pinv", x) for x in (S, TALL, WIDE)), _row("pinv", TALL, rcond=0.5),
    _row("pinv", SINGULAR).without_gradients(CUT),
    *(_row("lstsq", a, b) for a, b in ((TALL[0], V[[0, 1, 2, 0]]), (TALL[0], TALL[1]))),
    _row("lstsq", WIDE[0], M), _row("lstsq", SINGULAR, V).without_gradients(CUT),
    _row("lstsq", S, M, rcond=0.25).without_gradients(CUT), _row("lstsq", S, M, rcond=-1),
    *(_row("svd", x, compute_uv=False) for x in (S, TALL, WIDE, NONE)),
    _row("svd", S, full_matrices=False, compute_uv=False),
    *(_row("matrix_rank", x) for x in (S, SINGULAR, TALL, np.zeros((2, 3, 2)))),
    _row("matrix_rank", S, tol=0.875),
    *(_row("lu_factor", x) for x in (S, BATCH, NONE)),
    _row("lu_factor", SINGULAR).without_gradients("not there"),
    *(_norm(x) for x in (S, DEEP, V, np.arange(3), C)), _norm(V, keepdims=True),
    _norm(DEEP, keepdims=True), _norm(S, ord=1), _norm(V, ord=3), _norm(S, ord="nuc"),
    *(
        _norm(BATCH, ord=p, axis=axis, keepdims=keep)
        for p in (None, 0, 1, 2, 3, 0.5, -1, np.inf, -np.inf)
        for axis, keep in ((1, False), (-1, True))
    ),
    *(
        _norm(BATCH, ord=p, axis=axis, keepdims=keep)
        for p in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)
        for axis, keep in (((0, 2), False), ((-1, -2), True))
    ),
]  # fmt: skip
