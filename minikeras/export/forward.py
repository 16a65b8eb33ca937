"""The forward pass of a function as a program for every batch size.

A recording holds shapes as numbers. So the function is recorded for two sizes of the batch: numbers
that differ depend on it, and become a `Size`. What else differs cannot be told for other sizes.
"""

import dataclasses
from typing import NamedTuple

from minikeras import tree
from minikeras.backend.program.program import Ref
from minikeras.backend.program.recording import Recording
from minikeras.backend.recurrence import composed_gru, composed_lstm, composed_simple_rnn
from minikeras.backend.xp import ARRAY_TYPES, is_array, np, to_numpy, xp

_SIZES = (3, 5)


class Size(NamedTuple):
    """A number that depends on the batch size: so many times it, and so much more."""

    factor: int
    offset: int


class Filled(NamedTuple):
    """An array that is the same along the axes whose lengths depend on the batch size."""

    values: np.ndarray  # with length 1 along those axes
    shape: tuple


class Counting(NamedTuple):
    """The numbers from 0 on along the one axis that is longer than 1; its length is a `Size`."""

    shape: tuple
    dtype: np.dtype


class Site(NamedTuple):
    """A call of a forward pass: like `program.Call`, for every batch size."""

    name: str
    args: tuple
    settings: dict
    outs: tuple
    layer: str

    @property
    def place(self):
        """The call in words, for messages."""
        layer = f" of layer {self.layer!r}" if self.layer else ""
        return f"the call of the primitive `{self.name}`{layer}"


@dataclasses.dataclass
class Forward:
    """The calls of a forward pass.

    Attributes:
        calls: `Site` after `Site`.
        inputs: the slots of the inputs.
        reads: pairs of a variable and its slot.
        results: a `Ref` or a constant per output.
        shapes: per slot a tuple of integers and `Size`.
        dtypes: per slot the dtype.
        structure: what the function returned, without values.
    """

    calls: list
    inputs: list
    reads: list
    results: list
    shapes: list
    dtypes: list
    structure: object


def record_forward(function, signature):
    """The `Forward` of a function.

    Args:
        function: of tensors.
        signature: its arguments, structures of `InputSpec`; a first side of None is the batch.

    Raises:
        ValueError: if the function reads values, or depends on the batch size in a way that holds
            only for one size.
    """
    is_open = any(spec.shape[:1] == (None,) for spec in tree.flatten(signature))
    programs, structure = [], None
    for size in _SIZES if is_open else _SIZES[:1]:
        program, structure = _recorded(function, signature, size)
        programs.append(program)
    return _merged(*programs, structure) if is_open else _merged(*programs, *programs, structure)


def _recorded(function, signature, size):
    def example(spec):
        return xp.zeros([size if n is None else n for n in spec.shape], spec.dtype)

    arguments = tree.map_structure(example, signature)
    recording = Recording()
    try:
        with recording:
            outputs = function(*tree.map_structure(recording.input, arguments))
    finally:
        recording.undo()
    if recording.reason is not None:
        raise ValueError(f"The forward pass cannot be exported: {recording.reason}")
    program = recording.program(tree.flatten(outputs))
    return _spelled_out(program), tree.map_structure(lambda x: None, outputs)


# Recurrences that ONNX has no operator for, with masks above all, are written out step by step.
_COMPOSED = {"gru": composed_gru, "lstm": composed_lstm, "simple_rnn": composed_simple_rnn}


def _has_operator(call):
    """Whether ONNX has an operator for a recurrence."""
    at = 3 if call.name == "lstm" else 2
    mask_and_drops = call.args[at + 3 :]
    is_known = call.settings.get("activation") in (None, "tanh", "relu")
    return is_known and all(x is None for x in mask_and_drops)


def _spelled_out(program):
    calls = []
    for call in program.calls:
        composed = _COMPOSED.get(call.name)
        if composed is None or _has_operator(call):
            calls.append(call)
        else:
            calls.extend(_inner_calls(program, call, composed))
    program.calls = calls
    return program


def _inner_calls(program, call, composed):
    """The calls that ``composed`` makes in the place of ``call``."""
    recording = Recording()
    slots = []  # of the arguments that are computed, in the order of the recording's inputs

    def given(x):
        if type(x) is not Ref:
            return x
        shape, dtype, _ = program.traits[x.slot]
        slots.append(x.slot)
        return recording.input(xp.zeros(shape, dtype))

    with recording:
        results = composed(*map(given, call.args), **call.settings)
    inner = recording.program(list(results))
    known = dict(zip(inner.inputs, slots))
    for result, slot in zip(inner.results, call.outs):
        if type(result) is Ref and slot is not None:
            known[result.slot] = slot

    def renumbered(slot):
        if slot is not None and slot not in known:
            known[slot] = program.add_slot(inner.traits[slot])
        return known.get(slot)

    for made in inner.calls:
        args = tuple(Ref(renumbered(a.slot)) if type(a) is Ref else a for a in made.args)
        yield made._replace(args=args, outs=tuple(map(renumbered, made.outs)), layer=call.layer)


def _merged(first, second, structure):
    """One forward pass of the programs for both sizes."""
    if len(first.calls) != len(second.calls):
        raise ValueError(
            "The forward pass cannot be exported: it makes other calls for another batch size. "
            "Export it for one size: pass an input_signature without None."
        )
    calls = [_merged_call(a, b) for a, b in zip(first.calls, second.calls)]
    wanted = {r.slot for r in first.results if type(r) is Ref}
    kept = []
    for site in reversed(calls):
        if wanted.intersection(site.outs):
            wanted.update(a.slot for a in site.args if type(a) is Ref)
            kept.append(site)
    return Forward(
        calls=kept[::-1],
        inputs=first.inputs,
        reads=[(variable, slot) for variable, slot in first.reads if slot in wanted],
        results=[_agreed(a, b) for a, b in zip(first.results, second.results)],
        shapes=_merged_shapes(first, second),
        dtypes=[trait[1] for trait in first.traits],
        structure=structure,
    )


def _merged_shapes(first, second):
    """For each slot its shape, with a `Size` for each side that depends on the batch size."""
    try:
        return [_agreed(a[0], b[0]) for a, b in zip(first.traits, second.traits)]
    except _Differs as error:
        raise ValueError(
            "The forward pass cannot be exported for every batch size: the length of an axis is "
            f"neither fixed nor a multiple of it ({error}). Export it for one: pass an "
            "input_signature without None."
        ) from None


def _merged_call(a, b):
    site = Site(a.name, a.args, a.settings, a.outs, a.layer)
    if a.primitive is not b.primitive:
        raise ValueError(
            f"{site.place} cannot be exported: for another batch size `{b.name}` is called there"
        )
    try:
        return site._replace(args=_agreed(a.args, b.args), settings=_agreed(a.settings, b.settings))
    except _Differs as error:
        raise ValueError(
            f"{site.place} cannot be exported for every batch size: {error}. Export it for one: "
            "pass an input_signature without None."
        ) from None


class _Differs(ValueError):
    pass


def _agreed(a, b):
    """What stands for two values that were recorded for the two batch sizes."""
    if isinstance(a, ARRAY_TYPES) or is_array(a) or isinstance(a, np.generic):
        return _agreed_arrays(to_numpy(a), to_numpy(b))
    if type(a) is not type(b):
        raise _Differs(f"{a!r} becomes {b!r}")
    if type(a) is Ref:
        if a != b:
            raise _Differs("an argument comes from elsewhere")
        return a
    if type(a) is int and a != b:
        factor, rest = divmod(b - a, _SIZES[1] - _SIZES[0])
        if rest:
            raise _Differs(f"{a!r} becomes {b!r}")
        return Size(factor, a - factor * _SIZES[0])
    if type(a) in (tuple, list):
        if len(a) != len(b):
            raise _Differs(f"{a!r} becomes {b!r}")
        return type(a)(map(_agreed, a, b))
    if type(a) is dict:
        return {key: _agreed(a[key], b[key]) for key in a}
    if type(a) is slice:
        return slice(_agreed(a.start, b.start), _agreed(a.stop, b.stop), _agreed(a.step, b.step))
    if a != b and not (a != a and b != b):  # NaN differs from itself
        raise _Differs(f"{a!r} becomes {b!r}")
    return a


def _agreed_arrays(a, b):
    if a.shape == b.shape:
        if not np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
            raise _Differs("a constant has other values")
        return a
    if a.ndim != b.ndim:
        raise _Differs(f"a constant of shape {a.shape} has the shape {b.shape}")
    shape = tuple(map(_agreed, a.shape, b.shape))
    first = tuple(slice(0, 1) if type(n) is Size else slice(None) for n in shape)
    is_filled = all(np.array_equal(x, np.broadcast_to(x[first], x.shape)) for x in (a, b))
    if is_filled and np.array_equal(a[first], b[first]):
        return Filled(a[first], shape)
    if all(np.array_equal(x.ravel(), np.arange(max(x.shape))) for x in (a, b)):
        return Counting(shape, a.dtype)
    raise _Differs(f"a constant of shape {a.shape} has other values for another batch size")
