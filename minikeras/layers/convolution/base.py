"""What all convolution layers share: their geometry, their bias, their activation."""

from minikeras import activations, config, constraints, initializers, ops, regularizers
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.ops.windowing import padding_name, per_axis


class ConvolutionLayer(Layer):
    """The base of convolution layers over ``rank`` spatial axes, which subclasses state.

    Args:
        kernel_size: length of the windows: an integer, or one per spatial axis.
        strides: steps between windows, likewise.
        padding: ``"valid"`` or ``"same"`` (and ``"causal"`` where ``paddings`` says so).
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        dilation_rate: steps between the taps of the kernel.
        activation: a function or its name; None for none.
        use_bias: whether to add a bias.
        bias_initializer, bias_regularizer, bias_constraint: of the bias.
        activity_regularizer: what loss the outputs add.
        **kwargs: those of `Layer`.
    """

    config_adds = ("activity_regularizer",)
    rank = None
    paddings = ("valid", "same")
    # Whether windows may be both dilated and more than one step apart.
    dilates_with_strides = False

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        bias_initializer="zeros",
        bias_regularizer=None,
        activity_regularizer=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.kernel_size = per_axis(kernel_size, self.rank, "kernel_size")
        self.strides = per_axis(strides, self.rank, "strides")
        self.padding = padding_name(padding, self.paddings)
        self.data_format = config.standardize_data_format(data_format)
        self.dilation_rate = per_axis(dilation_rate, self.rank, "dilation_rate")
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(ndim=self.rank + 2)
        if not self.dilates_with_strides and max(self.strides) > 1 < max(self.dilation_rate):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: strides and dilation_rate cannot both be "
                f"greater than 1. Received: strides={self.strides}, "
                f"dilation_rate={self.dilation_rate}"
            )

    @property
    def _channel_axis(self):
        return -1 if self.data_format == "channels_last" else 1

    @property
    def _geometry(self):
        """The arguments that the op takes over from the layer."""
        return {
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
        }

    def _check_positive(self, **arguments):
        for name, value in arguments.items():
            if not hasattr(value, "__index__") or value < 1:
                raise ValueError(
                    f"{type(self).__name__} {self.name!r}: {name} must be a positive integer. "
                    f"Received: {name}={value!r}"
                )

    def _input_channels(self, input_shape):
        """The number of channels of the inputs, which is demanded of them from now on."""
        channels = input_shape[self._channel_axis]
        if channels is None:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: the number of input channels must be known "
                f"to make the weights. Received: input shape {tuple(input_shape)} with "
                f"data_format={self.data_format!r}"
            )
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self._channel_axis: channels})
        return channels

    def _add_kernel(self, name, shape, of="kernel"):
        """Make the kernel ``name``, governed by the arguments whose names begin with ``of``."""
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=getattr(self, f"{of}_initializer"),
            regularizer=getattr(self, f"{of}_regularizer"),
            constraint=getattr(self, f"{of}_constraint"),
        )

    def _add_bias(self, filters):
        self.bias = self._add_kernel("bias", (filters,), of="bias") if self.use_bias else None

    def _finished(self, outputs):
        """The outputs with bias and activation."""
        if self.bias is not None:
            bias = self.bias
            if self.data_format == "channels_first":
                bias = ops.reshape(bias, (-1, *(1,) * self.rank))
            outputs = ops.add(outputs, bias)
        return outputs if self.activation is None else self.activation(outputs)
