"""Conv1DTranspose, Conv2DTranspose and Conv3DTranspose."""

from minikeras import constraints, initializers, ops, regularizers
from minikeras.layers.arguments import arguments_in
from minikeras.layers.convolution.base import ConvolutionLayer
from minikeras.layers.stated import with_defaults
from minikeras.ops.windowing import per_axis


class ConvTranspose(ConvolutionLayer):
    """A transposed convolution of any rank; subclasses state the rank.

    It goes from the shape of a convolution's output back to that of its input: each input element
    adds a kernel, times itself, to a window of the output.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        """Store the arguments.

        Args:
            filters: the number of output channels.
            kernel_size: length of the windows: an integer, or one per spatial axis.
            strides: steps between the windows of the output, likewise.
            padding: ``"valid"``: the output covers all windows. ``"same"``: it is ``stride`` times
                as long as the input.
            output_padding: how much longer the output is than need be, less than the strides; see
                `keras.ops.conv_transpose`. None chooses it as said for ``padding``.
            data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
            dilation_rate: steps between the taps of the kernel.
            activation: a function or its name; None for none.
            use_bias: whether to add a bias.
            kernel_initializer, bias_initializer: how the weights begin.
            kernel_regularizer, bias_regularizer: what losses they add.
            activity_regularizer: what loss the outputs add.
            kernel_constraint, bias_constraint: what they are projected by after each update.
            **kwargs: those of `Layer`.
        """
        super().__init__(**arguments_in(locals(), of=ConvolutionLayer))
        self._check_positive(filters=filters)
        self.filters = filters
        if output_padding is not None:
            output_padding = per_axis(output_padding, self.rank, "output_padding", least=0)
            if any(extra >= stride for extra, stride in zip(output_padding, self.strides)):
                raise ValueError(
                    f"{type(self).__name__} {self.name!r}: output_padding must be less than "
                    f"strides along each axis. Received: output_padding={output_padding}, "
                    f"strides={self.strides}"
                )
        self.output_padding = output_padding
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape):
        """Make the kernel ``(*kernel_size, filters, channels)`` and the bias."""
        channels = self._input_channels(input_shape)
        self.kernel = self._add_kernel("kernel", (*self.kernel_size, self.filters, channels))
        self._add_bias(self.filters)

    def call(self, inputs):
        """The outputs, of shape ``(batch, *sides, filters)``."""
        outputs = ops.conv_transpose(
            inputs, self.kernel, output_padding=self.output_padding, **self._geometry
        )
        return self._finished(outputs)


class Conv1DTranspose(ConvTranspose):
    """Transposed convolution over one axis.

    Inputs ``(batch, steps, channels)`` give ``(batch, new_steps, filters)``; with
    ``data_format="channels_first"`` channels and filters stand before the steps. ``__init__`` says
    what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.Conv1DTranspose(4, 3, strides=2)(keras.ops.ones((2, 5, 3))).shape
    (2, 11, 4)
    """

    rank = 1


@with_defaults(strides=(1, 1), dilation_rate=(1, 1))
class Conv2DTranspose(ConvTranspose):
    """Transposed convolution over two axes.

    Inputs ``(batch, height, width, channels)`` give ``(batch, new_height, new_width, filters)``;
    with ``data_format="channels_first"`` channels and filters stand after the batch. ``__init__``
    says what the arguments mean.

    >>> import minikeras as keras
    >>> layer = keras.layers.Conv2DTranspose(4, 3, strides=2, padding="same")
    >>> layer(keras.ops.ones((2, 5, 5, 3))).shape
    (2, 10, 10, 4)
    """

    rank = 2


class Conv3DTranspose(ConvTranspose):
    """Transposed convolution over three axes.

    Inputs ``(batch, depth, height, width, channels)`` give ``(batch, *sides, filters)``; with
    ``data_format="channels_first"`` channels and filters stand after the batch. ``__init__`` says
    what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.Conv3DTranspose(4, 2, strides=2)(keras.ops.ones((1, 2, 2, 2, 3))).shape
    (1, 4, 4, 4, 4)
    """

    rank = 3

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1, 1),
        padding="valid",
        data_format=None,
        output_padding=None,
        dilation_rate=(1, 1, 1),
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        """Store the arguments; in Keras ``data_format`` stands before ``output_padding`` here."""
        super().__init__(**arguments_in(locals()))
