"""Chains: runs of elementwise calls on arrays of one large shape, computed block by block.

A ufunc over a large array is bound by memory: each call reads and writes it as a whole. In a chain
all calls are made for one block before the next is begun, and only what is used outside of the
chain has memory of its own. Blocks go to several threads.
"""

import math
from typing import NamedTuple

from minikeras.backend import threads
from minikeras.backend.program.elementary import ELEMENTWISE, UFUNCS
from minikeras.backend.program.program import Ref
from minikeras.backend.program.sections import Section

# Elements from which a chain pays, and elements of a block. Smaller blocks would stay in a smaller
# cache, but a thread hands Python's lock on at each call: two threads with blocks of 32768 elements
# took longer than one, with blocks of 262144 half as long (2.8 million elements, a bias and ReLU:
# 1.3 ms, 1.0 ms, 0.5 ms).
LEAST = 131072
BLOCK = 262144
# Elements computed that make two blocks of what could be one: 0.1 ms, about.
_SHARED = 1 << 20
_LONG = 512  # elements from which an innermost loop is long


class Chain(NamedTuple):
    """Elementwise calls on arrays of one shape. It stands among the calls of a program.

    Attributes:
        calls: the calls, in order.
        shape: that of every result.
        sources: slots of arrays that are cut into blocks.
        others: slots of arrays that broadcast against every block as they are.
        outs: slots that are used outside of the chain.
        form: the shape that the arrays are brought to, whose first axis is cut into blocks.
        repeated: those of ``others`` that are repeated along the last axis of ``form``.
    """

    calls: tuple
    shape: tuple
    sources: tuple
    others: tuple
    outs: tuple
    form: tuple
    repeated: tuple

    name = "chain"
    layer = None
    is_constant = False

    def uses(self):
        """The slots that the chain reads."""
        return [*self.sources, *self.others]

    def shapes_of_outs(self, program):
        """Those of the memory for ``outs``."""
        return [self.shape] * len(self.outs)

    def lines(self, program):
        """The chain as text."""
        yield "chain:"
        for call in self.calls:
            yield "    " + program.line(call)

    def reads_after(self, old, new):
        """Whether a call reads ``old`` after ``new`` was computed."""
        made = next(i for i, call in enumerate(self.calls) if new in call.outs)
        return any(old in call.uses() for call in self.calls[made + 1 :])

    def blocks(self, scratch):
        """Slices of the first axis of ``form``, an even number if there are several.

        The more bytes of ``scratch`` memory an element needs, the shorter they are.
        """
        total, size = self.form[0], math.prod(self.form)
        is_shared = size * len(self.calls) >= _SHARED
        most = BLOCK * 4 // (4 + scratch)
        return threads.slices(total, most * total // size, 1 if is_shared else total)


def form_chains(program):
    """Replace elementwise calls on large arrays of one shape by chains.

    A call joins the open chain if it has the chain's shape, and opens the next one if it has
    another large shape. One that is not elementwise is made before the chain, unless it needs
    something of it: then the chain ends there.
    """
    for call in program.calls:
        if isinstance(call, Section):
            form_chains(call.part)
    calls, chain, made = [], [], set()

    def close():
        calls.extend(_closed(program, chain))
        chain.clear()
        made.clear()

    for call in program.calls:
        shape = _shape_in_chains(program, call)
        if shape is None:
            if any(slot in made for slot in call.uses()):
                close()
            calls.append(call)
            continue
        if chain and shape != program.traits[chain[0].outs[0]][0]:
            close()
        chain.append(call)
        made.update(call.outs)
    close()
    number = sum(isinstance(call, Chain) for call in calls)
    if number:
        program.notes.append(f"form_chains: {number} chains of elementwise calls")
    program.calls = calls


def _shape_in_chains(program, call):
    """The shape of the chains that the call can be part of, or None."""
    if call.name not in ELEMENTWISE or call.several or call.settings.keys() - {"dtype"}:
        return None
    shape, _, is_contiguous = program.traits[call.outs[0]]
    if math.prod(shape) < LEAST or not is_contiguous:
        return None
    constants = [a for a in call.args if type(a) is not Ref]
    return shape if all(getattr(a, "ndim", 0) == 0 for a in constants) else None


def _closed(program, chain):
    """The calls of a chain as one `Chain`, or as they are where one would not pay."""
    if len(chain) < 2:
        return list(chain)
    made = {slot for call in chain for slot in call.outs}
    inside = {id(call) for call in chain}
    needed = set(program.kept())
    for call in program.calls:
        if id(call) not in inside:
            needed.update(call.uses())
    shape = program.traits[chain[0].outs[0]][0]
    sources, others = [], []
    for slot in dict.fromkeys(s for call in chain for s in call.uses() if s not in made):
        found = program.traits[slot][0]
        is_cut = len(found) == len(shape) and found[:1] == shape[:1]
        (sources if is_cut else others).append(slot)
    outs = tuple(slot for call in chain for slot in call.outs if slot in needed)
    form, repeated = _form(shape, [program.traits[s][0] for s in sources], others, program.traits)
    return [Chain(tuple(chain), shape, tuple(sources), tuple(others), outs, form, repeated)]


def _form(shape, sources, others, traits):
    """The shape to cut blocks from, and the slots that are repeated along its last axis.

    Flat, where nothing is broadcast but numbers. A bias is repeated until it is long, as the
    innermost loop of a ufunc should be: over 32 channels at a time an addition in the cache takes
    half as long again. Else the arrays are cut along their own first axis.
    """
    size = math.prod(shape)
    vectors = [s for s in others if math.prod(traits[s][0]) > 1]
    if any(source != shape for source in sources):
        return shape, ()
    if not vectors:
        return (size,), ()
    width = shape[-1]
    if any(math.prod(traits[s][0]) != width or traits[s][0][-1] != width for s in vectors):
        return shape, ()
    inner = next((n for n in _suffix_sizes(shape) if n >= _LONG), width)
    return (size // inner, inner), tuple(vectors)


def _suffix_sizes(shape):
    """The sizes of the last axis, the last two ... of ``shape``, the first axis left out."""
    return [math.prod(shape[i:]) for i in range(len(shape) - 1, 0, -1)]


def scratch_plan(program, chain, spare=()):
    """Where each value inside the chain lies.

    Args:
        spare: slots of sources whose blocks are scratch memory, too, once they have been read.

    Returns:
        A dict from slots to the names of blocks, `s` and a number, or `b` and the slot of a source;
        and the dtypes of the former.
    """
    last = {}
    for i, call in enumerate(chain.calls):
        for slot in (*call.uses(), *call.outs):
            last[slot] = i
    places = {slot: f"b{slot}" for slot in spare}
    dtype_of = {places[slot]: program.traits[slot][1] for slot in spare}
    dtypes, free = [], []
    for i, call in enumerate(chain.calls):
        (out,) = call.outs
        dying = [s for s in set(call.uses()) if s in places and last[s] == i]
        # An elementwise call may write over what it reads.
        free.extend(places[s] for s in dying)
        if out in chain.outs or call.name not in UFUNCS:
            continue
        dtype = program.traits[out][1]
        fitting = [name for name in free if dtype_of[name] == dtype]
        if fitting:
            free.remove(fitting[-1])
            places[out] = fitting[-1]
        else:
            places[out] = f"s{len(dtypes)}"
            dtypes.append(dtype)
            dtype_of[places[out]] = dtype
    return places, dtypes
