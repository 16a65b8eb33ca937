"""SipHash-2-4 (Aumasson and Bernstein, 2012) of many byte strings under one key.

Two rounds for each word of eight bytes, four at the end. All strings are worked on at once, word by
word; those that have ended wait for the others.
"""

import numpy as np

from minikeras.backend.hashing.packed import Packed

# The text "somepseudorandomlygeneratedbytes", with which the paper begins.
_INITIAL = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
_ALL_BITS = 2**64 - 1


def siphash24(strings, key):
    """The 64-bit hash of each string under ``key``.

    Args:
        strings: a list of bytes.
        key: two integers; negative ones count modulo 2**64.

    Returns:
        A uint64 array.

    >>> hex(siphash24([bytes(range(15))], (0x0706050403020100, 0x0F0E0D0C0B0A0908))[0])
    '0xa129ca6149be45e5'
    """
    data = Packed(strings)
    k0, k1 = (int(k) & _ALL_BITS for k in key)
    state = np.empty((4, len(data)), np.uint64)
    for row, (initial, k) in enumerate(zip(_INITIAL, (k0, k1, k0, k1))):
        state[row] = np.uint64(initial ^ k)
    words = data.lengths // 8
    for i in range(int(words.max(initial=0))):
        active = np.flatnonzero(words > i)
        state[:, active] = _absorbed(state[:, active], data.words(data.starts[active] + 8 * i))
    state = _absorbed(state, _last_words(data))
    state[2] ^= np.uint64(0xFF)
    for _ in range(4):
        state = _round(*state)
    return np.bitwise_xor.reduce(np.stack(state), axis=0)


def _last_words(data):
    """What is left of each string behind its whole words, with its length in the highest byte."""
    n = data.lengths.astype(np.uint64)
    left = n & np.uint64(7)
    kept = (np.uint64(1) << (left * np.uint64(8))) - np.uint64(1)
    return (data.words(data.starts + data.lengths // 8 * 8) & kept) | (n << np.uint64(56))


def _absorbed(state, word):
    v0, v1, v2, v3 = state
    v0, v1, v2, v3 = _round(*_round(v0, v1, v2, v3 ^ word))
    return np.stack([v0 ^ word, v1, v2, v3])


def _round(v0, v1, v2, v3):
    v0 = v0 + v1
    v2 = v2 + v3
    v1 = _left(v1, 13) ^ v0
    v3 = _left(v3, 16) ^ v2
    v0 = _left(v0, 32)
    v2 = v2 + v1
    v0 = v0 + v3
    v1 = _left(v1, 17) ^ v2
    v3 = _left(v3, 21) ^ v0
    v2 = _left(v2, 32)
    return v0, v1, v2, v3


def _left(x, by):
    return (x << np.uint64(by)) | (x >> np.uint64(64 - by))
