"""Sections: runs of calls that are made for one part of the batch after another.

Most of what a step does it does to every sample by itself. Two threads that meet after each kernel
wait for each other longer than a small kernel takes (50 us to wake one, measured on a virtual
machine); in a section each thread takes some of the samples all the way through, and they meet
once. What a part computes and nobody else needs stays in the cache, and its memory serves the next
part.

A gradient that is summed over the batch is summed over the parts: so a section rounds such sums
differently than the calls did one by one. How a batch is cut follows from shapes alone, not from
the number of threads.
"""

import math
from typing import NamedTuple

from minikeras.backend.program.program import Program, Ref
from minikeras.backend.program.samples import SUMMED, Cut, batch_of, plan
from minikeras.backend.program.work import CHEAP_VIEWS, work_of

# Work (`work`) from which a section pays, and of a part where there are more than two: 0.2 ms and
# 3 ms, about.
_LEAST = 1 << 19
_PART = 1 << 23
# Work of a call, on the average, below which two threads wait for Python's lock more than they
# compute: 16 layers of 128 units took 1.0 ms of one thread, on 32 samples, and 1.5 of two.
_LEAST_OF_CALL = 1 << 14
_MOST_PARTS = 16
# A product with fewer rows than these stays below its full speed.
_LEAST_ROWS = 256
# Bytes of a sum of which each part may have one of its own.
_SUM_BYTES = 1 << 18


class Section(NamedTuple):
    """Calls that are made for parts of the samples. It stands among the calls of a program.

    Attributes:
        calls: the calls, in order.
        part: the `Program` for one part: an input per source, a result per slot of ``outs``.
        parts: how many there are, all of the same size.
        sources: pairs of a slot, or a constant array, and how it is cut, None for what each part
            uses as a whole.
        outs: slots that are used outside of the section.
        ways: for each of these how it is cut, or `SUMMED`.
    """

    calls: tuple
    part: Program
    parts: int
    sources: tuple
    outs: tuple
    ways: tuple

    name = "section"
    layer = None
    is_constant = False

    def uses(self):
        """The slots that the section reads, each once, also where it is cut and used as a whole."""
        return list(dict.fromkeys(slot for slot, _ in self.sources if type(slot) is int))

    @property
    def summed(self):
        """Those of ``outs`` of which each part gives a part of the sum."""
        return [slot for slot, way in zip(self.outs, self.ways) if way is SUMMED]

    def shapes_of_outs(self, program):
        """Those of the memory for ``outs``: for sums one for each part."""
        return [
            (self.parts, *program.traits[slot][0]) if way is SUMMED else program.traits[slot][0]
            for slot, way in zip(self.outs, self.ways)
        ]

    def lines(self, program):
        """The section as text."""
        outs = ", ".join(f"t{slot}" for slot in self.outs)
        yield f"{outs} = section in {self.parts} parts:"
        for call in self.calls:
            yield "    " + program.line(call)


def form_sections(program):
    """Replace calls that treat every sample by itself by sections.

    A call joins the open section unless it needs something that is known only after the section:
    then the section ends, and another begins. Calls that cannot be part of a section are made
    before it, or behind it where they need something of it.
    """
    samples = batch_of(program)
    plans = _plans(program, samples) if samples else {}
    calls, section = [], _Open(program, samples)
    for i, call in enumerate(program.calls):
        found = plans.get(i)
        needs_late = not section.late.isdisjoint(call.uses())
        if found and needs_late:
            calls += section.closed()
            section = _Open(program, samples)
            needs_late = False
        if found:
            section.add(call, found)
        elif needs_late or not section.made.isdisjoint(call.uses()):
            section.add_behind(call)
        else:
            calls.append(call)
    calls += section.closed()
    sections = [call for call in calls if isinstance(call, Section)]
    if sections:
        inside = sum(len(section.calls) for section in sections)
        program.notes.append(f"form_sections: {inside} calls in {len(sections)} sections")
        program.calls = calls


def _plans(program, samples):
    """For each call that can be made for a part of the samples how its arguments are cut."""
    cuts = {slot: Cut(0, 1) for slot in program.inputs if program.traits[slot][0]}
    plans = {}
    for i, call in enumerate(program.calls):
        found = None if None in call.outs else plan(call, cuts, program.traits, samples)
        if found is None or not all(map(_may_be_summed, found[1], _traits_of(program, call))):
            continue
        if call.name == "matmul" and _is_slow_in_parts(program, call, found[1][0]):
            continue
        plans[i] = found
        cuts.update((s, way) for s, way in zip(call.outs, found[1]) if way is not SUMMED)
    return plans


def _traits_of(program, call):
    return [program.traits[slot] for slot in call.outs]


def _may_be_summed(way, trait):
    shape, dtype, _ = trait
    return way is not SUMMED or (
        dtype.char in "fdil" and math.prod(shape) * dtype.itemsize <= _SUM_BYTES
    )


def _is_slow_in_parts(program, call, way):
    """Whether a product is large, and a part of its rows would be few."""
    shape = program.traits[call.outs[0]][0]
    if way is SUMMED or work_of(program, call) < _LEAST:
        return False
    return shape[way.axis] < 2 * _LEAST_ROWS and way.axis == len(shape) - 2


class _Open:
    """A section that calls may still join."""

    def __init__(self, program, samples):
        self.program = program
        self.samples = samples
        self.members = []  # pairs of a call and its plan
        self.behind = []  # calls to be made after it
        self.made = set()  # slots that are cut, made by members
        self.late = set()  # slots that are not known before its end

    def add(self, call, found):
        self.members.append((call, found))
        for slot, way in zip(call.outs, found[1]):
            (self.late if way is SUMMED else self.made).add(slot)

    def add_behind(self, call):
        self.behind.append(call)
        self.late.update(call.outs)

    def closed(self):
        """The calls of the section and those behind it."""
        calls = [call for call, _ in self.members]
        members, outs, views = self._needed()
        parts = self._parts(members)
        if parts < 2:
            return calls + self.behind
        section = _section(self.program, members, outs, self.samples, parts)
        return [section, *views, *self.behind]

    def _needed(self):
        """The members that are needed, the slots that leave them, and views to be made again.

        A view of something that leaves the section is made outside once more.
        """
        inside = {id(call) for call, _ in self.members}
        wanted = set(self.program.kept())
        for call in self.program.calls:
            if id(call) not in inside:
                wanted.update(call.uses())
        members, outs, views, used = [], {}, [], set()
        for call, found in reversed(self.members):
            if call.name in CHEAP_VIEWS:
                if call.outs[0] in wanted:
                    views.append(call)
                    wanted.update(call.uses())
                if call.outs[0] in used:
                    members.append((call, found))
                    used.update(call.uses())
                continue
            leaving = [(s, way) for s, way in zip(call.outs, found[1]) if s in wanted]
            if leaving or not used.isdisjoint(call.outs):
                members.append((call, found))
                used.update(call.uses())
                outs.update(leaving)
        return members[::-1], outs, views[::-1]

    def _parts(self, members):
        """In how many parts to cut the samples; 1 where a section would not pay."""
        work = sum(work_of(self.program, call) for call, _ in members)
        if work < max(_LEAST, _LEAST_OF_CALL * len(members)):
            return 1
        most = min(max(work // _PART, 2), _MOST_PARTS)
        return max(n for n in range(1, most + 1) if self.samples % n == 0)


def _section(program, members, outs, samples, parts):
    """The section of the given members."""
    made = {slot for call, _ in members for slot in call.outs}
    inner = Program([], [], [], [], [], [])
    slots, sources = {}, []  # (slot, cut) -> slot of the part; in the order of its inputs

    def argument(a, cut):
        if type(a) is not Ref:
            if cut is None:
                return a
            key, trait = (id(a), cut), (a.shape, a.dtype, a.flags.c_contiguous)
        elif a.slot in made:
            return Ref(slots[a.slot])
        else:
            key, trait = (a.slot, cut), program.traits[a.slot]
        if key not in slots:
            slots[key] = inner.add_slot(_of_part(trait, cut, parts))
            inner.inputs.append(slots[key])
            sources.append((a if type(a) is not Ref else a.slot, cut))
        return Ref(slots[key])

    calls = []
    for call, (cuts, ways) in members:
        args = tuple(map(argument, call.args, cuts))
        traits = [_of_part(program.traits[s], w, parts) for s, w in zip(call.outs, ways)]
        settings = call.settings
        if "shape" in settings:
            settings = {**settings, "shape": traits[0][0]}
        slots.update((s, inner.add_slot(trait)) for s, trait in zip(call.outs, traits))
        inside = tuple(slots[s] for s in call.outs)
        calls.append(call._replace(args=args, settings=settings, outs=inside))
    for slot in outs:  # they get memory of their own
        program.traits[slot] = (*program.traits[slot][:2], True)
    inner.calls = calls
    inner.results = [Ref(slots[s]) for s in outs]
    return Section(
        tuple(call for call, _ in members),
        inner,
        parts,
        tuple(sources),
        tuple(outs),
        tuple(outs.values()),
    )


def _of_part(trait, cut, parts):
    """The trait of a part of a value."""
    shape, dtype, is_contiguous = trait
    if cut is None or cut is SUMMED:
        return trait
    shape = (*shape[: cut.axis], shape[cut.axis] // parts, *shape[cut.axis + 1 :])
    return shape, dtype, is_contiguous and cut.axis == 0
