"""keras.utils.bounding_boxes against real Keras, and against itself where it can more."""

import itertools

import keras
import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close, values

OURS, THEIRS = mk.utils.bounding_boxes, keras.utils.bounding_boxes
RNG = np.random.default_rng(0)
FORMATS = (
    "xyxy",
    "yxyx",
    "xywh",
    "center_xywh",
    "center_yxhw",
    "rel_xyxy",
    "rel_yxyx",
    "rel_xywh",
    "rel_center_xywh",
)


def corners(*shape):
    """Boxes in corners within an image of 20 rows and 30 columns."""
    x = np.sort(RNG.uniform(-3, 33, (*shape, 2)), axis=-1)
    y = np.sort(RNG.uniform(-3, 23, (*shape, 2)), axis=-1)
    return np.stack([x[..., 0], y[..., 0], x[..., 1], y[..., 1]], axis=-1).astype("float32")


@pytest.mark.parametrize("source", FORMATS)
def test_convert_format(source):
    boxes = np.asarray(THEIRS.convert_format(corners(2, 3), "xyxy", source, 20, 30))
    for target in FORMATS:
        found = OURS.convert_format(boxes, source, target, height=20, width=30)
        expected = THEIRS.convert_format(boxes, source, target, height=20, width=30)
        assert_close(found, expected)
        back = OURS.convert_format(found, target, source, height=20, width=30)
        assert_close(back, boxes, rtol=1e-4, atol=1e-4)


def test_convert_format_of_dicts_integers_and_dtypes():
    boxes = {"boxes": np.array([[1, 2, 3, 4]]), "labels": np.array([5])}
    found = OURS.convert_format(boxes, "XYXY", "xywh", dtype="float16")
    assert values(found["boxes"]).tolist() == [[1, 2, 2, 2]]
    assert values(found["boxes"]).dtype == "float16"
    assert boxes["boxes"].tolist() == [[1, 2, 3, 4]] and found["labels"] is boxes["labels"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((2, 3)), "xyxy", "xywh"), "4 numbers"),
        ((np.zeros((2, 4)), "xyxy", "corners"), "must be one of"),
        ((np.zeros((2, 4)), "xyxy", "rel_xyxy"), "height and width"),
    ],
)
def test_convert_format_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        OURS.convert_format(*arguments)


@pytest.mark.parametrize("name", ["xyxy", "rel_xyxy"])
def test_clip_to_image_size(name):
    boxes = corners(2, 8) / ([1.0] if name == "xyxy" else [30.0, 20.0, 30.0, 20.0])
    boxes[0, 0] = [-2, -2, -1, -1]
    data = {"boxes": boxes.astype("float32"), "labels": np.arange(16).reshape(2, 8)}
    found = OURS.clip_to_image_size(data, 20, 30, name)
    expected = THEIRS.clip_to_image_size(data, 20, 30, name)
    assert_close(found["boxes"], expected["boxes"])
    assert_close(found["labels"], expected["labels"], dtype=False)


@pytest.mark.parametrize("name", FORMATS)
def test_clip_in_every_format_is_clip_in_corners(name):
    data = {"boxes": corners(6), "labels": np.arange(6)}
    expected = OURS.clip_to_image_size(data, 20, 30)
    given = OURS.convert_format(data, "xyxy", name, 20, 30)
    found = OURS.clip_to_image_size(given, 20, 30, name)
    assert values(found["labels"]).tolist() == values(expected["labels"]).tolist()
    back = OURS.convert_format(found["boxes"], name, "xyxy", 20, 30)
    assert_close(back, expected["boxes"], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("center", [{}, {"center_x": 0.2, "center_y": 0.9}])
def test_affine_transform(center):
    numbers = [RNG.uniform(low, high, 3).astype("float32") for low, high in
               ((-90, 90), (-0.2, 0.2), (-0.2, 0.2), (0.5, 2), (-30, 30), (-30, 30))]  # fmt: skip
    boxes = corners(3, 4)
    found = OURS.affine_transform(boxes, *numbers, height=20, width=30, **center)
    expected = THEIRS.affine_transform(boxes, *numbers, height=20, width=30, **center)
    assert_close(found, expected, rtol=1e-4, atol=1e-4, dtype=False)
    one = [n[:1] for n in numbers]
    single = OURS.affine_transform(boxes[0], *one, height=20, width=30, **center)
    assert_close(single, values(found)[0], rtol=1e-5, atol=1e-5)
    relative = OURS.convert_format(boxes, "xyxy", "rel_xywh", 20, 30)
    moved = OURS.affine_transform(
        relative, *numbers, height=20, width=30, bounding_box_format="rel_xywh", **center
    )
    moved = OURS.convert_format(moved, "rel_xywh", "xyxy", 20, 30)
    assert_close(moved, found, rtol=1e-3, atol=1e-3)


def test_crop_and_pad():
    boxes = corners(2, 5)
    assert_close(OURS.crop(boxes, 3, 4, 9, 12), THEIRS.crop(boxes, 3, 4, 9, 12))
    assert_close(OURS.pad(boxes, 3, 4), THEIRS.pad(boxes, 3, 4))
    wide = OURS.convert_format(boxes, "xyxy", "xywh")
    padded = OURS.pad(wide, 3, 4, bounding_box_format="xywh")
    assert_close(OURS.convert_format(padded, "xywh", "xyxy"), THEIRS.pad(boxes, 3, 4), 1e-4, 1e-4)
    for function, numbers in ((OURS.crop, (3, 4, 9, 12)), (OURS.pad, (3, 4))):
        with pytest.raises(ValueError, match="pixels"):
            function(boxes, *numbers, bounding_box_format="rel_xyxy")


@pytest.mark.parametrize(
    ("first", "second", "masked"),
    [
        (*shapes, masked)
        for shapes in itertools.product([(3,), (2, 3)], [(4,), (2, 4)])
        for masked in (False, True)
    ],
)
def test_compute_iou(first, second, masked):
    if masked and len(first) != len(second):
        pytest.skip("Keras transposes a mask of the wrong rank")
    a, b = corners(*first), corners(*second)
    a[..., 0, :] = b[..., 0, :] = -1
    for name in ("xyxy", "rel_center_xywh"):
        given = [values(OURS.convert_format(x, "xyxy", name, 20, 30)) for x in (a, b)]
        settings = {"use_masking": masked, "mask_val": -2, "image_shape": (20, 30, 3)}
        found = OURS.compute_iou(*given, name, **settings)
        assert_close(found, THEIRS.compute_iou(*given, name, **settings), 1e-4, 1e-5, dtype=False)


def test_compute_iou_refuses():
    with pytest.raises(ValueError, match="image_shape"):
        OURS.compute_iou(corners(1), corners(1), "rel_xyxy")
    with pytest.raises(ValueError, match="boxes2"):
        OURS.compute_iou(corners(1), corners(1, 1, 1), "xyxy")


def test_compute_ciou():
    a, b = corners(2, 5), corners(2, 5)
    found = OURS.compute_ciou(a, b, "xyxy")
    assert_close(found, THEIRS.compute_ciou(a, b, "xyxy"), 1e-4, 1e-5, dtype=False)
    relative = [OURS.convert_format(x, "xyxy", "rel_yxyx", 20, 30) for x in (a, b)]
    again = OURS.compute_ciou(*relative, "rel_yxyx", image_shape=(20, 30, 3))
    assert_close(again, found, 1e-4, 1e-5)


@pytest.mark.parametrize("encoding", ["center_xywh", "center_yxhw"])
@pytest.mark.parametrize("variance", [None, [0.1, 0.2, 0.3, 0.4]])
def test_deltas(encoding, variance):
    anchors, boxes = corners(5), corners(2, 5)
    settings = {"variance": variance, "image_shape": (20, 30, 3)}
    given = values(OURS.convert_format(boxes, "xyxy", "rel_xywh", 20, 30))
    arguments = (anchors, given, "xyxy", "rel_xywh", encoding)
    found = OURS.encode_box_to_deltas(*arguments, **settings)
    assert_close(found, THEIRS.encode_box_to_deltas(*arguments, **settings), 1e-4, 1e-5)
    arguments = (anchors, values(found), "xyxy", "rel_xywh", encoding)
    back = OURS.decode_deltas_to_boxes(*arguments, **settings)
    assert_close(back, THEIRS.decode_deltas_to_boxes(*arguments, **settings), 1e-4, 1e-5)
    assert_close(back, given, 1e-3, 1e-4)
    levels = OURS.decode_deltas_to_boxes(
        {3: anchors}, {3: values(found)}, "xyxy", "rel_xywh", encoding, **settings
    )
    assert_close(levels[3], back)


def test_deltas_refuse():
    for function in (OURS.encode_box_to_deltas, OURS.decode_deltas_to_boxes):
        with pytest.raises(ValueError, match="4 numbers"):
            function(corners(2), corners(2), "xyxy", "xyxy", variance=[0.1])
        with pytest.raises(ValueError, match="encoding"):
            function(corners(2), corners(2), "xyxy", "xyxy", "xyxy")
