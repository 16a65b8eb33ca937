"""keras.ops of networks: one-hot vectors, cross-entropies, normalisation, attention."""

import math

from minikeras import config
from minikeras.backend import activations, contraction, elementwise, indexing, logic, reduction
from minikeras.backend.dtypes import result_type, standardize_dtype
from minikeras.backend.shaping import reshape, transpose
from minikeras.backend.xp import xp
from minikeras.ops.arguments import floating, promote_floats, tensor
from minikeras.symbolic.operation import op

__all__ = [
    "batch_normalization",
    "binary_crossentropy",
    "categorical_crossentropy",
    "dot_product_attention",
    "layer_normalization",
    "moments",
    "multi_hot",
    "normalize",
    "one_hot",
    "psnr",
    "rms_normalization",
    "sparse_categorical_crossentropy",
]


def _refuse_sparse(sparse, name):
    if sparse:
        raise ValueError(f"{name}: minikeras has dense tensors only. Received: sparse={sparse}")


@op
def one_hot(x, num_classes, axis=-1, dtype=None, sparse=False):
    """A vector with a single 1 for each integer.

    Args:
        x: integers; those outside of ``[0, num_classes)`` give zeros.
        num_classes: the length of the vectors.
        axis: where the new axis goes.
        dtype: the dtype of the result, floatx by default.
        sparse: only False is possible: tensors are dense.

    >>> import minikeras as keras
    >>> keras.ops.one_hot([0, 2], 3).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    _refuse_sparse(sparse, "one_hot")
    x = tensor(x)
    if x.dtype.kind not in "iu":
        x = elementwise.cast(x, dtype="int32")
    rank = len(x.shape) + 1
    axis = axis % rank
    labels = reshape(x, shape=(*x.shape[:axis], 1, *x.shape[axis:]))
    classes = xp.arange(num_classes).reshape([num_classes if i == axis else 1 for i in range(rank)])
    return elementwise.cast(logic.equal(labels, classes), dtype=standardize_dtype(dtype))


@op
def multi_hot(inputs, num_classes=None, axis=-1, dtype=None, sparse=False, **kwargs):
    """A vector with a 1 for each integer that occurs.

    Args:
        inputs: integers of shape ``(..., n)``; a single number counts as one row.
        num_classes: the length of the vectors.
        axis: where the new axis goes.
        dtype: the dtype of the result, floatx by default.
        sparse: only False is possible: tensors are dense.

    >>> import minikeras as keras
    >>> keras.ops.multi_hot([0, 2, 2], 4).tolist()
    [1.0, 0.0, 1.0, 0.0]
    """
    _refuse_sparse(sparse, "multi_hot")
    num_classes = kwargs.pop("num_tokens", num_classes)
    if kwargs or num_classes is None:
        raise ValueError(
            f"multi_hot needs num_classes. Received: num_classes={num_classes}, and unknown "
            f"arguments {sorted(kwargs)}"
        )
    x = tensor(inputs)
    summed = 1 if len(x.shape) > 1 else 0
    rows = one_hot(x, num_classes, axis=axis, dtype=dtype)
    return reduction.max(rows, axis=summed)


def _log_probabilities(output, from_logits, axis):
    if from_logits:
        return activations.log_softmax(output, axis=axis)
    total = reduction.sum(output, axis=axis, keepdims=True)
    return elementwise.log(_held(elementwise.true_divide(output, total)))


def _held(probabilities):
    """Probabilities kept away from 0 and 1, so that their logarithms are finite."""
    epsilon = config.epsilon()
    return elementwise.clip(probabilities, epsilon, 1.0 - epsilon)


def _same_shape(target, output, name):
    if tuple(target.shape) != tuple(output.shape):
        raise ValueError(
            f"{name}: target and output must have the same shape. Received: "
            f"{tuple(target.shape)} and {tuple(output.shape)}"
        )


@op
def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """The cross-entropy of distributions: ``-sum(target * log(output))`` along an axis.

    Args:
        target: probabilities, such as one-hot vectors.
        output: probabilities (normalised to sum 1 first), or with ``from_logits`` any numbers.
        from_logits: whether softmax is still to be applied.
        axis: the axis of the classes.

    Returns:
        A tensor without that axis.

    >>> import minikeras as keras
    >>> round(float(keras.ops.categorical_crossentropy([0.0, 1.0], [0.5, 0.5])), 6)
    0.693147
    """
    target, output = promote_floats(target, output)
    _same_shape(target, output, "categorical_crossentropy")
    if not output.shape:
        raise ValueError("categorical_crossentropy needs an axis of classes. Received: scalars")
    log_p = _log_probabilities(output, from_logits, axis)
    return elementwise.negative(
        reduction.sum(elementwise.multiply(target, log_p), axis=axis, keepdims=False)
    )


@op
def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """The cross-entropy of integer labels: ``-log(output[label])``.

    Args:
        target: integers in ``[0, classes)``; a last axis of length 1 is dropped.
        output: probabilities (normalised to sum 1 first), or with ``from_logits`` any numbers.
        from_logits: whether softmax is still to be applied.
        axis: the axis of the classes.

    Returns:
        A tensor of the shape of the labels.

    >>> import minikeras as keras
    >>> round(float(keras.ops.sparse_categorical_crossentropy(1, [0.5, 0.5])), 6)
    0.693147
    """
    target, output = tensor(target), floating(output)
    if len(target.shape) == len(output.shape) and target.shape and target.shape[-1] == 1:
        target = reshape(target, shape=target.shape[:-1])
    if not output.shape:
        raise ValueError("sparse_categorical_crossentropy needs an axis of classes")
    axis = axis % len(output.shape)
    expected = (*output.shape[:axis], *output.shape[axis + 1 :])
    if tuple(target.shape) != expected:
        raise ValueError(
            "sparse_categorical_crossentropy: labels must have the shape of the output without its "
            f"axis {axis}. Received: labels {tuple(target.shape)}, output {tuple(output.shape)}"
        )
    if target.dtype.kind not in "iu":
        target = elementwise.cast(target, dtype="int32")
    log_p = _log_probabilities(output, from_logits, axis)
    labels = reshape(target, shape=(*output.shape[:axis], 1, *output.shape[axis + 1 :]))
    chosen = indexing.take_along_axis(log_p, labels, axis=axis)
    return elementwise.negative(reshape(chosen, shape=expected))


@op
def binary_crossentropy(target, output, from_logits=False):
    """The cross-entropy of each element as the probability of a yes.

    Args:
        target: probabilities in [0, 1].
        output: probabilities, or with ``from_logits`` any numbers.
        from_logits: whether the sigmoid is still to be applied.

    Returns:
        A tensor of the same shape.

    >>> import minikeras as keras
    >>> [round(v, 6) for v in keras.ops.binary_crossentropy([0.0, 1.0], [0.5, 0.5]).tolist()]
    [0.693147, 0.693147]
    """
    target, output = promote_floats(target, output)
    _same_shape(target, output, "binary_crossentropy")
    no = elementwise.subtract(1.0, target)
    if from_logits:
        # -log(sigmoid(z)) = softplus(-z) and -log(1 - sigmoid(z)) = softplus(z)
        yes_cost = activations.softplus(elementwise.negative(output))
        no_cost = activations.softplus(output)
    else:
        output = _held(output)
        yes_cost = elementwise.negative(elementwise.log(output))
        no_cost = elementwise.negative(elementwise.log(elementwise.subtract(1.0, output)))
    return elementwise.add(
        elementwise.multiply(target, yes_cost), elementwise.multiply(no, no_cost)
    )


@op
def moments(x, axes, keepdims=False, synchronized=False):
    """The mean and the variance over some axes.

    Args:
        x: a tensor; float16 is summed in float32.
        axes: an axis or a list of axes.
        keepdims: whether the axes stay, with length 1.
        synchronized: whether to sum over replicas too; there is one, so it makes no difference.

    Returns:
        ``(mean, variance)``.

    >>> import minikeras as keras
    >>> [float(v) for v in keras.ops.moments([1.0, 3.0], axes=0)]
    [2.0, 1.0]
    """
    x = floating(x)
    axes = tuple(axes) if isinstance(axes, (list, tuple)) else axes
    dtype = x.dtype
    wide = elementwise.cast(x, dtype="float32") if dtype == "float16" else x
    mean = reduction.mean(wide, axis=axes, keepdims=keepdims)
    variance = reduction.var(wide, axis=axes, keepdims=keepdims)
    if dtype == "float16":
        most = float(xp.finfo(dtype).max)
        mean, variance = (
            elementwise.cast(elementwise.clip(v, -most, most), dtype=dtype)
            for v in (mean, variance)
        )
    return mean, variance


@op
def batch_normalization(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    """``(x - mean) / sqrt(variance + epsilon) * scale + offset``.

    Args:
        x: a tensor.
        mean, variance, offset, scale: vectors of the length of ``axis``.
        axis: the axis that they belong to.
        epsilon: keeps the division finite.

    Returns:
        A tensor of the shape of ``x``.

    >>> import minikeras as keras
    >>> keras.ops.batch_normalization([[3.0]], [1.0], [4.0], axis=-1, epsilon=0.0).tolist()
    [[1.0]]
    """
    x = floating(x)
    shape = [1] * len(x.shape)
    shape[axis] = x.shape[axis]
    along = lambda v: reshape(tensor(v, x.dtype), shape=tuple(shape))
    factor = elementwise.rsqrt(elementwise.add(along(variance), epsilon))
    if scale is not None:
        factor = elementwise.multiply(factor, along(scale))
    shift = elementwise.negative(elementwise.multiply(along(mean), factor))
    if offset is not None:
        shift = elementwise.add(shift, along(offset))
    return elementwise.add(elementwise.multiply(x, factor), shift)


def _for_axes(v, x, axes):
    """Weights for some axes of ``x``, shaped so that they broadcast."""
    axes = [a % len(x.shape) for a in axes]
    shape = tuple(n if i in axes else 1 for i, n in enumerate(x.shape))
    return v if tuple(v.shape) == shape else reshape(v, shape=shape)


@op
def layer_normalization(x, gamma=None, beta=None, axis=-1, epsilon=None, **kwargs):
    """``(x - mean) / sqrt(variance + epsilon) * gamma + beta`` over some axes (Ba et al. 2016).

    Args:
        x: a tensor; the statistics are computed in float32 at least.
        gamma, beta: the scale and the shift, of the lengths of the axes; None for none.
        axis: an axis or a list of axes.
        epsilon: keeps the division finite; ``keras.config.epsilon()`` by default.

    Returns:
        A tensor of the shape of ``x``.

    >>> import minikeras as keras
    >>> keras.ops.layer_normalization([1.0, 3.0], epsilon=0.0).tolist()
    [-1.0, 1.0]
    """
    rms_scaling = kwargs.pop("rms_scaling", False)
    if kwargs:
        raise TypeError(f"layer_normalization has no arguments {sorted(kwargs)}")
    x = floating(x)
    axes = tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)
    epsilon = config.epsilon() if epsilon is None else epsilon
    dtype, wide_dtype = x.dtype, result_type(x.dtype, "float32")
    wide = tensor(x, wide_dtype)
    variance = reduction.var(wide, axis=axes, keepdims=True)
    factor = elementwise.rsqrt(elementwise.add(variance, epsilon))
    if gamma is not None:
        gamma = _for_axes(tensor(gamma, wide_dtype), x, axes)
        factor = elementwise.multiply(factor, gamma)
    if not rms_scaling:
        mean = reduction.mean(wide, axis=axes, keepdims=True)
        wide = elementwise.subtract(wide, mean)
    out = elementwise.multiply(wide, factor)
    if beta is not None:
        out = elementwise.add(out, _for_axes(tensor(beta, wide_dtype), x, axes))
    return tensor(out, dtype)


@op
def rms_normalization(x, scale=None, axis=-1, epsilon=None):
    """``x / sqrt(mean(x**2) + epsilon) * scale`` (Zhang and Sennrich 2019).

    Args:
        x: a tensor.
        scale: of the lengths of the axes; None for none.
        axis: an axis or a list of axes.
        epsilon: keeps the division finite; ``keras.config.epsilon()`` by default.

    Returns:
        A tensor of the shape of ``x``.

    >>> import minikeras as keras
    >>> keras.ops.rms_normalization([3.0, -3.0], epsilon=0.0).tolist()
    [1.0, -1.0]
    """
    x = floating(x)
    axes = tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)
    epsilon = config.epsilon() if epsilon is None else epsilon
    dtype, wide_dtype = x.dtype, result_type(x.dtype, "float32")
    wide = tensor(x, wide_dtype)
    power = reduction.mean(elementwise.square(wide), axis=axes, keepdims=True)
    out = elementwise.multiply(wide, elementwise.rsqrt(elementwise.add(power, epsilon)))
    if scale is not None:
        out = elementwise.multiply(out, _for_axes(tensor(scale, wide_dtype), x, axes))
    return tensor(out, dtype)


@op
def normalize(x, axis=-1, order=2, epsilon=None):
    """``x`` over its norm along an axis.

    Args:
        x: a tensor.
        axis: an axis.
        order: of the norm: a positive integer or ``inf``.
        epsilon: the least norm to divide by; ``keras.config.epsilon()`` by default.

    Returns:
        A tensor of the shape of ``x``.

    >>> import minikeras as keras
    >>> [round(v, 6) for v in keras.ops.normalize([3.0, 4.0]).tolist()]
    [0.6, 0.8]
    """
    is_order = order == math.inf or (isinstance(order, int) and order >= 1)
    if not is_order:
        raise ValueError(f"normalize: order must be a positive integer. Received: {order!r}")
    x = floating(x)
    epsilon = config.epsilon() if epsilon is None else epsilon
    if order == 2:
        squares = reduction.sum(elementwise.square(x), axis=axis, keepdims=True)
        inverse = elementwise.minimum(
            elementwise.rsqrt(squares), xp.asarray(1.0 / epsilon, x.dtype)
        )
        return elementwise.multiply(x, inverse)
    size = elementwise.absolute(x)
    if order == math.inf:
        norm = reduction.max(size, axis=axis, keepdims=True)
    elif order == 1:
        norm = reduction.sum(size, axis=axis, keepdims=True)
    else:
        powers = reduction.sum(elementwise.power(size, order), axis=axis, keepdims=True)
        norm = elementwise.power(powers, 1.0 / order)
    return elementwise.true_divide(x, elementwise.maximum(norm, xp.asarray(epsilon, x.dtype)))


@op
def psnr(x1, x2, max_val):
    """The peak signal-to-noise ratio in decibels.

    Args:
        x1, x2: tensors of the same shape.
        max_val: the largest value that is possible.

    >>> import minikeras as keras
    >>> round(float(keras.ops.psnr([0.0], [0.1], max_val=1.0)), 4)
    20.0
    """
    x, y = promote_floats(x1, x2)
    _same_shape(x, y, "psnr")
    error = reduction.mean(elementwise.square(elementwise.subtract(x, y)), axis=None)
    signal = 20 * math.log10(max_val)
    return elementwise.subtract(signal, elementwise.multiply(elementwise.log10(error), 10.0))


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
