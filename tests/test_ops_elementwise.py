"""Elementwise ops beyond the rows of the oracle: pairs of dtypes, any shapes, special slopes."""

import hypothesis
import hypothesis.extra.numpy as arrays
import hypothesis.strategies as strategies
import keras
import numpy as np
import pytest

import minikeras as mk
import minikeras.ops as ops
from tests.support import assert_close, dtype_beside, gradients_of, values

DTYPES = ["bool", "uint8", "int8", "int32", "int64", "float16", "float32", "float64"]
TOLERANCE = {"float16": 4e-3, "float32": 2e-5, "float64": 2e-5}

BINARY = [
    "add", "arctan2", "divide", "divide_no_nan", "equal", "floor_divide", "fmax", "fmin", "fmod",
    "greater", "greater_equal", "heaviside", "hypot", "isclose", "less", "less_equal", "logaddexp",
    "logaddexp2", "logical_and", "logical_or", "logical_xor", "maximum", "minimum", "mod",
    "multiply", "nextafter", "not_equal", "power", "subtract", "true_divide",
]  # fmt: skip
BINARY_OF_INTEGERS = [
    "bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "gcd",
    "lcm", "left_shift", "right_shift",
]  # fmt: skip
ZERO_DIVISION = {"floor_divide", "mod", "fmod", "divide", "true_divide"}
NO_BOOLEANS = {"subtract", "floor_divide", "mod", "fmod", "power", "gcd", "lcm"}


def made(raw, dtype):
    """An array of ``dtype`` with those of the values that it can hold."""
    raw = np.array(raw, "float64")
    if dtype[0] != "f":
        raw = raw[np.isfinite(raw)]
        raw = np.abs(raw) if dtype[0] == "u" else raw
    return raw.astype(dtype)


def compare(name, *args, dtype=True, **kwargs):
    """Assert that both libraries give the same; dtypes up to the oracle's taste for 64 bits."""
    actual = getattr(ops, name)(*args, **kwargs)
    expected = np.asarray(getattr(keras.ops, name)(*args, **kwargs))
    if dtype:
        assert str(actual.dtype) == dtype_beside(expected.dtype, *args), name
    precision = {str(getattr(a, "dtype", "")) for a in args}
    tolerance = max((TOLERANCE.get(p, 2e-5) for p in precision), default=2e-5)
    assert_close(actual, expected, rtol=tolerance, atol=tolerance / 10, dtype=False)


def sampled(cases, step):
    """Every ``step``-th case as it is, the others for the long run."""
    return [
        case if i % step == 0 else pytest.param(*case, marks=pytest.mark.long)
        for i, case in enumerate(cases)
    ]


def test_unary_functions_where_keras_refuses():
    for name in ("negative", "sign"):
        with pytest.raises(TypeError):
            getattr(ops, name)(np.array([True, False]))
    assert ops.round(np.array([True, False])).dtype == "bool"
    for dtype in DTYPES[:5]:
        assert ops.erf(np.ones(2, dtype)).dtype == ops.rsqrt(np.ones(2, dtype)).dtype == "float32"


# Beside a Python float these three alone widen half precision in Keras, though its own inference
# of dtypes says that they do not.
WIDENED = ("arctan2", "logaddexp", "logaddexp2")

BINARY_CASES = [
    (name, first, second)
    for name in BINARY
    for first in DTYPES
    for second in [*DTYPES, 2, 2.0, True]
    if not (name in NO_BOOLEANS and first == "bool" and second in ("bool", True))
    and not (name in WIDENED and first == "float16" and second == 2.0)
]


@pytest.mark.parametrize("name, first, second", sampled(BINARY_CASES, 13))
def test_binary_function(name, first, second):
    left, right = [-2.5, -1.0, 0.0, 1.0, 5.5], [-1.5, 0.0, 1.0, 2.0, 3.0]
    if name == "power":
        left, right = [0.25, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0]
    x = made(left, first)[:, None]
    y = made(right, second) if isinstance(second, str) else second
    if name in ZERO_DIVISION and isinstance(second, str):
        y = y[y != 0]
    compare(name, x, y)


@pytest.mark.parametrize("name", BINARY_OF_INTEGERS)
@pytest.mark.parametrize("first", ["uint8", "int8", "int32", "int64"])
def test_binary_function_of_integers(name, first):
    x = made([0, 1, 5, 12], first)
    for second in ("int8", "int32", "uint8"):
        compare(name, x, made([1, 2, 3, 4], second))
    compare(name, x, 2)


def test_python_numbers_stay_weak():
    assert ops.add(2, 3).dtype == "int32"
    assert ops.add(2, 0.5).dtype == "float32"
    assert ops.multiply(True, 2.0).dtype == "float32"
    assert ops.true_divide(1, 2).dtype == "float32"
    assert ops.add(np.ones(2, "float16"), 2.0).dtype == "float16"
    assert ops.add(np.float32(1), np.ones(2, "float16")).dtype == "float32"
    assert ops.exp(2).dtype == "float32"
    assert float(ops.maximum(1, 2)) == 2


def test_floatx_sets_the_dtype_of_python_floats():
    try:
        mk.config.set_floatx("float16")
        assert ops.exp(2).dtype == "float16"
        assert ops.add(np.ones(2, "int32"), 1.5).dtype == "float16"
    finally:
        mk.config.set_floatx("float32")
    assert ops.add(np.ones(2, "int32"), 1.5).dtype == "float32"


@pytest.mark.parametrize(
    "low, high",
    [(1, 2), (0.5, 1.5), (np.int32([0, 1, 2]), np.int32([1, 1, 2])), (np.float32(0.5), 2)],
)
@pytest.mark.parametrize("dtype", DTYPES)
def test_clip(dtype, low, high):
    x = np.array([0, 1, 3], dtype)
    expected = np.asarray(keras.ops.clip(x, low, high))
    actual = ops.clip(x, low, high)
    assert str(actual.dtype) == dtype_beside(expected.dtype, x, low, high)
    assert_close(actual, expected, dtype=False)


def test_where():
    assert ops.where(True, 1, 2.0).dtype == "float32"
    assert ops.where([True], np.ones(1, "float16"), 2).dtype == "float16"
    assert ops.where(np.array([True]), np.ones(1, "int8"), np.ones(1, "uint8")).dtype == "int16"
    assert values(ops.where([0, 3, 0, 1]))[0].tolist() == [1, 3]
    with pytest.raises(ValueError, match="no x2"):
        ops.where([True], 1.0)


def test_ldexp_refuses_exponents_of_floats():
    with pytest.raises(TypeError, match=r"integer dtype.*float32"):
        ops.ldexp([0.5], np.ones(1, "float32"))


def test_divmod():
    quotient, rest = ops.divmod(np.array([7.5, -7.5]), 2.0)
    assert values(quotient).tolist() == [3.0, -4.0]
    assert values(rest).tolist() == [1.5, 0.5]


# Shapes: NumPy is the oracle, with sides of 0 and 1, broadcasting, and strides of any kind.

_SHAPES = arrays.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, min_side=0, max_side=3)


def _laid_out(x, layout):
    """The same values, in memory as ``layout`` says."""
    if layout == "transposed":
        return x.T.copy().T
    if layout == "strided":
        wide = np.repeat(x[..., None], 2, axis=-1)
        return wide[..., 0]
    return x[::-1][::-1] if x.ndim else x


@hypothesis.settings(deadline=None, max_examples=60)
@hypothesis.given(
    shapes=_SHAPES,
    layout=strategies.sampled_from(["transposed", "strided", "reversed"]),
    seed=strategies.integers(0, 99),
)
def test_shapes_against_numpy(shapes, layout, seed):
    random = np.random.default_rng(seed)
    first, second = shapes.input_shapes
    x = _laid_out(random.standard_normal(first).astype("float32"), layout)
    y = _laid_out(random.standard_normal(second).astype("float32") + 3, layout)
    for name in ("add", "multiply", "true_divide", "maximum", "arctan2", "less"):
        assert_close(getattr(ops, name)(x, y), getattr(np, name)(x, y))
    assert_close(ops.where(x > 0, x, y), np.where(x > 0, x, y))
    assert_close(ops.clip(y, 2.5, 3.5), np.clip(y, np.float32(2.5), np.float32(3.5)))
    for name in ("exp", "tanh", "sign", "floor", "square", "isnan"):
        assert_close(getattr(ops, name)(x), getattr(np, name)(x))
    assert_close(ops.rsqrt(y + 5), 1 / np.sqrt(y + 5))

    def loss(a, b):
        return ops.sum(ops.multiply(ops.exp(ops.multiply(a, 0.1)), ops.square(b)))

    by_x, by_y = gradients_of(loss, x, y)
    wide = np.broadcast_to(np.exp(x * 0.1), shapes.result_shape)
    full_x = wide * 0.1 * y**2
    full_y = wide * 2 * y
    assert_close(by_x, _summed_to(full_x, first), rtol=1e-4, atol=1e-4)
    assert_close(by_y, _summed_to(full_y, second), rtol=1e-4, atol=1e-4)


def _summed_to(full, shape):
    full = full.sum(axis=tuple(range(full.ndim - len(shape))))
    axes = tuple(i for i, n in enumerate(shape) if n == 1)
    return np.asarray(full.sum(axis=axes, keepdims=True), "float32").reshape(shape)


# Symbolic tensors: shapes and dtypes are those of the computation.


@pytest.mark.parametrize("name", BINARY)
def test_symbolic_shape_of_binary_function(name):
    f = getattr(ops, name)
    x, y = mk.KerasTensor((None, 1, 3)), mk.KerasTensor((4, 1), "float16")
    assert f(x, y).shape == (None, 4, 3)
    assert f(x, y).dtype == str(f(np.ones(2, "float32"), np.ones(2, "float16")).dtype)
    assert f(x, 2.0).shape == (None, 1, 3)
    assert f(x, mk.KerasTensor((None, 5, 1))).shape == (None, 5, 3)


def test_operators_call_the_ops():
    x = mk.KerasTensor((None, 2))
    for y in (x + 1, 1 - x, x * x, 2 / x, x // 2, x % 2, x**2, -x, abs(x)):
        assert y.shape == (None, 2) and y.dtype == "float32"
    for y in (x < 1, x >= x, x == 0, x != 0, (x > 0) & (x < 1), ~(x > 0)):
        assert y.shape == (None, 2) and y.dtype == "bool"
    quotient, rest = divmod(x, 2)
    assert quotient.shape == rest.shape == (None, 2)


# Gradients where neither finite differences nor the oracle say anything.


def test_gradient_where_the_other_branch_is_nan():
    def loss(x):
        return ops.sum(ops.where(x > 0, ops.sqrt(ops.where(x > 0, x, 1.0)), 0.0))

    assert values(gradients_of(loss, np.array([-1.0, 0.0, 4.0]))).tolist() == [0.0, 0.0, 0.25]


def test_absolute_has_slope_zero_at_zero():
    slope = gradients_of(lambda x: ops.sum(ops.abs(x)), np.array([0.0, -2.0]))
    assert values(slope).tolist() == [0, -1]


def test_second_derivative_of_sinc_at_zero():
    second = mk.grad(mk.grad(lambda x: ops.sinc(x)))(0.0)
    assert float(second) == pytest.approx(-(np.pi**2) / 3, rel=1e-6)


def test_power_with_a_python_exponent_is_the_same():
    x = np.array([0.5, -2.0, 3.0])
    for exponent in (0, 1, 2, 3, 2.0, -1.0):
        assert_close(ops.power(x, exponent), x**exponent)
        plain = gradients_of(lambda v, n=exponent: ops.sum(ops.power(v, n)), x)
        exponents = np.full(3, float(exponent))
        tensor = gradients_of(lambda v, n=exponents: ops.sum(ops.power(v, n)), x)
        assert_close(plain, tensor)


@pytest.mark.parametrize(("dtype", "most"), [("float32", 8), ("float64", 2)])
def test_erf_is_right_to_a_few_units_in_the_last_place(dtype, most, monkeypatch):
    import scipy.special

    tiny = np.finfo(dtype).tiny
    x = np.concatenate([np.linspace(-5, 5, 40001), 10.0 ** np.arange(-30, 5), [0, tiny, -tiny]])
    x = x.astype(dtype)
    expected = scipy.special.erf(x.astype("float64"))
    runs = []
    for threads in (1, 3):
        monkeypatch.setitem(mk.config._workers, "threads", threads)
        runs.append(values(ops.erf(mk.ops.convert_to_tensor(x))))
    assert runs[0].dtype == dtype
    np.testing.assert_array_equal(*runs)
    units = np.abs(runs[0] - expected) / np.spacing(np.abs(expected).astype(dtype))
    assert units.max() <= most
    assert np.abs(runs[0]).max() <= 1


def test_erf_of_what_is_not_finite_and_of_odd_shapes():
    import scipy.special

    found = values(ops.erf(mk.ops.convert_to_tensor(np.float32([np.inf, -np.inf, np.nan]))))
    np.testing.assert_array_equal(found, [1, -1, np.nan])
    x = np.linspace(-1, 1, 24, dtype="float32").reshape(2, 3, 4)[:, ::-1, ::2]
    tensor = mk.ops.convert_to_tensor(np.linspace(-1, 1, 24, dtype="float32").reshape(2, 3, 4))
    expected = scipy.special.erf(x)
    np.testing.assert_allclose(values(ops.erf(tensor[:, ::-1, ::2])), expected, 1e-6)
    assert values(ops.erf(mk.ops.convert_to_tensor(np.float32(0.5)))).shape == ()
    assert ops.erf(mk.ops.zeros((0, 3))).shape == (0, 3)
