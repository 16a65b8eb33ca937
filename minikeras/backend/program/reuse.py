"""Reuse: results written over arguments that nobody reads any more."""

import math

from minikeras.backend.program.aliases import last_uses_of_memory, owners
from minikeras.backend.program.elementary import UFUNCS
from minikeras.backend.program.program import Ref

# Below this number of elements a fresh array costs no more than the argument `out`.
_LEAST = 1024
# Besides ufuncs, primitives whose results are arrays that nobody else holds.
_FRESH = UFUNCS | {
    "chain",
    "convolution",
    "convolution_input_gradient",
    "convolution_kernel_gradient",
    "einsum",
    "matmul",
    "section",
}


def reusable(program):
    """Which calls may write their result over an argument.

    Returns:
        A dict from positions of calls to slots of arguments.
    """
    own = owners(program)
    last = last_uses_of_memory(program, own)
    fresh, found = set(), {}
    for i, call in enumerate(program.calls):
        if call.name in UFUNCS:
            trait = program.traits[call.outs[0]]
            for arg in call.args:
                if type(arg) is not Ref or arg.slot not in fresh or last[arg.slot] != i:
                    continue
                # Of rank 0 NumPy makes scalars, which cannot be written to.
                is_large = trait[0] and math.prod(trait[0]) >= _LEAST
                if is_large and program.traits[arg.slot] == trait:
                    found[i] = arg.slot
                    break
        if call.name in _FRESH:
            fresh.update(call.outs)
    return found
