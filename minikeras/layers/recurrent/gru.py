"""GRU: a recurrent layer whose state gates keep or renew."""

from minikeras import activations, ops
from minikeras.backend import recurrence
from minikeras.layers.arguments import arguments_in
from minikeras.layers.recurrent.cell import GatedCell, split_gates
from minikeras.layers.recurrent.gated import GatedRNN, of_cell


class GRUCell(GatedCell):
    """One step of `GRU`: a state with gates for keeping it and for looking back at it.

    Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder for statistical
    machine translation", section 2.3. The columns of ``W``, ``R`` and ``b`` belong to ``z``, ``r``,
    ``n`` in this order::

        z, r = recurrent_activation(x W + b + h R)
        n = activation(x W + b + (r h) R)
        n = activation(x W + b + r (h R + b'))         (reset_after)
        h = z h + (1 - z) n

    Args:
        units: the number of units, the length of the output and of the state.
        activation, recurrent_activation: functions or their names.
        use_bias: whether there are biases: ``b``, and with ``reset_after`` another for ``h R``.
        kernel_initializer, recurrent_initializer, bias_initializer: how ``W``, ``R`` and ``b``
            begin.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: what losses they add.
        kernel_constraint, recurrent_constraint, bias_constraint: what they are projected by.
        dropout: the share of inputs that are dropped in training.
        recurrent_dropout: the share of the state that is dropped in training.
        reset_after: whether the reset gate acts after the product with ``R``, as in cuDNN.
        seed: an integer for the same dropout in each run.
        **kwargs: ``implementation``, 1 for one product and one dropout pattern per gate, 2 for one
            for all; and those of `Layer`.

    >>> import minikeras as keras
    >>> cell = keras.layers.GRUCell(4)
    >>> output, states = cell(keras.ops.ones((2, 3)), cell.get_initial_state(2))
    >>> output.shape, len(states)
    ((2, 4), 1)
    """

    gates = 3

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        reset_after=True,
        seed=None,
        **kwargs,
    ):
        super().__init__(**arguments_in(locals(), of=GatedCell))
        self.recurrent_activation = activations.get(recurrent_activation)
        self.reset_after = reset_after

    def _bias_shape(self, width):
        return (2, width) if self.reset_after else (width,)

    def call(self, inputs, states, training=False):
        """The output of one step, and the new state.

        Args:
            inputs: shape ``(batch, n)``.
            states: the state before, ``(batch, units)``, in a list or by itself.
            training: whether dropout applies.
        """
        is_list = isinstance(states, (list, tuple))
        h = states[0] if is_list else states
        x_z, x_r, x_n = self._input_parts(inputs, training)
        hs = [h] * 3
        if self._drops(self.recurrent_dropout, training):
            hs = [ops.multiply(h, m) for m in self.get_recurrent_dropout_mask(h)]
        of_z, of_r, of_n = split_gates(self.recurrent_kernel, 3)
        biases = [None] * 3
        if self.bias is not None and self.reset_after:
            biases = split_gates(self.bias[1], 3)
        z = self.recurrent_activation(ops.add(x_z, _affine(hs[0], of_z, biases[0])))
        r = self.recurrent_activation(ops.add(x_r, _affine(hs[1], of_r, biases[1])))
        if self.reset_after:
            inner = ops.multiply(r, _affine(hs[2], of_n, biases[2]))
        else:
            inner = ops.matmul(ops.multiply(r, hs[2]), of_n)
        n = self.activation(ops.add(x_n, inner))
        h = ops.add(n, ops.multiply(z, ops.subtract(h, n)))
        return h, [h] if is_list else h

    def _input_parts(self, inputs, training):
        """``x W + b`` for each gate."""
        bias = None
        if self.bias is not None:
            bias = self.bias[0] if self.reset_after else self.bias
        drops = self._drops(self.dropout, training)
        if self.implementation != 1 or not drops:
            if drops:
                inputs = ops.multiply(inputs, self.get_dropout_mask(inputs))
            return split_gates(_affine(inputs, self.kernel, bias), 3)
        kernels = split_gates(self.kernel, 3)
        biases = [None] * 3 if bias is None else split_gates(bias, 3)
        return [
            _affine(ops.multiply(inputs, m), kernel, b)
            for m, kernel, b in zip(self.get_dropout_mask(inputs), kernels, biases)
        ]

    def _known_call(self):
        return GRUCell.call

    def _fused(self, sequences, states, mask, return_sequences):
        is_usual = self.activation is activations.tanh
        if not is_usual or self.recurrent_activation is not activations.sigmoid:
            return None
        outputs, h, *_ = recurrence.gru(
            sequences,
            states[0],
            self.kernel.value,
            self.recurrent_kernel.value,
            None if self.bias is None else self.bias.value,
            mask,
            reset_after=bool(self.reset_after),
            sequences=return_sequences,
        )
        return h, outputs, [h]


def _affine(x, kernel, bias):
    product = ops.matmul(x, kernel)
    return product if bias is None else ops.add(product, bias)


class GRU(GatedRNN):
    """A recurrent layer whose state gates keep or renew; see `GRUCell` for the equations.

    With the default activations and without recurrent dropout, whole sequences are computed in one
    primitive.

    Args:
        units: the number of units.
        activation, recurrent_activation, use_bias: see `GRUCell`, as for all that is not told here.
        activity_regularizer: what loss the outputs add.
        seed: an integer for the same dropout in each run.
        return_sequences, return_state, go_backwards, stateful, unroll: see `RNN`.
        reset_after: see `GRUCell`.
        use_cudnn: False for one step at a time; True to refuse arguments with which a sequence
            cannot be computed in one primitive (cuDNN itself is not used).
        **kwargs: ``implementation``, see `GRUCell`; those of `RNN` and `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.GRU(4, return_sequences=True, return_state=True)
    >>> [y.shape for y in layer(keras.ops.ones((2, 5, 3)))]
    [(2, 5, 4), (2, 4)]
    """

    cell_class = GRUCell

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
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
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        reset_after=True,
        use_cudnn="auto",
        **kwargs,
    ):
        super().__init__(**arguments_in(locals()))

    recurrent_activation = of_cell("recurrent_activation")
    reset_after = of_cell("reset_after")
