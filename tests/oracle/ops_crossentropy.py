"""Rows of labels as vectors, of cross-entropies, and of the signal-to-noise ratio."""

import numpy as np

from tests.oracle.drawing import Drawing
from tests.oracle.row import row

draw = Drawing()
X = draw.normal(2, 3, 4, scale=3)
LABELS, OTHERS = np.array([[0, 3, 1], [2, 2, 0]]), np.array([[0, -1, 4], [3, 9, -7]])
BINARY, SHARES = (draw.uniform(2, 3, 4) > 0.5).astype("float32"), draw.uniform(2, 3, 4)
ONE_HOT = np.eye(4)[LABELS]


def _shares():
    """Probabilities over the last axis, multiples of 1/64."""
    parts = draw.integers(1, 16, 2, 3, 4).astype("float64")
    parts[..., -1] = 64 - parts[..., :-1].sum(-1)
    return parts / 64


P, Q = _shares(), _shares()


def _labelled(labels, output, **settings):
    found = row("sparse_categorical_crossentropy", labels, output, **settings).batch_in(0, 1)
    return found.only("float32", "float64", reason="half precision gives float32 on JAX alone")


NO_SPARSE = "tensors are dense, and the oracle makes sparse ones"
UNGIVEN = {("one_hot", "sparse"): NO_SPARSE, ("multi_hot", "sparse"): NO_SPARSE}

ROWS = [
    *(row("one_hot", LABELS, 4, axis=a) for a in (-1, 0, 1, -2)),
    row("one_hot", OTHERS, 4, dtype="int32"), row("one_hot", 1, 3), row("one_hot", [[0, 1]], 2),
    row("one_hot", LABELS[:0], 2),
    row("one_hot", LABELS.astype("uint8"), 4, dtype="bool"), row("one_hot", LABELS, 1),
    row("one_hot", LABELS[0], 4, dtype="float16"),
    row("multi_hot", LABELS, 4), row("multi_hot", LABELS[0], 5, dtype="int32"),
    row("multi_hot", OTHERS, 4), row("multi_hot", LABELS, 4, axis=0),
    row("multi_hot", LABELS, 4, axis=1), row("multi_hot", LABELS, num_tokens=5),
    *(
        row("categorical_crossentropy", t, o, from_logits=logits, axis=axis)
        for t, o, logits in ((P, Q, False), (P, 3 * Q, False), (P, X, True), (BINARY, X, True))
        for axis in (-1, 1)
    ),
    row("categorical_crossentropy", ONE_HOT, ONE_HOT),
    row("categorical_crossentropy", P[0, 0], Q[0, 0]),
    row("categorical_crossentropy", P[:0], Q[:0]),
    *(
        _labelled(t, o, from_logits=logits)
        for t in (LABELS, LABELS[..., None], OTHERS)
        for o, logits in ((Q, False), (3 * Q, False), (X, True), (1000 * X, True))
    ),
    _labelled(LABELS, Q, axis=2), _labelled(LABELS.astype("float32"), Q),
    _labelled(LABELS[:0], Q[:0]), _labelled(np.array(2), X[0, 0], from_logits=True)
    .with_known_batch("no batch"),
    *(
        row("binary_crossentropy", t, o, from_logits=logits)
        for t in (BINARY, SHARES)
        for o, logits in ((Q, False), (BINARY, False), (X, True), (100 * X, True))
    ),
    row("binary_crossentropy", BINARY[:0], Q[:0]),
    row("binary_crossentropy", LABELS % 2, Q[..., 0]),
    row("binary_crossentropy", LABELS > 1, X[..., 0], True),
    row("categorical_crossentropy", ONE_HOT.astype("int32"), X, True),
    row("categorical_crossentropy", ONE_HOT > 0, Q),
    row("psnr", X, X + 0.125, 2.0), row("psnr", X, X, 1.0).without_gradients("infinite"),
    row("psnr", LABELS, LABELS + 1, 9),
]  # fmt: skip
