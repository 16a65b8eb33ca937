"""What kernels of little work keep for each geometry: memory that is laid out once, with its views.

To find slices and make views takes longer than some kernels compute. Each thread keeps its own.
"""

import collections
import math
import threading

from minikeras.backend.xp import xp

# Bytes that a thread keeps for all geometries together, and memory that all of them write to.
_MOST_KEPT = 1 << 22
MOST_SHARED = 1 << 20
_LEAST_KEPT = 1 << 10  # what a geometry counts for beside its arrays


def kept(key, make, *args):
    """The function for a geometry: what ``make(*args)`` has returned for that key.

    Args:
        make: returns a pair, a function or None and the bytes of the arrays that it keeps.
    """
    try:
        return _local.layouts[key][0]
    except KeyError:
        layout = make(*args)
        return _local.layouts.add(key, layout)


def shared(shape, dtype):
    """An array for what is read no more once a function returns; others write to its memory."""
    size = math.prod(shape) * dtype.itemsize
    if _local.memory is None or _local.memory.size < size:
        forget()  # functions with views of the old memory
        _local.memory = xp.empty(size, "uint8")
    return _local.memory[:size].view(dtype).reshape(shape)


def forget():
    """Keep nothing any more, of this thread."""
    _local.layouts = _Layouts()


class _Layouts(collections.OrderedDict):
    """For each key a function and its bytes; the oldest go where it becomes too much."""

    bytes = 0

    def add(self, key, layout):
        function, size = layout
        size += _LEAST_KEPT
        self[key] = function, size
        self.bytes += size
        while self.bytes > _MOST_KEPT:
            self.bytes -= self.popitem(last=False)[1][1]
        return function


class _Local(threading.local):
    def __init__(self):
        self.layouts = _Layouts()
        self.memory = None


_local = _Local()
