"""Small arrays that rows of ops are made of: fixed, and exact in half precision."""

import numpy as np

INF, NAN = float("inf"), float("nan")
INTEGERS = ("bool", "uint8", "int8", "int32", "int64")


def floats(*shape, seed=0):
    """Numbers between -4 and 4, no two of up to 32 of them the same, none a whole number."""
    count = int(np.prod(shape))
    places = np.random.default_rng(seed).permutation(max(count, 32))[:count]
    return places.reshape(shape) / max(count / 8, 4) - 4 + 9 / 128


def integers(*shape, low=-9, high=9, dtype="int32", seed=0):
    """Whole numbers from ``low`` up to, but without, ``high``."""
    return np.random.default_rng(seed).integers(low, high, shape).astype(dtype)


def held(numbers, dtype):
    """Those of the numbers that a dtype of integers can hold, cast to it."""
    numbers = np.array(numbers, "float64")
    numbers = numbers[np.isfinite(numbers)]
    return (np.abs(numbers) if dtype[0] == "u" else numbers).astype(dtype)
