"""Passes that make a program shorter: no-ops, composites spelled out, repetitions, dead code.

Each takes a `Program` and changes its list of calls; what the calls that stay compute is the same,
bit for bit.
"""

from minikeras.backend.autodiff import PRIMITIVES
from minikeras.backend.program.elementary import UFUNCS
from minikeras.backend.program.program import Call, Ref, identity
from minikeras.backend.xp import np


def simplify(program):
    """All passes of this file, in the order in which each helps the next."""
    for change in (drop_no_ops, spell_out, join_repetitions, drop_broadcasts, drop_dead_calls):
        before = len(program.calls)
        change(program)
        difference = before - len(program.calls)
        if difference:
            verb = "dropped" if difference > 0 else "added"
            program.notes.append(f"{change.__name__}: {verb} {abs(difference)} calls")
    return program


def drop_no_ops(program):
    """Leave out calls that give their argument back: equal casts, reshapes, sums of one number."""
    renamed, calls = {}, []
    for call in program.calls:
        call = call.with_renamed(renamed)
        if _is_no_op(call, program.traits):
            renamed[call.outs[0]] = call.args[0].slot
        else:
            calls.append(call)
    program.calls = calls
    program.rename_kept(renamed)


def _is_no_op(call, traits):
    names = ("broadcast_to", "cast", "reshape", "sum")
    if call.name not in names or type(call.args[0]) is not Ref:
        return False
    before, after = (traits[slot][:2] for slot in (call.args[0].slot, call.outs[0]))
    return before == after and (call.name != "sum" or before[0] == ())


def spell_out(program):
    """Replace composite elementwise primitives by the ufuncs that their kernels are made of."""
    calls = []

    def emit(call, name, *args):
        """One more call for a value in between; returns a reference to it."""
        slot = program.add_slot(program.traits[call.outs[0]])
        calls.append(Call(PRIMITIVES[name], args, {}, (slot,), False, call.layer, call.is_back))
        return Ref(slot)

    for call in program.calls:
        spell = _SPELLINGS.get(call.name)
        found = spell and spell(lambda *a, call=call: emit(call, *a), *call.args, **call.settings)
        if not found:
            calls.append(call)
            continue
        name, *args = found
        place = call.layer, call.is_back
        calls.append(Call(PRIMITIVES[name], tuple(args), {}, call.outs, False, *place))
    program.calls = calls


def _clip(emit, x, low, high):
    if low is None or high is None:
        return None
    return "minimum", emit("maximum", x, low), high


def _leaky_relu(emit, x, *, negative_slope):
    if not 0 <= negative_slope <= 1:
        return None
    return "maximum", x, emit("multiply", x, negative_slope)


def _power(emit, x, y):
    names = {2: "square"} if type(y) is int else {2: "square", 0.5: "sqrt", -1: "reciprocal"}
    return (names[y], x) if type(y) in (int, float) and y in names else None


# Name of a primitive -> the name and arguments of the last ufunc of its kernel, those before it
# emitted; None where the kernel does something else for such arguments.
_SPELLINGS = {
    "clip": _clip,
    "leaky_relu": _leaky_relu,
    "power": _power,
    "relu": lambda emit, x: ("maximum", x, 0),
    "rsqrt": lambda emit, x: ("reciprocal", emit("sqrt", x)),
    "sigmoid": lambda emit, x: (
        "true_divide",
        1,
        emit("add", 1, emit("exp", emit("negative", x))),
    ),
}


def join_repetitions(program):
    """Compute once what is computed twice from the same arguments."""
    renamed, calls, seen = {}, [], {}
    for call in program.calls:
        call = call.with_renamed(renamed)
        key = _key(call)
        known = None if key is None else seen.get(key)
        if known is None:
            seen[key] = call
            calls.append(call)
        else:
            renamed.update(zip(call.outs, known.outs))
    program.calls = calls
    program.rename_kept(renamed)


def _key(call):
    """What two calls have in common that give the same; None where that is hard to tell."""
    args = tuple(map(identity, call.args))
    settings = tuple((k, type(v), v) for k, v in call.settings.items())
    key = (call.name, args, settings)
    try:
        hash(key)
    except TypeError:
        return None
    return key


def drop_broadcasts(program):
    """Let calls that broadcast by themselves read what was broadcast for them."""
    sources, calls = {}, []
    for call in program.calls:
        if call.name == "broadcast_to" and type(call.args[0]) is Ref:
            sources[call.outs[0]] = call.args[0]
        elif call.name in UFUNCS:
            args = tuple(sources.get(a.slot, a) if type(a) is Ref else a for a in call.args)
            shapes = (
                program.traits[a.slot][0] if type(a) is Ref else getattr(a, "shape", ())
                for a in args
            )
            if np.broadcast_shapes(*shapes) == program.traits[call.outs[0]][0]:
                call = call._replace(args=args)
        calls.append(call)
    program.calls = calls


def drop_dead_calls(program):
    """Leave out calls whose results nobody uses."""
    wanted, calls = set(program.kept()), []
    for call in reversed(program.calls):
        if any(slot in wanted for slot in call.outs):
            wanted.update(call.uses())
            calls.append(call)
    program.calls = calls[::-1]
