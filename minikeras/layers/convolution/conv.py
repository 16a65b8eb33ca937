"""Conv1D, Conv2D and Conv3D."""

from minikeras import constraints, initializers, regularizers
from minikeras.layers.arguments import arguments_in
from minikeras.layers.convolution.base import ConvolutionLayer
from minikeras.layers.lora import Adaptable, adaptable_weight
from minikeras.layers.stated import with_defaults
from minikeras.ops.convolution import convolve


class Conv(Adaptable, ConvolutionLayer):
    """A convolution with ``filters`` kernels, of any rank; subclasses state the rank.

    Inputs have the shape ``(batch, *sides, channels)`` and outputs ``(batch, *counts, filters)``,
    or, with ``"channels_first"``, channels and filters stand after the batch.
    """

    kernel = adaptable_weight("kernel")

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        groups=1,
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
            strides: steps between windows, likewise.
            padding: ``"valid"``: windows stay inside the input. ``"same"``: zeros around the input
                make ``ceil(side / stride)`` windows. ``"causal"`` (one axis only): zeros before it,
                so that no output depends on later inputs.
            data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
            dilation_rate: steps between the taps of the kernel, likewise.
            groups: in how many groups channels and filters fall that have nothing to do with each
                other.
            activation: a function or its name; None for none.
            use_bias: whether to add a bias.
            kernel_initializer, bias_initializer: how the weights begin.
            kernel_regularizer, bias_regularizer: what losses they add.
            activity_regularizer: what loss the outputs add.
            kernel_constraint, bias_constraint: what they are projected by after each update.
            **kwargs: ``lora_rank`` and ``lora_alpha`` for low-rank adaptation from the start, see
                `enable_lora`; those of `Layer`.
        """
        self._note_adaptation(kwargs.pop("lora_rank", None), kwargs.pop("lora_alpha", None))
        super().__init__(**arguments_in(locals(), of=ConvolutionLayer))
        self._check_positive(filters=filters, groups=groups)
        if filters % groups:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: filters must be a multiple of groups. "
                f"Received: filters={filters}, groups={groups}"
            )
        self.filters = filters
        self.groups = groups
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape):
        """Make the kernel ``(*kernel_size, channels // groups, filters)`` and the bias."""
        channels = self._input_channels(input_shape)
        if channels % self.groups:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: the input channels must be a multiple of "
                f"groups. Received: {channels} channels (input shape {tuple(input_shape)}), "
                f"groups={self.groups}"
            )
        shape = (*self.kernel_size, channels // self.groups, self.filters)
        self._kernel = self._add_adaptable(shape, self.kernel_initializer)
        self._add_bias(self.filters)
        self._adapt_if_asked()

    def convolution_op(self, inputs, kernel):
        """The convolution alone; a subclass may put another in its place."""
        return convolve(inputs, kernel, **self._geometry)

    def call(self, inputs):
        """The outputs, of shape ``(batch, *counts, filters)``."""
        return self._finished(self.convolution_op(inputs, self.kernel))


class Conv1D(Conv):
    """Convolution over one axis, such as time.

    Inputs ``(batch, steps, channels)`` give ``(batch, new_steps, filters)``; with
    ``data_format="channels_first"`` channels and filters stand before the steps. ``__init__`` says
    what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.Conv1D(4, 3, padding="causal")(keras.ops.ones((2, 10, 3))).shape
    (2, 10, 4)
    """

    rank = 1
    paddings = ("valid", "same", "causal")


@with_defaults(strides=(1, 1), dilation_rate=(1, 1))
class Conv2D(Conv):
    """Convolution over two axes: images.

    Inputs ``(batch, height, width, channels)`` give ``(batch, new_height, new_width, filters)``;
    with ``data_format="channels_first"`` channels and filters stand after the batch. ``__init__``
    says what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.Conv2D(4, 3, activation="relu")(keras.ops.ones((2, 10, 10, 3))).shape
    (2, 8, 8, 4)
    """

    rank = 2


@with_defaults(strides=(1, 1, 1), dilation_rate=(1, 1, 1))
class Conv3D(Conv):
    """Convolution over three axes: volumes, or images over time.

    Inputs ``(batch, depth, height, width, channels)`` give ``(batch, *counts, filters)``; with
    ``data_format="channels_first"`` channels and filters stand after the batch. ``__init__`` says
    what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.Conv3D(4, 2, strides=2)(keras.ops.ones((1, 4, 4, 4, 3))).shape
    (1, 2, 2, 2, 4)
    """

    rank = 3
