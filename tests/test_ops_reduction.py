"""Reductions, their kin that leave NaN out, and statistics, against Keras on JAX and NumPy."""

import hypothesis
import hypothesis.extra.numpy as arrays
import hypothesis.strategies as strategies
import jax
import keras
import numpy as np
import pytest

import minikeras as mk
import minikeras.ops as ops
from tests.support import assert_close, dtype_beside, gradients_of, values

DTYPES = ["bool", "uint8", "int8", "int32", "int64", "float16", "float32", "float64"]
TOLERANCE = {"float16": 4e-3, "float32": 2e-5, "float64": 2e-5}
NAN, INF = float("nan"), float("inf")

REDUCTIONS = [
    "all", "amax", "amin", "any", "logsumexp", "max", "mean", "median", "min", "nanmax", "nanmean",
    "nanmedian", "nanmin", "nanprod", "nanstd", "nansum", "nanvar", "prod", "ptp", "std", "sum",
    "var",
]  # fmt: skip
POSITIONS = ["argmax", "argmin", "nanargmax", "nanargmin"]
CUMULATIVE = ["cumprod", "cumsum", "nancumprod", "nancumsum"]
AXES = [None, 1, -1, (0, 2), [0, 1]]
INDICES = {*POSITIONS, "count_nonzero"}

_random = np.random.default_rng(3)
RAW = np.round(_random.standard_normal((2, 3, 4)) * 2, 1)
HOLEY = np.where(_random.random((2, 3, 4)) < 0.4, NAN, RAW)
HOLEY[0, 1] = NAN


def made(dtype):
    return (np.abs(RAW) if dtype[0] == "u" else RAW).astype(dtype)


def compare(name, *args, rtol=None, atol=None, **kwargs):
    """Assert that both libraries give the same; dtypes up to the oracle's taste for 64 bits."""
    actual = getattr(ops, name)(*args, **kwargs)
    expected = np.asarray(getattr(keras.ops, name)(*args, **kwargs))
    wanted = "int32" if name in INDICES else dtype_beside(expected.dtype, *args)
    # Sums of integers are as wide as the widest of the operand and 32 bits.
    if name in ("sum", "prod", "nansum", "nanprod") and args[0].dtype.itemsize < 8:
        wanted = {"int64": "int32", "uint64": "uint32"}.get(wanted, wanted)
    assert str(actual.dtype) == wanted
    rtol = rtol or TOLERANCE.get(str(args[0].dtype), 2e-5)
    assert_close(actual, expected, rtol=rtol, atol=atol or rtol / 5, dtype=False)


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_reduction(name, dtype):
    if name == "ptp" and dtype == "bool":
        pytest.skip("booleans have no difference")
    compare(name, made(dtype), axis=(0, 2))


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("axis", AXES)
def test_axes_of_reduction(name, axis):
    oracle_axis = tuple(axis) if isinstance(axis, list) else axis
    x = RAW.astype("float32")
    for keepdims in (False, True):
        actual = getattr(ops, name)(x, axis=axis, keepdims=keepdims)
        expected = getattr(keras.ops, name)(x, axis=oracle_axis, keepdims=keepdims)
        assert_close(actual, expected, rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize("name", [n for n in REDUCTIONS if n.startswith("nan")])
def test_nan_is_left_out(name):
    for axis in (None, 1, -1, (0, 2)):
        x = HOLEY.astype("float32")
        compare(name, x, axis=axis)
        if name not in ("nansum", "nanprod", "nanmax", "nanmin"):
            compare(name, x, axis=axis, keepdims=True)


@pytest.mark.parametrize("name", [n for n in REDUCTIONS if not n.startswith("nan")])
def test_nan_spreads(name):
    if name in ("any", "all"):
        pytest.skip("NaN counts as true")
    x = HOLEY.astype("float32")
    compare(name, x, axis=1)


@pytest.mark.parametrize("name", POSITIONS)
def test_position(name):
    for dtype in DTYPES:
        compare(name, made(dtype), axis=1)
    for axis in (None, 0, -1):
        compare(name, RAW, axis=axis)
        compare(name, RAW, axis=axis, keepdims=True)
    ties = np.array([[1, 3, 3], [0, 0, -1]])
    compare(name, ties, axis=1)
    if name.startswith("nan"):
        compare(name, HOLEY, axis=-1)
        compare(name, HOLEY, axis=0)


@pytest.mark.parametrize("name", CUMULATIVE)
def test_cumulative(name):
    for dtype in DTYPES:
        compare(name, made(dtype), axis=1)
    for axis in (None, 0, -1):
        compare(name, HOLEY.astype("float32"), axis=axis)
    compare(name, made("int8"), axis=0, dtype="float32")


def test_count_nonzero():
    for axis in (None, 1, (0, 2)):
        compare("count_nonzero", np.trunc(RAW), axis=axis)
    compare("count_nonzero", RAW > 0)


def test_prod_in_another_dtype():
    compare("prod", made("int8"), axis=1, dtype="float32")
    compare("prod", made("float32"), axis=1, dtype="int32")


@pytest.mark.parametrize("name", ["max", "min"])
def test_initial(name):
    for initial in (None, 5.0, 0, -1):
        compare(name, np.array([1, 2], "int32"), initial=initial)
        compare(name, np.array([1.0, 2.0]), initial=initial)
    compare(name, np.ones((0, 3)), axis=0, initial=2.0)
    compare(name, np.ones((0, 3)), axis=0, initial=2.0, keepdims=True)
    with pytest.raises(ValueError):
        getattr(ops, name)(np.ones((0, 3)), axis=0)


def test_logsumexp_of_extremes():
    for x in ([1000.0, 999.0], [-1000.0, -1001.0], [-INF, 1.0], [INF, 1.0], [-INF, -INF]):
        compare("logsumexp", np.array(x, "float32"))


def test_variance_of_half_precision_does_not_overflow():
    x = np.array([300.0, -300.0, 200.0], "float16")
    compare("var", x)
    compare("std", x)


def test_average():
    x = np.arange(24.0, dtype="float32").reshape(2, 3, 4)
    compare("average", x)
    compare("average", x, axis=1)
    compare("average", x, weights=x + 1)
    compare("average", x, axis=(0, 1), weights=x + 1)
    compare("average", x, axis=1, weights=np.array([1, 2, 3]))
    expected = np.average(x, axis=(2, 0), weights=np.arange(8.0).reshape(4, 2))
    found = ops.average(x, axis=(2, 0), weights=np.arange(8.0, dtype="float32").reshape(4, 2))
    assert_close(found, expected, dtype=False)
    with pytest.raises(ValueError, match=r"weights of average have shape \(4,\)"):
        ops.average(x, axis=1, weights=np.ones(4))


# Statistics


@pytest.mark.parametrize("method", ["linear", "lower", "higher", "midpoint", "nearest"])
def test_quantile(method):
    x = np.array([[1, 7, 3.5], [2, 8, 4], [16, 32, 11], [0, 5, 6]], "float32")
    for q in (0.5, [0.0, 0.1, 0.3, 0.5, 0.7, 1.0]):
        for axis in (None, 0, 1):
            for keepdims in (False, True):
                how = {"axis": axis, "method": method, "keepdims": keepdims}
                expected = np.asarray(keras.ops.quantile(x, q, **how), "float32")
                assert_close(ops.quantile(x, q, **how), expected)
                assert_close(ops.percentile(x, np.multiply(q, 100), **how), expected)
    assert_close(ops.quantile(x, 0.3, axis=(0, 1)), ops.quantile(x, 0.3))


def test_quantile_of_many_places_in_one_call():
    q = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.9]])
    assert_close(ops.quantile(RAW, q, axis=1), np.quantile(RAW, q, axis=1))
    assert_close(ops.nanquantile(RAW, q, axis=1), np.quantile(RAW, q, axis=1))


def test_quantile_of_nan():
    x = HOLEY.astype("float32")
    for axis in (None, 0, -1):
        expected = np.asarray(keras.ops.nanquantile(x, [0.2, 0.5], axis=axis), "float32")
        assert_close(ops.nanquantile(x, [0.2, 0.5], axis=axis), expected)
        assert_close(ops.nanpercentile(x, [20, 50], axis=axis), expected)
        expected = np.asarray(keras.ops.quantile(x, [0.2, 0.5], axis=axis), "float32")
        assert_close(ops.quantile(x, [0.2, 0.5], axis=axis), expected)


def test_quantile_refuses():
    with pytest.raises(ValueError, match="method must be one of"):
        ops.quantile([1.0], 0.5, method="median_unbiased")
    with pytest.raises(ValueError, match="no quantile of no elements"):
        ops.median(np.ones((2, 0)), axis=1)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_axis_that_is_not_there(name):
    with pytest.raises(ValueError, match=r"axis|axes"):
        getattr(ops, name)(RAW, axis=3)


def test_bincount():
    x = np.array([1, 3, 1, 0])
    weights = np.array([0.5, 1, 2, 4], "float32")
    for kwargs in ({}, {"minlength": 6}, {"weights": weights}):
        assert_close(ops.bincount(x, **kwargs), keras.ops.bincount(x, **kwargs), dtype=False)
    rows = np.array([[1, 3], [3, 0]])
    assert_close(ops.bincount(rows), keras.ops.bincount(rows), dtype=False)
    weights = np.array([[1.0, 2.0], [3.0, 4.0]])
    expected = keras.ops.bincount(rows, weights=weights, minlength=5)
    assert_close(ops.bincount(rows, weights=weights, minlength=5), expected)
    assert ops.bincount(x).dtype == "int32"
    assert values(ops.bincount(np.array([], "int32"), minlength=2)).tolist() == [0, 0]
    slope = gradients_of(lambda w: ops.sum(ops.square(ops.bincount(x, weights=w))), np.ones(4))
    assert_close(slope, np.array([4.0, 2.0, 4.0, 2.0]))


def test_bincount_refuses():
    with pytest.raises(ValueError, match="sparse=True"):
        ops.bincount([1], sparse=True)
    with pytest.raises(ValueError, match="integers"):
        ops.bincount([1.0])
    with pytest.raises(ValueError, match="weights of bincount"):
        ops.bincount([1], weights=[1.0, 2.0])


def test_histogram():
    x = np.array([1.0, 2.0, 2.0, 3.5, 7.0], "float32")
    for kwargs in ({}, {"bins": 3}, {"bins": 4, "range": (0, 4)}):
        assert_close(ops.histogram(x, **kwargs), tuple(keras.ops.histogram(x, **kwargs)))
    integers = np.array([1, 2, 2, 3], "int32")
    assert_close(ops.histogram(integers, bins=3), np.histogram(integers, bins=3), dtype=False)
    with pytest.raises(TypeError, match="bins"):
        ops.histogram(x, bins=[0, 1])
    with pytest.raises(ValueError, match="bins"):
        ops.histogram(x, bins=0)
    with pytest.raises(ValueError, match="range"):
        ops.histogram(x, range=(2, 1))
    with pytest.raises(ValueError, match="one axis"):
        ops.histogram(np.ones((2, 2)))


def test_digitize():
    x = np.array([[0.5, 1.0], [7.0, -1.0]])
    bins = np.array([0.0, 1.0, 2.5])
    assert_close(ops.digitize(x, bins), np.digitize(x, bins).astype("int32"))
    integers = x.astype("int32")
    assert_close(ops.digitize(integers, bins), np.digitize(integers, bins), dtype=False)
    with pytest.raises(ValueError, match="one axis"):
        ops.digitize(x, np.ones((2, 2)))


def test_corrcoef():
    x = RAW[0].astype("float32")
    compare("corrcoef", x)
    compare("corrcoef", x[0])
    compare("corrcoef", np.array([[1, 2, 3], [3, 1, 0]], "int32"))
    compare("corrcoef", x + 1j * x[::-1])
    with pytest.raises(ValueError, match="matrix"):
        ops.corrcoef(RAW)


@pytest.mark.parametrize("mode", ["valid", "same", "full"])
def test_correlate(mode):
    for n, m in ((5, 3), (5, 2), (3, 3), (2, 5), (3, 4), (1, 4)):
        x, y = RAW.reshape(-1)[:n], RAW.reshape(-1)[-m:]
        compare("correlate", x, y, mode=mode)
    assert ops.correlate(np.array([1, 2]), np.array([1]), mode=mode).dtype == "float32"
    complex_x = RAW[0, 0] + 1j * RAW[0, 1]
    expected = np.correlate(complex_x, 1j * RAW[0, 2], mode)
    assert_close(ops.correlate(complex_x, 1j * RAW[0, 2], mode=mode), expected)


def test_correlate_refuses():
    with pytest.raises(ValueError, match="one axis"):
        ops.correlate(np.ones((2, 2)), np.ones(2))
    with pytest.raises(ValueError, match="mode"):
        ops.correlate(np.ones(2), np.ones(2), mode="circular")


def test_trapezoid():
    y = RAW.astype("float32")
    compare("trapezoid", y)
    compare("trapezoid", y, axis=1, dx=0.5)
    places = np.array([0.0, 1.0, 3.0], "float32")
    compare("trapezoid", y, x=places, axis=1)
    compare("trapezoid", y, x=np.cumsum(np.abs(y), axis=1), axis=1)
    compare("trapezoid", np.array([1, 2, 3], "int32"))


def test_diff():
    for n in (0, 1, 2):
        compare("diff", RAW.astype("float32"), n=n, axis=1)
    compare("diff", np.array([1, 4, 2], "uint8"))
    compare("diff", np.array([True, False, False]))
    assert ops.diff(mk.KerasTensor((None, 5)), n=2).shape == (None, 3)
    with pytest.raises(ValueError, match="negative"):
        ops.diff([1.0], n=-1)
    with pytest.raises(ValueError, match="no axis"):
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


# Gradients at ties, zeros and NaN

GRADIENTS = [
    ("max", [[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]], {"axis": 1}),
    ("min", [[1.0, 1.0, 3.0], [2.0, 2.0, 2.0]], {"axis": None}),
    ("prod", [[1.0, 0.0, 3.0], [0.0, 0.0, 2.0]], {"axis": 1}),
    ("cumprod", [[1.0, 0.0, 3.0], [0.0, 4.0, 2.0]], {"axis": 1}),
    ("logsumexp", [[1000.0, 999.0, -INF], [1.0, 2.0, 3.0]], {"axis": 1}),
    ("std", [[1.0, 2.0, 4.0], [0.0, 4.0, 2.0]], {"axis": 1}),
    ("median", [[1.0, 2.0, 4.0], [0.0, 4.0, 2.0]], {"axis": None}),
    ("nansum", [[1.0, NAN, 4.0], [0.0, 4.0, 2.0]], {"axis": 0}),
    ("nanmean", [[1.0, NAN, 4.0], [0.0, 4.0, 2.0]], {"axis": 0}),
    ("nanvar", [[1.0, NAN, 4.0], [0.0, 4.0, 2.0]], {"axis": 1}),
    ("nanmax", [[1.0, NAN, 4.0], [4.0, 4.0, 2.0]], {"axis": 1}),
    ("nancumprod", [[1.0, NAN, 4.0], [4.0, 0.0, 2.0]], {"axis": 1}),
    ("average", [[1.0, 2.0, 4.0]], {"axis": 1, "weights": np.array([1.0, 2.0, 4.0])}),
]


@pytest.mark.parametrize("name, x, settings", GRADIENTS)
def test_gradient(name, x, settings):
    def loss(library):
        def compute(a):
            y = getattr(library, name)(a, **settings)
            return library.sum(y * np.arange(1.0, 1 + np.prod(y.shape)).reshape(y.shape))

        return compute

    x = np.array(x)
    expected = jax.grad(loss(keras.ops))(x)
    assert_close(gradients_of(loss(ops), x), expected, rtol=1e-5, dtype=False)


def test_gradient_of_quantile_by_its_place():
    x = np.array([1.0, 2.0, 4.0, 8.0])
    slope = gradients_of(lambda q: ops.quantile(x, q), np.array(0.5))
    assert float(slope) == pytest.approx(6.0)  # 3 steps to the unit, each 2 high here


def test_gradient_of_corrcoef():
    x = RAW[0]

    def loss(library):
        return lambda a: library.sum(library.corrcoef(a) * np.arange(9.0).reshape(3, 3))

    assert_close(gradients_of(loss(ops), x), jax.grad(loss(keras.ops))(x), rtol=1e-5, atol=1e-7)


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
