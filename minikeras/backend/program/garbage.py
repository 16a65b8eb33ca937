"""Python's search for garbage in cycles, put off while a step is recorded.

A recording makes thousands of objects that stay. So many set the search off time and again, and
each time it goes through all that there is: in a first step of a ResNet it took 20 of 150 ms.
"""

import gc
import threading


class _NotSearched:
    """A context without the search, which several threads may be in at the same time."""

    def __init__(self):
        self.lock = threading.Lock()
        self.depth = 0
        self.was_on = False

    def __enter__(self):
        with self.lock:
            if not self.depth:
                self.was_on = gc.isenabled()
                gc.disable()
            self.depth += 1

    def __exit__(self, *_):
        with self.lock:
            self.depth -= 1
            if not self.depth and self.was_on:
                gc.enable()


not_searched = _NotSearched()
