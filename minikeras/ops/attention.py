"""keras.ops: scaled dot-product attention."""

import math

from minikeras.backend import activations, contraction, elementwise, logic
from minikeras.backend.shaping import reshape, transpose
from minikeras.backend.xp import xp
from minikeras.ops.arguments import promote_floats, tensor
from minikeras.symbolic.operation import op

__all__ = ["dot_product_attention"]


@op
def dot_product_attention(
    query,
    key,
    value,
    bias=None,
    mask=None,
    scale=None,
    is_causal=False,
    flash_attention=None,
    attn_logits_soft_cap=None,
):
    """Scaled dot-product attention (Vaswani et al. 2017, equation 1).

    Args:
        query: of shape ``(batch, T, heads, d)``.
        key, value: of shape ``(batch, S, key_heads, d)``, where ``key_heads`` divides ``heads``.
        bias: added to the scores; broadcasts to ``(batch, heads, T, S)``.
        mask: booleans, True where attention is allowed; broadcasts likewise.
        scale: factor of the scores, ``1 / sqrt(d)`` by default.
        is_causal: whether a position sees only itself and those before it.
        flash_attention: whether to use a fused kernel; there is none, so only None and False.
        attn_logits_soft_cap: a bound that the scores approach smoothly.

    Returns:
        A tensor of shape ``(batch, T, heads, d)``.

    >>> import minikeras as keras
    >>> x = keras.ops.ones((1, 3, 2, 4))
    >>> keras.ops.dot_product_attention(x, x, x).shape
    (1, 3, 2, 4)
    """
    if flash_attention:
        raise ValueError("flash_attention=True: minikeras has no such kernel. Pass None or False.")
    query, key, value = promote_floats(query, key, value)
    for name, x in (("query", query), ("key", key), ("value", value)):
        if len(x.shape) != 4:
            raise ValueError(
                f"dot_product_attention: {name} must have 4 axes. Received shape: {tuple(x.shape)}"
            )
    batch, length, heads, depth = query.shape
    source, groups = key.shape[1], key.shape[2]
    if heads % groups:
        raise ValueError(
            f"dot_product_attention: {groups} heads of the key do not divide {heads} of the query"
        )
    scale = 1.0 / math.sqrt(depth) if scale is None else scale
    # (B, heads, T, d), with the heads that share a key side by side
    q = transpose(query, axes=(0, 2, 1, 3))
    k = transpose(key, axes=(0, 2, 3, 1))
    v = transpose(value, axes=(0, 2, 1, 3))
    share = heads // groups
    q = reshape(q, shape=(batch, groups, share * length, depth))
    scores = elementwise.multiply(contraction.matmul(q, k), scale)
    scores = reshape(scores, shape=(batch, heads, length, source))
    if attn_logits_soft_cap is not None:
        capped = elementwise.tanh(elementwise.true_divide(scores, attn_logits_soft_cap))
        scores = elementwise.multiply(capped, attn_logits_soft_cap)
    if bias is not None:
        scores = elementwise.add(scores, tensor(bias, scores.dtype))
    allowed = None if mask is None else elementwise.cast(tensor(mask), dtype="bool")
    if is_causal:
        causal = xp.arange(length)[:, None] >= xp.arange(source)[None, :]
        allowed = causal if allowed is None else logic.logical_and(allowed, causal)
    if allowed is not None:
        least = xp.asarray(0.7 * float(xp.finfo(scores.dtype).min), scores.dtype)
        scores = elementwise.where(allowed, scores, least)
    weights = activations.softmax(scores, axis=-1)
    weights = reshape(weights, shape=(batch, groups, share * length, source))
    out = contraction.matmul(weights, v)
    out = reshape(out, shape=(batch, heads, length, value.shape[3]))
    return transpose(out, axes=(0, 2, 1, 3))
