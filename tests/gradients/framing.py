"""Rows for the gradient check of frames and their sums."""

import numpy as np

_random = np.random.default_rng(42)


def _normal(*shape):
    return _random.standard_normal(shape)


ROWS = [
    *(
        ("frames", (_normal(2, 9),), {"length": length, "stride": stride})
        for length, stride in ((3, 1), (4, 2), (5, 2), (2, 3), (9, 1), (7, 2), (1, 1))
    ),
    ("overlap_add", (_normal(2, 5, 3),), {"stride": 1, "size": 7}),
    ("overlap_add", (_normal(3, 3),), {"stride": 2, "size": 8}),
    ("overlap_add", (_normal(2, 5),), {"stride": 2, "size": 7}),
    ("overlap_add", (_normal(1, 3, 2),), {"stride": 3, "size": 9}),
]
