"""Endless batches of pictures from files, of which each class has a folder."""

import os
import warnings

import numpy as np

from minikeras import config
from minikeras.console import show
from minikeras.legacy.arguments.functions import of_old
from minikeras.legacy.preprocessing.iterators import FORMATS, SUBSETS, Iterator
from minikeras.utils import images


class FileIterator(Iterator):
    """Batches of pictures from files. Subclasses say which, and what their targets are.

    Attributes:
        filepaths: the paths of the files.
        labels: their targets.
        sample_weight: their weights, or None.
    """

    filepaths = labels = ()
    sample_weight = None

    def set_processing_attrs(
        self,
        image_data_generator,
        target_size,
        color_mode,
        data_format,
        save_to_dir,
        save_prefix,
        save_format,
        subset,
        interpolation,
        keep_aspect_ratio=False,
    ):
        """Take the settings that all kinds of files share; see `ImageDataGenerator`.

        Raises:
            ValueError: for an unknown color mode or subset.
        """
        if color_mode not in images.COLOR_MODES:
            raise ValueError(
                f"color_mode must be one of {tuple(images.COLOR_MODES)}. Received: {color_mode!r}"
            )
        if subset not in (None, *SUBSETS):
            raise ValueError(f"subset must be None or one of {SUBSETS}. Received: {subset!r}")
        self.image_data_generator = image_data_generator
        self.target_size = tuple(target_size)
        self.color_mode = color_mode
        self.data_format = config.standardize_data_format(data_format)
        channels = (images.COLOR_MODES[color_mode],)
        is_last = self.data_format == "channels_last"
        self.image_shape = self.target_size + channels if is_last else channels + self.target_size
        self.save_to_dir = save_to_dir
        self.save_prefix = save_prefix
        self.save_format = save_format
        self.interpolation = interpolation
        self.keep_aspect_ratio = keep_aspect_ratio
        self.subset = subset
        self.split = None
        if subset is not None:
            share = image_data_generator._validation_split
            self.split = (0, share) if subset == "validation" else (share, 1)

    def _check_class_mode(self, class_mode):
        if class_mode not in self.allowed_class_modes:
            allowed = sorted(map(str, self.allowed_class_modes))
            raise ValueError(f"class_mode must be one of {allowed}. Received: {class_mode!r}")

    def _part(self, samples):
        """Those of a list of samples that the subset has."""
        if self.split is None:
            return samples
        start, stop = (int(share * len(samples)) for share in self.split)
        return samples[start:stop]

    @property
    def dim_ordering(self):
        """The data format in the words of Keras 1: ``"tf"`` or ``"th"``."""
        return "tf" if self.data_format == "channels_last" else "th"

    @property
    def nb_sample(self):
        """The number of pictures, by its name in Keras 1."""
        return self.samples

    @property
    def nb_class(self):
        """The number of classes, by its name in Keras 1."""
        return len(self.class_indices)

    def _picture(self, path):
        img = images.load_img(
            path,
            color_mode=self.color_mode,
            target_size=self.target_size,
            interpolation=self.interpolation,
            keep_aspect_ratio=self.keep_aspect_ratio,
        )
        picture = images.img_to_array(img, data_format=self.data_format)
        generator = self.image_data_generator
        if generator is None:
            return picture
        return generator.standardize(generator.random_transform(picture))

    def _get_batches_of_transformed_samples(self, index_array):
        pictures = np.zeros((len(index_array), *self.image_shape), dtype=self.dtype)
        for i, index in enumerate(index_array):
            pictures[i] = self._picture(self.filepaths[index])
        self._save(pictures, index_array, 10_000_000)
        if self.class_mode is None:
            return pictures
        batch = pictures, self._targets_of(index_array, pictures)
        return batch if self.sample_weight is None else (*batch, self.sample_weight[index_array])

    def _targets_of(self, index_array, pictures):
        if self.class_mode == "input":
            return pictures.copy()
        if self.class_mode in ("binary", "sparse"):
            return np.array([self.classes[i] for i in index_array], dtype=self.dtype)
        targets = np.zeros((len(index_array), len(self.class_indices)), dtype=self.dtype)
        for row, index in zip(targets, index_array):
            row[self.classes[index]] = 1.0
        return targets


class DirectoryIterator(FileIterator):
    """Batches of pictures from folders; `ImageDataGenerator.flow_from_directory` makes them.

    Args:
        directory: the folder that holds one for each class.
        image_data_generator: an `ImageDataGenerator`, or None to leave pictures as they are.
        batch_size, shuffle, seed: as of `Iterator`.
        data_format: ``"channels_last"`` or ``"channels_first"``; by default that of the
            configuration.
        dtype: of the pictures, by default floatx.
        target_size, color_mode, classes, class_mode, save_to_dir, save_prefix, save_format,
            follow_links, subset, interpolation, keep_aspect_ratio: as of
            `ImageDataGenerator.flow_from_directory`.

    Attributes:
        samples: the number of pictures.
        num_classes: the number of classes.
        class_indices: the number of each class by its name.
        classes: the number of the class of each picture.
        filenames: the path of each picture below the folder.
    """

    allowed_class_modes = {"categorical", "binary", "sparse", "input", None}

    @of_old(
        "self directory image_data_generator target_size color_mode dim_ordering classes "
        "class_mode batch_size shuffle seed save_to_dir save_prefix save_format follow_links",
        {"dim_ordering": "data_format"},
        {"save_format": "jpeg"},
    )
    def __init__(
        self,
        directory,
        image_data_generator,
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
        follow_links=False,
        subset=None,
        interpolation="nearest",
        dtype=None,
        keep_aspect_ratio=False,
    ):
        self.set_processing_attrs(
            image_data_generator, target_size, color_mode, data_format, save_to_dir, save_prefix,
            save_format, subset, interpolation, keep_aspect_ratio,
        )  # fmt: skip
        self._check_class_mode(class_mode)
        self.directory = directory
        self.class_mode = class_mode
        self.dtype = dtype or config.floatx()
        names = list(classes or _folders(directory))
        self.num_classes = len(names)
        self.class_indices = {name: number for number, name in enumerate(names)}
        self.filenames, numbers = [], []
        for number, name in enumerate(names):
            found = self._part(_pictures(directory, name, follow_links))
            self.filenames += found
            numbers += [number] * len(found)
        self.samples = len(self.filenames)
        self.classes = np.array(numbers, dtype="int32")
        self.filepaths = [os.path.join(directory, name) for name in self.filenames]
        show(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        super().__init__(self.samples, batch_size, shuffle, seed)

    @property
    def labels(self):
        """The number of the class of each picture."""
        return self.classes


def _folders(directory):
    names = sorted(os.listdir(directory))
    return [name for name in names if os.path.isdir(os.path.join(directory, name))]


def _pictures(directory, name, follow_links):
    """The paths, below ``directory``, of all pictures in one of its folders, in order."""
    found = []
    walk = os.walk(os.path.join(directory, name), followlinks=follow_links)
    for folder, _, files in sorted(walk, key=lambda step: step[0]):
        for file in sorted(files):
            if file.lower().endswith(".tiff"):
                warnings.warn(
                    f"TIFF files of several bands are read as if they had three: {file}",
                    UserWarning,
                    stacklevel=5,
                )
            if file.lower().endswith(FORMATS):
                found.append(os.path.relpath(os.path.join(folder, file), directory))
    return found
