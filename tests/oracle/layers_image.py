"""Rows of layers on images, with their runner: the same parameters must give the same images.

Random numbers differ between the two. So parameters are drawn by ours and handed to both; how they
are spread is checked in tests/test_layers_image.py.
"""

import json

import keras
import numpy as np

import minikeras as mk
from tests.oracle.class_row import built, found, made, row, tensors
from tests.oracle.record import comparing
from tests.support import assert_close, serialized, values

random = np.random.default_rng(0)
BATCH = random.uniform(0, 255, (3, 6, 8, 3)).astype("float32")
UNIT = {"value_range": (0, 1)}
NEAREST, CONSTANT = {"interpolation": "nearest"}, {"fill_mode": "constant", "fill_value": 7.0}
CONTRAST = "layers.ContrastLimitedAdaptiveHistogramEqualization"
SEED = 3  # drawn parameters depend on it only


def drawn(name, **arguments):
    """A row of a layer whose parameters are drawn."""
    return row(f"layers.{name}", BATCH, **arguments)


DRAWN = [
    drawn("RandomBrightness", factor=0.5),
    drawn("RandomBrightness", factor=(-0.2, 0.9), **UNIT),
    drawn("RandomContrast", factor=0.9),
    drawn("RandomContrast", factor=(0.5, 0.9), **UNIT),
    drawn("RandomSaturation", factor=(0.1, 0.9), **UNIT),
    drawn("RandomSaturation", factor=0.7, **UNIT),
    drawn("RandomHue", factor=0.7),
    drawn("RandomHue", factor=(0.3, 1.0), **UNIT),
    drawn("RandomColorDegeneration", factor=0.9),
    drawn("RandomColorDegeneration", factor=(0.2, 0.3), **UNIT),
    drawn("RandomGrayscale", factor=0.6),
    drawn("RandomInvert", factor=1.0),
    drawn("RandomInvert", factor=(0.4, 0.6), **UNIT),
    drawn("RandomPosterization", factor=5),
    drawn("RandomPosterization", factor=(3, 3), **UNIT),
    drawn("RandomSharpness", factor=0.9),
    drawn("RandomSharpness", factor=(0.1, 0.2), **UNIT),
    drawn("RandomGaussianBlur", factor=0.9, kernel_size=(3, 5)),
    drawn("RandomGaussianBlur", sigma=(0.4, 0.5), **UNIT),
    drawn("RandomErasing"),
    drawn("RandomErasing", factor=0.7, scale=(0.2, 0.5), fill_value=100),
    drawn("RandomErasing", factor=(1.0, 1.0), fill_value=(0.1, 0.2, 0.3), **UNIT),
    drawn("Solarization", addition_factor=0.3, threshold_factor=(0.2, 0.8)),
    drawn("Solarization", addition_factor=(0.1, 0.3), threshold_factor=0.6, **UNIT),
    drawn("CutMix", factor=(0.3, 1.0)),
    drawn("MixUp", alpha=0.7),
    drawn("RandomFlip"),
    drawn("RandomFlip", mode="horizontal"),
    drawn("RandomFlip", mode="vertical"),
    drawn("RandomCrop", height=4, width=5),
    drawn("RandomCrop", height=9, width=5),
    drawn("RandomRotation", factor=0.4),
    drawn("RandomRotation", factor=(0.1, 0.4), fill_mode="nearest"),
    drawn("RandomRotation", factor=0.4, fill_mode="wrap", **NEAREST),
    drawn("RandomRotation", factor=0.4, **CONSTANT),
    drawn("RandomTranslation", height_factor=0.4, width_factor=(-0.2, 0.5)),
    drawn("RandomTranslation", height_factor=0.4, width_factor=0.1, **CONSTANT),
    drawn("RandomTranslation", height_factor=0.4, width_factor=0.1, **NEAREST),
    drawn("RandomZoom", height_factor=0.5),
    drawn("RandomZoom", height_factor=(0.1, 0.5), width_factor=(-0.5, 0.2)),
    drawn("RandomZoom", height_factor=0.5, **CONSTANT),
    drawn("RandomZoom", height_factor=0.5, **NEAREST),
    drawn("RandomShear", x_factor=0.5),
    drawn("RandomShear", x_factor=(0.1, 0.3), y_factor=0.6, fill_mode="nearest"),
    drawn("RandomShear", y_factor=0.6, **CONSTANT, **NEAREST),
    drawn("RandomPerspective", scale=0.6),
    drawn("RandomPerspective", factor=(1.0, 1.0), **NEAREST),
    drawn("RandomPerspective", factor=0.5, scale=0.2, fill_value=50.0),
]


def fixed(name, **arguments):
    """A row of a layer without parameters of its own."""
    return row(f"layers.{name}", BATCH, **arguments)


SMALLER = {"height": 4, "width": 9}
PADDED = {**SMALLER, "pad_to_aspect_ratio": True, "fill_value": 3.0}
FIXED = [
    fixed("Resizing", **SMALLER),
    fixed("Resizing", height=12, width=9, interpolation="bicubic"),
    fixed("Resizing", height=4, width=3, interpolation="nearest"),
    fixed("Resizing", height=4, width=3, antialias=True),
    fixed("Resizing", crop_to_aspect_ratio=True, **SMALLER),
    fixed("Resizing", **PADDED),
    fixed("CenterCrop", height=4, width=5),
    fixed("CenterCrop", height=6, width=8),
    fixed("CenterCrop", height=9, width=5),
    fixed("CenterCrop", height=7, width=12),
    fixed("AutoContrast"),
    fixed("AutoContrast", **UNIT),
    fixed("Equalization"),
    fixed("Equalization", bins=16, **UNIT),
    row(CONTRAST, BATCH, tile_grid_size=(2, 3)),
    row(CONTRAST, BATCH, tile_grid_size=(2, 2), clip_limit=0, **UNIT),
    fixed("MaxNumBoundingBoxes", max_number=3),
    fixed("MaxNumBoundingBoxes", max_number=3, fill_value=-2),
]

JITTER = {
    "brightness_factor": 0.3, "contrast_factor": 0.5, "saturation_factor": (0.3, 0.6),
    "hue_factor": 0.3, **UNIT,
}  # fmt: skip
CHAIN = {"num_chains": 2, "chain_depth": 2, "factor": 0.5, "alpha": 0.5, "all_ops": False}
ELASTIC = {"factor": (1.0, 1.0), "scale": (0.8, 0.9)}
# Keras's draw when they transform, whatever they are given.
BY_PARTS = "tests/test_layers_image.py::test_color_jitter_is_its_parts"
BY_MASKS = "tests/test_layers_image.py::test_elastic_transform_moves_masks_as_images"
INWARD = [
    drawn("RandomColorJitter", **JITTER).without("values", reason=BY_PARTS),
    *(
        drawn("RandomElasticTransform", **arguments).without("values", reason=BY_MASKS)
        for arguments in (
            {}, {"data_format": "channels_first"}, {**ELASTIC, **UNIT, **CONSTANT},
            {"factor": 0.9, **NEAREST},
        )
    ),
]  # fmt: skip
# Where values are cut into steps most pixels must agree.
COMPOSED = [
    drawn("RandAugment", num_ops=3),
    drawn("RandAugment", factor=0.7, **UNIT, **NEAREST),
    drawn("AugMix", **CHAIN),
    drawn("AugMix", **UNIT, **NEAREST),
]

STEPS = [
    made("layers.CenterCrop", 4, 4), made("layers.RandomBrightness", (0.1, 0.1)),
    made("layers.Rescaling", 2.0),
]  # fmt: skip
CALLED = [
    *(
        row("layers.Rescaling", BATCH.astype(dtype), scale=scale, offset=offset)
        for dtype in ("uint8", "float32")
        for scale, offset in (
            (1 / 255, 0.0), (2, 1), ([0.1, 0.2, 0.3], [1.0, 2.0, 3.0]),
            (np.array([0.1, 0.2, 0.3]), -1.0),
        )
    ),
    row("layers.Pipeline", BATCH, layers=STEPS),
]  # fmt: skip

# Keras mixes up the axes of data with the channels first there.
LAST_ONLY = {"AutoContrast"}
WITH_PARAMETERS = [*DRAWN, *FIXED]
ROWS = [
    *WITH_PARAMETERS,
    *(
        row(r.name, *r.inputs, **r.arguments, data_format="channels_first")
        for r in [*WITH_PARAMETERS, *COMPOSED]
        # Keras cannot place one value per channel there.
        if not isinstance(r.arguments.get("fill_value"), tuple)
        and r.name.removeprefix("layers.") not in LAST_ONLY
    ),
    *INWARD,
    row("layers.RandomColorJitter", BATCH, data_format="channels_first", **JITTER).without(
        "values", reason=BY_PARTS
    ),
    *COMPOSED,
    *CALLED,
]
_SEEDS = "given to every layer that has one; tests/test_layers_image.py::test_seeds"
UNGIVEN = {
    **{(r.name, "seed"): _SEEDS for r in [*DRAWN, *INWARD, *COMPOSED]},
    ("layers.Resizing", "fill_mode"): "has one value",
}


def compare(row):
    """Assert that a layer makes the same images of the same parameters in both libraries."""
    if row.name in ("layers.Rescaling", "layers.Pipeline"):
        _compare_calls(row)
        return
    ours, theirs = pair(row, name="compared")
    images = row.inputs[0] / (255 if row.arguments.get("value_range") == (0, 1) else 1)
    if row.arguments.get("data_format") == "channels_first":
        images = np.moveaxis(images, -1, -3)
    images = images.astype("float32")
    if "values" not in row.left_out:
        _compare_images(row, ours, theirs, images)
    shape = (None, *images.shape[1:])
    with comparing(row.name, "symbolic shapes"):
        expected_shape = tuple(theirs.compute_output_shape(shape))
        assert tuple(ours.compute_output_shape(shape)) == expected_shape
        assert ours(mk.Input(shape[1:])).shape == expected_shape
    _compare_configurations(row, ours, theirs)


def _compare_images(row, ours, theirs, images):
    parameters = ours.get_random_transformation(tensors(images))
    scale = max(images.max(), 1)
    for training in (True, False):
        actual = ours.transform_images(tensors(images), parameters, training=training)
        expected = theirs.transform_images(
            keras.ops.array(images), as_numpy(parameters), training=training
        )
        with comparing(row.name, "values"):
            if row.name.removeprefix("layers.") in ("RandAugment", "AugMix"):
                # Where values are cut into steps, the last bit may make a step of difference.
                near = np.isclose(values(actual), values(expected), 1e-3, 1e-4 * scale)
                assert near.mean() > 0.98
            else:
                assert_close(actual, expected, rtol=1e-4, atol=1e-4 * scale)


def pair(row, **more):
    """The same layer of ours and of Keras's."""
    has_seed = "seed" in vars(found(mk, row.name)(**built(row.arguments, mk)))
    more = {**more, **({"seed": SEED} if has_seed else {})}
    return [
        found(library, row.name)(**{**built(row.arguments, library), **more})
        for library in (mk, keras)
    ]


def as_numpy(parameters):
    """Drawn parameters as NumPy arrays, for Keras."""
    if isinstance(parameters, dict):
        return {k: as_numpy(v) for k, v in parameters.items()}
    if isinstance(parameters, list):
        return [as_numpy(v) for v in parameters]
    if isinstance(parameters, tuple):
        return tuple(as_numpy(v) for v in parameters)
    if parameters is None or isinstance(parameters, (int, float, str)):
        return parameters
    return np.asarray(values(parameters))


def _compare_configurations(row, ours, theirs):
    actual, expected = serialized(ours), json.loads(json.dumps(theirs.get_config()))
    name = row.name.removeprefix("layers.")
    extra = {"RandomGrayscale": {"seed"}, "MaxNumBoundingBoxes": {"fill_value"}}.get(name, set())
    if name == "RandomShear":  # Keras cannot read its own form of a single number
        for key in ("x_factor", "y_factor"):
            actual.pop(key), expected.pop(key)
    expected["dtype"] = actual["dtype"]
    with comparing(row.name, "configuration"):
        assert {k: v for k, v in actual.items() if k not in extra} == expected
        twin = type(ours).from_config(json.loads(json.dumps(ours.get_config())))
        assert serialized(twin) == serialized(ours)


def _compare_calls(row):
    ours, theirs = (
        found(library, row.name)(**built(row.arguments, library)) for library in (mk, keras)
    )
    flags = ({"training": True}, {"training": False}) if row.name == "layers.Pipeline" else ({},)
    for flag in flags:
        with comparing(row.name, "values"):
            expected = theirs(row.inputs[0], **flag)
            assert_close(ours(tensors(row.inputs[0]), **flag), expected, rtol=1e-4)
    with comparing(row.name, "configuration"):
        assert sorted(ours.get_config()) == sorted(theirs.get_config())
        json.dumps(ours.get_config())
        twin = type(ours).from_config(ours.get_config())
        assert_close(twin(tensors(row.inputs[0])), theirs(row.inputs[0]), rtol=1e-4)
