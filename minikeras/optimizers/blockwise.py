"""Elementwise rules over large arrays, block by block, so that what lies between stays in cache."""

from minikeras.backend.variable import in_stateless_scope
from minikeras.backend.xp import ON_GPU, ndarray, xp

# Elements per block. A rule touches some eight arrays at a time; 32768 float32 of each fit in L2.
BLOCK = 32768


def flat_copy(array):
    """A fresh array of rank 1 with the values of ``array``."""
    return xp.array(array, order="C", copy=True).reshape(-1)


def flat_state(slot):
    """The values of an optimizer variable at rank 1, to be changed in place.

    Outside a `StatelessScope` this is the memory of the variable itself: only the optimizer holds
    it. Inside, where the variable must not change, it is a copy: see `store_state`.
    """
    if in_stateless_scope():
        return flat_copy(slot.value_in_own_dtype())
    array = slot.array
    if type(array) is not ndarray or not array.flags.c_contiguous:
        array = xp.array(array, order="C", copy=True)
        slot.adopt(array)
    return array.reshape(-1)


def store_state(slot, flat):
    """Tell the open `StatelessScope`, if any, what became of the copy of the variable's values."""
    if in_stateless_scope():
        slot.assign(flat.reshape(slot.shape))


def blockwise(rule, inputs, state=(), target=None):
    """Apply ``rule`` to arrays of rank 1 and equal size.

    Args:
        rule: a function of blocks of all ``inputs`` and ``state``, in this order. It may change
            those of ``state`` in place, and returns a block of the result (or None).
        inputs: arrays, only read.
        state: arrays to be changed.
        target: where the result goes; by default into a fresh array.

    Returns:
        The result.
    """
    size = inputs[0].size
    if ON_GPU or size <= BLOCK:
        found = rule(*inputs, *state)
        if target is None:
            return found
        target[...] = found
        return target
    for start in range(0, size, BLOCK):
        part = slice(start, start + BLOCK)
        found = rule(*(a[part] for a in inputs), *(s[part] for s in state))
        if found is not None:
            if target is None:
                target = xp.empty(size, found.dtype)
            target[part] = found
    return target
