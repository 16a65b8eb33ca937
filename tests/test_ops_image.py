"""keras.ops.image, unfold and fold against real Keras."""

import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close, gradients_of

RNG = np.random.default_rng(0)
FIRST = {"data_format": "channels_first"}


def compare(name, x, *args, rtol=1e-5, atol=1e-5, **kwargs):
    """Assert that values and gradients equal those of Keras."""
    import jax
    import keras

    def of(module):
        for part in name.split("."):
            module = getattr(module, part)
        return lambda x: module(x, *args, **kwargs)

    ours, theirs = of(mk.ops), of(keras.ops)
    expected = theirs(x)
    assert_close(ours(mk.ops.convert_to_tensor(x)), expected, rtol, atol)
    if x.dtype.kind == "f":
        direction = RNG.normal(size=expected.shape).astype(x.dtype)
        weigh = mk.ops.convert_to_tensor(direction)
        found = gradients_of(lambda x: mk.ops.sum(ours(x) * weigh), x)
        assert_close(found, jax.vjp(theirs, x)[1](direction)[0], rtol, atol)


IMAGES = RNG.normal(size=(2, 6, 5, 3)).astype("float32")
RESIZES = [
    (IMAGES, (12, 10), {"interpolation": "bilinear"}),
    (IMAGES, (4, 7), {"interpolation": "nearest"}),
    (IMAGES, (4, 7), {"interpolation": "bilinear"}),
    (IMAGES, (3, 2), {"interpolation": "bilinear", "antialias": True}),
    (IMAGES, (9, 3), {"interpolation": "bicubic"}),
    (IMAGES, (3, 3), {"interpolation": "bicubic", "antialias": True}),
    (IMAGES, (9, 3), {"interpolation": "lanczos3", **FIRST}),
    (IMAGES, (2, 11), {"interpolation": "lanczos5", "antialias": True}),
    (IMAGES[0], (9, 3), {}),
    (IMAGES[0], [3, 9], FIRST),
    (IMAGES, (4, 10), {"crop_to_aspect_ratio": True}),
    (IMAGES, (10, 3), {"crop_to_aspect_ratio": True, **FIRST}),
    (IMAGES, (4, 10), {"pad_to_aspect_ratio": True, "fill_value": 2.0}),
    (IMAGES, (13, 3), {"pad_to_aspect_ratio": True, "interpolation": "nearest"}),
    (IMAGES.astype("float64"), (4, 10), {}),
    (RNG.integers(0, 256, (1, 4, 4, 3)).astype("uint8"), (7, 5), {}),
    (RNG.integers(0, 256, (1, 4, 4, 3)).astype("uint8"), (7, 5), {"interpolation": "bicubic"}),
    (RNG.integers(-9, 9, (1, 4, 4, 3)).astype("int32"), (7, 5), {"interpolation": "nearest"}),
]


@pytest.mark.parametrize(("x", "size", "arguments"), RESIZES)
def test_resize_equals_keras(x, size, arguments):
    # Halves between integers may be rounded either way.
    is_rounded = x.dtype.kind != "f" and arguments.get("interpolation") != "nearest"
    compare("image.resize", x, size, atol=1.0 if is_rounded else 1e-5, **arguments)


def test_resize_refuses_what_it_does_not_know():
    for arguments in (
        {"size": (2, 2), "interpolation": "area"},
        {"size": (2, 2), "fill_mode": "reflect"},
        {"size": (2, 2), "crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True},
        {"size": (2, 2, 2)},
    ):
        with pytest.raises(ValueError):
            mk.ops.image.resize(mk.ops.ones((1, 4, 4, 3)), **arguments)
    with pytest.raises(ValueError, match="rank"):
        mk.ops.image.resize(mk.ops.ones((4, 4)), (2, 2))


VOLUMES = RNG.normal(size=(2, 4, 3, 5, 2)).astype("float32")
PATCHES = [
    ("image.extract_patches", IMAGES, {"size": 2}),
    ("image.extract_patches", IMAGES[0], {"size": (3, 2), "strides": 1}),
    ("image.extract_patches", IMAGES, {"size": (3, 2), "strides": (1, 2), "padding": "same"}),
    ("image.extract_patches", IMAGES, {"size": (2, 2), "strides": 1, "dilation_rate": 2}),
    ("image.extract_patches", IMAGES, {"size": 2, **FIRST}),
    ("image.extract_patches", VOLUMES, {"size": (2, 3, 1)}),
    ("image.extract_patches_3d", VOLUMES[0], {"size": 2, "strides": (1, 1, 2)}),
    ("image.extract_patches_3d", VOLUMES, {"size": (2, 1, 2), "padding": "same", **FIRST}),
    ("unfold", IMAGES, {"kernel_size": 2}),
    ("unfold", IMAGES, {"kernel_size": (3, 2), "padding": (1, 0), "stride": (2, 1)}),
    ("unfold", IMAGES, {"kernel_size": 2, "dilation": (3, 2), "padding": 2}),
    ("fold", RNG.normal(size=(2, 12, 12)), {"output_size": (4, 5), "kernel_size": 2}),
    (
        "fold",
        RNG.normal(size=(2, 12, 6)).astype("float32"),
        {"output_size": (4, 5), "kernel_size": (2, 3), "padding": (0, 1), "stride": (1, 2)}
        | {"output_size": (3, 5)},
    ),
]


@pytest.mark.parametrize(("name", "x", "arguments"), PATCHES)
def test_patches_equal_keras(name, x, arguments):
    compare(name, x, **arguments)


@pytest.mark.parametrize("shape", [(None, 6, 6, 3), (None, None, 5, 3)])
def test_symbolic_shapes(shape):
    x = mk.KerasTensor(shape)
    assert mk.ops.image.resize(x, (4, 7)).shape == (None, 4, 7, 3)
    assert mk.ops.image.extract_patches(x, (2, 5)).shape == (None, 3 if shape[1] else None, 1, 30)


def test_empty_batches_and_half_precision():
    x = mk.ops.ones((0, 4, 4, 3))
    assert mk.ops.image.resize(x, (8, 8)).shape == (0, 8, 8, 3)
    assert mk.ops.image.extract_patches(x, 2).shape == (0, 2, 2, 12)
    half = mk.ops.ones((1, 4, 4, 3), "float16")
    assert mk.ops.image.resize(half, (8, 8)).dtype == "float16"


def test_unfold_and_fold_refuse_wrong_shapes():
    with pytest.raises(ValueError, match="unfold"):
        mk.ops.unfold(mk.ops.ones((4, 4, 3)), 2)
    with pytest.raises(ValueError, match="does not fit"):
        mk.ops.unfold(mk.ops.ones((1, 3, 4, 4)), 5)
    with pytest.raises(ValueError, match="fold"):
        mk.ops.fold(mk.ops.ones((1, 4, 5)), 3, 2)
