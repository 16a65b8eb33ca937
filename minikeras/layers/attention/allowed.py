"""Where attention is allowed: the masks of queries, values and keys made into one."""

from minikeras import ops


def allowed_positions(
    query,
    value,
    query_mask=None,
    value_mask=None,
    key_mask=None,
    attention_mask=None,
    causal=False,
    window=None,
):
    """Which query may look at which value.

    Args:
        query: of shape ``(batch, T, ...)``; only its length matters.
        value: of shape ``(batch, S, ...)``; likewise.
        query_mask: of shape ``(batch, T)``, True where a query counts.
        value_mask, key_mask: of shape ``(batch, S)``, True where a value counts.
        attention_mask: of shape ``(batch, T, S)``, True where attention is allowed.
        causal: whether a position sees only itself and those before it.
        window: how far apart a query and a value may be, plus one; None for any distance.

    Returns:
        Booleans that broadcast to ``(batch, T, S)``, or None where nothing is forbidden.
    """
    parts = []
    if query_mask is not None:
        parts.append(ops.expand_dims(ops.cast(query_mask, "bool"), -1))
    for mask in (value_mask, key_mask):
        if mask is not None:
            parts.append(ops.expand_dims(ops.cast(mask, "bool"), -2))
    rows = ops.expand_dims(ops.arange(query.shape[1]), 1)
    columns = ops.expand_dims(ops.arange(value.shape[1]), 0)
    if causal:
        parts.append(ops.expand_dims(ops.greater_equal(rows, columns), 0))
    if window is not None:
        distance = ops.absolute(ops.subtract(rows, columns))
        parts.append(ops.expand_dims(ops.less(distance, window), 0))
    if attention_mask is not None:
        parts.append(ops.cast(attention_mask, "bool"))
    allowed = None
    for part in parts:
        allowed = part if allowed is None else ops.logical_and(allowed, part)
    return allowed
