"""Pictures side by side, drawn with matplotlib."""

import math

import numpy as np

from minikeras.utils.stages import host_array
from minikeras.visualization.boxes import draw_bounding_boxes
from minikeras.visualization.masks import classes_of, draw_segmentation_masks
from minikeras.visualization.pictures import batch_of, bytes_of, pyplot

_LETTERS_AN_INCH = 13  # that fit above a picture in one line
_PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 1}


def plot_image_gallery(
    images,
    y_true=None,
    y_pred=None,
    label_map=None,
    rows=None,
    cols=None,
    value_range=(0, 255),
    scale=2,
    path=None,
    show=None,
    transparent=True,
    dpi=60,
    legend_handles=None,
    data_format=None,
):
    """Show pictures in rows and columns, or write them to a file.

    Args:
        images: ``(batch, height, width, channels)`` or, channels first,
            ``(batch, channels, height, width)``, with 1, 3 or 4 channels.
        y_true: the labels of the pictures, to stand above them.
        y_pred: the labels that were predicted.
        label_map: a dict from labels to texts; needed with labels.
        rows: the number of rows, by default enough for all pictures.
        cols: the number of columns, by default enough for all pictures.
        value_range: the values that are black and white.
        scale: the side of a picture in inches.
        path: the path of a file to write instead of showing the pictures.
        show: whether to show the pictures; by default unless ``path`` is given.
        transparent: whether the file has no background.
        dpi: the dots per inch of the file.
        legend_handles: what matplotlib is to put into a legend.
        data_format: ``"channels_last"`` or ``"channels_first"``; by default that of the
            configuration.

    Returns:
        The `matplotlib.figure.Figure` if it is neither shown nor written, so that it can be
        changed first; else None.

    Raises:
        ImportError: without matplotlib.
        ValueError: if ``images`` has not four axes, if labels come without ``label_map``, or if
            the pictures are to be both written and shown.
    """
    plt = pyplot("plot_image_gallery")
    if path is not None and show:
        raise ValueError("plot_image_gallery writes a file (path) or shows (show), not both.")
    if label_map is None and not (y_true is None and y_pred is None):
        raise ValueError("plot_image_gallery needs label_map, the texts for y_true and y_pred.")
    images = bytes_of(batch_of(images, data_format, "plot_image_gallery"), value_range)
    rows, cols = _grid(len(images), rows, cols)
    figure, axes = plt.subplots(
        rows,
        cols,
        figsize=(cols * scale, rows * scale),
        layout="constrained",
        squeeze=False,
    )
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
    labels = {"Label": y_true, "Pred": y_pred}
    labels = {name: host_array(y) for name, y in labels.items() if y is not None}
    for i, axis in enumerate(axes.flat):
        axis.axis("off")
        if i < len(images):
            gray = images.shape[-1] == 1
            picture = images[i, :, :, 0] if gray else images[i]
            axis.imshow(picture, cmap="gray" if gray else None, vmin=0, vmax=255)
            titles = [
                f"{name}: {label_map.get(y[i].item(), 'Unknown')}"
                for name, y in labels.items()
                if i < len(y)
            ]
            if titles:
                is_long = sum(map(len, titles)) > _LETTERS_AN_INCH * scale
                # Black on white, as the page behind a file without background may be dark.
                axis.set_title(("\n" if is_long else "  ").join(titles), fontsize=8, bbox=_PAPER)
    if legend_handles is not None:
        figure.legend(
            handles=legend_handles,
            loc="outside lower center",
            ncols=len(legend_handles),
            borderaxespad=0,
        )
    if path is not None:
        pad = 0.03 if labels else 0  # inches; letters reach over what is measured of them
        figure.savefig(path, bbox_inches="tight", pad_inches=pad, transparent=transparent, dpi=dpi)
    elif show or show is None:
        plt.show()
    else:
        return figure
    plt.close(figure)
    return None


def _grid(count, rows, cols):
    """Rows and columns for so many pictures: about as many of both, unless stated."""
    if rows is None:
        rows = math.ceil(math.sqrt(count)) if cols is None else math.ceil(count / cols)
    rows = max(1, rows)
    return rows, max(1, math.ceil(count / rows) if cols is None else cols)


def plot_bounding_box_gallery(
    images,
    bounding_box_format,
    y_true=None,
    y_pred=None,
    value_range=(0, 255),
    true_color=(0, 188, 212),
    pred_color=(255, 235, 59),
    line_thickness=2,
    font_scale=1.0,
    text_thickness=None,
    class_mapping=None,
    ground_truth_mapping=None,
    prediction_mapping=None,
    legend=False,
    legend_handles=None,
    rows=None,
    cols=None,
    data_format=None,
    **kwargs,
):
    """Show pictures with the boxes that are in them and those that were predicted.

    Args:
        images: as for `plot_image_gallery`.
        bounding_box_format: as for `keras.utils.bounding_boxes.convert_format`.
        y_true, y_pred: dicts as for `draw_bounding_boxes`.
        value_range: the values of ``images`` that are black and white.
        true_color, pred_color: the colors of the boxes.
        line_thickness: about how many pixels lines are wide.
        font_scale: the size of texts.
        text_thickness: how heavy texts are, by default ``line_thickness``.
        class_mapping: a dict from labels to texts.
        ground_truth_mapping, prediction_mapping: dicts for the boxes of one kind, in place of
            ``class_mapping``.
        legend: whether to tell the meaning of the colors.
        legend_handles: a legend of one's own.
        rows, cols: the numbers of rows and columns.
        data_format: ``"channels_last"`` or ``"channels_first"``; by default that of the
            configuration.
        **kwargs: further arguments of `plot_image_gallery`.

    Returns:
        What `plot_image_gallery` returns.

    Raises:
        ImportError: without matplotlib, or without Pillow where texts are to be drawn.
        ValueError: if a legend is both asked for and given, or an argument does not fit.
    """
    pyplot("plot_bounding_box_gallery")
    if legend and legend_handles:
        raise ValueError("plot_bounding_box_gallery takes legend or legend_handles, not both.")
    drawn = bytes_of(batch_of(images, data_format, "plot_bounding_box_gallery"), value_range)
    for boxes, color, mapping in (
        (y_true, true_color, ground_truth_mapping),
        (y_pred, pred_color, prediction_mapping),
    ):
        if boxes is not None:
            drawn = draw_bounding_boxes(
                drawn,
                boxes,
                bounding_box_format,
                class_mapping=mapping or class_mapping,
                color=color,
                line_thickness=line_thickness,
                text_thickness=text_thickness,
                font_scale=font_scale,
                data_format="channels_last",
            )
    if legend:
        legend_handles = _legend({"Ground Truth": true_color, "Prediction": pred_color})
    return plot_image_gallery(
        drawn,
        legend_handles=legend_handles,
        rows=rows,
        cols=cols,
        data_format="channels_last",
        **kwargs,
    )


def _legend(colors):
    from matplotlib.patches import Patch

    return [Patch(color=np.array(c) / 255, label=name) for name, c in colors.items()]


def plot_segmentation_mask_gallery(
    images,
    num_classes,
    value_range=(0, 255),
    y_true=None,
    y_pred=None,
    color_mapping=None,
    blend=True,
    alpha=0.8,
    ignore_index=-1,
    data_format=None,
    **kwargs,
):
    """Show pictures, each beside itself with the classes of its pixels and those predicted.

    Args:
        images: as for `plot_image_gallery`, with 3 channels.
        num_classes: classes from this on are not colored; None to color all.
        value_range: the values of ``images`` that are black and white.
        y_true, y_pred: classes as for `draw_segmentation_masks`; floats are cut to integers.
        color_mapping: a dict from classes to colors.
        blend: whether the pictures show through.
        alpha: how much the colors cover the pictures, from 0 to 1.
        ignore_index: a class that is not colored.
        data_format: ``"channels_last"`` or ``"channels_first"``; by default that of the
            configuration.
        **kwargs: further arguments of `plot_image_gallery`, but not ``rows`` and ``cols``: there is
            a row for each picture.

    Returns:
        What `plot_image_gallery` returns.

    Raises:
        ImportError: without matplotlib.
        ValueError: if the shapes do not fit.
    """
    plain = bytes_of(batch_of(images, data_format, "plot_segmentation_mask_gallery"), value_range)
    columns = [plain]
    for masks in (y_true, y_pred):
        if masks is not None:
            masks = host_array(masks).astype("int32")
            columns.append(
                draw_segmentation_masks(
                    plain,
                    classes_of(masks, plain.shape, data_format),
                    num_classes=num_classes,
                    color_mapping=color_mapping,
                    alpha=alpha,
                    blend=blend,
                    ignore_index=ignore_index,
                    data_format="channels_last",
                )
            )
    pictures = np.stack(columns, axis=1).reshape(-1, *plain.shape[1:])
    return plot_image_gallery(
        pictures, rows=len(plain), cols=len(columns), data_format="channels_last", **kwargs
    )
