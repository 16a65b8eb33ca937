"""Kernels of quantization: two integers of four bits in a byte, and floats of few bits."""

from minikeras.backend.autodiff import primitive
from minikeras.backend.xp import xp


@primitive
def unpack_nibbles(x, *, axis, length, signed):
    """The halves of bytes, the lower one first, as integers of one byte each.

    The axis becomes twice as long and is then cut to ``length``.
    """
    if signed:
        x = x.view("int8")
        low, high = xp.right_shift(xp.left_shift(x, 4), 4), xp.right_shift(x, 4)
    else:
        x = x.view("uint8")
        low, high = xp.bitwise_and(x, 15), xp.right_shift(x, 4)
    pairs = xp.stack([low, high], axis=axis + 1)
    shape = (*x.shape[:axis], 2 * x.shape[axis], *x.shape[axis + 1 :])
    whole = pairs.reshape(shape)
    return whole[(slice(None),) * axis + (slice(length),)]


@primitive
def round_to_bits(x, *, bits, least_exponent):
    """The nearest floats with ``bits`` bits behind the point, halves to even.

    Below ``2 ** least_exponent`` they are as far apart as just above it, as the subnormal numbers
    of a float format are. Large numbers are not bounded.
    """
    _, exponent = xp.frexp(x)  # x = m 2**exponent with 0.5 <= |m| < 1
    step = xp.maximum(exponent - 1, least_exponent) - bits
    return xp.ldexp(xp.rint(xp.ldexp(x, -step)), step)
