"""Reductions and statistics beyond the rows of the oracle: any shapes, precision, errors."""

import hypothesis
import hypothesis.extra.numpy as arrays
import hypothesis.strategies as strategies
import numpy as np
import pytest

import minikeras as mk
import minikeras.ops as ops
from tests.support import assert_close, gradients_of, values

REDUCTIONS = [
    "all", "amax", "amin", "any", "logsumexp", "max", "mean", "median", "min", "nanmax", "nanmean",
    "nanmedian", "nanmin", "nanprod", "nanstd", "nansum", "nanvar", "prod", "ptp", "std", "sum",
    "var",
]  # fmt: skip
_random = np.random.default_rng(3)
RAW = np.round(_random.standard_normal((2, 3, 4)) * 2, 1)


def test_axes_given_as_a_list():
    assert ops.sum(RAW, axis=[0, 1]).shape == (4,)


@pytest.mark.parametrize("name", ["max", "min"])
def test_extreme_of_nothing(name):
    with pytest.raises(ValueError):
        getattr(ops, name)(np.ones((0, 3)), axis=0)


def test_average_with_weights_along_axes_in_any_order():
    x = np.arange(24.0, dtype="float32").reshape(2, 3, 4)
    weights = np.arange(8.0, dtype="float32").reshape(4, 2)
    expected = np.average(x, axis=(2, 0), weights=weights)
    assert_close(ops.average(x, axis=(2, 0), weights=weights), expected, dtype=False)
    with pytest.raises(ValueError, match=r"weights of average have shape \(4,\)"):
        ops.average(x, axis=1, weights=np.ones(4))


def test_quantile_of_many_places_in_one_call():
    q = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.9]])
    assert_close(ops.quantile(RAW, q, axis=1), np.quantile(RAW, q, axis=1))
    assert_close(ops.nanquantile(RAW, q, axis=1), np.quantile(RAW, q, axis=1))


def test_quantile_refuses():
    with pytest.raises(ValueError, match="method must be one of"):
        ops.quantile([1.0], 0.5, method="median_unbiased")
    with pytest.raises(ValueError, match="no quantile of no elements"):
        ops.median(np.ones((2, 0)), axis=1)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_axis_that_is_not_there(name):
    with pytest.raises(ValueError, match=r"axis|axes"):
        getattr(ops, name)(RAW, axis=3)


def test_indices_have_32_bits():
    x = np.array([[1, 3], [1, 0]])
    assert ops.bincount(x[0]).dtype == ops.argmax(x).dtype == ops.count_nonzero(x).dtype == "int32"


def test_bincount_refuses():
    with pytest.raises(ValueError, match="sparse=True"):
        ops.bincount([1], sparse=True)
    with pytest.raises(ValueError, match="integers"):
        ops.bincount([1.0])
    with pytest.raises(ValueError, match="weights of bincount"):
        ops.bincount([1], weights=[1.0, 2.0])


def test_histogram_refuses():
    x = np.array([1.0, 2.0], "float32")
    with pytest.raises(TypeError, match="bins"):
        ops.histogram(x, bins=[0, 1])
    with pytest.raises(ValueError, match="bins"):
        ops.histogram(x, bins=0)
    with pytest.raises(ValueError, match="range"):
        ops.histogram(x, range=(2, 1))
    with pytest.raises(ValueError, match="1-dimensional"):
        ops.histogram(np.ones((2, 2)))


def test_histogram_of_integers():
    x = np.array([1, 2, 2, 3], "int32")
    assert_close(ops.histogram(x, bins=3), np.histogram(x, bins=3), dtype=False)


@pytest.mark.parametrize("mode", ["valid", "same", "full"])
def test_correlate_of_complex_numbers(mode):
    x = RAW[0, 0] + 1j * RAW[0, 1]
    expected = np.correlate(x, 1j * RAW[0, 2], mode)
    assert_close(ops.correlate(x, 1j * RAW[0, 2], mode=mode), expected)


def test_correlate_refuses():
    with pytest.raises(ValueError, match="one axis"):
        ops.correlate(np.ones((2, 2)), np.ones(2))
    with pytest.raises(ValueError, match="mode"):
        ops.correlate(np.ones(2), np.ones(2), mode="circular")


def test_other_statistics_refuse():
    with pytest.raises(ValueError, match="one axis"):
        ops.digitize(RAW, np.ones((2, 2)))
    with pytest.raises(ValueError, match="matrix"):
        ops.corrcoef(RAW)
    with pytest.raises(ValueError, match="negative"):
        ops.diff([1.0], n=-1)
    with pytest.raises(ValueError, match="is out of bounds"):
        ops.diff([1.0], axis=1)


# Shapes: NumPy is the oracle, with sides of 0 and 1 and strides of any kind.


@hypothesis.settings(deadline=None, max_examples=60)
@hypothesis.given(
    shape=arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
    data=strategies.data(),
    is_transposed=strategies.booleans(),
    keepdims=strategies.booleans(),
)
def test_shapes_against_numpy(shape, data, is_transposed, keepdims):
    x = np.random.default_rng(5).standard_normal(shape).astype("float32")
    if is_transposed:
        x = x.T.copy().T
    axes = strategies.integers(-x.ndim, x.ndim - 1) if x.ndim else strategies.none()
    several = strategies.lists(axes, unique_by=lambda a: a % max(x.ndim, 1), max_size=2).map(tuple)
    axis = data.draw(strategies.one_of(strategies.none(), axes, several)) if x.ndim else None
    kept = {"axis": axis, "keepdims": keepdims}
    for name in ("sum", "prod", "any", "all"):
        assert_close(getattr(ops, name)(x, **kept), getattr(np, name)(x, **kept), atol=1e-5)
    assert_close(ops.count_nonzero(x, axis=axis), np.count_nonzero(x, axis=axis), dtype=False)
    reduced = np.sum(np.ones_like(x), axis=axis)
    if reduced.size and (reduced > 0).all():
        for name in ("max", "min", "mean", "var", "std"):
            assert_close(getattr(ops, name)(x, **kept), getattr(np, name)(x, **kept), atol=1e-5)
        assert_close(ops.logsumexp(x, **kept), np.log(np.sum(np.exp(x), **kept)), atol=1e-5)
        assert_close(ops.median(x, **kept), np.median(x, **kept), atol=1e-5)
    for name in ("sum", "prod", "mean", "var", "logsumexp"):
        if name in ("sum", "prod") or (reduced.size and (reduced > 0).all()):
            slope = gradients_of(lambda v, n=name: ops.sum(getattr(ops, n)(v, **kept)), x)
            assert slope.shape == x.shape and slope.dtype == x.dtype
    if isinstance(axis, int):
        assert_close(ops.cumsum(x, axis=axis), np.cumsum(x, axis=axis), atol=1e-5)
        assert_close(ops.cumprod(x, axis=axis), np.cumprod(x, axis=axis), atol=1e-5)
        slope = gradients_of(lambda v: ops.sum(ops.cumprod(v, axis=axis)), x)
        assert slope.shape == x.shape


# Symbolic tensors


@pytest.mark.parametrize("name", REDUCTIONS)
def test_symbolic_shape_of_reduction(name):
    f = getattr(ops, name)
    for dtype in ("float32", "int32"):
        x = mk.KerasTensor((None, 3, 4), dtype)
        wanted = str(f(np.ones((2, 3, 4), dtype)).dtype)
        assert f(x).shape == () and f(x).dtype == wanted
        assert f(x, axis=1).shape == (None, 4)
        assert f(x, axis=0).shape == (3, 4)
        assert f(x, axis=(1, 2), keepdims=True).shape == (None, 1, 1)
        assert f(mk.KerasTensor((None, None, 4), dtype), axis=-1).shape == (None, None)


def test_symbolic_shapes_of_others():
    x = mk.KerasTensor((None, 3))
    assert ops.argmax(x, axis=-1).shape == (None,) and ops.argmax(x, axis=-1).dtype == "int32"
    assert ops.cumsum(x, axis=1).shape == (None, 3)
    assert ops.quantile(x, [0.1, 0.5], axis=1).shape == (2, None)
    assert ops.count_nonzero(x, axis=1).dtype == "int32"
    assert ops.average(x, axis=0).shape == (3,)
    assert ops.correlate(mk.KerasTensor((5,)), mk.KerasTensor((3,))).shape == (3,)
    assert ops.corrcoef(mk.KerasTensor((5, 3))).shape == (5, 5)
    counts, edges = ops.histogram(mk.KerasTensor((5,)), bins=4)
    assert counts.shape == (4,) and edges.shape == (5,)
    assert ops.digitize(x, [0.1, 0.5]).shape == (None, 3)
    assert ops.trapezoid(x).shape == (None,)
    assert ops.diff(mk.KerasTensor((None, 5)), n=2).shape == (None, 3)


def test_gradient_of_quantile_by_its_place():
    x = np.array([1.0, 2.0, 4.0, 8.0])
    slope = gradients_of(lambda q: ops.quantile(x, q), np.array(0.5))
    assert float(slope) == pytest.approx(6.0)  # 3 steps to the unit, each 2 high here


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((900, 3), 0),
        ((900, 3), 1),
        ((30, 5, 40), (0, 2)),
        ((30, 5, 40), 1),
        ((8, 6, 5, 7), (0, 2, 3)),
        ((8, 6, 5, 7), (1, 2)),
        ((8, 6, 5, 7), (0, 1)),
        ((2, 9000), 1),
        ((0, 2000), 0),
        ((2000, 0), 0),
    ],
)
def test_sums_of_many_elements_are_precise(shape, axes, dtype):
    x = np.random.default_rng(0).normal(size=shape).astype(dtype)
    tolerance = 4 * np.finfo(dtype).eps * np.abs(x).sum(axis=axes).max(initial=0)
    for lay in (lambda a: a, lambda a: a[::-1], np.asfortranarray):
        found = ops.sum(mk.ops.convert_to_tensor(lay(x)), axis=axes)
        expected = lay(x).astype("float64").sum(axis=axes)
        assert_close(found, expected.astype(dtype), 0, tolerance)
        found = ops.mean(mk.ops.convert_to_tensor(lay(x)), axis=axes, keepdims=True)
        if x.size:
            expected = lay(x).astype("float64").mean(axis=axes, keepdims=True)
            assert_close(found, expected.astype(dtype), 0, tolerance)


def test_sums_pass_on_what_is_not_finite():
    x = np.ones((2000, 3), "float32")
    x[5, 0], x[7, 1] = np.inf, np.nan
    found = values(ops.sum(mk.ops.convert_to_tensor(x), axis=0))
    assert found[0] == np.inf and np.isnan(found[1]) and found[2] == 2000


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 2, 1, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
@pytest.mark.parametrize("axis", [0, -1, (0, 1), (1, 3), (0, 2, 3)])
def test_sums_of_arrays_in_any_order_in_memory(order, axis):
    x = np.random.default_rng(1).standard_normal((3, 16, 5, 7))
    turned = ops.transpose(ops.convert_to_tensor(x), order)
    expected = x.transpose(order).sum(axis=axis)
    assert_close(ops.sum(turned, axis=axis), expected)
    kept = ops.sum(turned, axis=axis, keepdims=True)
    assert_close(kept, x.transpose(order).sum(axis=axis, keepdims=True))
