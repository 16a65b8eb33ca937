"""Reuse: results, and what lies between, written over arguments that nobody reads any more."""

import math

from minikeras.backend.program.aliases import last_uses_of_memory, owners
from minikeras.backend.program.chains import Chain
from minikeras.backend.program.elementary import UFUNCS
from minikeras.backend.program.program import Ref

# Below this number of elements a fresh array costs no more than the argument `out`.
_LEAST = 1024
# Besides ufuncs, primitives whose results are arrays that nobody else holds.
_FRESH = UFUNCS | {
    "all_reduce",
    "average_pool",
    "average_pool_gradient",
    "chain",
    "convolution",
    "convolution_input_gradient",
    "convolution_kernel_gradient",
    "einsum",
    "matmul",
    "max_pool",
    "max_pool_gradient",
    "max_pool_with_taps",
    "put",
    "section",
}
# Recurrences whose last result is the memory of their gates.
_GATED = frozenset({"gru", "lstm", "two_gru", "two_lstm"})


def reusable(program):
    """Which results may be written over an argument.

    Returns:
        A dict from slots of results to slots of arguments, and one from positions of chains to
        those of their sources that may serve as scratch memory once they are read.
    """
    own = owners(program)
    last = last_uses_of_memory(program, own)
    fresh, found, spare = set(), {}, {}
    for i, call in enumerate(program.calls):
        dying = []
        if call.name in UFUNCS:
            dying = [a.slot for a in call.args if type(a) is Ref]
        elif isinstance(call, Chain):
            dying = [slot for slot in call.sources if _is_cut_alone(program, call, slot, own)]
        dying = [slot for slot in dying if slot in fresh and last[slot] == i]
        for new in call.outs if dying else ():
            old = next((slot for slot in dying if _may_take(program, call, new, slot)), None)
            if old is not None:
                found[new] = old
                dying = [slot for slot in dying if slot != old]
        if isinstance(call, Chain):
            spare[i] = dying
        if call.name in _FRESH:
            fresh.update(call.outs)
    return found, spare


def of_dying_memory(program):
    """The positions of gradients of recurrences that may write over the gates they are given.

    Those must come from a recurrence of the program, and nobody may read them later.
    """
    last = last_uses_of_memory(program, owners(program))
    own, found = set(), []
    for i, call in enumerate(program.calls):
        if call.name in _GATED:
            own.add(call.outs[-1])
        elif call.name.removesuffix("_gradient") in _GATED:
            gates = call.args[-1]
            if type(gates) is Ref and gates.slot in own and last[gates.slot] == i:
                found.append(i)
    return found


def _is_cut_alone(program, chain, source, own):
    """Whether a block of a source is as large as those of results, and read as nothing else.

    A chain writes some of its results before it reads the rest of its sources.
    """
    shape, _, is_contiguous = program.traits[source]
    others = (own.get(slot, ()) for slot in chain.uses() if slot != source)
    return shape == chain.shape and is_contiguous and not any(source in o for o in others)


def _may_take(program, call, new, old):
    """Whether ``new`` can have the memory of ``old``, which nothing reads after the call."""
    trait = program.traits[new]
    # Of rank 0 NumPy makes scalars, which cannot be written to.
    if not trait[0] or math.prod(trait[0]) < _LEAST or program.traits[old] != trait:
        return False
    if not isinstance(call, Chain):
        return True
    # What a variable takes has memory of its own, that the next value can be written over.
    return new not in program.kept() and not call.reads_after(old, new)
