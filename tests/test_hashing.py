"""Hash functions against the vectors of their authors, and against themselves string by string."""

import numpy as np
import pytest

from minikeras.backend.hashing import bins_of, decimal, fingerprint64, siphash24

# The key 00 01 ... 0f and the messages "", 00, 00 01, ... of the reference implementation.
SIPHASH_KEY = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
SIPHASH_VECTORS = {
    0: 0x726FDB47DD0E0E31,
    1: 0x74F839C593DC67FD,
    7: 0xAB0200F58B01D137,
    8: 0x93F5F5799A932462,
    15: 0xA129CA6149BE45E5,
    63: 0x958A324CEB064572,
}


@pytest.mark.parametrize("length", SIPHASH_VECTORS)
def test_siphash_of_the_reference_implementation(length):
    assert siphash24([bytes(range(length))], SIPHASH_KEY).tolist() == [SIPHASH_VECTORS[length]]


def test_strings_of_unlike_lengths_are_hashed_as_each_alone():
    rng = np.random.default_rng(0)
    strings = [rng.bytes(n) for n in rng.permutation(300)]
    for function in (fingerprint64, lambda s: siphash24(s, (1, -2))):
        together = function(strings)
        assert together.dtype == np.uint64
        alone = [function([s])[0] for s in strings]
        assert together.tolist() == [int(x) for x in alone]
        assert len(set(together.tolist())) == len(strings)


def test_no_strings():
    assert fingerprint64([]).shape == siphash24([], (0, 0)).shape == bins_of([], 3).shape == (0,)


def test_bins_are_in_range_and_integers_are_hashed_by_their_digits():
    numbers = np.arange(-500, 500)
    bins = bins_of(decimal(numbers), 7)
    assert bins.dtype == np.int64
    assert set(bins.tolist()) == set(range(7))
    assert bins.tolist() == bins_of([str(n).encode() for n in range(-500, 500)], 7).tolist()
