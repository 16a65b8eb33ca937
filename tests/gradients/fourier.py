"""Rows for the gradient check of Fourier transforms."""

import numpy as np

_random = np.random.default_rng(41)


def _pair(*shape):
    return [_random.standard_normal(shape), _random.standard_normal(shape)]


ROWS = [
    ("fourier", _pair(2, 5), {"axes": (-1,)}),
    ("fourier", _pair(2, 4), {"axes": (-1,), "inverse": True}),
    ("fourier", _pair(1, 3, 2), {"axes": (-2, -1)}),
    *(("real_fourier", _pair(2, n)[:1], {}) for n in (1, 2, 5, 6)),
    *(("half_fourier", _pair(2, n // 2 + 1), {"length": n}) for n in (1, 2, 5, 6)),
]
