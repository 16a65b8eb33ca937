"""Endless batches of pictures from files that a table of pandas names."""

import os
import warnings

import numpy as np

from minikeras import config
from minikeras.console import show
from minikeras.legacy.preprocessing.files import FileIterator

# Of these the targets are classes.
_BY_CLASS = ("binary", "categorical", "sparse")


class DataFrameIterator(FileIterator):
    """Batches of pictures from files; `ImageDataGenerator.flow_from_dataframe` makes them.

    Args:
        dataframe: a pandas DataFrame, one row for each picture.
        directory: the folder of the files; None where their names are whole paths.
        image_data_generator: an `ImageDataGenerator`, or None to leave pictures as they are.
        batch_size, shuffle, seed: as of `Iterator`.
        data_format: ``"channels_last"`` or ``"channels_first"``; by default that of the
            configuration.
        dtype: of the pictures, by default floatx.
        x_col, y_col, weight_col, target_size, color_mode, classes, class_mode, save_to_dir,
            save_prefix, save_format, subset, interpolation, validate_filenames,
            keep_aspect_ratio: as of `ImageDataGenerator.flow_from_dataframe`.

    Attributes:
        samples: the number of pictures.
        class_indices: the number of each class by its name, where targets are classes.
        classes: the number of the class of each picture, or the list of them.
        filenames: the names of the files.

    Raises:
        TypeError: if a column holds other things than its use asks for.
        ValueError: for an unknown ``class_mode``, or if ``"binary"`` meets more or fewer than two
            classes.
    """

    allowed_class_modes = {"binary", "categorical", "input", "multi_output", "raw", "sparse", None}

    def __init__(
        self,
        dataframe,
        directory=None,
        image_data_generator=None,
        x_col="filename",
        y_col="class",
        weight_col=None,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        data_format=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        interpolation="nearest",
        dtype=None,
        validate_filenames=True,
        keep_aspect_ratio=False,
    ):
        self.set_processing_attrs(
            image_data_generator, target_size, color_mode, data_format, save_to_dir, save_prefix,
            save_format, subset, interpolation, keep_aspect_ratio,
        )  # fmt: skip
        self._check_class_mode(class_mode)
        self.directory = directory or ""
        self.class_mode = class_mode
        self.dtype = dtype or config.floatx()
        _check_columns(dataframe, x_col, y_col, weight_col, class_mode)
        if classes and class_mode not in _BY_CLASS:
            warnings.warn(
                f"classes={classes!r} says nothing for class_mode={class_mode!r}",
                UserWarning,
                stacklevel=4,
            )
        if class_mode == "binary":
            _check_two(classes or set(dataframe[y_col]))
        frame = self._with_files(dataframe, x_col) if validate_filenames else dataframe
        self.class_indices = {}
        if class_mode in _BY_CLASS:
            frame, names = self._of_classes(frame, y_col, classes)
            self.class_indices = {name: number for number, name in enumerate(names)}
        frame = frame.iloc[self._part(range(len(frame)))]
        if class_mode in _BY_CLASS:
            self.classes = self.get_classes(frame, y_col)
        elif class_mode == "multi_output":
            self._targets = [np.array(frame[column].tolist()) for column in y_col]
        elif class_mode == "raw":
            self._targets = frame[y_col].to_numpy()
        self.filenames = frame[x_col].tolist()
        self.filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        self.sample_weight = frame[weight_col].to_numpy() if weight_col else None
        self.samples = len(self.filenames)
        kind = "validated" if validate_filenames else "non-validated"
        ending = f" belonging to {len(self.class_indices)} classes" * (class_mode in _BY_CLASS)
        show(f"Found {self.samples} {kind} image filenames{ending}.")
        super().__init__(self.samples, batch_size, shuffle, seed)

    @property
    def labels(self):
        """The targets: values for ``"raw"`` and ``"multi_output"``, else numbers of classes."""
        return self._targets if self.class_mode in ("multi_output", "raw") else self.classes

    def get_classes(self, df, y_col):
        """The numbers of the classes that a table names.

        Args:
            df: a pandas DataFrame.
            y_col: the column of the names, or of lists of them.

        Returns:
            A list with a number, or a list of numbers, for each row.
        """
        number = self.class_indices
        return [
            [number[name] for name in names] if _are_several(names) else number[names]
            for names in df[y_col]
        ]

    def _with_files(self, frame, x_col):
        """The rows whose file is there and has the ending of a picture."""
        paths = [os.path.join(self.directory, name) for name in frame[x_col]]
        is_there = np.array(
            [p.lower().endswith(self.white_list_formats) and os.path.isfile(p) for p in paths], bool
        )
        if not is_there.all():
            warnings.warn(
                f"{(~is_there).sum()} names in the column {x_col!r} are left out, for they are no "
                f"pictures, for instance {paths[int(np.argmin(is_there))]!r}",
                UserWarning,
                stacklevel=5,
            )
        return frame[is_there]

    def _of_classes(self, frame, y_col, classes):
        """The rows that have a class, and the names of the classes in order."""
        if not classes:
            names = set()
            for value in frame[y_col]:
                names.update(value if _are_several(value) else [value])
            return frame, sorted(names)
        names = list(dict.fromkeys(classes))
        kept = [
            [name for name in value if name in names] if _are_several(value) else value
            for value in frame[y_col]
        ]
        is_kept = np.array([bool(v) if _are_several(v) else v in names for v in kept], bool)
        frame = frame[is_kept].copy()
        frame[y_col] = [value for value, keep in zip(kept, is_kept) if keep]
        return frame, names

    def _targets_of(self, index_array, pictures):
        if self.class_mode == "multi_output":
            return [targets[index_array] for targets in self._targets]
        if self.class_mode == "raw":
            return self._targets[index_array]
        return super()._targets_of(index_array, pictures)


def _are_several(value):
    return isinstance(value, (list, tuple))


def _check_columns(frame, x_col, y_col, weight_col, class_mode):
    if class_mode == "multi_output" and not isinstance(y_col, list):
        raise TypeError(
            f"class_mode='multi_output' needs a list of columns y_col. Received: {y_col!r}"
        )
    _check_type(frame, x_col, str, "the names of files")
    if class_mode in ("binary", "sparse"):
        _check_type(frame, y_col, str, f"class_mode={class_mode!r}")
    elif class_mode == "categorical":
        _check_type(frame, y_col, (str, list, tuple), f"class_mode={class_mode!r}")
    if weight_col and frame[weight_col].dtype.kind not in "iufb":
        raise TypeError(
            f"The column {weight_col!r} of sample weights must hold numbers. Received dtype: "
            f"{frame[weight_col].dtype}"
        )


def _check_two(classes):
    if len(set(classes)) != 2:
        raise ValueError(f"class_mode='binary' needs two classes. Received: {sorted(set(classes))}")


def _check_type(frame, column, kinds, use):
    odd = [value for value in frame[column] if not isinstance(value, kinds)]
    if odd:
        names = " or ".join(k.__name__ for k in (kinds if _are_several(kinds) else (kinds,)))
        raise TypeError(
            f"The column {column!r} must hold values of type {names} for {use}. Received: "
            f"{odd[0]!r} of type {type(odd[0]).__name__}"
        )
