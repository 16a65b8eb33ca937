"""keras.visualization: what is drawn on pictures, against real Keras; galleries."""

import sys

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Patch

import minikeras as mk
from minikeras.visualization import boxes as box_drawing
from tests.support import assert_close

RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (2, 30, 40, 3), dtype="uint8")
BOXES = {
    "boxes": np.array(
        [[[5, 6, 20, 18], [25.7, -4.2, 60, 12]], [[8, 2, 3, 25], [1, 1, 9, 9]]], "f4"
    ),
    "labels": np.array([[0, 1], [2, -1]]),
    "confidences": np.array([[0.25, 1], [0.5, 0]], "f4"),
}
MASKS = RNG.integers(-1, 5, (2, 30, 40, 1)).astype("int32")


@pytest.fixture(autouse=True)
def _no_figure_stays_open():
    yield
    plt.close("all")


def first(x):
    """Channels first."""
    return np.moveaxis(x, -1, 1)


# Boxes


@pytest.mark.parametrize(
    ("thickness", "expected"),  # as OpenCV draws them, which real Keras uses
    [
        (1, ["........", "........", "..#####.", "..#...#.", "..#...#.", "..#####."]),
        (2, ["........", "..#####.", ".#######", ".#######", ".#######", ".#######"]),
        (3, ["..#####.", ".#######", "########", "########", "########", "########"]),
    ],
)
def test_lines_of_a_box(thickness, expected):
    image = np.zeros((6, 8, 1), "uint8")
    box_drawing._draw_box(image, [2, 2, 6, 5], [1], thickness)
    assert ["".join(".#"[int(v)] for v in row) for row in image[:, :, 0]] == expected


def test_thick_lines_leave_the_inside_free():
    image = np.zeros((60, 60, 1), "uint8")
    box_drawing._draw_box(image, [20, 20, 45, 40], [1], 6)
    assert image[24:37, 24:42].max() == 0
    assert image[20, 17:23].all()
    assert not image[17, 17:20].any()  # a round corner
    assert image[17, 20:46].all()


@pytest.mark.parametrize("thickness", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize(
    ("source", "height", "width"),
    [("xyxy", None, None), ("yxyx", None, None), ("rel_xywh", 30, 40), ("center_xywh", 30, 40)],
)
def test_boxes_are_those_of_keras(source, height, width, thickness):
    pytest.importorskip("cv2")
    inner = {**BOXES, "boxes": np.clip(BOXES["boxes"], 0, 29)}
    given = keras.utils.bounding_boxes.convert_format(inner, "xyxy", source, height=30, width=40)
    given = {name: np.asarray(value) for name, value in given.items()}
    arguments = (given, source, None, (10, 200, 30), thickness)
    for images in (PICTURES, PICTURES.astype("float32") / 255, PICTURES[..., :1] * 1.5):
        found = mk.visualization.draw_bounding_boxes(images, *arguments)
        expected = keras.visualization.draw_bounding_boxes(images.copy(), *arguments)
        assert isinstance(found, np.ndarray)
        # Halves of a pixel go to either side.
        differ = (found != expected).mean()
        assert differ == 0 if source in ("xyxy", "yxyx") else differ < 0.2
        assert found.dtype == expected.dtype
    assert images.max() > 255


def test_boxes_beyond_the_picture_are_cut_off():
    found = mk.visualization.draw_bounding_boxes(np.zeros((2, 30, 40, 3)), BOXES, "xyxy")
    assert found[0, 6, 5].tolist() == [128] * 3
    assert found[0, 11:14, 30].tolist() == [[128] * 3] * 3
    assert not found[0, 0:10, 30].any()
    assert found[1, 2:25, 8].all()
    assert not found[1, 5:10, 0:2].any()  # a label of -1
    far = {"boxes": [[[100, 100, 120, 120], [-9, -9, -5, -5], [np.nan] * 4]], "labels": [[1, 1, 1]]}
    assert not mk.visualization.draw_bounding_boxes(np.zeros((1, 9, 9, 1)), far, "xyxy").any()


def test_colors_of_other_numbers_of_channels():
    boxes = {"boxes": [[[2, 2, 5, 5]]], "labels": [[0]]}
    for channels, expected in ((1, [7]), (2, [7, 8]), (4, [7, 8, 9, 255])):
        images = np.zeros((1, 9, 9, channels))
        found = mk.visualization.draw_bounding_boxes(images, boxes, "xyxy", color=(7, 8, 9))
        assert found[0, 2, 2].tolist() == expected
        assert not images.any()


def test_channels_may_come_first():
    expected = mk.visualization.draw_bounding_boxes(PICTURES, BOXES, "xyxy", {0: "a"})
    for images in (first(PICTURES), mk.ops.convert_to_tensor(first(PICTURES))):
        found = mk.visualization.draw_bounding_boxes(
            images, BOXES, "xyxy", {0: "a"}, data_format="channels_first"
        )
        np.testing.assert_array_equal(found, first(expected))
    found = mk.visualization.draw_segmentation_masks(
        first(PICTURES), first(MASKS), data_format="channels_first"
    )
    np.testing.assert_array_equal(
        found, first(mk.visualization.draw_segmentation_masks(PICTURES, MASKS))
    )


def text_of(label, y=80, **settings):
    boxes = {"boxes": [[[20, y, 60, 95]]], "labels": [[3]], **settings.pop("more", {})}
    plain, found = (
        mk.visualization.draw_bounding_boxes(
            np.zeros((1, 110, 200, 3), "uint8"), boxes, "xyxy", mapping, (255, 100, 0), **settings
        )[0]
        for mapping in (None, {3: label})
    )
    rows, columns = np.nonzero((found != plain).any(-1))
    return found, (rows.min(), rows.max() + 1), (columns.min(), columns.max() + 1)


def test_texts_stand_where_keras_has_them():
    found, (top, bottom), (left, right) = text_of("HHH")
    assert (bottom, 20 <= left <= 24) == (72, True)  # on the line 8 above the box
    assert 19 <= bottom - top <= 24
    assert 40 <= right - left <= 80
    assert found[top:bottom, left:right].reshape(-1, 3).max(0).tolist() == [255, 100, 0]
    _, (top, bottom), _ = text_of("HHH", y=20)  # no room above
    assert 48 <= bottom <= 49
    _, (top, bottom), (_, half) = text_of("HHH", font_scale=0.5)
    assert 9 <= bottom - top <= 12
    assert half - 20 < 0.6 * (right - 20)
    heavy = text_of("HHH", text_thickness=4)[0]
    assert (heavy > 0).sum() > 1.3 * (found > 0).sum()
    as_lines = text_of("HHH", text_thickness=0, line_thickness=1)[0]
    assert (heavy > 0).sum() > 1.2 * (as_lines > 0).sum()


def test_texts_tell_confidences():
    confident = text_of("H", more={"confidences": [[0.5]]})[2][1]
    assert confident > text_of("H")[2][1] + 50
    with_text = text_of("H | 0.50")[0]
    np.testing.assert_array_equal(with_text, text_of("H", more={"confidences": [[0.5]]})[0])


def test_without_pillow_boxes_have_no_texts(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    mk.visualization.draw_bounding_boxes(PICTURES, BOXES, "xyxy", {7: "none of these"})
    with pytest.raises(ImportError, match="needs Pillow"):
        mk.visualization.draw_bounding_boxes(PICTURES, BOXES, "xyxy", {0: "a"})


# Masks


@pytest.mark.parametrize("ignore_index", [-1, 0, 2])
@pytest.mark.parametrize("alpha", [0.8, 0.3, 1.0])
def test_masks_are_those_of_keras(alpha, ignore_index):
    colors = {i: tuple(RNG.integers(0, 256, 3).tolist()) for i in range(5)}
    for mapping in (None, colors):
        for images in (PICTURES, PICTURES.astype("float32")):
            arguments = (MASKS, 5, mapping, alpha, True, ignore_index)
            found = mk.visualization.draw_segmentation_masks(images, *arguments)
            expected = np.asarray(keras.visualization.draw_segmentation_masks(images, *arguments))
            assert_close(found, expected, 0, 1)
            assert (found != expected).mean() < 0.01
    tensor = mk.visualization.draw_segmentation_masks(
        mk.ops.convert_to_tensor(PICTURES), mk.ops.convert_to_tensor(MASKS), *arguments[1:]
    )
    np.testing.assert_array_equal(tensor, found)


def test_masks_without_blending():
    found = mk.visualization.draw_segmentation_masks(PICTURES, MASKS, 5, blend=False)
    expected = keras.visualization.draw_segmentation_masks(PICTURES, MASKS, 5, blend=False)
    np.testing.assert_array_equal(found, np.asarray(expected))
    assert found.dtype == "uint8"


def test_all_classes_have_a_color():
    """Keras leaves out the last one unless their number is stated."""
    found = mk.visualization.draw_segmentation_masks(PICTURES, MASKS)
    expected = keras.visualization.draw_segmentation_masks(PICTURES, MASKS, 5)
    assert_close(found, np.asarray(expected), 0, 1)
    some = mk.visualization.draw_segmentation_masks(
        PICTURES, MASKS[..., 0], color_mapping={4: (1, 2, 3)}, alpha=1.0
    )
    is_fourth = MASKS[..., 0] == 4
    assert (some[is_fourth] == (1, 2, 3)).all()
    np.testing.assert_array_equal(some[~is_fourth], PICTURES[~is_fourth])


# Galleries


def shown(figure):
    return [a.images[0].get_array() for a in figure.axes if a.images]


def titles(figure):
    return [axis.get_title() for axis in figure.axes]


@pytest.mark.parametrize("value_range", [(0, 255), (0, 1), (-1, 1)])
def test_galleries_show_what_keras_shows(value_range):
    low, high = value_range
    images = (PICTURES / 255 * (high - low) + low).astype("float32")
    arguments = {
        "images": np.concatenate([images, images[:, ::-1]]),
        "y_true": np.array([0, 1, 2, 0]),
        "y_pred": np.array([0, 0]),
        "label_map": {0: "ant", 1: "bee"},
        "rows": 2,
        "cols": 2,
        "value_range": value_range,
        "show": False,
    }
    ours = mk.visualization.plot_image_gallery(**arguments)
    keras.visualization.plot_image_gallery(**arguments)
    theirs = plt.gcf()
    assert titles(ours) == titles(theirs)
    assert titles(ours)[2] == "Label: Unknown"
    for found, expected in zip(shown(ours), shown(theirs), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert ours.get_size_inches().tolist() == theirs.get_size_inches().tolist()


@pytest.mark.parametrize(
    ("count", "rows", "cols", "expected"),
    [
        (5, None, None, (3, 2)),
        (4, None, None, (2, 2)),
        (1, None, None, (1, 1)),
        (5, 2, None, (2, 3)),
        (5, None, 4, (2, 4)),
        (5, 1, 2, (1, 2)),
        (0, None, None, (1, 1)),
    ],
)
def test_all_pictures_find_room(count, rows, cols, expected):
    images = np.zeros((count, 3, 3, 1))
    figure = mk.visualization.plot_image_gallery(images, rows=rows, cols=cols, show=False)
    assert figure.axes[0].get_gridspec().get_geometry() == expected
    assert len(shown(figure)) == min(count, expected[0] * expected[1])


def test_galleries_are_written_and_shown(tmp_path, monkeypatch):
    plt.rcdefaults()  # whatever another test has set
    for name, settings in (("a", {}), ("b", {"transparent": False, "dpi": 120, "scale": 1})):
        path = tmp_path / f"{name}.png"
        assert mk.visualization.plot_image_gallery(PICTURES, path=path, **settings) is None
    small, large = (plt.imread(tmp_path / f"{name}.png") for name in "ab")
    assert (small[..., 3].min(), large[..., 3].min()) == (0, 1)
    assert abs(small.shape[0] - large.shape[0]) < 20
    calls = []
    monkeypatch.setattr(plt, "show", lambda: calls.append(plt.get_fignums()))
    assert mk.visualization.plot_image_gallery(PICTURES) is None
    assert mk.visualization.plot_image_gallery(PICTURES, show=True) is None
    assert len(calls) == 2
    assert plt.get_fignums() == []


def test_gray_pictures_are_gray_and_channels_may_come_first():
    figure = mk.visualization.plot_image_gallery(PICTURES[..., :1], show=False)
    assert (figure.axes[0].images[0].cmap.name, shown(figure)[0].shape) == ("gray", (30, 40))
    figure = mk.visualization.plot_image_gallery(
        first(PICTURES), show=False, data_format="channels_first"
    )
    np.testing.assert_array_equal(shown(figure)[1], PICTURES[1])


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_galleries_of_boxes(data_format):
    images = PICTURES / 255
    figure = mk.visualization.plot_bounding_box_gallery(
        first(images) if data_format == "channels_first" else images,
        "xyxy",
        y_true=BOXES,
        y_pred={**BOXES, "boxes": BOXES["boxes"] + 3},
        value_range=(0, 1),
        class_mapping={0: "never seen"},
        prediction_mapping={5: "none"},
        ground_truth_mapping={1: "b"},
        text_thickness=1,
        legend=True,
        show=False,
        data_format=data_format,
    )
    expected = mk.visualization.draw_bounding_boxes(
        PICTURES, BOXES, "xyxy", {1: "b"}, color=(0, 188, 212)
    )
    expected = mk.visualization.draw_bounding_boxes(
        expected, {**BOXES, "boxes": BOXES["boxes"] + 3}, "xyxy", color=(255, 235, 59)
    )
    for found, picture in zip(shown(figure), expected, strict=True):
        assert np.abs(found.astype(int) - picture).max() <= 1
    (legend,) = figure.legends
    assert [t.get_text() for t in legend.get_texts()] == ["Ground Truth", "Prediction"]
    own = mk.visualization.plot_bounding_box_gallery(
        images, "xyxy", legend_handles=[Patch(label="own")], show=False
    )
    assert own.legends[0].get_texts()[0].get_text() == "own"


def test_galleries_of_masks():
    images = PICTURES / 127.5 - 1
    arguments = {"num_classes": 4, "y_true": MASKS, "alpha": 0.5, "show": False}
    figure = mk.visualization.plot_segmentation_mask_gallery(
        images, value_range=(-1, 1), y_pred=MASKS[:, ::-1].astype("float32"), **arguments
    )
    assert figure.axes[0].get_gridspec().get_geometry() == (2, 3)
    plain = np.clip((images.astype("f4") + 1) / 2 * 255, 0, 255).astype("uint8")
    drawn = mk.visualization.draw_segmentation_masks(plain, MASKS, 4, alpha=0.5)
    found = shown(figure)
    np.testing.assert_array_equal(found[3], plain[1])
    np.testing.assert_array_equal(found[4], drawn[1])
    keras.visualization.plot_segmentation_mask_gallery(PICTURES, **arguments)
    theirs = shown(plt.gcf())
    ours = shown(mk.visualization.plot_segmentation_mask_gallery(PICTURES, **arguments))
    for found, expected in zip(ours, theirs, strict=True):
        assert np.abs(found.astype(int) - expected).max() <= 1
    turned = mk.visualization.plot_segmentation_mask_gallery(
        first(PICTURES), **{**arguments, "y_true": first(MASKS)}, data_format="channels_first"
    )
    for found, expected in zip(shown(turned), ours, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for call in (
        lambda: mk.visualization.plot_image_gallery(PICTURES),
        lambda: mk.visualization.plot_bounding_box_gallery(PICTURES, "xyxy"),
        lambda: mk.visualization.plot_segmentation_mask_gallery(PICTURES, 3),
    ):
        with pytest.raises(ImportError, match=r"keras-on-numpy\[plot\]"):
            call()
    mk.visualization.draw_bounding_boxes(PICTURES, BOXES, "xyxy")


DRAW_BOXES = {"images": PICTURES, "bounding_boxes": BOXES, "bounding_box_format": "xyxy"}
DRAW_MASKS = {"images": PICTURES, "segmentation_masks": MASKS}


@pytest.mark.parametrize(
    ("function", "arguments", "error", "message"),
    [
        ("draw_bounding_boxes", {**DRAW_BOXES, "images": PICTURES[0]}, ValueError, "4 axes"),
        ("draw_bounding_boxes", {**DRAW_BOXES, "bounding_boxes": []}, TypeError, "be a dict"),
        ("draw_bounding_boxes", {**DRAW_BOXES, "bounding_boxes": {"boxes": 1}}, ValueError, "entr"),
        ("draw_bounding_boxes", {**DRAW_BOXES, "images": PICTURES[:1]}, ValueError, "1 images"),
        ("draw_segmentation_masks", {**DRAW_MASKS, "images": PICTURES[0]}, ValueError, "4 axes"),
        ("draw_segmentation_masks", {**DRAW_MASKS, "alpha": 2}, ValueError, "alpha must lie"),
        (
            "draw_segmentation_masks",
            {**DRAW_MASKS, "segmentation_masks": MASKS * 1.0},
            TypeError,
            "must be integers",
        ),
        (
            "draw_segmentation_masks",
            {**DRAW_MASKS, "segmentation_masks": MASKS[:, :5]},
            ValueError,
            r"Received shape: \(2, 5, 40, 1\)",
        ),
        ("plot_image_gallery", {"images": PICTURES[0]}, ValueError, "4 axes"),
        ("plot_image_gallery", {"images": PICTURES, "y_true": [1, 2]}, ValueError, "label_map"),
        (
            "plot_image_gallery",
            {"images": PICTURES, "path": "a.png", "show": True},
            ValueError,
            "not both",
        ),
        ("plot_image_gallery", {"images": PICTURES, "value_range": (1, 1)}, ValueError, "value_r"),
        (
            "plot_bounding_box_gallery",
            {
                "images": PICTURES,
                "bounding_box_format": "xyxy",
                "legend": True,
                "legend_handles": [1],
            },
            ValueError,
            "not both",
        ),
    ],
)
def test_unfit_arguments_are_errors(function, arguments, error, message):
    with pytest.raises(error, match=message):
        getattr(mk.visualization, function)(**arguments)


def test_labels_can_be_read_on_dark_pages(tmp_path):
    from PIL import Image

    path, shape = tmp_path / "pictures.png", (2, 20, 20, 3)
    mk.visualization.plot_image_gallery(
        np.full(shape, 128, "uint8"), y_true=[0, 1], label_map={0: "a", 1: "b"}, path=path
    )
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGBA"))
    above = pixels[: len(pixels) // 8]
    assert (above[..., 3] == 0).any(), "the file has no background"
    is_ink = (above[..., 3] > 200) & (above[..., :3].max(-1) < 60)
    is_paper = (above[..., 3] > 200) & (above[..., :3].min(-1) > 200)
    assert is_paper.sum() > is_ink.sum() > 0


def test_long_labels_have_lines_of_their_own():
    names = {0: "a rather long name", 1: "b"}
    figure = mk.visualization.plot_image_gallery(
        np.zeros((2, 4, 4, 3)), [0, 1], [0, 1], names, show=False
    )
    titles = [axis.get_title() for axis in figure.axes]
    assert titles[0] == "Label: a rather long name\nPred: a rather long name"
    assert titles[1] == "Label: b  Pred: b"
