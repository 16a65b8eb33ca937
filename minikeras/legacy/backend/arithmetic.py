"""Functions of every element, reductions, products and shapes."""

import builtins

from minikeras import config, ops
from minikeras.legacy.backend.renamed import takes_old_names

__all__ = [
    "abs", "all", "any", "arange", "argmax", "argmin", "batch_dot", "batch_flatten", "clip",
    "concatenate", "cos", "cumprod", "cumsum", "dot", "equal", "exp", "expand_dims", "flatten",
    "gather", "greater", "greater_equal", "less", "less_equal", "lesser", "lesser_equal", "log",
    "logsumexp", "max", "maximum", "mean", "min", "minimum", "not_equal", "one_hot",
    "permute_dimensions", "pow", "prod", "repeat", "repeat_elements", "reshape", "reverse", "round",
    "sign", "sin", "slice", "sqrt", "square", "squeeze", "stack", "std", "sum", "tile", "transpose",
    "var",
]  # fmt: skip

abs, sign, round = ops.abs, ops.sign, ops.round
sin, cos, exp, log, square = ops.sin, ops.cos, ops.exp, ops.log, ops.square


def maximum(x, y):
    """The larger of two elements, each with each."""
    return ops.maximum(x, y)


def minimum(x, y):
    """The smaller of two elements, each with each."""
    return ops.minimum(x, y)


def equal(x, y):
    """Whether elements are equal."""
    return ops.equal(x, y)


def not_equal(x, y):
    """Whether elements differ."""
    return ops.not_equal(x, y)


def greater(x, y):
    """Whether elements of ``x`` are larger."""
    return ops.greater(x, y)


def greater_equal(x, y):
    """Whether elements of ``x`` are larger or equal."""
    return ops.greater_equal(x, y)


def less(x, y):
    """Whether elements of ``x`` are smaller."""
    return ops.less(x, y)


def less_equal(x, y):
    """Whether elements of ``x`` are smaller or equal."""
    return ops.less_equal(x, y)


lesser, lesser_equal = less, less_equal


def pow(x, a):
    """Every element to the power of ``a``."""
    return ops.power(x, a)


def sqrt(x):
    """The square root of every element, 0 for negative ones."""
    return ops.sqrt(ops.maximum(x, 0))


def clip(x, min_value, max_value):
    """Every element brought between two bounds; None for no bound."""
    if min_value is not None and max_value is not None and max_value < min_value:
        max_value = min_value
    low = -float("inf") if min_value is None else min_value
    return ops.clip(x, low, float("inf") if max_value is None else max_value)


def _floats(x):
    return ops.cast(x, config.floatx()) if "float" not in str(x.dtype) else x


def _axes(axis):
    """Axes as ops take them; programs also gave lists and arrays."""
    axis = axis.tolist() if hasattr(axis, "tolist") else axis
    return tuple(axis) if isinstance(axis, list) else axis


def sum(x, axis=None, keepdims=False):
    """Sums along axes."""
    return ops.sum(x, _axes(axis), keepdims)


def prod(x, axis=None, keepdims=False):
    """Products along axes."""
    return ops.prod(x, _axes(axis), keepdims)


def max(x, axis=None, keepdims=False):
    """The largest elements along axes."""
    return ops.max(x, _axes(axis), keepdims)


def min(x, axis=None, keepdims=False):
    """The smallest elements along axes."""
    return ops.min(x, _axes(axis), keepdims)


def mean(x, axis=None, keepdims=False):
    """Means along axes; booleans count as 0 and 1."""
    return ops.mean(_floats(x), _axes(axis), keepdims)


def var(x, axis=None, keepdims=False):
    """Variances along axes."""
    return ops.var(_floats(x), _axes(axis), keepdims)


def std(x, axis=None, keepdims=False):
    """Standard deviations along axes."""
    return ops.std(_floats(x), _axes(axis), keepdims)


def any(x, axis=None, keepdims=False):
    """Whether any element along axes is true."""
    return ops.any(x, _axes(axis), keepdims)


def all(x, axis=None, keepdims=False):
    """Whether all elements along axes are true."""
    return ops.all(x, _axes(axis), keepdims)


def logsumexp(x, axis=None, keepdims=False):
    """``log(sum(exp(x)))`` along axes."""
    return ops.logsumexp(x, _axes(axis), keepdims)


def argmax(x, axis=-1):
    """Where along an axis the largest element is."""
    return ops.argmax(x, axis)


def argmin(x, axis=-1):
    """Where along an axis the smallest element is."""
    return ops.argmin(x, axis)


def cumsum(x, axis=0):
    """Sums of all elements up to each one along an axis."""
    return ops.cumsum(x, axis)


def cumprod(x, axis=0):
    """Products of all elements up to each one along an axis."""
    return ops.cumprod(x, axis)


def dot(x, y):
    """The product of tensors: the last axis of ``x`` with the last but one of ``y``."""
    return ops.dot(x, y)


def batch_dot(x, y, axes=None):
    """The products of the samples of two batches.

    Args:
        x, y: tensors with the batch as their first axis.
        axes: the axis of each that is summed over, or one number for both; by default the last of
            ``x`` and the last but one of ``y`` (the last, if it has two axes).

    >>> import minikeras as keras
    >>> keras.backend.batch_dot(keras.ops.ones((2, 3)), keras.ops.ones((2, 3)), axes=1).tolist()
    [[3.0], [3.0]]
    """
    rank_x, rank_y = len(x.shape), len(y.shape)
    if axes is None:
        axes = (rank_x - 1, rank_y - 1 if rank_y == 2 else rank_y - 2)
    elif isinstance(axes, int):
        axes = (axes, axes)
    at = [axis % rank for axis, rank in zip(axes, (rank_x, rank_y))]
    if 0 in at:
        raise ValueError(f"batch_dot cannot sum over the batch. Received: axes={axes}")
    letters = "abcdefghijklmnopqrstuvw"
    left = letters[:rank_x]
    right = left[0] + letters[rank_x : rank_x + rank_y - 1]
    right = right[: at[1]] + left[at[0]] + right[at[1] + 1 :]
    rest = left[: at[0]] + left[at[0] + 1 :] + right[1 : at[1]] + right[at[1] + 1 :]
    found = ops.einsum(f"{left},{right}->{rest}", x, y)
    return ops.expand_dims(found, 1) if len(rest) == 1 else found


def transpose(x):
    """The axes in reverse order."""
    return ops.transpose(x)


def permute_dimensions(x, pattern):
    """The axes in another order."""
    return ops.transpose(x, pattern)


def gather(reference, indices):
    """Rows of a tensor."""
    return ops.take(reference, ops.cast(indices, "int32"), axis=0)


def concatenate(tensors, axis=-1):
    """Tensors joined along an axis."""
    return ops.concatenate(tensors, axis)


def stack(x, axis=0):
    """Tensors joined along a new axis."""
    return ops.stack(x, axis)


def reshape(x, shape):
    """The elements in another shape."""
    return ops.reshape(x, shape)


def flatten(x):
    """All elements in one axis."""
    return ops.reshape(x, (-1,))


def batch_flatten(x):
    """All elements of each sample in one axis."""
    if None in x.shape[1:]:
        return ops.reshape(x, (ops.shape(x)[0], -1))
    size = 1
    for side in x.shape[1:]:
        size *= side
    return ops.reshape(x, (-1, size))


@takes_old_names
def expand_dims(x, axis=-1):
    """A new axis of length 1."""
    return ops.expand_dims(x, axis)


def squeeze(x, axis):
    """Without an axis of length 1."""
    return ops.squeeze(x, axis)


def repeat(x, n):
    """Samples ``(batch, size)`` n times each: ``(batch, n, size)``."""
    if len(x.shape) != 2:
        raise ValueError(f"repeat takes a tensor of 2 axes. Received: shape {tuple(x.shape)}")
    return ops.repeat(ops.expand_dims(x, 1), n, axis=1)


def repeat_elements(x, rep, axis):
    """Every slice along an axis ``rep`` times."""
    return ops.repeat(x, rep, axis=axis)


def tile(x, n):
    """The whole tensor ``n`` times along each axis."""
    return ops.tile(x, n if isinstance(n, (list, tuple)) else [n])


def reverse(x, axes):
    """Axes turned around."""
    return ops.flip(x, axis=axes)


def slice(x, start, size):
    """The part of given sides that begins at ``start``; -1 for all that follows."""
    for axis, (first, length) in enumerate(zip(start, size)):
        stop = None if length == -1 else first + length
        x = x[(builtins.slice(None),) * axis + (builtins.slice(first, stop),)]
    return x


@takes_old_names
def one_hot(indices, num_classes):
    """Vectors with a 1 at each index."""
    return ops.one_hot(ops.cast(indices, "int32"), num_classes)


def arange(start, stop=None, step=1, dtype="int32"):
    """Numbers in steps, as of ``range``; of none or less, no numbers."""
    if stop is None and start < 0:
        start = 0
    found = ops.arange(start, stop, step)
    return ops.cast(found, dtype)
