"""Timing: how long each call of a primitive takes, in steps that are replayed and in others.

On a GPU these are the times that it takes to hand the work over, not those of the work.
"""

import functools
import threading
import time
from typing import NamedTuple

from minikeras.backend.autodiff import Primitive
from minikeras.backend.variables import current_path


class Timed(NamedTuple):
    """A call: its name, the layer that made it (None in a replay), its thread and its seconds."""

    name: str
    layer: str
    thread: int
    start: float
    stop: float


class Timing:
    """A context in which calls of primitives are timed.

    Replays call kernels directly, so `watch` must be told of them.

    Attributes:
        calls: the `Timed` calls so far.
    """

    def __init__(self):
        self.calls = []
        self._replaced = []  # (namespace of a replay, name in it, what stood there)

    def __enter__(self):
        compute, note = Primitive._computed, self._note

        def timed(primitive, values, settings):
            layer, start = current_path() or None, time.perf_counter()
            try:
                return compute(primitive, values, settings)
            finally:
                note(primitive.name, layer, start)

        self._outer, Primitive._computed = compute, timed
        return self

    def __exit__(self, *_):
        Primitive._computed = self._outer
        for namespace, name, function in self._replaced:
            namespace[name] = function
        self._replaced = []

    def watch(self, steps):
        """Time what these `Step`s replay, too; to be called again when they may have new plans."""
        for step in steps:
            for _, plan in step.plans():
                if plan.replay is not None:
                    self._watch(plan.replay.namespace)

    def _watch(self, namespace):
        known = {name for seen, name, _ in self._replaced if seen is namespace}
        for name, function in list(namespace.items()):
            # The names of kernels end with an underscore.
            if name.endswith("_") and not name.startswith("_") and name not in known:
                self._replaced.append((namespace, name, function))
                namespace[name] = self._timed(name[:-1], function)

    def _timed(self, name, function):
        @functools.wraps(function, assigned=(), updated=())
        def call(*args, **kwargs):
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self._note(name, None, start)

        return call

    def _note(self, name, layer, start):
        self.calls.append(Timed(name, layer, threading.get_ident(), start, time.perf_counter()))

    def totals(self):
        """For each name, the longest first: the number of its calls and the seconds of all."""
        found = {}
        for call in self.calls:
            number, seconds = found.get(call.name, (0, 0.0))
            found[call.name] = number + 1, seconds + call.stop - call.start
        return dict(sorted(found.items(), key=lambda item: -item[1][1]))
