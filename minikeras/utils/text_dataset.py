"""text_dataset_from_directory: batches of texts from the files in a folder."""

import functools

from minikeras.utils.dataset import positive
from minikeras.utils.directories import check_format, datasets_of_files
from minikeras.utils.stages import object_array


def text_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    batch_size=32,
    max_length=None,
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    follow_links=False,
    format="tf",
    verbose=True,
):
    """A data set of the text files in a folder, which holds a folder for each class.

    Files ending in ``.txt`` are read, batch by batch, ahead of time.

    Args:
        directory: the path of the folder.
        labels: ``"inferred"`` for classes by the names of the folders in it; a list with one
            integer per file in the order of their paths; None for texts without labels.
        label_mode: ``"int"`` for int32 labels of shape ``(batch,)``; ``"categorical"`` for one-hot
            rows; ``"binary"`` for float32 zeros and ones of shape ``(batch, 1)``; None for no
            labels.
        class_names: names of folders, in the order of their classes; by default all, sorted.
        batch_size: texts in a batch, or None for single texts.
        max_length: how much of a text is kept at most: bytes (characters for ``format="grain"``).
        shuffle: whether the order is random; otherwise it is that of the paths.
        seed: an integer that decides the order, and which files are for validation.
        validation_split: the part of the files kept for validation, between 0 and 1.
        subset: with a split, ``"training"``, ``"validation"`` or ``"both"``.
        follow_links: whether links to folders are followed.
        format: ``"tf"``: a new order in each pass, texts as arrays of bytes (of Python objects).
            ``"grain"``: the same order in each pass, texts as lists of strings.
        verbose: whether to show how many files there are.

    Returns:
        A `keras.utils.PyDataset` of ``(texts, labels)`` or of texts; a list of two for
        ``subset="both"``. It has the attributes ``class_names`` and ``file_paths`` and the order
        that `keras.utils.image_dataset_from_directory` describes.

    Raises:
        ValueError: if there are no such files, or an argument has a value that is not listed.

    >>> import os, tempfile
    >>> import minikeras as keras
    >>> folder = tempfile.mkdtemp()
    >>> for name, text in (("bad", "dull"), ("good", "a joy")):
    ...     os.mkdir(os.path.join(folder, name))
    ...     with open(os.path.join(folder, name, "1.txt"), "w") as file:
    ...         _ = file.write(text)
    >>> data = keras.utils.text_dataset_from_directory(folder, shuffle=False)
    Found 2 files belonging to 2 classes.
    >>> [(x.tolist(), y.tolist()) for x, y in data]
    [([b'dull', b'a joy'], [0, 1])]
    """
    check_format(format)
    if max_length is not None:
        positive(max_length, "max_length")
    is_bytes = format == "tf"
    return datasets_of_files(
        directory,
        (".txt",),
        functools.partial(_bytes_in if is_bytes else _text_in, length=max_length),
        kind="text",
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
        join=object_array if is_bytes else list,
        read_anew=is_bytes,
    )


def _bytes_in(path, length):
    with open(path, "rb") as file:
        return file.read(-1 if length is None else length)


def _text_in(path, length):
    with open(path, encoding="utf-8") as file:
        return file.read(-1 if length is None else length)
