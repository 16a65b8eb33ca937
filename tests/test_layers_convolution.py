"""Convolution layers against real Keras."""

import numpy as np
import pytest

import minikeras as mk
from tests.support import compare_layers

RNG = np.random.default_rng(0)
FLOATS = lambda *shape: RNG.normal(size=shape).astype("float32")
FIRST = {"data_format": "channels_first"}
KERNEL = {"kernel_regularizer": "l2", "kernel_constraint": "max_norm"}
KERNEL |= {"kernel_initializer": "he_normal"}
BIAS = {"bias_initializer": "ones", "bias_regularizer": "l1", "bias_constraint": "non_neg"}
DEPTHWISE = {"depthwise_regularizer": "l2", "depthwise_constraint": "max_norm"}
DEPTHWISE |= {"depthwise_initializer": "he_normal"}
POINTWISE = {"pointwise_regularizer": "l2", "pointwise_constraint": "max_norm"}
POINTWISE |= {"pointwise_initializer": "he_normal"}

LINE, SQUARE, CUBE = FLOATS(2, 7, 4), FLOATS(2, 6, 5, 4), FLOATS(2, 4, 5, 3, 4)

CASES = [
    ("Conv1D", {"filters": 3, "kernel_size": 2}, LINE),
    ("Conv1D", {"filters": 3, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, LINE),
    ("Conv1D", {"filters": 3, "kernel_size": 3, "padding": "causal", "strides": 2}, LINE),
    (
        "Conv1D",
        {"filters": 4, "kernel_size": 3, "padding": "same", "groups": 2, **FIRST},
        FLOATS(2, 4, 7),
    ),
    ("Conv1D", {"filters": 3, "kernel_size": 2, "padding": "causal", **FIRST}, FLOATS(2, 4, 7)),
    ("Conv2D", {"filters": 3, "kernel_size": (3, 2), "activation": "relu"}, SQUARE),
    ("Conv2D", {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"}, SQUARE),
    ("Conv2D", {"filters": 3, "kernel_size": 2, "dilation_rate": (2, 1)}, SQUARE),
    ("Conv2D", {"filters": 4, "kernel_size": 2, "groups": 4, "use_bias": False}, SQUARE),
    ("Conv2D", {"filters": 3, "kernel_size": 2, **FIRST, "activity_regularizer": "l2"}, SQUARE),
    ("Conv2D", {"filters": 3, "kernel_size": 1, **KERNEL, **BIAS}, SQUARE),
    ("Conv2D", {"filters": 3, "kernel_size": 2, "dtype": "mixed_float16"}, SQUARE),
    ("Conv2D", {"filters": 3, "kernel_size": 2, "dtype": "float64", "trainable": False}, SQUARE),
    ("Conv3D", {"filters": 3, "kernel_size": 2}, CUBE),
    ("Conv3D", {"filters": 3, "kernel_size": 3, "strides": (1, 2, 1), "padding": "SAME"}, CUBE),
    ("Conv3D", {"filters": 3, "kernel_size": (1, 2, 3), **FIRST}, FLOATS(2, 4, 3, 3, 4)),
    ("Conv1DTranspose", {"filters": 3, "kernel_size": 3, "strides": 2}, LINE),
    (
        "Conv1DTranspose",
        {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 1},
        LINE,
    ),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": 3, "activation": "tanh", **BIAS}, SQUARE),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": 2, "strides": 3, **KERNEL}, SQUARE),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": 2, "dilation_rate": 2, **FIRST}, SQUARE),
    (
        "Conv2DTranspose",
        {"filters": 3, "kernel_size": (2, 3), "strides": (3, 2), "output_padding": (2, 1)},
        SQUARE,
    ),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": 2, "use_bias": False}, SQUARE),
    ("Conv3DTranspose", {"filters": 3, "kernel_size": 2, "strides": 2}, FLOATS(1, 2, 3, 2, 4)),
    (
        "Conv3DTranspose",
        {"filters": 3, "kernel_size": 3, "padding": "same", "strides": (1, 2, 1)},
        FLOATS(1, 2, 3, 2, 4),
    ),
    ("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": 2}, LINE),
    ("DepthwiseConv1D", {"kernel_size": 3, "strides": 2, "padding": "same", **FIRST}, LINE),
    ("DepthwiseConv2D", {"kernel_size": 3, "activation": "relu", **DEPTHWISE, **BIAS}, SQUARE),
    ("DepthwiseConv2D", {"kernel_size": 2, "strides": 2, "use_bias": False}, SQUARE),
    ("DepthwiseConv2D", {"kernel_size": 2, "dilation_rate": 2, "depth_multiplier": 3}, SQUARE),
    ("DepthwiseConv2D", {"kernel_size": 3, "padding": "same", **FIRST}, SQUARE),
    ("SeparableConv1D", {"filters": 3, "kernel_size": 3, "depth_multiplier": 2}, LINE),
    ("SeparableConv1D", {"filters": 3, "kernel_size": 2, "strides": 2, **FIRST}, LINE),
    ("SeparableConv2D", {"filters": 3, "kernel_size": 2, **DEPTHWISE, **POINTWISE}, SQUARE),
    ("SeparableConv2D", {"filters": 3, "kernel_size": 3, "padding": "same", **FIRST}, SQUARE),
    ("SeparableConv2D", {"filters": 3, "kernel_size": 2, "dilation_rate": 2, **BIAS}, SQUARE),
]


@pytest.mark.parametrize(
    ("name", "arguments", "inputs"), CASES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_layer_equals_keras(name, arguments, inputs):
    tolerance = 2e-2 if arguments.get("dtype") == "mixed_float16" else 1e-5
    compare_layers(name, arguments, inputs, rtol=tolerance, atol=tolerance)


SYMBOLIC = [
    ("Conv1D", {"filters": 3, "kernel_size": 2, "strides": 2}, (None, None, 4)),
    ("Conv1D", {"filters": 3, "kernel_size": 2, "padding": "causal"}, (2, None, 4)),
    ("Conv2D", {"filters": 3, "kernel_size": 3, "padding": "same"}, (None, None, 8, 4)),
    ("Conv2D", {"filters": 3, "kernel_size": 3, **FIRST}, (None, 4, None, None)),
    ("Conv3D", {"filters": 3, "kernel_size": 3}, (None, None, None, 7, 4)),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": 3, "strides": 2}, (None, None, 5, 4)),
    ("DepthwiseConv2D", {"kernel_size": 3, "strides": 2}, (None, 9, None, 4)),
    ("SeparableConv2D", {"filters": 3, "kernel_size": 3}, (None, None, None, 4)),
]


@pytest.mark.parametrize(("name", "arguments", "shape"), SYMBOLIC)
def test_symbolic_shape_equals_keras(name, arguments, shape):
    import keras

    theirs = getattr(keras.layers, name)(**arguments)(keras.KerasTensor(shape))
    layer = getattr(mk.layers, name)(**arguments)
    assert layer(mk.KerasTensor(shape)).shape == theirs.shape
    assert layer.compute_output_shape(shape) == theirs.shape


@pytest.mark.parametrize("name", ["Conv2D", "Conv2DTranspose", "SeparableConv2D"])
@pytest.mark.parametrize(
    "arguments",
    [
        {"filters": 0, "kernel_size": 2},
        {"filters": 2.5, "kernel_size": 2},
        {"filters": 2, "kernel_size": 0},
        {"filters": 2, "kernel_size": (2, 2, 2)},
        {"filters": 2, "kernel_size": 2, "strides": (1, 0)},
        {"filters": 2, "kernel_size": 2, "padding": "causal"},
        {"filters": 2, "kernel_size": 2, "data_format": "channels_middle"},
    ],
)
def test_wrong_arguments_are_refused(name, arguments):
    with pytest.raises(ValueError):
        getattr(mk.layers, name)(**arguments)


def test_wrong_combinations_are_refused():
    with pytest.raises(ValueError, match="multiple of groups"):
        mk.layers.Conv2D(3, 2, groups=2)
    with pytest.raises(ValueError, match="multiple of groups"):
        mk.layers.Conv2D(4, 2, groups=2)(mk.ops.ones((1, 4, 4, 3)))
    with pytest.raises(ValueError, match="greater than 1"):
        mk.layers.Conv2D(4, 2, strides=2, dilation_rate=2)
    with pytest.raises(ValueError, match="output_padding"):
        mk.layers.Conv2DTranspose(4, 2, strides=2, output_padding=2)
    with pytest.raises(ValueError, match="does not fit"):
        mk.layers.Conv2D(4, 5)(mk.ops.ones((1, 4, 4, 3)))
    with pytest.raises(ValueError, match="4 axes"):
        mk.layers.Conv2D(4, 2)(mk.ops.ones((1, 4, 3)))


def test_configured_data_format_is_taken():
    before = mk.config.image_data_format()
    mk.config.set_image_data_format("channels_first")
    try:
        layer = mk.layers.Conv2D(5, 2)
        assert layer.data_format == "channels_first"
        assert layer(mk.ops.ones((1, 3, 4, 4))).shape == (1, 5, 3, 3)
    finally:
        mk.config.set_image_data_format(before)
