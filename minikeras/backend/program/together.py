"""Together: recurrences of which none needs the other, such as both directions of a layer.

A step of a small recurrent layer takes as long for two sequences as for one, for the time goes into
the calls of its loop. The kernels of `recurrent_loops` take several sequences in lockstep; here the
calls of a program are found that may be made so, and the calls of their gradients. What they
compute is the same, bit for bit.
"""

from minikeras.backend import recurrent_loops
from minikeras.backend.lockstep import is_large
from minikeras.backend.program.program import Kernel, Ref


class _Kind:
    """A recurrence whose primitive has so many arguments, results, and arrays of memory."""

    def __init__(self, name, arguments, results, memory):
        self.arguments, self.results, self.memory = arguments, results, memory
        run = getattr(recurrent_loops, name)
        run_back = getattr(recurrent_loops, f"{name}_gradient")

        def forward(*args, **settings):
            found, kept = run(_halves(args), **settings)
            return *found[0], *found[1], *kept

        def backward(*args, **settings):
            first, second = run_back(_halves(args[:-memory]), args[-memory:], **settings)
            return *first, *second

        self.forward = Kernel(f"two_{name}", forward)
        self.backward = Kernel(f"two_{name}_gradient", backward)


def _halves(args):
    return args[: len(args) // 2], args[len(args) // 2 :]


_KINDS = {
    "simple_rnn": _Kind("simple_rnn", arguments=6, results=2, memory=1),
    "lstm": _Kind("lstm", arguments=9, results=3, memory=2),
    "gru": _Kind("gru", arguments=6, results=2, memory=2),
}


def run_together(program):
    """Join pairs of recurrences of the same kind and sizes of which none needs the other."""
    open_calls = {}  # what calls must have in common -> one that has no partner yet
    for call in list(program.calls):
        if call.name not in _KINDS or is_large(*_trait(program, call.args[1])[0]):
            continue
        key = call.name, tuple(call.settings.items()), _traits(program, call)
        partner = open_calls.get(key)
        if partner is not None and _join(program, partner, call):
            del open_calls[key]
        else:
            open_calls[key] = call


def _trait(program, x):
    if type(x) is Ref:
        return program.traits[x.slot][:2]
    return None if x is None else (x.shape, x.dtype)


def _traits(program, call):
    return tuple(_trait(program, a) for a in call.args)


def _join(program, a, b):
    """Join two calls and those of their gradients; returns whether that could be done."""
    kind = _KINDS[a.name]
    behind = [_gradient_of(program, call, kind) for call in (a, b)]
    if None in behind or len(behind[0]) != len(behind[1]):
        return False
    calls = _with_one(program.calls, a, b, _forward(kind, a, b))
    if calls is not None and behind[0]:
        (of_a,), (of_b,) = behind
        if of_a.settings != of_b.settings or _traits(program, of_a) != _traits(program, of_b):
            return False
        calls = _with_one(calls, of_a, of_b, _backward(kind, of_a, of_b))
    if calls is None:
        return False
    program.calls = calls
    for slot in a.outs[kind.results :]:
        shape, dtype, is_contiguous = program.traits[slot]
        program.traits[slot] = ((*shape[:-4], 2, *shape[-3:]), dtype, is_contiguous)
    for slot in (a.outs[0], b.outs[0]):
        if slot is not None:  # the states of all steps are a part of the memory
            program.traits[slot] = (*program.traits[slot][:2], False)
    return True


def _gradient_of(program, call, kind):
    """A list of the call for the gradient, if there is one; None where others read the memory."""
    memory = call.outs[kind.results :]
    users = [c for c in program.calls if not set(memory).isdisjoint(c.uses())]
    if not users and program.kept().isdisjoint(memory):
        return []
    if len(users) != 1 or users[0].name != f"{call.name}_gradient":
        return None
    return users if users[0].args[-kind.memory :] == tuple(map(Ref, memory)) else None


def _forward(kind, a, b):
    args = [(*c.args, *[None] * (kind.arguments - len(c.args))) for c in (a, b)]
    outs = a.outs[: kind.results] + b.outs[: kind.results] + a.outs[kind.results :]
    return a._replace(primitive=kind.forward, args=args[0] + args[1], outs=outs)


def _backward(kind, a, b):
    args = a.args[: -kind.memory] + b.args[: -kind.memory] + a.args[-kind.memory :]
    return a._replace(primitive=kind.backward, args=args, outs=a.outs + b.outs)


def _with_one(calls, a, b, both):
    """The calls with one in the place of two, behind all that it needs; None if that cannot be."""
    start, end = sorted(i for i, call in enumerate(calls) if call is a or call is b)
    needed, ahead, rest = set(calls[end].uses()), [], []
    for call in reversed(calls[start + 1 : end]):
        is_needed = not needed.isdisjoint(call.outs)
        (ahead if is_needed else rest).append(call)
        needed.update(call.uses() if is_needed else ())
    if not needed.isdisjoint(calls[start].outs):
        return None
    return [*calls[:start], *ahead[::-1], both, *rest[::-1], *calls[end + 1 :]]
