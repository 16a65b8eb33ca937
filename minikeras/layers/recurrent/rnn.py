"""RNN: a cell applied to each step of a sequence."""

from minikeras import ops, tree
from minikeras.backend.shaping import unstack
from minikeras.backend.variables import Variable, name_scope
from minikeras.layers.call_spec import signature_of
from minikeras.layers.layer import Layer
from minikeras.layers.recurrent.cell import DropoutRNNCell, GatedCell
from minikeras.layers.recurrent.stacked_rnn_cells import StackedRNNCells, checked_cell
from minikeras.serialization import deserialize_keras_object


class RNN(Layer):
    """Goes through the steps of a sequence with a cell, which hands its state from one to the next.

    A cell is an object with a method ``call(inputs, states)`` that returns ``(output, new_states)``
    and with ``state_size``, an integer or a list of them; best a `Layer`. It may have
    ``output_size`` and a method ``get_initial_state(batch_size)``.

    Args:
        cell: a cell, or a list of cells that stand one upon the other.
        return_sequences: whether the outputs of all steps are returned, or that of the last.
        return_state: whether the last states are returned as well.
        go_backwards: whether to begin at the end; the outputs are then in reversed order too.
        stateful: whether a batch begins with the last states of the batch before, sample by sample.
            The batch size must be known then.
        unroll: accepted where the number of steps is known. Loops are never compiled here, so it
            only decides how a masked first step is answered: by zeros.
        zero_output_for_mask: whether the outputs of masked steps are zeros; by default they repeat
            the output before.
        **kwargs: those of `Layer`.

    Inputs have the shape ``(batch, time, ...)``. Where a mask ``(batch, time)`` is False, the state
    stays as it was.

    >>> import minikeras as keras
    >>> class Sum(keras.layers.Layer):
    ...     state_size = 2
    ...     def call(self, inputs, states):
    ...         total = states[0] + inputs
    ...         return total, [total]
    >>> keras.layers.RNN(Sum(), return_sequences=True)(keras.ops.ones((1, 3, 2))).tolist()
    [[[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]]
    """

    # Arguments of RNN that a layer with a cell of its own leaves out of its configuration.
    config_excludes = frozenset()
    # Whether a sequence is computed in one primitive; LSTM and GRU have it as an argument.
    use_cudnn = "auto"

    def __init__(
        self,
        cell,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        zero_output_for_mask=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        self.cell = checked_cell(self, cell)
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        self.supports_masking = True
        size = cell.state_size
        self.single_state = isinstance(size, int)
        self.state_size = [size] if self.single_state else list(size)
        # The states between batches are no weights of the layer.
        self.__dict__["states"] = None

    def _config_names(self):
        return [name for name in super()._config_names() if name not in self.config_excludes]

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A layer made from what `get_config` returned."""
        config = dict(config)
        if isinstance(config.get("cell"), dict):
            config["cell"] = deserialize_keras_object(config["cell"], custom_objects=custom_objects)
        return super().from_config(config)

    def build(self, sequences_shape, initial_state_shape=None):
        """Build the cell for one step, and with ``stateful`` make the states."""
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build((sequences_shape[0], *sequences_shape[2:]))
            self.cell.built = True
        if self.stateful and self.states is None:
            if sequences_shape[0] is None:
                raise ValueError(
                    f"{type(self).__name__} {self.name!r} is stateful, so the batch size must be "
                    "known: keras.Input(batch_shape=(batch, time, features)). "
                    f"Received: inputs of shape {tuple(sequences_shape)}"
                )
            self._make_states(sequences_shape[0])
        elif self.stateful:
            self.reset_state()

    def _make_states(self, batch_size):
        with name_scope(self.name):
            self.__dict__["states"] = tree.map_structure(
                lambda x: Variable(x, dtype=self.variable_dtype, trainable=False, name="rnn_state"),
                self.get_initial_state(batch_size),
            )

    def get_initial_state(self, batch_size):
        """The states before the first step, as a list (of lists, for stacked cells)."""
        make = getattr(self.cell, "get_initial_state", None)
        if make is None:
            dtype = getattr(self.cell, "compute_dtype", self.compute_dtype)
            return [ops.zeros((batch_size, size), dtype=dtype) for size in self.state_size]
        states = make(batch_size=batch_size)
        return list(states) if tree.is_nested(states) else [states]

    def reset_state(self):
        """Set the states between batches to zeros."""
        for state in tree.flatten(self.states) if self.states is not None else ():
            state.assign(ops.zeros(state.shape, dtype=state.dtype))

    def reset_states(self):
        """The same as `reset_state`."""
        self.reset_state()

    def compute_mask(self, _, mask):
        """The mask of the outputs: that of the inputs where all steps are returned."""
        mask = tree.flatten(mask)[0]
        mask = mask if self.return_sequences else None
        return [mask, *[None for _ in self.state_size]] if self.return_state else mask

    def call(self, sequences, initial_state=None, mask=None, training=False):
        """The outputs, and with ``return_state`` the last states after them.

        Args:
            sequences: shape ``(batch, time, ...)``.
            initial_state: the states before the first step; by default zeros, or with ``stateful``
                those after the last batch.
            mask: shape ``(batch, time)``, False for steps to skip.
            training: whether dropout applies.
        """
        if initial_state is None:
            initial_state = self._own_initial_state(sequences)
        if not tree.is_nested(initial_state):
            initial_state = [initial_state]
        dtype = getattr(self.cell, "compute_dtype", self.compute_dtype)
        states = tree.map_structure(lambda x: ops.cast(x, dtype), list(initial_state))
        if isinstance(mask, (list, tuple)):
            mask = mask[0]
        self._reset_dropout(self.cell)
        try:
            last, outputs, states = self.inner_loop(sequences, states, mask, training)
        finally:
            self._reset_dropout(self.cell)
        output = ops.cast(outputs if self.return_sequences else last, self.compute_dtype)
        states = tree.map_structure(lambda x: ops.cast(x, self.compute_dtype), states)
        if self.stateful:
            for variable, state in zip(tree.flatten(self.states), tree.flatten(states)):
                variable.assign(state)
        return (output, *states) if self.return_state else output

    def _own_initial_state(self, sequences):
        if not self.stateful:
            return self.get_initial_state(sequences.shape[0])
        expected = tree.flatten(self.states)[0].shape[0]
        if sequences.shape[0] != expected:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} is stateful and was built for a batch size "
                f"of {expected}. Received: a batch of {sequences.shape[0]} samples"
            )
        return tree.map_structure(lambda v: v.value, self.states)

    def _reset_dropout(self, cell):
        if isinstance(cell, DropoutRNNCell):
            cell.reset_dropout_mask()
            cell.reset_recurrent_dropout_mask()
        for inner in getattr(cell, "cells", ()):
            self._reset_dropout(inner)

    # The loop

    def inner_loop(self, sequences, initial_state, mask, training=False):
        """Go through all steps.

        Returns:
            The last output, the outputs of all steps ``(batch, time, ...)`` (None where they are
            not returned), and the last states.
        """
        if sequences.shape[1] == 0:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} needs at least one time step. "
                f"Received: inputs of shape {tuple(sequences.shape)}"
            )
        steps = _time_major(sequences)
        kept = None if mask is None else _step_mask(mask)
        if self.go_backwards:
            steps = ops.flip(steps, axis=0)
            kept = None if kept is None else ops.flip(kept, axis=0)
        # A masked first step is answered by the initial state, unrolled by zeros.
        found = None
        may_fuse = isinstance(self.cell, GatedCell) and self.use_cudnn is not False
        if may_fuse and not (self.unroll and kept is not None):
            found = self.cell.run_sequence(
                steps, tree.flatten(initial_state), kept, training, self._needs_all(kept)
            )
        if found is None:
            if self.use_cudnn is True:
                raise ValueError(
                    f"{type(self).__name__} {self.name!r} was made with use_cudnn=True, but its "
                    "other arguments ask for one step at a time (an activation, dropout, or "
                    "unroll with a mask). Leave use_cudnn at 'auto'."
                )
            found = self._stepwise(steps, initial_state, kept, training)
        last, outputs, states = found
        if kept is not None and self.zero_output_for_mask:
            outputs = ops.multiply(outputs, ops.cast(_beside(kept, outputs), outputs.dtype))
            last = outputs[-1]
        return last, _time_major(outputs) if self.return_sequences else None, states

    def _needs_all(self, kept):
        return self.return_sequences or (kept is not None and self.zero_output_for_mask)

    def _stepwise(self, steps, states, kept, training):
        """One call of the cell per step."""
        flags = self._cell_arguments(training)
        run = self.cell if callable(self.cell) else self.cell.call
        if steps.shape[1] == 0:  # an empty batch: one step shows all that there is to see
            output, states = _called(run, steps[0], states, flags)
            outputs = ops.broadcast_to(ops.expand_dims(output, 0), (steps.shape[0], *output.shape))
            return output, outputs, states
        inputs = unstack(steps, axis=0)
        kept = [None] * len(inputs) if kept is None else unstack(kept, axis=0)
        outputs, previous = [], None
        for x, mask in zip(inputs, kept):
            output, new = _called(run, x, states, flags)
            if mask is not None:
                if previous is None:
                    previous = self._output_before(states, output)
                output = ops.where(_beside(mask, output), output, previous)
                new = tree.map_structure(
                    lambda n, s, mask=mask: ops.where(_beside(mask, n), n, s), new, states
                )
            states, previous = new, output
            outputs.append(output)
        stacked = ops.stack(outputs, axis=0) if self._needs_all(mask) else None
        return output, stacked, states

    def _cell_arguments(self, training):
        """What the cell is given at each step besides inputs and states."""
        takes_training = isinstance(self.cell, Layer) and (
            signature_of(type(self.cell).call).has_training
        )
        return {"training": training} if takes_training else {}

    def _output_before(self, states, output):
        """What a masked first step is answered by: the first state, if that is like an output."""
        first = states[-1] if isinstance(self.cell, StackedRNNCells) else states[0]
        first = first[0] if tree.is_nested(first) else first
        if self.unroll or first.shape != output.shape:
            return ops.zeros(output.shape, dtype=output.dtype)
        return first


def _called(run, inputs, states, flags):
    output, new = run(inputs, states, **flags)
    new = list(new) if tree.is_nested(new) else [new]
    return output, new


def _time_major(x):
    """``x`` with its first two axes exchanged."""
    return ops.swapaxes(x, 0, 1)


def _step_mask(mask):
    """A mask ``(batch, time)``, or with features, as booleans ``(time, batch, 1)``."""
    mask = _time_major(ops.cast(mask, "bool"))
    if len(mask.shape) == 2:
        return ops.expand_dims(mask, -1)
    return ops.any(mask, axis=-1, keepdims=True)


def _beside(mask, x):
    """``mask``, whose last side is 1, with as many axes as ``x``."""
    return ops.reshape(mask, (*mask.shape[:-1], *[1] * (len(x.shape) - len(mask.shape) + 1)))
