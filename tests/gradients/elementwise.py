"""Rows for the gradient check of elementwise primitives."""

import numpy as np

_random = np.random.default_rng(7)


def _normal(*shape):
    return _random.standard_normal(shape)


def _between(low, high, *shape):
    return _random.uniform(low, high, shape)


def _complex(*shape):
    return _normal(*shape) + 1j * _normal(*shape)


_X = _normal(2, 3)
_Y = _normal(3)  # broadcasts against _X
_POSITIVE = _between(0.5, 2.0, 2, 3)
_APART = _X + np.where(_normal(2, 3) > 0, 0.5, -0.5)  # beside _X, never equal

_SMOOTH = {
    "negative": _X,
    "absolute": _X,
    "square": _X,
    "reciprocal": _POSITIVE,
    "sqrt": _POSITIVE,
    "rsqrt": _POSITIVE,
    "cbrt": _POSITIVE,
    "exp": _X,
    "exp2": _X,
    "expm1": _X,
    "log": _POSITIVE,
    "log1p": _POSITIVE,
    "log2": _POSITIVE,
    "log10": _POSITIVE,
    "sin": _X,
    "cos": _X,
    "tan": _between(-1, 1, 2, 3),
    "arcsin": _between(-0.8, 0.8, 2, 3),
    "arccos": _between(-0.8, 0.8, 2, 3),
    "arctan": _X,
    "sinh": _X,
    "cosh": _X,
    "tanh": _X,
    "arcsinh": _X,
    "arccosh": _POSITIVE + 1,
    "arctanh": _between(-0.8, 0.8, 2, 3),
    "sigmoid": _X,
    "erf": _X,
    "erfc": _X,
    "erfinv": _between(-0.8, 0.8, 2, 3),
    "sinc": _between(0.3, 2, 2, 3),
    "i0": _X,
    "i1": np.array([0.0, 0.7, -1.2]),
    "deg2rad": _X,
    "rad2deg": _X,
    "conj": _X,
    "real": _X,
    # Of slope zero wherever there is one.
    "imag": _X,
    "angle": _X,
    "floor": _X,
    "ceil": _X,
    "trunc": _X,
    "sign": _X,
}

_COMPLEX = [
    "negative",
    "square",
    "reciprocal",
    "sqrt",
    "exp",
    "log",
    "sin",
    "cos",
    "tanh",
    "absolute",
    "conj",
    "real",
    "imag",
    "angle",
]

ROWS = [
    *((name, [x], {}) for name, x in _SMOOTH.items()),
    *((name, [_complex(2, 2)], {}) for name in _COMPLEX),
    ("cast", [_X], {"dtype": "float64"}),
    ("cast", [_X], {"dtype": "complex128"}),
    ("cast", [_complex(3)], {"dtype": "float64"}),
    ("add", [_X, _Y], {}),
    ("add", [_X, 2.0], {}),
    ("subtract", [_X, _Y], {}),
    ("multiply", [_X, _Y], {}),
    ("multiply", [_complex(2, 3), _complex(3)], {}),
    ("multiply", [_complex(2, 3), _Y], {}),
    ("true_divide", [_X, _POSITIVE], {}),
    ("true_divide", [_complex(2, 3), _complex(3)], {}),
    ("true_divide", [_Y, _POSITIVE], {}),
    ("mod", [_X * 3, _POSITIVE], {}),
    ("fmod", [_X * 3, _POSITIVE], {}),
    ("floor_divide", [_X * 3, _POSITIVE], {}),
    ("power", [_POSITIVE, _Y], {}),
    ("power", [_POSITIVE, 1.5], {}),
    ("power", [_X, 0], {}),
    ("power", [_X, 1], {}),
    ("power", [_X, 2], {}),
    ("power", [_X, 3], {}),
    ("power", [_POSITIVE, 0.5], {}),
    ("power", [_POSITIVE, -1.0], {}),
    ("power", [_X, np.array([0, 1, 2])], {}),
    ("power", [np.zeros(3), np.array([1, 2, 3])], {}),
    ("maximum", [_X, _APART], {}),
    ("minimum", [_X, _APART], {}),
    ("maximum", [_X, 0.0], {}),
    ("share", [_X, _APART], {}),
    ("fmax", [_X, _APART], {}),
    ("fmax", [_X, np.array([np.nan, 0.1, np.nan])], {}),
    ("fmin", [_X, _APART], {}),
    ("clip", [_X * 2, np.array(-1.0), np.array(1.0)], {}),
    ("clip", [_X * 2, _Y - 1, _Y], {}),
    ("clip", [_X * 2, -1.0, None], {}),
    ("clip", [_X * 2, None, 0.9], {}),
    ("where", [_X > 0, _X, _Y], {}),
    ("where", [_Y > 0, _X, 0.0], {}),
    ("arctan2", [_X, _APART], {}),
    ("hypot", [_X, _Y], {}),
    ("logaddexp", [_X, _Y], {}),
    ("logaddexp2", [_X, _Y], {}),
    ("ldexp", [_X, np.array([1, -2, 0])], {}),
    ("nan_to_num", [_X], {}),
    ("sinc", [np.array([0.0, 0.4, -1.3])], {"order": 1}),
    ("round", [_X], {"decimals": 1}),
    ("heaviside", [_X, _Y], {}),
    ("heaviside", [np.array([0, -1, 2]), _Y], {}),
    *(
        (name, None, "the result is Boolean")
        for name in [
            "equal",
            "not_equal",
            "less",
            "less_equal",
            "greater",
            "greater_equal",
            "isnan",
            "isinf",
            "isfinite",
            "isposinf",
            "isneginf",
            "isreal",
            "isclose",
            "isin",
            "logical_and",
            "logical_or",
            "logical_xor",
            "logical_not",
            "signbit",
        ]
    ),
    *(
        (name, None, "integers have no derivative")
        for name in [
            "bitwise_and",
            "bitwise_or",
            "bitwise_xor",
            "bitwise_not",
            "left_shift",
            "right_shift",
            "gcd",
            "lcm",
        ]
    ),
    ("nextafter", None, "the slope is that of the rounding error"),
]
