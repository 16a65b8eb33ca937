"""GroupedQueryAttention: multi-head attention in which several queries share a key and a value."""

import math

from minikeras import ops
from minikeras.layers.arguments import arguments_in
from minikeras.layers.attention.allowed import allowed_positions
from minikeras.layers.attention.projected import ProjectedAttention


class GroupedQueryAttention(ProjectedAttention):
    """Grouped-query attention (Ainslie et al. 2023, section 2.2).

    As `MultiHeadAttention`, but with fewer heads of keys and values than of queries: neighbouring
    heads of queries share one. With one head of keys it is multi-query attention, with as many as
    of queries multi-head attention. Its public name is ``keras.layers.GroupQueryAttention``.

    Args:
        head_dim: the length of a query, key and value in a head.
        num_query_heads: the number of heads of queries.
        num_key_value_heads: the number of heads of keys and values; it divides that of queries.
        dropout: the part of the weights that is dropped in training.
        use_bias: whether the projections have biases.
        sliding_window: how far apart a query and a key may be, plus one; None for any distance.
        flash_attention: as for `keras.ops.dot_product_attention`.
        kernel_initializer, bias_initializer: how the weights begin.
        kernel_regularizer, bias_regularizer, activity_regularizer: what losses they add.
        kernel_constraint, bias_constraint: what they are projected by after each update.
        use_gate: whether the result is multiplied by a sigmoid gate of the query.
        seed: of the dropout.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> x = keras.ops.ones((2, 5, 8))
    >>> keras.layers.GroupQueryAttention(4, num_query_heads=6, num_key_value_heads=2)(x, x).shape
    (2, 5, 8)
    """

    config_adds = ("activity_regularizer",)

    def __init__(
        self,
        head_dim,
        num_query_heads,
        num_key_value_heads,
        dropout=0.0,
        use_bias=True,
        sliding_window=None,
        flash_attention=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        use_gate=False,
        seed=None,
        **kwargs,
    ):
        super().__init__(
            activity_regularizer=activity_regularizer,
            **arguments_in(locals(), of=ProjectedAttention),
        )
        self._projection_regularizer = self.activity_regularizer
        self._check_positive(
            head_dim=head_dim,
            num_query_heads=num_query_heads,
            num_key_value_heads=num_key_value_heads,
        )
        if num_query_heads % num_key_value_heads:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: num_key_value_heads must divide "
                f"num_query_heads. Received: {num_key_value_heads} and {num_query_heads}"
            )
        self.head_dim = head_dim
        self.num_query_heads = num_query_heads
        self.num_key_value_heads = num_key_value_heads
        self.num_repeats = num_query_heads // num_key_value_heads

    def build(self, query_shape, value_shape, key_shape=None):
        """Make the projections for inputs of the given shapes."""
        key_shape = self._checked_key_shape(value_shape, key_shape)
        self.feature_dim = query_shape[-1]
        many, few = self.num_query_heads, self.num_key_value_heads
        self._query_dense = self._projection("query", many, query_shape)
        self._key_dense = self._projection("key", few, key_shape)
        self._gate_dense = None
        if self.use_gate:
            self._gate_dense = self._projection("gate", many, query_shape, activation="sigmoid")
        self._value_dense = self._projection("value", few, value_shape)
        self._make_weighting(softmax_axis=-1)
        self._output_dense = self._dense(
            "attention_output", "bqhd,hdf->bqf", (None, self.feature_dim), "f"
        )
        self._output_dense.build((None, None, many, self.head_dim))

    def _projection(self, name, heads, input_shape, activation=None):
        """A built layer from features to heads."""
        shape = (None, heads, self.head_dim)
        layer = self._dense(name, "bqf,fhd->bqhd", shape, "hd", activation)
        layer.build(input_shape)
        return layer

    def call(
        self,
        query,
        value,
        key=None,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        return_attention_scores=False,
        training=None,
        use_causal_mask=False,
    ):
        """Attend.

        Args:
            query: of shape ``(batch, T, features)``.
            value: of shape ``(batch, S, features)``.
            key: of shape ``(batch, S, features)``; the values by default.
            query_mask, value_mask, key_mask: True where a position counts; by default the masks
                that the tensors carry.
            attention_mask: of shape ``(batch, T, S)``, True where attention is allowed; with an
                axis of length 1 or ``num_query_heads`` after the batch also for each head.
            return_attention_scores: whether to return the weights, too.
            training: whether to drop weights.
            use_causal_mask: whether a position sees only itself and those before it.

        Returns:
            A tensor of shape ``(batch, T, features)``; with ``return_attention_scores`` also the
            weights, of shape ``(batch, num_query_heads, T, S)``.
        """
        key = value if key is None else key
        mask = allowed_positions(
            query,
            value,
            query_mask,
            value_mask,
            key_mask,
            attention_mask,
            causal=use_causal_mask,
            window=self.sliding_window,
        )
        if mask is not None and len(mask.shape) == 3:
            mask = ops.expand_dims(mask, 1)  # the same for all heads
        gate = None if self._gate_dense is None else self._gate_dense(query)
        q, k, v = self._query_dense(query), self._key_dense(key), self._value_dense(value)
        weights = None
        if not self._is_fused(return_attention_scores):
            weights = self._weights(q, k, mask)
            mixed = self._mixed(self._dropout_layer(weights, training=training), v)
        else:
            scale = 1.0 / math.sqrt(self.head_dim)
            mixed = ops.dot_product_attention(
                q, k, v, mask=mask, scale=scale, flash_attention=self.flash_attention
            )
        if gate is not None:
            mixed = ops.multiply(mixed, gate)
        outputs = self._output_dense(mixed)
        return (outputs, weights) if return_attention_scores else outputs

    # b batch, t queries, s keys, g heads of keys, r heads of queries that share one, d head_dim

    def _weights(self, query, key, mask):
        """The softmax of the scores, of shape ``(batch, num_query_heads, T, S)``."""
        batch, length, heads, depth = query.shape
        query = ops.multiply(query, 1.0 / math.sqrt(depth))
        query = ops.reshape(query, (batch, length, key.shape[2], self.num_repeats, depth))
        scores = ops.einsum("btgrd,bsgd->bgrts", query, key)
        scores = ops.reshape(scores, (batch, heads, length, key.shape[1]))
        return self._softmax(scores, mask=mask)

    def _mixed(self, weights, value):
        """The means of the values, of shape ``(batch, T, num_query_heads, head_dim)``."""
        batch, heads, length, source = weights.shape
        groups = value.shape[2]
        weights = ops.reshape(weights, (batch, groups, self.num_repeats, length, source))
        mixed = ops.einsum("bgrts,bsgd->btgrd", weights, value)
        return ops.reshape(mixed, (batch, length, heads, self.head_dim))
