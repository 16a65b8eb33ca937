"""Recording: the calls of primitives that one run of a function makes, in the order of the run.

While a recording is open, every array that depends on the function's inputs or on variables is a
`Tracer`, and each call of a primitive on tracers is noted: which primitive, on what, with which
settings. The run itself goes on with real values, so it is an eager step like any other.

Whatever would make a replay wrong is noticed: a concrete value that is read (``float(t)``,
``if t:``, ``np.asarray(t)``), or a result whose shape depends on values. Then the recording says
why in `reason`, and is of no use but for that.
"""

import sys
import weakref

from minikeras.backend import autodiff
from minikeras.backend.autodiff import Tracer
from minikeras.backend.program.program import Call, Program, Ref
from minikeras.backend.variables import current_path
from minikeras.backend.xp import ARRAY_TYPES, ndarray

# Primitives whose results have a shape that depends on values, not only on shapes.
OF_UNKNOWN_SHAPE = frozenset({"nonzero", "unique_parts"})


_NOTHING = None, None


class Recording:
    """A context that records what is computed within it.

    After it has closed, `program` gives the `Program`, unless `reason` says why there is none.
    """

    def __init__(self):
        self.reason = None
        self.calls = []
        self.inputs = []  # a slot per input
        self.reads = {}  # id of a variable -> (variable, slot of its first value)
        self.writes = {}  # id of a variable -> (variable, tracer or constant: its last value)
        self.way_back = None  # on a tape's way back, the layer whose call it goes back from
        self.is_back = False  # whether a tape is on its way back
        self._slots = {}  # id of a tracer -> slot, as a `Ref`
        self._current = {}  # id of a variable -> the tracer that it is read as now
        self._before = []  # pairs of a variable and its array before it was first written
        self._known = {}  # id of an array -> (weak reference to it, a `Ref` to its slot)
        self._traits = []  # per slot: shape, dtype, whether contiguous

    def __enter__(self):
        if autodiff.recording() is not None:
            raise ValueError("A recording is open already")
        autodiff.set_recording(self)
        return self

    def __exit__(self, *_):
        autodiff.set_recording(None)

    # What goes in

    def input(self, array):
        """A tracer for an input of the function."""
        tracer = self._traced(array)
        self.inputs.append(self._slots[tracer.id].slot)
        return tracer

    def read(self, variable):
        """A tracer for the value that ``variable`` has now."""
        tracer = self._current.get(id(variable))
        if tracer is None:
            tracer = self._current[id(variable)] = self._traced(variable.array)
            self.reads[id(variable)] = (variable, self._slots[tracer.id].slot)
        return tracer

    def write(self, variable, value):
        """Note that ``variable`` has the value ``value``, a tracer or an array, from now on."""
        if type(value) is not Tracer or value.id not in self._slots:
            value = self._traced_constant(value.value if type(value) is Tracer else value)
        self._current[id(variable)] = self.alias(value)
        if id(variable) not in self.writes:
            self._before.append((variable, variable.array))
        self.writes[id(variable)] = (variable, self._slots[value.id].slot)

    def undo(self):
        """Give the variables the values that they had before the recording."""
        for variable, array in self._before:
            variable.array = array

    # What happens

    def note(self, primitive, args, settings, out):
        """Note a call; returns its output with tracers in place of arrays."""
        refs = tuple([self._ref(a) for a in args])
        if Ref not in map(type, refs):
            return out
        if primitive.name in OF_UNKNOWN_SHAPE:
            self.give_up(f"the shape of what `{primitive.name}` gives depends on values")
        several = isinstance(out, tuple)
        if several:
            traced = tuple([self._traced(x) for x in out])
            slots = tuple([self._slots[t.id].slot if type(t) is Tracer else None for t in traced])
        else:
            traced = self._traced(out)
            slots = (self._slots[traced.id].slot if type(traced) is Tracer else None,)
        self.calls.append(
            Call(primitive, refs, settings, slots, several, self.layer(), self.is_back)
        )
        return traced

    def layer(self):
        """The path of the layer that computes now, or None."""
        return self.way_back or current_path() or None

    def knows(self, tracer):
        """Whether the recording follows ``tracer``."""
        return tracer.id in self._slots

    def alias(self, tracer):
        """A tracer for the same value that no gradient tape follows."""
        slot = self._slots.get(tracer.id)
        if slot is None:
            return tracer.value
        twin = Tracer(tracer.value)
        self._slots[twin.id] = slot
        return twin

    def observe(self, tracer):
        """Note that the program looked at the value of ``tracer``."""
        if tracer.id in self._slots:
            self.give_up(f"a concrete value was read{_place_in_code()}")

    def give_up(self, reason):
        """Let the recording be of no use, and say why; the first reason counts."""
        if self.reason is None:
            self.reason = reason

    def program(self, outputs):
        """The `Program` that computes ``outputs``, a list of tracers and other leaves."""
        results = [self._ref(x) for x in outputs]
        return Program(
            calls=self.calls,
            inputs=list(self.inputs),
            reads=list(self.reads.values()),
            writes=list(self.writes.values()),
            results=results,
            traits=self._traits,
        )

    # Slots

    def _traced(self, array):
        if not isinstance(array, ARRAY_TYPES):
            return array
        tracer = Tracer(array)
        ref = self._slots[tracer.id] = Ref(len(self._traits))
        if type(array) is ndarray:
            self._traits.append((array.shape, array.dtype, array.flags.c_contiguous))
            # The same array comes again where code of the library holds the value of a tracer.
            self._known[id(array)] = weakref.ref(array), ref
        else:
            self._traits.append((array.shape, array.dtype, True))
        return tracer

    def _traced_constant(self, array):
        tracer = self._traced(array)
        slot = self._slots[tracer.id].slot
        self.calls.append(Call(None, (array,), {}, (slot,), False, None))
        return tracer

    def _ref(self, x):
        """``x`` as an argument of a call: a `Ref` to a slot, or a constant as it is."""
        if type(x) is Tracer:
            ref = self._slots.get(x.id)
            if ref is not None:
                return ref
            x = x.value
        if type(x) is ndarray:
            # An array that is gone may have left its number to another one.
            known, ref = self._known.get(id(x), _NOTHING)
            if known is not None and known() is x:
                return ref
        return x


def _place_in_code():
    """Where the code stands that now runs, in words: the user's, else that of this package."""
    frame = sys._getframe()
    inner = None
    while frame is not None and frame.f_globals.get("__name__", "").startswith("minikeras"):
        module = frame.f_globals["__name__"]
        if inner is None and not module.startswith("minikeras.backend."):
            inner = f" by {module}"
        frame = frame.f_back
    user = "" if frame is None else f" at {frame.f_code.co_filename}:{frame.f_lineno}"
    return f"{inner or ''}{user}"
