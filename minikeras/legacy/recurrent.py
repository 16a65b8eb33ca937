"""Recurrent layers as in Keras 1 and 2: constants, lists of inputs, states that are set, steps."""

import functools
import inspect

from minikeras import layers, ops, tree
from minikeras.backend.xp import asarray, np
from minikeras.legacy.layers.recurrent_base import split_inputs, zeros_like_batch
from minikeras.symbolic.keras_tensor import KerasTensor

_GATED = (layers.SimpleRNN, layers.GRU, layers.LSTM)


def install():
    """Give recurrent layers the arguments and methods of Keras 1 and 2."""
    RNN, Bidirectional = layers.RNN, layers.Bidirectional
    for cls in (RNN, Bidirectional):
        cls.__call__ = _call(cls.__call__)
        cls.call = _with_constants(cls.call)
        cls.compute_mask = _by_names(cls.compute_mask, ("inputs", "input"), "_")
        shape = _by_names(cls.compute_output_shape, ("input_shape",), "sequences_shape")
        shape.is_general = True
        cls.compute_output_shape = shape
        cls._config_names = _with_count(cls._config_names)
        cls.num_constants = property(lambda self: self.__dict__.get("_num_constants"))
        cls.from_config = classmethod(_noting_count(cls.from_config.__func__))
    Bidirectional.layer = property(lambda self: self.forward_layer, doc="The forward layer.")
    RNN._cell_arguments = _cell_arguments(RNN._cell_arguments)
    RNN.get_initial_state = _get_initial_state(RNN.get_initial_state)
    RNN.reset_states = _reset_states(RNN.reset_states)
    layers.SimpleRNNCell.call = _by_names(layers.SimpleRNNCell.call, ("inputs",), "sequence")
    layers.SimpleRNN.__init__ = _without_implementation(layers.SimpleRNN.__init__)
    for cls in (*_GATED, layers.ConvLSTM2D):
        for method in (get_constants, get_initial_states, preprocess_input, step):
            setattr(cls, method.__name__, method)
    layers.ConvLSTM2D.conv_step = conv_step
    layers.ConvLSTM2D.conv_step_hidden = conv_step_hidden


def _by_names(today, old, new):
    """A method that also takes an argument by names of old."""

    @functools.wraps(today)
    def method(self, *args, **kwargs):
        for name in old:
            if name in kwargs:
                kwargs[new] = kwargs.pop(name)
        return today(self, *args, **kwargs)

    method.__legacy_args__ = (*old, *inspect.signature(today).parameters)
    return method


def _without_implementation(construct):
    @functools.wraps(construct)
    def __init__(self, *args, **kwargs):
        for name in ("implementation", "consume_less"):  # with one gate there is one way to compute
            kwargs.pop(name, None)
        construct(self, *args, **kwargs)

    __init__.__legacy_args__ = (*construct.__legacy_args__, "implementation")
    return __init__


# Calls


def _call(call_today):
    @functools.wraps(call_today)
    def __call__(self, *args, **kwargs):
        if "inputs" in kwargs:
            args = (kwargs.pop("inputs"), *args)
        if args and isinstance(args[0], (list, tuple)) and len(args[0]) > 1:
            x, state, constants = split_inputs(args[0], self.__dict__.get("_num_constants"))
            args = (x, *args[1:])
            if state:
                kwargs["initial_state"] = state
            if constants:
                kwargs["constants"] = constants
        constants = kwargs.get("constants")
        if constants is not None:
            kwargs["constants"] = constants = list(constants) if tree.is_nested(constants) else [
                constants
            ]  # fmt: skip
            _note_constants(self, args[0], constants)
        return call_today(self, *args, **kwargs)

    __call__.__legacy_args__ = ("inputs", "initial_state", "constants")
    return __call__


def _note_constants(layer, inputs, constants):
    """Build the cells with the shapes of the constants, and note how many there are."""
    parts = [layer]
    if isinstance(layer, layers.Bidirectional):
        parts += [layer.forward_layer, layer.backward_layer]
    for part in parts:
        part.__dict__["_num_constants"] = len(constants)
        cell = getattr(part, "cell", None)
        if isinstance(cell, layers.Layer) and not cell.built:
            shape = tuple(inputs.shape)
            cell.build([(shape[0], *shape[2:]), *[tuple(c.shape) for c in constants]])


def _with_constants(call_today):
    """``call(sequences, ..., constants=None)``: what the cell is given at each step."""

    @functools.wraps(call_today)
    def call(self, *args, constants=None, **kwargs):
        if "inputs" in kwargs:
            args = (kwargs.pop("inputs"), *args)
        parts = [self]
        if isinstance(self, layers.Bidirectional):
            parts = [self.forward_layer, self.backward_layer]
        if constants is None:
            return call_today(self, *args, **kwargs)
        for part in parts:
            part.__dict__["_constants"] = constants
        try:
            return call_today(self, *args, **kwargs)
        finally:
            for part in parts:
                del part.__dict__["_constants"]

    found = inspect.signature(call_today)
    more = inspect.Parameter("constants", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None)
    call.__signature__ = found.replace(parameters=[*found.parameters.values(), more])
    call.__legacy_args__ = ("inputs", *found.parameters, "constants")
    return call


def _cell_arguments(arguments_today):
    @functools.wraps(arguments_today)
    def _cell_arguments(self, training):
        found = arguments_today(self, training)
        constants = self.__dict__.get("_constants")
        return found if constants is None else {**found, "constants": constants}

    return _cell_arguments


def _with_count(names_today):
    """With the number of constants, by which a list of inputs is told apart."""

    @functools.wraps(names_today)
    def _config_names(self):
        names = names_today(self)
        return names if self.num_constants is None else [*names, "num_constants"]

    return _config_names


def _noting_count(from_config_today):
    @functools.wraps(from_config_today)
    def from_config(cls, config, *args, **kwargs):
        config = dict(config)
        count = config.pop("num_constants", None)
        layer = from_config_today(cls, config, *args, **kwargs)
        if count is not None:
            layer.__dict__["_num_constants"] = count
        return layer

    return from_config


# States


def _get_initial_state(today):
    """By the number of samples, or by inputs of as many."""

    @functools.wraps(today)
    def get_initial_state(self, batch_size=None, inputs=None):
        given = batch_size if inputs is None else inputs
        if isinstance(given, KerasTensor) or len(getattr(given, "shape", ())) > 1:
            if isinstance(given, KerasTensor) and given.shape[0] is None:
                return [zeros_like_batch(given, size) for size in self.state_size]
            given = given.shape[0]
        return today(self, given)

    get_initial_state.__legacy_args__ = ("inputs", "batch_size")
    return get_initial_state


def _reset_states(today):
    @functools.wraps(today)
    def reset_states(self, states=None):
        if states is None:
            today(self)
            return
        if self.states is None:
            raise AttributeError(
                f"{type(self).__name__} {self.name!r} has no states to set: make it with "
                "stateful=True, and call it once"
            )
        own = tree.flatten(self.states)
        given = list(states) if isinstance(states, (list, tuple)) else [states]
        if len(given) != len(own):
            raise ValueError(
                f"{type(self).__name__} {self.name!r} has {len(own)} states. Received: {len(given)}"
            )
        for i, (variable, value) in enumerate(zip(own, given)):
            if tuple(np.shape(value)) != tuple(variable.shape):
                raise ValueError(
                    f"{type(self).__name__} {self.name!r}: state {i} has the shape "
                    f"{tuple(variable.shape)}. Received: {tuple(np.shape(value))}"
                )
            variable.assign(asarray(value, dtype=str(variable.dtype)))

    reset_states.__legacy_args__ = ("states",)
    return reset_states


# Steps, of Keras 1


def get_initial_states(self, x):
    """The states before the first step of inputs, a list."""
    return self.get_initial_state(x)


def get_constants(self, x, training=None):
    """An empty list: the patterns of dropout are the cell's own."""
    return []


def preprocess_input(self, x, training=None):
    """The inputs as they are: all products are computed in `step`."""
    return x


def step(self, x, states):
    """The output of one step and the new states, for ``keras.backend.rnn``.

    Args:
        x: the inputs of the step, ``(batch, ...)``.
        states: a list of tensors, constants behind the states.
    """
    count = len(self.state_size) if not isinstance(self, layers.ConvLSTM2D) else 2
    output, new = self.cell(x, list(states)[:count])
    return output, list(new) if tree.is_nested(new) else [new]


def _convolved(layer, x, W, strides, padding):
    from minikeras.legacy.backend.neural import conv2d

    return conv2d(x, W, strides, padding, layer.data_format)


def conv_step(self, x, W, b=None, border_mode="valid"):
    """A convolution of the inputs of one step."""
    found = _convolved(self, x, W, self.strides, border_mode)
    if b is None:
        return found
    is_first = self.data_format == "channels_first"
    return ops.add(found, ops.reshape(b, (1, -1, 1, 1) if is_first else (1, 1, 1, -1)))


def conv_step_hidden(self, x, W, border_mode="valid"):
    """A convolution of the state."""
    return _convolved(self, x, W, (1, 1), border_mode)
