"""Dataset: batches or samples from files and arrays, with the methods that scripts use on them."""

import collections
import itertools
import math
import os
import threading

import numpy as np

from minikeras import tree
from minikeras.training.data.py_dataset import PyDataset, read_ahead
from minikeras.training.data.workers import Threads, result_of
from minikeras.utils import stages

_AUTOTUNE = -1  # the number that stands for a choice of ours, as elsewhere


class Dataset(PyDataset):
    """A data set that can be gone through any number of times, made of stages.

    The functions ``keras.utils.*_dataset_from_*`` and `keras.utils.split_dataset` return such data
    sets. Elements are batches or samples: arrays of NumPy, tuples such as ``(x, y)``, or dicts.
    Each element is made when it is due, or ahead of time by ``workers`` threads or processes.

    Every method returns a new data set. If samples are shuffled, each pass has an order of its own,
    drawn from the seed and the number of the pass; ``dataset[i]`` is the element at place ``i`` of
    the pass that was begun last. `fit` keeps the order: its ``shuffle`` does not reorder batches.

    Args:
        stage: the last stage of a pipeline, see `minikeras.utils.stages`.
        workers: how many workers make elements ahead of time; 0 and 1 make each in the main thread
            when it is due, unless `prefetch` was called.
        use_multiprocessing: whether workers are processes; functions given to `map` must then be
            importable from a module. Data sets whose size is unknown have threads in any case.
        max_queue_size: how many elements may wait or be under way at once.

    >>> import numpy as np
    >>> dataset = Dataset.from_tensor_slices((np.arange(5), np.arange(5) ** 2)).batch(2)
    >>> [(x.tolist(), y.tolist()) for x, y in dataset]
    [([0, 1], [0, 1]), ([2, 3], [4, 9]), ([4], [16])]
    >>> [x.tolist() for x in dataset.map(lambda x, y: x + y).skip(1)]
    [[6, 12], [20]]
    """

    _reads_itself = True

    def __init__(self, stage, workers=1, use_multiprocessing=False, max_queue_size=10):
        super().__init__(workers, use_multiprocessing, max_queue_size)
        self._stage = stage
        self._prefetched = 0
        self._passes = _Counter()
        self._opened = None

    @classmethod
    def from_tensor_slices(cls, arrays):
        """A data set of the rows of arrays.

        Args:
            arrays: an array, or tuples and dicts of arrays of the same length.
        """
        return cls(stages.Samples(Rows(arrays)))

    # What a PyDataset has

    @property
    def num_batches(self):
        """The number of elements in a pass, or None if it is unknown or there is no end."""
        size = self._stage.size
        return None if size == math.inf else size

    def __len__(self):
        size = self._stage.size
        if size is None or size == math.inf:
            reason = "is unknown until it has been gone through" if size is None else "has no end"
            raise TypeError(f"This data set has no length: it {reason}. Use steps_per_epoch")
        return size

    def __bool__(self):
        return True

    def __getitem__(self, index):
        """The element at place ``index`` of the pass begun last."""
        size, number = self._stage.size, max(0, self._passes.number - 1)
        if size == math.inf:
            return next(itertools.islice(self._stage.promises((number,)), index, None))()
        opened = self._opened
        if opened is None or opened[0] != number:
            opened = self._opened = number, list(self._stage.promises((number,)))
        if not -len(opened[1]) <= index < len(opened[1]):
            raise IndexError(f"This data set has {len(opened[1])} elements. Received: {index}")
        return opened[1][index]()

    def __iter__(self):
        key = (self._passes.next(),)
        is_finite = self.num_batches is not None
        if self.use_multiprocessing and self.workers > 0 and is_finite:
            return read_ahead(self, range(len(self)))
        if self.workers > 1 or self._prefetched:
            number = self._prefetched or max(1, self.max_queue_size)
            return _ahead(self._stage.promises(key), max(1, self.workers), number)
        return (promise() for promise in self._stage.promises(key))

    def __getstate__(self):
        return {**self.__dict__, "_opened": None}

    def __repr__(self):
        size = self._stage.size
        return f"<{type(self).__name__} of {'unknown' if size is None else size} elements>"

    # What makes other data sets

    def _with(self, stage):
        made = type(self)(stage, self.workers, self.use_multiprocessing, self.max_queue_size)
        made._prefetched = self._prefetched
        made._passes = self._passes
        if hasattr(self, "class_names"):
            made.class_names = self.class_names
        return made

    def take(self, count):
        """The first ``count`` elements; the others are not read. -1 stands for all."""
        return self._with(stages.Part(self._stage, 0, None if count == -1 else _whole(count)))

    def skip(self, count):
        """All but the first ``count`` elements, which are not read. -1 stands for all."""
        if count == -1:
            return self.take(0)
        return self._with(stages.Part(self._stage, _whole(count), None))

    def map(self, map_func, num_parallel_calls=None):
        """What a function makes of each element; of a tuple the parts are its arguments.

        Args:
            map_func: the function, such as ``lambda x, y: (x / 255, y)``.
            num_parallel_calls: the least number of workers that make elements; -1 for one per core,
                up to four.
        """
        made = self._with(stages.Mapped(self._stage, map_func))
        if num_parallel_calls is not None:
            number = default_workers() if num_parallel_calls == _AUTOTUNE else num_parallel_calls
            made.workers = max(made.workers, number)
        return made

    def filter(self, predicate):
        """The elements of which a function is true; of a tuple the parts are its arguments."""
        return self._with(stages.Filtered(self._stage, predicate))

    def batch(self, batch_size, drop_remainder=False):
        """Elements stacked in groups of ``batch_size``.

        Args:
            batch_size: how many make a batch.
            drop_remainder: whether a smaller last batch is left out.
        """
        return self._with(stages.Batched(self._stage, positive(batch_size), drop_remainder))

    def unbatch(self):
        """The single samples of all batches."""
        stage = self._stage
        if isinstance(stage, stages.Batched) and not stage.drop_remainder:
            return self._with(stage.stage)
        return self._with(stages.Unbatched(stage))

    def shuffle(self, buffer_size=None, seed=None, reshuffle_each_iteration=True):
        """The elements in a random order, each drawn from the ``buffer_size`` next ones.

        Args:
            buffer_size: how many elements to draw from; None for all. What waits is not read yet,
                so a large number costs no memory.
            seed: an integer that decides the orders; None to draw one from NumPy's generator.
            reshuffle_each_iteration: whether each pass has another order.
        """
        if buffer_size is None:
            if self._stage.size == math.inf:
                raise ValueError("Shuffling a data set without end needs a buffer_size")
            buffer_size = 2**62
        seed = int(np.random.randint(10**6)) if seed is None else seed
        buffer_size = positive(buffer_size, "buffer_size")
        return self._with(stages.Shuffled(self._stage, buffer_size, seed, reshuffle_each_iteration))

    def repeat(self, count=None):
        """The data set ``count`` times over; without end for None and -1."""
        count = None if count in (None, -1) else _whole(count)
        return self._with(stages.Repeated(self._stage, count))

    def cache(self):
        """The same elements, kept in memory once they are made, in the order of the first pass.

        Call ``shuffle`` after it for a new order in each pass. What is kept lies in this process,
        so workers become threads. The arrays that come from it are read-only.
        """
        made = self._with(stages.Cached(self._stage))
        made.use_multiprocessing = False
        return made

    def prefetch(self, buffer_size):
        """The same elements, ``buffer_size`` of them made ahead of time in the background.

        Args:
            buffer_size: how many; -1 for two per worker; 0 for none.
        """
        number = 2 * max(1, self.workers) if buffer_size == _AUTOTUNE else _whole(buffer_size)
        made = self._with(self._stage)
        made._prefetched = number
        return made

    def concatenate(self, dataset):
        """The elements of this data set, then those of another `Dataset`."""
        return self._with(stages.Joined(self._stage, dataset._stage))

    def cardinality(self):
        """The number of elements in a pass; -1 if there is no end, -2 if it is unknown."""
        size = self._stage.size
        return -2 if size is None else -1 if size == math.inf else size

    def as_numpy_iterator(self):
        """An iterator over one pass, with arrays of NumPy also where `map` made others."""
        return (tree.map_structure(_numpy, element) for element in self)


class Rows:
    """A source of samples that lie in memory: the rows of arrays.

    Args:
        arrays: an array, or tuples and dicts of arrays of the same length.
    """

    def __init__(self, arrays):
        self.arrays = _arrays(arrays)
        lengths = {len(array) for array in tree.flatten(self.arrays)}
        if len(lengths) != 1:
            raise ValueError(
                "All arrays must have the same number of samples (first axis). Received: "
                f"{sorted(lengths)}"
            )
        self._length = lengths.pop()

    def __len__(self):
        return self._length

    def sample(self, index):
        """The row at one place."""
        return tree.map_structure(lambda array: array[index], self.arrays)

    batch = sample


def _arrays(x):
    """``x`` with arrays in the places of lists and tensors; strings as Python objects."""
    if isinstance(x, dict):
        return {key: _arrays(part) for key, part in x.items()}
    if isinstance(x, tuple):
        return tuple(map(_arrays, x))
    if isinstance(x, list) and x and isinstance(x[0], (str, bytes)):
        return stages.object_array(x)
    return stages.host_array(x)


def default_workers():
    """How many threads read files: one per core, up to four."""
    return min(4, os.cpu_count() or 1)


def positive(value, name="batch_size"):
    """``value`` checked to be an integer of at least 1."""
    if not hasattr(value, "__index__") or value < 1:
        raise ValueError(f"{name} must be an integer of at least 1. Received: {value!r}")
    return int(value)


def _whole(value):
    if not hasattr(value, "__index__") or value < 0:
        raise ValueError(f"Expected an integer of at least 0. Received: {value!r}")
    return int(value)


def _numpy(part):
    return part if isinstance(part, (str, bytes, np.generic)) else stages.host_array(part)


class _Counter:
    """The number of passes begun, which a data set shares with those made of it."""

    def __init__(self):
        self.number = 0

    def next(self):
        """The number of the pass that begins."""
        self.number += 1
        return self.number - 1


def _ahead(promises, threads, number):
    """The elements promised, in order, up to ``number`` of them begun ahead by ``threads``.

    The threads also draw the promises, as some stages read for that; so a thread says which place
    it has drawn.
    """
    lock, places = threading.Lock(), enumerate(promises)

    def make():
        with lock:
            place, promise = next(places, (None, None))
        return place, promise and promise()

    ready, has_ended = {}, False
    with Threads(threads) as workers:
        waiting = collections.deque(workers.submit(make) for _ in range(number))
        for wanted in itertools.count():
            while wanted not in ready and waiting:
                place, element = result_of(waiting.popleft())
                if place is None:
                    has_ended = True
                else:
                    ready[place] = element
                    if not has_ended:
                        waiting.append(workers.submit(make))
            if wanted not in ready:
                return
            yield ready.pop(wanted)
