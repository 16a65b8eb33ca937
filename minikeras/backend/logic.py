"""Elementwise primitives without derivatives: comparison, logic, bits, signs and rounding."""

from minikeras.backend.autodiff import primitive
from minikeras.backend.xp import xp


@primitive
def equal(x, y):
    return xp.equal(x, y)


@primitive
def not_equal(x, y):
    return xp.not_equal(x, y)


@primitive
def less(x, y):
    return xp.less(x, y)


@primitive
def less_equal(x, y):
    return xp.less_equal(x, y)


@primitive
def greater(x, y):
    return xp.greater(x, y)


@primitive
def greater_equal(x, y):
    return xp.greater_equal(x, y)


@primitive
def isnan(x):
    return xp.isnan(x)


@primitive
def isinf(x):
    return xp.isinf(x)


@primitive
def isfinite(x):
    return xp.isfinite(x)


@primitive
def isposinf(x):
    return x == float("inf")


@primitive
def isneginf(x):
    return x == -float("inf")


@primitive
def isreal(x):
    return xp.isreal(x)


@primitive
def isclose(x, y, *, rtol, atol, equal_nan):
    return xp.isclose(x, y, rtol=rtol, atol=atol, equal_nan=equal_nan)


@primitive
def isin(x, choices, *, assume_unique, invert):
    return xp.isin(x, choices, assume_unique=assume_unique, invert=invert)


@primitive
def logical_and(x, y):
    return xp.logical_and(x, y)


@primitive
def logical_or(x, y):
    return xp.logical_or(x, y)


@primitive
def logical_xor(x, y):
    return xp.logical_xor(x, y)


@primitive
def logical_not(x):
    return xp.logical_not(x)


@primitive
def bitwise_and(x, y):
    return xp.bitwise_and(x, y)


@primitive
def bitwise_or(x, y):
    return xp.bitwise_or(x, y)


@primitive
def bitwise_xor(x, y):
    return xp.bitwise_xor(x, y)


@primitive
def bitwise_not(x):
    return xp.invert(x)


@primitive
def left_shift(x, y):
    return xp.left_shift(x, y)


@primitive
def right_shift(x, y):
    return xp.right_shift(x, y)


@primitive
def gcd(x, y):
    return xp.gcd(x, y)


@primitive
def lcm(x, y):
    return xp.lcm(x, y)


@primitive
def sign(x):
    return xp.sign(x)


@primitive
def signbit(x):
    return xp.signbit(x)


@primitive
def nextafter(x, y):
    return xp.nextafter(x, y)


@primitive
def floor(x):
    return xp.floor(x)


@primitive
def ceil(x):
    return xp.ceil(x)


@primitive
def trunc(x):
    return xp.trunc(x)


@primitive
def round(x, *, decimals=0):
    """Rounded to ``decimals`` places, halves to even."""
    return xp.round(x, decimals)
