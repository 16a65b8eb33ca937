"""Rows of Fourier transforms, of pairs of real and imaginary parts."""

import numpy as np

from tests.oracle.drawing import Drawing
from tests.oracle.row import row

draw = Drawing()


def _pair(*shape):
    return draw.normal(*shape), draw.normal(*shape)


def _row(name, x, *args, **settings):
    found = row(name, x, *args, **settings)
    parts = x if isinstance(x, (tuple, list)) else (x,)
    if "float16" in found.dtypes:
        found = found.only("float32", "float64", reason="the oracle has no half precision here")
    if parts[0].ndim <= (2 if "2" in name else 1):
        found = found.with_known_batch("the axis of the transform")
    return found


ROWS = [
    *(_row("fft", _pair(*s)) for s in ((5,), (2, 8), (2, 3, 1), (0, 4))),
    *(_row(n, _pair(*s)) for n in ("fft2", "ifft2") for s in ((3, 4), (2, 1, 5), (0, 2, 3))),
    *(_row("rfft", draw.normal(*s)) for s in ((6,), (2, 7), (2, 3, 1), (0, 4))),
    *(_row("rfft", draw.normal(2, 7), n) for n in (1, 4, 5, 7, 12)),
    *(_row("irfft", _pair(*s)) for s in ((6,), (2, 5), (2, 3, 2), (0, 4))),
    *(_row("irfft", _pair(2, 5), fft_length=n) for n in (1, 2, 6, 7, 8, 9, 14)),
    _row("rfft", draw.integers(0, 9, 2, 5)),
    _row("irfft", [*_pair(2, 4)]), _row("fft", list(np.stack(_pair(2, 4)))),
]  # fmt: skip
