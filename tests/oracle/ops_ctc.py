"""Rows of connectionist temporal classification: its loss and its decoders."""

import numpy as np

from tests.oracle.drawing import Drawing
from tests.oracle.row import row

draw = Drawing(5)
LOGITS = draw.normal(3, 4, 3, scale=2)
TARGET = np.array([[1, 2, 1], [1, 1, 0], [2, 0, 0]], "int32")
LABELS, STEPS = np.array([3, 2, 1], "int32"), np.array([4, 4, 2], "int32")
LAST_BLANK = np.array([[0, 1, 2], [2, 2, 2], [1, 2, 2]], "int32")
NONE = "the search gives no gradient"

ROWS = [
    row("ctc_loss", TARGET, LOGITS, LABELS, STEPS).batch_in(0, 1, 2, 3),
    row("ctc_loss", LAST_BLANK, LOGITS, np.array([2, 0, 1], "int32"), STEPS, mask_index=2)
    .batch_in(0, 1, 2, 3),
    *(
        row("ctc_decode", LOGITS, STEPS, merge_repeated=merge, mask_index=blank).batch_in(0, 1)
        for merge in (True, False)
        for blank in (0, 1, None)
    ),
    *(
        row("ctc_decode", LOGITS, STEPS, strategy="beam_search", beam_width=width,
            top_paths=paths, mask_index=blank).batch_in(0, 1).without_gradients(NONE)
        for width, paths, blank in ((9, 3, 0), (3, 2, 1), (1, 1, None))
    ),
]  # fmt: skip
