"""DepthwiseConv1D and DepthwiseConv2D."""

from minikeras import constraints, initializers, ops, regularizers
from minikeras.layers.arguments import arguments_in
from minikeras.layers.convolution.base import ConvolutionLayer
from minikeras.layers.stated import with_defaults


class DepthwiseConv(ConvolutionLayer):
    """A convolution of each channel by itself, of any rank; subclasses state the rank."""

    dilates_with_strides = True

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        """Store the arguments.

        Args:
            kernel_size: length of the windows: an integer, or one per spatial axis.
            strides: steps between windows, likewise.
            padding: ``"valid"``: windows stay inside the input. ``"same"``: zeros around the input
                make ``ceil(side / stride)`` windows.
            depth_multiplier: how many filters each channel has.
            data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
            dilation_rate: steps between the taps of the kernel.
            activation: a function or its name; None for none.
            use_bias: whether to add a bias.
            depthwise_initializer, bias_initializer: how the weights begin.
            depthwise_regularizer, bias_regularizer: what losses they add.
            activity_regularizer: what loss the outputs add.
            depthwise_constraint, bias_constraint: what they are projected by after each update.
            **kwargs: those of `Layer`.
        """
        super().__init__(**arguments_in(locals(), of=ConvolutionLayer))
        self._check_positive(depth_multiplier=depth_multiplier)
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)

    def build(self, input_shape):
        """Make the kernel ``(*kernel_size, channels, depth_multiplier)`` and the bias."""
        channels = self._input_channels(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.kernel = self._add_kernel("kernel", shape, of="depthwise")
        self._add_bias(channels * self.depth_multiplier)

    def call(self, inputs):
        """The outputs, of shape ``(batch, *counts, channels * depth_multiplier)``."""
        return self._finished(ops.depthwise_conv(inputs, self.kernel, **self._geometry))


class DepthwiseConv1D(DepthwiseConv):
    """Convolution of each channel by itself over one axis.

    Inputs ``(batch, steps, channels)`` give
    ``(batch, new_steps, channels * depth_multiplier)``; with ``data_format="channels_first"`` the
    channels stand before the steps. ``__init__`` says what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.DepthwiseConv1D(3, depth_multiplier=2)(keras.ops.ones((2, 10, 3))).shape
    (2, 8, 6)
    """

    rank = 1


@with_defaults(strides=(1, 1), dilation_rate=(1, 1))
class DepthwiseConv2D(DepthwiseConv):
    """Convolution of each channel by itself over two axes.

    Inputs ``(batch, height, width, channels)`` give
    ``(batch, new_height, new_width, channels * depth_multiplier)``; with
    ``data_format="channels_first"`` the channels stand after the batch. ``__init__`` says what the
    arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.DepthwiseConv2D(3, padding="same")(keras.ops.ones((2, 5, 5, 3))).shape
    (2, 5, 5, 3)
    """

    rank = 2
