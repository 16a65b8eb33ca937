"""LSTM: a recurrent layer with a memory that gates open and close."""

from minikeras import activations, ops
from minikeras.backend import recurrence
from minikeras.layers.arguments import arguments_in
from minikeras.layers.recurrent.cell import GatedCell, split_gates, with_open_forget_gate
from minikeras.layers.recurrent.gated import GatedRNN, of_cell


class LSTMCell(GatedCell):
    """One step of `LSTM`: a memory ``c`` with gates for input, forgetting and output.

    Hochreiter and Schmidhuber 1997, "Long short-term memory"; Gers et al. 2000, "Learning to
    forget", eq. 2.1-2.6. The columns of ``W``, ``R`` and ``b`` belong to ``i``, ``f``, ``g``, ``o``
    in this order::

        i, f, o = recurrent_activation(x W + b + h R)
        g = activation(x W + b + h R)
        c = f c + i g
        h = o activation(c)

    Args:
        units: the number of units, the length of the output ``h`` and of the memory.
        activation, recurrent_activation: functions or their names.
        use_bias: whether there is a bias ``b``.
        kernel_initializer, recurrent_initializer, bias_initializer: how ``W``, ``R`` and ``b``
            begin.
        unit_forget_bias: whether the bias of the forget gate begins with ones.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: what losses they add.
        kernel_constraint, recurrent_constraint, bias_constraint: what they are projected by.
        dropout: the share of inputs that are dropped in training.
        recurrent_dropout: the share of the state that is dropped in training.
        seed: an integer for the same dropout in each run.
        **kwargs: ``implementation``, 1 for one product and one dropout pattern per gate, 2 for one
            for all; and those of `Layer`.

    >>> import minikeras as keras
    >>> cell = keras.layers.LSTMCell(4)
    >>> output, states = cell(keras.ops.ones((2, 3)), cell.get_initial_state(2))
    >>> output.shape, len(states)
    ((2, 4), 2)
    """

    gates = 4

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(**arguments_in(locals(), of=GatedCell))
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.state_size = [units, units]

    def _starting_bias(self):
        if self.unit_forget_bias:
            return with_open_forget_gate(self.bias_initializer)
        return self.bias_initializer

    def call(self, inputs, states, training=False):
        """The output of one step, and the new states.

        Args:
            inputs: shape ``(batch, n)``.
            states: output and memory before, both ``(batch, units)``.
            training: whether dropout applies.
        """
        h, c = states
        z = self._gate_inputs(inputs, h, training)
        i, f, g, o = z
        i, f = self.recurrent_activation(i), self.recurrent_activation(f)
        c = ops.add(ops.multiply(f, c), ops.multiply(i, self.activation(g)))
        h = ops.multiply(self.recurrent_activation(o), self.activation(c))
        return h, [h, c]

    def _gate_inputs(self, inputs, h, training):
        drops, drops_state = (
            self._drops(rate, training) for rate in (self.dropout, self.recurrent_dropout)
        )
        if self.implementation != 1:
            if drops:
                inputs = ops.multiply(inputs, self.get_dropout_mask(inputs))
            z = ops.add(ops.matmul(inputs, self.kernel), ops.matmul(h, self.recurrent_kernel))
            return split_gates(z if self.bias is None else ops.add(z, self.bias), 4)
        xs = [ops.multiply(inputs, m) for m in self.get_dropout_mask(inputs)] if drops else None
        hs = None
        if drops_state:
            hs = [ops.multiply(h, m) for m in self.get_recurrent_dropout_mask(h)]
        parts = [
            ops.add(
                ops.matmul(xs[k] if xs else inputs, kernel), ops.matmul(hs[k] if hs else h, other)
            )
            for k, (kernel, other) in enumerate(
                zip(split_gates(self.kernel, 4), split_gates(self.recurrent_kernel, 4))
            )
        ]
        if self.bias is None:
            return parts
        return [ops.add(z, b) for z, b in zip(parts, split_gates(self.bias, 4))]

    def _known_call(self):
        return LSTMCell.call

    def _is_usual(self):
        """Whether the activations are those of the primitive."""
        is_tanh = self.activation is activations.tanh
        return is_tanh and self.recurrent_activation is activations.sigmoid

    def _fused(self, sequences, states, mask, return_sequences, drops=None, input_drops=None):
        if not self._is_usual():
            return None
        outputs, h, c, *_ = recurrence.lstm(
            sequences,
            *states,
            self.kernel.value,
            self.recurrent_kernel.value,
            None if self.bias is None else self.bias.value,
            mask,
            drops,
            input_drops,
            sequences=return_sequences,
        )
        return h, outputs, [h, c]

    def _fused_with_dropout(self, sequences, states, mask, return_sequences):
        if not self._is_usual():
            return None
        drops = input_drops = None
        if self._drops(self.dropout, True):
            input_drops = ops.stack(self.get_dropout_mask(sequences[0]))
        if self._drops(self.recurrent_dropout, True):
            drops = ops.stack(self.get_recurrent_dropout_mask(states[0]))
        return self._fused(sequences, states, mask, return_sequences, drops, input_drops)


class LSTM(GatedRNN):
    """A recurrent layer with a memory that gates open and close; see `LSTMCell` for the equations.

    With the default activations whole sequences are computed in one primitive.

    Args:
        units: the number of units.
        activation, recurrent_activation, use_bias: see `LSTMCell`, as for all that is not told
            here.
        activity_regularizer: what loss the outputs add.
        seed: an integer for the same dropout in each run.
        return_sequences, return_state, go_backwards, stateful, unroll: see `RNN`.
        use_cudnn: False for one step at a time; True to refuse arguments with which a sequence
            cannot be computed in one primitive (cuDNN itself is not used).
        **kwargs: ``implementation``, see `LSTMCell`; those of `RNN` and `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.LSTM(4, return_sequences=True, return_state=True)
    >>> [y.shape for y in layer(keras.ops.ones((2, 5, 3)))]
    [(2, 5, 4), (2, 4), (2, 4)]
    """

    cell_class = LSTMCell

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        use_cudnn="auto",
        **kwargs,
    ):
        super().__init__(**arguments_in(locals()))

    recurrent_activation = of_cell("recurrent_activation")
    unit_forget_bias = of_cell("unit_forget_bias")
