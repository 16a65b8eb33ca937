"""Rows for the gradient check of contractions."""

import numpy as np

_random = np.random.default_rng(21)


def _normal(*shape):
    return _random.standard_normal(shape)


_SHAPES = (
    ((2, 3), (3, 4)),
    ((3,), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3,)),
    ((2, 2, 3), (3, 4)),
    ((2, 2, 3), (3,)),
    ((3,), (2, 3, 2)),
    ((2, 2, 3), (2, 3, 2)),
    ((2, 1, 2, 3), (3, 3, 2)),
    ((2, 3), (2, 3, 2)),
    ((0, 2, 3), (3, 4)),
    ((2, 0), (0, 3)),
)

_EXPRESSIONS = (
    ("ab,bc->ac", (2, 3), (3, 4)),
    ("ab,bc->ca", (2, 3), (3, 4)),
    ("abcd,aebd->acbe", (2, 1, 3, 2), (2, 2, 1, 2)),
    ("abc,cde->abde", (1, 2, 3), (3, 2, 2)),
    ("abc,bc->a", (2, 2, 3), (2, 3)),
    ("a,b->ba", (2,), (3,)),
    ("ab,b->ab", (2, 3), (3,)),
    ("abc,abc->", (2, 2, 2), (2, 2, 2)),
    (",ab->ba", (), (2, 3)),
)

ROWS = [
    *(("matmul", [_normal(*x), _normal(*y)], {}) for x, y in _SHAPES),
    *(("einsum", [_normal(*x), _normal(*y)], {"subscripts": s}) for s, x, y in _EXPRESSIONS),
]
