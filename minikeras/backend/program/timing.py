"""Timing: the time and the memory of each call of a primitive, in replayed steps and in others.

On a GPU these are the times that it takes to hand the work over, not those of the work.
"""

import functools
import sys
import threading
import time
from typing import NamedTuple

from minikeras.backend.autodiff import Primitive
from minikeras.backend.variables import current_path
from minikeras.backend.xp import is_array, xp


class Timed(NamedTuple):
    """A call: its name, the layer that made it or None, its thread, its seconds, bytes it gave."""

    name: str
    layer: str
    thread: int
    start: float
    stop: float
    size: int


class Timing:
    """A context in which calls of primitives are timed.

    Replays call kernels directly, so `watch` must be told of them.

    Attributes:
        calls: the `Timed` calls so far.
        programs: the programs that were replayed meanwhile.
        is_on: what is called while this is False is left out.
    """

    def __init__(self):
        self.is_on = True
        self.calls = []
        self.programs = []
        self._replaced = []  # (namespace of a replay, name in it, what stood there)

    def __enter__(self):
        compute, note = Primitive._computed, self._note

        def timed(primitive, values, settings):
            layer, start = current_path() or None, time.perf_counter()
            out = compute(primitive, values, settings)
            note(primitive.name, layer, start, out, values)
            return out

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
                    self._watch(plan.replay)

    def _watch(self, replay):
        namespace = replay.namespace
        known = {name for seen, name, _ in self._replaced if seen is namespace}
        for name, function in list(namespace.items()):
            # The names of kernels end with an underscore.
            if name.endswith("_") and not name.startswith("_") and name not in known:
                self._replaced.append((namespace, name, function))
                namespace[name] = self._timed(name[:-1], function, replay)

    def _timed(self, name, function, replay):
        @functools.wraps(function, assigned=(), updated=())
        def call(*args, **kwargs):
            start = time.perf_counter()
            out = function(*args, **kwargs)
            made = replay.call_at(sys._getframe(1).f_lineno)
            self._note(name, made and made.layer, start, out, args)
            if self.is_on and not any(replay.program is known for known in self.programs):
                self.programs.append(replay.program)
            return out

        return call

    def _note(self, name, layer, start, out, args):
        if not self.is_on:
            return
        stop, size = time.perf_counter(), _bytes_of(out, args)
        self.calls.append(Timed(name, layer, threading.get_ident(), start, stop, size))

    def totals(self, key=lambda call: call.name):
        """For each name, or what else ``key`` makes of a call, the longest first.

        Returns:
            a dict of the number of its calls, the seconds and the bytes of all.
        """
        found = {}
        for call in self.calls:
            number, seconds, size = found.get(key(call), (0, 0.0, 0))
            found[key(call)] = number + 1, seconds + call.stop - call.start, size + call.size
        return dict(sorted(found.items(), key=lambda item: -item[1][1]))


def _bytes_of(out, args):
    """The bytes of what a call gave, without what only shows the memory of an argument."""
    if isinstance(out, (tuple, list)):
        return sum(_bytes_of(part, args) for part in out)
    if not is_array(out):
        return 0
    shows = out.base is not None and any(is_array(a) and xp.may_share_memory(out, a) for a in args)
    return 0 if shows else out.nbytes
