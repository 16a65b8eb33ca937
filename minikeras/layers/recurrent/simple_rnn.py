"""SimpleRNN: the state is an activation of the inputs and the state before."""

from minikeras import activations, ops
from minikeras.backend import recurrence
from minikeras.layers.arguments import arguments_in
from minikeras.layers.recurrent.cell import GatedCell
from minikeras.layers.recurrent.gated import GatedRNN


class SimpleRNNCell(GatedCell):
    """One step of `SimpleRNN`: ``h = activation(x W + b + h R)`` (Elman 1990).

    Args:
        units: the number of units, the length of the output and of the state.
        activation: a function or its name; None for none.
        use_bias: whether there is a bias ``b``.
        kernel_initializer, recurrent_initializer, bias_initializer: how ``W``, ``R`` and ``b``
            begin.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: what losses they add.
        kernel_constraint, recurrent_constraint, bias_constraint: what they are projected by.
        dropout: the share of inputs that are dropped in training.
        recurrent_dropout: the share of the state that is dropped in training.
        seed: an integer for the same dropout in each run.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> cell = keras.layers.SimpleRNNCell(4)
    >>> output, states = cell(keras.ops.ones((2, 3)), cell.get_initial_state(2))
    >>> output.shape, len(states)
    ((2, 4), 1)
    """

    def call(self, sequence, states, training=False):
        """The output of one step, and the new state.

        Args:
            sequence: the inputs of the step, shape ``(batch, n)``.
            states: the state before, ``(batch, units)``, in a list or by itself.
            training: whether dropout applies.
        """
        is_list = isinstance(states, (list, tuple))
        h = states[0] if is_list else states
        if training and self.dropout > 0:
            sequence = ops.multiply(sequence, self.get_dropout_mask(sequence))
        if training and self.recurrent_dropout > 0:
            h = ops.multiply(h, self.get_recurrent_dropout_mask(h))
        z = ops.matmul(sequence, self.kernel)
        if self.bias is not None:
            z = ops.add(z, self.bias)
        h = self.activation(ops.add(z, ops.matmul(h, self.recurrent_kernel)))
        return h, [h] if is_list else h

    def _known_call(self):
        return SimpleRNNCell.call

    def _fused(self, sequences, states, mask, return_sequences):
        if self.activation not in _FUSED:
            return None
        outputs, h, *_ = recurrence.simple_rnn(
            sequences,
            states[0],
            self.kernel.value,
            self.recurrent_kernel.value,
            None if self.bias is None else self.bias.value,
            mask,
            activation=_FUSED[self.activation],
            sequences=return_sequences,
        )
        return h, outputs, [h]


_FUSED = {activations.tanh: "tanh", activations.relu: "relu", activations.linear: "linear"}


class SimpleRNN(GatedRNN):
    """A recurrent layer whose state is its output: ``h = activation(x W + b + h R)``.

    Args:
        units: the number of units.
        activation, use_bias: see `SimpleRNNCell`, as for all that is not told here.
        activity_regularizer: what loss the outputs add.
        return_sequences, return_state, go_backwards, stateful, unroll: see `RNN`.
        seed: an integer for the same dropout in each run.
        **kwargs: those of `RNN` and `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.SimpleRNN(4, return_sequences=True, return_state=True)
    >>> [y.shape for y in layer(keras.ops.ones((2, 5, 3)))]
    [(2, 5, 4), (2, 4)]
    """

    # As in Keras, the seed is not part of the configuration.
    config_excludes = frozenset({"cell", "seed"})
    cell_class = SimpleRNNCell

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        seed=None,
        **kwargs,
    ):
        super().__init__(**arguments_in(locals()))
