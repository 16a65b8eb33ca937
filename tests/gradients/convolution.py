"""Rows for the gradient check of convolution and its gradients."""

import numpy as np

from minikeras.backend.windows import Windows

_random = np.random.default_rng(11)


def _normal(*shape):
    return _random.standard_normal(shape)


_PLAIN = Windows.over((5,), (2,), (2,), "same")
_SQUARE = Windows.over((4, 3), (2, 2), (1, 2), "same", (2, 1))
# A padding of less than nothing, as transposed convolution with much output padding has it.
_CROPPED = Windows((2,), (2,), ((0, -1),), (1,))
_POINT = Windows.over((3,), (1,))

ROWS = [
    ("convolution", (_normal(2, 5, 2), _normal(2, 2, 3)), {"windows": _PLAIN}),
    (
        "convolution",
        (_normal(1, 2, 4, 3), _normal(2, 2, 1, 4)),
        {"windows": _SQUARE, "groups": 2, "channels_first": True},
    ),
    ("convolution", (_normal(2, 3, 2), _normal(1, 2, 3)), {"windows": _POINT}),
    (
        "convolution_input_gradient",
        (_normal(2, 3, 3), _normal(2, 2, 3)),
        {"sides": (5,), "windows": _PLAIN},
    ),
    (
        "convolution_input_gradient",
        (_normal(2, 2, 3), _normal(2, 2, 3)),
        {"sides": (5,), "windows": _CROPPED},
    ),
    (
        "convolution_input_gradient",
        (_normal(1, 4, 4, 2), _normal(2, 2, 1, 4)),
        {"sides": (4, 3), "windows": _SQUARE, "groups": 2, "channels_first": True},
    ),
    ("convolution_kernel_gradient", (_normal(2, 5, 2), _normal(2, 3, 3)), {"windows": _PLAIN}),
    (
        "convolution_kernel_gradient",
        (_normal(1, 2, 4, 3), _normal(1, 4, 4, 2)),
        {"windows": _SQUARE, "groups": 2, "channels_first": True},
    ),
    ("window_elements", (_normal(1, 4, 3, 2),), {"windows": _SQUARE}),
    (
        "sum_window_elements",
        (_normal(1, 8, 4, 2),),
        {"sides": (4, 3), "windows": _SQUARE, "channels_first": True},
    ),
    ("resample", (_normal(2, 3, 2), np.abs(_normal(4, 3))), {"axis": 1}),
]
