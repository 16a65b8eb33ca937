"""Rows of op tests: a call compared with Keras on JAX in values, dtypes, gradients and shapes."""

import jax
import jax.numpy as jnp
import keras
import numpy as np

import minikeras as mk
from minikeras import ops, tree
from tests.support import assert_close, dtype_beside, values


def arrays_in(args):
    """The NumPy arrays among the arguments of a row, in nested structures too."""
    return [leaf for leaf in tree.flatten(args) if isinstance(leaf, np.ndarray)]


def on_device(args):
    """The arguments with NumPy arrays made tensors of the backend under test."""
    return tree.map_structure(
        lambda x: ops.convert_to_tensor(x) if isinstance(x, np.ndarray) else x, args
    )


def compare(name, *args, rtol=2e-5, atol=2e-6, **kwargs):
    """Assert that both libraries give the same; dtypes up to the oracle's 64 bits."""
    actual = getattr(ops, name)(*on_device(args), **kwargs)
    expected = getattr(keras.ops, name)(*args, **kwargs)
    flat, flat_expected = tree.flatten(actual), tree.flatten(_as_tree(expected))
    assert len(flat) == len(flat_expected)
    for a, e in zip(flat, flat_expected):
        e = np.asarray(e)
        if hasattr(a, "dtype"):
            assert str(a.dtype) == dtype_beside(e.dtype, *arrays_in(args)), name
        assert_close(a, e, rtol=rtol, atol=atol, dtype=False)


def _as_tree(x):
    return list(x) if isinstance(x, (list, tuple)) else x


def compare_gradients(name, *args, **kwargs):
    """Assert that both libraries give the same gradients by all float arrays of a row."""
    flat = tree.flatten(args)
    seats = [i for i, x in enumerate(flat) if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
    random = np.random.default_rng(3)

    def function_of(module, weights, convert):
        def function(*floats):
            filled = [convert(x) if isinstance(x, np.ndarray) else x for x in flat]
            for i, x in zip(seats, floats):
                filled[i] = x
            outputs = getattr(module, name)(*tree.pack_sequence_as(args, filled), **kwargs)
            outputs = tree.flatten(_as_tree(outputs))
            return sum(
                module.sum(y * w) for y, w in zip(outputs, weights) if "float" in str(y.dtype)
            )

        return function

    expected = tree.flatten(_as_tree(getattr(keras.ops, name)(*args, **kwargs)))
    weights = [random.standard_normal(np.shape(y)) for y in expected]
    floats = [flat[i] for i in seats]
    of_oracle = function_of(keras.ops, weights, jnp.asarray)
    there = jax.grad(of_oracle, tuple(range(len(seats))))(*floats)
    device_weights = [ops.convert_to_tensor(w) for w in weights]
    ours = function_of(ops, device_weights, ops.convert_to_tensor)
    here = mk.grad(ours, tuple(range(len(seats))))(*map(ops.convert_to_tensor, floats))
    assert_close(list(here), list(there), rtol=1e-5, atol=1e-6)


def compare_symbolic(name, shapes, call):
    """Assert that symbolic outputs have the shapes and dtypes of outputs of all batch sizes.

    Args:
        name: of the op.
        shapes: one entry per tensor argument: a shape with None, or a pair of it and a dtype.
        call: takes the op and the tensors, returns its outputs.
    """
    traits = [s if isinstance(s[-1], str) else (s, "float32") for s in shapes]
    op = getattr(ops, name)
    specs = tree.flatten(call(op, *(mk.KerasTensor(s, dtype) for s, dtype in traits)))
    found = []
    for batch, side in ((3, 8), (5, 12), (3, 12)):
        xs = [
            ops.zeros(
                tuple((side if i else batch) if n is None else n for i, n in enumerate(s)), dtype
            )
            for s, dtype in traits
        ]
        found.append(tree.flatten(call(op, *xs)))
    for spec, *outputs in zip(specs, *found):
        sides = [
            ns[0] if len(set(ns)) == 1 else None for ns in zip(*(values(y).shape for y in outputs))
        ]
        assert spec.shape == tuple(sides), f"{name}: {spec.shape}, found {sides}"
        assert spec.dtype == outputs[0].dtype.name
