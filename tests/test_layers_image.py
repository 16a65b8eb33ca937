"""Layers on images against real Keras: the same parameters must give the same images.

Random numbers differ between the two. So parameters are drawn by ours and handed to both; what is
drawn is checked by its distribution.
"""

import json

import keras
import numpy as np
import pytest

import minikeras as mk
from tests.oracle import layers_image
from tests.oracle.class_row import row as row_of
from tests.oracle.layers_image import UNIT, as_numpy
from tests.support import assert_close, values

RNG = np.random.default_rng(0)
BATCH = RNG.uniform(0, 255, (3, 6, 8, 3)).astype("float32")


def table(rows):
    """Rows as a name, arguments and the highest value of a pixel."""
    return [
        (r.name.removeprefix("layers."), r.arguments, 1 if "value_range" in r.arguments else 255)
        for r in rows
    ]


DRAWN, ALL = table(layers_image.DRAWN), table(layers_image.WITH_PARAMETERS)


def pair(name, arguments, /, **more):
    """The same layer of ours and of Keras's."""
    return layers_image.pair(row_of(f"layers.{name}", **arguments), **more)


def tensor(x):
    return mk.ops.convert_to_tensor(x)


def close(found, expected, scale=255, dtype=True):
    assert_close(found, expected, rtol=1e-4, atol=1e-4 * scale, dtype=dtype)


@pytest.mark.parametrize(("name", "arguments", "scale"), ALL)
def test_single_images_and_calls(name, arguments, scale):
    layer, _ = pair(name, arguments)
    image = tensor(BATCH[0] / 255 * scale)
    batch = layer.get_random_transformation(image[None], seed=5)
    single = layer.get_random_transformation(image, seed=5)
    if name == "CutMix":
        assert single is None
        close(layer(image, training=True), image, scale)
        return
    expected = layer.transform_images(image[None], batch)[0]
    close(layer.transform_single_image(image, single), expected, scale)
    called = layer(image, training=True)
    assert called.shape == expected.shape
    assert layer(image[None], training=True).shape == (1, *expected.shape)
    unchanged = {"Resizing", "CenterCrop", "AutoContrast"}
    if name not in unchanged and not name.startswith("ContrastLimited"):
        close(layer(image, training=False), image, scale)


@pytest.mark.parametrize(("name", "arguments", "scale"), ALL)
@pytest.mark.parametrize("dtype", ["uint8", "float16", "float64"])
def test_dtypes(name, arguments, scale, dtype):
    if scale == 1 and dtype == "uint8":
        return
    policy = "float32" if dtype == "uint8" else dtype
    layer = getattr(mk.layers, name)(**arguments, dtype=policy)
    images = tensor((BATCH / 255 * scale).astype(dtype))
    keeps = ("Resizing", "RandomGrayscale", "MaxNumBoundingBoxes", "ContrastLimited")
    found = layer(images, training=True)
    if dtype == "uint8" and not name.startswith(keeps):
        assert values(found).dtype == "float32"
    else:
        assert values(found).dtype == dtype
    assert np.isfinite(values(found)).all()
    assert layer(images, training=False) is not None
    assert layer(images[:0], training=True).shape[1:] == found.shape[1:]


UINT8 = [row for row in ALL if row[2] == 255 and row[0] not in ("RandomBrightness",)]


@pytest.mark.parametrize(("name", "arguments", "scale"), UINT8)
def test_integers_equal_keras(name, arguments, scale):
    ours, theirs = pair(name, arguments)
    images = BATCH.astype("uint8")
    parameters = ours.get_random_transformation(tensor(images))
    found = ours.transform_images(tensor(images), parameters)
    expected = theirs.transform_images(keras.ops.array(images), as_numpy(parameters))
    # Of a value between two integers either may come out.
    atol = 1 if values(found).dtype == "uint8" else 0.02
    assert_close(found, expected, rtol=1e-4, atol=atol)


BOXES = {
    "boxes": np.array(
        [[[1, 1, 4, 5], [0, 0, 8, 6]], [[5, 2, 7, 3], [0, 0, 0, 0]], [[2, 3, 3, 6], [6, 4, 8, 6]]],
        "float32",
    ),
    "labels": np.array([[0, 1], [2, 3], [4, 5]], "int32"),
}
LABELS = np.eye(4, dtype="float32")[[0, 2, 3]]
MASKS = RNG.integers(0, 4, (3, 6, 8, 1)).astype("float32")
# Where Keras takes boxes of every format for corners.
CORNERS_ONLY = {"RandomRotation", "RandomPerspective"}


@pytest.mark.parametrize(("name", "arguments", "scale"), ALL)
@pytest.mark.parametrize("box_format", ["xyxy", "rel_center_xywh", "center_yxhw"])
def test_boxes_equal_keras(name, arguments, scale, box_format):
    if name == "CutMix":
        layer = mk.layers.CutMix(bounding_box_format="xyxy")
        with pytest.raises(ValueError, match="bounding boxes"):
            layer({"images": tensor(BATCH), "bounding_boxes": dict(BOXES)}, training=True)
        return
    if name == "RandomCrop":
        pytest.skip("Keras takes rows for columns there; a test below")
    ours, theirs = pair(name, arguments, bounding_box_format=box_format)
    if name.startswith("ContrastLimited"):  # Keras has no method there
        theirs = keras.layers.AutoContrast()
        theirs.bounding_box_format = box_format
    parameters = ours.get_random_transformation(tensor(BATCH))
    boxes = mk.utils.bounding_boxes.convert_format(BOXES, "xyxy", box_format, 6, 8)
    found = ours.transform_bounding_boxes(boxes, transformation=parameters)
    theirs_format = box_format
    given = as_numpy(boxes)
    if name in CORNERS_ONLY:
        theirs_format, given = "xyxy", as_numpy(BOXES)
        theirs = getattr(keras.layers, name)(**arguments, bounding_box_format="xyxy")
        found = mk.utils.bounding_boxes.convert_format(found, box_format, "xyxy", 6, 8)
    assert theirs.bounding_box_format == theirs_format
    expected = theirs.transform_bounding_boxes(
        {k: keras.ops.array(v) for k, v in given.items()}, transformation=as_numpy(parameters)
    )
    assert_close(found["boxes"], expected["boxes"], rtol=1e-3, atol=1e-3, dtype=False)
    if name != "MixUp":  # Keras joins the labels of all images there
        assert_close(found["labels"], expected["labels"], dtype=False)
    untouched = ours.transform_bounding_boxes(boxes, transformation=parameters, training=False)
    if name not in ("Resizing", "CenterCrop", "MaxNumBoundingBoxes"):
        assert_close(untouched["boxes"], boxes["boxes"])


@pytest.mark.parametrize(("name", "arguments", "scale"), ALL)
def test_labels_and_masks_equal_keras(name, arguments, scale):
    ours, theirs = pair(name, arguments)
    if name.startswith("ContrastLimited"):  # Keras has no method there
        theirs = keras.layers.AutoContrast()
    parameters = ours.get_random_transformation(tensor(BATCH))
    found = ours.transform_labels(tensor(LABELS), transformation=parameters)
    key = "transformations" if name == "RandomGrayscale" else "transformation"
    expected = theirs.transform_labels(keras.ops.array(LABELS), **{key: as_numpy(parameters)})
    assert_close(found, expected, dtype=False)
    if name == "MixUp":  # Keras mixes masks with single pixels there
        share = values(parameters["mix_weight"]).reshape(-1, 1, 1, 1)
        order = values(parameters["permutation_order"])
        expected = share * MASKS + (1 - share) * MASKS[order]
        found = ours.transform_segmentation_masks(tensor(MASKS), parameters)
        assert_close(found, expected, dtype=False)
        return
    found = ours.transform_segmentation_masks(tensor(MASKS), parameters)
    expected = theirs.transform_segmentation_masks(
        keras.ops.array(MASKS), **{key: as_numpy(parameters)}
    )
    assert_close(found, expected, rtol=1e-4, atol=1e-4, dtype=False)


@pytest.mark.parametrize(("name", "arguments", "scale"), ALL)
@pytest.mark.parametrize("is_batch", [True, False])
def test_dicts(name, arguments, scale, is_batch):
    layer, _ = pair(name, arguments, bounding_box_format="xyxy")
    if name == "CutMix" and not is_batch:
        return
    pick = (lambda x: x) if is_batch else (lambda x: x[0])
    data = {
        "images": pick(BATCH / 255 * scale),
        "labels": pick(LABELS),
        "segmentation_masks": pick(MASKS),
        "bounding_boxes": {k: pick(v) for k, v in BOXES.items()},
        "more": 3,
    }
    if name == "CutMix":
        data.pop("bounding_boxes")
    if name == "MaxNumBoundingBoxes" and not is_batch:
        pass
    before = json.dumps(data, default=lambda x: x.tolist())
    found = layer(data, training=True)
    assert json.dumps(data, default=lambda x: x.tolist()) == before
    assert found["more"] == 3
    images = layer(data["images"], training=True)
    assert found["images"].shape == images.shape
    assert found["segmentation_masks"].shape[-3:-1] == images.shape[-3:-1]
    assert found["labels"].shape == data["labels"].shape
    if "bounding_boxes" in data:
        boxes = found["bounding_boxes"]
        assert boxes["boxes"].shape[:-1] == boxes["labels"].shape
    if name != "MaxNumBoundingBoxes":
        symbols = {k: mk.Input(v.shape[1:]) for k, v in data.items() if k in ("images", "labels")}
        if is_batch:
            assert layer(symbols)["images"].shape[1:] == images.shape[1:]


SEEDED = {name: (arguments, scale) for name, arguments, scale in reversed(DRAWN)}
SEEDED.update(
    RandomColorJitter=(
        {
            "brightness_factor": 0.3,
            "contrast_factor": 0.5,
            "saturation_factor": (0.3, 0.6),
            "hue_factor": 0.3,
            **UNIT,
        },
        1,
    ),
    RandomElasticTransform=({}, 255),
    RandAugment=({}, 255),
    AugMix=({}, 255),
)


@pytest.mark.parametrize("name", sorted(SEEDED))
def test_seeds(name):
    arguments, scale = SEEDED[name]
    images = tensor(np.repeat(BATCH, 3, axis=0) / 255 * scale)
    make = lambda seed: getattr(mk.layers, name)(**arguments, seed=seed)
    layer, twin, other = make(1), make(1), make(2)
    calls = [values(layer(images, training=True)) for _ in range(4)]
    for call in calls:
        assert_close(twin(images, training=True), call)
    different = [not np.allclose(calls[0], call) for call in calls[1:]]
    assert any(different), "each call draws anew"
    others = [values(other(images, training=True)) for _ in range(4)]
    assert any(not np.allclose(a, b) for a, b in zip(calls, others))
    assert values(layer(images, training=False)).shape == images.shape
    close(layer(images, training=False), images, scale)


MANY = np.zeros((4000, 2, 2, 3), "float32")
# Uniform draws: name, arguments, how to find the numbers, their lowest and highest.
UNIFORM = [
    ("RandomBrightness", {"factor": (-0.2, 0.6)}, "rgb_delta", -51, 153),
    ("RandomContrast", {"factor": (0.2, 0.6)}, "contrast_factor", 0.8, 1.6),
    ("RandomColorDegeneration", {"factor": 0.5}, "factor", -0.5, 0.5),
    ("RandomSharpness", {"factor": 0.5}, "factor", 0, 0.5),
    ("RandomHue", {"factor": 0.6}, "factor", -0.3, 0.3),
    ("RandomRotation", {"factor": (-0.25, 0.5)}, "angle", -90, 180),
    ("RandomTranslation", {"height_factor": 0.0, "width_factor": 0.5}, "translations", -1, 1),
    ("RandomZoom", {"height_factor": (-0.5, 0.25)}, "height_zoom", 0.5, 1.25),
    ("RandomShear", {"x_factor": (0.0, 0.5)}, "shear_factor", -0.5, 0.5),
    ("Solarization", {"addition_factor": 0.4}, "additions", 0, 102),
    ("Solarization", {"threshold_factor": 0.4}, "thresholds", 0, 102),
]


@pytest.mark.parametrize(("name", "arguments", "key", "low", "high"), UNIFORM)
def test_uniform_draws(name, arguments, key, low, high):
    layer = getattr(mk.layers, name)(**arguments, seed=4)
    drawn = values(layer.get_random_transformation(tensor(MANY))[key])
    drawn = drawn.reshape(4000, -1)[:, 0]
    assert low <= drawn.min() < low + 0.01 * (high - low)
    assert high - 0.01 * (high - low) < drawn.max() <= high
    assert abs(drawn.mean() - (low + high) / 2) < 0.02 * (high - low)
    assert abs(drawn.std() - (high - low) / 12**0.5) < 0.02 * (high - low)


CHANCES = [
    ("RandomFlip", {}, "flips", 0.5),
    ("RandomInvert", {"factor": (0.2, 0.4)}, "apply_inversion", 0.3),
    ("RandomGaussianBlur", {"factor": 0.5}, "should_apply_blur", 0.25),
    ("RandomErasing", {"factor": (0.7, 0.7)}, "apply_erasing", 0.7),
    ("RandomPerspective", {"factor": 1.0}, "apply_perspective", 0.5),
    ("RandomElasticTransform", {"factor": (0.2, 0.2)}, "apply_transform", 0.2),
    ("RandomGrayscale", {"factor": 0.1}, None, 0.1),
]


@pytest.mark.parametrize(("name", "arguments", "key", "chance"), CHANCES)
def test_chances(name, arguments, key, chance):
    layer = getattr(mk.layers, name)(**arguments, seed=4)
    drawn = layer.get_random_transformation(tensor(MANY))
    share = values(drawn if key is None else drawn[key]).mean()
    assert abs(share - chance) < 0.025


def test_other_draws():
    many = tensor(MANY)
    bits = mk.layers.RandomPosterization(4, seed=1).get_random_transformation(many)
    assert sorted(set(values(bits["shift_factor"]).tolist())) == [5, 6, 7]
    mixed = mk.layers.MixUp(0.4, seed=1).get_random_transformation(many)
    shares = values(mixed["mix_weight"])
    assert abs(shares.mean() - 0.5) < 0.02
    assert abs(shares.var() - 1 / (4 * (2 * 0.4 + 1))) < 0.02  # that of the beta distribution
    assert sorted(values(mixed["permutation_order"]).tolist()) == list(range(4000))
    crops = mk.layers.RandomCrop(4, 6, seed=1)
    starts = [crops.get_random_transformation(tensor(BATCH)) for _ in range(60)]
    assert {int(values(top)) for top, _ in starts} == {0, 1, 2}
    assert {int(values(left)) for _, left in starts} == {0, 1, 2}
    cut = mk.layers.CutMix((1.0, 1.0), seed=1).get_random_transformation(many)
    assert abs(values(cut["mix_weight"]).mean() - 0.5) < 0.03
    erased = mk.layers.RandomErasing(scale=(0.25, 0.25), seed=1)
    drawn = erased.get_random_transformation(tensor(np.zeros((50, 20, 20, 1), "float32")))
    areas = values(drawn["batch_masks"]).sum((1, 2, 3))
    assert areas.min() >= 81 and areas.max() <= 121


def test_color_jitter_is_its_parts():
    arguments, _ = SEEDED["RandomColorJitter"]
    layer = mk.layers.RandomColorJitter(**arguments, seed=1)
    images = tensor(BATCH / 255)
    drawn = layer.get_random_transformation(images)
    assert list(drawn) == [
        "random_brightness",
        "random_contrast",
        "random_saturation",
        "random_hue",
    ]
    expected = images
    for name, parameters in drawn.items():
        expected = getattr(layer, name).transform_images(expected, parameters)
    close(layer.transform_images(images, drawn), expected, 1)


def test_elastic_transform_moves_masks_as_images():
    ones = (1.0, 1.0)
    layer = mk.layers.RandomElasticTransform(ones, ones, interpolation="nearest", seed=1)
    x = tensor(RNG.integers(0, 255, (2, 40, 40, 1)).astype("float32"))
    drawn = layer.get_random_transformation(x)
    images = layer.transform_images(x, drawn)
    assert np.abs(values(images) - values(x)).max() > 1
    close(layer.transform_segmentation_masks(x, drawn), images)


def test_ragged_lists_of_boxes():
    layer = mk.layers.RandomFlip("horizontal", seed=1, bounding_box_format="xyxy")
    boxes = {
        "boxes": [[[1, 1, 2, 2]], [], [[0, 0, 4, 4], [1, 0, 2, 3]]],
        "labels": [[7], [], [8, 9]],
    }
    found = layer({"images": BATCH, "bounding_boxes": boxes}, training=False)["bounding_boxes"]
    assert values(found["boxes"]).shape == (3, 2, 4)
    assert values(found["labels"]).tolist() == [[7, -1], [-1, -1], [8, 9]]


ERRORS = [
    (lambda: mk.layers.RandomFlip("diagonal"), "mode must be one of"),
    (lambda: mk.layers.RandomFlip(factor=0.1), "has no factor"),
    (lambda: mk.layers.RandomContrast(1.5), "factor must be"),
    (lambda: mk.layers.RandomBrightness(0.1, value_range=3), "value_range"),
    (lambda: mk.layers.RandomTranslation(2.0, 0.1), "height_factor"),
    (lambda: mk.layers.RandomZoom(0.1, (-1.0, 0.5)), "width_factor"),
    (lambda: mk.layers.RandomShear((-0.1, 0.5)), "x_factor"),
    (lambda: mk.layers.RandomRotation(0.1, fill_mode="mirror"), "fill_mode"),
    (lambda: mk.layers.RandomRotation(0.1, interpolation="bicubic"), "interpolation"),
    (lambda: mk.layers.RandomPerspective(scale=2), "scale"),
    (lambda: mk.layers.RandomGaussianBlur(kernel_size=4), "odd"),
    (lambda: mk.layers.RandomErasing(fill_value=(1, 2)), "fill_value"),
    (lambda: mk.layers.RandomGrayscale(2), "factor"),
    (lambda: mk.layers.Solarization(-0.1), "addition_factor"),
    (lambda: mk.layers.Resizing(1, 1, bounding_box_format="corners"), "must be one of"),
    (lambda: mk.layers.Resizing(1, 1, interpolation="cubic"), "interpolation"),
    (lambda: mk.layers.RandomFlip()(tensor(BATCH[0, 0]), training=True), "rank 3"),
    (lambda: mk.layers.RandomFlip()({"pictures": tensor(BATCH)}), "'images'"),
    (
        lambda: mk.layers.RandomFlip()({"images": tensor(BATCH), "bounding_boxes": BOXES}),
        "bounding_box_format",
    ),
    (
        lambda: mk.layers.RandomFlip(bounding_box_format="xyxy")(
            {"images": tensor(BATCH), "bounding_boxes": {"boxes": BOXES["boxes"]}}
        ),
        "'labels'",
    ),
]


@pytest.mark.parametrize(("act", "message"), ERRORS)
def test_errors(act, message):
    with pytest.raises(ValueError, match=message):
        act()


def test_pipeline():
    make = lambda k: k.layers.Pipeline(
        [k.layers.CenterCrop(4, 4), k.layers.RandomBrightness((0.1, 0.1)), k.layers.Rescaling(2.0)],
        name="pipeline",
    )
    ours, theirs = make(mk), make(keras)
    for training in (True, False):
        found = ours(tensor(BATCH), training=training)
        assert_close(found, theirs(BATCH, training=training), rtol=1e-4)
    assert len(ours.layers) == 3
    twin = mk.layers.Pipeline.from_config(ours.get_config())
    assert sorted(ours.get_config()) == sorted(theirs.get_config())
    assert_close(twin(tensor(BATCH), training=True), ours(tensor(BATCH), training=True))
    data = mk.layers.Pipeline([mk.layers.Resizing(3, 3), mk.layers.RandomFlip()])(
        {"images": BATCH, "segmentation_masks": MASKS}
    )
    assert data["images"].shape == (3, 3, 3, 3) and data["segmentation_masks"].shape[1] == 3
    with pytest.raises(ValueError, match="list of layers"):
        mk.layers.Pipeline.from_config({"name": "p"})


def augmenting_model(layers):
    return mk.Sequential(
        [
            mk.Input((8, 8, 3)),
            *layers,
            mk.layers.Rescaling(1 / 255),
            mk.layers.Conv2D(2, 3),
            mk.layers.Flatten(),
            mk.layers.Dense(2),
        ]
    )


PROGRAMS = [
    [mk.layers.RandomFlip(seed=1), mk.layers.RandomRotation(0.1, seed=1)],
    [mk.layers.RandomTranslation(0.1, 0.1, seed=1), mk.layers.RandomZoom(0.1, seed=1)],
    [mk.layers.RandomShear(0.1, 0.1, seed=1), mk.layers.RandomPerspective(scale=0.1, seed=1)],
    [mk.layers.RandomBrightness(0.1, seed=1), mk.layers.RandomContrast(0.1, seed=1)],
    [
        mk.layers.RandomColorDegeneration(0.1, seed=1),
        mk.layers.RandomColorJitter((0, 255), 0.1, 0.1, (0.4, 0.6), 0.1, seed=1),
    ],
    [mk.layers.RandomGrayscale(seed=1), mk.layers.RandomInvert(seed=1)],
    [mk.layers.RandomPosterization(4, seed=1), mk.layers.Solarization(0.1, 0.5, seed=1)],
    [mk.layers.RandomSharpness(0.5, seed=1), mk.layers.RandomGaussianBlur(seed=1)],
    [mk.layers.RandomErasing(seed=1), mk.layers.AutoContrast(), mk.layers.Equalization()],
    [mk.layers.CutMix(seed=1), mk.layers.MixUp(seed=1)],
    [mk.layers.RandomCrop(6, 6, seed=1), mk.layers.Resizing(8, 8)],
    [mk.layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(2, 2))],
]


@pytest.mark.parametrize("layers", PROGRAMS, ids=lambda ls: "-".join(type(x).__name__ for x in ls))
def test_steps_are_replayed_and_agree_with_eager_ones(layers, capsys):
    x = RNG.uniform(0, 255, (4, 8, 8, 3)).astype("float32")
    y = RNG.normal(size=(4, 2)).astype("float32")
    losses = []
    for run_eagerly in (True, False):
        mk.utils.set_random_seed(0)
        model = augmenting_model([type(x).from_config(x.get_config()) for x in layers])
        model.compile("sgd", "mse", run_eagerly=run_eagerly)
        losses.append([float(model.train_on_batch(x, y)) for _ in range(6)])
        if not run_eagerly:
            model.explain_step()
            assert "replayed:" in capsys.readouterr().out
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)


def test_models_are_saved_with_their_seeds(tmp_path):
    layers = [
        mk.layers.RandomFlip(seed=1),
        mk.layers.RandomShear(0.2, seed=3),
        mk.layers.RandomColorJitter(brightness_factor=0.2, hue_factor=0.1, seed=2),
        mk.layers.RandAugment(seed=5),
    ]
    model = augmenting_model(layers)
    model.compile("sgd", "mse")
    x = RNG.uniform(0, 255, (4, 8, 8, 3)).astype("float32")
    model.fit(x, np.zeros((4, 2)), epochs=1, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = mk.saving.load_model(tmp_path / "model.keras")
    assert_close(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    # As in Keras, files hold the seeds, and not how often they were drawn with.
    twin = mk.Sequential.from_config(model.get_config())
    twin.set_weights(model.get_weights())
    assert_close(loaded(tensor(x), training=True), twin(tensor(x), training=True))


def test_files_are_exchanged_with_keras(tmp_path):
    def make(k):
        return k.Sequential(
            [
                k.Input((8, 8, 3)),
                k.layers.RandomFlip(seed=1),
                k.layers.RandomZoom((-0.2, -0.2), seed=1),
                k.layers.RandomColorJitter(contrast_factor=0.2, seed=2),
                k.layers.Resizing(4, 4),
                k.layers.Rescaling(1 / 255),
                k.layers.Flatten(),
                k.layers.Dense(2),
            ]
        )

    x = RNG.uniform(0, 255, (4, 8, 8, 3)).astype("float32")
    theirs = make(keras)
    theirs.save(tmp_path / "theirs.keras")
    assert_close(
        mk.saving.load_model(tmp_path / "theirs.keras").predict(x, verbose=0),
        theirs.predict(x, verbose=0),
        dtype=False,
    )
    ours = make(mk)
    ours.save(tmp_path / "ours.keras")
    assert_close(
        ours.predict(x, verbose=0),
        keras.saving.load_model(tmp_path / "ours.keras").predict(x, verbose=0),
        dtype=False,
    )


def test_gradients_flow_to_images():
    for layer in (
        mk.layers.RandomRotation(0.2, seed=1),
        mk.layers.RandomContrast(0.5, seed=1),
        mk.layers.RandomFlip(seed=1),
        mk.layers.RandomSharpness(0.5, seed=1),
    ):
        with mk.GradientTape() as tape:
            x = tape.watch(tensor(BATCH))
            total = mk.ops.sum(layer(x, training=True))
        gradient = values(tape.gradient(total, x))
        assert gradient.shape == BATCH.shape and np.abs(gradient).sum() > 1


def test_by_hand_over_a_dataset():
    layer = mk.layers.RandomFlip(seed=1)

    class Flipped(mk.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return values(layer(BATCH, training=True)), LABELS

    model = mk.Sequential([mk.Input((6, 8, 3)), mk.layers.Flatten(), mk.layers.Dense(4)])
    model.compile("sgd", "mse")
    model.fit(Flipped(), epochs=2, verbose=0)


ONE = (1.0, 1.0)
# Layers that leave nothing to chance.
CERTAIN = [
    ("RandomBrightness", {"factor": (0.3, 0.3)}),
    ("RandomSaturation", {"factor": (0.3, 0.3)}),
    ("RandomColorDegeneration", {"factor": (0.3, 0.3)}),
    ("RandomInvert", {"factor": ONE}),
    ("RandomPosterization", {"factor": (3, 3)}),
    ("RandomSharpness", {"factor": (0.3, 0.3)}),
    ("RandomGaussianBlur", {"factor": ONE, "sigma": (0.5, 0.5)}),
    ("RandomRotation", {"factor": (0.1, 0.1)}),
    ("RandomTranslation", {"height_factor": (0.2, 0.2), "width_factor": (-0.1, -0.1)}),
    ("RandomZoom", {"height_factor": (0.2, 0.2), "width_factor": (-0.1, -0.1)}),
    ("RandomZoom", {"height_factor": (-0.3, -0.3)}),
    ("Resizing", {"height": 4, "width": 9}),
    ("Resizing", {"height": 4, "width": 9, "pad_to_aspect_ratio": True}),
    ("CenterCrop", {"height": 4, "width": 5}),
    ("CenterCrop", {"height": 9, "width": 5}),
    ("AutoContrast", {}),
    ("Equalization", {}),
    ("MaxNumBoundingBoxes", {"max_number": 1}),
    ("MaxNumBoundingBoxes", {"max_number": 4, "fill_value": -2}),
]


@pytest.mark.parametrize(("name", "arguments"), CERTAIN)
@pytest.mark.parametrize("is_batch", [True, False])
@pytest.mark.parametrize("training", [True, False])
def test_calls_equal_keras(name, arguments, is_batch, training):
    ours, theirs = pair(name, arguments, bounding_box_format="xyxy")
    pick = (lambda x: x) if is_batch else (lambda x: x[0])

    def data():
        return {
            "images": pick(BATCH),
            "labels": pick(LABELS),
            "segmentation_masks": pick(MASKS),
            "bounding_boxes": {k: pick(v) for k, v in BOXES.items()},
        }

    close(ours(pick(BATCH), training=training), theirs(pick(BATCH), training=training))
    found, expected = ours(data(), training=training), theirs(data(), training=training)
    assert set(found) == set(expected)
    for key, value in expected.items():
        assert_close(found[key], value, rtol=1e-4, atol=0.03, dtype=False)


@pytest.mark.parametrize("box_format", ["xyxy", "rel_center_xywh"])
@pytest.mark.parametrize(("height", "width"), [(4, 5), (12, 4), (12, 16)])
def test_boxes_are_cropped_as_images_are(box_format, height, width):
    image = np.zeros((1, 10, 8, 1), "float32")
    image[0, 3:7, 2:6] = 1
    boxes = {"boxes": np.array([[[2, 3, 6, 7], [0, 0, 1, 1]]], "float32"), "labels": [[4, 5]]}
    layer = mk.layers.RandomCrop(height, width, seed=4, bounding_box_format=box_format)
    boxes = mk.utils.bounding_boxes.convert_format(boxes, "xyxy", box_format, 10, 8)
    for _ in range(5):
        found = layer({"images": image, "bounding_boxes": boxes}, training=True)
        rows, columns = (values(found["images"])[0, :, :, 0].max(a) > 0.5 for a in (1, 0))
        seen = [np.flatnonzero(columns), np.flatnonzero(rows)]
        x, y = seen
        expected = [x[0], y[0], x[-1] + 1, y[-1] + 1]
        kept = mk.utils.bounding_boxes.convert_format(
            found["bounding_boxes"], box_format, "xyxy", height, width
        )
        # Of an edge that was resized, the pixel is known only.
        assert np.abs(values(kept["boxes"])[0, 0] - expected).max() <= (0.01 if height == 4 else 1)
        assert values(kept["labels"])[0, 0] == 4
    far = layer.transform_bounding_boxes(boxes, (6, 0))
    assert values(far["labels"])[0, 1] == -1
