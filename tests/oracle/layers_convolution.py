"""Rows of convolutions, plain, transposed, depthwise and separable, in one to three dimensions."""

from tests.oracle import layers
from tests.oracle.class_row import row
from tests.oracle.layers import floats, weights_of

draw = floats()
LINE, SQUARE, CUBE = draw(2, 7, 4), draw(2, 6, 5, 4), draw(2, 4, 5, 3, 4)
SMALL = draw(1, 2, 3, 2, 4)
FIRST = {"data_format": "channels_first"}
BOTH, ACTIVITY = weights_of("kernel", "bias"), {"activity_regularizer": "l2"}
DEPTHWISE = weights_of("depthwise", "bias")
SEPARATE = weights_of("depthwise", "bias", "pointwise")


def conv(rank, x, **arguments):
    return row(f"layers.Conv{rank}D", x, **{"filters": 3, "kernel_size": 2, **arguments})


def transposed(rank, x, **arguments):
    arguments = {"filters": 3, "kernel_size": 2, **arguments}
    return row(f"layers.Conv{rank}DTranspose", x, **arguments)


def depthwise(rank, x, **arguments):
    return row(f"layers.DepthwiseConv{rank}D", x, **{"kernel_size": 2, **arguments})


def separable(rank, x, **arguments):
    arguments = {"filters": 3, "kernel_size": 2, **arguments}
    return row(f"layers.SeparableConv{rank}D", x, **arguments)


ROWS = [
    conv(1, LINE),
    conv(1, LINE, kernel_size=3, padding="causal", dilation_rate=2),
    conv(1, LINE, kernel_size=3, padding="causal", strides=2),
    conv(1, draw(2, 4, 7), filters=4, kernel_size=3, padding="same", groups=2, **FIRST),
    conv(1, draw(2, 4, 7), padding="causal", **FIRST),
    conv(1, LINE, activation="relu", use_bias=False),
    conv(1, LINE, **BOTH, **ACTIVITY),
    conv(2, SQUARE, kernel_size=(3, 2), activation="relu"),
    conv(2, SQUARE, kernel_size=3, strides=2, padding="same"),
    conv(2, SQUARE, dilation_rate=(2, 1)),
    conv(2, SQUARE, filters=4, groups=4, use_bias=False),
    conv(2, SQUARE, **FIRST, **ACTIVITY),
    conv(2, SQUARE, kernel_size=1, **BOTH),
    conv(2, SQUARE, dtype="mixed_float16").within(2e-2),
    conv(2, SQUARE, dtype="float64", trainable=False),
    conv(3, CUBE),
    conv(3, CUBE, kernel_size=3, strides=(1, 2, 1), padding="SAME"),
    conv(3, draw(2, 4, 3, 3, 4), kernel_size=(1, 2, 3), **FIRST),
    conv(3, CUBE, dilation_rate=(2, 1, 2), activation="tanh", use_bias=False),
    conv(3, CUBE, filters=4, groups=2, **BOTH, **ACTIVITY),
    transposed(1, LINE, kernel_size=3, strides=2),
    transposed(1, LINE, kernel_size=3, strides=2, padding="same", output_padding=1),
    transposed(1, draw(2, 4, 7), dilation_rate=2, activation="relu", use_bias=False, **FIRST),
    transposed(1, LINE, **BOTH, **ACTIVITY),
    transposed(2, SQUARE, kernel_size=3, activation="tanh", **BOTH),
    transposed(2, SQUARE, strides=3, padding="same"),
    transposed(2, SQUARE, dilation_rate=2, **FIRST),
    transposed(2, SQUARE, kernel_size=(2, 3), strides=(3, 2), output_padding=(2, 1)),
    transposed(2, SQUARE, use_bias=False, **ACTIVITY),
    transposed(2, SQUARE, dtype="mixed_float16").within(2e-2),
    transposed(3, SMALL, strides=2, output_padding=1),
    transposed(3, SMALL, kernel_size=3, padding="same", strides=(1, 2, 1)),
    transposed(3, SMALL, dilation_rate=2, activation="relu", use_bias=False),
    transposed(3, draw(1, 4, 2, 3, 2), **FIRST, **BOTH, **ACTIVITY),
    depthwise(1, LINE, kernel_size=3, depth_multiplier=2),
    depthwise(1, LINE, kernel_size=3, strides=2, padding="same", **FIRST),
    depthwise(1, LINE, dilation_rate=2, activation="relu", use_bias=False),
    depthwise(1, LINE, **DEPTHWISE, **ACTIVITY),
    depthwise(2, SQUARE, kernel_size=3, activation="relu", **DEPTHWISE, **ACTIVITY),
    depthwise(2, SQUARE, strides=2, use_bias=False),
    depthwise(2, SQUARE, dilation_rate=2, depth_multiplier=3),
    depthwise(2, SQUARE, kernel_size=3, padding="same", **FIRST),
    depthwise(2, SQUARE, dtype="mixed_float16").within(2e-2),
    separable(1, LINE, kernel_size=3, depth_multiplier=2),
    separable(1, LINE, strides=2, **FIRST),
    separable(1, LINE, padding="same", dilation_rate=2, activation="relu", use_bias=False),
    separable(1, LINE, **SEPARATE, **ACTIVITY),
    separable(2, SQUARE, **SEPARATE, **ACTIVITY),
    separable(2, SQUARE, kernel_size=3, padding="same", **FIRST),
    separable(2, SQUARE, dilation_rate=2, activation="relu", use_bias=False),
    separable(2, SQUARE, strides=2, depth_multiplier=2),
    separable(2, SQUARE, dtype="mixed_float16").within(2e-2),
]
compare = layers.compare
