"""Rows of the gradient test for `minikeras.backend.shaping`."""

import numpy as np

_random = np.random.default_rng(1)


def _values(*shape):
    return _random.standard_normal(shape)


ROWS = [
    ("reshape", (_values(2, 6),), {"shape": (3, -1)}),
    ("transpose", (_values(2, 3, 4),), {}),
    ("transpose", (_values(2, 3, 4),), {"axes": (1, 2, 0)}),
    ("transpose", (_values(2, 3, 4),), {"axes": (-1, 0, -2)}),
    ("broadcast_to", (_values(3, 1),), {"shape": (2, 3, 4)}),
    ("concatenate", (_values(2, 1), _values(2, 3), _values(2, 2)), {"axis": 1}),
    ("concatenate", (_values(1, 3), _values(2, 3)), {"axis": -2}),
    ("stack", (_values(2, 3), _values(2, 3)), {"axis": 1}),
    ("unstack", (_values(2, 3),), {"axis": -1}),
    ("split", (_values(2, 6),), {"sections": 3, "axis": 1}),
    ("split", (_values(5, 2),), {"sections": (1, 3), "axis": 0}),
    ("pad", (_values(2, 3),), {"pad_width": ((1, 0), (0, 2)), "value": 3.0}),
    ("crop", (_values(3, 5),), {"pad_width": ((1, 0), (0, 2))}),
    ("flip", (_values(2, 3),), {}),
    ("flip", (_values(2, 3),), {"axis": 1}),
    ("roll", (_values(2, 3),), {"shift": 2}),
    ("roll", (_values(3, 4),), {"shift": (1, -2), "axis": (0, 1)}),
    ("tril", (_values(3, 4),), {"k": 1}),
    ("triu", (_values(2, 3, 3),), {"k": -1}),
    ("diagonal", (_values(2, 3, 4),), {"offset": 1, "axis1": 1, "axis2": 2}),
    ("diagonal", (_values(3, 2, 4),), {"offset": -1, "axis1": 2, "axis2": 0}),
    ("from_diagonal", (_values(2, 3),), {"shape": (2, 3, 4), "offset": 1, "axis1": 1, "axis2": 2}),
    ("from_diagonal", (_values(2, 3),), {"shape": (4, 2, 5), "offset": -1, "axis1": 0, "axis2": 2}),
]
