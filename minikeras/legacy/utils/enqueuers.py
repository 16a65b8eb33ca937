"""Queues that workers fill with batches: what `fit_generator` used, for loops of one's own."""

import contextlib
import multiprocessing
import queue
import random
import threading
import time
import warnings

import numpy as np

from minikeras.training.data.py_dataset import PyDataset, read_ahead

__all__ = ["GeneratorEnqueuer", "OrderedEnqueuer", "SequenceEnqueuer"]

_END = object()  # in a queue: there will be no more
_PAUSE = 0.05  # seconds between two looks at whether to stop


class _Failure:
    """In a queue: what went wrong in a worker."""

    def __init__(self, error):
        self.error = error


class SequenceEnqueuer:
    """The base of queues of batches. Subclasses define ``_batches()``, which yields them.

    Args:
        sequence: where batches come from.
        use_multiprocessing: whether workers are processes rather than threads.

    >>> import minikeras as keras
    >>> class Tens(keras.utils.Sequence):
    ...     def __len__(self):
    ...         return 2
    ...     def __getitem__(self, index):
    ...         return 10 * index
    >>> tens = keras.utils.OrderedEnqueuer(Tens())
    >>> tens.start(workers=2, max_queue_size=4)
    >>> batches = tens.get()
    >>> [next(batches) for _ in range(3)]
    [0, 10, 0]
    >>> tens.stop()
    >>> tens.is_running()
    False
    """

    def __init__(self, sequence, use_multiprocessing=False):
        self.sequence = sequence
        self.use_multiprocessing = use_multiprocessing
        self.workers = 0
        self.queue = self.run_thread = self.stop_signal = None

    def is_running(self):
        """Whether workers fill the queue."""
        return self.stop_signal is not None and not self.stop_signal.is_set()

    def start(self, workers=1, max_queue_size=10):
        """Let workers fill the queue.

        Args:
            workers: how many.
            max_queue_size: how many batches may wait.
        """
        self.workers = workers
        self.queue = queue.Queue(max_queue_size)
        self.stop_signal = threading.Event()
        self.run_thread = threading.Thread(target=self._run, daemon=True)
        self.run_thread.start()

    def stop(self, timeout=None):
        """Let the workers stop, and wait for it.

        Args:
            timeout: how long to wait, in seconds; by default until they have.
        """
        if self.stop_signal is None:
            return
        self.stop_signal.set()
        self.run_thread.join(timeout)

    def get(self):
        """The batches, as a generator that waits for the queue to be filled.

        Raises:
            Exception: what a worker raised.
        """
        while self.is_running():
            try:
                found = self.queue.get(timeout=_PAUSE)
            except queue.Empty:
                continue
            self.queue.task_done()
            if found is _END:
                self.stop()
                return
            if isinstance(found, _Failure):
                self.stop()
                raise found.error
            if found is not None:
                yield found

    def _run(self):
        try:
            for batch in self._batches():
                if not self._put(batch):
                    return
            self._put(_END)
        except Exception as error:
            self._put(_Failure(error))

    def _put(self, item):
        """Put an item into the queue when there is room; whether it was not stopped meanwhile."""
        while not self.stop_signal.is_set():
            with contextlib.suppress(queue.Full):
                self.queue.put(item, timeout=_PAUSE)
                return True
        return False

    def _batches(self):
        raise TypeError(f"{type(self).__name__} must define _batches(), which yields batches")


class OrderedEnqueuer(SequenceEnqueuer):
    """A queue of the batches of a `Sequence`, in its order, pass after pass without end.

    Args:
        sequence: a `keras.utils.Sequence`, or any object with ``len`` and ``[index]``.
        use_multiprocessing: whether workers are processes rather than threads; the sequence must be
            picklable then.
        shuffle: whether the batches of each pass come in a random order.
    """

    def __init__(self, sequence, use_multiprocessing=False, shuffle=False):
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = shuffle
        self.end_of_epoch_signal = threading.Event()

    def _batches(self):
        source = _Source(self.sequence)
        source.workers, source.use_multiprocessing = max(1, self.workers), self.use_multiprocessing
        source.max_queue_size = self.queue.maxsize or len(self.sequence)
        while True:
            order = list(range(len(self.sequence)))
            if self.shuffle:
                random.shuffle(order)
            yield from read_ahead(source, order)
            # The data set may change its order only once all batches of the pass are taken.
            while self.queue.unfinished_tasks:
                if self.stop_signal.is_set():
                    return
                time.sleep(_PAUSE / 10)
            if hasattr(self.sequence, "on_epoch_end"):
                self.sequence.on_epoch_end()
            self.end_of_epoch_signal.set()

    def join_end_of_epoch(self):
        """Wait until all batches of a pass are taken, for half a minute at most."""
        self.end_of_epoch_signal.wait(timeout=30)
        self.end_of_epoch_signal.clear()


class _Source(PyDataset):
    """A sequence with the settings of its workers."""

    def __init__(self, sequence):
        super().__init__()
        self.sequence = sequence

    def __len__(self):
        return len(self.sequence)

    def __getitem__(self, index):
        return self.sequence[index]


class GeneratorEnqueuer(SequenceEnqueuer):
    """A queue of what a generator yields.

    Args:
        sequence: a generator. Threads take turns with it. Processes each go through a copy of it,
            so that batches come several times unless they are drawn at random.
        use_multiprocessing: whether workers are processes, which the system must be able to fork.
        wait_time: unused since Keras 2.2, with a warning.
        random_seed: what NumPy's generator in each process is seeded with, together with the number
            of the process.

    >>> import minikeras as keras
    >>> letters = keras.utils.GeneratorEnqueuer(iter("abc"))
    >>> letters.start(workers=2)
    >>> sorted(letters.get())
    ['a', 'b', 'c']
    """

    def __init__(self, sequence, use_multiprocessing=False, wait_time=None, random_seed=None):
        super().__init__(sequence, use_multiprocessing)
        self.random_seed = random_seed
        if wait_time is not None:
            warnings.warn(
                f"wait_time={wait_time} has no meaning any more: the queue waits for its workers",
                DeprecationWarning,
                stacklevel=2,
            )

    def _batches(self):
        if not self.use_multiprocessing:
            yield from self.sequence
            return
        if "fork" not in multiprocessing.get_all_start_methods():
            raise ValueError(
                "Processes cannot share a generator on this system. Use threads, or a Sequence "
                "with OrderedEnqueuer."
            )
        workers = max(1, self.workers)
        pool = multiprocessing.get_context("fork").Pool(
            workers, initializer=_take_over, initargs=(self.sequence, self.random_seed)
        )
        with pool:
            waiting = [pool.apply_async(_next_batch) for _ in range(workers + self.queue.maxsize)]
            while waiting:
                batch = waiting.pop(0).get()
                if batch is not None:
                    waiting.append(pool.apply_async(_next_batch))
                    yield batch


_generator = None  # in a worker process: its copy of the generator


def _take_over(generator, seed):
    global _generator
    _generator = generator
    if seed is not None:
        np.random.seed(seed + multiprocessing.current_process().ident)


def _next_batch():
    return next(_generator, None)
