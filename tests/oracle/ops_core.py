"""Rows of conversion, traits and derivatives of functions."""

import numpy as np

from tests.oracle.drawing import Drawing
from tests.oracle.row import row

draw = Drawing()
V, M = draw.normal(4), draw.normal(3, 4)
I, EMPTY = draw.integers(-9, 9, 3, 4), np.zeros((0, 3))
SHAPES = (M, np.array(2.0), EMPTY)
MODERATE = np.array([-300.5, -1.5, -0.5, 0.0, 0.5, 1.75, 255.0, 1000.0])
DTYPES = ("bool", "uint8", "int8", "int32", "float16", "float32")

ELSEWHERE = {
    "custom_gradient": "the gradient is made up, by a function of one library: test_ops_core.py",
}
NO_DENSE = "tensors are dense and rectangular, and the oracle makes others"
UNGIVEN = {("convert_to_tensor", "ragged"): NO_DENSE}

ROWS = [
    *(row("cast", x, d) for x in (M, I, I > 0) for d in DTYPES),
    row("cast", EMPTY, "int32"), row("cast", 2.75, "int32"), row("cast", [1, 2], "float32"),
    row("cast", M, "complex64").without_gradients("of complex numbers"),
    *(row("saturate_cast", MODERATE, d) for d in DTYPES if d != "int32"),
    row("saturate_cast", MODERATE, "int32")
    .only("float32", "float64", reason="the oracle overflows in half precision"),
    *(row("saturate_cast", I, d) for d in DTYPES if "float" not in d),
    row("saturate_cast", I > 0, "float16"), row("saturate_cast", EMPTY, "uint8"),
    row("convert_to_tensor", M), row("convert_to_tensor", M, dtype="int32"),
    row("convert_to_tensor", I), row("convert_to_tensor", 3.5, dtype="int32"),
    row("convert_to_tensor", [[1.5, 2.0]]), row("convert_to_tensor", [1, 2]),
    row("convert_to_tensor", True), row("convert_to_tensor", I, "float32", False),
    row("convert_to_tensor", EMPTY),
    *(
        row("convert_to_numpy", x).without_symbols("they have no values")
        .without_gradients("leaves the tape")
        for x in (M, I, [1.0, 2.0], 3)
    ),
    row("copy", M), row("copy", I), row("copy", [1.5]), row("copy", EMPTY),
    *(row("shape", x) for x in SHAPES), *(row("ndim", x) for x in SHAPES),
    *(row("size", x).with_known_batch("a symbolic number") for x in SHAPES),
    *(row("dtype", x) for x in (M, I, I > 0)),
    *(row("is_tensor", x).without_symbols("a symbol is none here") for x in ([1.0], 3, None)),
    row("stop_gradient", M), row("stop_gradient", I),
    row("jvp", lambda x, y: x * y + x, (V, V + 1), (2 * V, V - 1)),
    row("jvp", lambda x, y: (x / y, x + 1), [V, V + 4], [V, V], has_aux=True),
]  # fmt: skip
