"""Rows for the gradient check of normalisation."""

import numpy as np

_random = np.random.default_rng(51)


def _normal(*shape):
    return _random.standard_normal(shape)


_X = _normal(2, 3, 4)
_BATCH = {"axes": (0, 1), "epsilon": 0.1}
_LAYER = {"axes": (2,), "epsilon": 0.1}
_OTHER = {"axes": (1,), "epsilon": 0.1}


_CASES = [
    (_X, _normal(1, 1, 4), _normal(1, 1, 4), _BATCH),
    (_X, _normal(1, 1, 4), _normal(1, 1, 4), _LAYER),
    (_X, None, _normal(1, 3, 4), _OTHER),
    (_X, _normal(1, 3, 1), None, _OTHER),
    (_X, None, None, _LAYER),
    (_X[:0], _normal(1, 1, 4), None, _LAYER),
]

ROWS = [
    *(("standardize", [x, scale, offset], settings) for x, scale, offset, settings in _CASES),
    ("standardize_gradient", None, "its row is the second order of standardize"),
]
