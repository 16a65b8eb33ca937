"""What SimpleRNN, LSTM and GRU share: the arguments of their cells, and dropout within them."""

from minikeras import activations, constraints, initializers, ops, regularizers
from minikeras.layers.arguments import positive_integer
from minikeras.layers.layer import Layer
from minikeras.random import SeedGenerator, dropout


class DropoutRNNCell:
    """A mixin for cells: dropout patterns that stay the same for all steps of a sequence.

    A cell states ``dropout``, ``recurrent_dropout`` and ``seed_generator``, and where it needs one
    pattern per gate their number, ``dropout_mask_count``.
    """

    _dropout_mask = None
    _recurrent_dropout_mask = None

    def get_dropout_mask(self, step_input):
        """The pattern for the inputs of a step: what to multiply by; None without dropout."""
        if self._dropout_mask is None and self.dropout > 0:
            self.__dict__["_dropout_mask"] = self._drawn(step_input, self.dropout)
        return self._dropout_mask

    def get_recurrent_dropout_mask(self, step_input):
        """The pattern for the state; None without recurrent dropout."""
        if self._recurrent_dropout_mask is None and self.recurrent_dropout > 0:
            drawn = self._drawn(step_input, self.recurrent_dropout)
            self.__dict__["_recurrent_dropout_mask"] = drawn
        return self._recurrent_dropout_mask

    def _drawn(self, step_input, rate):
        ones = ops.ones(step_input.shape, dtype=step_input.dtype)
        count = getattr(self, "dropout_mask_count", None)
        if count is None:
            return dropout(ones, rate, seed=self.seed_generator)
        return [dropout(ones, rate, seed=self.seed_generator) for _ in range(count)]

    def reset_dropout_mask(self):
        """Draw the pattern for the inputs anew when it is asked for next."""
        self.__dict__["_dropout_mask"] = None

    def reset_recurrent_dropout_mask(self):
        """Draw the pattern for the state anew when it is asked for next."""
        self.__dict__["_recurrent_dropout_mask"] = None


class GatedCell(Layer, DropoutRNNCell):
    """The base of the cells of SimpleRNN, LSTM and GRU: weights for ``gates`` gates at once."""

    gates = 1

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
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        **kwargs,
    ):
        implementation = kwargs.pop("implementation", 2) if self.gates > 1 else None
        super().__init__(**kwargs)
        units = positive_integer(self, "units", units)
        self.units = self.state_size = self.output_size = units
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)
        if implementation is not None:
            # With one product for all gates, the state cannot be dropped for each by itself.
            self.implementation = 1 if self.recurrent_dropout else implementation
            if self.implementation == 1:
                self.dropout_mask_count = self.gates

    def build(self, input_shape):
        """Make kernel ``(n, g units)``, recurrent kernel ``(units, g units)`` and bias."""
        width = self.gates * self.units
        self.kernel = self.add_weight(
            shape=(input_shape[-1], width),
            name="kernel",
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, width),
            name="recurrent_kernel",
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=self._bias_shape(width),
                name="bias",
                initializer=self._starting_bias(),
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def _bias_shape(self, width):
        return (width,)

    def _starting_bias(self):
        return self.bias_initializer

    def get_initial_state(self, batch_size=None):
        """Zeros: a list of arrays ``(batch_size, units)``."""
        sizes = self.state_size if isinstance(self.state_size, list) else [self.state_size]
        return [ops.zeros((batch_size, size), dtype=self.compute_dtype) for size in sizes]

    def _drops(self, rate, training):
        return training and 0.0 < rate < 1.0

    # Whole sequences at once

    def run_sequence(self, sequences, states, mask, training, return_sequences):
        """Go through a whole sequence in one primitive, where that computes the same.

        Args:
            sequences: shape ``(time, batch, n)``.
            states: a list of arrays ``(batch, units)``.
            mask: shape ``(time, batch, 1)`` or None.
            training: whether dropout applies.
            return_sequences: whether the outputs of all steps are needed.

        Returns:
            None where it cannot be done; else the last output, the outputs of all steps
            ``(time, batch, units)`` (or None), and the last states.
        """
        has_own_call = type(self).call is not self._known_call()
        if has_own_call or self.activity_regularizer is not None:
            return None
        drops = training and max(self.dropout, self.recurrent_dropout) > 0
        if drops and getattr(self, "dropout_mask_count", None) is not None:
            return self._fused_with_dropout(sequences, states, mask, return_sequences)
        if training and self.recurrent_dropout > 0:
            return None
        if training and self.dropout > 0:
            pattern = self.get_dropout_mask(sequences[0])
            sequences = ops.multiply(sequences, ops.expand_dims(pattern, 0))
        return self._fused(sequences, states, mask, return_sequences)

    def _fused_with_dropout(self, sequences, states, mask, return_sequences):
        """`run_sequence` with a dropout pattern for each gate, for cells that can do it."""


def split_gates(x, count, axis=-1):
    """``x`` cut into ``count`` equal parts along an axis, by default the last."""
    return ops.split(x, count, axis=axis)


def with_open_forget_gate(initializer):
    """An initializer of the biases of four gates: ones for the second, the rest as given."""

    def initialize(shape, dtype=None):
        units = shape[0] // 4
        parts = [
            initializer((units,), dtype=dtype),
            initializers.Ones()((units,), dtype=dtype),
            initializer((2 * units,), dtype=dtype),
        ]
        return ops.concatenate(parts)

    return initialize
