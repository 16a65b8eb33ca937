"""What many tests need: NumPy values of any tensor, and comparison with clear messages."""

import numpy as np

from minikeras import tree
from minikeras.backend import autodiff
from minikeras.backend.xp import to_numpy


def values(x):
    """NumPy arrays for tensors of minikeras (either backend), of the oracle, or of NumPy."""

    def one(leaf):
        if leaf is None or isinstance(leaf, (bool, int, float, str)):
            return leaf
        return np.asarray(to_numpy(autodiff.plain(leaf)))

    return tree.map_structure(one, x)


def assert_close(actual, expected, rtol=1e-5, atol=1e-6, dtype=True):
    """Assert that two structures of tensors hold the same shapes, dtypes and values."""
    actual, expected = tree.flatten(values(actual)), tree.flatten(values(expected))
    assert len(actual) == len(expected)
    for a, e in zip(actual, expected):
        if e is None:
            assert a is None
            continue
        a, e = np.asarray(a), np.asarray(e)
        assert a.shape == e.shape, f"shape {a.shape}, expected {e.shape}"
        if dtype:
            assert a.dtype == e.dtype, f"dtype {a.dtype}, expected {e.dtype}"
        np.testing.assert_allclose(a, e, rtol=rtol, atol=atol)
