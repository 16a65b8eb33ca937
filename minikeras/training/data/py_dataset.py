"""PyDataset: a data set written in Python, whose batches workers may prepare ahead of time."""

import collections
import contextlib
import functools
import itertools
import random
import sys
import warnings

_DEFAULTS = {"_workers": 1, "_use_multiprocessing": False, "_max_queue_size": 10}


class PyDataset:
    """The base class of data sets that make batches on demand.

    A subclass defines ``__getitem__(index)``, which returns one whole batch, and ``__len__()`` or
    the property ``num_batches``, the number of batches (None for no end). A batch is ``x``,
    ``(x,)``, ``(x, y)`` or ``(x, y, sample_weight)``.

    Args:
        workers: how many workers prepare batches ahead of time; 0 and 1 prepare each batch when it
            is needed, in the main thread.
        use_multiprocessing: whether workers are processes rather than threads. Threads suffice for
            reading files and for NumPy's larger functions; processes pay for work in plain Python.
            The data set must then be picklable, and the script's own work stand under
            ``if __name__ == "__main__":``, for processes start from a clean interpreter. A class
            defined in a notebook cannot reach them; its workers are threads, with a warning.
        max_queue_size: how many batches may wait or be under way at once.

    >>> import minikeras as keras
    >>> class Squares(keras.utils.PyDataset):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, index):
    ...         return [[float(index)]], [[float(index) ** 2]]
    >>> [y for x, y in Squares()]
    [[[0.0]], [[1.0]], [[4.0]]]
    """

    # Whether going through the data set is up to itself: its order, and what is made ahead of time.
    _reads_itself = False

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def _setting(self, name):
        if name not in self.__dict__:
            warnings.warn(
                f"{type(self).__name__} should call `super().__init__(**kwargs)` in its "
                "constructor, so that workers, use_multiprocessing and max_queue_size are known",
                UserWarning,
                stacklevel=3,
            )
            for key, default in _DEFAULTS.items():
                self.__dict__.setdefault(key, default)
        return self.__dict__[name]

    @property
    def workers(self):
        """How many workers prepare batches ahead of time."""
        return self._setting("_workers")

    @workers.setter
    def workers(self, value):
        self._workers = value

    @property
    def use_multiprocessing(self):
        """Whether workers are processes rather than threads."""
        return self._setting("_use_multiprocessing")

    @use_multiprocessing.setter
    def use_multiprocessing(self, value):
        self._use_multiprocessing = value

    @property
    def max_queue_size(self):
        """How many batches may wait or be under way at once."""
        return self._setting("_max_queue_size")

    @max_queue_size.setter
    def max_queue_size(self, value):
        self._max_queue_size = value

    def __getitem__(self, index):
        """The batch at position ``index``."""
        raise TypeError(f"{type(self).__name__} must define __getitem__(index), giving one batch")

    def __iter__(self):
        """The batches in order; without end where their number is not stated."""
        is_stated = hasattr(type(self), "__len__") or (
            type(self).num_batches is not PyDataset.num_batches
        )
        for index in _indices(self.num_batches if is_stated else None):
            yield self[index]

    @property
    def num_batches(self):
        """The number of batches, or None if there is no end."""
        if hasattr(type(self), "__len__"):
            return len(self)
        raise TypeError(
            f"{type(self).__name__} must define __len__ or the property num_batches: the number of "
            "batches, or None for a data set without end"
        )

    def on_epoch_begin(self):
        """Called before each epoch; a subclass may override it."""

    def on_epoch_end(self):
        """Called after each epoch; a subclass may override it, to reorder its samples say."""


def _indices(number):
    return itertools.count() if number is None else range(number)


def read_in_order(dataset, shuffle=False):
    """The batches of one pass over ``dataset``, prepared by its workers if it has several.

    Args:
        dataset: a `PyDataset`.
        shuffle: whether the batches come in a random order, drawn from Python's global generator;
            a data set without end keeps its order, and so does `minikeras.utils.dataset.Dataset`.
    """
    if dataset._reads_itself:
        yield from dataset
        return
    number = dataset.num_batches
    indices = _indices(number)
    if shuffle and number is not None:
        indices = list(indices)
        random.shuffle(indices)
    if dataset.workers > 1 or (dataset.workers > 0 and dataset.use_multiprocessing):
        yield from read_ahead(dataset, indices)
    else:
        for index in indices:
            yield dataset[index]


def read_ahead(dataset, indices):
    """The batches at ``indices`` in this order, up to ``max_queue_size`` of them begun before."""
    from minikeras.training.data.workers import result_of

    indices = iter(indices)
    waiting = collections.deque()
    workers, begin = _workers_of(dataset)
    with workers:
        for index in itertools.islice(indices, max(1, dataset.max_queue_size)):
            waiting.append(begin(index))
        while waiting:
            batch = result_of(waiting.popleft())
            for index in itertools.islice(indices, 1):
                waiting.append(begin(index))
            yield batch


def _workers_of(dataset):
    """The workers, and the function that begins the batch at an index."""
    from minikeras.training.data.workers import Processes, Threads

    if dataset.use_multiprocessing and _is_out_of_reach(dataset):
        warnings.warn(
            f"{type(dataset).__name__} is defined in an interactive session, from where worker "
            "processes cannot import it: its workers are threads. Move the class to a module to "
            "use processes.",
            UserWarning,
            stacklevel=2,
        )
    elif dataset.use_multiprocessing:
        processes = Processes(dataset.workers, _context(), dataset)
        return processes, processes.submit
    threads = Threads(dataset.workers)
    return threads, functools.partial(threads.submit, dataset.__getitem__)


def _is_out_of_reach(dataset):
    main = sys.modules["__main__"]
    return type(dataset).__module__ == "__main__" and not hasattr(main, "__file__")


@functools.cache
def _context():
    """How processes start: as the user has set it, else from a clean process.

    A plain fork copies the locks of whatever threads run (BLAS has some) in the state they are in.
    This is found out once: Python itself takes note of a way to start when processes do.
    """
    import multiprocessing

    if multiprocessing.get_start_method(allow_none=True) is not None:
        return multiprocessing.get_context()
    with contextlib.suppress(ValueError):
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")
