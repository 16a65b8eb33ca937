"""Rematerialization: values within a function are computed again on the way back, not kept.

A tape keeps what its rules need: of a chain of layers nearly every value between them. A function
under `remat` leaves one node on the tapes, which keeps the arguments and nothing from within. On
the way back the function is run once more, under a tape of its own. That costs its computation a
second time and saves the memory of what lies between its arguments and its outputs. (Griewank 1992,
"Achieving logarithmic growth of temporal and spatial complexity in reverse automatic
differentiation"; Chen et al. 2016, "Training deep nets with sublinear memory cost".)

The second run sees variables as the first one did, random states included, and changes none.
"""

import contextlib
import functools

from minikeras import tree
from minikeras.backend import autodiff
from minikeras.backend.autodiff import GradientTape, Tracer, primitive
from minikeras.backend.masks import get_mask, set_mask
from minikeras.backend.variables import (
    AutocastScope,
    StatelessScope,
    get_stateless_scope,
    reading_dtype,
)
from minikeras.backend.xp import ARRAY_TYPES


@primitive
def again(x):
    """``x`` itself, as another value: what is computed from it is not what was computed before.

    Without it a program would find that the second run repeats the first, and keep its values.
    """
    return x.view()


again.rules(lambda out, x: lambda g: g)

# Each is a function that looks at what the code around the first run has set, and returns a maker
# of context managers in which the second run finds the same. Higher levels add their own.
SURROUNDINGS = [lambda: functools.partial(AutocastScope, reading_dtype())]


def remat(f):
    """Let ``f`` keep nothing for the way back but its arguments: the rest is computed again.

    Training takes less memory then and more time. The numbers are the same.

    Args:
        f: a function of tensors and nested structures of them, or a layer. It may read variables,
            and set those that are not trained (random states, moving averages).

    Returns:
        A function that computes the same.

    >>> import minikeras as keras
    >>> @keras.remat
    ... def wave(x):
    ...     return keras.ops.sin(keras.ops.exp(x))
    >>> round(keras.grad(wave)(0.0).item(), 4)
    0.5403
    """

    @functools.wraps(f, assigned=("__name__", "__doc__"), updated=())
    def call(*args, **kwargs):
        tapes = autodiff.open_tapes()
        return _first_run(f, args, kwargs, tapes) if tapes else f(*args, **kwargs)

    return call


def _first_run(f, args, kwargs, tapes):
    """What ``f`` returns; the tapes that follow its arguments are left a `_Node`."""
    outer = get_stateless_scope()
    given = [] if outer is None else _held(outer)
    surroundings = [state_now() for state_now in SURROUNDINGS]
    observer = _Observer(tapes)
    with autodiff.only_on([observer]), StatelessScope(given) as scope:
        outputs = f(*args, **kwargs)
    known = {id(variable): value for variable, value in given}
    changed = [(v, value) for v, value in _held(scope) if known.get(id(v)) is not value]
    before = [(v, v.value_in_own_dtype()) for v, _ in changed if id(v) not in known]
    for variable, value in changed:
        variable.assign(autodiff.plain(value))
    flat = tree.flatten(outputs)
    places = [i for i, y in enumerate(flat) if type(y) is Tracer and y.id in observer.made]
    inputs = list(observer.entered.values())
    following = [t for t in tapes if any(serial in t.reached for serial, _, _ in inputs)]
    for i in places:
        mask = get_mask(flat[i])
        flat[i] = autodiff.plain(flat[i])
        if following:
            flat[i] = autodiff.fresh(flat[i])
        if mask is not None:
            set_mask(flat[i], mask)
    if following and places:
        node = _Node()
        node.run = f, args, kwargs
        node.state = [*given, *observer.variables, *before]
        node.surroundings = surroundings
        node.lifted = observer.lifted
        node.inputs, node.places = inputs, places
        node.outputs = [autodiff.trait_of(flat[i]) for i in places]
        for tape in following:
            tape.append(node)
    return tree.pack_sequence_as(outputs, flat)


class _Observer(GradientTape):
    """A tape that keeps nothing: it notes what the function takes from the tapes around it.

    Attributes:
        entered: by number, the traits of the tensors that came from outside.
        made: the numbers of those that were computed from them.
        variables: pairs of a variable that was read and the tracer of its value.
    """

    def __init__(self, tapes):
        super().__init__(persistent=True)
        self._tapes = tapes
        self._outside = set().union(*(t.reached for t in tapes))
        self.reached = set(self._outside)
        self.lifted = {k: v for t in tapes for k, v in t.lifted.items()}
        self.reads = {k: v for t in tapes for k, v in t.reads.items()}
        self.entered, self.made, self.variables = {}, set(), []

    def append(self, node):
        """Note where a call got its arguments, and let the call itself go."""
        self.entered.update((t[0], t) for t in node.inputs if t[0] in self._outside)
        found = [trait[0] for trait in node.outputs if trait is not None]
        self.made.update(found)
        self.reached.update(found)

    def read(self, variable, tracer):
        """The tracer by which the tapes around this one know ``variable``, if any follows it."""
        for tape in self._tapes:
            if autodiff.follows(tape, variable):
                tracer = tape.read(variable, tracer)
        if tracer is not None and any(tracer.id in t.reached for t in self._tapes):
            self._outside.add(tracer.id)
            self.reached.add(tracer.id)
            self.variables.append((variable, tracer))
        return tracer


class _Source:
    """Stands for a tensor that is known by its number alone."""

    __slots__ = ("id",)

    def __init__(self, serial):
        self.id = serial


class _SecondTape(GradientTape):
    """The tape of the second run; its sources are numbers of tensors."""

    def _tracers_of(self, source):
        return [source]

    def gradients(self, targets, seeds, serials):
        """The gradients of ``targets`` by the tensors of the given numbers, None for none."""
        return self._backward(targets, seeds, [_Source(serial) for serial in serials])


class _Node:
    """A call of a function under `remat`, for a tape what `autodiff.Node` is.

    Attributes:
        run: the function, its arguments and its keyword arguments.
        state: pairs of a variable and the value that the second run is to see.
        surroundings: makers of context managers to run it in.
        lifted: the watched plain arrays that it may meet.
        inputs, outputs: of the tensors its numbers, shapes and dtypes.
        places: which leaves of what the function returns the outputs are.
    """

    several = True
    __slots__ = ("inputs", "lifted", "outputs", "places", "run", "state", "surroundings")

    @property
    def layer(self):
        """The calls of the second run bear the names of their own layers."""
        return None

    def backward(self, output_gradients):
        """Pairs of serial number and gradient of the inputs; ``output_gradients`` may hold None."""
        serials = [serial for serial, _, _ in self.inputs]
        f, args, kwargs = self.run
        tape = _SecondTape()
        with contextlib.ExitStack() as stack:
            for make_context in self.surroundings:
                stack.enter_context(make_context())
            stack.enter_context(StatelessScope(self.state))
            stack.enter_context(tape)
            tape.reached.update(serials)
            tape.lifted.update(self.lifted)
            args, kwargs = tree.map_structure(_again, (args, kwargs))
            flat = tree.flatten(f(*args, **kwargs))
        pairs = [(flat[i], g) for i, g in zip(self.places, output_gradients) if g is not None]
        found = tape.gradients([y for y, _ in pairs], [g for _, g in pairs], serials)
        for (serial, shape, dtype), gradient in zip(self.inputs, found):
            if gradient is not None:
                yield serial, autodiff.fit(gradient, shape, dtype)


def _held(scope):
    """Pairs of a variable and the value of its own that it has in ``scope``."""
    return list(scope._values.values())


def _again(x):
    if type(x) is not Tracer and not isinstance(x, ARRAY_TYPES):
        return x
    mask, x = get_mask(x), again(x)
    if mask is not None:
        set_mask(x, mask)
    return x
