"""split_dataset: a data set in two."""

import random

import numpy as np

from minikeras import config, tree
from minikeras.training.data.py_dataset import PyDataset
from minikeras.utils.dataset import Dataset, Rows
from minikeras.utils.stages import Batched, Chosen, Joined, Samples, Stage, Unbatched

_BACKENDS = (None, "numpy", "cupy", *config.FOREIGN_BACKENDS)


def split_dataset(
    dataset, left_size=None, right_size=None, shuffle=False, seed=None, preferred_backend=None
):
    """A data set in two parts, for training and testing say.

    Args:
        dataset: an array; tuples and dicts of arrays of the same length; a list of such arrays,
            which counts as a tuple; a list of numbers; a `keras.utils.PyDataset`; any other
            iterable of samples (a `tf.data.Dataset` without batches); what has a length and
            indices (a torch data set).
        left_size: how many samples are in the left part, an integer, or which part of them, a float
            between 0 and 1. By default those that are not in the right one.
        right_size: the same for the right part, which is taken from the end.
        shuffle: whether samples are put in a random order before.
        seed: an integer that decides that order, the one it gives in Keras.
        preferred_backend: the name of a backend of Keras. There is one kind of data set here, which
            is returned for all of them.

    Returns:
        A tuple of two data sets (`keras.utils.PyDataset` with the methods of
        `minikeras.utils.dataset.Dataset`): of single samples, for which ``batch(32)`` makes
        batches; of batches again if a PyDataset is split, in the size of its first batch. What is
        read from files stays unread until its turn.

    Raises:
        ValueError: if sizes do not fit the data set.
        TypeError: if there is nothing to go through.

    >>> import numpy as np
    >>> import minikeras as keras
    >>> left, right = keras.utils.split_dataset(np.arange(5), left_size=0.6)
    >>> [int(x) for x in left], [x.tolist() for x in right.batch(2)]
    ([0, 1, 2], [[3, 4]])
    """
    if preferred_backend not in _BACKENDS:
        raise ValueError(
            f"preferred_backend must be one of {_BACKENDS}. Received: {preferred_backend!r}"
        )
    if left_size is None and right_size is None:
        raise ValueError("split_dataset needs left_size or right_size. Received neither")
    stage, batch_size = _samples(dataset)
    if not isinstance(stage, Samples):
        promises = list(stage.promises((0,)))
    total = stage.size if isinstance(stage, Samples) else len(promises)
    left_size, right_size = sizes_of_parts(left_size, right_size, total)
    places = list(range(total))
    if shuffle:
        if seed is None:
            seed = random.randrange(10**6)
        random.Random(seed).shuffle(places)
    parts = []
    for chosen in (places[:left_size], places[total - right_size :]):
        if isinstance(stage, Samples):
            part = Samples(Selection(stage.source, stage.order((0,))[chosen]))
        else:
            part = Chosen(promises, chosen)
        part = part if batch_size is None else Batched(part, batch_size)
        made = Dataset(part)
        if isinstance(dataset, PyDataset):
            made.workers, made.max_queue_size = dataset.workers, dataset.max_queue_size
            made.use_multiprocessing = dataset.use_multiprocessing
        if hasattr(dataset, "class_names"):
            made.class_names = dataset.class_names
        parts.append(made)
    return tuple(parts)


class Selection:
    """A source of some of the samples of another.

    Args:
        source: the other source.
        places: the indices of the samples in it.
    """

    def __init__(self, source, places):
        self._source = source
        self._places = places

    def __len__(self):
        return len(self._places)

    def sample(self, index):
        """The sample at one place."""
        return self._source.sample(self._places[index])

    def batch(self, indices):
        """The samples at several places as one batch."""
        return self._source.batch(self._places[indices])


class _Elements(Stage):
    """The elements of any iterable."""

    def __init__(self, iterable):
        self._iterable = iterable

    def promises(self, key):
        """One promise for each element, which is there already."""
        for element in self._iterable:
            yield lambda element=element: element


class _Indexed(Stage):
    """The items of what has a length and indices, such as a data set of torch; each when due."""

    def __init__(self, items):
        self._items = items

    def promises(self, key):
        """One promise for each item."""
        for index in range(len(self._items)):
            yield lambda index=index: self._items[index]


def _samples(dataset):
    """A stage that yields the samples, and the batch size if the data set yields batches."""
    if isinstance(dataset, Dataset):
        stage = dataset._stage
        if isinstance(stage, Batched) and not stage.drop_remainder:
            return stage.stage, stage.batch_size
        size = _batch_size_of(stage)
        return (stage, None) if size is None else (Unbatched(stage), size)
    if isinstance(dataset, PyDataset):
        if dataset.num_batches is None:
            raise ValueError("A data set without end cannot be split")
        batches = list(dataset)
        size = len(tree.flatten(batches[0])[0]) if batches else 1
        return Unbatched(_Elements(batches)), size
    if isinstance(dataset, list) and dataset and isinstance(dataset[0], np.ndarray):
        dataset = tuple(dataset)
    if isinstance(dataset, (list, tuple, dict)) or hasattr(dataset, "__array__"):
        if isinstance(dataset, (list, tuple, dict)) and not dataset:
            raise ValueError(f"There is nothing to split. Received: {dataset!r}")
        return Samples(Rows(dataset)), None
    if hasattr(dataset, "__iter__") and not isinstance(dataset, (str, bytes)):
        return _Elements(dataset), None
    if hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__"):
        return _Indexed(dataset), None
    raise TypeError(
        "split_dataset takes arrays, tuples, lists or dicts of arrays, a PyDataset, or another "
        f"iterable of samples. Received: {dataset!r} of type {type(dataset).__name__}"
    )


def _batch_size_of(stage):
    """The size of the batches that a stage yields, or None if it yields samples."""
    if isinstance(stage, Joined):
        stage = stage.stages[0]
    if isinstance(stage, Batched):
        return stage.batch_size
    if isinstance(stage, Unbatched):
        return None
    return _batch_size_of(stage.stage) if hasattr(stage, "stage") else None


def sizes_of_parts(left, right, total):
    """The numbers of samples in both parts.

    >>> sizes_of_parts(0.6, None, 5), sizes_of_parts(1, 0.2, 5)
    ((3, 2), (1, 1))
    """
    for name, size in (("left_size", left), ("right_size", right)):
        is_whole = isinstance(size, (int, np.integer)) and not isinstance(size, bool)
        if size is None:
            continue
        if not (is_whole or isinstance(size, (float, np.floating))):
            raise TypeError(
                f"{name} must be an integer, a float or None. Received: {size!r} of type "
                f"{type(size).__name__}"
            )
        if not 0 < size < (total if is_whole else 1):
            raise ValueError(
                f"{name} must be an integer from 1 to {total - 1} (there are {total} samples) or a "
                f"float between 0 and 1. Received: {size!r}"
            )
    found = [
        size if size is None or isinstance(size, (int, np.integer)) else round(size * total)
        for size in (left, right)
    ]
    found = [total - found[1 - i] if size is None else size for i, size in enumerate(found)]
    if sum(found) > total or min(found) < 1:
        raise ValueError(
            f"left_size={left!r} and right_size={right!r} make parts of {found} of "
            f"{total} samples: none may be empty, and together they must not exceed the whole"
        )
    return int(found[0]), int(found[1])
