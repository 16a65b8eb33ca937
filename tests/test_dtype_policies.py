"""Dtype policies against Keras."""

import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras import dtype_policies
from tests.support import values


@pytest.mark.parametrize(
    "name", ["float16", "float32", "float64", "int8", "int32", "bool", "mixed_float16"]
)
def test_like_keras(name):
    ours, theirs = mk.DTypePolicy(name), keras.DTypePolicy(name)
    for attribute in ("name", "compute_dtype", "variable_dtype", "quantization_mode"):
        assert getattr(ours, attribute) == getattr(theirs, attribute)
    assert repr(ours) == repr(theirs)
    assert dtype_policies.serialize(ours) == keras.dtype_policies.serialize(theirs)
    assert dtype_policies.deserialize(dtype_policies.serialize(ours)) == ours
    assert ours == dtype_policies.FloatDTypePolicy(name)
    assert ours != name
    assert dtype_policies.get(dtype_policies.serialize(ours)) == ours


@pytest.mark.parametrize("name", ["bfloat16", "mixed_bfloat16"])
def test_no_bfloat16(name):
    with pytest.raises(ValueError, match="NumPy has no bfloat16"):
        mk.DTypePolicy(name)


def test_get():
    policy = mk.DTypePolicy("float16")
    assert dtype_policies.get(policy) is policy
    assert dtype_policies.get(None).name == "float32"
    assert dtype_policies.get(np.float64).name == "float64"
    assert dtype_policies.get(np.dtype("float16")).name == "float16"
    for wrong in ("float17", "int8_float32", 3.5):
        with pytest.raises(ValueError):
            dtype_policies.get(wrong)
    with pytest.raises(TypeError):
        mk.DTypePolicy(16)


def test_global_policy():
    assert dtype_policies.dtype_policy().name == "float32"
    dtype_policies.set_dtype_policy("mixed_float16")
    assert mk.DTypePolicy().compute_dtype == "float16"
    dtype_policies.set_dtype_policy(mk.DTypePolicy("float64"))
    assert dtype_policies.get(None).name == "float64"
    with pytest.raises(ValueError, match="mixed_float16"):
        dtype_policies.set_dtype_policy(64)
    dtype_policies.reset_dtype_policy()
    mk.config.set_floatx("float64")
    assert dtype_policies.dtype_policy().name == "float64"


def test_convert_input():
    policy = mk.DTypePolicy("mixed_float16")
    halves = np.array([1.5, 2.5])
    for given in (halves, mk.ops.convert_to_tensor(halves), mk.Variable(halves)):
        assert values(policy.convert_input(given, True, "float16")).dtype == "float16"
        kept = policy.convert_input(given, False, "float16")
        assert values(kept).dtype == "float64"
    assert values(policy.convert_input(np.array([1, 2]), True, "float16")).dtype.kind == "i"
    assert policy.convert_input(mk.KerasTensor((2,)), True, "float16").dtype == "float16"
    assert policy.convert_input(mk.KerasTensor((2,)), False, "float16").dtype == "float32"
    assert policy.convert_input([1.5], True, "float16") == [1.5]
    assert policy.convert_input(None, True, "float16") is None
    with mk.GradientTape() as tape:
        x = tape.watch(mk.ops.convert_to_tensor(halves))
        y = mk.ops.sum(policy.convert_input(x, True, "float16"))
    assert values(tape.gradient(y, x)).dtype == "float64"


def test_map_like_keras():
    made = []
    for package in (mk, keras):
        policies = package.dtype_policies.DTypePolicyMap("float32")
        policies["encoder/dense"] = "float16"
        policies["encoder/.*"] = package.DTypePolicy("mixed_float16")
        made.append(policies)
        assert policies["encoder/dense"].name == "float16"
        assert policies["encoder/query"].name == "mixed_float16"
        assert policies["decoder"].name == "float32"
        assert (policies.name, policies.compute_dtype) == ("map_float32", "float32")
        assert policies.variable_dtype == "float32"
        assert list(policies) == ["encoder/dense", "encoder/.*"]
        assert len(policies) == 2
        assert "encoder/query" not in policies
    ours, theirs = made
    form = dtype_policies.serialize(ours)
    assert form == keras.dtype_policies.serialize(theirs)
    again = dtype_policies.deserialize(form)
    assert again["encoder/query"].name == "mixed_float16"
    assert again == ours
    del again["encoder/.*"]
    assert again["encoder/query"].name == "float32"


def test_map_of_the_global_policy():
    ours, theirs = (p.dtype_policies.DTypePolicyMap() for p in (mk, keras))
    for policies in (ours, theirs):
        policies["a"] = "float16"
    form = dtype_policies.serialize(ours)
    assert form == keras.dtype_policies.serialize(theirs)
    assert ours["a"].name == "float16"
    dtype_policies.set_dtype_policy("float64")
    assert ours["b"].name == "float64"
    assert ours.name == "map_float64"


def test_map_refuses():
    policies = dtype_policies.DTypePolicyMap("float32", {"a.*": "float16", ".*b": "float64"})
    with pytest.raises(ValueError, match="several keys"):
        _ = policies["ab"]
    with pytest.raises(ValueError, match="already"):
        policies["a.*"] = "float64"
    with pytest.raises(ValueError, match="path 'c'"):
        policies["c"] = "float17"
    with pytest.raises(ValueError, match="itself"):
        dtype_policies.DTypePolicyMap(policies)
    with pytest.raises(TypeError, match="dict"):
        dtype_policies.DTypePolicyMap("float32", ["a"])
