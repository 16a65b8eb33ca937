"""Data parallelism: a step as one of several processes makes it, for its share of the samples.

What is computed of every sample by itself, each process computes of its own samples alone. Sums
and means over the batch, such as gradients of weights, come out as one part in each process; an
**all-reduce** adds the parts up, for as many values at once as can wait for it. From there on all
processes compute the same, each for itself: also the updates, so that weights stay equal without
being sent. This is synchronous data parallelism, as of Goyal et al. 2017, "Accurate, Large
Minibatch SGD", section 2, with the batch shared out instead of made larger.

A sum over the batch is rounded in another way than in one process. All else is equal, bit for bit.
"""

import math

from minikeras.backend.autodiff import PRIMITIVES
from minikeras.backend.program.program import Call, Kernel, Ref
from minikeras.backend.program.samples import (
    AVERAGED,
    GATHERED,
    OF_PROCESSES,
    SUMMED,
    Cut,
    batch_of,
    plan,
)


def of_replica(program, replicas):
    """The program of each of several processes, all of them the same.

    Args:
        program: what the step does in one process.
        replicas: has ``count``, how many processes there are; a function ``share(x, *, axis,
            length)`` that gives the part of an array that belongs to the samples of this process,
            so long along an axis; a function ``meeting(*traits)`` that gives a `Meeting` for
            arrays of these shapes and dtypes.

    Returns:
        A `Program` for the inputs' share of this process, or None where the samples cannot be
        told apart.
    """
    samples = batch_of(program)
    if samples is None or samples % replicas.count:
        return None
    return _Sharing(program, samples, replicas).found()


class _Sharing:
    """How the calls of a program are made for a share of the samples."""

    def __init__(self, program, samples, replicas):
        self.program = program
        self.samples = samples
        self.replicas = replicas
        self.count = replicas.count
        self.share = Kernel("share_of_process", replicas.share)
        self.replica = program.copy()
        self.cuts = {slot: Cut(0, 1) for slot in program.inputs if program.traits[slot][0]}
        self.shares = {}  # slot or id of a constant, and how it is cut -> a `Ref` to the share
        self.calls = []

    def found(self):
        """The program of a process, or None."""
        waiting = self.program.calls
        while waiting:
            waiting = self._until_sums(waiting)
            if waiting is None:
                return None
        if not self.cuts.keys().isdisjoint(self.program.kept()):
            return None
        for slot, cut in self.cuts.items():
            self.replica.traits[slot] = self._of_share(self.program.traits[slot], cut)
        self.replica.calls = self.calls
        return self.replica

    def _until_sums(self, calls):
        """Make those calls that need no sums over all samples, then the sums; return the others.

        None if one of them cannot be made for a share of the samples.
        """
        sums, late, others = {}, set(), []  # slot of a sum -> slot of the part of it
        for call in calls:
            if not late.isdisjoint(call.uses()):
                others.append(call)
                late.update(call.outs)
                continue
            ways = self._make(call)
            if ways is None:
                return None
            outs = [(s, way) for s, way in zip(call.outs, ways) if s is not None]
            parts = {s: way for s, way in outs if way in (SUMMED, AVERAGED)}
            if parts:
                late.update(parts)
                sums.update(self._parts(parts))
        if sums:
            self._sum(sums)
        return others

    def _make(self, call):
        """Add a call for the share of this process; returns how its results are cut, or None."""
        if self.cuts.keys().isdisjoint(call.uses()):
            self.calls.append(call)
            return (None,) * len(call.outs)
        found = plan(call, self.cuts, self.program.traits, self.samples, OF_PROCESSES)
        if found is None:
            return None
        cuts, ways = found
        settings = call.settings
        if "shape" in settings and type(ways[0]) is Cut:
            shape, _, _ = self._of_share(self.program.traits[call.outs[0]], ways[0])
            settings = {**settings, "shape": shape}
        if GATHERED in ways:  # mean and variance, or two sums
            shape, dtype, _ = self.program.traits[call.outs[0]]
            features = math.prod(n for i, n in enumerate(shape) if i not in settings["axes"])
            meeting = self.replicas.meeting(((2, features), dtype))
            settings = {**settings, "gather": meeting.gather}
        args = tuple(map(self._argument, call.args, cuts))
        self.calls.append(call._replace(args=args, settings=settings))
        outs = [(s, way) for s, way in zip(call.outs, ways) if s is not None]
        self.cuts.update((s, way) for s, way in outs if type(way) is Cut)
        return ways

    def _argument(self, a, cut):
        """An argument as it is, or the share of it."""
        if cut is None or (type(a) is Ref and a.slot in self.cuts):
            return a
        key = (a.slot if type(a) is Ref else id(a)), cut
        if key not in self.shares:
            trait = self.program.traits[a.slot] if type(a) is Ref else (a.shape, a.dtype, True)
            trait = self._of_share(trait, cut)
            settings = {"axis": cut.axis, "length": trait[0][cut.axis]}
            self.shares[key] = self._call(self.share, (a,), trait, settings)
        return self.shares[key]

    def _of_share(self, trait, cut):
        shape, dtype, is_contiguous = trait
        if cut.axis is None:
            return trait
        length = shape[cut.axis] // self.count
        shape = (*shape[: cut.axis], length, *shape[cut.axis + 1 :])
        return shape, dtype, is_contiguous and cut.axis == 0

    def _call(self, kernel, args, trait, settings=None):
        """Add a call that the program has not; returns a `Ref` to what comes out."""
        slot = self.replica.add_slot(trait)
        self.calls.append(Call(kernel, args, settings or {}, (slot,), False, None))
        return Ref(slot)

    def _parts(self, ways):
        """Let the last call give its sums to slots for parts of them."""
        call = self.calls.pop()
        parts = {slot: self.replica.add_slot(self.program.traits[slot]) for slot in ways}
        self.calls.append(call._replace(outs=tuple(parts.get(s, s) for s in call.outs)))
        return {slot: (parts[slot], ways[slot]) for slot in ways}

    def _sum(self, sums):
        """Add up what lies in all processes."""
        for slot, (part, way) in sums.items():
            if way is AVERAGED:
                trait = self.program.traits[slot]
                factor = trait[1].type(1 / self.count)
                ref = self._call(PRIMITIVES["multiply"], (Ref(part), factor), trait)
                sums[slot] = ref.slot, way
        parts = tuple(Ref(part) for part, _ in sums.values())
        meeting = self.replicas.meeting(*(self.program.traits[slot][:2] for slot in sums))
        kernel = Kernel("all_reduce", meeting.all_reduce)
        self.calls.append(Call(kernel, parts, {}, tuple(sums), True, None))
