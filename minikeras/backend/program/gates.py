"""Gates: the gradient of ReLU, ``g`` where its output y is positive, left to the calls around it.

    mask = greater(y, 0)
    gated = multiply(g, mask)

If ``g`` comes from the gradient of a maximum over windows of y, the gradient of the maxima is gated
before, which is smaller: an element of y that is the maximum of a window is positive where the
maximum is. If ``gated`` goes to the gradient of a normalization, that kernel gates its blocks.
"""

from collections import Counter

from minikeras.backend.autodiff import PRIMITIVES
from minikeras.backend.program.program import Call, Ref
from minikeras.backend.program.simplify import drop_dead_calls


def move_gates(program):
    """Apply gates where they take less time."""
    makers = {slot: call for call in program.calls for slot in call.outs}
    uses = Counter([*program.kept(), *(s for call in program.calls for s in call.uses())])
    calls, gates, moved = [], {}, 0  # gates: those that wait for the call that they go to
    for call in program.calls:
        if call.name == "standardize_gradient" and call.args[0] in gates:
            g, y = gates.pop(call.args[0])
            call = call._replace(args=(g, *call.args[1:], y))
        found = _gate(program, call, makers)
        if found is not None:
            g, y = found
            maker = makers.get(g.slot)
            (out,) = call.outs
            maxima = _maxima_over(maker, y, makers)
            if maxima is not None and uses[g.slot] == 1:
                calls.extend(_gated_before(program, maker, maxima, call))
                moved += 1
                continue
            if uses[out] == 1 and _goes_to_normalization(program, out):
                gates[Ref(out)] = found
                moved += 1
                continue
        calls.append(call)
    if moved:
        program.calls = calls
        program.notes.append(f"move_gates: moved {moved} gradients of ReLU")
        drop_dead_calls(program)


def _gate(program, call, makers):
    """``g`` and ``y`` of a call that gates, else None."""
    if call.name != "multiply" or not all(type(a) is Ref for a in call.args):
        return None
    g, mask = call.args
    maker = makers.get(mask.slot)
    if maker is None or maker.name != "greater" or type(maker.args[0]) is not Ref:
        return None
    y, bound = maker.args
    traits = [program.traits[slot] for slot in (g.slot, y.slot, call.outs[0])]
    is_zero = type(bound) in (int, float) and bound == 0
    return (g, y) if is_zero and traits[0] == traits[1] == traits[2] else None


def _maxima_over(maker, y, makers):
    """The maxima over windows of ``y`` of which a call is the gradient.

    None if it is none of such, or windows overlap.
    """
    if maker is None or maker.name != "max_pool_gradient":
        return None
    windows, taps = maker.settings["windows"], makers.get(maker.args[1].slot)
    is_disjoint = all(s >= n for s, n in zip(windows.strides, windows.spans))
    is_known = taps is not None and taps.name == "max_pool_taps" and taps.args[0] == y
    return taps.args[1] if is_disjoint and is_known else None


def _gated_before(program, maker, maxima, gate):
    """The gradient of pooling with the gate before it."""
    g, taps = maker.args
    shape, dtype, _ = program.traits[maxima.slot]
    mask = program.add_slot((shape, program.traits[gate.args[1].slot][1], True))
    gated = program.add_slot((shape, dtype, True))
    place = gate.layer, gate.is_back
    yield Call(PRIMITIVES["greater"], (maxima, 0), {}, (mask,), False, *place)
    yield Call(PRIMITIVES["multiply"], (g, Ref(mask)), {}, (gated,), False, *place)
    yield maker._replace(args=(Ref(gated), taps), outs=gate.outs)


def _goes_to_normalization(program, slot):
    """Whether the call that reads ``slot`` is the gradient of a normalization, of its output."""
    reader = next((call for call in program.calls if slot in call.uses()), None)
    is_its = reader is not None and reader.name == "standardize_gradient"
    return is_its and reader.args[0] == Ref(slot) and len(reader.args) == 8
