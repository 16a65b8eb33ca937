"""keras.ops.image, unfold and fold against real Keras."""

import numpy as np
import pytest

import minikeras as mk
from minikeras import ops
from minikeras.testing import check_gradients
from tests.support import assert_close, gradients_of, values

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


BYTES = RNG.integers(0, 256, (2, 4, 5, 3)).astype("uint8")
UNIT = RNG.uniform(0.05, 0.95, size=(2, 3, 4, 3)).astype("float32")
CHANNELS = RNG.normal(size=(2, 3, 6, 5)).astype("float32")
GREYS = np.repeat(RNG.uniform(size=(1, 2, 3, 1)), 3, axis=-1).astype("float32")
PAIRED = RNG.uniform(size=(2, 13, 12, 2)).astype("float32")

SIMPLE = [
    ("rgb_to_grayscale", UNIT, {}),
    ("rgb_to_grayscale", UNIT[0], {}),
    ("rgb_to_grayscale", UNIT[..., :1], {}),
    ("rgb_to_grayscale", CHANNELS, FIRST),
    ("rgb_to_grayscale", CHANNELS[0], FIRST),
    ("rgb_to_grayscale", BYTES, {}),
    ("rgb_to_hsv", UNIT, {}),
    ("rgb_to_hsv", UNIT[0], {}),
    ("rgb_to_hsv", CHANNELS, FIRST),
    ("rgb_to_hsv", UNIT.astype("float64"), {}),
    ("hsv_to_rgb", UNIT, {}),
    ("hsv_to_rgb", 3 * IMAGES, {}),
    ("hsv_to_rgb", CHANNELS[0], FIRST),
    ("gaussian_blur", IMAGES, {"data_format": "channels_last"}),
    ("gaussian_blur", IMAGES[0], {"kernel_size": (5, 3), "data_format": "channels_last"}),
    ("gaussian_blur", CHANNELS, {"kernel_size": (1, 4), "sigma": (2.0, 0.5), **FIRST}),
    ("gaussian_blur", CHANNELS[0], {"sigma": (0.3, 3.0), **FIRST}),
    ("gaussian_blur", IMAGES.astype("float64"), {"data_format": "channels_last"}),
    ("sobel_edges", IMAGES, {}),
    ("sobel_edges", CHANNELS, FIRST),
    ("sobel_edges", IMAGES[:, :1], {}),
    ("sobel_edges", BYTES.astype("int32"), {}),
    ("pad_images", IMAGES, {"top_padding": 1, "left_padding": 2, "target_height": 9}
     | {"target_width": 7}),
    ("pad_images", IMAGES[0], {"bottom_padding": 0, "right_padding": 2, "target_height": 9}
     | {"target_width": 8}),
    ("pad_images", CHANNELS, {"top_padding": 1, "bottom_padding": 2, "left_padding": 0}
     | {"right_padding": 3, **FIRST}),
    ("crop_images", IMAGES, {"top_cropping": 1, "left_cropping": 2, "target_height": 2}
     | {"target_width": 3}),
    ("crop_images", IMAGES[0], {"bottom_cropping": 1, "right_cropping": 2, "target_height": 2}
     | {"target_width": 3}),
    ("crop_images", CHANNELS, {"top_cropping": 1, "bottom_cropping": 2, "left_cropping": 0}
     | {"right_cropping": 3, **FIRST}),
    *(
        ("scale_and_translate", IMAGES, {"output_shape": (2, 8, 4, 3), "spatial_dims": (1, 2)}
         | {"scale": np.array(scale, "float32"), "translation": np.array(shift, "float32")}
         | {"method": method, "antialias": antialias})
        for scale, shift in (((1.3, 0.7), (0.4, -0.3)), ((0.4, 2.0), (2.0, 0.0)))
        for method, antialias in (
            ("linear", True), ("linear", False), ("cubic", True), ("bicubic", False),
            ("lanczos3", True), ("lanczos5", False), ("trilinear", True), ("tricubic", True),
        )
    ),
    ("scale_and_translate", CHANNELS, {"output_shape": (2, 3, 9, 5), "spatial_dims": (-2,)}
     | {"scale": np.array([1.5], "float32"), "translation": np.array([0.0], "float32")}
     | {"method": "bilinear"}),
]  # fmt: skip


def _label(row):
    return f"{row[0]}-{row[1].shape}-{sorted(row[2])}"


@pytest.mark.parametrize(("name", "x", "arguments"), SIMPLE, ids=map(_label, SIMPLE))
def test_images_equal_keras(name, x, arguments):
    compare(f"image.{name}", x, atol=2e-5, rtol=1e-4, **arguments)


def test_colours_without_colour():
    assert_close(ops.image.rgb_to_hsv(GREYS)[..., :2], np.zeros((1, 2, 3, 2), "float32"))
    black = np.zeros((1, 1, 3), "float32")
    assert_close(ops.image.rgb_to_hsv(black), black)
    assert_close(ops.image.hsv_to_rgb(ops.image.rgb_to_hsv(UNIT)), UNIT, atol=1e-6)
    compare("image.rgb_to_hsv", GREYS[:, :0])


AROUND = [
    {"order": order, "fill_mode": mode}
    for order in (0, 1)
    for mode in ("constant", "nearest", "wrap", "mirror", "reflect")
]
MODES = [
    {"interpolation": "nearest" if how["order"] == 0 else "bilinear", "fill_mode": how["fill_mode"]}
    for how in AROUND
]


def compare_all(name, *arrays, rtol=1e-4, atol=1e-4, numbers=slice(None), **kwargs):
    """Assert that values, and gradients by all float arrays, equal those of Keras.

    Of gradients only the ``numbers`` along the last axis are compared.
    """
    import jax
    import keras

    ours, theirs = getattr(ops.image, name), getattr(keras.ops.image, name)
    expected = theirs(*arrays, **kwargs)
    assert_close(ours(*map(ops.convert_to_tensor, arrays), **kwargs), expected, rtol, atol)
    if all(x.dtype.kind == "f" for x in arrays) and expected.size:
        direction = RNG.normal(size=expected.shape).astype(expected.dtype)
        weigh = ops.convert_to_tensor(direction)
        found = gradients_of(lambda *xs: ops.sum(ours(*xs, **kwargs) * weigh), *arrays)
        there = jax.vjp(lambda *xs: theirs(*xs, **kwargs), *arrays)[1](direction)
        for a, e in zip(found, there):
            assert_close(values(a)[..., numbers], np.asarray(e)[..., numbers], 10 * rtol, 10 * atol)


@pytest.mark.parametrize("how", AROUND)
def test_map_coordinates_equals_keras(how):
    places = RNG.uniform(-7, 9, size=(2, 4, 5)).astype("float32")
    compare_all("map_coordinates", CHANNELS[0, 0], places, **how, fill_value=1.5)
    volume = RNG.normal(size=(3, 2, 4)).astype("float32")
    places = RNG.uniform(-1, 3, size=(3, 7)).astype("float32")
    compare_all("map_coordinates", volume, places, **how)
    compare_all("map_coordinates", BYTES[0, :, :, 0], 1.03 * places[:2], **how, fill_value=7)
    compare_all("map_coordinates", np.ones((1, 3)), np.float64([[0.2, -0.4], [1.3, 2.2]]), **how)


def test_map_coordinates_at_halves_and_at_elements():
    x = ops.arange(4.0)
    places = ops.convert_to_tensor(np.array([[-0.5, 0.5, 1.5, 2.5, 3.0]]))
    nearest = ops.image.map_coordinates(x, places, 0, "nearest")
    assert values(nearest).tolist() == [0.0, 1.0, 2.0, 3.0, 3.0]
    linear = ops.image.map_coordinates(x, places, 1, "constant", fill_value=-1)
    assert values(linear).tolist() == [-0.5, 0.5, 1.5, 2.5, 3.0]


TURN = np.array(
    [[0.83, -0.31, 1.2, 0.27, 0.94, -0.45, 0, 0], [1.31, 0.23, -1.1, -0.4, 0.72, 0.6, 0, 0]],
    "float32",
)


@pytest.mark.parametrize("how", MODES)
def test_affine_transform_equals_keras(how):
    # The last two numbers mean something else to the oracle.
    how = {**how, "numbers": slice(6)}
    compare_all("affine_transform", IMAGES, TURN, **how, fill_value=0.5)
    compare_all("affine_transform", IMAGES[0], TURN[0], **how)
    compare_all("affine_transform", CHANNELS, TURN, **how, **FIRST)
    compare_all("affine_transform", CHANNELS[0], TURN[1], **how, **FIRST)
    compare_all("affine_transform", BYTES, TURN, **how, fill_value=3)
    compare_all("affine_transform", IMAGES.astype("float64"), TURN, **how)


CORNERS = np.array([[0.0, 0.0], [4.0, 0.3], [0.2, 5.0], [3.8, 4.7]], "float32")
MOVED = np.array([[0.6, 0.4], [3.5, 0.1], [0.1, 4.1], [4.2, 5.2]], "float32")


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_perspective_transform_equals_keras(interpolation):
    how = {"interpolation": interpolation, "fill_value": 0.5}
    both = np.stack([CORNERS, MOVED[::-1]]), np.stack([MOVED, CORNERS])
    compare_all("perspective_transform", IMAGES, *both, **how)
    compare_all("perspective_transform", IMAGES[0], CORNERS, MOVED, **how)
    compare_all("perspective_transform", CHANNELS, *both, **how, **FIRST)
    compare_all("perspective_transform", BYTES, *both, **how)


def test_a_projective_transform_is_a_change_of_perspective():
    # What maps the moved corners to the corners, by the equations of both.
    c = np.array([0.9, 0.1, 0.2, -0.1, 1.1, 0.3, 0.02, -0.03])
    x, y = MOVED.astype("float64").T
    k = c[6] * x + c[7] * y + 1
    start = np.stack([(c[0] * x + c[1] * y + c[2]) / k, (c[3] * x + c[4] * y + c[5]) / k], axis=-1)
    images = ops.convert_to_tensor(IMAGES)
    found = ops.image.affine_transform(images, c)
    there = ops.image.perspective_transform(images, start, MOVED.astype("float64"))
    assert_close(found, there, atol=1e-6)


def test_one_transform_serves_all_images():
    images = ops.convert_to_tensor(IMAGES)
    both = ops.image.affine_transform(images, np.stack([TURN[0]] * 2))
    assert_close(ops.image.affine_transform(images, TURN[0]), both)
    with pytest.raises(ValueError, match="one transform"):
        ops.image.affine_transform(images, np.stack([TURN[0]] * 3))


@pytest.mark.parametrize("how", [
    {}, {"filter_size": 5, "filter_sigma": 0.8}, {"max_val": 4.0, "k1": 0.05, "k2": 0.1}, FIRST,
])  # fmt: skip
def test_ssim_equals_keras(how):
    noisy = np.clip(PAIRED + 0.1 * RNG.normal(size=PAIRED.shape), 0, 1).astype("float32")
    images = (PAIRED, noisy)
    if how == FIRST:
        images = tuple(np.ascontiguousarray(np.moveaxis(x, -1, 1)) for x in images)
    compare_all("ssim", *images, **how)
    compare_all("ssim", *(x.astype("float64") for x in images), **how)
    if how != FIRST:  # the oracle moves the wrong axis of a single image
        compare_all("ssim", images[0][0], images[1][0], **how)


def test_elastic_transform():
    images = ops.convert_to_tensor(IMAGES)
    distort = ops.image.elastic_transform
    for how in ({}, {"interpolation": "nearest"}, {"fill_mode": "constant", "fill_value": 1.0}):
        found = distort(images, alpha=3.0, sigma=1.0, seed=3, **how)
        assert found.shape == images.shape and found.dtype == images.dtype
        assert_close(found, distort(images, alpha=3.0, sigma=1.0, seed=3, **how))
        assert not np.allclose(values(found), IMAGES)
    assert_close(distort(images, alpha=0.0, seed=1), IMAGES)
    assert not np.allclose(values(distort(images, seed=1)), values(distort(images, seed=2)))
    first = distort(ops.convert_to_tensor(CHANNELS), 3.0, 1.0, seed=3, **FIRST)
    last = distort(ops.moveaxis(ops.convert_to_tensor(CHANNELS), 1, -1), 3.0, 1.0, seed=3)
    assert_close(ops.moveaxis(first, 1, -1), last)
    assert distort(images[0], seed=1).shape == IMAGES.shape[1:]
    assert distort(ops.convert_to_tensor(BYTES), seed=1).dtype == "uint8"


def test_elastic_transform_moves_as_far_as_that_of_keras():
    import keras

    ramp = np.broadcast_to(np.arange(60.0, dtype="float32")[None, :, None], (60, 60, 1))
    images = np.stack([ramp, np.swapaxes(ramp, 0, 1)])
    how = {"alpha": 4.0, "sigma": 1.5, "fill_mode": "nearest"}
    ours = values(ops.image.elastic_transform(ops.convert_to_tensor(images), **how, seed=1))
    theirs = np.asarray(keras.ops.image.elastic_transform(images, **how, seed=1))
    inner = (slice(None), slice(10, 50), slice(10, 50))
    for image, x, y in zip(images, ours, theirs):
        moved, there = (np.std((found - image)[inner[1:]]) for found in (x, y))
        np.testing.assert_allclose(moved, there, rtol=0.25)


def test_gradients_to_second_order():
    x = RNG.normal(size=(1, 3, 4, 2))
    points = 1.0 * CORNERS[None] / 2, 1.0 * MOVED[None] / 2
    check_gradients(ops.image.affine_transform, x, TURN[:1].astype("float64"))
    check_gradients(ops.image.perspective_transform, x, *(p.astype("float64") for p in points))
    places = RNG.uniform(0.1, 0.9, size=(2, 3)) + np.array([[0, 1, 1], [2, 0, -1]])
    check_gradients(lambda x, c: ops.image.map_coordinates(x, c, 1), x[0, :, :, 0], places)
    check_gradients(lambda x, s: ops.image.gaussian_blur(x, sigma=s), x, np.array([1.2, 0.8]))
    colours = RNG.uniform(0.1, 0.9, size=(2, 2, 3))
    check_gradients(ops.image.rgb_to_hsv, colours)
    check_gradients(ops.image.hsv_to_rgb, colours)
    check_gradients(
        lambda x, s, t: ops.image.scale_and_translate(x, (4, 3), s, t, (0, 1), "cubic"),
        RNG.normal(size=(3, 2)), np.array([1.3, 1.6]), np.array([0.1, -0.2]),
    )  # fmt: skip
    check_gradients(
        lambda x, y: ops.image.ssim(x, y, filter_size=2), *RNG.uniform(size=(2, 1, 3, 3, 1))
    )


SYMBOLIC = [
    (lambda x: ops.image.affine_transform(x, TURN[0]), (None, 8, 9, 3)),
    (lambda x: ops.image.perspective_transform(x, CORNERS, MOVED), (None, 8, 9, 3)),
    (lambda x: ops.image.elastic_transform(x, seed=1), (None, 8, 9, 3)),
    (ops.image.gaussian_blur, (None, 8, 9, 3)),
    (ops.image.sobel_edges, (None, 8, 9, 3, 2)),
    (ops.image.rgb_to_hsv, (None, 8, 9, 3)),
    (ops.image.hsv_to_rgb, (None, 8, 9, 3)),
    (ops.image.rgb_to_grayscale, (None, 8, 9, 1)),
    (lambda x: ops.image.pad_images(x, 1, 2, None, 3, 30, None), (None, 30, 14, 3)),
    (lambda x: ops.image.crop_images(x, 1, 2, None, 3, 5, None), (None, 5, 4, 3)),
    (lambda x: ops.image.ssim(x, x, filter_size=3), (None,)),
    (
        lambda x: ops.image.scale_and_translate(
            x, (None, 4, 9, 3), [0.5], [0.0], (1,), "linear"
        ),
        (None, 4, 9, 3),
    ),
]  # fmt: skip


@pytest.mark.parametrize("call, shape", SYMBOLIC)
def test_symbolic_shapes_of_transforms(call, shape):
    assert call(mk.KerasTensor((None, 8, 9, 3))).shape == shape


def test_symbolic_shapes_of_unknown_sides():
    x = mk.KerasTensor((None, None, None, 3))
    unknown = (None, None, None, 3)
    assert ops.image.pad_images(x, 1, 2, None, 3, 30, None).shape == (None, 30, None, 3)
    assert ops.image.crop_images(x, 1, 2, None, 3, 5, None).shape == (None, 5, None, 3)
    assert ops.image.gaussian_blur(x).shape == unknown
    assert ops.image.affine_transform(x, mk.KerasTensor((None, 8))).shape == unknown
    points = mk.KerasTensor((4, 2))
    assert ops.image.perspective_transform(x, points, points).shape == unknown


def test_images_of_half_precision_and_empty_batches():
    for x in (np.ones((2, 4, 5, 3), "float16"), np.ones((0, 4, 5, 3), "float32")):
        for call, _ in SYMBOLIC[:9]:
            found = call(ops.convert_to_tensor(x))
            assert found.shape[0] == len(x) and found.dtype == x.dtype


def test_wrong_arguments_are_errors():
    x, line = ops.ones((2, 6, 5, 3)), ops.ones((4,))
    image = ops.image
    for call in (
        lambda: image.affine_transform(x, TURN[0], "cubic"),
        lambda: image.affine_transform(x, TURN[0], fill_mode="edge"),
        lambda: image.affine_transform(x, TURN[0, :6]),
        lambda: image.affine_transform(line, TURN[0]),
        lambda: image.perspective_transform(x, CORNERS[:3], MOVED[:3]),
        lambda: image.perspective_transform(x, CORNERS, MOVED, "cubic"),
        lambda: image.elastic_transform(x, interpolation="cubic"),
        lambda: image.elastic_transform(x, fill_mode="edge"),
        lambda: image.map_coordinates(x, ops.ones((3, 2)), 1),
        lambda: image.map_coordinates(line, ops.ones((1,)), 1),
        lambda: image.map_coordinates(line, ops.ones((1, 2)), 2),
        lambda: image.map_coordinates(line, ops.ones((1, 2)), 1, "edge"),
        lambda: image.rgb_to_grayscale(x[..., :2]),
        lambda: image.rgb_to_hsv(ops.cast(x, "int32")),
        lambda: image.hsv_to_rgb(x[..., :1]),
        lambda: image.gaussian_blur(x, sigma=(1.0, 1.0, 1.0)),
        lambda: image.gaussian_blur(x, kernel_size=0),
        lambda: image.sobel_edges(x[0]),
        lambda: image.sobel_edges(ops.cast(x, "uint8")),
        lambda: image.pad_images(x, 1, 1, target_width=9),
        lambda: image.pad_images(x, 1, 1, target_width=9, target_height=3),
        lambda: image.pad_images(x, -1, 1, 1, 1),
        lambda: image.crop_images(x, 1, 1, target_width=3),
        lambda: image.crop_images(x, 3, 1, 4, 1),
        lambda: image.crop_images(x, 3, 1, target_width=3, target_height=5),
        lambda: image.scale_and_translate(x, (2, 3, 5, 3), [1.0], [0.0], (1,), "area"),
        lambda: image.scale_and_translate(x, (2, 3, 5, 3), [1.0, 2.0], [0.0], (1,), "linear"),
        lambda: image.scale_and_translate(x, (2, 3, 6, 3), [1.0], [0.0], (1,), "linear"),
        lambda: image.ssim(x, x),
        lambda: image.ssim(x, x[:, 1:], filter_size=3),
    ):
        with pytest.raises(ValueError):
            call()


def test_transforms_in_a_recorded_step():
    transform = mk.Variable(TURN[:1])

    @mk.function
    def step(x):
        with mk.GradientTape() as tape:
            found = ops.image.affine_transform(x, transform, fill_mode="reflect")
            found = ops.image.rgb_to_grayscale(ops.image.gaussian_blur(found))
            found = ops.image.elastic_transform(found, 2.0, 1.0, seed=3)
            loss = ops.sum(ops.square(ops.image.sobel_edges(found)))
        return tape.gradient(loss, transform)

    for _ in range(4):
        x = ops.convert_to_tensor(RNG.normal(size=(2, 6, 5, 3)).astype("float32"))
        assert_close(step(x), step.__wrapped__(x), rtol=1e-4)
    assert "replayed" in str(step.explain())
