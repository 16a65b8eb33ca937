"""keras.ops: scaled dot-product attention."""

import math

from minikeras import config
from minikeras.backend import attention, elementwise
from minikeras.backend.shaping import reshape, transpose
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
        flash_attention: whether to compute block by block, without the scores of all queries and
            keys in memory; None: where these would take more than 64 MB, unless
            ``keras.config.disable_flash_attention()`` was called.
        attn_logits_soft_cap: a bound that the scores approach smoothly.

    Returns:
        A tensor of shape ``(batch, T, heads, d)``.

    >>> import minikeras as keras
    >>> x = keras.ops.ones((1, 3, 2, 4))
    >>> keras.ops.dot_product_attention(x, x, x).shape
    (1, 3, 2, 4)
    """
    query, key, value = promote_floats(query, key, value)
    for name, x in (("query", query), ("key", key), ("value", value)):
        if len(x.shape) != 4:
            raise ValueError(
                f"dot_product_attention: {name} must have 4 axes. Received shape: {tuple(x.shape)}"
            )
    heads, groups = query.shape[2], key.shape[2]
    if heads % groups:
        raise ValueError(
            f"dot_product_attention: {groups} heads of the key do not divide {heads} of the query"
        )
    query, key, value = (transpose(x, axes=(0, 2, 1, 3)) for x in (query, key, value))
    how = {
        "scale": 1.0 / math.sqrt(query.shape[3]) if scale is None else scale,
        "is_causal": is_causal,
        "soft_cap": attn_logits_soft_cap,
    }
    bias = None if bias is None else _with_four_axes(tensor(bias, query.dtype))
    if mask is not None:
        mask = _with_four_axes(elementwise.cast(tensor(mask), dtype="bool"))
    if flash_attention is None:
        flash_attention = config.is_flash_attention_enabled() is not False and attention.is_large(
            query, key
        )
    attend = attention.blockwise_attention if flash_attention else attention.composed
    return transpose(attend(query, key, value, bias, mask, **how), axes=(0, 2, 1, 3))


def _with_four_axes(x):
    return x if len(x.shape) == 4 else reshape(x, shape=(1,) * (4 - len(x.shape)) + tuple(x.shape))
