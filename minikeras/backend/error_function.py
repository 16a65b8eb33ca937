"""The error function, several times faster than SciPy computes it element by element."""

from minikeras.backend import threads
from minikeras.backend.xp import ON_GPU, special, xp

# erf(x) / x as a quotient of polynomials of x**2, constant terms first: a minimax fit over
# 0 < x < 3.92, beyond which erf is 1 in single precision, by least squares whose weights follow the
# error (Lawson 1961). Its relative error is 2e-8 before rounding; after it, measured at two million
# places, at most 7 units in the last place and 0.9 on average.
_END = 3.92
_ABOVE = (
    1.12837915,
    0.190405781,
    0.0527485937,
    0.00376557643,
    0.000284880052,
    2.05007028e-06,
)
_BELOW = (
    1.0,
    0.502075471,
    0.114108793,
    0.0149691373,
    0.00116252234,
    3.80913968e-05,
)

# Elements of a block, and from which there are two.
_BLOCK = 1 << 17
_SHARED = 1 << 15


def erf(x):
    """``erf(x)`` in the dtype of ``x``.

    In single precision by a rational function; in double by SciPy, on several threads.
    """
    if ON_GPU or x.dtype.char not in "fd":
        return special("erf")(x).astype(x.dtype, copy=False)
    flat = xp.ascontiguousarray(x).reshape(-1)
    out = xp.empty(flat.shape, x.dtype)
    compute = _rational if x.dtype.char == "f" else lambda x, out: special("erf")(x, out=out)
    threads.run(
        lambda block: compute(flat[block], out[block]),
        threads.slices(len(flat), _BLOCK, _SHARED // 2),
    )
    return out.reshape(x.shape)


def _rational(x, out):
    with threads.scratch() as take:
        square, below = (take(x.shape, x.dtype) for _ in range(2))
        x = xp.minimum(x, _END, out=take(x.shape, x.dtype))
        xp.maximum(x, -_END, out=x)
        xp.multiply(x, x, out=square)
        _polynomial(_ABOVE, square, out)
        _polynomial(_BELOW, square, below)
        out *= x
        out /= below
        # Rounding may lead beyond by a unit in the last place.
        xp.minimum(out, 1, out=out)
        xp.maximum(out, -1, out=out)


def _polynomial(coefficients, x, out):
    """Horner's rule, into ``out``."""
    *others, last = coefficients
    xp.multiply(x, last, out=out)
    for coefficient in others[:0:-1]:
        out += coefficient
        out *= x
    out += others[0]
