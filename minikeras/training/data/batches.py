"""Batches: one object for every kind of data, from which the trainer takes epochs of batches."""

import math
import warnings

import numpy as np

from minikeras import tree
from minikeras.training.data.columns import Column
from minikeras.training.data.py_dataset import PyDataset, read_in_order
from minikeras.training.data.structure import (
    are_columns,
    class_weight_table,
    columns_of,
    common_length,
    unpack_x_y_sample_weight,
    weights_like,
    weights_of_classes,
)

DEFAULT_BATCH_SIZE = 32


class Batches:
    """A supply of batches, epoch after epoch. Subclasses say what one pass over the data is.

    Without ``steps`` an epoch is one pass. With it an epoch is that many batches, and the next
    epoch goes on where the last one ended; a pass that ends exactly with an epoch is begun anew.

    Args:
        steps: the number of batches in an epoch, or None.

    Attributes:
        size: the number of batches in one pass, or None where it is unknown.
        batch_size: the number of samples in a batch, or None where the data decide it.
        targets: the targets of all samples as far as they lie in memory, in the user's form; None
            where they come batch by batch.
        is_spent: whether data that can be gone through only once have come to their end.
    """

    batch_size = None
    targets = None

    def __init__(self, steps=None):
        if steps is not None and (not hasattr(steps, "__index__") or steps < 1):
            raise ValueError(
                f"The number of steps must be an integer of at least 1. Received: {steps!r}"
            )
        self.steps = steps
        self.is_spent = False
        self._stream = None

    @property
    def size(self):
        """The number of batches in one pass, or None where it is unknown."""
        return None

    @property
    def num_batches(self):
        """The number of batches in an epoch, or None where it is unknown."""
        return self.size if self.steps is None else self.steps

    @property
    def has_known_size(self):
        """Whether the number of batches in an epoch is known."""
        return self.num_batches is not None

    def one_pass(self):
        """An iterator over the batches of one pass, or None if the data are spent."""
        raise TypeError(f"{type(self).__name__} does not define `one_pass`")

    def epoch(self):
        """The batches of one epoch.

        Yields:
            Tuples ``(x, y, sample_weight)`` in the form that the user chose, with NumPy arrays for
            leaves (arrays on the GPU stay there) and None for what is absent.
        """
        if self.steps is None:
            yield from self._whole_pass()
            return
        for step in range(self.steps):
            batch = self._next(may_begin_anew=step == 0)
            if batch is None:
                warnings.warn(
                    f"Your input ran out of data after {step} of {self.steps} steps, which ends "
                    "the epoch. Provide at least steps_per_epoch * epochs batches, or let the "
                    "data set repeat itself.",
                    UserWarning,
                    stacklevel=2,
                )
                return
            yield batch

    def has_ended(self):
        """Whether no batches are left for further epochs; if so, a warning says it."""
        if self.is_spent:
            warnings.warn(
                "The data can be gone through only once and have come to their end: no batches "
                "are left for further epochs. Pass a list, an array or a PyDataset instead, or "
                "state steps_per_epoch.",
                UserWarning,
                stacklevel=3,
            )
        return self.is_spent

    def _whole_pass(self):
        if not self.has_ended():
            yield from self.one_pass()

    def _next(self, may_begin_anew):
        """The next batch, or None where the data end within an epoch."""
        for _ in range(2):
            if self._stream is None:
                self._stream = self.one_pass()
                may_begin_anew = False
                if self._stream is None:
                    return None
            batch = next(self._stream, None)
            if batch is not None:
                return batch
            self._stream = None
            if not may_begin_anew:
                return None
        return None

    def on_train_begin(self):
        """Called before the first epoch."""

    def on_train_end(self):
        """Called after the last epoch, also after an error: lets go of workers."""
        stream, self._stream = self._stream, None
        if hasattr(stream, "close"):
            stream.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.on_train_end()

    def on_epoch_begin(self):
        """Called before each epoch."""

    def on_epoch_end(self):
        """Called after each epoch."""


class ArrayBatches(Batches):
    """Batches of arrays and what stands for arrays: see `minikeras.training.data.columns`."""

    def __init__(self, x, y, sample_weight, batch_size, steps, shuffle, class_weight):
        super().__init__(steps)
        if sample_weight is not None and class_weight is not None:
            raise ValueError("Pass either class_weight or sample_weight, not both")
        x, y = columns_of(x, "x"), columns_of(y, "y")
        sample_weight = columns_of(sample_weight, "sample_weight")
        self.number_of_samples = common_length(x=x, y=y, sample_weight=sample_weight)
        self._class_weight = None
        if class_weight is not None:
            if y is None:
                raise ValueError("class_weight needs targets. Received: y=None")
            self._class_weight = class_weight_table(class_weight, y)
        if batch_size is None:
            batch_size = math.ceil(self.number_of_samples / steps) if steps else DEFAULT_BATCH_SIZE
        if not hasattr(batch_size, "__index__") or batch_size < 1:
            raise ValueError(
                f"batch_size must be an integer of at least 1. Received: {batch_size!r}"
            )
        self.batch_size = int(batch_size)
        self.targets = tree.map_structure(lambda column: column.in_memory, y, none_is_leaf=False)
        self._readers = [_reader(part) for part in (x, y, weights_like(y, sample_weight))]
        self._shuffle = shuffle

    @property
    def size(self):
        """The number of batches in one pass, a smaller last one included."""
        return math.ceil(self.number_of_samples / self.batch_size)

    def one_pass(self):
        """An iterator over the batches, in an order of its own where data are shuffled.

        The order is drawn from NumPy's global generator, which `keras.utils.set_random_seed` seeds:
        the same seed gives the order that other Keras backends give.
        """
        order = None
        if self._shuffle and self._shuffle != "batch":
            order = np.random.permutation(self.number_of_samples)
        for start in range(0, self.number_of_samples, self.batch_size):
            stop = min(start + self.batch_size, self.number_of_samples)
            if order is not None:
                yield self._batch(order[start:stop])
            elif self._shuffle == "batch":
                yield self._batch(np.random.permutation(stop - start) + start)
            else:
                yield self._batch(slice(start, stop))

    def _batch(self, index):
        x, y, weight = (read(index) for read in self._readers)
        if self._class_weight is not None:
            weight = weights_of_classes(y, self._class_weight)
        return x, y, weight


def _reader(columns):
    """A function of an index that reads a structure of columns."""
    if columns is None:
        return lambda index: None
    if isinstance(columns, Column):
        return columns.read
    return lambda index: tree.map_structure(
        lambda column: column.read(index), columns, none_is_leaf=False
    )


class IterableBatches(Batches):
    """Batches that an iterator or an iterable yields ready-made.

    An iterable (a torch DataLoader, a tf.data.Dataset, a list of batches) is gone through anew for
    each pass; an iterator or generator once. Its first batch is taken at once, so that errors come
    before training starts, and is not lost.
    """

    def __init__(self, source, steps, class_weight):
        super().__init__(steps)
        self._class_weight = None if class_weight is None else class_weight_table(class_weight)
        self._source = source
        self._is_iterator = iter(source) is source
        self._first = []
        if self._is_iterator:
            for batch in source:
                self._first.append(batch)
                break
            else:
                raise ValueError(
                    f"The data must yield at least one batch. Received an empty "
                    f"{type(source).__name__}"
                )

    @property
    def size(self):
        """The number of batches in one pass if the source tells it."""
        if self._is_iterator:
            return None
        try:
            return len(self._source)
        except TypeError:
            return None

    def one_pass(self):
        """An iterator over the batches, or None if the data are spent."""
        return None if self.is_spent else self._batches()

    def _batches(self):
        while self._first:
            yield standard_batch(self._first.pop(), self._class_weight)
        for batch in self._source:
            yield standard_batch(batch, self._class_weight)
        self.is_spent = self._is_iterator


class PyDatasetBatches(Batches):
    """Batches of a `keras.utils.PyDataset`, made by its workers if it has any."""

    def __init__(self, dataset, steps, shuffle, class_weight):
        super().__init__(steps)
        self._class_weight = None if class_weight is None else class_weight_table(class_weight)
        self._dataset = dataset
        self._shuffle = shuffle
        if self.size == 0:
            raise ValueError(f"There is no data: {type(dataset).__name__} has 0 batches")

    @property
    def size(self):
        """The number of batches that the data set states."""
        return self._dataset.num_batches

    def one_pass(self):
        """An iterator over the batches, in an order of its own where data are shuffled."""
        for batch in read_in_order(self._dataset, self._shuffle):
            yield standard_batch(batch, self._class_weight)

    def on_epoch_begin(self):
        """Tell the data set."""
        self._dataset.on_epoch_begin()

    def on_epoch_end(self):
        """Tell the data set."""
        self._dataset.on_epoch_end()


def standard_batch(batch, class_weight=None):
    """A ready-made batch as ``(x, y, sample_weight)`` with arrays for leaves.

    Args:
        batch: ``x``, ``(x,)``, ``(x, y)`` or ``(x, y, sample_weight)``.
        class_weight: weights by class, from which sample weights are made, or None.
    """
    x, y, weight = unpack_x_y_sample_weight(batch)
    if x is None:
        raise ValueError("A batch must have inputs. Received: None in their place")
    if class_weight is not None and weight is not None:
        raise ValueError("Pass class_weight, or batches with sample weights, not both")
    columns = [
        columns_of(part, label) for part, label in ((x, "x"), (y, "y"), (weight, "sample_weight"))
    ]
    x, y, weight = tree.map_structure(
        lambda column: column.read(slice(None)), columns, none_is_leaf=False
    )
    if class_weight is not None:
        if y is None or tree.is_nested(y):
            raise ValueError("class_weight needs batches (x, y) with a single array y")
        weight = weights_of_classes(y, class_weight)
    return x, y, weight


def make_batches(
    x=None,
    y=None,
    sample_weight=None,
    batch_size=None,
    steps=None,
    shuffle=False,
    class_weight=None,
):
    """The `Batches` for what a user hands to fit, evaluate or predict.

    Args:
        x: inputs: arrays (NumPy, CuPy, pandas, SciPy sparse, h5py, lists of numbers, anything with
            shape, dtype and ``__getitem__``) or lists, tuples and dicts of them; or a source of
            ready-made batches: a generator, an iterable, a `keras.utils.PyDataset`.
        y: targets in the same way; None where ``x`` is a source of batches.
        sample_weight: weights in the form of ``y``; None where ``x`` is a source of batches.
        batch_size: samples in a batch of arrays; 32 by default, or what makes ``steps`` batches.
        steps: batches in an epoch; by default one pass over the data.
        shuffle: True for a new order of samples in each pass, ``"batch"`` for a new order within
            each batch; a PyDataset has its batches shuffled, other sources keep their order.
        class_weight: a dict from class to weight, from which sample weights are made.

    Raises:
        ValueError: if the data are empty, unlike in length, or of no known kind.
    """
    if isinstance(x, Batches):
        return x
    if not _is_source(x):
        return ArrayBatches(x, y, sample_weight, batch_size, steps, shuffle, class_weight)
    kind = type(x).__name__
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ValueError(
                f"`{name}` should not be passed beside a source of batches such as this {kind}, "
                "which yields (x, y) or (x, y, sample_weight)."
            )
    if isinstance(x, PyDataset):
        return PyDatasetBatches(x, steps, shuffle, class_weight)
    return IterableBatches(x, steps, class_weight)


def _is_source(x):
    """Whether ``x`` yields ready-made batches rather than being the data itself."""
    if isinstance(x, PyDataset):
        return True
    if x is None or isinstance(x, (str, bytes, dict, list, tuple)) or are_columns(x):
        return False
    return hasattr(x, "__iter__")
