"""Rows of the gradient test for `minikeras.backend.indexing`."""

import numpy as np

from minikeras.backend.indexing import HOLE

_random = np.random.default_rng(2)


def _values(*shape):
    return _random.standard_normal(shape)


def _distinct(*shape):
    """Values far enough apart that small moves never change their order."""
    return _random.permutation(np.prod(shape)).reshape(shape) * 0.3 - 1.0


_i = np.array([2, 0, 2])
_j = np.array([[1], [-1]])
_mask = np.array([[True, False, True], [False, False, True]])
_along = np.array([[0, 2, 2, -1], [1, 1, 0, 0]])
_ids = np.array([1, 0, 1, 3, -1, 7])

ROWS = [
    ("get_item", (_values(3, 4),), {"index": (1, slice(None, None, -2))}),
    ("get_item", (_values(3, 4),), {"index": (Ellipsis, None, 2)}),
    ("get_item", (_values(3, 4), _i), {"index": HOLE}),
    ("get_item", (_values(3, 2), _i, _j), {"index": (HOLE, HOLE)}),
    ("get_item", (_values(3, 2, 4), _i), {"index": (slice(None), 1, HOLE)}),
    ("get_item", (_values(2, 3), _mask), {"index": HOLE}),
    ("put_item", (_values(3, 2), _i), {"index": HOLE, "shape": (3, 2)}),
    ("put_item", (_values(2, 3), _i), {"index": (slice(None), HOLE), "shape": (2, 4)}),
    ("put_item", (_values(3), _mask), {"index": HOLE, "shape": (2, 3)}),
    ("put_item", (_values(2),), {"index": (1, slice(0, 4, 2)), "shape": (2, 4)}),
    ("add_item", (_values(3, 2), _values(3, 2), _i), {"index": HOLE}),
    ("add_item", (_values(3, 4), _values(4)), {"index": (slice(1, None),)}),
    ("set_item", (_values(3, 2), _values(3, 2), _i), {"index": HOLE}),
    ("set_item", (_values(3, 2), _values(2), _i), {"index": HOLE}),
    ("set_item", (_values(3, 2), _values(3, 1)), {"index": (slice(None), slice(1))}),
    ("take", (_values(3, 2), _i), {"axis": 0}),
    ("take", (_values(2, 3, 2), _j), {"axis": 1}),
    ("take", (_values(2, 3), np.array(2)), {"axis": -1}),
    ("put", (_values(3, 2), _i), {"shape": (4, 2), "axis": 0}),
    ("put", (_values(2, 2, 1, 2), _j), {"shape": (2, 3, 2), "axis": 1}),
    ("take_along_axis", (_values(2, 3), _along), {"axis": 1}),
    ("take_along_axis", (_values(3, 4), _along), {"axis": 0}),
    ("put_along_axis", (_values(2, 4), _along), {"shape": (2, 3), "axis": -1}),
    ("segment_sum", (_values(6), _ids), {"count": 3}),
    ("segment_sum", (_values(6, 2), _ids), {"count": 4}),
    ("segment_max", (_distinct(6, 2), _ids), {"count": 4}),
    ("segment_min", (_distinct(6), _ids), {"count": 4}),
    ("segment_max", (_values(4), np.array([-1, 0, 0, 2])), {"count": 3, "in_runs": True}),
    ("segment_prod", (_values(6, 2) + 2.0, _ids), {"count": 4}),
    ("sort", (_distinct(3, 4),), {"axis": 1}),
    ("sort", (_distinct(3, 4),), {"axis": 0}),
    ("view_as_complex", (_values(3, 2),), {}),
    ("view_as_real", (_values(3) + 1j * _values(3),), {}),
    ("argsort", None, "gives integers"),
    ("argpartition", None, "gives integers"),
    ("top_k_indices", None, "gives integers"),
    ("unique_parts", None, "gives integers"),
    ("one_hot", None, "takes integers"),
    ("searchsorted", None, "gives integers"),
    ("nonzero", None, "gives integers"),
    ("view", None, "reads bytes as another dtype"),
]
