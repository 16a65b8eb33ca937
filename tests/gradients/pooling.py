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
_RANGES = {"axis": 1, "starts": (0, 1, 3), "stops": (2, 4, 5)}


def _taps(shape, windows):
    """Some tap of each window."""
    return _random.integers(0, np.prod(windows.size), shape, dtype="uint8")


ROWS = [
    ("max_pool", (_shuffled(2, 5, 2),), {"windows": _LINE}),
    ("max_pool", (_shuffled(1, 2, 4, 3),), _FIRST),
    ("max_pool_taps", None, "gives integers"),
    (
        "max_pool_gradient",
        (_normal(2, 3, 2), _taps((2, 3, 2), _LINE)),
        {"sides": (5,), "windows": _LINE},
    ),
    (
        "max_pool_gradient",
        (_normal(1, 2, 4, 3), _taps((1, 2, 4, 3), _OVERLAPPING)),
        {"sides": (4, 3), **_FIRST},
    ),
    ("max_pool_choice", (_normal(2, 5, 2), _taps((2, 3, 2), _LINE)), {"windows": _LINE}),
    (
        "max_pool_choice",
        (_normal(1, 2, 4, 3), _taps((1, 2, 4, 3), _OVERLAPPING)),
        _FIRST,
    ),
    ("average_pool", (_normal(2, 5, 2),), {"windows": _LINE}),
    ("average_pool", (_normal(1, 2, 4, 3),), _FIRST),
    ("average_pool_gradient", (_normal(2, 3, 2),), {"sides": (5,), "windows": _LINE}),
    ("average_pool_gradient", (_normal(1, 2, 4, 3),), {"sides": (4, 3), **_FIRST}),
    ("sum_ranges", (_normal(2, 5, 2),), _RANGES),
    ("argmax_ranges", None, "integers"),
]
