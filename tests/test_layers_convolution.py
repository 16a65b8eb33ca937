"""Convolution layers against real Keras."""

import pytest

import minikeras as mk

FIRST = {"data_format": "channels_first"}


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
    with pytest.raises(ValueError, match="expected ndim=4"):
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
