"""Rows of windows side by side and of their sums in place."""

from tests.oracle.drawing import Drawing
from tests.oracle.row import row

draw = Drawing()
X = draw.normal(2, 2, 4, 3)
ROWS = [
    row("unfold", X, 2), row("unfold", X, (3, 2), padding=(1, 0), stride=(2, 1)),
    row("unfold", X, 2, dilation=(3, 2)), row("unfold", X, 2, dilation=2, padding=1, stride=2),
    row("unfold", X, (4, 3)), row("unfold", X[:0], 2), row("unfold", X[:, :, :, :1], 1),
    row("fold", draw.normal(2, 8, 6), (4, 3), 2), row("fold", draw.normal(1, 4, 4), 3, [2, 2]),
    row("fold", draw.normal(2, 6, 6), (3, 5), kernel_size=(2, 3), padding=(0, 1), stride=(1, 2)),
    row("fold", draw.normal(2, 4, 4), 4, 2, dilation=2),
    row("fold", draw.normal(1, 4, 9), 5, 2, dilation=2, padding=1, stride=2),
    row("fold", draw.normal(0, 8, 6), (4, 3), 2), row("unfold", draw.integers(0, 9, 2, 1, 3, 3), 2),
    row("fold", draw.integers(0, 9, 2, 8, 6), (4, 3), 2),
]  # fmt: skip
