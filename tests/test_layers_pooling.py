"""Pooling layers against real Keras."""

import pytest

import minikeras as mk

FIRST = {"data_format": "channels_first"}


@pytest.mark.parametrize("arguments", [{}, {"keepdims": True}])
def test_global_average_leaves_out_masked_steps(arguments):
    """The mask that a layer before has set arrives by itself, and goes no further."""
    inputs = mk.layers.Input((7,), dtype="int32")
    hidden = mk.layers.Embedding(5, 3, mask_zero=True)(inputs)
    outputs = mk.layers.GlobalAveragePooling1D(**arguments)(hidden)
    model = mk.Model(inputs, [hidden, outputs])
    steps, mean = model(mk.ops.array([[1, 2, 0, 0, 0, 0, 0]]))
    difference = mk.ops.mean(steps[:, :2], axis=1) - mk.ops.reshape(mean, (1, 3))
    assert float(mk.ops.max(mk.ops.abs(difference))) < 1e-6


SYMBOLIC = [
    ("MaxPooling1D", {"strides": 1}, (None, None, 4)),
    ("MaxPooling2D", {"padding": "same"}, (None, None, 7, 4)),
    ("AveragePooling3D", {"pool_size": 2, **FIRST}, (None, 4, None, 5, None)),
    ("GlobalMaxPooling2D", {}, (None, None, None, 4)),
    ("GlobalAveragePooling2D", {"keepdims": True}, (None, None, None, 4)),
    ("AdaptiveAveragePooling2D", {"output_size": 3}, (None, None, 7, 4)),
]


@pytest.mark.parametrize(("name", "arguments", "shape"), SYMBOLIC)
def test_symbolic_shape_equals_keras(name, arguments, shape):
    import keras

    theirs = getattr(keras.layers, name)(**arguments)(keras.KerasTensor(shape))
    layer = getattr(mk.layers, name)(**arguments)
    assert layer(mk.KerasTensor(shape)).shape == theirs.shape
    assert tuple(layer.compute_output_shape(shape)) == theirs.shape


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="pool_size"):
        mk.layers.MaxPooling2D((2, 2, 2))
    with pytest.raises(ValueError, match="padding"):
        mk.layers.MaxPooling2D(padding="full")
    with pytest.raises(TypeError, match="output_size"):
        mk.layers.AdaptiveMaxPooling2D((1, 2, 3))
    with pytest.raises(ValueError, match="expected ndim=4"):
        mk.layers.MaxPooling2D()(mk.ops.ones((1, 4, 4)))


def test_other_names():
    assert mk.layers.MaxPool2D is mk.layers.MaxPooling2D
    assert mk.layers.AvgPool1D is mk.layers.AveragePooling1D
    assert mk.layers.GlobalAvgPool3D is mk.layers.GlobalAveragePooling3D
