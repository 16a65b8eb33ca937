"""Embedding: a row of a table for each integer."""

from minikeras import constraints, initializers, ops, regularizers
from minikeras.backend.dtypes import is_int_dtype
from minikeras.layers.arguments import positive_integer
from minikeras.layers.layer import Layer
from minikeras.layers.lora import adaptable_weight
from minikeras.layers.quantized.layer import Quantizable
from minikeras.layers.quantized.part import Part


class Embedding(Quantizable, Layer):
    """A trainable vector for each of ``input_dim`` integers.

    Args:
        input_dim: the number of integers; inputs lie in ``[0, input_dim)``.
        output_dim: the length of the vectors.
        embeddings_initializer: how the table begins.
        embeddings_regularizer: what loss it adds.
        embeddings_constraint: what it is projected by after each update.
        mask_zero: whether 0 means padding: then positions with 0 are masked.
        weights: the initial table as an array.
        lora_rank, lora_alpha: for low-rank adaptation from the start; see `enable_lora`.
        quantization_config: how the weights of a quantized dtype policy are made.
        **kwargs: those of `Layer`.

    Integers of shape ``(...)`` give floats of shape ``(..., output_dim)``.

    >>> import minikeras as keras
    >>> keras.layers.Embedding(10, 4)(keras.ops.array([[1, 2, 3]])).shape
    (1, 3, 4)
    """

    config_adds = ("activity_regularizer",)
    adaptable = "embeddings"
    quantization_modes = ("int8", "int4")
    embeddings = adaptable_weight("embeddings")

    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        weights=None,
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        **kwargs,
    ):
        kwargs.pop("input_length", None)  # of Keras 2; lengths are found from the inputs
        super().__init__(**kwargs)
        self.input_dim = positive_integer(self, "input_dim", input_dim)
        self.output_dim = positive_integer(self, "output_dim", output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = mask_zero
        self.autocast = False  # half precision would take neighbouring rows for one another
        self.supports_masking = mask_zero
        self.quantization_config = quantization_config
        self._note_adaptation(lora_rank, lora_alpha)
        if weights is not None:
            self.build()
            self.set_weights(weights if isinstance(weights, (list, tuple)) else [weights])

    def build(self, input_shape=None):
        """Make the table, of shape ``(input_dim, output_dim)``."""
        if self.built:
            return
        self._add_main_weight((self.input_dim, self.output_dim), self.embeddings_initializer)
        self._adapt_if_asked()

    def quantized_build(self, embeddings_shape, mode, config=None):
        """Make the variables of a quantized table; see `Quantizable.quantized_build`."""
        super().quantized_build(embeddings_shape, mode, config)

    def call(self, inputs):
        """The rows of the table, of shape ``(..., output_dim)``."""
        if not is_int_dtype(inputs.dtype):
            inputs = ops.cast(inputs, "int32")
        mode = self._mode
        if mode is None:
            rows = ops.take(self._embeddings, inputs, axis=0)
        else:
            rows = mode.rows(self, self._parts()[0], inputs)
        if self.lora_enabled:
            a, b = self._additions()
            added = ops.matmul(ops.take(a, inputs, axis=0), b)
            rows = ops.add(rows, ops.multiply(added, self.lora_alpha / self.lora_rank))
        return ops.cast(rows, self.compute_dtype)

    def _parts(self):
        main = Part("embeddings", "_embeddings", self._float_shape, (1,), group_axis=1)
        return [main, *self._extra_parts()]

    def _other_variables(self):
        return []

    def _chosen_inputs_quantizer(self, config, default):
        return None  # integers are looked up

    def compute_mask(self, inputs, mask=None):
        """True where the input is not 0, if ``mask_zero`` is set."""
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def _config_names(self):
        return [name for name in super()._config_names() if name != "weights"]
