"""Hand-over: how a thread waits for what another one passes to it, and what that costs.

To wake a thread that sleeps takes 8 us, and 20 to 25 us until it does something: with both ways, a
kernel of two halves takes 35 to 60 us longer than one half. In a Python without its lock (a
free-threaded build) a thread that waits looks for a while whether the thing has come: 7 to 9 us.
With the lock, looking would keep the others from their work.
"""

import os
import queue
import sys
import time

from minikeras import config

# For so many seconds at most: as long as most calls that stand between two large kernels. With
# twice that, training steps were no quicker, and a prediction for one sample took a tenth longer.
_LONGEST_LOOK = 5e-5

_has_lock = getattr(sys, "_is_gil_enabled", lambda: True)
_pause = getattr(os, "sched_yield", None)  # lets programs go first that have something to do
_CORES = config.cores()

IS_QUICK = _pause is not None and not _has_lock() and _CORES > 1


def look(is_missing):
    """Return once ``is_missing()`` is False, or after a while; at once where looking costs much."""
    # The lock comes back with the import of a module that needs it.
    if not IS_QUICK or _has_lock() or config.num_threads() > _CORES:
        return
    end = time.perf_counter() + _LONGEST_LOOK
    while is_missing() and time.perf_counter() < end:
        _pause()


class Inbox:
    """A queue for one or more threads that wait for what others put there."""

    def __init__(self):
        self._queue = queue.SimpleQueue()
        self.put = self._queue.put
        self.qsize = self._queue.qsize

    def get(self):
        """Take out the oldest thing; wait for one if there is none."""
        look(self._queue.empty)
        return self._queue.get()
