"""Rows of functions on images: both data formats, single images, bytes, and each way to fill."""

import numpy as np

from tests.oracle.drawing import Drawing
from tests.oracle.row import row

draw = Drawing()
FIRST, LAST = {"data_format": "channels_first"}, {"data_format": "channels_last"}
IMAGES, LONE = draw.normal(2, 4, 3, 2), draw.normal(4, 3, 2)
CHANNELS = draw.normal(2, 2, 4, 3)
BYTES = draw.integers(0, 256, 2, 3, 4, 3, dtype="uint8")
UNIT = draw.uniform(2, 2, 3, 3)
UNIT_FIRST = draw.uniform(2, 3, 2, 3)
NO_BATCH = "one image, no batch"


def _row(name, x, *args, **settings):
    """A row whose batch is that of the images; resampled images are less exact."""
    found = row(f"image.{name}", x, *args, **settings).batch_in(0)
    found = found.within(1e-4, 1e-5, dtype="float32").within(1e-2, dtype="float16")
    if name.endswith("transform"):
        found = found.within(1e-5, dtype="float64")  # the oracle finds places in float32
    if x.dtype == "uint8" and settings.get("interpolation") != "nearest":
        found = found.within(0, 1)  # halves between integers may be rounded either way
    return found.with_known_batch(NO_BATCH) if x.ndim == 3 and "volume" not in name else found


RESIZED = [
    (IMAGES, (7, 5), {"interpolation": "bilinear"}), (IMAGES, (3, 5), {"interpolation": "nearest"}),
    (IMAGES, (2, 2), {"interpolation": "bilinear", "antialias": True}),
    (IMAGES, (6, 2), {"interpolation": "bicubic"}),
    (IMAGES, (2, 2), {"interpolation": "bicubic", "antialias": True}),
    (CHANNELS, (6, 2), {"interpolation": "lanczos3", **FIRST}),
    (IMAGES, (2, 7), {"interpolation": "lanczos5", "antialias": True}),
    (LONE, (6, 2), {}), (CHANNELS[0], [2, 6], FIRST), (IMAGES[:0], (3, 5), {}),
    (IMAGES[:, :1], (3, 3), {}), (IMAGES, (4, 3), {}),
    (IMAGES, (2, 6), {"crop_to_aspect_ratio": True}),
    (CHANNELS, (6, 2), {"crop_to_aspect_ratio": True, **FIRST}),
    (IMAGES, (3, 6), {"pad_to_aspect_ratio": True, "fill_value": 2.0}),
    (IMAGES, (8, 2), {"pad_to_aspect_ratio": True, "interpolation": "nearest"}),
    (BYTES, (5, 2), {"interpolation": "nearest"}),
    (draw.integers(-9, 9, 1, 4, 4, 2), (7, 5), {"interpolation": "nearest"}),
]  # fmt: skip

PATCHES = [
    ("extract_patches", IMAGES, {"size": 2}),
    ("extract_patches", LONE, {"size": (3, 2), "strides": 1}),
    ("extract_patches", IMAGES, {"size": (3, 2), "strides": (1, 2), "padding": "same"}),
    ("extract_patches", IMAGES, {"size": (2, 2), "strides": 1, "dilation_rate": 2}),
    ("extract_patches", CHANNELS, {"size": 2, **FIRST}),
    ("extract_patches", IMAGES[:0], {"size": 2}),
    ("extract_patches", draw.normal(1, 2, 3, 2, 2), {"size": (2, 3, 1)}),
    ("extract_patches_3d", draw.normal(1, 2, 3, 2, 2), {"size": 2, "strides": (1, 1, 2)}),
    ("extract_patches_3d", draw.normal(3, 3, 3, 1), {"size": 2, "strides": 1, "dilation_rate": 2}),
    ("extract_patches_3d", draw.normal(2, 1, 2, 3, 2),
     {"size": (2, 1, 2), "padding": "same", **FIRST}),
]  # fmt: skip

COLOURS = [
    *(("rgb_to_grayscale", x, {}) for x in (UNIT, UNIT[0], UNIT[..., :1], BYTES, UNIT[:0])),
    ("rgb_to_grayscale", UNIT_FIRST, FIRST), ("rgb_to_grayscale", UNIT_FIRST[0], FIRST),
    ("rgb_to_hsv", UNIT, {}), ("rgb_to_hsv", UNIT_FIRST, FIRST),
    ("rgb_to_hsv", np.array([[[0.0, 0.0, 0.0], [0.5, 0.25, 0.25]]]), {}),
    ("hsv_to_rgb", UNIT, {}), ("hsv_to_rgb", 3 * UNIT[0], {}), ("hsv_to_rgb", UNIT_FIRST, FIRST),
]  # fmt: skip

BORDERS = [
    ("pad_images", IMAGES, {"top_padding": 1, "left_padding": 2, "target_height": 7,
                            "target_width": 6}),
    ("pad_images", LONE, {"bottom_padding": 0, "right_padding": 2, "target_height": 5,
                          "target_width": 6}),
    ("pad_images", CHANNELS, {"top_padding": 1, "bottom_padding": 2, "left_padding": 0,
                              "right_padding": 3, **FIRST}),
    ("pad_images", IMAGES[:0], {"top_padding": 1, "left_padding": 2, "bottom_padding": 0,
                                "right_padding": 0}),
    ("crop_images", IMAGES, {"top_cropping": 1, "left_cropping": 1, "target_height": 2,
                             "target_width": 2}),
    ("crop_images", LONE, {"bottom_cropping": 1, "right_cropping": 1, "target_height": 2,
                           "target_width": 2}),
    ("crop_images", CHANNELS, {"top_cropping": 1, "bottom_cropping": 2, "left_cropping": 0,
                               "right_cropping": 2, **FIRST}),
]  # fmt: skip

BLURS = [
    # Without a data format the oracle blurs along the channels.
    *(("gaussian_blur", x, LAST) for x in (IMAGES, LONE, IMAGES[:0])),
    ("gaussian_blur", IMAGES, {"kernel_size": (3, 5), "sigma": (0.5, 2.0), **LAST}),
    ("gaussian_blur", CHANNELS, {"kernel_size": [3, 3], "sigma": [1.5, 1.0], **FIRST}),
    ("sobel_edges", IMAGES, {}), ("sobel_edges", CHANNELS, FIRST), ("sobel_edges", IMAGES[:0], {}),
]  # fmt: skip

MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
PLACES, IN_VOLUME = draw.uniform(2, 2, 3, low=-5, high=7), draw.uniform(3, 4, low=-1, high=3)
# A list, as gradients by it are not compared: the last two numbers mean something else to the
# oracle. test_ops_image.py compares those by the others.
TURN = [
    [0.83, -0.31, 1.2, 0.27, 0.94, -0.45, 0.0, 0.0], [1.31, 0.23, -1.1, -0.4, 0.72, 0.6, 0.0, 0.0],
]  # fmt: skip
CORNERS = np.array([[0.0, 0.0], [2.0, 0.25], [0.25, 3.0], [2.0, 2.75]], "float32")
MOVED = np.array([[0.5, 0.25], [1.75, 0.125], [0.125, 2.5], [2.25, 3.125]], "float32")
BOTH = np.stack([CORNERS, MOVED[::-1]]), np.stack([MOVED, CORNERS])
PAIRED = draw.uniform(2, 6, 5, 2)
NOISY = np.clip(PAIRED + 0.125 * draw.normal(2, 6, 5, 2), 0, 1)
PAIRED_FIRST = [np.moveaxis(x, -1, 1).copy() for x in (PAIRED, NOISY)]
SCALED = [
    (IMAGES, {"output_shape": (2, 5, 2, 2), "spatial_dims": (1, 2), "scale": np.array(scale),
              "translation": np.array(shift), "method": method, "antialias": antialias})
    for scale, shift, method, antialias in (
        ((1.25, 0.75), (0.5, -0.25), "linear", True), ((0.5, 2.0), (2.0, 0.0), "linear", False),
        ((1.25, 0.75), (0.5, -0.25), "cubic", True), ((0.5, 2.0), (2.0, 0.0), "bicubic", False),
        ((0.5, 0.75), (0.5, -0.25), "lanczos3", True), ((1.25, 2.0), (0.0, 0.0), "lanczos5", False),
        ((1.25, 0.75), (0.5, 0.0), "tricubic", True),
    )
]  # fmt: skip

ELSEWHERE = {"image.elastic_transform": "random: test_ops_image.py compares how far it moves"}
UNGIVEN = {("image.resize", "fill_mode"): "only 'constant' exists"}
ROWS = [
    *(_row("resize", x, size, **settings) for x, size, settings in RESIZED),
    _row("resize", BYTES, (5, 2)), _row("resize", BYTES, (5, 2), "bicubic"),
    *(_row(name, x, **how) for name, x, how in (*PATCHES, *COLOURS, *BORDERS, *BLURS)),
    *(
        row("image.map_coordinates", CHANNELS[0, 0], PLACES, order, mode, fill_value=1.5)
        .with_known_batch("no batch")
        for order in (0, 1)
        for mode in MODES
    ),
    *(
        row("image.map_coordinates", draw.normal(3, 2, 4), IN_VOLUME, order=1, fill_mode=mode)
        .with_known_batch("no batch")
        for mode in ("constant", "reflect")
    ),
    row("image.map_coordinates", BYTES[0, :, :, 0], PLACES, order=1, fill_value=7)
    .with_known_batch("no batch"),
    *(
        _row("affine_transform", x, transform, interpolation=way, fill_mode=mode, **more)
        for x, transform, more in (
            (IMAGES, TURN, {"fill_value": 0.5}), (CHANNELS[0], TURN[1], FIRST),
        )
        for way in ("nearest", "bilinear")
        for mode in (MODES if x is IMAGES else MODES[:1])
    ),
    _row("affine_transform", BYTES, TURN, fill_value=3), _row("affine_transform", LONE, TURN[0]),
    _row("affine_transform", CHANNELS, TURN, fill_mode="reflect", **FIRST),
    *(
        _row("perspective_transform", IMAGES, *BOTH, interpolation=way, fill_value=0.5)
        for way in ("nearest", "bilinear")
    ),
    _row("perspective_transform", LONE, CORNERS, MOVED),
    _row("perspective_transform", CHANNELS, *BOTH, **FIRST),
    _row("perspective_transform", BYTES, *BOTH),
    *(_row(name, BYTES, 1, 1, 1, 1) for name in ("pad_images", "crop_images")),
    _row("extract_patches", BYTES.astype("int32"), 2), _row("rgb_to_grayscale", BYTES[..., :1]),
    _row("resize", BYTES.astype("int32"), (3, 5)), _row("resize", BYTES > 99, (3, 5), "nearest"),
    row("image.ssim", BYTES, BYTES // 2, filter_size=3),
    *(_row("scale_and_translate", x, **how) for x, how in SCALED),
    _row("scale_and_translate", CHANNELS, (2, 2, 7, 3), np.array([1.5]), np.array([0.0]), (-2,),
         "bilinear"),
    *(
        row("image.ssim", PAIRED, NOISY, **how)
        for how in (
            {"filter_size": 3, "filter_sigma": 0.75},
            {"filter_size": 4, "max_val": 4.0, "k1": 0.0625, "k2": 0.125},
        )
    ),
    row("image.ssim", draw.uniform(1, 11, 11, 1), draw.uniform(1, 11, 11, 1))
    .within(1e-5, dtype="float32"),
    row("image.ssim", *PAIRED_FIRST, filter_size=4, **FIRST),
    row("image.ssim", PAIRED[0], NOISY[0], filter_size=4).with_known_batch(NO_BATCH),
]  # fmt: skip
