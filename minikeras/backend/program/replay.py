"""Replay: a program as one Python function, written out call by call and compiled.

The text of the function is what a person would write who had only the recording: a line a call,
values in local names, each let go after its last use. `Replay.source` shows it.
"""

import itertools
import linecache
import sys

from minikeras.backend import autodiff, threads
from minikeras.backend.bounds import at_least, at_most, is_number
from minikeras.backend.program.aliases import donations, shared_with_others
from minikeras.backend.program.chains import Chain, scratch_plan
from minikeras.backend.program.elementary import UFUNCS
from minikeras.backend.program.program import Ref
from minikeras.backend.program.reuse import of_dying_memory, reusable
from minikeras.backend.program.samples import SUMMED
from minikeras.backend.program.sections import Section
from minikeras.backend.program.spelling import is_of_numbers, spelled
from minikeras.backend.xp import ON_GPU, asarray, copy_of, xp

_serial = itertools.count()
# Names of a function from which its frame is made so long, in words, as to have its own piece.
_MANY_NAMES = 256
_LONG_FRAME = 4096
_BOUNDS = {"maximum": at_least, "minimum": at_most}


# Functions that are told of each replay that writes over arrays of variables.
watchers = []


class Replay:
    """Runs a `Program` on new inputs.

    Calling it reads the variables, computes, and sets the variables that the program writes.
    """

    def __init__(self, program):
        self.program = program
        self.variables_in = [variable for variable, _ in program.reads]
        self.variables_out = [variable for variable, _ in program.writes]
        writer = _Writer(program)
        self.source, self._lines = writer.text(), writer.calls
        over = donations(program)
        self.overwritten = [variable for variable, slot in program.writes if slot in over]
        self._name = f"<program {next(_serial)}>"
        lines = self.source.splitlines(True)
        linecache.cache[self._name] = (len(self.source), None, lines, self._name)
        self.namespace = writer.names  # what the text names
        exec(compile(self.source, self._name, "exec"), self.namespace)
        for function in self.namespace.values():
            if getattr(function, "__code__", None) and function.__code__.co_filename == self._name:
                _give_room(function)
        self._function = self.namespace["replay"]

    def __call__(self, inputs):
        """The results, for a list of arrays of the shapes and dtypes that were recorded."""
        try:
            with autodiff.quietly():
                return self._function(inputs, self.variables_in, self.variables_out)
        except Exception as error:
            self._explain(error)
            raise
        finally:
            for tell in tuple(watchers):  # another thread may leave `fit` meanwhile
                tell(self)

    def call_at(self, line):
        """The call that a line of the text makes, None where it makes none."""
        return self._lines.get(line, (None,))[0]

    def _explain(self, error):
        """Add to an exception which call it came from, and in which layer."""
        place, found = error.__traceback__, None
        while place is not None:
            if place.tb_frame.f_code.co_filename == self._name:
                found = self._lines.get(place.tb_lineno, found)
            place = place.tb_next
        if found is not None:
            call, program = found
            layer = f" of layer {call.layer!r}" if call.layer else ""
            error.add_note(f"in `{call.name}`{layer}, replaying: {program.line(call)}")

    # The cache is bound here: when Python ends, names of modules may be gone before replays.
    def __del__(self, cache=linecache.cache):
        cache.pop(getattr(self, "_name", None), None)


def _give_room(function):
    """Let a function of many names have a piece of Python's stack of its own, with room to spare.

    Frames lie one behind the other in pieces of 16 KB. A long frame that ends near the end of one
    makes every call from there ask the system for another piece, and give it back on return: a
    step of 64 layers took 17 ms, not 8. One too long for a piece gets one with 8 KB to spare.
    """
    code = function.__code__
    if code.co_nlocals >= _MANY_NAMES:
        function.__code__ = code.replace(co_stacksize=max(code.co_stacksize, _LONG_FRAME))


def is_unshared(array):
    """Whether nobody but a variable, and the replay that asks, holds ``array``."""
    is_whole = array.flags.c_contiguous and array.flags.owndata
    return is_whole and _references(array) <= _references_of_one_holder


def _references(array):
    return sys.getrefcount(array)


def _probed():
    """How many references a replay sees of an array that only a variable holds.

    Which names count differs between versions of Python, so it is tried out.
    """

    class Holder:
        array = None

    def replay(read):
        t0 = read[0].array
        found = is_unshared(t0)
        return found, t0

    def is_unshared(array):
        return _references(array)

    holder = Holder()
    holder.array = xp.empty(1)
    return replay([holder])[0]


_references_of_one_holder = _probed()


class _Writer:
    """Writes a program as the text of a function, line by line.

    Args:
        program: what to write.
        outer: the writer of the program that has this one as the part of a section.
    """

    def __init__(self, program, outer=None):
        self.program = program
        self.calls = outer.calls if outer else {}  # number of a line -> the call that it makes
        self.names = outer.names if outer else _common_names()  # what the text names
        self._lines = outer._lines if outer else []
        self._numbers = outer._numbers if outer else itertools.count()
        self._functions = {}  # position of a chain or a section -> the name of its function
        self._given = set()  # slots whose values go to memory that is given, `w` and the slot
        self._scalars = set()  # slots of scalars of NumPy, which otherwise are arrays of rank 0
        self._donations = donations(program)
        self._reused, self._spare = ({}, {}) if ON_GPU else reusable(program)
        self._last_readers = () if ON_GPU else of_dying_memory(program)

    def text(self):
        """The whole text."""
        self._write_functions()
        self._write_body()
        return "\n".join(self._lines) + "\n"

    def _write_functions(self):
        for i, call in enumerate(self.program.calls):
            if isinstance(call, (Chain, Section)):
                name = self._functions[i] = f"{call.name}_{next(self._numbers)}"
                if isinstance(call, Chain):
                    self._write_chain(name, call, self._spare.get(i, ()))
                else:
                    self._write_section(name, call)

    def _emit(self, text, call=None, depth=1):
        self._lines.append("    " * depth + text)
        if call is not None:
            self.calls[len(self._lines)] = (call, self.program)

    def _named(self, x):
        """The text of an argument."""
        if type(x) is Ref:
            return f"t{x.slot}"
        if type(x) in (int, bool, type(None), str) or (type(x) is float and abs(x) < 1e300):
            return repr(x)
        return self._constant("c", x)

    def _number(self, ref):
        """The text of an argument of rank 0 as a scalar of NumPy, not an array."""
        return f"t{ref.slot}" if ref.slot in self._scalars else f"t{ref.slot}[()]"

    def _constant(self, prefix, x):
        name = f"{prefix}{next(self._numbers)}"
        self.names[name] = x
        return name

    def _kernel(self, call):
        """The name of what computes a call: the ufunc itself where that is all."""
        primitive = call.primitive
        if primitive.name in _BOUNDS and any(map(is_number, call.args)):
            name = f"{primitive.name}_number_"
            self.names[name] = _BOUNDS[primitive.name]
            return name
        name = f"{primitive.name}_"
        is_ufunc = primitive.name in UFUNCS and not ON_GPU
        kernel = getattr(xp, primitive.name) if is_ufunc else primitive.kernel
        while self.names.setdefault(name, kernel) != kernel:  # as with methods of several objects
            name = f"{primitive.name}_{next(self._numbers)}_"
        return name

    def _write_body(self):
        program, emit = self.program, self._emit
        emit("def replay(inputs, read, write):", depth=0)
        if program.inputs:
            emit("".join(f"t{slot}, " for slot in program.inputs) + "= inputs")
        for i, (_, slot) in enumerate(program.reads):
            emit(f"t{slot} = read[{i}].array")
        self._write_calls()
        shared = shared_with_others(program)
        for i, (_, slot) in enumerate(program.writes):
            # Of rank 0 there are scalars, which are no arrays.
            is_array = program.traits[slot][0] and not ON_GPU
            function = "copy_of" if slot in shared else "" if is_array else "asarray"
            emit(f"write[{i}].array = " + (f"{function}(t{slot})" if function else f"t{slot}"))
        emit(f"return [{', '.join(map(self._named, program.results))}]")

    def _write_calls(self):
        last = self.program.last_uses()
        for i, call in enumerate(self.program.calls):
            if i in self._last_readers:
                call = call._replace(settings={**call.settings, "is_last": True})
            if i in self._functions:
                self._write_use(self._functions[i], call)
            else:
                self._write_call(call, self._reused.get(call.outs[0]))
            done = [s for s in {*call.uses(), *call.outs} - {None} if last.get(s, -1) <= i]
            if done:
                self._emit(" = ".join(f"t{s}" for s in sorted(done)) + " = None")

    def _write_call(self, call, target=None):
        outs = ", ".join("_" if slot is None else f"t{slot}" for slot in call.outs)
        if call.several and len(call.outs) == 1:
            outs += ","  # a tuple of one
        if call.is_constant:
            self._emit(f"{outs} = {self._named(call.args[0])}")
            return
        given = [slot for slot in call.outs if slot in self._given]
        if not given and target is None and not ON_GPU:
            text = spelled(call, self.program.traits, self._named, self._number)
            if text is not None:
                self._emit(f"{outs} = {text}", call)
                if is_of_numbers(call, self.program.traits):
                    self._scalars.update(call.outs)
                return
        args = [self._named(a) for a in call.args]
        args += [f"{key}={self._named(value)}" for key, value in call.settings.items()]
        if given and not call.several and _takes_out(call.primitive):
            args.append(f"out=w{given[0]}")
            given = []
        elif target is not None:
            args.append(f"out=t{target}")
        self._emit(f"{outs} = {self._kernel(call)}({', '.join(args)})", call)
        for slot in given:
            self._emit(f"w{slot}[...] = t{slot}")

    def _write_use(self, name, call):
        """The memory for the results of a chain or a section, and the call of its function."""
        for slot, shape in zip(call.outs, call.shapes_of_outs(self.program)):
            fresh = f"empty({shape}, {self.program.traits[slot][1].name!r})"
            old = self._donations.get(slot)
            if slot in self._given:
                fresh = f"w{slot}"
            elif slot in self._reused:
                fresh = f"t{self._reused[slot]}"
            if old is not None:
                fresh = f"t{old} if is_unshared(t{old}) else {fresh}"
            self._emit(f"t{slot} = {fresh}")
        self._emit(f"{name}({', '.join(f't{s}' for s in (*call.uses(), *call.outs))})")
        for slot in getattr(call, "summed", ()):
            self._emit(f"t{slot} = sum_of_parts(t{slot}, axis=0)")

    # Sections

    def _write_section(self, name, section):
        """The function of one part, and the one that calls it for all parts."""
        emit, part = self._emit, section.part
        inner = _Writer(part, self)
        inner._write_part(f"{name}_part")
        args = ", ".join(f"t{s}" for s in (*section.uses(), *section.outs))
        emit(f"def {name}({args}):", depth=0)
        emit("def piece(k):", depth=1)
        values = []
        for (source, cut), slot in zip(section.sources, part.inputs):
            value = f"t{source}" if type(source) is int else self._constant("c", source)
            values.append(_text_of_part(value, cut, part.traits[slot][0]))
        for slot, way, result in zip(section.outs, section.ways, part.results):
            values.append(_text_of_part(f"t{slot}", way, part.traits[result.slot][0]))
        emit(f"{name}_part({', '.join(values)})", depth=2)
        emit(f"run(piece, range({section.parts}))")
        emit("", depth=0)

    def _write_part(self, name):
        """The function of one part: it fills the memory that it is given for its results."""
        self._write_functions()
        program = self.program
        self._given = {result.slot for result in program.results}
        names = [f"t{s}" for s in program.inputs] + [f"w{r.slot}" for r in program.results]
        self._emit(f"def {name}({', '.join(names)}):", depth=0)
        self._write_calls()
        self._emit("", depth=0)

    # Chains

    def _write_chain(self, name, chain, spare):
        """The function of a chain: its calls for each block; ``spare`` as in `scratch_plan`."""
        emit = self._emit
        arrays = [*chain.sources, *chain.outs]
        emit(f"def {name}({', '.join(f't{s}' for s in (*chain.uses(), *chain.outs))}):", depth=0)
        if chain.form != chain.shape:
            for slot in arrays:
                emit(f"t{slot} = t{slot}.reshape({chain.form})")
            for slot in chain.others:
                if slot in chain.repeated:
                    count = chain.form[-1] // chain.shape[-1]
                    emit(f"t{slot} = tile(t{slot}.reshape(-1), {count})")
                else:
                    emit(f"t{slot} = t{slot}.reshape(())")
        places, dtypes = scratch_plan(self.program, chain, spare)
        emit("def piece(part):")
        emit("with scratch() as take:", depth=2)
        if dtypes:
            inner = ", ".join(map(str, chain.form[1:]))
            emit(f"shape = (part.stop - part.start, {inner})", depth=3)
        for n, dtype in enumerate(dtypes):
            emit(f"s{n} = take(shape, {dtype.name!r})", depth=3)
        blocks = {s: f"t{s}" for s in chain.others}
        for slot in arrays:
            blocks[slot] = f"b{slot}"
            emit(f"b{slot} = t{slot}[part]", depth=3)
        for call in chain.calls:
            self._write_call_on_block(call, chain, places, blocks)
        emit(f"run(piece, {self._constant('p', chain.blocks(sum(d.itemsize for d in dtypes)))})")
        emit("", depth=0)

    def _write_call_on_block(self, call, chain, places, blocks):
        (out,) = call.outs
        args = [blocks[a.slot] if type(a) is Ref else self._named(a) for a in call.args]
        args += [f"{key}={self._named(value)}" for key, value in call.settings.items()]
        kernel = self._kernel(call)
        if call.name not in UFUNCS:
            target = f"b{out}[...]" if out in chain.outs else f"u{out}"
            blocks.setdefault(out, target)
            self._emit(f"{target} = {kernel}({', '.join(args)})", call, depth=3)
            return
        blocks.setdefault(out, places.get(out))
        self._emit(f"{kernel}({', '.join(args)}, out={blocks[out]})", call, depth=3)


def _common_names():
    """What the text of every replay may name."""
    return {
        "asarray": asarray,
        "copy_of": copy_of,
        "empty": xp.empty,
        "is_unshared": is_unshared,
        "run": threads.run,
        "scratch": threads.scratch,
        "sum_of_parts": xp.add.reduce,
        "tile": xp.tile,
    }


def _takes_out(primitive):
    """Whether a primitive can write to memory that is given."""
    code = primitive.kernel.__code__
    keywords = code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount]
    return primitive.name in UFUNCS or "out" in keywords


def _text_of_part(name, cut, shape):
    """The text of part ``k`` of a value, of which each part has the given shape."""
    if cut is None:
        return name
    if cut is SUMMED:
        return f"{name}[k, ...]"
    length = shape[cut.axis]
    return f"{name}[{':, ' * cut.axis}k * {length}:(k + 1) * {length}]"
