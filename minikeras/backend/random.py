"""Random numbers that are a pure function of a key: the same bits on NumPy and on CuPy.

Philox4x64-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel Random Numbers: As Easy as 1, 2, 3")
turns a key and a position into four random words of 64 bits. A key is a uint32 array of shape (2,):
a seed, and how many draws were made with it. So nothing has to be kept between draws but a counter,
and every value is computed independently of all others. NumPy has this generator in C.

Kernels draw with the library of the key: initial values are drawn on the host on either backend,
by passing a NumPy key.
"""

import math

import numpy as np

from minikeras.backend import threads
from minikeras.backend.autodiff import primitive
from minikeras.backend.xp import ON_GPU, special, xp

_SHARED = 1 << 14  # positions from which two threads draw: 0.1 ms
_PART = 1 << 26 if ON_GPU else 1 << 16  # elements at a time of what is made of the words
_SHARED_PARTS = 1 << 19  # elements of which two threads make these parts
# Within one draw, independent streams of words are told apart by the second word of the counter.
_SECOND_STREAM = 1 << 16


def philox_on_host(key, count, stream=0):
    """The random words at positions below ``count``, four each: a uint64 NumPy array, flat."""
    seed, draw = key.tolist()
    out = np.empty((count, 4), np.uint64)

    def draw_part(part):
        # The generator counts up before it computes.
        counter = ((stream << 64) + part.start - 1) % 2**256
        bits = np.random.Philox(counter=counter, key=seed | draw << 64)
        out[part] = bits.random_raw(4 * (part.stop - part.start)).reshape(-1, 4)

    threads.run(draw_part, threads.slices(count, count, _SHARED))
    return out.reshape(-1)


def words(key, count, stream=0):
    """``count`` random words of 32 bits: a flat uint32 array of the library of ``key``."""
    positions = -(-count // 8)
    if ON_GPU and not isinstance(key, np.ndarray):
        from minikeras.backend.cupy_kernels import philox

        found = philox(key, positions, stream)
    else:
        found = philox_on_host(key, positions, stream)
    return found.view("uint32")[:count]


def _library(key):
    return np if isinstance(key, np.ndarray) else xp


def _special(key, name):
    if isinstance(key, np.ndarray):
        import scipy.special

        return getattr(scipy.special, name)
    return special(name)


def _uniform(key, shape, dtype, stream=0):
    """Uniform over [0, 1), every value a multiple of half the spacing of floats below 1."""
    size = math.prod(shape)
    if dtype == "float64":
        high, low = words(key, 2 * size, stream).reshape(2, size)
        # 27 and 26 bits.
        found = (high >> 5).astype("float64")
        found *= 2.0**26
        found += low >> 6
        found *= 2.0**-53
        return found.reshape(shape)
    bits = {"float32": 24, "float16": 11}[dtype]
    drawn = words(key, size, stream)
    drawn >>= 32 - bits
    found = drawn.astype(dtype)
    found *= 2.0**-bits
    return found.reshape(shape)


def _open_uniform(key, shape, dtype, stream=0):
    """Uniform over (0, 1], for logarithms: float32 or float64, never 0."""
    size = math.prod(shape)
    if dtype == "float64":
        found = _uniform(key, shape, dtype, stream)
        found += 2.0**-54
        return found
    found = words(key, size, stream).astype(dtype)
    found += 0.5
    found *= 2.0**-32
    return found.reshape(shape)


def _normal(key, shape, dtype, stream=0):
    """Standard normal values by Box and Muller (1958): a radius and an angle give two."""
    lib, size = _library(key), math.prod(shape)
    pairs = -(-size // 2)
    wide = "float64" if dtype == "float64" else "float32"
    radius = _open_uniform(key, (pairs,), wide, stream)
    lib.log(radius, out=radius)
    radius *= -2.0
    lib.sqrt(radius, out=radius)
    angle = _uniform(key, (pairs,), wide, stream + _SECOND_STREAM)
    angle *= 2.0 * math.pi
    found = lib.empty((2, pairs), wide)
    lib.cos(angle, out=found[0])
    lib.sin(angle, out=found[1])
    found *= radius
    return found.reshape(-1)[:size].reshape(shape).astype(dtype, copy=False)


def _scaled(values, factor, offset):
    """``factor * values + offset`` in place, for numbers."""
    if factor != 1:
        values *= factor
    if offset != 0:
        values += offset
    return values


@primitive
def next_seed(state):
    """The key of the next draw: the same seed, one draw later."""
    later = state.copy()
    later[1:] += 1
    return later


@primitive
def random_uniform(key, *, shape, dtype, minval=0.0, maxval=1.0):
    """Uniform over [minval, maxval)."""
    return _scaled(_uniform(key, shape, dtype), maxval - minval, minval)


@primitive
def random_normal(key, *, shape, dtype, mean=0.0, stddev=1.0):
    """Normal with the given mean and standard deviation."""
    return _scaled(_normal(key, shape, dtype), stddev, mean)


@primitive
def random_truncated_normal(key, *, shape, dtype, mean=0.0, stddev=1.0):
    """Normal, conditioned on lying within two standard deviations of the mean.

    By inversion of the distribution function.
    """
    lib = _library(key)
    wide = "float64" if dtype == "float64" else "float32"
    bound = math.erf(math.sqrt(2.0))  # the probability to lie within
    u = _scaled(_uniform(key, shape, wide), 2.0 * bound, -bound)
    found = _special(key, "erfinv")(u)
    found *= math.sqrt(2.0)
    found = lib.clip(found, -2.0, 2.0)
    return _scaled(found, stddev, mean).astype(dtype, copy=False)


@primitive
def random_integers(key, minval, maxval, *, shape, dtype):
    """Integers from ``minval`` to ``maxval - 1``, numbers or arrays, as ``dtype``.

    A word of 32 bits times the span, of which the high word is kept: no value is favoured by more
    than span / 2**32. Spans beyond 32 bits take two words modulo the span.
    """
    lib, size = _library(key), math.prod(shape)
    span = maxval - minval
    if isinstance(span, int):
        is_wide = span > 2**32
        if span <= 0:
            raise ValueError(
                f"randint: maxval must exceed minval. Received: minval={minval}, maxval={maxval}"
            )
    else:
        is_wide = lib.asarray(span).dtype.itemsize > 4
        span = span.astype("uint64")
    if is_wide:
        high, low = words(key, 2 * size).reshape(2, size)
        drawn = (high.astype("uint64") << 32 | low).reshape(shape) % span
    else:
        drawn = words(key, size).astype("uint64").reshape(shape) * span >> 32
    return (drawn.astype("int64") + minval).astype(dtype)


@primitive
def dropout_mask(key, *, shape, rate, dtype):
    """Factors for dropout: 0 with probability ``rate``, else ``1 / (1 - rate)``.

    16 random bits decide about an element where they state the rate to one in ten thousand, which
    is so for most rates in use; else 32.
    """
    if rate >= 1:
        return _library(key).zeros(shape, dtype)
    size = math.prod(shape)
    bits = 16 if _is_stated_by(16, rate) else 32
    drawn = words(key, -(-size * bits // 32))
    if bits == 16:
        drawn = drawn.view("uint16")
    least = round(rate * 2**bits)
    factors = _library(key).empty(size, dtype)

    def block(piece):
        part = factors[piece]
        part[...] = drawn[piece] >= least
        part *= 1.0 / (1.0 - rate)

    parts = [slice(i, min(i + _PART, size)) for i in range(0, size, _PART)]
    threads.run(block, parts, size >= _SHARED_PARTS)
    return factors.reshape(shape)


def _is_stated_by(bits, rate):
    stated = round(rate * 2**bits) / 2**bits
    return abs(stated - rate) <= 1e-4 * min(rate, 1 - rate)


@primitive
def random_permutation(key, *, size):
    """The numbers from 0 to ``size - 1`` in random order, by sorting random keys of 64 bits."""
    high, low = words(key, 2 * size).reshape(2, size)
    return _library(key).argsort(high.astype("uint64") << 32 | low)


@primitive
def random_categorical(key, logits, *, count, dtype):
    """``count`` class numbers for each row of ``logits``, drawn in proportion to their exp.

    Args:
        logits: shape (rows, classes).

    Returns:
        Shape (rows, count). All rows are searched at once: the distribution function of row r
        runs from r to r + 1.
    """
    lib = _library(key)
    rows, classes = logits.shape
    if rows == 0 or count == 0:
        return lib.zeros((rows, count), dtype)
    logits = logits.astype("float64")
    weights = lib.exp(logits - logits.max(axis=1, keepdims=True))
    steps = lib.cumsum(weights, axis=1)
    steps /= steps[:, -1:]
    start = lib.arange(rows, dtype="float64").reshape(rows, 1)
    u = _uniform(key, (rows, count), "float64") + start
    found = lib.searchsorted((steps + start).reshape(-1), u.reshape(-1), side="right")
    found = found.reshape(rows, count) - lib.arange(rows).reshape(rows, 1) * classes
    return lib.clip(found, 0, classes - 1).astype(dtype)


# 95 of 100 proposals are accepted or more, so that all ten fail once in about 10**13 values.
_ATTEMPTS = 10


def _log_gamma_variates(key, alpha, shape, dtype, stream=0):
    """Logarithms of gamma variates of scale 1 (Marsaglia and Tsang 2000).

    Proposals are cubed normal values. All attempts are made for all elements, as far as any is
    left, so that the values are the same on the device, where nobody looks who is left.
    """
    lib = _library(key)
    boosted = lib.where(alpha < 1, alpha + 1, alpha)
    d = lib.broadcast_to(boosted - 1 / 3, shape)
    c = 1 / lib.sqrt(9 * d)
    log_v = lib.zeros(shape, dtype)
    waiting = lib.ones(shape, bool)
    for attempt in range(_ATTEMPTS):
        x = _normal(key, shape, dtype, stream + 2 * attempt)
        u = _open_uniform(key, shape, dtype, stream + 2 * attempt + 1)
        v = (1 + c * x) ** 3
        candidate = lib.log(lib.maximum(v, 1e-30))
        is_good = (v > 0) & (lib.log(u) < 0.5 * x * x + d * (1 - v + candidate))
        log_v = lib.where(waiting & is_good, candidate, log_v)
        waiting &= ~is_good
        if lib is np and not waiting.any():
            break
    found = lib.log(d) + log_v
    u = _open_uniform(key, shape, dtype, stream + 2 * _ATTEMPTS)
    return lib.where(alpha < 1, found + lib.log(u) / alpha, found)


@primitive
def random_gamma(key, alpha, *, shape, dtype):
    """Gamma variates of shape parameter ``alpha`` (an array that broadcasts) and scale 1."""
    lib = _library(key)
    wide = "float64" if dtype == "float64" else "float32"
    found = _log_gamma_variates(key, lib.asarray(alpha, wide), shape, wide)
    return lib.exp(found).astype(dtype, copy=False)


def _beta(key, alpha, beta, shape, dtype, stream=0):
    """X / (X + Y) for gamma variates X and Y, computed from logarithms: tiny ones occur."""
    lib = _library(key)
    x = _log_gamma_variates(key, alpha, shape, dtype, stream)
    y = _log_gamma_variates(key, beta, shape, dtype, stream + 2 * _ATTEMPTS + 1)
    return 1 / (1 + lib.exp(lib.clip(y - x, -700 if dtype == "float64" else -85, None)))


@primitive
def random_beta(key, alpha, beta, *, shape, dtype):
    """Beta variates with parameters ``alpha`` and ``beta``, arrays that broadcast."""
    lib = _library(key)
    wide = "float64" if dtype == "float64" else "float32"
    alpha, beta = lib.asarray(alpha, wide), lib.asarray(beta, wide)
    return _beta(key, alpha, beta, shape, wide).astype(dtype, copy=False)


@primitive
def random_binomial(key, counts, probabilities, *, shape, dtype):
    """How many of ``counts`` trials succeed with the given probabilities.

    By the median of the uniform variates behind the trials, a beta variate (Relles 1972): it tells
    how one half of the trials ended, and the rest is again a binomial draw. log2(counts) steps.
    """
    lib = _library(key)
    n = lib.broadcast_to(lib.asarray(counts).astype("int64"), shape)
    p = lib.broadcast_to(lib.asarray(probabilities, "float64"), shape)
    successes = lib.zeros(shape, "int64")
    stream = 0
    while bool((n > 0).any()):
        i = lib.maximum((n + 1) // 2, 1)
        median = _beta(
            key, i.astype("float64"), lib.maximum(n + 1 - i, 1) * 1.0, shape, "float64", stream
        )
        stream += 4 * (_ATTEMPTS + 1)
        is_open, is_below = n > 0, median <= p
        successes = lib.where(is_open & is_below, successes + i, successes)
        above = (p - median) / lib.maximum(1 - median, 1e-300)
        p = lib.where(is_below, above, p / lib.maximum(median, 1e-300))
        n = lib.where(is_open, lib.where(is_below, n - i, i - 1), 0)
    return successes.astype(dtype)
