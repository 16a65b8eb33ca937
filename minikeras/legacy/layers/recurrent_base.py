"""Recurrent and ConvRecurrent2D: bases of layers that define a `step` themselves."""

from minikeras import config, ops, tree
from minikeras.backend.windows import Windows
from minikeras.layers import Layer
from minikeras.layers.input_spec import InputSpec
from minikeras.legacy.arguments.values_1 import modern
from minikeras.legacy.backend.graphs import rnn
from minikeras.legacy.era import era
from minikeras.ops.windowing import per_axis

_ORDER_1 = ("weights", "return_sequences", "go_backwards", "stateful", "unroll", "consume_less",
            "input_dim", "input_length")  # fmt: skip
_ORDER_2 = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll",
            "implementation")  # fmt: skip
_CONV_1 = ("weights", "nb_row", "nb_col", "nb_filter", "return_sequences", "go_backwards",
           "stateful", "dim_ordering")  # fmt: skip
_CONV_2 = ("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate",
           "return_sequences", "go_backwards", "stateful")  # fmt: skip


def split_inputs(inputs, num_constants=None):
    """``(x, states, constants)`` from a list of inputs, states, and so many constants."""
    x, *rest = inputs
    if not num_constants:
        return x, rest, []
    return x, rest[:-num_constants], rest[-num_constants:]


def zeros_like_batch(x, size):
    """Zeros ``(batch, size)`` for a tensor ``(batch, ...)`` whose batch need not be known."""
    column = ops.sum(ops.zeros_like(x), axis=tuple(range(1, len(x.shape))))
    return ops.repeat(ops.expand_dims(column, 1), size, axis=1)


class Recurrent(Layer):
    """The base of recurrent layers of one's own in Keras 1, and in Keras 2 before it had cells.

    A subclass sets ``states``, a list with a None for each state, and ``output_dim`` or ``units``
    in its ``build``, and defines ``step(x, states)``, which returns the output of a step and the
    new states. It may define ``get_constants(x)``, tensors that are added to the states of each
    step, ``preprocess_input(x)`` and ``get_initial_states(x)``.

    Args:
        *args, **kwargs: in Keras 2 ``return_sequences, return_state, go_backwards, stateful,
            unroll, implementation``, in Keras 1 ``weights, return_sequences, go_backwards,
            stateful, unroll, consume_less, input_dim, input_length``; those of `Layer`.
            ``implementation``, ``consume_less`` and ``unroll`` say how to compute, for a subclass
            to heed.

    >>> import minikeras as keras
    >>> class Sum(keras.layers.Recurrent):
    ...     output_dim, states = 3, [None]
    ...     def step(self, x, states):
    ...         return x + states[0], [x + states[0]]
    >>> Sum(return_sequences=True)(keras.ops.ones((1, 2, 3))).tolist()
    [[[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]]
    """

    _orders = {1: _ORDER_1, 2: _ORDER_2}
    states = (None,)
    dropout = recurrent_dropout = 0.0

    def __init__(self, *args, **kwargs):
        order = self._orders[1 if era() == 1 else 2]
        given = {**dict(zip(order, args, strict=False)), **kwargs}
        settings = {
            name: given.pop(name, default)
            for name, default in (
                ("return_sequences", False), ("return_state", False), ("go_backwards", False),
                ("stateful", False), ("unroll", False), ("consume_less", "cpu"),
                ("implementation", None),
            )
        }  # fmt: skip
        self._take(given)
        length, size = given.pop("input_length", None), given.pop("input_dim", None)
        if size is not None and "input_shape" not in given:
            given["input_shape"] = (length, size)
        super().__init__(**given)
        if settings["implementation"] is None:
            settings["implementation"] = modern("implementation", settings["consume_less"])
        for name, value in settings.items():
            setattr(self, name, value)
        self.input_dim, self.input_length = size, length
        self.state_spec = None
        self.supports_masking = True

    __init__.__legacy_args__ = {1: _ORDER_1, 2: _ORDER_2}

    def _take(self, given):
        """Take arguments of a subclass out of those given."""
        self.__dict__["_taken"] = {}

    def __call__(self, inputs, *args, **kwargs):
        """The outputs for inputs, or for a list of inputs and initial states."""
        if isinstance(inputs, (list, tuple)) and len(inputs) > 1:
            inputs, kwargs["initial_state"], _ = split_inputs(inputs)
        return super().__call__(inputs, *args, **kwargs)

    def step(self, x, states):
        """The output of one step and the new states; a subclass defines it."""
        raise TypeError(f"{type(self).__name__} defines no method step(x, states)")

    def get_constants(self, inputs, training=None):
        """Tensors that are added to the states of each step: none."""
        return []

    def preprocess_input(self, inputs, training=None):
        """The inputs as they are."""
        return inputs

    def get_initial_states(self, x):
        """Zeros ``(batch, output_dim)`` for each state."""
        size = getattr(self, "output_dim", None) or self.units
        return [zeros_like_batch(x, size) for _ in self.states]

    def get_initial_state(self, inputs):
        """The same as `get_initial_states`."""
        return self.get_initial_states(inputs)

    def _first_states(self, x):
        if self.stateful and all(state is not None for state in self.states):
            return [state.value for state in self.states]
        states_2 = type(self).get_initial_state is not Recurrent.get_initial_state
        return self.get_initial_state(x) if states_2 else self.get_initial_states(x)

    def call(self, inputs, mask=None, training=None, initial_state=None):
        """The last output, or those of all steps, and with ``return_state`` the last states.

        Args:
            inputs: ``(batch, time, ...)``.
            mask: ``(batch, time)``, False for steps to skip.
            training: whether it is called in training.
            initial_state: a list of states to begin with.
        """
        if initial_state is None:
            initial_state = self._first_states(inputs)
        if not tree.is_nested(initial_state):
            initial_state = [initial_state]
        if isinstance(mask, (list, tuple)):
            mask = mask[0]
        last, outputs, states = rnn(
            self.step, self.preprocess_input(inputs), list(initial_state),
            go_backwards=self.go_backwards, mask=mask, constants=self.get_constants(inputs),
            unroll=self.unroll, input_length=inputs.shape[1],
        )  # fmt: skip
        if self.stateful:
            for variable, state in zip(self._kept_states(states), states):
                variable.assign(state)
        found = outputs if self.return_sequences else last
        return (found, *states) if self.return_state else found

    def _kept_states(self, states):
        """The variables that hold states between batches, made when they are first needed."""
        if any(state is None for state in self.states):
            from minikeras.legacy.backend.tensors import variable

            self.states = [variable(ops.zeros(s.shape), str(s.dtype)) for s in states]
            for state in self.states:
                state.trainable = False
        return self.states

    def reset_states(self, states=None):
        """Set the states between batches to zeros, or to values.

        Raises:
            AttributeError: if the layer is not stateful.
        """
        if not self.stateful:
            raise AttributeError(f"Layer {self.name!r} was not made with stateful=True")
        for i, state in enumerate(self.states):
            if state is not None:
                state.assign(ops.zeros(state.shape) if states is None else states[i])

    def compute_mask(self, inputs, mask=None):
        """The mask of the inputs where all steps are returned."""
        mask = tree.flatten(mask)[0] if mask is not None else None
        mask = mask if self.return_sequences else None
        return [mask, *[None for _ in self.states]] if self.return_state else mask

    def get_config(self):
        """The constructor's arguments as plain values."""
        names = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll",
                 "implementation")  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


class ConvRecurrent2D(Recurrent):
    """The base of recurrent layers of one's own over sequences of images; see `Recurrent`.

    States are as large as outputs, unless `get_initial_states` says otherwise.

    Args:
        *args, **kwargs: in Keras 2 ``filters, kernel_size, strides, padding, data_format,
            dilation_rate, return_sequences, go_backwards, stateful``, in Keras 1 ``weights, nb_row,
            nb_col, nb_filter, return_sequences, go_backwards, stateful, dim_ordering``, and by
            keyword those of the other; those of `Recurrent`.

    >>> import minikeras as keras
    >>> class Sum(keras.layers.ConvRecurrent2D):
    ...     def step(self, x, states):
    ...         return x + states[0], [x + states[0]]
    >>> layer = Sum(1, 1, data_format="channels_last")
    >>> layer(keras.ops.ones((1, 2, 3, 3, 1))).shape
    (1, 3, 3, 1)
    """

    _orders = {1: _CONV_1, 2: _CONV_2}

    def _take(self, given):
        sides = given.pop("nb_row", None), given.pop("nb_col", None)
        given.setdefault("kernel_size", sides if None not in sides else 1)
        for old, new in (("nb_filter", "filters"), ("dim_ordering", "data_format"),
                         ("border_mode", "padding"), ("subsample", "strides")):  # fmt: skip
            if old in given:
                given[new] = given.pop(old)
        data_format = modern("data_format", given.pop("data_format", None))
        self.__dict__["_taken"] = {
            "filters": given.pop("filters", None),
            "kernel_size": per_axis(given.pop("kernel_size"), 2, "kernel_size"),
            "strides": per_axis(given.pop("strides", 1), 2, "strides"),
            "padding": given.pop("padding", "valid"),
            "data_format": config.standardize_data_format(data_format),
            "dilation_rate": per_axis(given.pop("dilation_rate", 1), 2, "dilation_rate"),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, value in self.__dict__.pop("_taken").items():
            setattr(self, name, value)
        self.nb_filter, (self.nb_row, self.nb_col) = self.filters, self.kernel_size
        self.input_spec = InputSpec(ndim=5)

    __init__.__legacy_args__ = {1: _CONV_1, 2: _CONV_2}

    def get_initial_states(self, x):
        """Zeros of the shape of an output for each state."""
        is_first = self.data_format == "channels_first"
        sides = x.shape[3:] if is_first else x.shape[2:4]
        windows = Windows.over(
            sides, self.kernel_size, self.strides, self.padding, self.dilation_rate
        )
        counts = tuple(windows.counts(sides))
        shape = (self.filters, *counts) if is_first else (*counts, self.filters)
        return [ops.zeros((x.shape[0], *shape), dtype=x.dtype) for _ in self.states]

    def get_config(self):
        """The constructor's arguments as plain values."""
        names = ("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
