"""Replay: a program as one Python function, written out call by call and compiled.

The text of the function is what a person would write who had only the recording: a line a call,
values in local names, each let go after its last use. `Replay.source` shows it.
"""

import itertools
import linecache

from minikeras.backend import autodiff
from minikeras.backend.program.program import Ref
from minikeras.backend.xp import copy_of

_serial = itertools.count()

# Primitives whose result may share memory with an argument.
VIEWS = frozenset(
    {
        "broadcast_to", "cast", "conj", "crop", "diagonal", "flip", "get_item", "imag", "pad",
        "power", "real", "reshape", "split", "transpose", "unstack", "view", "view_as_complex",
        "view_as_real",
    }
)  # fmt: skip


class Replay:
    """Runs a `Program` on new inputs.

    Calling it reads the variables, computes, and sets the variables that the program writes.
    """

    def __init__(self, program):
        self.program = program
        self.variables_in = [variable for variable, _ in program.reads]
        self.variables_out = [variable for variable, _ in program.writes]
        self.source, self._lines, constants = _written(program)
        name = f"<program {next(_serial)}>"
        linecache.cache[name] = (len(self.source), None, self.source.splitlines(True), name)
        self._name = name
        namespace = dict(constants)
        exec(compile(self.source, name, "exec"), namespace)
        self._function = namespace["replay"]

    def __call__(self, inputs):
        """The results, for a list of arrays of the shapes and dtypes that were recorded."""
        try:
            with autodiff.quietly():
                return self._function(inputs, self.variables_in, self.variables_out)
        except Exception as error:
            self._explain(error)
            raise

    def _explain(self, error):
        """Add to an exception which call it came from, and in which layer."""
        place = error.__traceback__
        while place is not None and place.tb_frame.f_code.co_filename != self._name:
            place = place.tb_next
        call = place and self._lines.get(place.tb_lineno)
        if call is not None:
            layer = f" of layer {call.layer!r}" if call.layer else ""
            error.add_note(f"in `{call.name}`{layer}, replaying: {self.program.line(call)}")

    def __del__(self):
        linecache.cache.pop(getattr(self, "_name", None), None)


def _written(program):
    """The text of the function, the call that each line stands for, and the constants it names."""
    lines, calls, constants = [], {}, {}
    last = program.last_uses()

    def emit(text, call=None):
        lines.append(f"    {text}")
        if call is not None:
            calls[len(lines) + 1] = call

    def named(x):
        """The text of an argument."""
        if type(x) is Ref:
            return f"t{x.slot}"
        if type(x) in (int, bool, type(None), str) or (
            type(x) is float and x == x and abs(x) < 1e300
        ):
            return repr(x)
        name = f"c{len(constants)}"
        constants[name] = x
        return name

    if program.inputs:
        emit(", ".join(f"t{slot}" for slot in program.inputs) + ", = inputs")
    for i, (_, slot) in enumerate(program.reads):
        emit(f"t{slot} = read[{i}].array")
    for i, call in enumerate(program.calls):
        args = [named(a) for a in call.args]
        outs = ", ".join("_" if slot is None else f"t{slot}" for slot in call.outs)
        if call.primitive is None:
            emit(f"{outs} = {args[0]}")
        else:
            kernel = named(call.primitive.kernel)
            args += [f"{key}={named(value)}" for key, value in call.settings.items()]
            emit(f"{outs} = {kernel}({', '.join(args)})", call)
        done = [s for s in {*call.uses(), *call.outs} - {None} if last.get(s, -1) <= i]
        if done:
            emit(" = ".join(f"t{s}" for s in sorted(done)) + " = None")
    shared = _shared_with_others(program)
    for i, (_, slot) in enumerate(program.writes):
        copied = f"copy_of(t{slot})" if slot in shared else f"asarray(t{slot})"
        emit(f"write[{i}].array = {copied}")
    constants["copy_of"] = copy_of
    from minikeras.backend.xp import asarray

    constants["asarray"] = asarray
    emit(f"return [{', '.join(map(named, program.results))}]")
    return "def replay(inputs, read, write):\n" + "\n".join(lines) + "\n", calls, constants


def _shared_with_others(program):
    """The slots that must be copied before a variable takes them: others may hold their memory."""
    owned = {}  # slot -> slots it may share memory with, itself included
    for slot in (*program.inputs, *(s for _, s in program.reads)):
        owned[slot] = {slot}
    foreign = set(owned)
    for call in program.calls:
        base = set()
        if call.primitive is None:
            foreign.update(call.outs)
        elif call.name in VIEWS:
            base = set().union(*(owned.get(s, {s}) for s in call.uses()))
        for slot in call.outs:
            if slot is not None:
                owned[slot] = {slot} | base
    results = set().union(*(owned[r.slot] for r in program.results if type(r) is Ref), set())
    taken, shared = set(), set()
    for _, slot in program.writes:
        if owned[slot] & (foreign | results | taken):
            shared.add(slot)
        taken |= owned[slot]
    return shared
