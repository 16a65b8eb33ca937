"""Rows of distances."""

import numpy as np

from tests.oracle.drawing import Drawing
from tests.oracle.row import row

draw = Drawing()
ROWS = [
    row("cdist", draw.normal(3, 2), draw.normal(4, 2)).batch_in(0),
    row("cdist", draw.normal(2, 1, 3, 2), draw.normal(2, 4, 2)).batch_in(0),
    row("cdist", draw.normal(2, 3, 1), draw.normal(2, 2, 1)),
    row("cdist", np.zeros((0, 2)), draw.normal(4, 2)).batch_in(0),
    row("cdist", draw.integers(-9, 9, 3, 2), draw.integers(-9, 9, 2, 2)).batch_in(0),
]
