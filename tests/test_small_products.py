"""Products as stacks of small ones, cuts of work, bounds: plain NumPy is the oracle."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from minikeras.backend import bounds, small_products, threads
from minikeras.backend.xp import xp
from tests.support import assert_close, values


@pytest.fixture(params=[True, False], autouse=True)
def small(request, monkeypatch):
    """With small kernels and without, whatever the processor; small sizes for what is small."""
    monkeypatch.setattr(small_products, "helps", lambda: request.param)
    monkeypatch.setattr(small_products, "MOST", 20_000)
    monkeypatch.setattr(small_products, "_MOST_OF_OUTER", 1024)


def drawn(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


@pytest.mark.parametrize("lead", [(), (3,), (2, 2)])
@pytest.mark.parametrize(
    "count, length, width",
    [(96, 18, 8), (100, 18, 8), (50, 96, 16), (77, 150, 33), (5, 18, 8), (200, 5000, 8)],
)
def test_rows(lead, count, length, width):
    a, matrix = drawn(*lead, count, length), drawn(length, width)
    out = xp.full((*lead, count, width), xp.nan)
    with threads.scratch() as take:
        small_products.rows(xp.asarray(a), xp.asarray(matrix), out, take)
    assert_close(out, a @ matrix, rtol=1e-12, atol=1e-12)


def test_rows_of_windows_that_overlap():
    line = xp.asarray(drawn(450))
    a = xp.lib.stride_tricks.as_strided(line, (3, 90, 30), (240, 32, 8))
    matrix, out = xp.asarray(drawn(30, 8)), xp.empty((3, 90, 8))
    with threads.scratch() as take:
        small_products.rows(a, matrix, out, take)
    assert_close(out, values(a) @ values(matrix), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "length, height, width",
    [(640, 9, 16), (700, 9, 16), (700, 100, 24), (64, 9, 4), (700, 3, 2000)],
)
def test_outer(length, height, width):
    a, b = drawn(length, height), drawn(length, width)
    out = xp.full((height, width), xp.nan)
    with threads.scratch() as take:
        small_products.outer(xp.asarray(a), xp.asarray(b), out, take)
    assert_close(out, a.T @ b, rtol=1e-11, atol=1e-11)


@given(st.integers(0, 1000), st.integers(0, 300), st.integers(0, 300))
def test_slices(count, most, least):
    found = threads.slices(count, most, least)
    assert [i for s in found for i in range(s.start, s.stop)] == list(range(count))
    assert all(s.stop - s.start <= max(most, 1) for s in found)
    lengths = [s.stop - s.start for s in found[:-1]]
    assert len(set(lengths)) <= 1


@pytest.mark.parametrize("number", [0, -1.5, 2])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (5000,), (70, 80)])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32"])
def test_bounds(number, shape, dtype):
    x = (drawn(*shape, 1)[..., 0] * 3).astype(dtype)
    if dtype != "int32" and x.size:
        x.reshape(-1)[0] = np.nan
    for ours, numpys in ((bounds.at_least, np.maximum), (bounds.at_most, np.minimum)):
        for args in ((x, number), (number, x)):
            found = ours(*(xp.asarray(a) if a is x else a for a in args))
            assert_close(found, numpys(*args), rtol=0, atol=0)
