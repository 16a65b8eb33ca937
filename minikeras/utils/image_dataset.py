"""image_dataset_from_directory: batches of pictures from the files in a folder."""

import functools
import os

import numpy as np

from minikeras import config
from minikeras.utils import resampling
from minikeras.utils.directories import check_format, datasets_of_files
from minikeras.utils.images import COLOR_MODES, in_color_mode, pillow

_ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
# What Pillow calls gray pictures of more than 8 bits: files of these formats have 16.
_DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N")


def image_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    color_mode="rgb",
    batch_size=32,
    image_size=(256, 256),
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    interpolation="bilinear",
    follow_links=False,
    crop_to_aspect_ratio=False,
    pad_to_aspect_ratio=False,
    data_format=None,
    format="tf",
    verbose=True,
):
    """A data set of the pictures in a folder, which holds a folder for each class.

    Files ending in ``.bmp``, ``.gif`` (of which the first picture counts), ``.jpeg``, ``.jpg`` and
    ``.png`` are read by Pillow, batch by batch, by threads ahead of time.

    Args:
        directory: the path of the folder.
        labels: ``"inferred"`` for classes by the names of the folders in it; a list with one
            integer per file in the order of their paths; None for pictures without labels.
        label_mode: ``"int"`` for int32 labels of shape ``(batch,)``; ``"categorical"`` for one-hot
            rows; ``"binary"`` for float32 zeros and ones of shape ``(batch, 1)``; None for no
            labels.
        class_names: names of folders, in the order of their classes; by default all, sorted.
        color_mode: ``"grayscale"``, ``"rgb"`` or ``"rgba"``.
        batch_size: pictures in a batch, or None for single pictures.
        image_size: ``(height, width)`` to which pictures are resized, or an integer for both.
        shuffle: whether the order is random; otherwise it is that of the paths.
        seed: an integer that decides the order, and which files are for validation.
        validation_split: the part of the files kept for validation, between 0 and 1.
        subset: with a split, ``"training"``, ``"validation"`` or ``"both"``.
        interpolation: ``"bilinear"``, ``"nearest"``, ``"bicubic"``, ``"area"``, ``"lanczos3"``,
            ``"lanczos5"``, ``"gaussian"`` or ``"mitchellcubic"``, never smoothing.
        follow_links: whether links to folders are followed.
        crop_to_aspect_ratio: whether the largest part in the middle with the proportions of
            ``image_size`` is taken, rather than the whole picture distorted.
        pad_to_aspect_ratio: whether the picture keeps its proportions and gets zeros around it.
        data_format: ``"channels_last"`` or ``"channels_first"``; by default that of the
            configuration.
        format: ``"tf"``: a new order in each pass, pictures in float32 (uint8 for
            ``interpolation="nearest"``), resized before zeros are added.
            ``"grain"``: the same order in each pass, all in float32, zeros added before resizing.
        verbose: whether to show how many files there are.

    Returns:
        A `keras.utils.PyDataset` of ``(pictures, labels)`` or of pictures of shape
        ``(batch, *image_size, channels)``, with values from 0 to 255; a list of two for
        ``subset="both"``. It has the attributes ``class_names`` and ``file_paths``, and the methods
        of `minikeras.utils.dataset.Dataset`. The files in ``file_paths``, so those for validation
        as well, are the ones that Keras takes for the same seed; from there on each pass of a
        shuffled data set has an order of its own over all files, which is not that of TensorFlow.

    Raises:
        ImportError: without Pillow.
        ValueError: if there are no such files, or an argument has a value that is not listed.

    >>> import os, tempfile
    >>> import minikeras as keras
    >>> folder = tempfile.mkdtemp()
    >>> for name in ("cats", "dogs"):
    ...     os.mkdir(os.path.join(folder, name))
    ...     path = os.path.join(folder, name, "1.png")
    ...     keras.utils.save_img(path, keras.ops.ones((6, 8, 3)))
    >>> data = keras.utils.image_dataset_from_directory(folder, image_size=(4, 4), shuffle=False)
    Found 2 files belonging to 2 classes.
    >>> data.class_names, [(x.shape, y.tolist()) for x, y in data]
    (['cats', 'dogs'], [((2, 4, 4, 3), [0, 1])])
    """
    pillow("image_dataset_from_directory")
    if color_mode not in COLOR_MODES:
        raise ValueError(
            f"color_mode must be one of {tuple(COLOR_MODES)}. Received: {color_mode!r}"
        )
    interpolation = str(interpolation).lower()
    if interpolation not in resampling.METHODS:
        raise ValueError(
            f"interpolation must be one of {resampling.METHODS}. Received: {interpolation!r}"
        )
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError("Only one of crop_to_aspect_ratio and pad_to_aspect_ratio is possible")
    check_format(format)
    fit = "crop" if crop_to_aspect_ratio else "pad" if pad_to_aspect_ratio else "stretch"
    read = functools.partial(
        read_image,
        size=_two_sides(image_size),
        color_mode=color_mode,
        interpolation=interpolation,
        fit=fit,
        is_channels_first=config.standardize_data_format(data_format) == "channels_first",
        format=format,
    )
    return datasets_of_files(
        directory,
        _ENDINGS,
        read,
        kind="image",
        options=dict(
            labels=labels,
            label_mode=label_mode,
            class_names=class_names,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            validation_split=validation_split,
            subset=subset,
            follow_links=follow_links,
            verbose=verbose,
        ),
        read_anew=format == "tf",
    )


def _two_sides(size):
    if hasattr(size, "__index__"):
        size = (size, size)
    if (
        not isinstance(size, (list, tuple))
        or len(size) != 2
        or not all(hasattr(side, "__index__") and side > 0 for side in size)
    ):
        raise ValueError(
            f"image_size must be (height, width) with integers of at least 1. Received: {size!r}"
        )
    return tuple(map(int, size))


def read_image(path, size, color_mode, interpolation, fit, is_channels_first, format):
    """The picture in a file, resized: see `image_dataset_from_directory`."""
    pixels = _pixels(path, color_mode)
    if fit == "crop":
        pixels = resampling.cropped(pixels, size)
    if fit != "pad":
        picture = resampling.resized(pixels, size, interpolation)
    elif format == "tf":
        picture = resampling.resized_with_borders(pixels, size, interpolation)
    else:
        picture = resampling.resized(resampling.bordered(pixels, size), size, interpolation)
    if interpolation == "nearest" and format == "tf":
        picture = picture.astype("uint8")
    return picture.transpose(2, 0, 1) if is_channels_first else picture


def _pixels(path, color_mode):
    image = pillow("image_dataset_from_directory")
    try:
        with image.open(path) as img:
            if img.mode in _DEEP:
                img = image.fromarray((np.asarray(img) >> 8).astype("uint8"))
            pixels = np.asarray(in_color_mode(img, color_mode))
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"{os.fspath(path)!r} cannot be read as a picture: {error}") from error
    return pixels[:, :, None] if pixels.ndim == 2 else pixels
