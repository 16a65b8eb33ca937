"""Primitives, gradient rules and the tape: how every number is computed and differentiated.

A **primitive** is a plain function on arrays (its kernel) with one gradient rule per array
argument, written on the next lines in terms of other primitives::

    @primitive
    def multiply(x, y):
        return xp.multiply(x, y)

    multiply.rules(
        lambda out, x, y: lambda g: multiply(g, y),
        lambda out, x, y: lambda g: multiply(g, x),
    )

The outer function runs when the call is recorded and sees the output, the arguments and the
settings; the inner one runs on the way back with the gradient of the output. What the inner one
names is kept until then and nothing else: name a shape rather than an array where that will do.
Arrays are positional, settings keyword-only. A rule may ignore broadcasting and mixed dtypes: the
engine sums and casts each gradient to the shape and dtype of its argument.

On plain arrays a primitive runs its kernel and that is all. Under a **tape** the arrays that
matter are `Tracer`s: the kernel runs on their values, and the tape notes the way back. Since
rules call primitives on tracers, a tape around a backward pass records it: gradients of any order.
In an open **recording** every array is a tracer and every call is noted, so that the whole step can
be replayed: see `minikeras.backend.program`.
"""

import functools
import itertools
import threading

from minikeras import tree
from minikeras.backend import large
from minikeras.backend.operand import Operand
from minikeras.backend.xp import ARRAY_TYPES, ndarray, quiet, to_numpy, xp

PRIMITIVES = {}  # every primitive by name

_serial = itertools.count()
_PLAIN = {ndarray, float, int, bool, type(None)}


class _State(threading.local):
    tapes = ()  # the tapes that record now, outermost first
    recording = None  # the open recording of a program, beneath all tapes
    is_quiet = False


_state = _State()


class quietly:
    """A context in which no kernel warns of overflow, division by zero or NaN.

    Every primitive is quiet by itself; around many of them this enters the context only once.
    """

    def __enter__(self):
        self._outer = _state.is_quiet
        self._context = None if self._outer else quiet()
        if self._context is not None:
            self._context.__enter__()
            _state.is_quiet = True
        return self

    def __exit__(self, *error):
        if self._context is not None:
            _state.is_quiet = self._outer
            self._context.__exit__(*error)


class Handle:
    """Something that holds an array which changes over time: a variable.

    `value` is the array to compute with now; under a tape it is a tracer.
    """

    __slots__ = ()


class Tracer(Operand):
    """An array that a tape or a recording follows: its value, and a serial number to know it by.

    A tracer behaves as its value does. Outside the tapes that follow it, it computes plain arrays.
    ``value`` is for the engine; whoever looks at numbers asks `concrete`.
    """

    __slots__ = ("__weakref__", "_keras_mask", "id", "value")

    def __init__(self, value):
        self.value = value
        self.id = next(_serial)
        self._keras_mask = None

    @property
    def shape(self):
        """The shape of the value."""
        return self.value.shape

    @property
    def dtype(self):
        """The dtype of the value."""
        return self.value.dtype

    def numpy(self):
        """The value as a NumPy array."""
        return to_numpy(concrete(self))

    def item(self):
        """The single value as a Python number."""
        return concrete(self).item()

    def tolist(self):
        """The values as nested lists of Python numbers."""
        return concrete(self).tolist()

    def __array__(self, dtype=None, copy=None):
        array = to_numpy(concrete(self))
        if dtype is not None:
            array = array.astype(dtype, copy=False)
        return array.copy() if copy else array

    def __float__(self):
        return float(concrete(self))

    def __int__(self):
        return int(concrete(self))

    def __bool__(self):
        return bool(concrete(self))

    def __index__(self):
        return concrete(self).item().__index__()

    def __len__(self):
        return len(self.value)

    def __iter__(self):
        return (self[i] for i in range(len(self.value)))

    def __format__(self, spec):
        return format(concrete(self), spec)

    def __repr__(self):
        return f"Tracer({concrete(self)!r})"


def recording():
    """The open recording of a program, or None."""
    return _state.recording


def set_recording(recording):
    """Open or (with None) close a recording in this thread."""
    _state.recording = recording


def concrete(x):
    """The array behind a tracer or a variable, for code that looks at its numbers.

    A step that does so depends on them, which an open recording is told.
    """
    if isinstance(x, Handle):
        x = x.value
    if type(x) is not Tracer:
        return x
    if _state.recording is not None:
        _state.recording.observe(x)
    return x.value


def plain(x):
    """The array behind a tracer or a variable, as no tape follows it; anything else as it is.

    In an open recording it is a tracer still, which only the recording follows.
    """
    if isinstance(x, Handle):
        x = x.value
    if type(x) is not Tracer:
        return x
    return x.value if _state.recording is None else _state.recording.alias(x)


def is_inexact(x):
    """Whether ``x`` has a real or complex floating dtype, so that a gradient makes sense."""
    return x.dtype.kind in "fc"


class Primitive:
    """A function on arrays that knows its own gradient. Made by the decorator `primitive`."""

    def __init__(self, kernel):
        functools.update_wrapper(self, kernel)
        self.kernel = kernel
        self.name = kernel.__name__
        self.argument_rules = ()
        self.whole_rule = None
        self._large = large.function_of(self.name)
        if self.name in PRIMITIVES:
            raise ValueError(f"A primitive named {self.name!r} exists already")
        PRIMITIVES[self.name] = self

    def rules(self, *argument_rules):
        """State one gradient rule per array argument, None where there is no gradient."""
        self.argument_rules = argument_rules

    def joint_rule(self, whole_rule):
        """State one rule that yields the gradients of all arguments as a sequence.

        For primitives of any number of arrays and for those whose gradients share work. The way
        back receives the gradient of the output (a tuple if the primitive has several outputs)
        and returns one gradient, or None, per argument.
        """
        self.whole_rule = whole_rule

    def __call__(self, *args, **settings):
        if _state.tapes or _state.recording is not None:
            return self._recorded(_state.tapes, args, settings)
        return self._computed([a if type(a) in _PLAIN else plain(a) for a in args], settings)

    def _computed(self, values, settings):
        if _state.is_quiet:
            return self.kernel(*values, **settings)
        with quiet():
            return self.kernel(*values, **settings)

    def _shared_out(self, values):
        if _state.is_quiet:
            return large.shared_out(self._large, values)
        with quiet():
            return large.shared_out(self._large, values)

    def _recorded(self, tapes, args, settings):
        args = [a if type(a) is Tracer else _lift(a, tapes) for a in args]
        values = [a.value if type(a) is Tracer else a for a in args]
        out = None
        if self._large is not None and not settings and large.is_large(values):
            out = self._shared_out(values)
        if out is None:
            out = self._computed(values, settings)
        if _state.recording is not None:
            out = _state.recording.note(self, args, settings, out)
        if not tapes:
            return out
        inputs = [i for i, a in enumerate(args) if type(a) is Tracer and self._has_rule(i)]
        following = [t for t in tapes if any(args[i].id in t.reached for i in inputs)]
        if not following:
            return out
        traced = tuple(map(_wrap, out)) if isinstance(out, tuple) else _wrap(out)
        if not any(map(trait_of, traced if isinstance(traced, tuple) else (traced,))):
            return out
        inputs = [i for i in inputs if any(args[i].id in t.reached for t in following)]
        node = Node(self, inputs, args, settings, traced)
        for tape in following:
            tape.append(node)
        return traced

    def _has_rule(self, i):
        if self.whole_rule is not None:
            return True
        return i < len(self.argument_rules) and self.argument_rules[i] is not None

    def __repr__(self):
        return f"<primitive {self.name}>"


def primitive(kernel):
    """Turn a kernel, a plain function on arrays, into a `Primitive`."""
    return Primitive(kernel)


def _lift(x, tapes):
    """``x`` as the tapes know it: variables read, tracers in place of watched plain arrays."""
    if isinstance(x, Handle):
        return x.value
    if type(x) is ndarray:
        for tape in tapes:
            tracer = tape.lifted.get(id(x))
            if tracer is not None:
                return tracer
    return x


def _wrap(x):
    return Tracer(x) if isinstance(x, ARRAY_TYPES) and is_inexact(x) else x


class Node:
    """One recorded call: which tensors went in and came out, and the way back between them."""

    __slots__ = ("_primitive_name", "_vjp", "inputs", "layer", "outputs", "several")

    def __init__(self, called, inputs, args, settings, traced):
        self._primitive_name = called.name
        self.layer = None if _state.recording is None else _state.recording.layer()
        self.several = isinstance(traced, tuple)
        # Outputs and inputs by serial number, shape and dtype: the arrays themselves may go.
        self.outputs = [trait_of(t) for t in (traced if self.several else (traced,))]
        self.inputs = [trait_of(args[i]) for i in inputs]
        if called.whole_rule is not None:
            whole = called.whole_rule(traced, *args, **settings)
            self._vjp = lambda g: _take(whole(g), inputs)
        else:
            rules = called.argument_rules
            ways = [rules[i](traced, *args, **settings) for i in inputs]
            self._vjp = lambda g: [way(g) for way in ways]

    def backward(self, output_gradients):
        """Pairs of serial number and gradient of the inputs; ``output_gradients`` may hold None."""
        if self.several:
            g = tuple(
                _zeros(trait) if g is None and trait is not None else g
                for g, trait in zip(output_gradients, self.outputs)
            )
        else:
            g = output_gradients[0]
        for (serial, shape, dtype), gradient in zip(self.inputs, self._vjp(g)):
            if gradient is not None:
                yield serial, fit(gradient, shape, dtype)

    def __repr__(self):
        return f"<node {self._primitive_name}>"


def _take(sequence, indices):
    sequence = list(sequence)
    return [sequence[i] for i in indices]


def trait_of(x):
    """Number, shape and dtype of a tracer that may have a gradient, else None."""
    return (x.id, x.shape, x.dtype) if type(x) is Tracer and is_inexact(x) else None


def _zeros(trait):
    _, shape, dtype = trait
    return xp.zeros(shape, dtype)


def fit(gradient, shape, dtype):
    """``gradient`` summed and cast to the shape and dtype of the argument that it belongs to.

    Broadcasting repeats values, so its gradient sums over the repeated axes.
    """
    found = gradient.shape
    if found != shape:
        extra = len(found) - len(shape)
        axes = tuple(
            i for i, n in enumerate(found) if i < extra or (shape[i - extra] == 1 and n != 1)
        )
        if axes:
            gradient = PRIMITIVES["sum"](gradient, axis=axes, keepdims=True)
        if extra > 0:
            gradient = PRIMITIVES["reshape"](gradient, shape=gradient.shape[extra:])
        if gradient.shape != shape:
            gradient = PRIMITIVES["broadcast_to"](gradient, shape=shape)
    if gradient.dtype != dtype:
        gradient = PRIMITIVES["cast"](gradient, dtype=dtype)
    return gradient


class GradientTape:
    """Records computation for differentiation, as TensorFlow's class of that name does.

    Trainable variables are followed by themselves. Other arrays are followed from `watch` on.
    Tapes nest, and a gradient taken inside another tape can be differentiated again.

    Args:
        persistent: whether `gradient` may be called more than once.
        watch_accessed_variables: whether trainable variables are followed by themselves.

    >>> import minikeras as keras
    >>> v = keras.Variable(3.0)
    >>> with keras.GradientTape() as tape:
    ...     y = v * v
    >>> float(tape.gradient(y, v))
    6.0
    """

    def __init__(self, persistent=False, watch_accessed_variables=True):
        self.persistent = persistent
        self.watch_accessed_variables = watch_accessed_variables
        self._clear()

    def _clear(self):
        self.nodes = []
        self.reached = set()  # serial numbers of the tracers that depend on what is watched
        self.lifted = {}  # id of a watched plain array -> its tracer
        self.reads = {}  # id of a variable -> (the variable, its tracers)
        self._is_spent = False

    def append(self, node):
        """Note one recorded call."""
        self.nodes.append(node)
        self.reached.update(trait[0] for trait in node.outputs if trait is not None)

    def __enter__(self):
        if self in _state.tapes:
            raise ValueError("This tape is recording already")
        if not self.persistent:
            self._clear()
        _state.tapes = (*_state.tapes, self)
        return self

    def __exit__(self, *_):
        _state.tapes = tuple(t for t in _state.tapes if t is not self)

    def watch(self, tensor):
        """Follow ``tensor`` (an array, a variable or a nested structure of them) from now on.

        Returns:
            What to compute with: functions of ``keras.ops`` and layers also recognise the array
            itself, but NumPy's own operators (``x * x`` on plain arrays) cannot be seen, so write
            ``x = tape.watch(x)`` to use those.
        """
        return tree.map_structure(self._watch, tensor)

    def _watch(self, x):
        if isinstance(x, Handle):
            return self.read(x, None)
        if type(x) is Tracer:
            self.reached.add(x.id)
            return x
        if not isinstance(x, ARRAY_TYPES):
            x = xp.asarray(x)
        if not is_inexact(x):
            raise TypeError(
                f"Only floating tensors can be watched. Received dtype {x.dtype}. "
                "Cast it first: keras.ops.cast(x, 'float32')."
            )
        tracer = self.lifted.get(id(x))
        if tracer is None:
            tracer = self.lifted[id(x)] = Tracer(x)
            self.reached.add(tracer.id)
        return tracer

    def read(self, variable, tracer):
        """Follow a read of ``variable``; ``tracer`` is another tape's tracer of it, or None."""
        _, tracers = self.reads.setdefault(id(variable), (variable, []))
        if tracer is None:
            array = variable.array
            if tracers and tracers[-1].value is array:
                return tracers[-1]
            tracer = Tracer(array)
        if not tracers or tracers[-1] is not tracer:
            tracers.append(tracer)
            self.reached.add(tracer.id)
        return tracer

    def watched_variables(self):
        """The variables that were read under this tape, in order of their first read."""
        return [variable for variable, _ in self.reads.values()]

    def reset(self):
        """Forget everything that was recorded."""
        self._clear()

    def stop_recording(self):
        """A context in which this tape does not record."""
        return _Paused([self])

    def gradient(self, target, sources, output_gradients=None, unconnected_gradients="none"):
        """The gradient of ``target`` with respect to ``sources``.

        Args:
            target: a tensor or a structure of tensors; their gradients are summed.
            sources: a tensor, a variable or a structure of them.
            output_gradients: what to start from, in the form of ``target``; ones by default.
            unconnected_gradients: ``"none"`` or ``"zero"``: what to give for a source on which the
                target does not depend.

        Returns:
            Gradients in the form of ``sources``.

        Raises:
            RuntimeError: on a second call, unless the tape is persistent.
        """
        if unconnected_gradients not in ("none", "zero"):
            raise ValueError(
                "unconnected_gradients must be 'none' or 'zero'. "
                f"Received: {unconnected_gradients!r}"
            )
        if self._is_spent:
            raise RuntimeError(
                "A tape that is not persistent yields its gradients once. "
                "Use GradientTape(persistent=True) to ask it again."
            )
        targets = [t.value if isinstance(t, Handle) else t for t in tree.flatten(target)]
        self._explain_unseen(targets, sources)
        if output_gradients is None:
            seeds = [None] * len(targets)
        else:
            seeds = tree.flatten(output_gradients)
        with _Paused([self] if not self.persistent else []):
            gradients = self._backward(targets, seeds, sources)
        if not self.persistent:
            self._is_spent = True
            self.nodes = []
        if unconnected_gradients == "zero":
            flat = [
                xp.zeros(s.shape, plain(s).dtype) if g is None else g
                for g, s in zip(gradients, tree.flatten(sources))
            ]
        else:
            flat = gradients
        return tree.pack_sequence_as(sources, flat)

    def _explain_unseen(self, targets, sources):
        """Say what is wrong where NumPy's own operators hid the computation from the tape."""
        if any(type(t) is Tracer for t in targets):
            return
        if any(id(s) in self.lifted for s in tree.flatten(sources)):
            raise ValueError(
                "The target was not recorded: operators on a plain array (x * x) are computed by "
                f"{xp.__name__} itself, which the tape cannot see. Write `x = tape.watch(x)` and "
                "compute with that, or use the functions of keras.ops."
            )

    def _tracers_of(self, source):
        """The tracers by which this tape knows ``source``."""
        if isinstance(source, Handle):
            return self.reads.get(id(source), (None, ()))[1]
        if type(source) is Tracer:
            return [source]
        tracer = self.lifted.get(id(source))
        return [] if tracer is None else [tracer]

    def _backward(self, targets, seeds, sources):
        sought = [self._tracers_of(s) for s in tree.flatten(sources)]
        wanted = {t.id for tracers in sought for t in tracers}
        gradients = {}

        def accumulate(serial, gradient):
            known = gradients.get(serial)
            # Never in place: a rule may hand the same array to several arguments.
            gradients[serial] = gradient if known is None else PRIMITIVES["add"](known, gradient)

        with quietly(), _WayBack() as at:
            for target, seed in zip(targets, seeds):
                if type(target) is Tracer:
                    if seed is None:
                        seed = xp.ones(target.shape, target.dtype)
                    accumulate(target.id, fit(seed, target.shape, target.dtype))
            for node in self._unwind():
                at.layer_of(node)
                outputs = [t and gradients.get(t[0]) for t in node.outputs]
                if all(g is None for g in outputs):
                    continue
                for trait in node.outputs:
                    if trait is not None and trait[0] not in wanted:
                        gradients.pop(trait[0], None)
                for serial, gradient in node.backward(outputs):
                    if serial in self.reached:
                        accumulate(serial, gradient)
            return [self._total(gradients, tracers) for tracers in sought]

    def _unwind(self):
        """The recorded calls from last to first; let go one by one if the tape is used once."""
        if self.persistent:
            yield from self.nodes[::-1]
            return
        while self.nodes:
            yield self.nodes.pop()

    @staticmethod
    def _total(gradients, tracers):
        found = [gradients[t.id] for t in tracers if t.id in gradients]
        return functools.reduce(PRIMITIVES["add"], found) if found else None

    def jacobian(self, target, sources, unconnected_gradients="none"):
        """The derivative of every element of ``target`` with respect to every source.

        Returns:
            In the form of ``sources``, arrays of shape ``target.shape + source.shape``.
        """
        if type(target) is not Tracer:
            raise ValueError(f"The target was not recorded by this tape. Received: {target!r}")
        persistent, self.persistent = self.persistent, True
        rows = []
        try:
            for i in range(target.size):
                seed = xp.zeros((target.size,), target.dtype)
                seed[i] = 1
                row = self.gradient(
                    target, sources, seed.reshape(target.shape), unconnected_gradients
                )
                rows.append(tree.flatten(row))
        finally:
            self.persistent = persistent
        if not persistent:
            self._is_spent = True
            self.nodes = []
        leaves = []
        for j, source in enumerate(tree.flatten(sources)):
            column = [row[j] for row in rows]
            if not column:
                leaves.append(xp.zeros((*target.shape, *source.shape), target.dtype))
            elif column[0] is None:
                leaves.append(None)
            else:
                stacked = PRIMITIVES["stack"](*column, axis=0)
                shape = (*target.shape, *source.shape)
                leaves.append(PRIMITIVES["reshape"](stacked, shape=shape))
        return tree.pack_sequence_as(sources, leaves)


class _WayBack:
    """A context in which an open recording knows which layer's gradient is computed."""

    def __enter__(self):
        self._recording = _state.recording
        if self._recording is not None:
            self._outer = self._recording.way_back, self._recording.is_back
            self._recording.is_back = True
        return self

    def layer_of(self, node):
        """From now on the gradient of ``node`` is computed."""
        if self._recording is not None:
            self._recording.way_back = node.layer

    def __exit__(self, *_):
        if self._recording is not None:
            self._recording.way_back, self._recording.is_back = self._outer


class _Paused:
    """A context in which some tapes do not record."""

    def __init__(self, tapes):
        self._tapes = tapes

    def __enter__(self):
        self._outer = _state.tapes
        _state.tapes = tuple(t for t in _state.tapes if t not in self._tapes)

    def __exit__(self, *_):
        _state.tapes = self._outer


def stop_recording():
    """A context in which no tape records; an open recording of a program goes on."""
    return _Paused(_state.tapes)


def open_tapes():
    """The tapes that record now, outermost first."""
    return _state.tapes


class only_on(_Paused):
    """A context in which the given tapes record and no others."""

    def __enter__(self):
        self._outer, _state.tapes = _state.tapes, tuple(self._tapes)


def is_untouched():
    """Whether nothing looks on: neither a tape nor a recording."""
    return not _state.tapes and _state.recording is None


def read_variable(variable):
    """What a computation sees of ``variable``: its array, or a tracer where a tape follows it."""
    tracer = None if _state.recording is None else _state.recording.read(variable)
    for tape in _state.tapes:
        if follows(tape, variable):
            tracer = tape.read(variable, tracer)
    return variable.array if tracer is None else tracer


def follows(tape, variable):
    """Whether ``tape`` follows ``variable`` when it is read."""
    by_itself = variable.trainable and is_inexact(variable.array)
    return (tape.watch_accessed_variables and by_itself) or id(variable) in tape.reads


def read_plain(variable):
    """The array of ``variable`` as no tape follows it; in an open recording a tracer."""
    recording = _state.recording
    return variable.array if recording is None else recording.alias(recording.read(variable))


def settle(x):
    """``x`` without the tracers that no tape follows any more, nor an open recording."""

    def one(leaf):
        if type(leaf) is not Tracer or any(leaf.id in t.reached for t in _state.tapes):
            return leaf
        is_recorded = _state.recording is not None and _state.recording.knows(leaf)
        return leaf if is_recorded else leaf.value

    return tree.map_structure(one, x)


def stop_gradient(x):
    """``x`` as a constant: no gradient flows through it.

    >>> import minikeras as keras
    >>> keras.grad(lambda x: x * keras.stop_gradient(x))(3.0).item()
    3.0
    """
    return tree.map_structure(_constant, x)


def _constant(x):
    x = plain(x)
    if type(x) is ndarray and any(id(x) in tape.lifted for tape in _state.tapes):
        return x.view()  # tapes know a watched array by its identity
    return x


def custom_gradient(function):
    """A decorator: ``function`` returns its result and, beside it, how to go back.

    Args:
        function: takes tensors and returns ``(outputs, way_back)``, where ``way_back`` takes the
            gradients of the outputs (one argument each) and returns those of the inputs.

    Returns:
        A function that returns the outputs alone. The way back is itself recorded by outer tapes,
        so second derivatives work.

    >>> import minikeras as keras
    >>> @keras.custom_gradient
    ... def clipped(x):
    ...     return x, lambda g: keras.ops.clip(g, -1.0, 1.0)
    >>> keras.grad(lambda x: 5.0 * clipped(x))(2.0).item()
    1.0
    """

    @functools.wraps(function)
    def decorated(*args, **kwargs):
        tapes = _state.tapes
        args = [_lift(a, tapes) for a in args]
        outputs, way_back = function(*args, **kwargs)
        inputs = [i for i, a in enumerate(args) if type(a) is Tracer]
        following = [t for t in tapes if any(args[i].id in t.reached for i in inputs)]
        if not following:
            return settle(outputs)
        flat = [fresh(plain(y)) for y in tree.flatten(outputs)]
        node = Node(_CustomCall(way_back, len(args)), inputs, args, {}, tuple(flat))
        for tape in following:
            tape.append(node)
        return tree.pack_sequence_as(outputs, flat)

    return decorated


def fresh(x):
    """A tracer of its own for an array."""
    return x if type(x) is Tracer else _wrap(x)


class _CustomCall:
    """Stands for the primitive in the node of a `custom_gradient` call."""

    name = "custom_gradient"

    def __init__(self, way_back, number_of_inputs):
        def whole(gradients):
            found = way_back(*gradients)
            found = list(found) if isinstance(found, (list, tuple)) else [found]
            if len(found) != number_of_inputs:
                raise ValueError(
                    "The gradient function must return one gradient per positional input. "
                    f"Received {len(found)} gradients for {number_of_inputs} inputs"
                )
            return found

        self.whole_rule = lambda out, *args: whole
