"""keras.ops that act on each element of a layer's output, and softmax."""

import math
import warnings

from minikeras.backend import activations, elementwise, indexing, logic, reduction, shaping
from minikeras.backend.xp import xp
from minikeras.ops.arguments import floating, promote, tensor
from minikeras.symbolic.operation import op

__all__ = [
    "celu",
    "elu",
    "gelu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh_shrink",
    "threshold",
]

# Klambauer et al. 2017, "Self-Normalizing Neural Networks", equation 14.
_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


def _numbers(x):
    """``x`` as a tensor; booleans become int32."""
    x = tensor(x)
    return elementwise.cast(x, dtype="int32") if x.dtype == "bool" else x


@op
def relu(x):
    """``max(x, 0)``.

    >>> import minikeras as keras
    >>> keras.ops.relu([-1.0, 2.0]).tolist()
    [0.0, 2.0]
    """
    return activations.relu(_numbers(x))


@op
def relu6(x):
    """``x`` held between 0 and 6.

    >>> import minikeras as keras
    >>> keras.ops.relu6([-1.0, 2.0, 9.0]).tolist()
    [0.0, 2.0, 6.0]
    """
    return elementwise.clip(floating(x), 0, 6)


@op
def sigmoid(x):
    """``1 / (1 + exp(-x))``.

    >>> import minikeras as keras
    >>> float(keras.ops.sigmoid(0.0))
    0.5
    """
    return elementwise.sigmoid(floating(x))


@op
def sparse_sigmoid(x):
    """``(x + 1) / 2`` held between 0 and 1.

    >>> import minikeras as keras
    >>> keras.ops.sparse_sigmoid([-2.0, 0.0, 2.0]).tolist()
    [0.0, 0.5, 1.0]
    """
    return elementwise.clip(elementwise.multiply(elementwise.add(floating(x), 1.0), 0.5), 0.0, 1.0)


@op
def softplus(x):
    """``log(1 + exp(x))``.

    >>> import minikeras as keras
    >>> round(float(keras.ops.softplus(0.0)), 6)
    0.693147
    """
    return activations.softplus(floating(x))


@op
def softsign(x):
    """``x / (1 + |x|)``.

    >>> import minikeras as keras
    >>> keras.ops.softsign([-1.0, 0.0, 1.0]).tolist()
    [-0.5, 0.0, 0.5]
    """
    x = floating(x)
    return elementwise.true_divide(x, elementwise.add(elementwise.absolute(x), 1.0))


@op
def soft_shrink(x, threshold=0.5):
    """``x`` moved towards 0 by ``threshold``, and 0 within it.

    >>> import minikeras as keras
    >>> keras.ops.soft_shrink([-2.0, 0.25, 2.0]).tolist()
    [-1.5, 0.0, 1.5]
    """
    x = floating(x)
    return elementwise.subtract(x, elementwise.clip(x, -threshold, threshold))


@op
def hard_shrink(x, threshold=0.5):
    """``x`` where its absolute value exceeds ``threshold``, else 0.

    >>> import minikeras as keras
    >>> keras.ops.hard_shrink([-2.0, 0.25, 2.0]).tolist()
    [-2.0, 0.0, 2.0]
    """
    x = floating(x)
    return elementwise.multiply(x, logic.greater(elementwise.absolute(x), threshold))


@op
def tanh_shrink(x):
    """``x - tanh(x)``.

    >>> import minikeras as keras
    >>> float(keras.ops.tanh_shrink(0.0))
    0.0
    """
    x = floating(x)
    return elementwise.subtract(x, elementwise.tanh(x))


@op
def sparse_plus(x):
    """0 below -1, ``x`` above 1, and a parabola between.

    >>> import minikeras as keras
    >>> keras.ops.sparse_plus([-2.0, 0.0, 2.0]).tolist()
    [0.0, 0.25, 2.0]
    """
    x = floating(x)
    held = elementwise.clip(x, -1.0, 1.0)
    parabola = elementwise.multiply(elementwise.square(elementwise.add(held, 1.0)), 0.25)
    return elementwise.add(parabola, activations.relu(elementwise.subtract(x, 1.0)))


@op
def silu(x):
    """``x * sigmoid(x)``, also called swish.

    >>> import minikeras as keras
    >>> float(keras.ops.silu(0.0))
    0.0
    """
    x = floating(x)
    return elementwise.multiply(x, elementwise.sigmoid(x))


swish = silu


@op
def log_sigmoid(x):
    """``log(sigmoid(x))``, without underflow.

    >>> import minikeras as keras
    >>> round(float(keras.ops.log_sigmoid(0.0)), 6)
    -0.693147
    """
    return elementwise.negative(activations.softplus(elementwise.negative(floating(x))))


@op
def leaky_relu(x, negative_slope=0.2):
    """``x`` where it is positive, else ``negative_slope * x``.

    >>> import minikeras as keras
    >>> keras.ops.leaky_relu([-10.0, 2.0]).tolist()
    [-2.0, 2.0]
    """
    return activations.leaky_relu(floating(x), negative_slope=float(negative_slope))


def _hard_sigmoid(x):
    return elementwise.true_divide(elementwise.clip(elementwise.add(x, 3.0), 0.0, 6.0), 6.0)


@op
def hard_sigmoid(x):
    """``x / 6 + 1 / 2`` held between 0 and 1.

    >>> import minikeras as keras
    >>> keras.ops.hard_sigmoid([-4.0, 0.0, 4.0]).tolist()
    [0.0, 0.5, 1.0]
    """
    return _hard_sigmoid(floating(x))


@op
def hard_silu(x):
    """``x * hard_sigmoid(x)``.

    >>> import minikeras as keras
    >>> keras.ops.hard_silu([-4.0, 0.0, 4.0]).tolist()
    [-0.0, 0.0, 4.0]
    """
    x = floating(x)
    return elementwise.multiply(x, _hard_sigmoid(x))


hard_swish = hard_silu


@op
def hard_tanh(x):
    """``x`` held between -1 and 1.

    >>> import minikeras as keras
    >>> keras.ops.hard_tanh([-4.0, 0.5, 4.0]).tolist()
    [-1.0, 0.5, 1.0]
    """
    return elementwise.clip(_numbers(x), -1, 1)


@op
def elu(x, alpha=1.0):
    """``x`` where it is positive, else ``alpha * (exp(x) - 1)`` (Clevert et al. 2015).

    >>> import minikeras as keras
    >>> keras.ops.elu([0.0, 2.0]).tolist()
    [0.0, 2.0]
    """
    return activations.elu(floating(x), alpha=float(alpha))


@op
def selu(x):
    """`elu` scaled so that activations keep mean 0 and variance 1 (Klambauer et al. 2017).

    >>> import minikeras as keras
    >>> round(float(keras.ops.selu(1.0)), 4)
    1.0507
    """
    return elementwise.multiply(activations.elu(floating(x), alpha=_SELU_ALPHA), _SELU_SCALE)


@op
def celu(x, alpha=1.0):
    """``max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1)`` (Barron 2017).

    >>> import minikeras as keras
    >>> keras.ops.celu([0.0, 2.0]).tolist()
    [0.0, 2.0]
    """
    x = elementwise.true_divide(floating(x), float(alpha))
    return elementwise.multiply(activations.elu(x, alpha=1.0), float(alpha))


@op
def gelu(x, approximate=True):
    """``x`` times the normal distribution's probability below it (Hendrycks and Gimpel 2016).

    Args:
        x: a tensor.
        approximate: whether to use the formula with tanh rather than the exact one with erf.

    >>> import minikeras as keras
    >>> round(float(keras.ops.gelu(1.0, approximate=False)), 5)
    0.84134
    """
    x = floating(x)
    if approximate:
        cubic = elementwise.multiply(elementwise.multiply(elementwise.square(x), x), 0.044715)
        # (1 + tanh(a)) / 2 = sigmoid(2 a)
        angle = elementwise.multiply(elementwise.add(x, cubic), 2 * math.sqrt(2 / math.pi))
        return elementwise.multiply(x, elementwise.sigmoid(angle))
    share = elementwise.add(elementwise.erf(elementwise.multiply(x, math.sqrt(0.5))), 1.0)
    return elementwise.multiply(elementwise.multiply(x, 0.5), share)


@op
def glu(x, axis=-1):
    """The first half of ``x`` along ``axis`` times the sigmoid of the second (Dauphin et al. 2017).

    Raises:
        ValueError: if the axis has an odd length.

    >>> import minikeras as keras
    >>> keras.ops.glu([2.0, 0.0]).tolist()
    [1.0]
    """
    x = floating(x)
    length = x.shape[axis]
    if length % 2:
        raise ValueError(
            f"glu halves axis {axis}, which must have an even length. Received shape: "
            f"{tuple(x.shape)}"
        )
    before = (slice(None),) * (axis % len(x.shape))
    first = indexing.get_item(x, index=(*before, slice(None, length // 2)))
    second = indexing.get_item(x, index=(*before, slice(length // 2, None)))
    return elementwise.multiply(first, elementwise.sigmoid(second))


@op
def squareplus(x, b=4):
    """``(x + sqrt(x**2 + b)) / 2``.

    >>> import minikeras as keras
    >>> float(keras.ops.squareplus(0.0))
    1.0
    """
    x = floating(x)
    root = elementwise.sqrt(elementwise.add(elementwise.square(x), b))
    return elementwise.multiply(elementwise.add(x, root), 0.5)


@op
def threshold(x, threshold, default_value):
    """``x`` where it exceeds ``threshold``, else ``default_value``.

    >>> import minikeras as keras
    >>> keras.ops.threshold([1.0, 3.0], 2.0, 0.0).tolist()
    [0.0, 3.0]
    """
    is_above = logic.greater(tensor(x), threshold)
    return elementwise.where(is_above, *promote(x, default_value))


def _axes(axis, x):
    """One axis or several of ``x``, which must have them; None as it is."""
    if isinstance(axis, (list, tuple)):
        axis = tuple(axis)
    for a in axis if isinstance(axis, tuple) else () if axis is None else (axis,):
        shaping.normal_axis(a, len(x.shape))
    return axis


@op
def softmax(x, axis=-1):
    """``exp(x)`` over its sum along an axis.

    Args:
        x: a tensor.
        axis: an axis, a tuple of axes, or None for all.

    Returns:
        A tensor of the same shape whose values along the axis sum to 1. Along an axis of length 1
        all of them are 1, and a warning says so.

    >>> import minikeras as keras
    >>> keras.ops.softmax([0.0, 0.0]).tolist()
    [0.5, 0.5]
    """
    x = floating(x)
    if isinstance(axis, int) and -len(x.shape) <= axis < len(x.shape) and x.shape[axis] == 1:
        warnings.warn(
            f"You are using a softmax over axis {axis} of a tensor of shape {tuple(x.shape)}: "
            "along an axis of length 1 it is 1 everywhere. Was sigmoid meant?",
            stacklevel=3,
        )
    return activations.softmax(x, axis=_axes(axis, x))


@op
def log_softmax(x, axis=-1):
    """The logarithm of `softmax`, without underflow.

    >>> import minikeras as keras
    >>> keras.ops.log_softmax([0.0, -1000.0]).tolist()
    [0.0, -1000.0]
    """
    x = floating(x)
    return activations.log_softmax(x, axis=_axes(axis, x))


@op
def sparsemax(x, axis=-1):
    """The point of the simplex closest to ``x`` (Martins and Astudillo 2016, algorithm 1).

    Keras 3.15.1 itself gives other values, of a sum above 1, where several are positive.

    Args:
        x: a tensor.
        axis: the axis along which the values sum to 1.

    >>> import minikeras as keras
    >>> keras.ops.sparsemax([3.0, 1.0]).tolist()
    [1.0, 0.0]
    """
    x = floating(x)
    axis = shaping.normal_axis(axis, len(x.shape))
    n = x.shape[axis]
    z = shaping.moveaxis(x, axis, -1)
    descending = shaping.flip(indexing.sort(z, axis=-1), axis=-1)
    ranks = xp.arange(1, n + 1, dtype=z.dtype)
    sums = reduction.cumsum(descending, axis=-1)
    is_kept = logic.greater(elementwise.add(elementwise.multiply(descending, ranks), 1.0), sums)
    count = reduction.sum(is_kept, axis=-1, keepdims=True, dtype=z.dtype.name)
    total = reduction.sum(elementwise.multiply(descending, is_kept), axis=-1, keepdims=True)
    excess = elementwise.true_divide(elementwise.subtract(total, 1.0), count)
    return shaping.moveaxis(activations.relu(elementwise.subtract(z, excess)), -1, axis)
