"""What the rows of the oracle do not say of keras.ops.image, unfold and fold."""

import numpy as np
import pytest

import minikeras as mk
from minikeras import ops
from minikeras.testing import check_gradients
from tests.support import assert_close, gradients_of, values

RNG = np.random.default_rng(0)
FIRST = {"data_format": "channels_first"}


IMAGES = RNG.normal(size=(2, 6, 5, 3)).astype("float32")


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


@pytest.mark.parametrize("shape", [(None, 6, 6, 3), (None, None, 5, 3)])
def test_symbolic_shapes(shape):
    x = mk.KerasTensor(shape)
    assert mk.ops.image.resize(x, (4, 7)).shape == (None, 4, 7, 3)
    assert mk.ops.image.extract_patches(x, (2, 5)).shape == (None, 3 if shape[1] else None, 1, 30)


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


def test_colours_without_colour():
    assert_close(ops.image.rgb_to_hsv(GREYS)[..., :2], np.zeros((1, 2, 3, 2), "float32"))
    black = np.zeros((1, 1, 3), "float32")
    assert_close(ops.image.rgb_to_hsv(black), black)
    assert_close(ops.image.hsv_to_rgb(ops.image.rgb_to_hsv(UNIT)), UNIT, atol=1e-6)


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


def test_gradients_by_affine_transforms_equal_keras():
    """By the numbers of the affine part: the last two mean something else to the oracle."""
    import jax
    import keras

    for how in ({"fill_value": 0.5}, {"fill_mode": "reflect"}):
        expected = jax.grad(
            lambda t, how=how: (keras.ops.image.affine_transform(IMAGES, t, **how) ** 2).sum()
        )(TURN)
        found = gradients_of(
            lambda t, how=how: ops.sum(ops.image.affine_transform(IMAGES, t, **how) ** 2), TURN
        )
        assert_close(values(found)[:, :6], np.asarray(expected)[:, :6], 1e-3, 1e-3)


CORNERS = np.array([[0.0, 0.0], [4.0, 0.3], [0.2, 5.0], [3.8, 4.7]], "float32")
MOVED = np.array([[0.6, 0.4], [3.5, 0.1], [0.1, 4.1], [4.2, 5.2]], "float32")


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
    for x in (np.ones((2, 4, 5, 3), "float16"), np.ones((0, 4, 5, 3), "float32")):
        found = distort(ops.convert_to_tensor(x), seed=1)
        assert found.shape == x.shape and found.dtype == x.dtype
    assert distort(mk.KerasTensor((None, 8, 9, 3)), seed=1).shape == (None, 8, 9, 3)
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


def test_symbolic_shapes_of_unknown_sides():
    x = mk.KerasTensor((None, None, None, 3))
    unknown = (None, None, None, 3)
    assert ops.image.pad_images(x, 1, 2, None, 3, 30, None).shape == (None, 30, None, 3)
    assert ops.image.crop_images(x, 1, 2, None, 3, 5, None).shape == (None, 5, None, 3)
    assert ops.image.gaussian_blur(x).shape == unknown
    assert ops.image.affine_transform(x, mk.KerasTensor((None, 8))).shape == unknown
    points = mk.KerasTensor((4, 2))
    assert ops.image.perspective_transform(x, points, points).shape == unknown


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
