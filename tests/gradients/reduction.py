"""Rows for the gradient check of reductions."""

import numpy as np

_random = np.random.default_rng(11)
_X = _random.standard_normal((2, 3, 2))
_ZEROS = np.array([[1.5, 0.0, 2.0, -1.0], [0.0, 3.0, 0.0, 1.0]])
_AXES = ({}, {"axis": 1}, {"axis": (0, -1)}, {"axis": 0, "keepdims": True})

ROWS = [
    *((name, [_X], axes) for name in ("sum", "mean", "max", "min") for axes in _AXES),
    *((name, [_X], axes) for name in ("var", "logsumexp", "prod") for axes in _AXES),
    ("sum", [_X], {"dtype": "float64"}),
    ("prod", [_ZEROS], {"axis": -1}),
    ("prod", [_ZEROS], {}),
    ("cumsum", [_X], {"axis": 1}),
    ("cumsum", [_X], {"axis": -1, "reverse": True}),
    *(
        ("cumprod", [x], {"axis": axis, "reverse": reverse, "exclusive": exclusive})
        for x, axis in ((_X, 1), (_ZEROS, -1))
        for reverse in (False, True)
        for exclusive in (False, True)
    ),
    ("shift", [_X], {"axis": 1}),
    ("shift", [_X], {"axis": 1, "reverse": True}),
    ("linear_scan", [_X, _X[::-1] + 1], {"axis": 1}),
    ("linear_scan", [_X, _X[::-1] + 1], {"axis": 1, "reverse": True}),
    *(
        ("correlate", [_random.standard_normal(n), _random.standard_normal(m)], {"mode": mode})
        for n, m in ((5, 3), (4, 4), (2, 5), (3, 4))
        for mode in ("valid", "same", "full")
    ),
    ("correlate", [_X[:, 0, 0] + 1j, _X[0, :, 0] * (2 - 1j)], {"mode": "full"}),
    *(
        (name, None, "the result is Boolean or an index")
        for name in ("any", "all", "argmax", "argmin")
    ),
]
