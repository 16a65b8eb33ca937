"""Rows for the gradient check of activation functions and fused cross-entropies."""

import numpy as np

_random = np.random.default_rng(41)
_X = _random.uniform(0.1, 2.0, (2, 3, 4)) * _random.choice([-1.0, 1.0], (2, 3, 4))
_TARGET = _random.dirichlet(np.ones(4), (2, 3))
_LABELS = np.array([[0, 3, 1], [-1, 4, 2]])

ROWS = [
    ("relu", [_X], {}),
    *(("leaky_relu", [_X], {"negative_slope": s}) for s in (0.2, 1.5, -0.5)),
    *(("elu", [_X], {"alpha": a}) for a in (1.0, 0.3)),
    ("softplus", [_X], {}),
    *((f, [_X], {"axis": a}) for f in ("softmax", "log_softmax") for a in (-1, 0, (0, 2), None)),
    ("softmax_crossentropy", [_X, _TARGET], {"axis": -1}),
    ("softmax_crossentropy", [_X, _TARGET], {"axis": 1}),
    ("label_crossentropy", [_X, _LABELS], {}),
    ("label_crossentropy_slope", [_X, _LABELS], {}),
    ("label_crossentropy", [_X[:0], _LABELS[:0]], {}),
    ("label_cost", [_TARGET * 3, _LABELS], {"epsilon": 1e-7}),
    ("label_cost_slope", [_TARGET * 3, _LABELS, _X[..., 0]], {"epsilon": 1e-7}),
    ("label_cost", [_TARGET[:0], _LABELS[:0]], {"epsilon": 1e-7}),
]
