"""Rows of pooling: sizes, strides, ties, both data formats, and pools that adapt.

Strides are always given: Keras on JAX fails where they are to follow from the size.
"""

import numpy as np

from tests.oracle.drawing import Drawing
from tests.oracle.row import row

draw = Drawing()
SIDES = (5, 4, 3)
FORMATS = ("channels_last", "channels_first")
BOTH = ("max_pool", "average_pool")


def _inputs(rank, data_format="channels_last", ties=False):
    shape = (2, *SIDES[:rank], 2)
    x = draw.integers(-1, 2, *shape).astype("float64") if ties else draw.apart(*shape)
    return np.moveaxis(x, -1, 1).copy() if data_format == "channels_first" else x


ADAPTIVE = ("adaptive_max_pool", "adaptive_average_pool")
ENDS = np.array([[[1.0], [np.nan], [3.0], [4.0], [-np.inf], [-np.inf], [np.inf]]])
INTEGERS = draw.integers(-9, 9, 2, 4, 3, 2)
NOT_FINITE = "infinity times 0"
X, LINE = _inputs(2), _inputs(1)
ROWS = [
    *(
        row(name, _inputs(rank, data_format, ties), size, strides, padding=padding,
            data_format=data_format)
        for name in BOTH
        for rank, size, strides, ties in (
            (1, 2, 1, False), (1, 3, 2, True), (1, 1, 1, False), (1, 2, 3, False),
            (2, 2, 2, False), (2, 3, 2, True), (2, 4, 1, False), (2, (2, 1), (1, 2), True),
            (3, (2, 3, 1), (2, 1, 3), False),
        )
        for padding in ("valid", "same")
        for data_format in FORMATS
        if rank == 2 or (padding == "same") == (data_format == "channels_last")
    ),
    *(row(name, LINE, 2, 2, padding="SAME") for name in BOTH),
    *(row(name, X[:0], 2, 2) for name in BOTH),
    *(row(name, X[:, :1], (1, 2), 1) for name in BOTH),
    *(row(name, ENDS, 2, 2).without_gradients(NOT_FINITE) for name in BOTH),
    *(row(name, ENDS, 3).without_gradients(NOT_FINITE) for name in ADAPTIVE),
    *(row(name, INTEGERS, 2, 1, "same") for name in BOTH),
    row("max_pool", INTEGERS.astype("uint8"), 2, 2), *(row(name, INTEGERS, 2) for name in ADAPTIVE),
    *(
        row(name, _inputs(rank, data_format), size, data_format=data_format)
        for name in ADAPTIVE
        for rank, size in (
            (1, 3), (1, (7,)), (2, 1), (2, (3, 5)), (2, [4, 2]), (3, (2, 5, 3)),
        )
        for data_format in FORMATS
        if size == (3, 5) or (data_format == "channels_last") == (rank == 1)
    ),
    *(row(name, X[:0], 2) for name in ADAPTIVE),
]  # fmt: skip
