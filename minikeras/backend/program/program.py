"""Program: what a recording leaves behind, a flat list of calls of primitives on numbered slots."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from minikeras.backend.xp import ndarray, np, to_numpy


class Ref(NamedTuple):
    """An argument that stands for the value in a slot."""

    slot: int

    def __repr__(self):
        return f"t{self.slot}"


class Kernel(NamedTuple):
    """Stands in the place of a primitive in a call that a pass has made of several."""

    name: str
    kernel: object


class Call(NamedTuple):
    """One call of a primitive.

    Attributes:
        primitive: what is called, or a `Kernel`; None for a constant, the only argument then.
        args: a `Ref` for each argument that was computed, else the value itself.
        settings: the keyword arguments.
        outs: the slots of what comes out, None for what is no array.
        several: whether the primitive gives a tuple.
        layer: the path of the layer that made the call, or None.
        is_back: whether a tape made it on its way back, for a gradient of what that layer did.
    """

    primitive: object
    args: tuple
    settings: dict
    outs: tuple
    several: bool
    layer: str
    is_back: bool = False

    @property
    def name(self):
        """The name of the primitive."""
        return "constant" if self.primitive is None else self.primitive.name

    def uses(self):
        """The slots that the call reads."""
        return [a.slot for a in self.args if type(a) is Ref]

    @property
    def is_constant(self):
        return self.primitive is None

    def lines(self, program):
        """The call as text."""
        yield program.line(self)

    def with_renamed(self, renamed):
        """The call with other slots in its arguments, where ``renamed`` names them."""
        if not renamed or not any(slot in renamed for slot in self.uses()):
            return self
        return self._replace(args=tuple(_renamed(a, renamed) for a in self.args))


@dataclass
class Program:
    """A flat list of calls, with what goes in and what comes out.

    Attributes:
        calls: `Call` after `Call`; each reads slots that earlier ones, or the inputs, have set.
        inputs: a slot per input.
        reads: pairs of a variable and the slot that holds its value at the start.
        writes: pairs of a variable and the slot that holds its value at the end.
        results: a `Ref` or a constant per result.
        traits: per slot the shape, the dtype, and whether the array is contiguous in C order.
    """

    calls: list
    inputs: list
    reads: list
    writes: list
    results: list
    traits: list
    notes: list = field(default_factory=list)  # what the passes did, in plain words

    def copy(self):
        """A program whose calls can be changed without changing this one."""
        return replace(self, calls=list(self.calls), traits=list(self.traits), notes=[])

    def add_slot(self, trait):
        """A new slot for a value of the given trait."""
        self.traits.append(trait)
        return len(self.traits) - 1

    def rename_kept(self, renamed):
        """Let what leaves the program come from other slots, where ``renamed`` names them."""
        self.results = [_renamed(r, renamed) for r in self.results]
        self.writes = [(variable, renamed.get(slot, slot)) for variable, slot in self.writes]

    def last_uses(self):
        """For each slot the index of the last call that reads it, the end for what is kept."""
        last = {}
        for i, call in enumerate(self.calls):
            for slot in call.uses():
                last[slot] = i
        for slot in self.kept():
            last[slot] = len(self.calls)
        return last

    def kept(self):
        """The slots whose values leave the program."""
        return {r.slot for r in self.results if type(r) is Ref} | {slot for _, slot in self.writes}

    def difference(self, other):
        """What a second recording of the same step does differently, in words; None if nothing."""
        if len(self.calls) != len(other.calls):
            return f"one run made {len(self.calls)} calls, the next {len(other.calls)}"
        for i, (a, b) in enumerate(zip(self.calls, other.calls)):
            where = f"in call {i}, `{a.name}`" + (f" of layer {a.layer!r}" if a.layer else "")
            if a.primitive is not b.primitive or a.outs != b.outs or a.several != b.several:
                return f"{where}: another run called `{b.name}` there"
            if len(a.args) != len(b.args) or not all(map(_same, a.args, b.args)):
                return f"{where}: an argument that is not computed from the inputs has changed"
            if not _same(a.settings, b.settings):
                return f"{where}: a setting has changed"
        if not _same_state(self.reads, other.reads) or not _same_state(self.writes, other.writes):
            return "other variables were read or written"
        if not _same(self.inputs, other.inputs) or not _same(self.results, other.results):
            return "other results were returned"
        if self.traits != other.traits:
            return "the shape or dtype of a value has changed"
        return None

    def __str__(self):
        return "\n".join(self.lines())

    def lines(self):
        """The program as text, a line a call."""
        for slot in self.inputs:
            yield f"t{slot} = input{_trait(self.traits[slot])}"
        for variable, slot in self.reads:
            yield f"t{slot} = variable {variable.path}{_trait(self.traits[slot])}"
        for call in self.calls:
            yield from call.lines(self)
        for variable, slot in self.writes:
            yield f"variable {variable.path} = t{slot}"
        yield "return " + ", ".join(map(_shown, self.results))

    def line(self, call):
        """One call as text."""
        outs = ", ".join("_" if slot is None else f"t{slot}" for slot in call.outs)
        args = [_shown(a) for a in call.args]
        args += [f"{key}={value!r}" for key, value in call.settings.items()]
        traits = "".join(_trait(self.traits[s]) for s in call.outs if s is not None)
        return f"{outs} = {call.name}({', '.join(args)}){traits}"


def _renamed(x, renamed):
    return Ref(renamed.get(x.slot, x.slot)) if type(x) is Ref else x


def identity(x):
    """What two constants have in common that can stand for each other; it may be no key."""
    if type(x) is ndarray:
        return (id(x),) if x.size != 1 else (x.shape, x.dtype, x.tobytes())
    return type(x), x


def _trait(trait):
    shape, dtype, _ = trait
    return f"  # {dtype}{list(shape)}"


def _shown(x):
    if type(x) is ndarray and x.size > 1:
        return f"<{x.dtype}{list(x.shape)}>"
    return repr(x)


def _same_state(first, second):
    return len(first) == len(second) and all(
        v is w and s == t for (v, s), (w, t) in zip(first, second)
    )


def _same(a, b):
    """Whether two constants are interchangeable: the same bits, or equal and of the same type."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, (ndarray, np.generic)):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        return to_numpy(a).tobytes() == to_numpy(b).tobytes()
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(map(_same, a.values(), b.values()))
    if isinstance(a, float):
        return np.float64(a).tobytes() == np.float64(b).tobytes()
    return bool(a == b)
