"""Joining: the updates of small variables are made as one, on arrays that hold all of them.

An update such as Adam's makes a dozen calls for each variable, and for a bias each of them takes
longer to be called than to compute. Where variables are updated alike, their gradients are put side
by side into one flat array, and so are the variables; then every call is made once for all. What
comes out is given back to the variables as views of the flat array, by which the next step knows
that they lie side by side already.

Each element goes through the same calls as before, so nothing changes but the number of calls.
"""

import itertools
import math
from operator import is_
from typing import NamedTuple

from minikeras.backend.program.elementary import UFUNCS
from minikeras.backend.program.program import Call, Ref, identity
from minikeras.backend.xp import xp

# Elements of the largest variable that is joined with others: putting the gradients of larger ones
# side by side takes as long as is saved.
MOST = 1 << 12


class Kernel(NamedTuple):
    """Stands for a primitive in a call that only replays make."""

    name: str
    kernel: object


class SideBySide:
    """The values of some variables, one after the other in a flat array while nobody sets one."""

    def __init__(self, shapes):
        ends = list(itertools.accumulate(map(math.prod, shapes)))
        self.places = [
            (slice(end - math.prod(shape), end), shape) for end, shape in zip(ends, shapes)
        ]
        self.flat = None
        self.parts = [None] * len(shapes)

    def joined(self, *arrays):
        """The flat array of the values of all variables."""
        if all(map(is_, arrays, self.parts)):
            return self.flat
        return joined(*arrays)

    def parted(self, flat):
        """The value of each variable, a view of ``flat``."""
        self.flat = flat
        self.parts = [flat[place].reshape(shape) for place, shape in self.places]
        return self.parts


def joined(*arrays):
    """All elements of all arrays, one after the other."""
    return xp.concatenate(arrays, axis=None)


def join_updates(program):
    """Make the calls that update small variables alike once for all of them, at the end.

    The update of a variable is what elementwise calls of its shape compute for nobody but it; so
    all that it needs is there before, and nobody waits for what it gives.
    """
    groups = {}
    for lane in _lanes(program):
        groups.setdefault(_likeness(program, lane), []).append(lane)
    groups = [lanes for lanes in groups.values() if _pays(program, lanes)]
    if not groups:
        return
    gone = {id(call) for lanes in groups for lane in lanes for call in lane}
    program.calls = [call for call in program.calls if id(call) not in gone]
    for lanes in groups:
        program.calls += _joined_calls(program, lanes)
    updates = sum(map(len, groups))
    program.notes.append(f"join_updates: {updates} updates made as {len(groups)}")


def _lanes(program):
    """The updates: lists of calls that lead to new values of variables and to nothing else."""
    users = {}
    for i, call in enumerate(program.calls):
        for slot in set(call.uses()):
            users.setdefault(slot, []).append(i)
    written = {slot for _, slot in program.writes}
    written -= {r.slot for r in program.results if type(r) is Ref}
    lane_of, lanes = {}, {}  # position of a call -> its lane; lane -> its calls, the last one first
    for i, call in reversed(list(enumerate(program.calls))):
        if not _is_joinable(program, call):
            continue
        found = {lane_of.get(user) for user in users.get(call.outs[0], ())}
        if not found and call.outs[0] in written:
            found = {i}
        if len(found) == 1 and found != {None}:
            (lane_of[i],) = found
            lanes.setdefault(lane_of[i], []).append(call)
    return [lane[::-1] for lane in lanes.values()][::-1]


def _is_joinable(program, call):
    """Whether a call is elementwise on small arrays of one shape and on numbers."""
    if call.name not in UFUNCS or call.settings:
        return False
    shape = program.traits[call.outs[0]][0]
    shapes = (
        program.traits[a.slot][0] if type(a) is Ref else getattr(a, "shape", ()) for a in call.args
    )
    constants = (a for a in call.args if type(a) is not Ref)
    return (
        shape != ()
        and 0 < math.prod(shape) <= MOST
        and all(found in ((), shape) for found in shapes)
        and all(getattr(a, "shape", ()) == () for a in constants)
    )


def _likeness(program, lane):
    """What updates have in common that can be made as one."""
    reads = {slot for _, slot in program.reads}
    written = {slot for _, slot in program.writes}
    numbers = {}  # slot -> how many others occur before it

    def part(a):
        if type(a) is not Ref:
            return "constant", identity(a)
        shape, dtype, _ = program.traits[a.slot]
        if shape == ():
            return "number", a.slot
        return numbers.setdefault(a.slot, len(numbers)), dtype, a.slot in reads

    shape = program.traits[lane[0].outs[0]][0]
    if any(program.traits[call.outs[0]][0] != shape for call in lane):
        return id(lane)
    return tuple(
        (call.name, *map(part, (*call.args, Ref(call.outs[0]))), call.outs[0] in written)
        for call in lane
    )


def _pays(program, lanes):
    """Whether the calls that are saved are more than those that join arrays and part them."""
    lane = lanes[0]
    made = {call.outs[0] for call in lane}
    arrays = {s for call in lane for s in call.uses() if program.traits[s][0] != ()}
    number = sum(slot in made for _, slot in program.writes)
    return len(lane) * (len(lanes) - 1) > len(arrays - made) + number * len(lanes)


def _joined_calls(program, lanes):
    """The calls for all updates at once."""
    shapes = [program.traits[lane[0].outs[0]][0] for lane in lanes]
    total = sum(map(math.prod, shapes))
    old_of = _old_values(program)
    flat = {}  # slot of the first update -> slot of the flat array
    written = {slot for _, slot in program.writes}
    places = {}  # slots of old values -> the values of these variables
    calls, last = [], []

    def new_slot(slot):
        flat[slot] = program.add_slot(((total,), program.traits[slot][1], True))
        return flat[slot]

    for same in zip(*lanes):
        outs = tuple(call.outs[0] for call in same)
        if outs[0] in written:
            places[tuple(map(old_of.get, outs))] = SideBySide(shapes)
    for same in zip(*lanes):
        args = []
        for parts in zip(*(call.args for call in same)):
            first = parts[0]
            if type(first) is not Ref or program.traits[first.slot][0] == ():
                args.append(first)
                continue
            if first.slot not in flat:
                known = places.get(tuple(ref.slot for ref in parts))
                kernel = Kernel("joined", known.joined if known else joined)
                outs = (new_slot(first.slot),)
                calls.append(Call(kernel, parts, {}, outs, False, None))
            args.append(Ref(flat[first.slot]))
        outs = tuple(call.outs[0] for call in same)
        calls.append(same[0]._replace(args=tuple(args), outs=(new_slot(outs[0]),)))
        if outs[0] in written:
            known = places[tuple(map(old_of.get, outs))]
            kernel = Kernel("parted", known.parted)
            last.append(Call(kernel, (Ref(flat[outs[0]]),), {}, outs, True, None))
    return calls + last


def _old_values(program):
    """For slots of new values those of the old ones."""
    old = {id(variable): slot for variable, slot in program.reads}
    return {slot: old.get(id(variable)) for variable, slot in program.writes}
