"""Rows of ops/joining.py: tensors joined, cut apart, and repeated."""

import numpy as np

from tests.oracle.row import row
from tests.oracle.samples import floats, integers

V, M, T = floats(6), floats(3, 4), floats(2, 3, 4)
N = integers(3, 4)
EMPTY = np.zeros((0, 4))

ROWS = [
    row("concatenate", [M, M[:1]]),
    row("concatenate", [M, floats(3, 1, seed=1), M], axis=-1),
    row("concatenate", [M, N], axis=1),
    row("concatenate", [EMPTY, M]),
    row("concatenate", [N, N > 0]),
    row("concatenate", [N.astype("uint8"), N.astype("int8")], axis=1),
    row("concatenate", [T]),
    row("append", M, N),
    row("append", M, floats(1, 4), axis=0),
    row("append", M, floats(3, 2), axis=-1),
    row("append", N, 2.5),
    row("stack", [M, M + 1]),
    row("stack", [M, N], axis=-1),
    row("stack", [V], axis=1),
    row("stack", [np.array(1.0), np.array(2.0)]),
    row("stack", [EMPTY, EMPTY], axis=1),
    *(row(name, [V, V + 1]) for name in ("vstack", "hstack", "dstack")),
    *(row(name, [M, N]) for name in ("vstack", "hstack", "dstack")),
    *(row(name, [np.array(1.0), np.array(2.0)]) for name in ("vstack", "hstack", "dstack")),
    row("hstack", [V, V[:2]]),
    row("hstack", [M, M[:, :1]]),
    row("vstack", [M, M[:1]]),
    row("dstack", [T, T[:, :, :1]]),
    row("split", M, 2, axis=1),
    row("split", T, (1, 2), axis=-1),
    row("split", N, [1, 3], axis=1),
    row("split", EMPTY, 2, axis=-1),
    row("split", M, 3),
    row("split", V, [1, 4]),
    row("array_split", M, 3, axis=1),
    row("array_split", V, 4),
    row("array_split", N, 5, axis=1),
    row("vsplit", M, 3),
    row("vsplit", M, [1]),
    row("hsplit", M, 2),
    row("hsplit", V, [2, 3]),
    row("dsplit", T, 2),
    row("dsplit", T, [1]),
    row("unstack", T).with_known_batch("the number of slices is known"),
    row("unstack", T, num=3, axis=1),
    row("unstack", T, axis=-1),
    row("unstack", N, axis=1),
    *(row("tile", M, repeats) for repeats in (2, (2, 1), (2, 1, 3), (0, 1), (1, 1), [3])),
    row("tile", T, (2,)),
    row("tile", N, (1, 2)),
    row("tile", EMPTY, 2),
    row("tile", np.array(2.0), 3),
    row("repeat", M, 2),
    row("repeat", M, 3, axis=1),
    row("repeat", T, 0, axis=-1),
    row("repeat", T, 2, axis=0),
    *(
        row("repeat", x, np.array(counts), axis=axis).without_symbols(
            "numbers that decide a length are known"
        )
        for x, counts, axis in ((M, [1, 0, 2], 0), (M, [1, 0, 2, 1], 1), (N, [2], -1))
    ),
    row("repeat", EMPTY, 2, axis=1),
]
