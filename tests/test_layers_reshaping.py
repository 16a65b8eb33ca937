"""Layers that rearrange, pad, crop and enlarge, against real Keras."""

import pytest

import minikeras as mk

FIRST = {"data_format": "channels_first"}


SYMBOLIC = [
    ("Flatten", {}, (None, 3, 4)),
    ("Flatten", {}, (None, None, 4)),
    ("Flatten", FIRST, (None, 4, None)),
    ("Reshape", {"target_shape": (-1, 3)}, (None, None)),
    ("Reshape", {"target_shape": (-1, 3)}, (None, None, 4)),
    ("Reshape", {"target_shape": (2, 6)}, (None, 12)),
    ("Reshape", {"target_shape": (6, -1)}, (None, 12)),
    ("Permute", {"dims": (2, 1)}, (None, None, 4)),
    ("RepeatVector", {"n": 3}, (None, 4)),
    ("ZeroPadding1D", {}, (None, None, 4)),
    ("ZeroPadding2D", {}, (None, None, 5, 4)),
    ("Cropping1D", {}, (None, None, 4)),
    ("Cropping2D", {"cropping": 1}, (None, None, 7, 4)),
    ("UpSampling1D", {}, (None, None, 4)),
    ("UpSampling2D", {"interpolation": "bilinear"}, (None, None, 5, 4)),
    ("UpSampling3D", FIRST, (None, 4, None, 5, None)),
]


@pytest.mark.parametrize(("name", "arguments", "shape"), SYMBOLIC)
def test_symbolic_shape_equals_keras(name, arguments, shape):
    import keras

    theirs = getattr(keras.layers, name)(**arguments)(keras.KerasTensor(shape))
    layer = getattr(mk.layers, name)(**arguments)
    assert layer(mk.KerasTensor(shape)).shape == theirs.shape
    assert tuple(layer.compute_output_shape(shape)) == theirs.shape


def test_reshape_to_unknown_sides_works_on_values():
    inputs = mk.layers.Input((None,))
    model = mk.Model(inputs, mk.layers.Reshape((-1, 3))(inputs))
    assert model(mk.ops.ones((2, 6))).shape == (2, 2, 3)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Reshape", {"target_shape": (-1, -1)}),
        ("Reshape", {"target_shape": (-2, 3)}),
        ("Permute", {"dims": (1, 3)}),
        ("RepeatVector", {"n": 0}),
        ("ZeroPadding2D", {"padding": (1, 2, 3)}),
        ("ZeroPadding2D", {"padding": ((1, -1), (1, 1))}),
        ("ZeroPadding1D", {"padding": (1, 2, 3)}),
        ("Cropping2D", {"cropping": -1}),
        ("UpSampling1D", {"size": 0}),
        ("UpSampling2D", {"size": (2, 2, 2)}),
        ("UpSampling2D", {"interpolation": "cubic"}),
    ],
)
def test_wrong_arguments_are_refused(name, arguments):
    with pytest.raises(ValueError):
        getattr(mk.layers, name)(**arguments)


def test_wrong_inputs_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        mk.layers.Reshape((5, -1))(mk.ops.ones((2, 6)))
    with pytest.raises(ValueError, match="nothing would be left"):
        mk.layers.Cropping1D(2)(mk.ops.ones((2, 4, 1)))
    with pytest.raises(TypeError):
        mk.layers.RepeatVector(2.0)


def test_integers_stay_integers():
    found = mk.layers.Flatten()(mk.ops.array([[[1], [2]]], "int32"))
    assert found.tolist() == [[1, 2]]
    assert found.dtype == "int32"
