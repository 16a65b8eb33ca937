"""Functions of graphs: running parts of them, gradients, phases, loops and conditions."""

import contextlib

from minikeras import ops, tree
from minikeras.backend.autodiff import GradientTape
from minikeras.backend.variables import Variable
from minikeras.layers.call_spec import context
from minikeras.legacy.backend.renamed import takes_old_names
from minikeras.legacy.backend.tensors import eval as value_of
from minikeras.symbolic.graph import Function as Part
from minikeras.symbolic.keras_tensor import KerasTensor
from minikeras.symbolic.operation import Node, Operation, auto_name

__all__ = [
    "Function", "eager", "foldl", "foldr", "function", "gradients", "in_test_phase",
    "in_train_phase", "learning_phase", "map_fn", "moving_average_update", "rnn",
    "set_learning_phase", "switch", "symbolic",
]  # fmt: skip


# The phase: training or not


class _Phase(KerasTensor):
    """Stands for the phase among the inputs of a `function`: 1 for training, 0 for testing."""


_state = {"phase": None, "symbol": None}


def learning_phase():
    """The phase that was set: 0 or 1; or a tensor that stands for it among inputs of `function`."""
    if _state["phase"] is not None:
        return _state["phase"]
    if _state["symbol"] is None:
        _state["symbol"] = _Phase((), "int32", name="keras_learning_phase")
    return _state["symbol"]


def set_learning_phase(value):
    """Fix the phase for all that follows.

    Raises:
        ValueError: unless it is 0 or 1.
    """
    if value not in (0, 1):
        raise ValueError(f"The learning phase is 0 or 1. Received: {value!r}")
    _state["phase"] = int(value)


def _is_training(training):
    if training is None or isinstance(training, _Phase):
        training = context.training if context.training is not None else _state["phase"]
    return bool(training)


def _chosen(value):
    return value() if callable(value) else value


def in_train_phase(x, alt, training=None):
    """``x`` in training, ``alt`` otherwise; functions are called only if they are chosen.

    >>> import minikeras as keras
    >>> keras.backend.in_train_phase("dropped", "whole", training=0)
    'whole'
    """
    return _chosen(x if _is_training(training) else alt)


def in_test_phase(x, alt, training=None):
    """``x`` outside of training, ``alt`` in it."""
    return in_train_phase(alt, x, training)


# Running graphs


def function(inputs, outputs, updates=None, **kwargs):
    """A function of lists of arrays that runs a part of a graph.

    Args:
        inputs: symbolic tensors; `learning_phase` may be one of them.
        outputs: symbolic tensors, variables or arrays.
        updates: pairs of a variable and the symbolic tensor that it is set to.
        **kwargs: settings of sessions of TensorFlow, none of which is known.

    Returns:
        A function of a list of as many arrays, that returns a list of arrays of NumPy.

    Raises:
        ValueError: for settings of sessions.

    >>> import minikeras as keras
    >>> x = keras.backend.placeholder((None, 2))
    >>> double = keras.backend.function([x], [x * 2])
    >>> double([[[1.0, 2.0]]])[0].tolist()
    [[2.0, 4.0]]
    """
    if kwargs:
        raise ValueError(f"There is no session that takes {sorted(kwargs)}")
    return Function(inputs, outputs, updates or [])


class Function:
    """What `function` returns: a part of a graph, run on lists of arrays.

    Args:
        inputs, outputs, updates: as of `function`. An update may also be what `get_updates` of an
            optimizer returned.

    >>> import minikeras as keras
    >>> x = keras.backend.placeholder((None, 2))
    >>> keras.backend.Function([x], [x + 1])([[[1.0, 2.0]]])[0].tolist()
    [[2.0, 3.0]]
    """

    def __init__(self, inputs, outputs, updates=()):
        inputs = list(inputs)
        is_single = isinstance(outputs, (KerasTensor, Variable))
        self._phase_at = next((i for i, x in enumerate(inputs) if isinstance(x, _Phase)), None)
        self.inputs = [x for x in inputs if not isinstance(x, _Phase)]
        self.outputs = [outputs] if is_single else list(outputs)
        self._updates = [u for u in updates or () if not isinstance(u, Variable)]  # those are done
        wanted = [x for x in self.outputs if isinstance(x, KerasTensor)]
        for update in self._updates:
            values = [update[1]] if isinstance(update, tuple) else update.values
            wanted += [x for x in values if isinstance(x, KerasTensor)]
        self._graph = Part(self.inputs, wanted) if wanted else None

    def __call__(self, inputs):
        inputs = list(inputs)
        training = _state["phase"]
        if self._phase_at is not None:
            training = inputs.pop(self._phase_at)
        values = [ops.cast(value, x.dtype) for value, x in zip(inputs, self.inputs, strict=True)]
        with _phase(training):
            found = iter(self._graph(values) if self._graph is not None else ())
        known = lambda xs: [next(found) if isinstance(x, KerasTensor) else x for x in xs]
        results = known(self.outputs)
        new = [known([u[1]] if isinstance(u, tuple) else u.values) for u in self._updates]
        for update, values in zip(self._updates, new):  # all are computed from the old state
            if isinstance(update, tuple):
                update[0].assign(values[0])
            else:
                update.run(values)
        return [value_of(x) for x in results]


@contextlib.contextmanager
def _phase(training):
    outer, context.training = context.training, None if training is None else bool(training)
    try:
        yield
    finally:
        context.training = outer


# Gradients


class _Gradients(Operation):
    """The gradients of the sum of a symbolic tensor, by others or by variables."""

    def __init__(self, loss, sources):
        super().__init__(name=auto_name("gradients"))
        self.sources = sources
        own = [x for x in sources if isinstance(x, KerasTensor)]
        leaves = [x for x in _leaves(loss) if not any(x is s for s in own)]
        self.graph_inputs = [*own, *leaves]
        self.graph = Part(self.graph_inputs, loss)

    def call(self, *values):
        """The gradients for values of the graph's inputs."""
        with GradientTape() as tape:
            watched = [tape.watch(v) for v in values]
            total = ops.sum(self.graph(watched))
        symbols = iter(watched)
        sources = [next(symbols) if isinstance(s, KerasTensor) else s for s in self.sources]
        return tape.gradient(total, sources, unconnected_gradients="zero")


def _leaves(x):
    """The symbolic inputs from which a symbolic tensor is computed."""
    found, seen, waiting = [], set(), [x]
    while waiting:
        tensor = waiting.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        history = tensor._keras_history
        node = history.operation._inbound_nodes[history.node_index]
        if node.is_input:
            found.append(tensor)
        waiting.extend(node.input_tensors)
    return found


def gradients(loss, variables):
    """The gradients of the sum of a symbolic tensor, as symbolic tensors.

    Args:
        loss: a symbolic tensor.
        variables: a variable or symbolic tensor, or a list of them.

    Returns:
        A list of symbolic tensors, which `function` gives values.

    >>> import minikeras as keras
    >>> x = keras.backend.placeholder((2,))
    >>> slope = keras.backend.gradients(keras.ops.sum(x * x), [x])
    >>> keras.backend.function([x], slope)([[1.0, 3.0]])[0].tolist()
    [2.0, 6.0]
    """
    sources = list(variables) if isinstance(variables, (list, tuple)) else [variables]
    operation = _Gradients(loss, sources)
    outputs = [KerasTensor(tuple(s.shape), str(s.dtype), name="gradient") for s in sources]
    Node(operation, tuple(operation.graph_inputs), {}, outputs)
    return outputs


# Loops and conditions


def switch(condition, then_expression, else_expression):
    """One of two tensors, or for a condition with axes of each element of them.

    Functions are called only if they are chosen, unless the condition has axes.
    """
    if not getattr(condition, "shape", ()):
        if not hasattr(condition, "dtype"):
            return _chosen(then_expression if condition else else_expression)
        as_function = lambda x: x if callable(x) else lambda: x
        return ops.cond(condition, as_function(then_expression), as_function(else_expression))
    then, other = _chosen(then_expression), _chosen(else_expression)
    missing = len(then.shape) - len(condition.shape)
    if missing > 0:
        condition = ops.reshape(condition, (*ops.shape(condition), *[1] * missing))
    return ops.where(ops.cast(condition, "bool"), then, other)


def map_fn(fn, elems, name=None, dtype=None):
    """A function of each slice along the first axis, the results stacked."""
    found = ops.map(fn, elems)
    return found if dtype is None else ops.cast(found, dtype)


def foldl(fn, elems, initializer=None, name=None):
    """``fn(so far, slice)`` over the slices along the first axis, from the first on."""
    slices = list(range(elems.shape[0]))
    so_far = elems[slices.pop(0)] if initializer is None else initializer
    for i in slices:
        so_far = fn(so_far, elems[i])
    return so_far


def foldr(fn, elems, initializer=None, name=None):
    """As `foldl`, from the last slice on."""
    return foldl(fn, ops.flip(elems, 0), initializer, name)


def rnn(
    step_function,
    inputs,
    initial_states,
    go_backwards=False,
    mask=None,
    constants=None,
    unroll=False,
    input_length=None,
):
    """A step over the time steps of inputs.

    Args:
        step_function: takes the inputs of one step and a list of states (and constants), returns
            the output and the new states.
        inputs: ``(batch, time, ...)``, or a structure of such tensors.
        initial_states: a list of tensors.
        go_backwards: whether to begin with the last step; outputs stand in the order of the steps.
        mask: booleans ``(batch, time)``; where they are False states and outputs stay as they were.
        constants: tensors that are added to the states of each step.
        unroll, input_length: how other backends make the loop; here it makes no difference.

    Returns:
        The last output, all outputs ``(batch, time, ...)``, and the last states.
    """
    steps = tree.flatten(inputs)[0].shape[1]
    order = range(steps - 1, -1, -1) if go_backwards else range(steps)
    states, outputs, constants = list(initial_states), [], list(constants or ())
    if mask is not None and len(mask.shape) == 3:
        mask = ops.squeeze(mask, -1)
    for t in order:
        at = tree.map_structure(lambda x, t=t: x[:, t], inputs)
        output, new_states = step_function(at, states + constants)
        if mask is not None:
            before = outputs[-1] if outputs else ops.zeros_like(output)
            output = _where_true(mask[:, t], output, before)
            new_states = [_where_true(mask[:, t], new, old) for new, old in zip(new_states, states)]
        outputs.append(output)
        states = list(new_states)
    return outputs[-1], ops.stack(outputs, axis=1), states


def _where_true(mask, new, old):
    mask = ops.reshape(ops.cast(mask, "bool"), (-1,) + (1,) * (len(new.shape) - 1))
    return ops.where(mask, new, old)


@takes_old_names
def moving_average_update(x, value, momentum):
    """Move a variable towards a tensor: ``momentum`` of it stays."""
    return x.assign(ops.add(ops.multiply(x, momentum), ops.multiply(value, 1 - momentum)))


def symbolic(func):
    """The function itself: graphs need no frame here."""
    return func


def eager(func):
    """The function itself: there is nothing but eager execution underneath."""
    return func
