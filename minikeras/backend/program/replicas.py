"""Replicas: processes that make the steps of a training together.

NumPy's calls run beside each other on several cores only while no thread needs Python's lock, and
two threads that make calls of 50 us wait for it half of the time. Processes have a lock each. They
are forked from this one, so that each has the program and all variables as they are; from then on
each replays the program of `data_parallel` for its share of the batch. What they tell each other
goes through memory that they share: the batch, parts of sums, and what is assigned to variables
between two steps.

All of them compute new values of variables, from the same numbers, so these stay equal by
themselves.
"""

import gc
import mmap
import multiprocessing
import os
import pickle
import signal
import threading
import time
import warnings
import weakref

from minikeras.backend import threads
from minikeras.backend.program.replay import watchers
from minikeras.backend.xp import np

_ALIGNMENT = 64
# Seconds that a process looks for what it waits for before it sleeps, between two looks at whether
# the others live, until a new one must have made its first product, and until other threads must
# have come to rest.
_LOOK = 5e-5
_PATIENCE = 1.0
_START = 10.0
_REST = 0.2


class Replicas:
    """This process, which is the first, and those that are forked from it for one program.

    Args:
        inputs: a shape and a dtype per input of the program.
        count: how many processes, this one included.
    """

    def __init__(self, inputs, count):
        self.count = count
        self.index = 0  # which of the processes this is
        self.meetings = []
        self.replay = None
        self.is_closed = False
        self._traits = inputs
        self._processes = []  # pairs of a process and what its errors come from

    # What the program calls

    def share(self, x, *, axis, length):
        """The part of ``x`` that belongs to the samples of this process, a view."""
        start = self.index * length
        return x[(slice(None),) * axis + (slice(start, start + length),)]

    def meeting(self, *traits):
        """A `Meeting` for arrays of these shapes and dtypes."""
        self.meetings.append(Meeting(self, traits))
        return self.meetings[-1]

    def exchange(self, memory, parts):
        """Put ``parts`` into what of ``memory`` is this process's, and wait for the others."""
        me, others = self.index, self._others()
        for k in others:
            self._wait(self._is_read[k][me])
        for places, part in zip(memory, parts):
            places[me] = part
        for k in others:
            self._is_written[me][k].release()
        for k in others:
            self._wait(self._is_written[k][me])

    def let_write(self):
        """Tell the others that what they wrote has been read."""
        for k in self._others():
            self._is_read[self.index][k].release()

    def _others(self):
        return [k for k in range(self.count) if k != self.index]

    def _wait(self, semaphore):
        """Return when another process has released ``semaphore``."""
        end = time.perf_counter() + _LOOK
        while time.perf_counter() < end:
            if semaphore.acquire(False):
                return
        while not semaphore.acquire(True, _PATIENCE):
            self._check_others()

    # The first process

    def start(self):
        """Fork the others; they wait for the first step then. If it fails, call `close`.

        Raises:
            OSError: if there is no memory, no semaphore or no process to be had, or not now.
        """
        found = {id(v): v for v in (*self.replay.variables_in, *self.replay.variables_out)}
        self._variables = list(found.values())
        self._numbers = {key: i for i, key in enumerate(found)}
        self._known = [_reference(v.array) for v in self._variables]
        self._share_memory()
        context = multiprocessing.get_context("fork")
        each = range(self.count)
        self._begins = [context.Semaphore(0) for _ in each]
        self._is_written = [[context.Semaphore(0) for _ in each] for _ in each]
        self._is_read = [[context.Semaphore(1) for _ in each] for _ in each]
        self._parent = os.getpid()
        watchers.append(self._on_replay)
        for index in each[1:]:
            _wait_for_threads()
            self._fork(context, index)
        for _, errors in self._processes:
            if not errors.poll(_START) or _received(errors) is not True:
                raise OSError("a forked process does not answer")

    def _share_memory(self):
        memory = _Memory()
        inputs = [memory.planned(*trait) for trait in self._traits]
        values = [memory.planned(v.array.shape, v.array.dtype) for v in self._variables]
        changes = memory.planned((self.count, len(self._variables)), np.dtype(bool))
        for meeting in self.meetings:
            meeting.plan(memory)
        memory.make()
        self._inputs, self._values = [make() for make in inputs], [make() for make in values]
        self._has_changed = changes()
        for meeting in self.meetings:
            meeting.take()

    def _fork(self, context, index):
        errors, far_end = context.Pipe(duplex=False)
        process = context.Process(
            target=self._serve, args=(index, far_end), name="minikeras", daemon=True
        )
        with _Uninterrupted():  # until the new process ignores interrupts and this one can end it
            with warnings.catch_warnings():
                # Python and JAX warn that other threads may hold locks in this moment. A replica
                # calls nothing but NumPy; one that does not answer is given up.
                warnings.simplefilter("ignore")
                process.start()
            self._processes.append((process, errors))
        far_end.close()

    def __call__(self, inputs):
        """The results of a step on a batch."""
        for mine, given in zip(self._inputs, inputs):
            mine[...] = given
        for i, variable in enumerate(self._variables):
            if self._known[i]() is not variable.array:
                self._values[i][...] = variable.array
                self._has_changed[:, i] = True
        for begin in self._begins[1:]:
            begin.release()
        try:
            with threads.alone():
                found = self.replay(self._shares())
        except BaseException:
            self.close()  # the others stand somewhere within the step
            raise
        for i, variable in enumerate(self._variables):
            if self._known[i]() is not variable.array:
                self._known[i] = _reference(variable.array)
        return found

    def _shares(self):
        """The inputs for this process.

        A number is copied: the first process may set it for the next step before others have read
        it for the last time. Of what is cut there is a sum, for which all wait.
        """
        return [
            self.share(x, axis=0, length=len(x) // self.count) if x.ndim else x.copy()
            for x in self._inputs
        ]

    def _on_replay(self, replay):
        """Another program may have written over arrays, which are the same objects as before."""
        if replay is not self.replay:
            for variable in replay.overwritten:
                if id(variable) in self._numbers:
                    self._known[self._numbers[id(variable)]] = _nothing

    def _check_others(self):
        """Raise what has gone wrong in another process; end this one if the first has ended."""
        if self.index and os.getppid() != self._parent:
            os._exit(1)
        for process, errors in self._processes:
            error = _received(errors)
            if error is not None:
                raise error
            if not process.is_alive():
                raise RuntimeError(
                    "A process that makes the steps of this training together with this one has "
                    f"ended (exit code {process.exitcode}), perhaps for lack of memory. To train "
                    "in one process, call `keras.config.set_num_processes(1)` or set the "
                    "environment variable MINIKERAS_NUM_PROCESSES to 1."
                )

    def close(self):
        """End the others, if they have not been ended yet."""
        self.is_closed = True
        if self._on_replay in watchers:
            watchers.remove(self._on_replay)
        with _Uninterrupted():
            while self._processes:
                process, errors = self._processes.pop()
                process.kill()
                process.join()
                process.close()
                errors.close()

    __del__ = close  # should an interrupt have come before that

    # The others

    def _serve(self, index, errors):
        """Make a step whenever the first process begins one, until it ends this one."""
        self.index, self._processes = index, []
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process decides what it means
        gc.freeze()  # what is there stays, and its memory shared
        try:
            with threads.alone(), threads.single_threaded_blas:
                np.ones((64, 64), "float32") @ np.ones((64, 64), "float32")
                errors.send(True)
                while True:
                    self._wait(self._begins[index])
                    for i in np.flatnonzero(self._has_changed[index]):
                        self._variables[i].array = self._values[i].copy()
                    self._has_changed[index] = False
                    self.replay(self._shares())
        except Exception as error:
            errors.send(_sendable(error))


class Meeting:
    """A place in a program where processes tell each other some arrays."""

    def __init__(self, replicas, traits):
        self.replicas = replicas
        self.traits = traits

    def plan(self, memory):
        """Plan the shared memory: for each array as many as there are processes."""
        count = self.replicas.count
        self._planned = [memory.planned((count, *shape), dtype) for shape, dtype in self.traits]

    def take(self):
        """Take the memory, once it is made."""
        self._memory = [make() for make in self._planned]

    def all_reduce(self, *parts):
        """For each part the sum of those of all processes, added in the order of the processes."""
        self.replicas.exchange(self._memory, parts)
        found = []
        for first, second, *others in self._memory:
            total = np.add(first, second)
            for other in others:
                total = np.add(total, other, out=total if total.ndim else None)
            found.append(total)
        self.replicas.let_write()
        return found

    def gather(self, part):
        """The parts of all processes, along a new first axis."""
        memory = self._memory[0].reshape(-1, *part.shape)
        self.replicas.exchange([memory], [part])
        found = memory.copy()
        self.replicas.let_write()
        return found


class _Memory:
    """Arrays in memory that forked processes share, planned first and made all at once."""

    def __init__(self):
        self.size = 0
        self.memory = None

    def planned(self, shape, dtype):
        """A function that gives the array, once all are made."""
        start, count = self.size, int(np.prod(shape))
        self.size += -(-count * dtype.itemsize // _ALIGNMENT) * _ALIGNMENT
        return lambda: np.frombuffer(self.memory, dtype, count, start).reshape(shape)

    def make(self):
        """Ask for the memory; the system gives a page when it is first touched."""
        self.memory = mmap.mmap(-1, max(self.size, 1))


def _received(pipe):
    """What has come from another process; None if nothing has, and where it has ended."""
    try:
        return pipe.recv() if pipe.poll() else None
    except EOFError:
        return None


def _sendable(error):
    """The exception, or one that tells of it where pickle cannot make it again."""
    try:
        pickle.loads(pickle.dumps(error))
        return error
    except Exception:
        found = RuntimeError(f"{type(error).__name__}: {error}")
        for note in getattr(error, "__notes__", ()):
            found.add_note(note)
        return found


class _Uninterrupted:
    """A context in which this thread is not interrupted; what is left over comes at its end."""

    def __enter__(self):
        self._outer = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        try:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        except BaseException:  # of an interrupt just before
            self.__exit__()
            raise

    def __exit__(self, *_):
        signal.pthread_sigmask(signal.SIG_SETMASK, self._outer)


def _wait_for_threads():
    """Return once no other thread of this process computes.

    To fork while another thread is in a product that BLAS shares out among threads never returns:
    OpenBLAS ends those first. BLAS is held to one thread now, but a product may have begun before.

    Raises:
        OSError: if one goes on computing.
    """
    end = time.perf_counter() + _REST
    while _is_busy():
        if time.perf_counter() > end:
            raise OSError("another thread of this process computes")
        time.sleep(_REST / 100)


def _is_busy():
    """Whether another thread of Python runs; those of OpenBLAS may spin with nothing to do."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            try:
                with open(f"/proc/self/task/{thread.native_id}/stat", "rb") as file:
                    state = file.read().rpartition(b") ")[2][:1]
            except FileNotFoundError:  # it has ended
                continue
            if state == b"R":
                return True
    return False


def _reference(array):
    """A function that gives the array, which it does not keep: then a step may write over it."""
    return weakref.ref(array) if isinstance(array, np.ndarray) else lambda: array


def _nothing():
    """Stands for a reference to an array that is gone."""
