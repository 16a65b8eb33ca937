"""Rows for `minikeras.backend.attention`."""

import numpy as np

_random = np.random.default_rng(11)


def _normal(*shape):
    return _random.normal(size=shape)


_HEADS = (_normal(1, 2, 3, 2), _normal(1, 2, 2, 2), _normal(1, 2, 2, 1))
_SHARED = (_normal(1, 2, 2, 2), _normal(1, 1, 3, 2), _normal(1, 1, 3, 2))
_MASK = np.array([[True, False], [True, True], [False, True]])[None, None]
_PLAIN = {"scale": 0.7, "is_causal": False, "soft_cap": None}
_CAUSAL = {"scale": 0.7, "is_causal": True, "soft_cap": 1.5}

ROWS = [
    ("blockwise_attention", (*_HEADS, None, None), _PLAIN),
    ("blockwise_attention", (*_HEADS, _normal(1, 2, 1, 2), _MASK), _PLAIN),
    ("blockwise_attention", (*_SHARED, _normal(1, 1, 2, 3), None), _CAUSAL),
    ("blockwise_attention_gradient", (_normal(1, 2, 3, 1), *_HEADS, None, _MASK), _PLAIN),
    (
        "blockwise_attention_gradient",
        (_normal(1, 2, 2, 2), *_SHARED, _normal(1, 2, 1, 3), None),
        _CAUSAL,
    ),
]
