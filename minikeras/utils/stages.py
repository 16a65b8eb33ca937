"""Stages of a data set's pipeline: what `minikeras.utils.dataset.Dataset` strings together.

A stage yields, for each pass, functions without arguments that make its elements: promises. So
elements are skipped, reordered and grouped before anything is read, and several are made at once.
"""

import functools
import itertools
import math

import numpy as np

from minikeras import tree
from minikeras.backend import autodiff
from minikeras.backend.xp import is_array, to_numpy


class Stage:
    """The base of all stages.

    Attributes:
        size: the number of elements in a pass: an integer, None where only going through them
            tells it, ``math.inf`` where there is no end.
    """

    size = None

    def promises(self, key):
        """The functions that make the elements of one pass, in its order.

        Args:
            key: integers that name the pass; random orders are drawn from them and a seed.
        """
        raise TypeError(f"{type(self).__name__} does not define `promises`")


class Samples(Stage):
    """The samples of a source, in an order of its own for each pass if they are shuffled.

    Args:
        source: an object with ``len(source)``, ``sample(index)`` and ``batch(indices)``.
        seed: what the orders are drawn from; None to keep the order of the source.
        anew: whether each pass has another order.
    """

    def __init__(self, source, seed=None, anew=True):
        self.source = source
        self.seed = seed
        self.anew = anew

    @property
    def size(self):
        """The number of samples."""
        return len(self.source)

    def order(self, key):
        """The indices of all samples in the order of a pass."""
        if self.seed is None:
            return np.arange(self.size)
        return _generator(self.seed, key if self.anew else ()).permutation(self.size)

    def promises(self, key):
        """One promise for each sample."""
        for index in self.order(key):
            yield functools.partial(self.source.sample, int(index))


class Batched(Stage):
    """Elements in groups, stacked.

    Args:
        stage: the stage before.
        batch_size: elements in a group.
        drop_remainder: whether a smaller last group is left out.
    """

    def __init__(self, stage, batch_size, drop_remainder=False):
        self.stage = stage
        self.batch_size = batch_size
        self.drop_remainder = drop_remainder

    @property
    def size(self):
        """The number of groups."""
        size = self.stage.size
        if size is None or size == math.inf:
            return size
        return size // self.batch_size if self.drop_remainder else -(-size // self.batch_size)

    def promises(self, key):
        """One promise for each group; a source is asked for a group as a whole."""
        if isinstance(self.stage, Samples):
            order, make = self.stage.order(key), self.stage.source.batch
            groups = (order[i : i + self.batch_size] for i in range(0, len(order), self.batch_size))
        else:
            groups, make = _groups(self.stage.promises(key), self.batch_size), _stacked
        for group in groups:
            if len(group) == self.batch_size or not self.drop_remainder:
                yield functools.partial(make, group)


class Unbatched(Stage):
    """The rows of elements, one by one; an element is made when its first row is due."""

    def __init__(self, stage):
        self.stage = stage

    def promises(self, key):
        """One promise for each row."""
        for promise in self.stage.promises(key):
            element = promise()
            for index in range(_length(element)):
                yield functools.partial(_row, element, index)


class Mapped(Stage):
    """What a function makes of each element."""

    def __init__(self, stage, function):
        self.stage = stage
        self.function = function

    @property
    def size(self):
        """The number of elements, that of the stage before."""
        return self.stage.size

    def promises(self, key):
        """One promise for each element."""
        for promise in self.stage.promises(key):
            yield functools.partial(_applied, self.function, promise)


class Filtered(Stage):
    """The elements of which a function is true; they are made to find out."""

    def __init__(self, stage, predicate):
        self.stage = stage
        self.predicate = predicate

    def promises(self, key):
        """One promise for each element that passes."""
        for promise in self.stage.promises(key):
            element = promise()
            if _call(self.predicate, element):
                yield functools.partial(_itself, element)


class Part(Stage):
    """The elements from one place to another; the others are not made."""

    def __init__(self, stage, start, stop):
        self.stage = stage
        self.start = start
        self.stop = stop

    @property
    def size(self):
        """The number of elements in the part."""
        if self.stage.size is None:
            return None
        stop = math.inf if self.stop is None else self.stop
        return max(0, min(self.stage.size, stop) - self.start)

    def promises(self, key):
        """The promises in the part."""
        return itertools.islice(self.stage.promises(key), self.start, self.stop)


class Chosen(Stage):
    """Elements at given places of one fixed pass of a stage.

    Args:
        promises: the promises of that pass.
        places: their positions in it, in the order wanted.
    """

    def __init__(self, promises, places):
        self.chosen = [promises[place] for place in places]

    @property
    def size(self):
        """The number of elements chosen."""
        return len(self.chosen)

    def promises(self, key):
        """The chosen promises, the same in each pass."""
        return iter(self.chosen)


class Shuffled(Stage):
    """Elements in a random order: each is drawn from those that wait in a buffer.

    The buffer holds promises, so that it takes no memory for what is not read yet.

    Args:
        stage: the stage before.
        buffer_size: how many wait.
        seed: what the orders are drawn from.
        anew: whether each pass has another order.
    """

    def __init__(self, stage, buffer_size, seed, anew=True):
        self.stage = stage
        self.buffer_size = buffer_size
        self.seed = seed
        self.anew = anew

    @property
    def size(self):
        """The number of elements, that of the stage before."""
        return self.stage.size

    def promises(self, key):
        """The promises in the order of the pass."""
        generator = _generator(self.seed, key if self.anew else ())
        promises = self.stage.promises(key)
        waiting = list(itertools.islice(promises, self.buffer_size))
        for promise in promises:
            place = int(generator.integers(len(waiting)))
            yield waiting[place]
            waiting[place] = promise
        generator.shuffle(waiting)
        yield from waiting


class Repeated(Stage):
    """Passes one after another.

    Args:
        stage: the stage before.
        count: the number of passes, or None for no end.
    """

    def __init__(self, stage, count):
        self.stage = stage
        self.count = count

    @property
    def size(self):
        """The number of elements of all passes."""
        size = self.stage.size
        if self.count is None:
            return 0 if size == 0 else math.inf
        return size if size is None or self.count == 1 else (self.count and size * self.count)

    def promises(self, key):
        """The promises of all passes, each in an order of its own if it is shuffled."""
        for number in itertools.count() if self.count is None else range(self.count):
            is_empty = True
            for promise in self.stage.promises((*key, number)):
                is_empty = False
                yield promise
            if is_empty:
                return


class Joined(Stage):
    """The elements of one stage, then those of another."""

    def __init__(self, first, second):
        self.stages = first, second

    @property
    def size(self):
        """The number of elements of both."""
        sizes = [stage.size for stage in self.stages]
        return None if None in sizes else sum(sizes)

    def promises(self, key):
        """The promises of both."""
        return itertools.chain.from_iterable(stage.promises(key) for stage in self.stages)


class Cached(Stage):
    """Elements that are made once and kept in memory, in the order of the first pass.

    Their arrays are read-only: each pass hands out the same ones.
    """

    def __init__(self, stage):
        self.stage = stage
        self._made = {}
        self._number = None

    @property
    def size(self):
        """The number of elements, known at the latest after the first pass."""
        return self.stage.size if self._number is None else self._number

    def promises(self, key):
        """One promise for each element, which is kept once it is made."""
        if self._number is not None and len(self._made) == self._number:
            for place in range(self._number):
                yield functools.partial(self._made.__getitem__, place)
            return
        place = -1
        for place, promise in enumerate(self.stage.promises(())):
            yield functools.partial(self._kept, place, promise)
        self._number = place + 1

    def _kept(self, place, promise):
        if place not in self._made:
            self._made[place] = tree.map_structure(_read_only, promise())
        return self._made[place]


def _generator(seed, key):
    return np.random.default_rng([int(seed) % 2**63, *key])


def _groups(promises, size):
    while group := list(itertools.islice(promises, size)):
        yield group


def _stacked(promises):
    return stack([promise() for promise in promises])


def stack(elements):
    """A batch: the arrays, numbers or strings of several elements stacked.

    Raises:
        ValueError: if shapes differ from element to element.
    """
    return tree.map_structure(_stack_one, *elements)


def _stack_one(*rows):
    if isinstance(rows[0], (str, bytes)):
        return object_array(rows)
    rows = [host_array(row) for row in rows]
    shapes = {row.shape for row in rows}
    if len(shapes) > 1:
        raise ValueError(
            "A batch needs elements of one shape. Make their shapes equal before batch(), by "
            f"map() for instance. Received: {', '.join(map(str, sorted(shapes)))}"
        )
    return np.stack(rows)


def object_array(rows):
    """A one-dimensional array of Python objects, one for each row."""
    array = np.empty(len(rows), dtype=object)
    for place, row in enumerate(rows):
        array[place] = row
    return array


def host_array(x):
    """``x`` as a NumPy array on the host; Python's numbers become int32 and float32."""
    if isinstance(x, np.ndarray):
        return x
    is_plain = not (hasattr(x, "dtype") or is_array(x))
    array = np.asarray(to_numpy(autodiff.plain(x)))
    if is_plain and array.dtype in (np.int64, np.float64):
        return array.astype("int32" if array.dtype == np.int64 else "float32")
    return array


def _length(element):
    lengths = {len(part) for part in tree.flatten(element)}
    if len(lengths) != 1:
        raise ValueError(
            "unbatch() needs arrays of one length in each element. Received lengths: "
            f"{sorted(lengths)}"
        )
    return lengths.pop()


def _row(element, index):
    return tree.map_structure(lambda part: part[index], element)


def _call(function, element):
    return function(*element) if isinstance(element, tuple) else function(element)


def _applied(function, promise):
    return _call(function, promise())


def _itself(element):
    return element


def _read_only(part):
    if isinstance(part, np.ndarray):
        part = part.view()
        part.flags.writeable = False
    return part
