"""Rows for the gradient check of pooling and of sums over ranges."""

import numpy as np

from minikeras.backend.windows import Windows

_random = np.random.default_rng(12)


def _normal(*shape):
    return _random.standard_normal(shape)


def _shuffled(*shape):
    """Elements far enough apart for no maximum to change its place under a small step."""
    return 0.3 * _random.permutation(np.prod(shape)).reshape(shape).astype("float64")


_LINE = Windows.over((5,), (2,), (2,), "same")
_OVERLAPPING = Windows.over((4, 3), (3, 2), (1, 1), "same")
_FIRST = {"windows": _OVERLAPPING, "channels_first": True}
_PLACES = _random.integers(0, 2, (2, 3, 2)).astype("uint8")
_RANGES = {"axis": 1, "starts": (0, 1, 3), "stops": (2, 4, 5)}

ROWS = [
    ("max_pool", (_shuffled(2, 5, 2),), {"windows": _LINE}),
    ("max_pool", (_shuffled(1, 2, 4, 3),), _FIRST),
    ("max_positions", None, "integers"),
    ("spread_to_positions", (_normal(2, 3, 2), _PLACES), {"sides": (5,), "windows": _LINE}),
    ("take_at_positions", (_normal(2, 5, 2), _PLACES), {"windows": _LINE}),
    ("average_pool", (_normal(2, 5, 2),), {"windows": _LINE}),
    ("average_pool", (_normal(1, 2, 4, 3),), _FIRST),
    ("average_pool_gradient", (_normal(2, 3, 2),), {"sides": (5,), "windows": _LINE}),
    ("average_pool_gradient", (_normal(1, 2, 4, 3),), {"sides": (4, 3), **_FIRST}),
    ("sum_ranges", (_normal(2, 5, 2),), _RANGES),
    ("argmax_ranges", None, "integers"),
]
