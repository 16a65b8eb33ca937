"""Rows of complex numbers as pairs."""

import numpy as np

from tests.oracle.drawing import Drawing
from tests.oracle.row import row

draw = Drawing()
X = draw.normal(2, 3, 2)
I = draw.integers(0, 9, 2, 3)
Z = np.complex64(X[..., 0] + 1j * X[..., 1])
NO_HALVES = "complex numbers have 32 or 64 bits a part"
ROWS = [
    *(
        row("polar", size, angle).only("float32", "float64", reason=NO_HALVES)
        for size, angle in (
            (draw.uniform(2, 3, high=4.0), X[..., 0]), (X[..., 0], X[0, :, 0]), (2.0, X[0]),
            (X[:0, :, 0], X[:0, :, 0]),
        )
    ),
    row("view_as_complex", X[0, 0]).with_known_batch("a pair").within(1e-6, dtype="float64"),
    # The oracle makes complex64 of all.
    *(row("view_as_complex", x).within(1e-6, dtype="float64") for x in (X, X[:0])),
    row("polar", I, I), row("view_as_real", X), row("view_as_real", Z),
    row("view_as_real", Z[:0]), row("view_as_real", np.complex128(Z)),
]  # fmt: skip
