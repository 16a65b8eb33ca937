"""Files in folders as labelled samples: what the functions `*_dataset_from_directory` share."""

import os

import numpy as np

from minikeras.console import show
from minikeras.utils.dataset import Dataset, default_workers, positive
from minikeras.utils.stages import Batched, Samples

LABEL_MODES = ("int", "categorical", "binary", None)
SUBSETS = ("training", "validation", "both", None)
FORMATS = ("tf", "grain")


class FileSource:
    """Samples that are files, read when they are due, with their labels.

    Args:
        paths: the paths of the files.
        labels: one label per file as an array, in the form in which they are handed out, or None.
        read: a function of a path that gives the sample in it.
        join: a function of a list of samples that makes a batch of them.
    """

    def __init__(self, paths, labels, read, join=np.stack):
        self.paths = paths
        self.labels = labels
        self._read = read
        self._join = join

    def __len__(self):
        return len(self.paths)

    def sample(self, index):
        """The sample of one file, with its label if there are labels."""
        x = self._read(self.paths[index])
        return x if self.labels is None else (x, self.labels[index])

    def batch(self, indices):
        """The samples of several files as one batch."""
        x = self._join([self._read(self.paths[index]) for index in indices])
        return x if self.labels is None else (x, self.labels[indices])


def datasets_of_files(directory, formats, read, *, kind, options, join=np.stack, read_anew=True):
    """The data set, or the two, that a function `*_dataset_from_directory` returns.

    Args:
        directory: the folder.
        formats: the endings of the files that count, in small letters.
        read: a function of a path that gives the sample in it.
        kind: what the files are called in messages.
        options: the arguments that all these functions have, by name: ``labels, label_mode,
            class_names, batch_size, shuffle, seed, validation_split, subset, follow_links,
            verbose``.
        join: a function of a list of samples that makes a batch of them.
        read_anew: whether each pass has an order of its own where samples are shuffled.

    Returns:
        A `Dataset`, or a list of two for ``subset="both"``.
    """
    labels, label_mode = options["labels"], options["label_mode"]
    shuffle, seed, verbose = options["shuffle"], options["seed"], options["verbose"]
    split, subset = options["validation_split"], options["subset"]
    batch_size = options["batch_size"]
    if batch_size is not None:
        positive(batch_size)
    _check_labels(labels, label_mode, options["class_names"], kind)
    _check_split(split, subset, shuffle, seed)
    if label_mode is None:
        labels = None
    if seed is None:
        seed = int(np.random.randint(10**6))
    paths, labels, class_names = index_directory(
        directory, labels, formats, options["class_names"], options["follow_links"], verbose
    )
    if labels is not None and label_mode == "binary" and len(class_names) != 2:
        raise ValueError(
            f"label_mode='binary' needs exactly 2 classes. Received: {len(class_names)} classes, "
            f"{class_names}"
        )
    if shuffle:
        order = np.random.RandomState(seed).permutation(len(paths))
        paths = [paths[place] for place in order]
        labels = None if labels is None else labels[order]
    if labels is not None:
        labels = encoded_labels(labels, label_mode, len(class_names))

    def dataset(part, name, is_shuffled):
        if not paths[part]:
            raise ValueError(
                f"No {name}{kind} files found in directory {os.fspath(directory)!r}. Counted are "
                f"names that end in {', '.join(formats)}"
                + (f"; validation_split={split} of {len(paths)} files" if split else "")
            )
        source = FileSource(paths[part], None if labels is None else labels[part], read, join)
        stage = Samples(source, seed if is_shuffled else None, read_anew)
        if batch_size is not None:
            stage = Batched(stage, int(batch_size))
        workers = default_workers()
        made = Dataset(stage, workers=workers, max_queue_size=workers + 2)
        made.class_names = class_names
        made.file_paths = source.paths
        return made

    if not split:
        return dataset(slice(None), "", shuffle)
    number = int(split * len(paths))
    parts = slice(0, len(paths) - number), slice(len(paths) - number, None)
    sizes = {"training": len(paths) - number, "validation": number}
    for name in sizes if subset == "both" else (subset,):
        if verbose:
            show(f"Using {sizes[name]} files for {name}.")
    if subset == "both":
        return [dataset(parts[0], "training ", shuffle), dataset(parts[1], "validation ", False)]
    return dataset(parts[subset == "validation"], f"{subset} ", shuffle)


def _check_labels(labels, label_mode, class_names, kind):
    is_inferred = isinstance(labels, str) and labels == "inferred"
    if not (labels is None or is_inferred or isinstance(labels, (list, tuple, np.ndarray))):
        raise ValueError(
            "labels must be 'inferred' (from the names of the folders), None, or a list with an "
            f"integer for each {kind} file. Received: {labels!r}"
        )
    if class_names is not None and not isinstance(labels, str):
        raise ValueError(
            "class_names chooses and orders folders, which needs labels='inferred'. Received: "
            f"labels={labels!r}, class_names={class_names!r}"
        )
    if label_mode not in LABEL_MODES:
        raise ValueError(f"label_mode must be one of {LABEL_MODES}. Received: {label_mode!r}")


def _check_split(split, subset, shuffle, seed):
    if split and not 0 < split < 1:
        raise ValueError(f"validation_split must lie between 0 and 1. Received: {split!r}")
    if subset not in SUBSETS:
        raise ValueError(f"subset must be one of {SUBSETS}. Received: {subset!r}")
    if bool(split) != bool(subset):
        raise ValueError(
            "validation_split and subset go together: one says how much, the other which part. "
            f"Received: validation_split={split!r}, subset={subset!r}"
        )
    if split and shuffle and seed is None:
        raise ValueError(
            "validation_split with shuffle=True needs a seed: without it the training and the "
            "validation part would be drawn from different orders and share files."
        )


def check_format(format):
    """Refuse what is no kind of data set that Keras knows."""
    if format not in FORMATS:
        raise ValueError(f"format must be one of {FORMATS}. Received: {format!r}")


def index_directory(directory, labels, formats, class_names=None, follow_links=False, verbose=True):
    """The files in a folder, their labels, and the names of the classes.

    Args:
        directory: the folder.
        labels: ``"inferred"`` for the names of its folders, None, or one label per file in the
            order of the paths.
        formats: the endings of the files that count, in small letters.
        class_names: the folders that count, in the order of their classes; None for all of them in
            the order of their names.
        follow_links: whether links to folders are followed.
        verbose: whether to show how many files there are.

    Returns:
        A tuple of the paths (a list), the labels (an array or None) and the names of the classes
        (a list or None).
    """
    directory = os.fspath(directory)
    formats = tuple(formats)
    if isinstance(labels, str):
        folders = sorted(
            name
            for name in os.listdir(directory)
            if not name.startswith(".") and os.path.isdir(os.path.join(directory, name))
        )
        if class_names is not None:
            if not set(class_names) <= set(folders):
                raise ValueError(
                    f"class_names must be names of folders in {directory!r}: {folders}. "
                    f"Received: {class_names!r}"
                )
            folders = list(class_names)
        found = [_files(os.path.join(directory, f), formats, follow_links) for f in folders]
        paths = [path for part in found for path in part]
        labels = np.repeat(np.arange(len(folders), dtype="int32"), [len(part) for part in found])
        class_names = folders
    else:
        paths = _files(directory, formats, follow_links)
        if labels is not None:
            if len(labels) != len(paths):
                raise ValueError(
                    f"labels must hold one label for each file. Received: {len(labels)} labels for "
                    f"{len(paths)} files in {directory!r}"
                )
            class_names = [str(label) for label in sorted(set(labels))]
            labels = np.asarray(labels)
    if verbose:
        classes = "" if labels is None else f" belonging to {len(class_names)} classes"
        show(f"Found {len(paths)} files{classes}.")
    return paths, labels, class_names


def _files(folder, formats, follow_links):
    """The paths of files in a folder and the folders in it, folder by folder in order of names."""
    walked = sorted(os.walk(folder, followlinks=follow_links), key=lambda entry: entry[0])
    return [
        os.path.join(root, name)
        for root, _, names in walked
        for name in sorted(names)
        if name.lower().endswith(formats)
    ]


def encoded_labels(labels, label_mode, number_of_classes):
    """Labels as they are handed out.

    Args:
        labels: an array of numbers, one per sample.
        label_mode: ``"int"``: as they are, integers as int32; ``"binary"``: float32 of shape
            ``(samples, 1)``; ``"categorical"``: one-hot rows in float32, of zeros for labels that
            are no classes.
        number_of_classes: the length of one-hot rows.

    >>> encoded_labels(np.array([0, 2]), "categorical", 3).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if label_mode == "binary":
        return labels.astype("float32")[:, None]
    if label_mode == "categorical":
        return (labels[:, None] == np.arange(number_of_classes)).astype("float32")
    narrow = {"int64": "int32", "float64": "float32"}
    return labels.astype(narrow.get(labels.dtype.name, labels.dtype), copy=False)
