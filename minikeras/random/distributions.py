"""Draws from distributions, as ``keras.random`` offers them."""

from minikeras.backend import random as draws
from minikeras.backend.autodiff import plain
from minikeras.backend.dtypes import FLOAT_TYPES, is_int_dtype, standardize_dtype
from minikeras.backend.elementwise import add, multiply
from minikeras.backend.indexing import take
from minikeras.ops.arguments import tensor
from minikeras.random.seed_generator import draw_seed
from minikeras.symbolic.operation import op


def _sides(shape, function):
    try:
        sides = (shape,) if isinstance(shape, int) else tuple(int(n) for n in shape)
    except TypeError:
        sides = None
    if sides is None or any(n < 0 for n in sides):
        raise ValueError(
            f"keras.random.{function}: shape must be a tuple of non-negative integers. "
            f"Received: {shape!r}"
        )
    return sides


def _float_dtype(dtype, function):
    name = standardize_dtype(dtype)
    if name not in FLOAT_TYPES:
        raise ValueError(
            f"keras.random.{function} draws real numbers: dtype must be one of {FLOAT_TYPES}. "
            f"Received: {dtype!r}"
        )
    return name


def _is_number(x):
    return isinstance(x, (int, float))


def _moved(primitive, shape, offset, factor, dtype, seed, names):
    """Draws scaled and shifted: by the kernel for numbers, differentiably for tensors."""
    function, offset_name, factor_name = names
    shape, dtype = _sides(shape, function), _float_dtype(dtype, function)
    key = draw_seed(seed)
    if _is_number(offset) and _is_number(factor):
        settings = {offset_name: offset, factor_name: factor}
        return primitive(key, shape=shape, dtype=dtype, **settings)
    found = multiply(primitive(key, shape=shape, dtype=dtype), tensor(factor, dtype))
    return add(found, tensor(offset, dtype))


def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Values of a normal distribution.

    Args:
        shape: a tuple of integers.
        mean, stddev: numbers, or tensors that broadcast to ``shape``, through which gradients flow.
        dtype: a floating dtype, by default floatx.
        seed: an integer for the same values each time, a `SeedGenerator`, or None.

    >>> import minikeras as keras
    >>> keras.random.normal((2, 3), seed=1).shape
    (2, 3)
    """
    names = ("normal", "mean", "stddev")
    return _moved(draws.random_normal, shape, mean, stddev, dtype, seed, names)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Values of a normal distribution within two standard deviations of its mean.

    Args:
        shape: a tuple of integers.
        mean, stddev: of the distribution before values beyond are excluded; numbers or tensors.
        dtype: a floating dtype, by default floatx.
        seed: an integer for the same values each time, a `SeedGenerator`, or None.

    >>> import minikeras as keras
    >>> x = keras.random.truncated_normal((1000,), stddev=0.5, seed=1)
    >>> bool(abs(x).max() <= 1)
    True
    """
    names = ("truncated_normal", "mean", "stddev")
    return _moved(draws.random_truncated_normal, shape, mean, stddev, dtype, seed, names)


def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Values spread evenly over ``minval <= x < maxval``.

    Args:
        shape: a tuple of integers.
        minval, maxval: numbers, or tensors that broadcast to ``shape``.
        dtype: a floating dtype, by default floatx; integers are drawn by `randint`.
        seed: an integer for the same values each time, a `SeedGenerator`, or None.

    >>> import minikeras as keras
    >>> x = keras.random.uniform((1000,), 2, 3, seed=1)
    >>> bool(x.min() >= 2), bool(x.max() < 3)
    (True, True)
    """
    if _is_number(minval) and _is_number(maxval):
        shape, dtype = _sides(shape, "uniform"), _float_dtype(dtype, "uniform")
        return draws.random_uniform(
            draw_seed(seed), shape=shape, dtype=dtype, minval=minval, maxval=maxval
        )
    dtype = _float_dtype(dtype, "uniform")
    low, high = tensor(minval, dtype), tensor(maxval, dtype)
    return add(multiply(uniform(shape, dtype=dtype, seed=seed), add(high, multiply(low, -1))), low)


def randint(shape, minval, maxval, dtype="int32", seed=None):
    """Integers spread evenly over ``minval <= x < maxval``.

    Args:
        shape: a tuple of integers.
        minval, maxval: integers, or integer tensors that broadcast to ``shape``.
        dtype: an integer dtype.
        seed: an integer for the same values each time, a `SeedGenerator`, or None.

    >>> import minikeras as keras
    >>> sorted(set(keras.random.randint((100,), 1, 4, seed=0).tolist()))
    [1, 2, 3]
    """
    name = standardize_dtype(dtype)
    if not is_int_dtype(name):
        raise ValueError(
            f"keras.random.randint draws integers. Received: dtype={dtype!r}. For real numbers "
            "there is keras.random.uniform."
        )
    bounds = []
    for bound in (minval, maxval):
        bounds.append(int(bound) if _is_number(bound) else plain(tensor(bound)))
    return draws.random_integers(
        draw_seed(seed), *bounds, shape=_sides(shape, "randint"), dtype=name
    )


@op
def categorical(logits, num_samples, dtype="int32", seed=None):
    """Class numbers drawn in proportion to the exponentials of ``logits``.

    Args:
        logits: unnormalised log-probabilities, shape (batch, classes).
        num_samples: how many to draw for each row.
        dtype: an integer dtype.
        seed: an integer for the same values each time, a `SeedGenerator`, or None.

    Returns:
        Shape (batch, num_samples).

    >>> import minikeras as keras
    >>> keras.random.categorical([[0.0, -1e9], [-1e9, 0.0]], 3, seed=0).tolist()
    [[0, 0, 0], [1, 1, 1]]
    """
    logits = tensor(logits)
    if len(logits.shape) != 2:
        raise ValueError(
            "keras.random.categorical: logits must have the shape (batch, classes). "
            f"Received: shape {tuple(logits.shape)}"
        )
    name = standardize_dtype(dtype)
    return draws.random_categorical(draw_seed(seed), logits, count=num_samples, dtype=name)


@op
def dropout(inputs, rate, noise_shape=None, seed=None):
    """``inputs`` with a random share of elements set to 0 and the others scaled up in return.

    Args:
        inputs: a floating tensor.
        rate: the probability of an element to become 0, from 0 to 1; the others are divided by
            ``1 - rate``, which keeps the expected value.
        noise_shape: the shape of the pattern, which broadcasts to that of ``inputs``; None stands
            for a side of ``inputs``. Elements that share a place of it share their fate.
        seed: an integer for the same pattern each time, a `SeedGenerator`, or None.

    >>> import minikeras as keras
    >>> x = keras.random.dropout(keras.ops.ones((2, 4)), 0.5, noise_shape=(2, 1), seed=3)
    >>> bool(keras.ops.all(x == x[:, :1]))
    True
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"keras.random.dropout: rate must lie in [0, 1]. Received: {rate!r}")
    inputs = tensor(inputs)
    if rate == 0:
        return inputs
    shape = tuple(inputs.shape)
    if noise_shape is not None:
        shape = resolved_noise_shape(noise_shape, shape)
    name = _float_dtype(inputs.dtype, "dropout")
    mask = draws.dropout_mask(draw_seed(seed), shape=shape, rate=float(rate), dtype=name)
    return multiply(inputs, mask)


def resolved_noise_shape(noise_shape, shape):
    """``noise_shape`` with the sides of ``shape`` in place of None."""
    noise_shape = tuple(noise_shape)
    if len(noise_shape) != len(shape) or any(
        n not in (None, 1, side) for n, side in zip(noise_shape, shape)
    ):
        raise ValueError(
            "noise_shape must have one entry per axis of the inputs: None, 1 or the side itself. "
            f"Received: noise_shape={noise_shape} for inputs of shape {tuple(shape)}"
        )
    return tuple(side if n is None else n for n, side in zip(noise_shape, shape))


@op
def shuffle(x, axis=0, seed=None):
    """The slices of ``x`` along ``axis`` in random order.

    Args:
        x: a tensor of rank 1 at least.
        axis: an axis.
        seed: an integer for the same order each time, a `SeedGenerator`, or None.

    >>> import minikeras as keras
    >>> sorted(keras.random.shuffle([1, 2, 3, 4], seed=0).tolist())
    [1, 2, 3, 4]
    """
    x = tensor(x)
    order = draws.random_permutation(draw_seed(seed), size=x.shape[axis])
    return take(x, order, axis=axis)


def gamma(shape, alpha, dtype=None, seed=None):
    """Values of the gamma distribution of scale 1.

    Args:
        shape: a tuple of integers.
        alpha: the shape parameter, positive: a number or a tensor that broadcasts to ``shape``.
        dtype: a floating dtype, by default floatx.
        seed: an integer for the same values each time, a `SeedGenerator`, or None.

    >>> import minikeras as keras
    >>> bool(keras.random.gamma((10,), 0.5, seed=0).min() >= 0)
    True
    """
    shape, dtype = _sides(shape, "gamma"), _float_dtype(dtype, "gamma")
    return draws.random_gamma(draw_seed(seed), plain(tensor(alpha)), shape=shape, dtype=dtype)


def beta(shape, alpha, beta, dtype=None, seed=None):
    """Values of the beta distribution, between 0 and 1.

    Args:
        shape: a tuple of integers.
        alpha, beta: the parameters, positive: numbers or tensors that broadcast to ``shape``.
        dtype: a floating dtype, by default floatx.
        seed: an integer for the same values each time, a `SeedGenerator`, or None.

    >>> import minikeras as keras
    >>> bool(keras.random.beta((10,), 2.0, 3.0, seed=0).max() < 1)
    True
    """
    shape, dtype = _sides(shape, "beta"), _float_dtype(dtype, "beta")
    alpha, beta = plain(tensor(alpha)), plain(tensor(beta))
    return draws.random_beta(draw_seed(seed), alpha, beta, shape=shape, dtype=dtype)


def binomial(shape, counts, probabilities, dtype=None, seed=None):
    """How many of ``counts`` independent trials succeed.

    Args:
        shape: a tuple of integers.
        counts: numbers of trials, a number or a tensor that broadcasts to ``shape``.
        probabilities: of success, between 0 and 1; likewise.
        dtype: a floating dtype, by default floatx.
        seed: an integer for the same values each time, a `SeedGenerator`, or None.

    >>> import minikeras as keras
    >>> keras.random.binomial((2,), 5, 1.0, seed=0).tolist()
    [5.0, 5.0]
    """
    shape, dtype = _sides(shape, "binomial"), _float_dtype(dtype, "binomial")
    counts, probabilities = plain(tensor(counts)), plain(tensor(probabilities))
    return draws.random_binomial(draw_seed(seed), counts, probabilities, shape=shape, dtype=dtype)
