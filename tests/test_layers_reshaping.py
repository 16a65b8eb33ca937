"""Layers that rearrange, pad, crop and enlarge, against real Keras."""

import numpy as np
import pytest

import minikeras as mk
from tests.support import compare_layers

RNG = np.random.default_rng(0)
FLOATS = lambda *shape: RNG.normal(size=shape).astype("float32")
FIRST = {"data_format": "channels_first"}
LINE, SQUARE, CUBE = FLOATS(2, 5, 3), FLOATS(2, 4, 5, 3), FLOATS(2, 3, 4, 5, 2)

CASES = [
    ("Flatten", {}, SQUARE),
    ("Flatten", {}, FLOATS(4)),
    ("Flatten", FIRST, SQUARE),
    ("Flatten", FIRST, FLOATS(4, 3)),
    ("Reshape", {"target_shape": (5, 12)}, SQUARE),
    ("Reshape", {"target_shape": [3, -1, 2]}, SQUARE),
    ("Reshape", {"target_shape": (-1,)}, LINE),
    ("Permute", {"dims": (2, 1)}, LINE),
    ("Permute", {"dims": (3, 1, 2)}, SQUARE),
    ("RepeatVector", {"n": 3}, FLOATS(2, 4)),
    ("ZeroPadding1D", {}, LINE),
    ("ZeroPadding1D", {"padding": (0, 2), **FIRST}, LINE),
    ("ZeroPadding2D", {"padding": 2}, SQUARE),
    ("ZeroPadding2D", {"padding": (1, 0), **FIRST}, SQUARE),
    ("ZeroPadding2D", {"padding": ((1, 2), (0, 3))}, SQUARE),
    ("ZeroPadding3D", {}, CUBE),
    ("ZeroPadding3D", {"padding": (1, 0, 2), **FIRST}, CUBE),
    ("ZeroPadding3D", {"padding": ((1, 2), (0, 1), (0, 0))}, CUBE),
    ("Cropping1D", {}, LINE),
    ("Cropping1D", {"cropping": (0, 2)}, LINE),
    ("Cropping2D", {}, SQUARE),
    ("Cropping2D", {"cropping": 1, **FIRST}, SQUARE),
    ("Cropping2D", {"cropping": ((1, 2), (0, 3))}, SQUARE),
    ("Cropping3D", {"cropping": (1, 0, 2)}, CUBE),
    ("Cropping3D", {"cropping": ((1, 0), (0, 0), (2, 1)), **FIRST}, FLOATS(1, 2, 3, 4, 5)),
    ("Cropping3D", {}, FLOATS(1, 3, 4, 5, 2)),
    ("UpSampling1D", {"size": 3}, LINE),
    ("UpSampling2D", {}, SQUARE),
    ("UpSampling2D", {"size": (1, 3), **FIRST}, SQUARE),
    ("UpSampling2D", {"size": 2, "interpolation": "bilinear"}, SQUARE),
    ("UpSampling2D", {"size": (2, 3), "interpolation": "bicubic", **FIRST}, SQUARE),
    ("UpSampling2D", {"size": (2, 3), "interpolation": "lanczos3"}, SQUARE),
    ("UpSampling2D", {"size": (3, 2), "interpolation": "lanczos5"}, SQUARE),
    ("UpSampling3D", {}, CUBE),
    ("UpSampling3D", {"size": (1, 2, 3), **FIRST}, CUBE),
]


@pytest.mark.parametrize(
    ("name", "arguments", "inputs"), CASES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_layer_equals_keras(name, arguments, inputs):
    compare_layers(name, arguments, inputs)


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
