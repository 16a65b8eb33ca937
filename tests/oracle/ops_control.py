"""Rows of conditions, loops and mapped functions; the functions use operators alone."""

import numpy as np

from tests.oracle.drawing import Drawing
from tests.oracle.row import row

draw = Drawing()
V, M = draw.normal(4), draw.normal(3, 4)
ONE = np.array(1.5)
I = draw.integers(-9, 9, 3, 4)
EMPTY = np.zeros((0, 4))

NO_WAY_BACK = "JAX has no way back through loops of unknown length"
NO_BATCH = "the first axis is no batch"
ELSEWHERE = {"vectorize": "returns a function, whose calls test_ops_core.py compares"}


def _known(name, *args, **settings):
    return row(name, *args, **settings).with_known_batch(NO_BATCH)


def _associative(a, b):
    return a[0] * b[0], a[1] * b[0] + b[1]


def _step(carry, values):
    return {"s": carry["s"] + values[0]}, (values[1] * carry["s"], values[0])


ROWS = [
    *(row("cond", pred, lambda: 1.5, lambda: 2.5) for pred in (True, False, np.array(True))),
    row("cond", np.array(1), lambda: (1, 2.0), lambda: (3, 4.0)),
    *(_known("switch", i, [lambda x: x, lambda x: x * x], M) for i in (0, 1, 7, -3)),
    _known("switch", np.array(1), [lambda x, y: x, lambda x, y: x * y], M, V),
    *(
        _known("while_loop", *args, **settings).without_gradients(NO_WAY_BACK)
        for args, settings in (
            ((lambda i, y: i < 4, lambda i, y: (i + 1, y * 0.5 + 1), (0, M)), {}),
            ((lambda x: x < 50, lambda x: 2 * x, ONE), {}),
            ((lambda i, y: i < 9, lambda i, y: [i + 1, y * 2], [0, M]), {"maximum_iterations": 3}),
            ((lambda i, y: i < 9, lambda i, y: (i + 1, y * 2), (0, M)), {"maximum_iterations": 0}),
            ((lambda i, y: i < 0, lambda i, y: (i + 1, y * 2), (0, M)), {}),
        )
    ),
    _known("fori_loop", 2, 5, lambda i, y: y * 0.5 + i, M),
    _known("fori_loop", 5, 5, lambda i, y: y * y, M),
    _known("fori_loop", 0, 3, lambda i, y: {"a": y["b"], "b": y["a"] * 2}, {"a": M, "b": 2 * M}),
    _known("scan", lambda c, v: (c + v, c * v), ONE, V),
    _known("scan", lambda c, v: (c + v, c * v), ONE, V, reverse=True, unroll=2),
    _known("scan", lambda c, v: (c + v, c * v), ONE, V, length=4, unroll=True),
    _known("scan", lambda c, _: (c * 0.5, c), V, length=3),
    _known("scan", _step, {"s": ONE}, (V, 2 * V)),
    _known("scan", lambda c, v: (c + v, c * v), V, M),
    _known("scan", lambda c, v: (c + v, c * v), V, EMPTY),
    _known("associative_scan", lambda a, b: a * b, V),
    _known("associative_scan", lambda a, b: a * b, V, reverse=True),
    _known("associative_scan", lambda a, b: a + b, M, axis=-1),
    _known("associative_scan", lambda a, b: a + b, M, axis=1, reverse=True),
    _known("associative_scan", lambda a, b: a + b, V[:1]),
    _known("associative_scan", _associative, (V, V + 1)),
    row("map", lambda v: v * v, V), row("map", lambda v: v * v, M),
    row("map", lambda v: (v[0] * v[1], v[0]), (M, M + 1)), _known("map", lambda v: v * 2, EMPTY),
    row("vectorized_map", lambda v: v * v, M), row("map", lambda v: v + 1, I),
    _known("associative_scan", lambda a, b: a + b, I),
    _known("associative_scan", lambda a, b: a | b, I > 0, axis=1),
    _known("scan", lambda c, v: (c + v, c * v), I[0], I),
    row("vectorized_map", lambda v: v[0] + v[1], [V, 2 * V]),
]  # fmt: skip
