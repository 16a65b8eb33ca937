"""Arrays for rows: drawn with a fixed seed, of few digits, so that half precision holds them."""

import numpy as np


class Drawing:
    """A source of arrays; each file of rows has one of its own."""

    def __init__(self, seed=0):
        self._random = np.random.default_rng(seed)

    def normal(self, *shape, scale=1):
        """Floats around 0, multiples of 1/64, none of them 0."""
        x = np.round(64 * scale * self._random.standard_normal(shape))
        return np.where(x == 0, 1, x) / 64

    def uniform(self, *shape, low=0.0, high=1.0):
        """Floats strictly between two bounds."""
        x = self._random.uniform(low, high, shape)
        return np.clip(np.round(256 * x) / 256, low + 1 / 256, high - 1 / 256)

    def integers(self, low, high, *shape, dtype="int32"):
        """Integers from ``low`` up to, but without, ``high``."""
        return self._random.integers(low, high, shape).astype(dtype)

    def apart(self, *shape):
        """Floats around 0 of which no two are equal, so that an order has no ties."""
        n = int(np.prod(shape))
        return (self._random.permutation(n).reshape(shape) - n / 2 + 0.25) / 8
