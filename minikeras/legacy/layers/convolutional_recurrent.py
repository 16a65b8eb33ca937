"""ConvRNN2D and ConvLSTM2DCell of Keras 2."""

from minikeras import ops
from minikeras.layers import RNN
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.recurrent.conv_lstm import ConvLSTMCell
from minikeras.legacy.arguments.values_1 import activation as of_old
from minikeras.legacy.backend.neural import conv2d
from minikeras.serialization import register_keras_serializable


@register_keras_serializable("minikeras.legacy")
class ConvRNN2D(RNN):
    """An `RNN` over sequences of images: its cell takes images of shape ``(batch, ...)``.

    Args:
        cell: a cell with ``get_initial_state(batch_size)``, such as `ConvLSTM2DCell`; no list.
        return_sequences, return_state, go_backwards, stateful: see `RNN`.
        unroll: False.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> cell = keras.layers.ConvLSTM2DCell(4, 3)
    >>> layer = keras.layers.convolutional_recurrent.ConvRNN2D(cell)
    >>> layer(keras.ops.ones((2, 5, 6, 6, 1))).shape
    (2, 4, 4, 4)
    """

    def __init__(
        self, cell, return_sequences=False, return_state=False, go_backwards=False,
        stateful=False, unroll=False, **kwargs,
    ):  # fmt: skip
        if unroll:
            raise TypeError("ConvRNN2D cannot be unrolled. Received: unroll=True")
        if isinstance(cell, (list, tuple)):
            raise TypeError("ConvRNN2D takes one cell: put several layers behind each other")
        super().__init__(
            cell, return_sequences, return_state, go_backwards, stateful, unroll, **kwargs
        )
        self.input_spec = InputSpec(ndim=5)


def _gate(name, gate, axis):
    def part(cell):
        weight = getattr(cell, name)
        return None if weight is None else ops.split(weight, 4, axis=axis)[gate]

    return property(part, doc=f"The part of ``{name}`` that belongs to one gate.")


@register_keras_serializable("minikeras.legacy")
class ConvLSTM2DCell(ConvLSTMCell):
    """One step of a `ConvLSTM2D`, for `ConvRNN2D`.

    The arguments are those of `ConvLSTM2D` without the regularizer of outputs; by default the gates
    are of the ``hard_sigmoid`` of then.

    >>> import minikeras as keras
    >>> cell = keras.layers.ConvLSTM2DCell(4, 3)
    >>> cell.kernel_size, cell.recurrent_activation.__name__
    ((3, 3), 'hard_sigmoid_until_3')
    """

    def __init__(
        self, filters, kernel_size, strides=(1, 1), padding="valid", data_format=None,
        dilation_rate=(1, 1), activation="tanh", recurrent_activation="hard_sigmoid",
        use_bias=True, kernel_initializer="glorot_uniform", recurrent_initializer="orthogonal",
        bias_initializer="zeros", unit_forget_bias=True, kernel_regularizer=None,
        recurrent_regularizer=None, bias_regularizer=None, kernel_constraint=None,
        recurrent_constraint=None, bias_constraint=None, dropout=0.0, recurrent_dropout=0.0,
        **kwargs,
    ):  # fmt: skip
        super().__init__(
            2, filters, kernel_size, strides, padding, data_format, dilation_rate,
            of_old(activation), of_old(recurrent_activation), use_bias, kernel_initializer,
            recurrent_initializer, bias_initializer, unit_forget_bias, kernel_regularizer,
            recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
            bias_constraint, dropout, recurrent_dropout, **kwargs,
        )  # fmt: skip

    def _config_names(self):
        return [name for name in super()._config_names() if name not in ("rank", "seed")]

    def input_conv(self, x, w, b=None, padding="valid"):
        """A convolution of the inputs, with a bias."""
        found = conv2d(x, w, self.strides, padding, self.data_format, self.dilation_rate)
        if b is None:
            return found
        return ops.add(found, ops.reshape(b, (-1, 1, 1)) if self._is_channels_first else b)

    def recurrent_conv(self, x, w):
        """A convolution of the state, whose sides stay."""
        return conv2d(x, w, (1, 1), "same", self.data_format)

    kernel_i, kernel_f, kernel_c, kernel_o = (_gate("kernel", i, -1) for i in range(4))
    recurrent_kernel_i, recurrent_kernel_f, recurrent_kernel_c, recurrent_kernel_o = (
        _gate("recurrent_kernel", i, -1) for i in range(4)
    )
    bias_i, bias_f, bias_c, bias_o = (_gate("bias", i, 0) for i in range(4))
