"""Threads for kernels: independent pieces of work, shared out over the cores.

NumPy releases the interpreter's lock inside its functions, so that blocks of a large kernel run at
the same time. How work is cut into pieces must follow from shapes alone, and sums over pieces are
taken in their order: then results are the same, bit for bit, for every number of threads.

BLAS is held to one thread meanwhile, where it is that of NumPy's wheels, or threadpoolctl is there
to do so: its own threads would contend with these. What handing work over costs is told in
`minikeras.backend.handover`; pieces should take longer than that. On the GPU and where no thread
can start, pieces run one after the other.
"""

import collections
import math
import os
import queue
import threading

from minikeras import config
from minikeras.backend.blas import openblas
from minikeras.backend.handover import Inbox
from minikeras.backend.xp import FREED_MEMORY_STAYS, ON_GPU, quiet, xp


def run(function, pieces, pays=True):
    """Call ``function`` with each of ``pieces``, several at the same time where that is possible.

    With ``pays`` false, one after the other, as those of nested calls. The first exception that a
    piece raises is raised here, once no piece runs any more; those that were not begun are dropped.
    """
    pieces = list(pieces)
    if ON_GPU or len(pieces) < 2 or _local.is_inside or not pays:
        for piece in pieces:
            function(piece)
        return
    helpers = min(config.num_threads(), len(pieces)) - 1
    _local.is_inside = True
    try:
        with single_threaded_blas:
            _Job(function, pieces).run(helpers)
    finally:
        _local.is_inside = False


def slices(count, most, least=1):
    """Slices of ``count`` things for `run`: nearly equal, and of an even number if several.

    A thread hands Python's lock on with every call of NumPy, and one that waits for it takes some
    50 us to wake, so few long pieces are quicker than many that stay in a smaller cache.

    Args:
        count: how many things there are.
        most: in one slice; fewer than 1 count as 1.
        least: fewer of them are not cut in two.
    """
    number = -(-count // max(most, 1))
    if number > 1 or count >= 2 * max(least, 1):
        number += number % 2
    return slices_of(count, number)


def slices_of(count, number):
    """``number`` slices of ``count`` things, or fewer, nearly equal."""
    step = max(-(-count // max(number, 1)), 1)
    return [slice(i, min(i + step, count)) for i in range(0, count, step)]


class _Local(threading.local):
    is_inside = False  # whether this thread runs a piece
    memory = None
    used = 0


_local = _Local()


class _Job:
    """The pieces of one call of `run`: the caller and its helpers take one after the other."""

    def __init__(self, function, pieces):
        self.function = function
        self.waiting = collections.deque(pieces)  # whose methods are atomic
        self.lock = threading.Lock()
        self.helpers = 0  # so many have begun to help
        self.is_closed = False
        self.ended = Inbox()
        self.error = None

    def run(self, helpers):
        """Take pieces until none is left, and wait for the helpers that took some as well."""
        for _ in range(min(helpers, _pool.size(helpers))):
            _pool.jobs.put(self)
        try:
            self._work()
        except BaseException:
            self.waiting.clear()
            raise
        finally:
            with self.lock:
                self.is_closed = True
            for _ in range(self.helpers):
                self.ended.get()
            self.function = None  # whoever comes too late keeps no arrays from going
        if self.error is not None:
            raise self.error

    def help(self):
        """What a helper does, unless it comes too late."""
        with self.lock:
            if self.is_closed:
                return
            self.helpers += 1
        try:
            self._work()
        except BaseException as error:
            self.error = error
            self.waiting.clear()
        finally:
            self.ended.put(None)

    def _work(self):
        while True:
            try:
                piece = self.waiting.popleft()
            except IndexError:
                return
            self.function(piece)


class _Pool:
    """Threads that wait for jobs. They start when first needed and end with the process."""

    def __init__(self):
        self.forget()

    def forget(self):
        """Begin anew: a forked child has none of its parent's threads."""
        self.jobs = Inbox()
        self.started = 0
        self.can_start = True
        self.lock = threading.Lock()

    def size(self, wanted):
        """How many threads there are, after an attempt to have as many as ``wanted``."""
        if self.started < wanted and self.can_start:
            with self.lock:
                while self.started < wanted and self.can_start:
                    try:
                        threading.Thread(
                            target=_help_forever,
                            args=(self.jobs,),
                            name="minikeras",
                            daemon=True,
                        ).start()
                        self.started += 1
                    except RuntimeError:  # as in a browser's Python
                        self.can_start = False
        return self.started


class Tasks:
    """A context in which other threads do what is added, while the caller does something else.

    Where the caller needs a result it waits for the task; one that nobody has begun it does itself.
    So it also goes on where no other thread is free. At the end of the context all tasks are done.
    """

    def __init__(self, most):
        """``most``: threads to use at a time, the caller's included."""
        self.most = most
        self.added = []
        self.queue = queue.SimpleQueue()
        self.helpers = 0

    def __enter__(self):
        single_threaded_blas.__enter__()
        if not (ON_GPU or _local.is_inside):
            helpers = min(config.num_threads(), self.most) - 1
            self.helpers = min(helpers, _pool.size(helpers))
        for _ in range(self.helpers):
            _pool.jobs.put(self)
        return self

    def add(self, function, *args):
        """A `_Task` that calls ``function`` with ``args``; tasks are begun in their order."""
        task = _Task(function, args)
        self.added.append(task)
        if self.helpers:
            self.queue.put(task)
        return task

    def help(self):
        """What a helper does until the context ends."""
        while (task := self.queue.get()) is not None:
            task.run()
            task = None  # whose arrays may go

    def __exit__(self, error, *_):
        try:
            for task in self.added:
                task.drop() if error else task.run()
            for task in self.added:
                task.end(is_raising=not error)
        finally:
            for _ in range(self.helpers):
                self.queue.put(None)
            single_threaded_blas.__exit__()


class _Task:
    """A call that is made once, by whoever comes first."""

    def __init__(self, function, args):
        self.waiting = [(function, args)]  # whose method `pop` is atomic
        self.ended = threading.Lock()
        self.ended.acquire()
        self.error = None

    def run(self):
        """Make the call, unless somebody else makes it, or has."""
        try:
            function, args = self.waiting.pop()
        except IndexError:
            return
        is_inside, _local.is_inside = _local.is_inside, True
        try:
            function(*args)
        except BaseException as error:
            self.error = error
        finally:
            _local.is_inside = is_inside
            self.ended.release()

    def wait(self):
        """Return when the call has been made; raise what it has raised."""
        self.run()
        self.end()

    def drop(self):
        """See to it that the call is not made, if nobody makes it yet."""
        try:
            self.waiting.pop()
        except IndexError:
            return
        self.ended.release()

    def end(self, is_raising=True):
        """Wait for whoever makes the call."""
        with self.ended:
            pass
        if self.error is not None and is_raising:
            raise self.error


def _help_forever(jobs):
    _local.is_inside = True
    with quiet():  # a context of each thread
        while True:
            job = jobs.get()
            job.help()
            job = None  # whose arrays may go


class _SingleThreadedBlas:
    """A context in which BLAS uses one thread. Several threads may be in it at the same time.

    Threads of OpenBLAS wait for each other by spinning: on a machine with other work to do, steps
    of small networks were seen to take ten times as long and more on two of them as on one.

    `threadpoolctl.threadpool_limits` takes 100 us; the functions of the library, kept, 1 us.
    """

    def __init__(self):
        self.lock = threading.Lock()
        self.depth = 0
        self.libraries = None
        self.outer = []

    def __enter__(self):
        with self.lock:
            self.depth += 1
            if self.depth == 1:
                if self.libraries is None:
                    self.libraries = _blas_libraries()
                self.outer = [library.get_num_threads() for library in self.libraries]
                for library in self.libraries:
                    library.set_num_threads(1)

    def __exit__(self, *_):
        with self.lock:
            self.depth -= 1
            if self.depth == 0:
                self._restore()

    def _restore(self):
        for library, number in zip(self.libraries or (), self.outer):
            library.set_num_threads(number)

    def begin_anew(self):
        """In a forked child, where nobody is left who would leave the context."""
        self.lock = threading.Lock()
        if self.depth:
            self.depth = 0
            self._restore()


def _blas_libraries():
    """Those that NumPy's products run on; loaded when NumPy is, so they are looked up once."""
    library = openblas()
    if library is not None:
        return [library]
    try:
        import threadpoolctl
    except ImportError:
        return []
    return threadpoolctl.ThreadpoolController().select(user_api="blas").lib_controllers


single_threaded_blas = _SingleThreadedBlas()
_pool = _Pool()


def _after_fork():
    _pool.forget()
    single_threaded_blas.begin_anew()
    _local.is_inside = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


# Sums over pieces are cut into at most so many partial sums, and fewer if they are large.
_MOST_PARTS = 16
_BYTES_OF_PARTS = 1 << 26


def summed(compute, pieces, shape, dtype, pays=True):
    """The sum of what ``compute(piece, out, take)`` puts into ``out`` for each piece.

    The pieces are cut into runs, each with a partial sum, how many depending on shapes alone: the
    order of the additions does not depend on the threads.

    Args:
        compute: fills ``out``, an array of ``shape``; ``take`` is that of `scratch`.
        pieces: at least one.
        pays: that of `run`.

    Returns:
        A fresh array of ``shape``.
    """
    pieces = list(pieces)
    bytes_of_part = max(math.prod(shape) * xp.dtype(dtype).itemsize, 1)
    number = min(len(pieces), _MOST_PARTS, max(_BYTES_OF_PARTS // bytes_of_part, 2))
    totals = xp.empty((number, *shape), dtype)

    def run_of_pieces(k):
        first, *others = pieces[len(pieces) * k // number : len(pieces) * (k + 1) // number]
        with scratch() as take:
            compute(first, totals[k], take)
        for piece in others:
            with scratch() as take:
                out = take(shape, dtype)
                compute(piece, out, take)
                totals[k] += out

    run(run_of_pieces, range(number), pays)
    return totals[0] if number == 1 else totals.sum(axis=0)


# Scratch memory. Where fresh large arrays cost page faults, each thread keeps what its pieces used,
# up to a bound; elsewhere hardly anything, as a step would hold it in all its other kernels.

_MOST_KEPT = 1 << 16 if FREED_MEMORY_STAYS else 1 << 24
_ALIGNMENT = 64


class scratch:
    """A context with a function ``take(shape, dtype)`` for memory that is free again at its end.

    The arrays hold any values. They are contiguous, and no two of a context overlap.
    """

    __slots__ = ("_begin",)

    def __enter__(self):
        self._begin = _local.used
        return _take

    def __exit__(self, *_):
        _local.used = self._begin


def _take(shape, dtype):
    dtype = xp.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    start = _local.used
    end = start + -(-size // _ALIGNMENT) * _ALIGNMENT
    if ON_GPU or end > _MOST_KEPT:
        return xp.empty(shape, dtype)
    if _local.memory is None or end > _local.memory.size:
        # What was taken from the old memory keeps that alive as long as it is used.
        _local.memory = xp.empty(min(max(end, 2 * start, 1 << 20), _MOST_KEPT), "uint8")
    _local.used = end
    return _local.memory[start : start + size].view(dtype).reshape(shape)


class alone:
    """A context in which this thread takes no help from others."""

    def __enter__(self):
        self._outer, _local.is_inside = _local.is_inside, True

    def __exit__(self, *_):
        _local.is_inside = self._outer
