"""What is set for the whole process while a step is recorded, and set back behind it.

Python's search for garbage in cycles is off. A recording makes thousands of objects that stay. So
many set the search off time and again, and each time it goes through all that there is: in a first
step of a ResNet it took 20 of 150 ms.

NumPy asks for no pages of 2 MB. It does so for each array of 4 MB and more, and most of those of a
first step are there for the first time. Their memory stays with the process, where later steps are
as quick on pages of 4 KB. But on a virtual machine whose host takes back what is free (a balloon
that reports free pages) only large free blocks are given back, and the first touch of such a page
takes 4.5 ms: in a first step of a MobileNet 50 of 140 ms.
"""

import gc
import threading

from minikeras.backend.xp import FREED_MEMORY_STAYS, np


def _no_function(enabled):
    return enabled


def _page_setting():
    """NumPy's function that sets whether it asks for large pages, and gives what was set before."""
    module = getattr(getattr(np, "_core", None), "multiarray", None)
    return getattr(module, "_set_madvise_hugepage", _no_function)


_set_large_pages = _page_setting() if FREED_MEMORY_STAYS else _no_function


class _WhileRecording:
    """The context. Several threads may be in it at the same time."""

    def __init__(self):
        self.lock = threading.Lock()
        self.depth = 0
        self.had_search = self.had_large_pages = True

    def __enter__(self):
        with self.lock:
            if not self.depth:
                self.had_search = gc.isenabled()
                gc.disable()
                self.had_large_pages = _set_large_pages(False)
            self.depth += 1

    def __exit__(self, *_):
        with self.lock:
            self.depth -= 1
            if not self.depth:
                _set_large_pages(self.had_large_pages)
                if self.had_search:
                    gc.enable()


while_recording = _WhileRecording()
