"""Rows of the functions that merge, without a layer by name."""

from tests.oracle.class_row import row
from tests.oracle.layers import compare_function, floats

draw = floats()
PAIR = [draw(2, 3), draw(2, 3)]

ROWS = [
    *(
        row(f"layers.{name}", PAIR)
        for name in ("add", "subtract", "multiply", "average", "maximum", "minimum", "concatenate")
    ),
    row("layers.concatenate", [draw(2, 3, 4), draw(2, 5, 4)], axis=1),
    row("layers.dot", PAIR),
    row("layers.dot", [draw(2, 4, 3), draw(2, 3, 5)], axes=(2, 1)),
]
compare = compare_function
