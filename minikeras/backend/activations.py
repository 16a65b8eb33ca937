"""Activation functions that pay as primitives, and cross-entropies joined with softmax.

The others are composed of elementwise primitives in `minikeras.ops.activations`. Kernels avoid
``where`` and ``logaddexp``, which NumPy does not vectorise: they cost ten to a hundred times more
than the arithmetic that replaces them.
"""

from minikeras.backend import reduction, threads
from minikeras.backend.autodiff import primitive
from minikeras.backend.bounds import at_least
from minikeras.backend.elementwise import add, exp, multiply, sigmoid, subtract, where
from minikeras.backend.logic import greater, greater_equal, less, logical_and
from minikeras.backend.shaping import expand_dims
from minikeras.backend.xp import ON_GPU, xp


@primitive
def relu(x):
    """``max(x, 0)``; the slope at 0 is 0."""
    return at_least(x, 0)


relu.rules(lambda out, x: lambda g: multiply(g, greater(out, 0)))


@primitive
def leaky_relu(x, *, negative_slope):
    """``x`` where it is positive, else ``negative_slope * x``; the slope at 0 is 1."""
    if 0 <= negative_slope <= 1:
        return xp.maximum(x, x * negative_slope)
    return xp.maximum(x, 0) + xp.minimum(x, 0) * negative_slope


@leaky_relu.rules
def _(out, x, *, negative_slope):
    def way_back(g):
        slope = add(multiply(greater_equal(x, 0), 1.0 - negative_slope), negative_slope)
        return multiply(g, slope)

    return way_back


@primitive
def elu(x, *, alpha):
    """``x`` where it is positive, else ``alpha * (exp(x) - 1)`` (Clevert et al. 2015)."""
    out = xp.expm1(xp.minimum(x, 0))
    out *= alpha
    out += xp.maximum(x, 0)
    return out


@elu.rules
def _(out, x, *, alpha):
    return lambda g: multiply(g, where(greater(x, 0), 1.0, add(out, alpha)))


@primitive
def softplus(x):
    """``log(1 + exp(x))``, without overflow."""
    out = xp.asarray(xp.abs(x))  # of rank 0 NumPy makes scalars
    xp.negative(out, out=out)
    xp.exp(out, out=out)
    xp.log1p(out, out=out)
    out += xp.maximum(x, 0)
    return out


softplus.rules(lambda out, x: lambda g: multiply(g, sigmoid(x)))


@primitive
def softmax(x, *, axis):
    """``exp(x)`` over its sum along ``axis``: one, several, or None for all."""
    if not x.size:
        return x.copy()
    if axis in (-1, x.ndim - 1) and _pays_in_blocks(x):
        return _softmax_of_rows(x)
    out = xp.asarray(x - x.max(axis=axis, keepdims=True))
    xp.exp(out, out=out)
    out /= out.sum(axis=axis, keepdims=True)
    return out


def _pays_in_blocks(x):
    return not ON_GPU and x.dtype.char in "fd" and x.flags.c_contiguous and x.size >= 1 << 10


def _softmax_of_rows(x):
    """`softmax` over the last axis, in blocks of rows on several threads.

    Any shift serves that is near enough to the maximum for nothing to underflow. That of a block is
    found ten times faster than those of its rows, so it is taken where the block's range allows.
    """
    length = x.shape[-1]
    rows, out = x.reshape(-1, length), xp.empty((x.size // length, length), x.dtype)
    widest = 80 if x.dtype.char == "f" else 700
    ones = xp.ones((length, 1), x.dtype)

    def block(piece):
        part, target = rows[piece], out[piece]
        shift = part.max()
        if not shift - part.min() <= widest:
            shift = part.max(axis=1, keepdims=True)
        xp.subtract(part, shift, out=target)
        xp.exp(target, out=target)
        target /= xp.matmul(target, ones)

    threads.run(block, threads.slices(len(rows), (1 << 18) // length, (1 << 15) // length))
    return out.reshape(x.shape)


@softmax.rules
def _(out, x, *, axis):
    def way_back(g):
        mean = reduction.sum(multiply(g, out), axis=axis, keepdims=True)
        return multiply(out, subtract(g, mean))

    return way_back


@primitive
def log_softmax(x, *, axis):
    """The logarithm of `softmax`, without underflow."""
    if not x.size:
        return x.copy()
    out = x - xp.max(x, axis=axis, keepdims=True)
    out -= xp.log(xp.sum(xp.exp(out), axis=axis, keepdims=True))
    return out


@log_softmax.rules
def _(out, x, *, axis):
    def way_back(g):
        return subtract(g, multiply(exp(out), reduction.sum(g, axis=axis, keepdims=True)))

    return way_back


def _logsumexp(x, axis):
    """``log(sum(exp(x)))`` along an axis, which stays with length 1."""
    largest = xp.max(x, axis=axis, keepdims=True)
    return largest + xp.log(xp.sum(xp.exp(x - largest), axis=axis, keepdims=True))


@primitive
def softmax_crossentropy(logits, target, *, axis):
    """``-sum(target * log(softmax(logits)))`` along an axis."""
    if not logits.size:
        return xp.sum(logits, axis=axis)
    total = xp.sum(target, axis=axis)
    out = xp.squeeze(_logsumexp(logits, axis), axis) * total
    return out - xp.sum(target * logits, axis=axis)


softmax_crossentropy.rules(
    lambda out, logits, target, *, axis: (
        lambda g: multiply(
            expand_dims(g, axis),
            subtract(
                multiply(
                    softmax(logits, axis=axis), reduction.sum(target, axis=axis, keepdims=True)
                ),
                target,
            ),
        )
    ),
    lambda out, logits, target, *, axis: (
        lambda g: multiply(multiply(expand_dims(g, axis), -1.0), log_softmax(logits, axis=axis))
    ),
)


def _places(labels, classes):
    """Labels clipped to the classes, and 1.0 where that changed nothing, else 0.0."""
    return xp.clip(labels, 0, classes - 1), (labels >= 0) & (labels < classes)


@primitive
def label_crossentropy(logits, labels):
    """``-log(softmax(logits)[label])`` over the last axis; 0 for labels that are no class.

    ``labels`` has the shape of ``logits`` without the last axis.
    """
    classes = logits.shape[-1]
    if not logits.size:
        return xp.zeros(labels.shape, logits.dtype)
    places, is_class = _places(labels, classes)
    chosen = xp.take_along_axis(logits, places[..., None], axis=-1)
    return (_logsumexp(logits, -1) - chosen)[..., 0] * is_class


@label_crossentropy.rules
def _(out, logits, labels):
    return lambda g: multiply(expand_dims(g, -1), label_crossentropy_slope(logits, labels))


@primitive
def label_crossentropy_slope(logits, labels):
    """Softmax less 1 at the label: the derivative of `label_crossentropy`."""
    out = softmax.kernel(logits, axis=-1)
    if not out.size:
        return out
    places, is_class = _places(labels, out.shape[-1])
    places = places[..., None]
    chosen = xp.take_along_axis(out, places, axis=-1)
    xp.put_along_axis(out, places, chosen - 1, axis=-1)
    out *= is_class[..., None]
    return out


@label_crossentropy_slope.rules
def _(out, logits, labels):
    """That of softmax, and nothing for labels that are no class."""
    classes = logits.shape[-1]

    def way_back(g):
        is_class = logical_and(greater_equal(labels, 0), less(labels, classes))
        p = multiply(softmax(logits, axis=-1), expand_dims(is_class, -1))
        mean = reduction.sum(multiply(g, p), axis=-1, keepdims=True)
        return multiply(p, subtract(g, mean))

    return way_back
