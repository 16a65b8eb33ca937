"""ConvLSTM1D, ConvLSTM2D and ConvLSTM3D: an LSTM whose products are convolutions."""

from minikeras import activations, config, constraints, initializers, ops, regularizers
from minikeras.backend.windows import Windows
from minikeras.layers.arguments import arguments_in, positive_integer
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.layers.recurrent.cell import DropoutRNNCell, split_gates, with_open_forget_gate
from minikeras.layers.recurrent.gated import GatedRNN, of_cell
from minikeras.ops.convolution import convolve
from minikeras.ops.windowing import padding_name, per_axis
from minikeras.random import SeedGenerator


class ConvLSTMCell(Layer, DropoutRNNCell):
    """One step of a ConvLSTM: the gates of an LSTM, with convolutions for products.

    Shi et al. 2015, "Convolutional LSTM network", eq. 3, without the peepholes. The filters of
    ``W``, ``R`` and ``b`` belong to ``i``, ``f``, ``g``, ``o`` in this order::

        i, f, o = recurrent_activation(W * x + b + R * h)
        g = activation(W * x + b + R * h)
        c = f c + i g
        h = o activation(c)

    The arguments are those of `ConvLSTM2D`; ``rank`` is the number of spatial axes.
    """

    dropout_mask_count = 4

    def __init__(
        self,
        rank,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
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
        super().__init__(**kwargs)
        self.rank = rank
        self.filters = positive_integer(self, "filters", filters)
        self.kernel_size = per_axis(kernel_size, rank, "kernel_size")
        self.strides = per_axis(strides, rank, "strides")
        self.padding = padding_name(padding)
        self.data_format = config.standardize_data_format(data_format)
        self.dilation_rate = per_axis(dilation_rate, rank, "dilation_rate")
        if max(self.strides) > 1 < max(self.dilation_rate):
            raise ValueError(
                "ConvLSTM: strides and dilation_rate cannot both be greater than 1. "
                f"Received: strides={self.strides}, dilation_rate={self.dilation_rate}"
            )
        self.activation = activations.get(activation)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.unit_forget_bias = unit_forget_bias
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
        self.state_size = [filters, filters]  # of the channels; the sides follow from the inputs
        self.input_spec = InputSpec(ndim=rank + 2)

    @property
    def _is_channels_first(self):
        return self.data_format == "channels_first"

    def build(self, inputs_shape):
        """Make the kernels ``(*kernel_size, channels or filters, 4 filters)`` and the bias."""
        if None in inputs_shape[1:]:
            raise ValueError(
                f"ConvLSTM {self.name!r} needs to know the sides and channels of the images. "
                f"Received: images of shape {tuple(inputs_shape[1:])} for each step "
                f"(data_format={self.data_format!r})"
            )
        channels = inputs_shape[1 if self._is_channels_first else -1]
        sides = inputs_shape[2:] if self._is_channels_first else inputs_shape[1:-1]
        windows = Windows.over(
            sides, self.kernel_size, self.strides, self.padding, self.dilation_rate
        )
        self._state_sides = tuple(windows.counts(sides))
        self.kernel = self.add_weight(
            shape=(*self.kernel_size, channels, 4 * self.filters),
            name="kernel",
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.recurrent_kernel = self.add_weight(
            shape=(*self.kernel_size, self.filters, 4 * self.filters),
            name="recurrent_kernel",
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )
        self.bias = None
        if self.use_bias:
            initializer = self.bias_initializer
            if self.unit_forget_bias:
                initializer = with_open_forget_gate(initializer)
            self.bias = self.add_weight(
                shape=(4 * self.filters,),
                name="bias",
                initializer=initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def get_initial_state(self, batch_size=None):
        """Zeros: output and memory, both of the shape of an output."""
        sides = self._state_sides
        if self._is_channels_first:
            shape = (batch_size, self.filters, *sides)
        else:
            shape = (batch_size, *sides, self.filters)
        return [ops.zeros(shape, dtype=self.compute_dtype) for _ in range(2)]

    def call(self, inputs, states, training=False):
        """The output of one step, and the new states.

        Args:
            inputs: images of shape ``(batch, *sides, channels)``, or channels first.
            states: output and memory before, both of the shape of an output.
            training: whether dropout applies.
        """
        h, c = states
        if training and 0.0 < self.dropout < 1.0:
            inputs = self._for_each_gate(inputs, self.get_dropout_mask(inputs))
        if training and 0.0 < self.recurrent_dropout < 1.0:
            h = self._for_each_gate(h, self.get_recurrent_dropout_mask(h))
        z = convolve(
            inputs, self.kernel, self.strides, self.padding, self.data_format, self.dilation_rate
        )
        if self.bias is not None:
            shape = (-1, *(1,) * self.rank) if self._is_channels_first else (-1,)
            z = ops.add(z, ops.reshape(self.bias, shape))
        z = ops.add(z, convolve(h, self.recurrent_kernel, 1, "same", self.data_format, 1))
        i, f, g, o = split_gates(z, 4, axis=1 if self._is_channels_first else -1)
        i, f = self.recurrent_activation(i), self.recurrent_activation(f)
        c = ops.add(ops.multiply(f, c), ops.multiply(i, self.activation(g)))
        h = ops.multiply(self.recurrent_activation(o), self.activation(c))
        return h, [h, c]

    def _for_each_gate(self, x, patterns):
        """``x`` once for each gate with its own pattern: channels of a convolution in groups."""
        axis = 1 if self._is_channels_first else -1
        return ops.concatenate([ops.multiply(x, p) for p in patterns], axis=axis)


class ConvLSTM(GatedRNN):
    """The base of the layers below, which state the ``rank``, the number of spatial axes."""

    rank = None
    cell_class = ConvLSTMCell

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
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
        **kwargs,
    ):
        """Store the arguments.

        Args:
            filters: the number of channels of the outputs.
            kernel_size: length of the windows: an integer, or one per spatial axis.
            strides: steps between windows over the inputs, likewise.
            padding: ``"valid"`` or ``"same"``: of the inputs; the outputs before are padded so
                that their sides stay.
            data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
            dilation_rate: steps between the taps of the kernel on the inputs.
            activation, recurrent_activation: functions or their names; see `ConvLSTMCell`.
            use_bias: whether to add a bias.
            kernel_initializer, recurrent_initializer, bias_initializer: how the weights begin.
            unit_forget_bias: whether the bias of the forget gate begins with ones.
            kernel_regularizer, recurrent_regularizer, bias_regularizer: what losses they add.
            activity_regularizer: what loss the outputs add.
            kernel_constraint, recurrent_constraint, bias_constraint: what they are projected by.
            dropout: the share of inputs that are dropped in training.
            recurrent_dropout: the share of the state that is dropped in training.
            seed: an integer for the same dropout in each run.
            return_sequences, return_state, go_backwards, stateful: see `RNN`.
            **kwargs: those of `RNN` and `Layer`.
        """
        super().__init__(rank=self.rank, **arguments_in(locals()))
        self.input_spec = InputSpec(ndim=self.rank + 3)

    filters = of_cell("filters")
    kernel_size = of_cell("kernel_size")
    strides = of_cell("strides")
    padding = of_cell("padding")
    data_format = of_cell("data_format")
    dilation_rate = of_cell("dilation_rate")
    recurrent_activation = of_cell("recurrent_activation")
    unit_forget_bias = of_cell("unit_forget_bias")


class ConvLSTM1D(ConvLSTM):
    """A recurrent layer over sequences of signals: an LSTM with convolutions over one axis.

    Inputs ``(batch, time, steps, channels)`` give ``(batch, new_steps, filters)``, and with
    ``return_sequences`` ``(batch, time, new_steps, filters)``. ``__init__`` says what the
    arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.ConvLSTM1D(4, 3)(keras.ops.ones((2, 5, 10, 3))).shape
    (2, 8, 4)
    """

    rank = 1


class ConvLSTM2D(ConvLSTM):
    """A recurrent layer over sequences of images: an LSTM with convolutions over two axes.

    Inputs ``(batch, time, height, width, channels)`` give ``(batch, new_height, new_width,
    filters)``, and with ``return_sequences`` one such image for each step. ``__init__`` says what
    the arguments mean.

    >>> import minikeras as keras
    >>> layer = keras.layers.ConvLSTM2D(4, 3, padding="same", return_sequences=True)
    >>> layer(keras.ops.ones((2, 5, 6, 6, 3))).shape
    (2, 5, 6, 6, 4)
    """

    rank = 2


class ConvLSTM3D(ConvLSTM):
    """A recurrent layer over sequences of volumes: an LSTM with convolutions over three axes.

    Inputs ``(batch, time, depth, height, width, channels)`` give ``(batch, *counts, filters)``, and
    with ``return_sequences`` one such volume for each step. ``__init__`` says what the arguments
    mean.

    >>> import minikeras as keras
    >>> keras.layers.ConvLSTM3D(4, 2, strides=2)(keras.ops.ones((1, 2, 4, 4, 4, 3))).shape
    (1, 2, 2, 2, 4)
    """

    rank = 3
