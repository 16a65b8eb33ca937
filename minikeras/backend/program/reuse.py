"""Reuse: results written over arguments that nobody reads any more."""

import math

from minikeras.backend.program.aliases import last_uses_of_memory, owners
from minikeras.backend.program.chains import Chain
from minikeras.backend.program.elementary import UFUNCS
from minikeras.backend.program.program import Ref

# Below this number of elements a fresh array costs no more than the argument `out`.
_LEAST = 1024
# Besides ufuncs, primitives whose results are arrays that nobody else holds.
_FRESH = UFUNCS | {
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
    "section",
}


def reusable(program):
    """Which results may be written over an argument.

    Returns:
        A dict from slots of results to slots of arguments.
    """
    own = owners(program)
    last = last_uses_of_memory(program, own)
    fresh, found = set(), {}
    for i, call in enumerate(program.calls):
        if call.name in UFUNCS:
            arguments = [a.slot for a in call.args if type(a) is Ref]
        else:
            arguments = call.sources if isinstance(call, Chain) else ()
        dying = [slot for slot in arguments if slot in fresh and last[slot] == i]
        for new in call.outs if dying else ():
            old = next((slot for slot in dying if _may_take(program, call, new, slot, own)), None)
            if old is not None:
                found[new] = old
                dying = [slot for slot in dying if slot != old]
        if call.name in _FRESH:
            fresh.update(call.outs)
    return found


def _may_take(program, call, new, old, own):
    """Whether ``new`` can have the memory of ``old``, which nothing reads after the call."""
    trait = program.traits[new]
    # Of rank 0 NumPy makes scalars, which cannot be written to.
    if not trait[0] or math.prod(trait[0]) < _LEAST or program.traits[old] != trait:
        return False
    if not isinstance(call, Chain):
        return True
    # A chain writes some of a result before it reads the rest of its sources. What a variable takes
    # has memory of its own, that the next value can be written over.
    is_read_so = all(slot == old or old not in own.get(slot, ()) for slot in call.uses())
    is_kept = new in program.kept()
    return trait[2] and is_read_so and not is_kept and not call.reads_after(old, new)
