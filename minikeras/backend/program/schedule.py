"""Schedule: variables are updated as soon as their gradients are there.

A gradient is as large as its variable. Where each goes into the update at once, and is let go, a
step needs memory for the largest of them and not for all. Elementwise calls that follow come first,
as ReLU's gradient does: they are short, and let outputs of layers go or write over what they read.
"""

from minikeras.backend.program.aliases import owners
from minikeras.backend.program.chains import Chain
from minikeras.backend.program.elementary import UFUNCS


def update_early(program):
    """Move the chains that compute new values of variables up, to behind all that they need.

    What else reads an old value must come before: the new one is to be written over it.
    """
    written = {slot for _, slot in program.writes}
    old = {slot for _, slot in program.reads}
    own = owners(program)
    calls, moved = list(program.calls), 0
    for chain in program.calls:
        if not isinstance(chain, Chain) or written.isdisjoint(chain.outs):
            continue
        at = next(i for i, call in enumerate(calls) if call is chain)
        memory = old.intersection(chain.sources)
        readers = (
            i
            for i, call in enumerate(calls[:at])
            if any(not memory.isdisjoint(own.get(slot, ())) for slot in call.uses())
        )
        place, numbers = _earliest(program, calls, chain, at, max(readers, default=-1))
        if place + 1 + len(numbers) < at:
            taken = {id(call) for call in (*numbers, chain)}
            before, behind = calls[: place + 1], calls[place + 1 :]
            rest = (call for call in behind if id(call) not in taken)
            calls = [*before, *numbers, chain, *rest]
            moved += 1
    if moved:
        program.notes.append(f"update_early: moved up {moved} chains that update variables")
    program.calls = calls


def _earliest(program, calls, chain, at, after):
    """The call behind which the chain can stand, and the calls for numbers that it takes along."""
    producers = {slot: i for i, call in enumerate(calls[:at]) for slot in call.outs}
    numbers, place, open_slots = set(), after, list(chain.uses())
    while open_slots:
        i = producers.get(open_slots.pop())
        if i is None or i in numbers:
            continue
        if all(slot is not None and program.traits[slot][0] == () for slot in calls[i].outs):
            numbers.add(i)
            open_slots.extend(calls[i].uses())
        else:
            place = max(place, i)
    while place + 1 < at and calls[place + 1].name in UFUNCS:
        place += 1
    return place, [calls[i] for i in sorted(numbers) if i > place]
