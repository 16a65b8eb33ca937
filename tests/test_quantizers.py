"""keras.quantizers and the dtype policies of quantized layers, against Keras."""

import json

import keras
import ml_dtypes
import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close, values

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

random = np.random.default_rng(0)
X = random.normal(size=(6, 5)).astype("float32")


def close(found, expected, **tolerances):
    found, expected = mk.tree.flatten(found), keras.tree.flatten(expected)
    assert_close(found, [np.asarray(e) for e in expected], **tolerances)


def plain(config):
    """As a file holds it: no tuples."""
    return json.loads(json.dumps(config))


@pytest.mark.parametrize("to_numpy", [False, True])
@pytest.mark.parametrize("axis", [0, -1, (0, 1)])
@pytest.mark.parametrize("value_range", [(-127, 127), (-8, 7)])
def test_abs_max_quantize(axis, value_range, to_numpy):
    flags = {"axis": axis, "value_range": value_range, "to_numpy": to_numpy}
    found = mk.quantizers.abs_max_quantize(mk.ops.convert_to_tensor(X), **flags)
    close(found, keras.quantizers.abs_max_quantize(keras.ops.convert_to_tensor(X), **flags))


@pytest.mark.parametrize("to_numpy", [False, True])
@pytest.mark.parametrize("block_size", [2, 4, 6, 10])
def test_grouped(block_size, to_numpy):
    x = np.abs(X) + 0.5
    found, expected = (
        p.quantizers.abs_max_quantize_grouped_with_zero_point(
            p.ops.convert_to_tensor(x), block_size, to_numpy=to_numpy
        )
        for p in (mk, keras)
    )
    close(found, expected)


@pytest.mark.parametrize("axis", [None, 0, (0, 1)])
def test_quantizer_objects(axis):
    ours, theirs = (p.quantizers.AbsMaxQuantizer(axis=axis) for p in (mk, keras))
    close(ours(mk.ops.convert_to_tensor(X)), theirs(X))
    assert plain(ours.get_config()) == plain(theirs.get_config())
    form = plain(mk.quantizers.serialize(ours))
    assert form == plain(keras.quantizers.serialize(theirs))
    for found in (mk.quantizers.deserialize(form), mk.quantizers.get(form)):
        assert found.get_config() == ours.get_config()
    assert mk.quantizers.get(ours) is ours and mk.quantizers.get(None) is None
    assert isinstance(mk.quantizers.get("AbsMaxQuantizer"), mk.Quantizer)
    with pytest.raises(ValueError, match="no quantizer"):
        mk.quantizers.get("nothing")
    with pytest.raises(ValueError, match="value_range must lie within"):
        mk.quantizers.AbsMaxQuantizer(value_range=(-300, 300))


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_int4_packing(axis, dtype):
    low = -8 if dtype == "int8" else 0
    x = random.integers(low, low + 16, (5, 3)).astype(dtype)
    packed, shape, length = mk.quantizers.pack_int4(mk.ops.convert_to_tensor(x), axis, dtype)
    expected = keras.quantizers.pack_int4(keras.ops.convert_to_tensor(x), axis, dtype)
    close(packed, expected[0])
    assert (shape, length) == (tuple(expected[1]), expected[2])
    assert_close(mk.quantizers.unpack_int4(packed, length, axis, dtype), x)
    with pytest.raises(TypeError, match="int8 or uint8"):
        mk.quantizers.unpack_int4(mk.ops.ones((2,)), 2)
    with pytest.raises(TypeError, match="dtype 'int8'"):
        mk.quantizers.pack_int4(mk.ops.ones((2,)))


@pytest.mark.parametrize("name", ["float8_e4m3fn", "float8_e5m2"])
def test_float8_rounding(name):
    scales = 2.0 ** np.arange(-24, 20, dtype="float32")
    x = (random.normal(size=(44, 40)) * scales[:, None]).astype("float32")
    # Halves between neighbours, zeros and both signs.
    x = np.concatenate([x.reshape(-1), np.arange(-64, 65, dtype="float32") / 16])
    found, expected = (
        p.quantizers.quantize_and_dequantize(
            p.ops.convert_to_tensor(x), p.ops.array(1.0, "float32"), name, "float32"
        )
        for p in (mk, keras)
    )
    close(found, expected, rtol=0, atol=0)
    # JAX rounds to e5m2 by way of float16, thus twice, so elsewhere the dtype itself is asked.
    scale, most = np.float32(0.3), float(ml_dtypes.finfo(name).max)
    expected = np.clip(x / scale, -most, most).astype(name).astype("float32") * scale
    assert_close(mk.quantizers.quantize_and_dequantize(x, scale, name, "float32"), expected, 0, 0)
    with pytest.raises(ValueError, match="Expected one of the formats"):
        mk.quantizers.quantize_and_dequantize(x, 1.0, "float8", "float32")


@pytest.mark.parametrize("amax", [0.0, 3.5, float("inf"), float("nan")])
def test_float8_scales(amax):
    found, expected = (
        p.quantizers.compute_float8_scale(
            p.ops.array(amax, "float32"), p.ops.array(0.25, "float32"), 448.0, margin=1
        )
        for p in (mk, keras)
    )
    close(found, expected)
    history = np.array([1.0, 5.0, 2.0], "float32")
    close(
        mk.quantizers.compute_float8_amax_history(X, mk.ops.convert_to_tensor(history)),
        keras.quantizers.compute_float8_amax_history(X, history),
    )


@pytest.mark.parametrize(
    "flags", [{}, {"num_bits": 4}, {"narrow_range": True}, {"axis": 1}, {"axis": -1, "num_bits": 2}]
)
def test_fake_quantization_and_its_gradients(flags):
    import jax

    size = (5,) if "axis" in flags else ()
    low = (-0.7 + 0.1 * random.uniform(size=size)).astype("float32")
    high = (0.9 + 0.1 * random.uniform(size=size)).astype("float32")
    g = random.normal(size=X.shape).astype("float32")

    def run(package):
        def weighted(x, low, high):
            y = package.quantizers.fake_quant_with_min_max_vars(x, low, high, **flags)
            return package.ops.sum(y * package.ops.convert_to_tensor(g))

        return weighted

    points = [mk.ops.convert_to_tensor(p) for p in (X.copy(), low, high)]
    found = mk.quantizers.fake_quant_with_min_max_vars(*points, **flags)
    close(found, keras.quantizers.fake_quant_with_min_max_vars(X, low, high, **flags))
    gradients = mk.grad(run(mk), argnums=(0, 1, 2))(*points)
    expected = jax.grad(run(keras), (0, 1, 2))(*map(jax.numpy.asarray, (X, low, high)))
    close(gradients, expected, rtol=1e-5, atol=1e-5)
    symbol = mk.quantizers.fake_quant_with_min_max_vars(mk.Input((5,)), 0.0, 1.0)
    assert symbol.shape == (None, 5)


CONFIGURATIONS = [
    lambda q: q.Int8QuantizationConfig(),
    lambda q: q.Int8QuantizationConfig(q.AbsMaxQuantizer(axis=0), None),
    lambda q: q.Int4QuantizationConfig(),
    lambda q: q.Int4QuantizationConfig(block_size=-1),
    lambda q: q.Int4QuantizationConfig(
        q.AbsMaxQuantizer(axis=0, value_range=(-8, 7)), q.AbsMaxQuantizer(), block_size=None
    ),
    lambda q: q.Float8QuantizationConfig(),
    lambda q: q.GPTQConfig(None, None, weight_bits=2, group_size=16, symmetric=True),
    lambda q: q.AWQConfig(None, None, group_size=-1, num_grid_points=5),
]


@pytest.mark.parametrize("make", CONFIGURATIONS)
def test_configurations_like_keras(make):
    ours, theirs = make(mk.quantizers), make(keras.quantizers)
    assert ours.mode == theirs.mode
    form = plain(mk.saving.serialize_keras_object(ours))
    assert form == plain(keras.saving.serialize_keras_object(theirs))
    again = mk.saving.deserialize_keras_object(form)
    assert again.get_config() == ours.get_config() and type(again) is type(ours)
    if ours.mode in ("gptq", "awq"):
        assert ours.dtype_policy_string() == theirs.dtype_policy_string()


def test_configuration_errors():
    q = mk.quantizers
    for make, message in (
        (lambda: q.Int4QuantizationConfig(q.AbsMaxQuantizer()), "one scale for each output"),
        (lambda: q.Int4QuantizationConfig(block_size=0), "block_size must be"),
        (lambda: q.Int4QuantizationConfig(q.AbsMaxQuantizer(), block_size=-1), "value_range"),
        (lambda: q.Int8QuantizationConfig(q.AbsMaxQuantizer(output_dtype="int16")), "output_dtype"),
        (lambda: q.GPTQConfig(None, None, weight_bits=5), "weight_bits"),
        (lambda: q.GPTQConfig(None, None, hessian_damping=2), "hessian_damping"),
        (lambda: q.AWQConfig(None, None, weight_bits=8), "4-bit"),
        (lambda: q.AWQConfig(None, None, group_size=0), "group_size"),
        (lambda: q.AWQConfig(None, None, num_samples=0), "num_samples"),
        (lambda: q.AWQConfig(None, None, num_grid_points=0), "num_grid_points"),
    ):
        with pytest.raises(ValueError, match=message):
            make()
    with pytest.raises(NotImplementedError, match="states no mode"):
        _ = q.QuantizationConfig().mode


POLICIES = [
    "int8_from_float32",
    "int4_from_float32",
    "int4/64_from_mixed_float16",
    "int4/-1_from_float32",
    "float8_from_mixed_float16",
    "gptq/2/32_from_float32",
    "awq/4/-1_from_float32",
]


@pytest.mark.parametrize("name", POLICIES)
def test_policies_like_keras(name):
    ours, theirs = (p.dtype_policies.get(name) for p in (mk, keras))
    assert repr(ours) == repr(theirs) and ours.name == theirs.name
    for attribute in (
        "compute_dtype",
        "variable_dtype",
        "quantization_mode",
        "block_size",
        "weight_bits",
        "group_size",
        "amax_history_length",
    ):
        assert getattr(ours, attribute, None) == getattr(theirs, attribute, None)
    form = mk.dtype_policies.serialize(ours)
    assert form == keras.dtype_policies.serialize(theirs)
    assert mk.dtype_policies.get(form) == ours
    assert ours != mk.DTypePolicy("float32")
    assert mk.dtype_policies.DTypePolicyMap(policy_map={"a": ours})["a"] == ours


def test_policy_errors():
    p = mk.dtype_policies
    for make in (
        lambda: p.QuantizedDTypePolicy("int7"),
        lambda: p.QuantizedDTypePolicy("int8", "float16"),
        lambda: p.Int4DTypePolicy("int4"),
        lambda: p.Int4DTypePolicy("int4/0"),
        lambda: p.GPTQDTypePolicy("gptq/5/2"),
        lambda: p.GPTQDTypePolicy("gptq/4/many"),
        lambda: p.AWQDTypePolicy("awq/8/2"),
        lambda: p.get("int8_float32"),
    ):
        with pytest.raises(ValueError):
            make()
    with pytest.raises(TypeError, match="amax_history_length"):
        p.QuantizedFloat8DTypePolicy("float8", amax_history_length=1.5)
    assert values(mk.ops.ones(())) == 1
