"""Hash functions of byte strings, on the host: FarmHash and SipHash, as TensorFlow numbers bins."""

import numpy as np

from minikeras.backend.hashing.farmhash import fingerprint64
from minikeras.backend.hashing.siphash import siphash24

__all__ = ["bins_of", "cross_fingerprints", "decimal", "fingerprint64", "siphash24"]


def bins_of(strings, num_bins, salt=None):
    """A bin for each byte string: its hash modulo ``num_bins``.

    Args:
        strings: a list of bytes.
        num_bins: how many bins there are.
        salt: two integers, the key of SipHash-2-4; None for FarmHash's Fingerprint64.

    Returns:
        An int64 array, one number in ``[0, num_bins)`` for each string.

    >>> bins_of([b"a", b"b", b"c"], 4).tolist()
    [3, 2, 0]
    """
    hashes = fingerprint64(strings) if salt is None else siphash24(strings, salt)
    return (hashes % np.uint64(num_bins)).astype(np.int64)


def decimal(integers):
    """The integers of an array, of any shape, as a list of bytes in decimal digits.

    >>> decimal(np.array([3, -12]))
    [b'3', b'-12']
    """
    return [b"%d" % i for i in integers.ravel().tolist()]


# The last factor is that of MurmurHash64A.
_CAT = np.uint64(0xC6A4A7935BD1E995)
_CROSS_KEY = 0xDECAFCAFFE


def cross_fingerprints(columns):
    """One hash for each row of several columns of hashes.

    ``h <- cat(h, column)`` for one column after the other, from the constant with which TensorFlow
    begins in ``tf.sparse.cross_hashed``; ``cat`` is its FingerprintCat64.

    Args:
        columns: uint64 arrays of equal lengths.
    """
    found = np.full(columns[0].shape, _CROSS_KEY, np.uint64)
    for column in columns:
        found = _concatenated(found, column)
    return found


def _concatenated(first, second):
    mixed = _shift_mix(second * _CAT) * _CAT
    found = ((first ^ _CAT) ^ mixed) * _CAT
    return _shift_mix(_shift_mix(found) * _CAT)


def _shift_mix(x):
    return x ^ (x >> np.uint64(47))
