"""SeparableConv1D and SeparableConv2D."""

from minikeras import constraints, initializers, ops, regularizers
from minikeras.layers.arguments import arguments_in
from minikeras.layers.convolution.base import ConvolutionLayer
from minikeras.layers.stated import with_defaults


class SeparableConv(ConvolutionLayer):
    """A depthwise convolution, then a mixing of channels at each place; subclasses state the rank.

    Chollet 2017, "Xception: deep learning with depthwise separable convolutions".
    """

    dilates_with_strides = True

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        pointwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        """Store the arguments.

        Args:
            filters: the number of output channels.
            kernel_size: length of the windows: an integer, or one per spatial axis.
            strides: steps between windows, likewise.
            padding: ``"valid"``: windows stay inside the input. ``"same"``: zeros around the input
                make ``ceil(side / stride)`` windows.
            data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
            dilation_rate: steps between the taps of the depthwise kernel.
            depth_multiplier: how many depthwise filters each channel has.
            activation: a function or its name; None for none.
            use_bias: whether to add a bias.
            depthwise_initializer, pointwise_initializer, bias_initializer: how the weights begin.
            depthwise_regularizer, pointwise_regularizer, bias_regularizer: what losses they add.
            activity_regularizer: what loss the outputs add.
            depthwise_constraint, pointwise_constraint, bias_constraint: what they are projected by
                after each update.
            **kwargs: those of `Layer`.
        """
        super().__init__(**arguments_in(locals(), of=ConvolutionLayer))
        self._check_positive(filters=filters, depth_multiplier=depth_multiplier)
        self.filters = filters
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.pointwise_constraint = constraints.get(pointwise_constraint)

    def build(self, input_shape):
        """Make the depthwise and the pointwise kernel and the bias."""
        channels = self._input_channels(input_shape)
        depth = channels * self.depth_multiplier
        depthwise_shape = (*self.kernel_size, channels, self.depth_multiplier)
        pointwise_shape = (*(1,) * self.rank, depth, self.filters)
        self.depthwise_kernel = self._add_kernel("depthwise_kernel", depthwise_shape, "depthwise")
        self.pointwise_kernel = self._add_kernel("pointwise_kernel", pointwise_shape, "pointwise")
        self._add_bias(self.filters)

    def call(self, inputs):
        """The outputs, of shape ``(batch, *counts, filters)``."""
        outputs = ops.separable_conv(
            inputs, self.depthwise_kernel, self.pointwise_kernel, **self._geometry
        )
        return self._finished(outputs)


class SeparableConv1D(SeparableConv):
    """A depthwise convolution over one axis, then a mixing of channels at each step.

    Inputs ``(batch, steps, channels)`` give ``(batch, new_steps, filters)``; with
    ``data_format="channels_first"`` channels and filters stand before the steps. ``__init__`` says
    what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.SeparableConv1D(4, 3)(keras.ops.ones((2, 10, 3))).shape
    (2, 8, 4)
    """

    rank = 1


@with_defaults(strides=(1, 1), dilation_rate=(1, 1))
class SeparableConv2D(SeparableConv):
    """A depthwise convolution over two axes, then a mixing of channels at each place.

    Inputs ``(batch, height, width, channels)`` give ``(batch, new_height, new_width, filters)``;
    with ``data_format="channels_first"`` channels and filters stand after the batch. ``__init__``
    says what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.SeparableConv2D(4, 3, padding="same")(keras.ops.ones((2, 5, 5, 3))).shape
    (2, 5, 5, 4)
    """

    rank = 2
