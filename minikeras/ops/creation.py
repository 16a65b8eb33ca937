"""keras.ops: new tensors, constant ones, ranges, matrices and windows."""

import math

from minikeras import config
from minikeras.backend import elementwise, shaping
from minikeras.backend.autodiff import plain
from minikeras.backend.dtypes import default_float, dtype_of, result_type, standardize_dtype
from minikeras.backend.shaping import moveaxis, normal_axis
from minikeras.backend.xp import copy_of, ndarray, xp
from minikeras.ops.arguments import tensor
from minikeras.ops.shaping import integers
from minikeras.symbolic.operation import op

__all__ = [
    "arange",
    "array",
    "bartlett",
    "blackman",
    "empty",
    "empty_like",
    "eye",
    "full",
    "full_like",
    "geomspace",
    "hamming",
    "hanning",
    "identity",
    "kaiser",
    "linspace",
    "logspace",
    "ones",
    "ones_like",
    "tri",
    "vander",
    "zeros",
    "zeros_like",
]


@op
def array(x, dtype=None):
    """A tensor with the values of ``x``, sharing memory with nothing.

    Args:
        x: a tensor, a number, or nested lists of numbers.
        dtype: a dtype; by default that of ``x``, floatx for Python floats, int32 for integers.

    >>> import minikeras as keras
    >>> keras.ops.array([[1, 2], [3, 4]]).dtype.name
    'int32'
    """
    made = tensor(x, None if dtype is None else standardize_dtype(dtype))
    return copy_of(made) if type(made) is ndarray else made


def _shape(shape):
    shape = integers(shape)
    return (shape,) if isinstance(shape, int) else shape


@op
def zeros(shape, dtype=None):
    """A tensor of zeros; floatx by default.

    >>> import minikeras as keras
    >>> keras.ops.zeros((2, 2)).tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """
    return xp.zeros(_shape(shape), standardize_dtype(dtype))


@op
def ones(shape, dtype=None):
    """A tensor of ones; floatx by default.

    >>> import minikeras as keras
    >>> keras.ops.ones((2,), dtype="int32").tolist()
    [1, 1]
    """
    return xp.ones(_shape(shape), standardize_dtype(dtype))


@op
def empty(shape, dtype=None):
    """A tensor of whatever the memory held; floatx by default.

    >>> import minikeras as keras
    >>> keras.ops.empty((2, 3)).shape
    (2, 3)
    """
    return xp.empty(_shape(shape), standardize_dtype(dtype))


@op
def full(shape, fill_value, dtype=None):
    """A tensor with one value everywhere.

    Args:
        shape: an integer or a tuple of integers.
        fill_value: a number, or a tensor that is broadcast to ``shape``.
        dtype: a dtype; floatx by default.

    >>> import minikeras as keras
    >>> keras.ops.full((2,), 7).tolist()
    [7.0, 7.0]
    """
    return _filled(_shape(shape), fill_value, standardize_dtype(dtype))


def _filled(shape, value, dtype):
    if isinstance(value, (bool, int, float)):
        return xp.full(shape, value, dtype)
    value = shaping.broadcast_to(tensor(value, dtype), shape=shape)
    return copy_of(value) if type(value) is ndarray else value


def _dtype_like(x, dtype):
    return x.dtype if dtype is None else standardize_dtype(dtype)


@op
def zeros_like(x, dtype=None):
    """Zeros in the shape of ``x``, in its dtype unless another is given.

    >>> import minikeras as keras
    >>> keras.ops.zeros_like([1, 2]).tolist()
    [0, 0]
    """
    x = tensor(x)
    return xp.zeros(x.shape, _dtype_like(x, dtype))


@op
def ones_like(x, dtype=None):
    """Ones in the shape of ``x``, in its dtype unless another is given.

    >>> import minikeras as keras
    >>> keras.ops.ones_like([1.5, 2.5]).tolist()
    [1.0, 1.0]
    """
    x = tensor(x)
    return xp.ones(x.shape, _dtype_like(x, dtype))


@op
def empty_like(x, dtype=None):
    """A tensor of whatever the memory held, in the shape of ``x``.

    >>> import minikeras as keras
    >>> keras.ops.empty_like([[1, 2]]).shape
    (1, 2)
    """
    x = tensor(x)
    return xp.empty(x.shape, _dtype_like(x, dtype))


@op
def full_like(x, fill_value, dtype=None):
    """One value everywhere in the shape of ``x``, in its dtype unless another is given.

    >>> import minikeras as keras
    >>> keras.ops.full_like([1.0, 2.0], 3).tolist()
    [3.0, 3.0]
    """
    x = tensor(x)
    return _filled(x.shape, fill_value, _dtype_like(x, dtype))


def _number(x):
    """``x`` as a Python number."""
    return x if isinstance(x, (bool, int, float)) else plain(tensor(x)).item()


@op
def arange(start, stop=None, step=None, dtype=None):
    """Evenly spaced numbers from ``start`` up to, but without, ``stop``.

    Args:
        start: the first number; if it is the only argument, the range goes from 0 to it.
        stop: where to end.
        step: the distance, 1 by default.
        dtype: a dtype; by default that common to the arguments.

    >>> import minikeras as keras
    >>> keras.ops.arange(3).tolist(), keras.ops.arange(1.0, 2.0, 0.5).tolist()
    ([0, 1, 2], [1.0, 1.5])
    """
    given = [v for v in (start, stop, step) if v is not None]
    dtype = result_type(*map(dtype_of, given)) if dtype is None else standardize_dtype(dtype)
    if stop is None:
        start, stop = 0, start
    start, stop = _number(start), _number(stop)
    return xp.arange(start, stop, 1 if step is None else _number(step)).astype(dtype)


def _fractions(num, endpoint, dtype):
    """How far along each of ``num`` evenly spaced points lies, from 0 to 1."""
    steps = num - 1 if endpoint else num
    return (xp.arange(num) / max(steps, 1)).astype(dtype)


def _ends(name, start, stop, num):
    """The ends of a range in their common float dtype, with a first axis for the points."""
    if int(num) < 0:
        raise ValueError(f"{name}: num must not be negative. Received: num={num}")
    start, stop = (v if isinstance(v, (bool, int, float)) else tensor(v) for v in (start, stop))
    dtype = default_float(*map(dtype_of, (start, stop)))
    return tensor(start, dtype), tensor(stop, dtype)


def _between(start, stop, fractions):
    """Points on the lines from ``start`` to ``stop``, along a new first axis."""
    rank = max(len(start.shape), len(stop.shape))
    t = fractions.reshape(-1, *[1] * rank)
    return elementwise.add(elementwise.multiply(start, 1 - t), elementwise.multiply(stop, t))


def _finished(points, axis, dtype):
    """The points in the dtype asked for (rounded down to integers), their axis put in place."""
    if dtype is not None:
        dtype = standardize_dtype(dtype)
        if xp.dtype(dtype).kind in "iu":
            points = xp.floor(plain(points))
        points = elementwise.cast(points, dtype=dtype)
    return moveaxis(points, 0, normal_axis(int(axis), len(points.shape)))


@op
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """Evenly spaced numbers from ``start`` to ``stop``.

    Args:
        start, stop: the ends; numbers or tensors of shapes that broadcast.
        num: how many numbers.
        endpoint: whether ``stop`` is the last of them.
        retstep: whether to return the distance between them as well.
        dtype: a dtype; by default the common float dtype. Integers are rounded down.
        axis: where the axis of the numbers stands in the result.

    Returns:
        A tensor, or with ``retstep`` a pair of it and the distance (NaN if there is none).

    >>> import minikeras as keras
    >>> keras.ops.linspace(0, 1, 5).tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    start, stop = _ends("linspace", start, stop, num)
    points = _between(start, stop, _fractions(int(num), endpoint, start.dtype))
    points = _finished(points, axis, dtype)
    if not retstep:
        return points
    steps = int(num) - 1 if endpoint else int(num)
    if steps < 1:
        return points, tensor(math.nan, start.dtype)
    return points, elementwise.true_divide(elementwise.subtract(stop, start), steps)


@op
def logspace(start, stop, num=50, endpoint=True, base=10, dtype=None, axis=0):
    """Powers of ``base`` whose exponents are evenly spaced from ``start`` to ``stop``.

    Args:
        start, stop: the exponents at the ends; numbers or tensors of shapes that broadcast.
        num: how many numbers.
        endpoint: whether ``base ** stop`` is the last of them.
        base: a number or a tensor.
        dtype: a dtype; by default the common float dtype.
        axis: where the axis of the numbers stands in the result.

    >>> import minikeras as keras
    >>> keras.ops.logspace(0, 3, 4, base=2).tolist()
    [1.0, 2.0, 4.0, 8.0]
    """
    start, stop = _ends("logspace", start, stop, num)
    exponents = _between(start, stop, _fractions(int(num), endpoint, start.dtype))
    points = elementwise.power(tensor(base, start.dtype), exponents)
    return _finished(points, axis, dtype)


@op
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """Numbers from ``start`` to ``stop``, each the same multiple of the one before.

    Args:
        start, stop: the ends, of the same sign and not zero; numbers or tensors of shapes that
            broadcast.
        num: how many numbers.
        endpoint: whether ``stop`` is the last of them.
        dtype: a dtype; by default the common float dtype.
        axis: where the axis of the numbers stands in the result.

    >>> import minikeras as keras
    >>> [round(x, 3) for x in keras.ops.geomspace(1, 8, 4).tolist()]
    [1.0, 2.0, 4.0, 8.0]
    """
    start, stop = _ends("geomspace", start, stop, num)
    ratio = elementwise.true_divide(stop, start)
    t = _fractions(int(num), endpoint, start.dtype).reshape(-1, *[1] * len(ratio.shape))
    return _finished(elementwise.multiply(start, elementwise.power(ratio, t)), axis, dtype)


@op
def eye(N, M=None, k=0, dtype=None):
    """A matrix with ones on one diagonal and zeros elsewhere.

    Args:
        N: the number of rows.
        M: the number of columns; N by default.
        k: which diagonal: 0 is the main one, positive ones lie above it.
        dtype: a dtype; floatx by default.

    >>> import minikeras as keras
    >>> keras.ops.eye(2, 3, k=1).tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    N, M, k = (_whole("eye", n) for n in (N, M, k))
    return xp.eye(N, M, k, standardize_dtype(dtype))


def _whole(name, n):
    """A number of rows or the like as an integer; None as it is."""
    if n is None or (hasattr(n, "dtype") and n.dtype.kind in "iu" and n.size == 1):
        return n if n is None else int(n)
    if not hasattr(n, "__index__") or hasattr(n, "dtype"):
        raise TypeError(f"{name}: sizes must be integers. Received: {n!r}")
    return int(n)


@op
def identity(n, dtype=None):
    """The identity matrix with ``n`` rows.

    >>> import minikeras as keras
    >>> keras.ops.identity(2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return xp.eye(_whole("identity", n), dtype=standardize_dtype(dtype))


@op
def tri(N, M=None, k=0, dtype=None):
    """A matrix with ones on diagonal ``k`` and below it, zeros above; see `eye`.

    >>> import minikeras as keras
    >>> keras.ops.tri(2, 3).tolist()
    [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]]
    """
    N, M, k = (_whole("tri", n) for n in (N, M, k))
    return xp.tri(N, M, k, standardize_dtype(dtype))


@op
def vander(x, N=None, increasing=False):
    """The Vandermonde matrix of a vector: its powers as columns.

    Args:
        x: a vector.
        N: how many columns; by default as many as ``x`` has elements.
        increasing: whether the powers rise from left to right.

    >>> import minikeras as keras
    >>> keras.ops.vander([1, 2, 3]).tolist()
    [[1, 1, 1], [4, 2, 1], [9, 3, 1]]
    """
    x = tensor(x)
    if len(x.shape) != 1:
        raise ValueError(f"vander: x must be a vector. Received: shape {x.shape}")
    count = x.shape[0] if N is None else int(N)
    powers = [xp.ones(x.shape, x.dtype)]
    for _ in range(count - 1):
        powers.append(elementwise.multiply(powers[-1], x))
    if not count:
        return xp.zeros((x.shape[0], 0), x.dtype)
    return shaping.stack(*(powers if increasing else powers[::-1]), axis=1)


def _window(function, x, *args):
    """``function(n, ...)`` in floatx, where ``x`` is the number of points n."""
    return function(int(_number(x)), *args).astype(config.floatx())


@op
def bartlett(x):
    """The Bartlett window: a triangle that is 0 at both ends.

    Args:
        x: the number of points.

    Returns:
        A vector of floatx.

    >>> import minikeras as keras
    >>> keras.ops.bartlett(5).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    return _window(xp.bartlett, x)


@op
def blackman(x):
    """The Blackman window of ``x`` points: ``0.42 - 0.5 cos(2 pi i / (x - 1)) + 0.08 cos(...)``.

    >>> import minikeras as keras
    >>> [round(w, 2) + 0.0 for w in keras.ops.blackman(3).tolist()]
    [0.0, 1.0, 0.0]
    """
    return _window(xp.blackman, x)


@op
def hamming(x):
    """The Hamming window of ``x`` points: ``0.54 - 0.46 cos(2 pi i / (x - 1))``.

    >>> import minikeras as keras
    >>> [round(w, 2) for w in keras.ops.hamming(3).tolist()]
    [0.08, 1.0, 0.08]
    """
    return _window(xp.hamming, x)


@op
def hanning(x):
    """The Hann window of ``x`` points: ``0.5 - 0.5 cos(2 pi i / (x - 1))``.

    >>> import minikeras as keras
    >>> keras.ops.hanning(5).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    return _window(xp.hanning, x)


@op
def kaiser(x, beta):
    """The Kaiser window: ``I0(beta sqrt(1 - (2 i / (x - 1) - 1)**2)) / I0(beta)``.

    Args:
        x: the number of points.
        beta: how fast it falls; 0 gives a rectangle.

    Returns:
        A vector of floatx.

    >>> import minikeras as keras
    >>> keras.ops.kaiser(3, 0.0).tolist()
    [1.0, 1.0, 1.0]
    """
    return _window(xp.kaiser, x, float(_number(beta)))
