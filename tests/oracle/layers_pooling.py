"""Rows of pooling layers: windows, whole sides, and sides of a given size."""

import numpy as np

from tests.oracle import layers
from tests.oracle.class_row import row
from tests.oracle.layers import floats

draw = floats()
LINE, SQUARE, CUBE = draw(2, 7, 3), draw(2, 6, 5, 3), draw(2, 4, 5, 3, 2)
FIRST = {"data_format": "channels_first"}
STEPS = np.array([[True, True, False, True, False, False, True], [True] + [False] * 6])

ROWS = [
    row("layers.MaxPooling1D", LINE),
    row("layers.MaxPooling1D", LINE, pool_size=3, strides=1, padding="same", **FIRST),
    row("layers.MaxPooling2D", SQUARE),
    row("layers.MaxPooling2D", SQUARE, pool_size=(3, 2), strides=(1, 2), padding="same"),
    row("layers.MaxPooling2D", SQUARE, pool_size=2, **FIRST),
    row("layers.MaxPooling2D", SQUARE, dtype="mixed_float16"),
    row("layers.MaxPooling3D", CUBE),
    row("layers.MaxPooling3D", CUBE, pool_size=(1, 2, 3), strides=1, padding="same"),
    row("layers.MaxPooling3D", draw(2, 2, 4, 3, 4), pool_size=(2, 1, 2), **FIRST),
    row("layers.AveragePooling1D", LINE, pool_size=3),
    row("layers.AveragePooling1D", LINE, pool_size=2, strides=1, padding="same", **FIRST),
    row("layers.AveragePooling2D", SQUARE, pool_size=2, strides=1, padding="same"),
    row("layers.AveragePooling2D", draw(2, 3, 6, 6), pool_size=(2, 3), **FIRST),
    row("layers.AveragePooling2D", SQUARE, pool_size=2, dtype="mixed_float16"),
    row("layers.AveragePooling3D", CUBE, pool_size=3, strides=2, padding="same"),
    row("layers.AveragePooling3D", draw(2, 2, 4, 3, 4), pool_size=(2, 1, 2), **FIRST),
    *(
        row(f"layers.Global{kind}Pooling{rank}D", x, **arguments)
        for kind in ("Max", "Average")
        for rank, x in ((1, LINE), (2, SQUARE), (3, CUBE))
        for arguments in ({}, {"keepdims": True, **FIRST})
    ),
    row("layers.GlobalAveragePooling1D", LINE, keepdims=True),
    row("layers.GlobalAveragePooling1D", LINE).called(mask=STEPS),
    row("layers.GlobalAveragePooling1D", LINE, keepdims=True).called(mask=STEPS),
    row("layers.GlobalMaxPooling2D", SQUARE.astype("float64"), dtype="float64"),
    *(
        row(f"layers.Adaptive{kind}Pooling{rank}D", x, output_size=size, **arguments)
        for kind in ("Max", "Average")
        for rank, x, size in ((1, LINE, 3), (2, SQUARE, (4, 2)), (3, CUBE, (2, 3, 2)))
        for arguments in ({}, FIRST)
    ),
    row("layers.AdaptiveAveragePooling2D", SQUARE, output_size=2),
]
compare = layers.compare
