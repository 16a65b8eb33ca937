"""LocallyConnected1D and LocallyConnected2D: convolutions with a kernel for every place."""

from minikeras import activations, config, constraints, initializers, ops, regularizers
from minikeras.layers import Layer
from minikeras.legacy.backend.neural import local_conv1d, local_conv2d
from minikeras.legacy.constructors import widen
from minikeras.ops.windowing import per_axis
from minikeras.serialization import register_keras_serializable


class _LocallyConnected(Layer):
    """A convolution without padding whose kernel differs from place to place."""

    rank = None

    def __init__(
        self, filters, kernel_size, strides=1, padding="valid", data_format=None, activation=None,
        use_bias=True, kernel_initializer="glorot_uniform", bias_initializer="zeros",
        kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None,
        kernel_constraint=None, bias_constraint=None, implementation=1, **kwargs,
    ):  # fmt: skip
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        if padding != "valid":
            raise ValueError(
                f"{type(self).__name__}: padding must be 'valid'. Received: {padding!r}"
            )
        self.filters = filters
        self.kernel_size = per_axis(kernel_size, self.rank, "kernel_size")
        self.strides = per_axis(strides, self.rank, "strides")
        self.padding = padding
        self.data_format = config.standardize_data_format(data_format)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.implementation = implementation

    def build(self, input_shape):
        """Make a kernel for each place of the output, and a bias of the output's shape."""
        is_first = self.data_format == "channels_first"
        sides = input_shape[2:] if is_first else input_shape[1:-1]
        channels = input_shape[1 if is_first else -1]
        if None in (*sides, channels):
            raise ValueError(
                f"{type(self).__name__} {self.name!r} needs to know all sides of its inputs. "
                f"Received: {tuple(input_shape)}"
            )
        out = tuple((n - k) // s + 1 for n, k, s in zip(sides, self.kernel_size, self.strides))
        places, length = 1, channels
        for n, k in zip(out, self.kernel_size):
            places, length = places * n, length * k
        self.output_sides = out
        self.kernel = self.add_weight(
            (places, length, self.filters), self.kernel_initializer,
            regularizer=self.kernel_regularizer, constraint=self.kernel_constraint, name="kernel",
        )  # fmt: skip
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                (*out, self.filters), self.bias_initializer, regularizer=self.bias_regularizer,
                constraint=self.bias_constraint, name="bias",
            )  # fmt: skip

    def call(self, inputs):
        """The products of the windows with the kernels of their places."""
        if self.rank == 1:
            found = local_conv1d(
                inputs, self.kernel, self.kernel_size, self.strides, self.data_format
            )
        else:
            found = local_conv2d(
                inputs, self.kernel, self.kernel_size, self.strides, self.output_sides,
                self.data_format,
            )  # fmt: skip
        if self.bias is not None:
            is_first = self.data_format == "channels_first"
            found = ops.add(found, ops.moveaxis(self.bias, -1, 0) if is_first else self.bias)
        return self.activation(found)


@register_keras_serializable("minikeras.legacy")
class LocallyConnected1D(_LocallyConnected):
    """A convolution along one axis whose kernel differs from place to place.

    The arguments are those of `Conv1D` without dilation and groups, or in the form of Keras 1.
    ``implementation`` tells how TensorFlow is to compute; the results are the same.

    >>> import minikeras as keras
    >>> keras.layers.LocallyConnected1D(4, 3)(keras.ops.ones((2, 6, 2))).shape
    (2, 4, 4)
    """

    rank = 1


@register_keras_serializable("minikeras.legacy")
class LocallyConnected2D(_LocallyConnected):
    """A convolution over images whose kernel differs from place to place.

    The arguments are those of `Conv2D` without dilation and groups, or in the form of Keras 1.

    >>> import minikeras as keras
    >>> keras.layers.LocallyConnected2D(4, 3)(keras.ops.ones((2, 6, 5, 2))).shape
    (2, 4, 3, 4)
    """

    rank = 2


for _class in (LocallyConnected1D, LocallyConnected2D):
    widen(_class, _class.__name__)
