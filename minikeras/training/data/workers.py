"""Workers that compute ahead of time, and never keep a program from going on or from ending.

The pools of `concurrent.futures` are waited for, also when Python ends, until all that was begun is
done: a batch that hangs would take the interrupt with it. Here threads are daemons, and processes
are ended. Both kinds are contexts: at their end what has not begun is dropped.
"""

import concurrent.futures
import contextlib
import os
import queue
import signal
import threading
import time

_PATIENCE = 1.0  # seconds for which threads are waited for that still compute
_LOOK_UP = 1.0  # seconds between looks: Windows lets nothing interrupt a wait but its end


class Threads:
    """Threads that call functions, begun in the order in which they are handed in.

    Args:
        number: how many; fewer where the system allows no more.
    """

    def __init__(self, number):
        self._tasks = queue.SimpleQueue()
        self._threads = []
        for i in range(number):
            thread = threading.Thread(
                target=_work, args=(self._tasks,), name=f"worker-{i}", daemon=True
            )
            try:
                thread.start()
            except RuntimeError:  # the system allows no more
                if not self._threads:
                    raise
                break
            self._threads.append(thread)

    def submit(self, function, *args):
        """A future of what ``function(*args)`` gives."""
        future = concurrent.futures.Future()
        self._tasks.put((future, function, args))
        return future

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        with contextlib.suppress(queue.Empty):
            while True:
                self._tasks.get_nowait()[0].cancel()
        for _ in self._threads:
            self._tasks.put(None)
        if kind is None or issubclass(kind, GeneratorExit):
            # Whoever goes through the data again should not meet threads of this pass.
            end = time.monotonic() + _PATIENCE
            for thread in self._threads:
                thread.join(max(0.0, end - time.monotonic()))


def _work(tasks):
    while (task := tasks.get()) is not None:
        future, function, args = task
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(function(*args))
            except BaseException as error:  # as much as an interrupt is for the caller to see
                future.set_exception(error)
        del task, future, function, args  # else a batch is kept until the next one


class Processes:
    """Processes that each have an object, and give what it has at an index.

    Args:
        number: how many.
        context: of `multiprocessing`: how they start.
        source: the object, which must be picklable.
    """

    def __init__(self, number, context, source):
        self._executor = concurrent.futures.ProcessPoolExecutor(
            number, context, initializer=_receive, initargs=(source,)
        )

    def submit(self, index):
        """A future of ``source[index]``."""
        try:
            return self._executor.submit(_get, index)
        except concurrent.futures.process.BrokenProcessPool as error:  # whose result comes first
            future = concurrent.futures.Future()
            future.set_exception(error)
            return future

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        processes = list((self._executor._processes or {}).values())
        self._executor.shutdown(wait=kind is None, cancel_futures=True)
        if kind is not None:
            for process in processes:
                process.terminate()


_received = None  # in a worker process: its object


def _receive(source):
    import multiprocessing

    global _received
    _received = source
    # An interrupt at the keyboard reaches all processes; what is to be done is up to the first one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(
        target=_end_with, args=(multiprocessing.parent_process(),), daemon=True
    ).start()


def _end_with(parent):
    """End this process when the one is gone that it works for, also if that was killed."""
    parent.join()
    os._exit(1)


def _get(index):
    return _received[index]


def result_of(future):
    """What a future gives, waited for in a way that can be interrupted on all systems."""
    while not future.done():
        concurrent.futures.wait([future], _LOOK_UP)
    try:
        return future.result()
    except concurrent.futures.process.BrokenProcessPool as error:
        raise RuntimeError(
            "A worker process ended without an answer: it was killed, ran out of memory, or could "
            "not begin, of which its own message tells more. Processes import the script anew: its "
            'work must stand under `if __name__ == "__main__":`'
        ) from error
