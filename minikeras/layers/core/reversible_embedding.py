"""ReversibleEmbedding: an embedding that also leads back, from vectors to scores of integers."""

from minikeras import ops
from minikeras.backend.masks import set_mask
from minikeras.layers.core.embedding import Embedding
from minikeras.layers.quantized.mode import rounded_inputs
from minikeras.layers.quantized.part import Part
from minikeras.quantizers import AbsMaxQuantizer, QuantizationConfig


class ReversibleEmbedding(Embedding):
    """An `Embedding` that can be called in reverse: ``vectors @ embeddings.T``, without a bias.

    Press and Wolf 2016, "Using the output embedding to improve language models".

    Args:
        input_dim: the number of integers; inputs lie in ``[0, input_dim)``.
        output_dim: the length of the vectors.
        tie_weights: whether the way back uses the table itself, or a matrix of its own of shape
            ``(output_dim, input_dim)``.
        embeddings_initializer: how the table, and the matrix, begin.
        embeddings_regularizer: what loss the table adds.
        embeddings_constraint: what the table is projected by after each update.
        mask_zero: whether 0 means padding: then positions with 0 are masked.
        reverse_dtype: the dtype in which the way back is computed; by default that of the inputs.
        logit_soft_cap: a number ``s`` that keeps the scores within ``(-s, s)``, as
            ``s tanh(scores / s)``; None for no bound.
        **kwargs: those of `Embedding` and `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.ReversibleEmbedding(10, 4)
    >>> vectors = layer(keras.ops.array([[1, 2, 3]]))
    >>> vectors.shape, layer(vectors, reverse=True).shape
    ((1, 3, 4), (1, 3, 10))
    """

    quantization_modes = ("int8", "int4")

    def __init__(
        self,
        input_dim,
        output_dim,
        tie_weights=True,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        reverse_dtype=None,
        logit_soft_cap=None,
        **kwargs,
    ):
        # The arguments of the way back are needed where the weights are made at once.
        self.tie_weights = tie_weights
        self.reverse_dtype = reverse_dtype
        self.logit_soft_cap = logit_soft_cap
        super().__init__(
            input_dim,
            output_dim,
            embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
            mask_zero=mask_zero,
            **kwargs,
        )

    def build(self, input_shape=None):
        """Make the table and, where weights are not tied, the matrix of the way back."""
        if self.built:
            return
        super().build(input_shape)
        if not self.tie_weights and self.quantization_mode is None:
            self.reverse_embeddings = self.add_weight(
                name="reverse_embeddings",
                shape=(self.output_dim, self.input_dim),
                initializer=self.embeddings_initializer,
            )

    def call(self, inputs, reverse=False):
        """The rows of the table, or the scores of vectors.

        Args:
            inputs: integers of shape ``(...)``; with ``reverse`` vectors ``(..., output_dim)``.
            reverse: whether to lead back from vectors to scores ``(..., input_dim)``.
        """
        if not reverse:
            outputs = super().call(inputs)
            if self.mask_zero:
                set_mask(outputs, ops.not_equal(inputs, 0))
            return outputs
        inputs, matrix = rounded_inputs(self, inputs, None), self._reverse_matrix()
        if self.reverse_dtype is not None:
            inputs = ops.cast(inputs, self.reverse_dtype)
            matrix = ops.cast(matrix, self.reverse_dtype)
        return self._capped(ops.matmul(inputs, matrix))

    def _reverse_matrix(self):
        """What vectors are multiplied by, as floats ``(output_dim, input_dim)``."""
        mode = self._mode
        if mode is None:
            return ops.transpose(self.embeddings) if self.tie_weights else self.reverse_embeddings
        matrix = mode.floats(self, self._parts()[-1])
        if not self.tie_weights:
            return matrix
        return ops.transpose(ops.add(matrix, self._addition()) if self.lora_enabled else matrix)

    def _extra_parts(self):
        if self.tie_weights:
            return []
        name, shape = "reverse_embeddings", (self.output_dim, self.input_dim)
        return [Part(name, name, shape, (0,), pack_axis=0, zero_dtype=None)]

    def _chosen_inputs_quantizer(self, config, default):
        default = AbsMaxQuantizer(axis=-1)
        return QuantizationConfig.activation_quantizer_or_default(config, default)

    def _capped(self, scores):
        cap = self.logit_soft_cap
        return scores if cap is None else ops.multiply(ops.tanh(ops.divide(scores, cap)), cap)

    def compute_output_shape(self, input_shape, reverse=False):
        """The shape with the vectors' axis added, or with ``reverse`` that of scores for it."""
        return (*input_shape[:-1], self.input_dim) if reverse else (*input_shape, self.output_dim)

    def compute_mask(self, inputs, mask=None):
        """None: scores have no mask, and that of vectors is set by `call`."""
        return
