"""The base of attention whose queries, keys and values are projected to several heads."""

from minikeras import constraints, initializers, regularizers
from minikeras.layers.activation.activation import Softmax
from minikeras.layers.arguments import positive_integer
from minikeras.layers.core.einsum_dense import EinsumDense
from minikeras.layers.layer import Layer
from minikeras.layers.regularization.dropout import Dropout


class ProjectedAttention(Layer):
    """What `MultiHeadAttention` and `GroupQueryAttention` share: arguments and projections."""

    config_omits = frozenset()
    _projection_regularizer = None  # of the outputs of the projections

    def __init__(
        self,
        dropout=0.0,
        use_bias=True,
        sliding_window=None,
        flash_attention=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        use_gate=False,
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if sliding_window is not None:
            self._check_positive(sliding_window=sliding_window)
        if flash_attention and dropout:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: Dropout is not supported when flash "
                f"attention is enabled. Received: dropout={dropout}; pass 0.0, or leave "
                "flash_attention out"
            )
        self.__dict__["flash_attention"] = flash_attention  # no part of the configuration
        self.dropout = dropout
        self.use_bias = use_bias
        self.sliding_window = sliding_window
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.use_gate = use_gate
        self.seed = seed
        self.supports_masking = True

    def _check_positive(self, **lengths):
        for name, value in lengths.items():
            positive_integer(self, name, value)

    def _config_names(self):
        return [name for name in super()._config_names() if name != "flash_attention"]

    def _checked_key_shape(self, value_shape, key_shape):
        """The shape of the keys, which is that of the values where none is given."""
        key_shape = value_shape if key_shape is None else key_shape
        if tuple(value_shape[1:-1]) != tuple(key_shape[1:-1]):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: the shapes of value and key must be equal "
                f"but for the last axis. Received: {tuple(value_shape)} and {tuple(key_shape)}"
            )
        return key_shape

    def _is_fused(self, return_attention_scores):
        """Whether one op may do it all: it neither drops weights out nor returns them."""
        if self.flash_attention and return_attention_scores:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: with flash_attention=True there are no "
                "scores to return. Pass return_attention_scores=False, or flash_attention=None"
            )
        return not (self.dropout or return_attention_scores)

    def _make_weighting(self, softmax_axis):
        self._softmax = Softmax(axis=softmax_axis, dtype=self.dtype_policy)
        self._dropout_layer = Dropout(self.dropout, seed=self.seed, dtype=self.dtype_policy)

    def _dense(self, name, equation, output_shape, bias_axes, activation=None):
        """A projection, not yet built."""
        return EinsumDense(
            equation,
            output_shape=output_shape,
            bias_axes=bias_axes if self.use_bias else None,
            activation=activation,
            name=name,
            **self._get_common_kwargs_for_sublayer(),
        )

    def _get_common_kwargs_for_sublayer(self):
        """The arguments that all projections share; classes of one's own make some with them."""
        # An initializer without a seed draws the same values each time it is used.
        copy = lambda initializer: type(initializer).from_config(initializer.get_config())
        return {
            "kernel_initializer": copy(self.kernel_initializer),
            "bias_initializer": copy(self.bias_initializer),
            "kernel_regularizer": self.kernel_regularizer,
            "bias_regularizer": self.bias_regularizer,
            "activity_regularizer": self._projection_regularizer,
            "kernel_constraint": self.kernel_constraint,
            "bias_constraint": self.bias_constraint,
            "dtype": self.dtype_policy,
        }
