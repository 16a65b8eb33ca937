"""Rows for the gradient check of linear algebra."""

import numpy as np

_random = np.random.default_rng(31)


def _matrix(*shape):
    return _random.standard_normal(shape)


def _spread(*shape):
    """Matrices whose singular values and eigenvalues lie apart."""
    n = min(shape[-2:])
    u, _, vh = np.linalg.svd(_matrix(*shape), full_matrices=False)
    return u * np.arange(1, n + 1) @ vh


def _positive(*shape):
    x = _matrix(*shape)
    return x @ np.swapaxes(x, -1, -2) + np.eye(shape[-1])


_TALL, _WIDE, _SQUARE = _spread(3, 2), _spread(2, 3), _spread(3, 3)
_RIGHT = _matrix(2, 3, 2)

ROWS = [
    ("inv", [_spread(2, 3, 3)], {}),
    ("solve", [_spread(2, 3, 3), _RIGHT], {}),
    ("solve", [_SQUARE, _RIGHT], {}),
    ("triangular_solve", [_spread(2, 2, 2) + np.eye(2), _matrix(2, 2, 3)], {"lower": True}),
    ("triangular_solve", [_SQUARE + 2 * np.eye(3), _matrix(3, 2)], {"lower": False}),
    ("cholesky", [_positive(2, 3, 3)], {}),
    ("det", [_spread(2, 3, 3)], {}),
    ("cofactors", [_spread(2, 3, 3)], {}),
    ("slogdet", [_spread(2, 3, 3)], {}),
    *(("qr", [x], {"mode": "reduced"}) for x in (_TALL, _WIDE, _SQUARE, _spread(2, 2, 2))),
    ("qr", [_WIDE], {"mode": "complete"}),
    *(("svd", [x], {"full_matrices": False}) for x in (_TALL, _WIDE, _SQUARE)),
    ("svd", [_spread(2, 2, 2)], {"full_matrices": True}),
    ("singular_values", [_spread(2, 3, 2)], {}),
    ("eigh", [_positive(3, 3) + np.diag([1.0, 4.0, 9.0])], {}),
    ("eigh", [_positive(2, 2, 2) + np.diag([1.0, 4.0])], {}),
    ("eig", None, "complex; tested in test_ops_linalg"),
    *(("pinv", [x], {"rcond": 1e-12}) for x in (_TALL, _WIDE, _spread(2, 2, 2))),
    *(("lu_factor", [x], {}) for x in (_SQUARE, _TALL, _WIDE, _spread(2, 2, 2))),
]
