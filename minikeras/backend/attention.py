"""Scaled dot-product attention, and the same block by block without the matrix of all scores.

``composed`` says it in small primitives. ``blockwise_attention`` computes the same for a block of
queries at a time, and again on the way back, so that the scores of all queries and keys never
stand in memory (Rabe and Staats 2021, "Self-attention Does Not Need O(n^2) Memory"; the idea
behind Dao et al. 2022, "FlashAttention").

Shapes: query (B, H, T, d), key (B, G, S, d), value (B, G, S, e), where G divides H; bias and mask
broadcast to (B, H, T, S). Heads that share a key stand side by side.
"""

import math

from minikeras.backend import activations, contraction, elementwise, logic
from minikeras.backend.autodiff import GradientTape, primitive
from minikeras.backend.product import product
from minikeras.backend.shaping import reshape, transpose
from minikeras.backend.xp import xp

# Scores of a block: few enough to stay in the cache, enough for products at full speed.
_BLOCK = 1 << 19


def composed(query, key, value, bias, mask, *, scale, is_causal, soft_cap):
    """Attention in small primitives: (B, H, T, e)."""
    batch, heads, length, depth = query.shape
    groups, source = key.shape[1:3]
    rows = heads // groups * length
    q = reshape(query, shape=(batch, groups, rows, depth))
    scores = contraction.matmul(q, transpose(key, axes=(0, 1, 3, 2)))
    scores = reshape(elementwise.multiply(scores, scale), shape=(batch, heads, length, source))
    if soft_cap is not None:
        capped = elementwise.tanh(elementwise.true_divide(scores, soft_cap))
        scores = elementwise.multiply(capped, soft_cap)
    if bias is not None:
        scores = elementwise.add(scores, bias)
    if is_causal:
        causal = xp.arange(length)[:, None] >= xp.arange(source)[None, :]
        mask = causal if mask is None else logic.logical_and(mask, causal)
    if mask is not None:
        scores = elementwise.where(mask, scores, _least(scores.dtype))
    weights = reshape(activations.softmax(scores, axis=-1), shape=(batch, groups, rows, source))
    return reshape(contraction.matmul(weights, value), shape=(batch, heads, length, value.shape[3]))


def _least(dtype):
    """The score where attention is not allowed; finite, so that rows without any stay numbers."""
    return xp.asarray(0.7 * float(xp.finfo(dtype).min), dtype)


@primitive
def blockwise_attention(query, key, value, bias, mask, *, scale, is_causal, soft_cap):
    """What `composed` computes, for a block of queries at a time."""
    view = _View(query, key, value, bias, mask, scale, is_causal, soft_cap)
    out = xp.empty((*query.shape[:3], value.shape[3]), query.dtype)
    for rows in view.blocks():
        weights, _, _ = view.weights(rows)
        out[:, :, rows] = view.by_head(product(weights, value), rows)
    return out


@primitive
def blockwise_attention_gradient(g, query, key, value, bias, mask, *, scale, is_causal, soft_cap):
    """The gradients of query, key, value and bias (None where there is no bias)."""
    view = _View(query, key, value, bias, mask, scale, is_causal, soft_cap)
    of_query, of_key, of_value = (xp.zeros_like(x) for x in (query, key, value))
    of_bias = None if bias is None else xp.zeros_like(bias)
    for rows in view.blocks():
        weights, allowed, slope = view.weights(rows)
        given = view.by_group(g[:, :, rows])
        of_value += product(weights.swapaxes(-1, -2), given)
        change = product(given, value.swapaxes(-1, -2))
        change -= (change * weights).sum(axis=-1, keepdims=True)
        change *= weights
        by_head = view.by_head(change, rows)
        if allowed is not None:
            by_head = xp.where(allowed, by_head, 0)
        if bias is not None:
            at = rows if bias.shape[2] > 1 else slice(None)
            of_bias[:, :, at] += _summed_to(by_head, of_bias[:, :, at].shape)
        if slope is not None:
            by_head = by_head * slope
        change = view.by_group(by_head)
        change *= scale
        of_query[:, :, rows] = view.by_head(product(change, key), rows)
        of_key += product(change.swapaxes(-1, -2), view.by_group(query[:, :, rows]))
    return of_query, of_key, of_value, of_bias


def _summed_to(x, shape):
    axes = tuple(i for i, n in enumerate(shape) if n == 1 and x.shape[i] != 1)
    return x.sum(axis=axes, keepdims=True) if axes else x


class _View:
    """The operands of one call, block by block of the queries."""

    def __init__(self, query, key, value, bias, mask, scale, is_causal, soft_cap):
        self.query, self.key = query, key
        self.bias, self.mask = bias, mask
        self.scale, self.is_causal, self.soft_cap = scale, is_causal, soft_cap
        self.batch, self.heads, self.length, _ = query.shape
        self.groups, self.source = key.shape[1:3]

    def blocks(self):
        """Slices of the queries."""
        size = max(_BLOCK // max(self.batch * self.heads * self.source, 1), 1)
        return [slice(i, min(i + size, self.length)) for i in range(0, self.length, size)]

    def by_group(self, x):
        """(B, H, t, n) -> (B, G, H / G t, n)"""
        return x.reshape(self.batch, self.groups, -1, x.shape[-1])

    def by_head(self, x, rows):
        """(B, G, H / G t, n) -> (B, H, t, n)"""
        return x.reshape(self.batch, self.heads, rows.stop - rows.start, x.shape[-1])

    def weights(self, rows):
        """The weights of a block (B, G, H / G t, S), where attention is allowed, and the slope of
        the soft cap; the last two (B, H, t, S) or None."""
        scores = product(self.by_group(self.query[:, :, rows]), self.key.swapaxes(-1, -2))
        scores = self.by_head(scores, rows)
        scores *= self.scale
        slope = allowed = None
        if self.soft_cap is not None:
            capped = xp.tanh(scores / self.soft_cap)
            slope = 1 - capped * capped
            scores = capped * self.soft_cap
        if self.bias is not None:
            scores = scores + (self.bias[:, :, rows] if self.bias.shape[2] > 1 else self.bias)
        if self.mask is not None:
            allowed = self.mask[:, :, rows] if self.mask.shape[2] > 1 else self.mask
        if self.is_causal:
            causal = xp.arange(rows.start, rows.stop)[:, None] >= xp.arange(self.source)[None, :]
            allowed = causal if allowed is None else xp.logical_and(allowed, causal)
        if allowed is not None:
            scores = xp.where(allowed, scores, _least(scores.dtype))
        scores -= scores.max(axis=-1, keepdims=True)
        xp.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        return self.by_group(scores), allowed, slope


@blockwise_attention.joint_rule
def _(out, query, key, value, bias, mask, **how):
    def way_back(g):
        found = blockwise_attention_gradient(g, query, key, value, bias, mask, **how)
        return [*found, None]

    return way_back


@blockwise_attention_gradient.joint_rule
def _(out, g, query, key, value, bias, mask, **how):
    """By the composed form: second derivatives hold the scores of all queries and keys."""

    def way_back(h):
        operands = [x for x in (query, key, value, bias) if x is not None]
        with GradientTape() as outer:
            seed, *inputs = (outer.watch(x) for x in (g, *operands))
            with GradientTape() as inner:
                inner.watch(inputs)
                places = inputs if bias is not None else [*inputs, None]
                y = composed(*places, mask, **how)
            first = inner.gradient(y, inputs, seed)
        given = [x for x in h if x is not None][: len(first)]
        second = outer.gradient(first, [seed, *inputs], given)
        return [*second, *[None] * (6 - len(second))]

    return way_back


def is_large(query, key):
    """Whether the scores of all queries and keys would take more than 64 MB in single precision."""
    return math.prod(query.shape[:3]) * key.shape[2] > 1 << 24
