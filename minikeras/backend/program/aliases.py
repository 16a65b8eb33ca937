"""Aliases: which values of a program may share memory, and what follows for variables."""

from minikeras.backend.program.chains import Chain
from minikeras.backend.program.program import Ref

# Primitives whose result may share memory with an argument.
VIEWS = frozenset(
    {
        "again", "broadcast_to", "cast", "clip", "conj", "crop", "diagonal", "flip", "get_item",
        "imag", "nan_to_num", "pad", "power", "real", "reshape", "round", "share_of_process",
        "split", "transpose", "unstack", "view", "view_as_complex", "view_as_real",
    }
)  # fmt: skip


def owners(program):
    """For each slot the slots whose memory its value may lie in, its own included."""
    found = {}
    for slot in (*program.inputs, *(s for _, s in program.reads)):
        found[slot] = {slot}
    for call in program.calls:
        base = set()
        if call.name in VIEWS:
            base = set().union(*(found.get(s, {s}) for s in call.uses()))
        for slot in call.outs:
            if slot is not None:
                found[slot] = {slot} | base
    return found


def last_uses_of_memory(program, own):
    """For each slot the last call that reads it, or a value that may lie in its memory."""
    last = {}
    for i, call in enumerate(program.calls):
        for slot in call.uses():
            for owner in own.get(slot, ()):
                last[owner] = i
    for slot in program.kept():
        for owner in own.get(slot, ()):
            last[owner] = len(program.calls)
    return last


def shared_with_others(program):
    """The slots that must be copied before a variable takes them: others may hold their memory."""
    own = owners(program)
    foreign = {*program.inputs, *(s for _, s in program.reads)}
    for call in program.calls:
        if call.is_constant:
            foreign.update(call.outs)
    for result in program.results:
        if type(result) is Ref:
            foreign |= own[result.slot]
    shared, taken = set(), set()
    for _, slot in program.writes:
        if own[slot] & (foreign | taken):
            shared.add(slot)
        taken |= own[slot]
    return shared


def donations(program):
    """Where a chain may write the new value of a variable over the old one.

    Returns:
        A dict from slots of new values to slots of the old ones, where nothing reads the old value
        after the chain, nor within it but block by block.
    """
    old_of = {}
    slots = {id(variable): slot for variable, slot in program.reads}
    for variable, slot in program.writes:
        if id(variable) in slots:
            old_of[slot] = slots[id(variable)]
    own = owners(program)
    shared = shared_with_others(program)
    last = last_uses_of_memory(program, own)
    found = {}
    for i, chain in enumerate(program.calls):
        if not isinstance(chain, Chain):
            continue
        for new in chain.outs:
            old = old_of.get(new)
            if old is None or new in shared or last.get(old) != i or old not in chain.sources:
                continue
            # Views of the old value, if the chain reads any, must be the old value itself.
            others = [s for s in chain.uses() if s != old and old in own.get(s, ())]
            is_read_later = chain.reads_after(old, new)
            same_kind = program.traits[old][:2] == program.traits[new][:2]
            if not others and not is_read_later and same_kind and program.traits[old][2]:
                found[new] = old
    return found
