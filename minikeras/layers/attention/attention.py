"""Attention and AdditiveAttention: means of values, weighted by how well keys fit queries."""

from minikeras import ops
from minikeras.layers.layer import Layer
from minikeras.layers.regularization.dropout import checked_rate
from minikeras.random import SeedGenerator, dropout

_LEAST = -1.0e9  # added to the scores of values that do not count
_LEAST_OF_HALF = -65504.0  # the least number that float16 has


class Attention(Layer):
    """Dot-product attention (Luong et al. 2015, section 3.1).

    Each query takes the mean of the values, weighted by the softmax of its scores with the keys.

    Args:
        use_scale: whether to learn a factor of the scores.
        score_mode: ``"dot"``: the score is ``query . key``; ``"concat"``: it is
            ``sum(tanh(query + key))`` times a learned factor, and the factor of ``use_scale`` goes
            inside the tanh.
        dropout: the part of the weights that is dropped in training.
        seed: of the dropout.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> query, value = keras.ops.ones((2, 3, 4)), keras.ops.ones((2, 5, 4))
    >>> keras.layers.Attention()([query, value]).shape
    (2, 3, 4)
    """

    def __init__(self, use_scale=False, score_mode="dot", dropout=0.0, seed=None, **kwargs):
        super().__init__(**kwargs)
        if score_mode not in ("dot", "concat"):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: score_mode must be 'dot' or 'concat'. "
                f"Received: {score_mode!r}"
            )
        self.use_scale = use_scale
        self.score_mode = score_mode
        self.dropout = checked_rate(self, dropout)
        self.seed = seed
        if dropout > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True

    def build(self, input_shape):
        """Make the factors, as far as they are wanted."""
        self._check_list("inputs", input_shape)
        self.scale = self.concat_score_weight = None
        if self.use_scale:
            self.scale = self.add_weight(name="scale", shape=(), initializer="ones")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(
                name="concat_score_weight", shape=(), initializer="ones"
            )

    def _check_list(self, name, given):
        is_list = isinstance(given, (list, tuple)) and not any(isinstance(x, int) for x in given)
        if is_list and len(given) in (2, 3):
            return
        what = "must be called on a list" if name == "inputs" else "layer mask must be a list"
        raise ValueError(
            f"{type(self).__name__} {self.name!r}: {what} of length 2 or 3, for query, value and "
            f"key. Received: {given!r}"
        )

    def call(
        self,
        inputs,
        mask=None,
        training=False,
        return_attention_scores=False,
        use_causal_mask=False,
    ):
        """Attend.

        Args:
            inputs: ``[query, value]`` or ``[query, value, key]``, of shapes ``(batch, T, d)``,
                ``(batch, S, depth)`` and ``(batch, S, d)``; the key is the value by default.
            mask: ``[query_mask, value_mask]``, each None or booleans of shape ``(batch, T)`` or
                ``(batch, S)``, True where a position counts; by default the masks that the tensors
                carry. Outputs are 0 for queries that do not count.
            training: whether to drop weights.
            return_attention_scores: whether to return the weights, too.
            use_causal_mask: whether a position sees only itself and those before it.

        Returns:
            A tensor of shape ``(batch, T, depth)``; with ``return_attention_scores`` also the
            weights, of shape ``(batch, T, S)``.
        """
        self._check_list("inputs", inputs)
        if mask is not None:
            self._check_list("mask", mask)
        query, value = inputs[0], inputs[1]
        key = inputs[2] if len(inputs) > 2 else value
        query_mask, value_mask = (None, None) if mask is None else (mask[0], mask[1])
        scores = self._calculate_scores(query, key)
        allowed = self._calculate_score_mask(scores, value_mask, use_causal_mask)
        outputs, weights = self._apply_scores(scores, value, allowed, training)
        if query_mask is not None:
            counted = ops.expand_dims(ops.cast(query_mask, "bool"), -1)
            outputs = ops.where(counted, outputs, 0.0)
        return (outputs, weights) if return_attention_scores else outputs

    def _calculate_scores(self, query, key):
        """How well each key fits each query, of shape ``(batch, T, S)``."""
        if self.score_mode == "dot":
            scores = ops.matmul(query, ops.swapaxes(key, -2, -1))
            return scores if self.scale is None else scores * self.scale
        pairs = _sums_of_pairs(query, key)
        bent = ops.tanh(pairs if self.scale is None else pairs * self.scale)
        return ops.sum(bent, axis=-1) * self.concat_score_weight

    def _calculate_score_mask(self, scores, v_mask, use_causal_mask):
        """Where attention is allowed, as booleans that broadcast to the scores; or None."""
        allowed = None
        if v_mask is not None:
            allowed = ops.expand_dims(ops.cast(v_mask, "bool"), -2)
        if use_causal_mask:
            rows, columns = ops.arange(scores.shape[-2]), ops.arange(scores.shape[-1])
            causal = ops.greater_equal(ops.expand_dims(rows, 1), ops.expand_dims(columns, 0))
            allowed = causal if allowed is None else ops.logical_and(allowed, causal)
        return allowed

    def _apply_scores(self, scores, value, scores_mask=None, training=False):
        """The means of the values, and the weights that they were taken with."""
        if scores_mask is not None:
            least = _LEAST_OF_HALF if scores.dtype == "float16" else _LEAST
            scores = ops.where(scores_mask, scores, scores + least)
        weights = ops.softmax(scores, axis=-1)
        if training and self.dropout > 0:
            weights = dropout(weights, self.dropout, seed=self.seed_generator)
        return ops.matmul(weights, value), weights

    def compute_output_spec(
        self,
        inputs,
        mask=None,
        return_attention_scores=False,
        training=None,
        use_causal_mask=False,
    ):
        """The symbolic outputs for symbolic inputs; the arguments are those of `call`."""
        return super().compute_output_spec(
            inputs,
            mask=mask,
            return_attention_scores=return_attention_scores,
            training=training,
            use_causal_mask=use_causal_mask,
        )

    def compute_mask(self, inputs, mask=None):
        """The mask of the query."""
        if mask is None or mask[0] is None:
            return None
        return ops.convert_to_tensor(mask[0])


class AdditiveAttention(Attention):
    """Additive attention (Bahdanau et al. 2015, appendix A.1.2).

    As `Attention`, with scores ``sum(scale * tanh(query + key))``.

    Args:
        use_scale: whether to learn the scale, one value per feature; else it is 1.
        dropout: the part of the weights that is dropped in training.
        **kwargs: ``seed`` of the dropout, and those of `Layer`.

    >>> import minikeras as keras
    >>> query, value = keras.ops.ones((2, 3, 4)), keras.ops.ones((2, 5, 4))
    >>> keras.layers.AdditiveAttention()([query, value]).shape
    (2, 3, 4)
    """

    def __init__(self, use_scale=True, dropout=0.0, **kwargs):
        super().__init__(use_scale=use_scale, dropout=dropout, **kwargs)

    def build(self, input_shape):
        """Make the scale, if it is wanted."""
        self._check_list("inputs", input_shape)
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight(
                name="scale", shape=(input_shape[0][-1],), initializer="glorot_uniform"
            )

    def _calculate_scores(self, query, key):
        bent = ops.tanh(_sums_of_pairs(query, key))
        return ops.sum(bent if self.scale is None else bent * self.scale, axis=-1)

    def _config_names(self):
        return [name for name in super()._config_names() if name != "score_mode"]


def _sums_of_pairs(query, key):
    """Each query plus each key, of shape ``(batch, T, S, d)``."""
    return ops.expand_dims(query, -2) + ops.expand_dims(key, -3)
