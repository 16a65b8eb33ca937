"""Dense: a matrix product, a bias, an activation."""

from minikeras import activations, constraints, initializers, regularizers
from minikeras.layers.arguments import positive_integer
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.layers.lora import adaptable_weight
from minikeras.layers.quantized.layer import Quantizable


class Dense(Quantizable, Layer):
    """``activation(inputs @ kernel + bias)`` over the last axis.

    Args:
        units: the length of the last axis of the output.
        activation: a function or its name; None for none.
        use_bias: whether to add a bias.
        kernel_initializer, bias_initializer: how the weights begin.
        kernel_regularizer, bias_regularizer: what losses they add.
        activity_regularizer: what loss the outputs add.
        kernel_constraint, bias_constraint: what they are projected by after each update.
        lora_rank, lora_alpha: for low-rank adaptation from the start; see `enable_lora`.
        quantization_config: how the weights of a quantized dtype policy are made.
        **kwargs: those of `Layer`.

    Inputs of shape ``(..., n)`` give outputs of shape ``(..., units)``.

    >>> import minikeras as keras
    >>> keras.layers.Dense(4, activation="relu")(keras.ops.ones((2, 3))).shape
    (2, 4)
    """

    quantization_modes = ("int8", "int4", "float8", "gptq", "awq")
    kernel = adaptable_weight("kernel")

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = positive_integer(self, "units", units)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.quantization_config = quantization_config
        self._note_adaptation(lora_rank, lora_alpha)
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape):
        """Make the kernel ``(n, units)`` and the bias ``(units,)``."""
        self._add_main_weight((input_shape[-1], self.units), self.kernel_initializer)
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.units,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: input_shape[-1]})
        self._adapt_if_asked()

    def call(self, inputs, training=None):
        """The outputs, of shape ``(..., units)``."""
        outputs = self._affine(inputs, training)
        return outputs if self.activation is None else self.activation(outputs)
