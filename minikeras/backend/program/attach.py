"""Attached calls: elementwise calls that the kernel before them makes for each of its blocks.

An activation behind a normalization, or an addition, is one call on a large array: too short to
wake threads for. The kernel has them at work already.

A bias and an activation behind a convolution are a chain, which takes no longer than what the
kernel would take for them.

What the gradient of a maximum over windows needs to know is found block by block as well, while
the block is in the cache.
"""

from minikeras.backend.bounds import is_number
from minikeras.backend.pooling import max_pool_with_taps
from minikeras.backend.program.elementary import UFUNCS
from minikeras.backend.program.program import Kernel, Ref

_SYMMETRIC = ("add", "maximum", "minimum", "multiply")
_WITH_TAPS = Kernel("max_pool_with_taps", max_pool_with_taps)


def attach_calls(program):
    """Hand elementwise calls on the results of normalizations to their kernels.

    And those for the taps of maxima over windows to the kernel that finds the maxima.
    """
    readers = _readers(program)
    known = {*program.inputs, *(slot for _, slot in program.reads)}
    dropped, calls = set(), []
    for call in program.calls:
        if id(call) in dropped:
            continue
        while (follower := _follower(program, call, readers, known)) is not None:
            dropped.add(id(follower))
            call = _joined(call, follower)
        if (taps := _taps_of(call, readers)) is not None:
            dropped.add(id(taps))
            call = call._replace(primitive=_WITH_TAPS, outs=call.outs + taps.outs, several=True)
        known.update(call.outs)
        calls.append(call)
    if dropped:
        program.calls = calls
        program.notes.append(f"attach_calls: {len(dropped)} calls are made in blocks of others")


def _taps_of(call, readers):
    """The call that finds the taps of the maxima that ``call`` finds, or None."""
    if call.name != "max_pool":
        return None
    found = (c for c in readers.get(call.outs[0], ()) if c and c.name == "max_pool_taps")
    how = call.args[0], Ref(call.outs[0])
    return next((c for c in found if c.args == how and c.settings == call.settings), None)


def _readers(program):
    """For each slot the calls that read it; None stands for whoever gets it in the end."""
    readers = {slot: [None] for slot in program.kept()}
    for call in program.calls:
        for slot in set(call.uses()):
            readers.setdefault(slot, []).append(call)
    return readers


def _follower(program, call, readers, known):
    """The elementwise call that alone reads the first result of ``call``, if it can be attached."""
    if call.name != "standardize":
        return None
    found = readers.get(call.outs[0], ())
    if len(found) != 1 or found[0] is None or found[0].name not in UFUNCS or found[0].settings:
        return None
    (follower,) = found
    traits = program.traits
    if traits[follower.outs[0]][:2] != traits[call.outs[0]][:2] or len(follower.args) > 2:
        return None
    place = _place(follower, call.outs[0])
    others = [a for i, a in enumerate(follower.args) if i != place]
    return follower if all(_fits(program, call, a, known) for a in others) else None


def _place(follower, slot):
    """The place among its arguments of what the call follows."""
    return next(i for i, a in enumerate(follower.args) if type(a) is Ref and a.slot == slot)


def _fits(program, call, operand, known):
    """Whether an operand is a number, or known by then and in the shape of the result."""
    if type(operand) is not Ref:
        return is_number(operand) or getattr(operand, "ndim", None) == 0
    if operand.slot not in known:
        return False
    shape, dtype, is_contiguous = program.traits[operand.slot]
    result, result_dtype, _ = program.traits[call.outs[0]]
    return dtype == result_dtype and (not shape or (shape == result and is_contiguous))


def _joined(call, follower):
    """The call with another one attached."""
    place = _place(follower, call.outs[0])
    operands = [a for i, a in enumerate(follower.args) if i != place]
    if follower.name in _SYMMETRIC:
        place = 0
    after = (*call.settings.get("after", ()), (follower.name, place))
    return call._replace(
        args=(*call.args, *operands),
        settings={**call.settings, "after": after},
        outs=(follower.outs[0], *call.outs[1:]),
    )
