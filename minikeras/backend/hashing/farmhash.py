"""FarmHash's Fingerprint64 (Pike and Alakuijala, 2014: farmhashna::Hash64) of many byte strings.

The algorithm treats strings by their length: up to 16 bytes, up to 32, up to 64, and longer ones in
blocks of 64. Each case is computed for all strings of its kind at once, in uint64 arithmetic, which
wraps around as the algorithm asks.

    s: where each string begins, n: its length, k0 k1 k2: the constants of FarmHash
    v, w: pairs of states, x y z: states of the loop over blocks
"""

import numpy as np

from minikeras.backend.hashing.packed import Packed

_K0 = np.uint64(0xC3A5C85C97CB3127)
_K1 = np.uint64(0xB492B66FBE98F273)
_K2 = np.uint64(0x9AE16A3B2F90404F)
_SEED = 81


def fingerprint64(strings):
    """The 64-bit fingerprint of each string.

    Args:
        strings: a list of bytes.

    Returns:
        A uint64 array.

    >>> fingerprint64([b"", b"hello"]).tolist()
    [11160318154034397263, 13009744463427800296]
    """
    data = Packed(strings)
    found = np.full(len(data), _K2)
    upper = 0
    for limit, hashes in _CASES:
        chosen = np.flatnonzero((data.lengths > upper) & (data.lengths <= limit))
        if len(chosen):
            found[chosen] = hashes(data, data.starts[chosen], data.lengths[chosen])
        upper = limit
    return found


def _shift_mix(x):
    return x ^ (x >> np.uint64(47))


def _rotated(x, by):
    return (x >> np.uint64(by)) | (x << np.uint64(64 - by))


def _two_words(u, v, factor):
    """Hash of 16 bytes given as two words."""
    a = _shift_mix((u ^ v) * factor)
    return _shift_mix((v ^ a) * factor) * factor


def _factor_of(n):
    return _K2 + n.astype(np.uint64) * np.uint64(2)


def _up_to_3(data, s, n):
    y = data.bytes(s) + (data.bytes(s + (n >> 1)) << np.uint64(8))
    z = n.astype(np.uint64) + (data.bytes(s + n - 1) << np.uint64(2))
    return _shift_mix((y * _K2) ^ (z * _K0)) * _K2


def _up_to_7(data, s, n):
    first, last = data.half_words(s), data.half_words(s + n - 4)
    return _two_words(n.astype(np.uint64) + (first << np.uint64(3)), last, _factor_of(n))


def _up_to_16(data, s, n):
    factor = _factor_of(n)
    a, b = data.words(s) + _K2, data.words(s + n - 8)
    c = _rotated(b, 37) * factor + a
    d = (_rotated(a, 25) + b) * factor
    return _two_words(c, d, factor)


def _ends(data, s, n, factor, first_factor):
    """What the cases up to 32 and up to 64 bytes share: two words at either end, mixed."""
    a, b = data.words(s) * first_factor, data.words(s + 8)
    c, d = data.words(s + n - 8) * factor, data.words(s + n - 16) * _K2
    y = _rotated(a + b, 43) + _rotated(c, 30) + d
    return a, y, _two_words(y, a + _rotated(b + _K2, 18) + c, factor)


def _up_to_32(data, s, n):
    return _ends(data, s, n, _factor_of(n), _K1)[2]


def _up_to_64(data, s, n):
    factor = _factor_of(n)
    a, y, z = _ends(data, s, n, factor, _K2)
    e, f = data.words(s + 16) * factor, data.words(s + 24)
    g = (y + data.words(s + n - 32)) * factor
    h = (z + data.words(s + n - 24)) * factor
    return _two_words(
        _rotated(e + f, 43) + _rotated(g, 30) + h, e + _rotated(f + a, 18) + g, factor
    )


def _weak(data, s, a, b):
    """A weak hash of 32 bytes with two seeds: a pair of words."""
    w, x, y, z = (data.words(s + 8 * i) for i in range(4))
    a = a + w
    b = _rotated(b + a + z, 21)
    c = a
    a = a + x + y
    b = b + _rotated(a, 44)
    return a + z, b + c


def _longer(data, s, n):
    count = len(s)
    seed = np.full(count, _SEED, np.uint64)
    y = seed * _K1 + np.uint64(113)
    z = _shift_mix(y * _K2 + np.uint64(113)) * _K2
    x = seed * _K2 + data.words(s)
    zeros = np.zeros(count, np.uint64)
    state = np.stack([x, y, z, zeros, zeros, zeros, zeros])
    blocks = (n - 1) // 64
    for block in range(int(blocks.max())):
        active = np.flatnonzero(blocks > block)
        state[:, active] = _mixed(data, s[active] + 64 * block, *state[:, active])
    return _finished(data, s, n, *state)


def _mixed(data, s, x, y, z, v0, v1, w0, w1):
    """The states after one more block of 64 bytes."""
    x = _rotated(x + y + v0 + data.words(s + 8), 37) * _K1
    y = _rotated(y + v1 + data.words(s + 48), 42) * _K1
    x = x ^ w1
    y = y + v0 + data.words(s + 40)
    z = _rotated(z + w0, 33) * _K1
    v0, v1 = _weak(data, s, v1 * _K1, x + w0)
    w0, w1 = _weak(data, s + 32, z + w1, y + data.words(s + 16))
    return z, y, x, v0, v1, w0, w1


def _finished(data, s, n, x, y, z, v0, v1, w0, w1):
    """The hash, from the states and the last 64 bytes."""
    nine = np.uint64(9)
    factor = _K1 + ((z & np.uint64(0xFF)) << np.uint64(1))
    s = s + n - 64
    w0 = w0 + ((n - 1) & 63).astype(np.uint64)
    v0 = v0 + w0
    w0 = w0 + v0
    x = _rotated(x + y + v0 + data.words(s + 8), 37) * factor
    y = _rotated(y + v1 + data.words(s + 48), 42) * factor
    x = x ^ (w1 * nine)
    y = y + v0 * nine + data.words(s + 40)
    z = _rotated(z + w0, 33) * factor
    v0, v1 = _weak(data, s, v1 * factor, x + w0)
    w0, w1 = _weak(data, s + 32, z + w1, y + data.words(s + 16))
    z, x = x, z
    left = _two_words(v0, w0, factor) + _shift_mix(y) * _K0 + z
    return _two_words(left, _two_words(v1, w1, factor) + x, factor)


_CASES = (
    (3, _up_to_3),
    (7, _up_to_7),
    (16, _up_to_16),
    (32, _up_to_32),
    (64, _up_to_64),
    (np.inf, _longer),
)
