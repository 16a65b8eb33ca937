"""MultiHeadAttention: attention in several projected subspaces at once."""

import math
import string

from minikeras import ops, regularizers
from minikeras.backend.masks import get_mask, set_mask
from minikeras.layers.arguments import arguments_in
from minikeras.layers.attention.allowed import allowed_positions
from minikeras.layers.attention.projected import ProjectedAttention


class MultiHeadAttention(ProjectedAttention):
    """Multi-head attention (Vaswani et al. 2017, section 3.2.2).

    Queries, keys and values are projected to ``num_heads`` subspaces; in each, every query takes
    the mean of the values weighted by ``softmax(query . key / sqrt(key_dim))``; the results are
    projected back.

    Args:
        num_heads: the number of subspaces.
        key_dim: the length of a query and of a key in a subspace.
        value_dim: the length of a value in a subspace, ``key_dim`` by default.
        dropout: the part of the weights that is dropped in training.
        use_bias: whether the projections have biases.
        output_shape: the lengths of the last axes of the output; by default that of the query.
        attention_axes: the axes attended over; by default all but the batch and the features.
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
    >>> keras.layers.MultiHeadAttention(num_heads=2, key_dim=4)(x, x).shape
    (2, 5, 8)
    """

    def __init__(
        self,
        num_heads,
        key_dim,
        value_dim=None,
        dropout=0.0,
        use_bias=True,
        output_shape=None,
        attention_axes=None,
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
        super().__init__(**arguments_in(locals(), of=ProjectedAttention))
        value_dim = key_dim if value_dim is None else value_dim
        self._check_positive(num_heads=num_heads, key_dim=key_dim, value_dim=value_dim)
        self.num_heads = num_heads
        self.key_dim = key_dim
        self.value_dim = value_dim
        self.attention_axes = (
            (attention_axes,) if isinstance(attention_axes, int) else attention_axes
        )
        # The projections add the losses of their outputs; the layer itself adds none.
        self._projection_regularizer = regularizers.get(activity_regularizer)
        self._output_shape = (output_shape,) if isinstance(output_shape, int) else output_shape
        if not isinstance(self._output_shape, (list, tuple, type(None))):
            raise ValueError(
                f"MultiHeadAttention {self.name!r}: Invalid `output_shape`. Expected an integer or "
                f"a tuple of them. Received: {output_shape!r}"
            )

    def config_value(self, name):
        """The value of the constructor's argument ``name``."""
        renamed = {
            "output_shape": "_output_shape",
            "activity_regularizer": "_projection_regularizer",
        }
        return super().config_value(renamed.get(name, name))

    @property
    def query_dense(self):
        """The layer that projects the queries."""
        return self._query_dense

    @property
    def key_dense(self):
        """The layer that projects the keys."""
        return self._key_dense

    @property
    def value_dense(self):
        """The layer that projects the values."""
        return self._value_dense

    @property
    def output_dense(self):
        """The layer that projects the means of the values back."""
        return self._output_dense

    def build(self, query_shape, value_shape, key_shape=None):
        """Make the projections for inputs of the given shapes."""
        key_shape = self._checked_key_shape(value_shape, key_shape)
        rank = len(query_shape) + 1
        heads = self.num_heads
        self._query_dense = self._projection(query_shape, (heads, self.key_dim), "query")
        self._key_dense = self._projection(key_shape, (heads, self.key_dim), "key")
        self._gate_dense = None
        if self.use_gate:
            self._gate_dense = self._projection(
                query_shape, (heads, self.value_dim), "gate", activation="sigmoid"
            )
        self._value_dense = self._projection(value_shape, (heads, self.value_dim), "value")
        self._build_attention(rank)
        output_shape = tuple(self._output_shape or (query_shape[-1],))
        self._output_dense = self._projection(
            (*query_shape[:-1], heads, self.value_dim), output_shape, "attention_output", summed=2
        )

    def _build_attention(self, rank):
        """Settle the axes and the products of attention on projections of a rank."""
        if self.attention_axes is None:
            self.attention_axes = tuple(range(1, rank - 2))
        else:
            self.attention_axes = tuple(a if a >= 0 else rank - 1 + a for a in self.attention_axes)
        equations = _equations(rank, self.attention_axes)
        self._dot_product_equation, self._combine_equation = equations
        self._make_weighting(softmax_axis=tuple(range(-len(self.attention_axes), 0)))

    def _projection(self, input_shape, lengths, name, summed=1, activation=None):
        """A built layer that sums over the last axes of its input and gives axes of ``lengths``."""
        letters = iter(string.ascii_lowercase)
        free = [next(letters) for _ in input_shape[:-summed]]
        bound = [next(letters) for _ in range(summed)]
        made = "".join(next(letters) for _ in lengths)
        free, bound = "".join(free), "".join(bound)
        equation = f"{free}{bound},{bound}{made}->{free}{made}"
        shape = (*(None,) * (len(free) - 1), *lengths)
        layer = self._dense(name, equation, shape, made, activation)
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
            attention_mask: of shape ``(batch, T, S)``, True where attention is allowed.
            return_attention_scores: whether to return the weights, too.
            training: whether to drop weights.
            use_causal_mask: whether a position sees only itself and those before it.

        Returns:
            A tensor of shape ``(batch, T, features)``; with ``return_attention_scores`` also the
            weights, of shape ``(batch, heads, T, S)``.
        """
        key = value if key is None else key
        query_mask = get_mask(query) if query_mask is None else query_mask
        for x in (query, value, key):
            set_mask(x, None)  # as in Keras: what follows sees the mask of the output alone
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
        gate = None if self._gate_dense is None else self._gate_dense(query)
        mixed, scores = self._compute_attention(
            self._query_dense(query),
            self._key_dense(key),
            self._value_dense(value),
            mask,
            training,
            return_attention_scores,
        )
        if gate is not None:
            mixed = ops.multiply(mixed, gate)
        outputs = self._output_dense(mixed)
        if query_mask is not None:
            set_mask(outputs, query_mask)
        return (outputs, scores) if return_attention_scores else outputs

    def _compute_attention(
        self,
        query,
        key,
        value,
        attention_mask=None,
        training=None,
        return_attention_scores=False,
        use_causal_mask=False,
    ):
        """The mean of the values in each subspace, and the weights (None where fused).

        A class of one's own may attend in another way here. `call` has the causal mask in
        ``attention_mask`` already, so ``use_causal_mask`` is for other callers.
        """
        if use_causal_mask:
            axis = self.attention_axes[0]
            causal = ops.tril(ops.ones((1, query.shape[axis], key.shape[axis]), dtype="bool"))
            attention_mask = (
                causal if attention_mask is None else ops.logical_and(attention_mask, causal)
            )
        if attention_mask is not None:
            rank = len(query.shape) - 1 + len(self.attention_axes)
            attention_mask = self._mask_of_scores(attention_mask, rank)
        scale = 1.0 / math.sqrt(self.key_dim)
        is_fused = self._is_fused(return_attention_scores) and len(query.shape) == 4
        if is_fused and self.attention_axes == (1,):
            mixed = ops.dot_product_attention(
                query,
                key,
                value,
                mask=attention_mask,
                scale=scale,
                flash_attention=self.flash_attention,
            )
            return mixed, None
        scores = ops.einsum(self._dot_product_equation, key, ops.multiply(query, scale))
        weights = self._softmax(scores, mask=attention_mask)
        kept = self._dropout_layer(weights, training=training) if self.dropout else weights
        return ops.einsum(self._combine_equation, kept, value), weights

    def _masked_softmax(self, attention_scores, attention_mask=None):
        """The weights of the values, for classes of one's own that make the scores themselves."""
        if attention_mask is not None:
            attention_mask = self._mask_of_scores(attention_mask, len(attention_scores.shape))
        return self._softmax(attention_scores, mask=attention_mask)

    def _mask_of_scores(self, mask, rank):
        """A mask with axes of length 1 for the heads, and what else it lacks of scores' rank."""
        for _ in range(max(rank - len(mask.shape), 0)):
            mask = ops.expand_dims(mask, -2 * len(self.attention_axes) - 1)
        return mask


def _under(name):
    """A setting under the name that Keras keeps it by, which subclasses of others use."""
    return property(
        lambda self: getattr(self, name), lambda self, value: setattr(self, name, value)
    )


for _name in (
    "num_heads", "key_dim", "value_dim", "dropout", "use_bias", "attention_axes",
    "kernel_initializer", "bias_initializer", "kernel_regularizer", "bias_regularizer",
    "kernel_constraint", "bias_constraint",
):  # fmt: skip
    setattr(MultiHeadAttention, f"_{_name}", _under(_name))
MultiHeadAttention._activity_regularizer = _under("_projection_regularizer")


def _equations(rank, axes):
    """The products of queries with keys and of weights with values, in Einstein's notation.

    Queries are of shape ``(batch..., T..., heads, depth)``; ``axes`` are those of T. Scores are of
    shape ``(batch..., heads, T..., S...)``.
    """
    letters = string.ascii_lowercase
    target = letters[:rank]
    fresh = iter(letters[rank:])
    source = "".join(next(fresh) if i in axes else c for i, c in enumerate(target))
    batch = "".join(c for i, c in enumerate(target) if i not in axes and i < rank - 2)
    heads = target[rank - 2]
    queries = "".join(target[i] for i in axes)
    keys = "".join(source[i] for i in axes)
    scores = f"{batch}{heads}{queries}{keys}"
    return f"{source},{target}->{scores}", f"{scores},{source}->{target}"
