"""keras.ops: moments of tensors, and normalisation by them."""

import math

from minikeras import config
from minikeras.backend import elementwise, reduction
from minikeras.backend.dtypes import result_type
from minikeras.backend.normalization import standardize
from minikeras.backend.shaping import normal_axis, reshape
from minikeras.backend.xp import xp
from minikeras.ops.arguments import floating, tensor
from minikeras.symbolic.operation import op

__all__ = [
    "batch_normalization",
    "layer_normalization",
    "moments",
    "normalize",
    "rms_normalization",
]


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

    def along(v, name):
        v = tensor(v, x.dtype)
        if math.prod(v.shape) != shape[axis]:
            raise ValueError(
                f"batch_normalization: `{name}` must be a vector of length {shape[axis]}, as axis "
                f"{axis} of x is long. Received: {name}.shape={tuple(v.shape)}"
            )
        return reshape(v, shape=tuple(shape))

    factor = elementwise.rsqrt(elementwise.add(along(variance, "variance"), epsilon))
    if scale is not None:
        factor = elementwise.multiply(factor, along(scale, "scale"))
    shift = elementwise.negative(elementwise.multiply(along(mean, "mean"), factor))
    if offset is not None:
        shift = elementwise.add(shift, along(offset, "offset"))
    return elementwise.add(elementwise.multiply(x, factor), shift)


def standardized_features(x, axis, offset=None, scale=None, epsilon=1e-3):
    """Batch normalization in training: ``x`` by its own moments over all axes but ``axis``.

    Args:
        x: a tensor of float32 or more.
        axis: the axis of the features.
        offset, scale: vectors of the length of ``axis``, or None.
        epsilon: keeps the division finite.

    Returns:
        The result, and mean and variance as vectors of the length of ``axis``.
    """
    rank = len(x.shape)
    axis = normal_axis(axis, rank)
    offset, scale = (None if v is None else _for_axes(v, x, [axis]) for v in (offset, scale))
    axes = tuple(i for i in range(rank) if i != axis)
    out, *moments = standardize(x, scale, offset, axes=axes, epsilon=epsilon)
    return out, *(reshape(m, shape=(x.shape[axis],)) for m in moments)


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
    if gamma is not None:
        gamma = _for_axes(tensor(gamma, wide_dtype), x, axes)
    if rms_scaling:
        variance = reduction.var(wide, axis=axes, keepdims=True)
        factor = elementwise.rsqrt(elementwise.add(variance, epsilon))
        out = elementwise.multiply(wide, factor)
        return tensor(out if gamma is None else elementwise.multiply(out, gamma), dtype)
    if beta is not None:
        beta = _for_axes(tensor(beta, wide_dtype), x, axes)
    axes = tuple(normal_axis(a, len(x.shape)) for a in axes)
    return tensor(standardize(wide, gamma, beta, axes=axes, epsilon=epsilon)[0], dtype)


@op
def rms_normalization(x, scale=None, axis=-1, epsilon=None):
    """``x / sqrt(mean(x**2) + epsilon) * scale`` (Zhang and Sennrich 2019).

    Args:
        x: a tensor.
        scale: of the lengths of the axes, or with as many axes as ``x``; None for none.
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
        scale = tensor(scale, wide_dtype)
        if len(scale.shape) < len(x.shape):
            scale = _for_axes(scale, x, axes)
        out = elementwise.multiply(out, scale)
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
        raise ValueError(f"normalize: Argument `order` must be an int >= 1. Received: {order!r}")
    x = floating(x)
    epsilon = config.epsilon() if epsilon is None else epsilon
    if order == 2:
        squares = reduction.sum(elementwise.square(x), axis=axis, keepdims=True)
        # A finite bound, so that zeros stay zeros in half precision too.
        most = min(1.0 / epsilon, float(xp.finfo(x.dtype).max))
        inverse = elementwise.minimum(elementwise.rsqrt(squares), xp.asarray(most, x.dtype))
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
