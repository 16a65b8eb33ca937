"""A row of an op in both libraries: values, dtypes, gradients, shapes of symbolic tensors."""

import itertools

import jax
import jax.numpy as jnp
import keras
import numpy as np

import minikeras as mk
from minikeras import tree
from tests.oracle.record import comparing
from tests.support import assert_close, dtype_beside, oracle_in_float64, values


def compare(row, dtype):
    """Assert that a row gives the same in both libraries, its floats being of ``dtype``."""
    args, kwargs = _cast((row.args, row.kwargs), dtype)
    rtol, atol = row.tolerances[dtype]
    with oracle_in_float64():
        expected = _structure(_op(keras, row)(*args, **kwargs))
        actual = _structure(_op(mk, row)(*_on_device(args), **_on_device(kwargs)))
        with comparing(f"ops.{row.name}", "values"):
            _compare_values(actual, expected, (args, kwargs), rtol, atol)
        if row.gradients and dtype != "float16" and _seats((args, kwargs)):
            with comparing(f"ops.{row.name}", "gradients"):
                _compare_gradients(row, args, kwargs, expected, 10 * rtol, 10 * atol)
    if row.symbols:
        with comparing(f"ops.{row.name}", "symbolic shapes"):
            _compare_symbols(row, args, kwargs, actual)


def _op(library, row):
    found = library.ops
    for part in row.name.split("."):
        found = getattr(found, part)
    return found


def _is_array(x):
    return isinstance(x, np.ndarray)


def _arrays(structure):
    return [x for x in tree.flatten(structure) if _is_array(x)]


def _cast(structure, dtype):
    return tree.map_structure(
        lambda x: x.astype(dtype) if _is_array(x) and x.dtype.kind == "f" else x, structure
    )


def _on_device(structure):
    return tree.map_structure(
        lambda x: mk.ops.convert_to_tensor(x) if _is_array(x) else x, structure
    )


def _structure(outputs):
    """Named tuples and the like as lists."""
    return tree.map_structure(lambda x: x, list(outputs)) if _is_list(outputs) else outputs


def _is_list(x):
    return isinstance(x, (list, tuple))


def _compare_values(actual, expected, given, rtol, atol):
    inputs = _arrays(given)
    named = [x for x in tree.flatten(given) if isinstance(x, str)]  # a dtype asked for, say
    flat, flat_expected = tree.flatten(actual), tree.flatten(expected)
    assert len(flat) == len(flat_expected)
    for a, e in zip(flat, flat_expected):
        if isinstance(e, str):
            assert a == e
            continue
        if hasattr(a, "dtype") and hasattr(e, "dtype"):
            wanted = str(e.dtype) if str(e.dtype) in named else dtype_beside(e.dtype, *inputs)
            assert str(a.dtype) == wanted, f"dtype {a.dtype}, expected {wanted}"
        assert_close(a, e, rtol=rtol, atol=atol, dtype=False)


def _seats(structure):
    """Where arrays of floats stand among the leaves."""
    flat = tree.flatten(structure)
    return [i for i, x in enumerate(flat) if _is_array(x) and x.dtype.kind == "f"]


def _compare_gradients(row, args, kwargs, expected, rtol, atol):
    """The gradients of a weighted sum of all float outputs, by all arrays of floats."""
    given = (args, kwargs)
    flat, seats = tree.flatten(given), _seats(given)
    random = np.random.default_rng(3)
    dtype = flat[seats[0]].dtype
    directions = [random.standard_normal(np.shape(y)).astype(dtype) for y in tree.flatten(expected)]

    def total(library, convert):
        def function(*floats):
            filled = [convert(x) if _is_array(x) else x for x in flat]
            for i, x in zip(seats, floats):
                filled[i] = x
            args, kwargs = tree.pack_sequence_as(given, filled)
            outputs = tree.flatten(_structure(_op(library, row)(*args, **kwargs)))
            return sum(
                library.ops.sum(y * convert(w))
                for y, w in zip(outputs, directions)
                if "float" in str(getattr(y, "dtype", ""))
            )

        return function

    if not any("float" in str(getattr(y, "dtype", "")) for y in tree.flatten(expected)):
        return
    floats, wanted = [flat[i] for i in seats], tuple(range(len(seats)))
    there = jax.grad(total(keras, jnp.asarray), wanted)(*map(jnp.asarray, floats))
    convert = mk.ops.convert_to_tensor
    here = mk.grad(total(mk, convert), wanted)(*map(convert, floats))
    assert_close(list(here), list(there), rtol=rtol, atol=atol)


def _has_batch(row, number, x, first):
    if row.batched is not None:
        return number in row.batched
    return x.ndim > 0 and x.ndim == first.ndim and len(x) == len(first)


def _compare_symbols(row, args, kwargs, actual):
    """Symbolic tensors of known shapes and of an unknown batch stand for what came out."""
    if not _arrays((args, kwargs)):
        return
    first = _arrays((args, kwargs))[0]
    for batch_is_known in (True, False)[: 1 + row.unknown_batch]:
        numbers = itertools.count()

        def symbol(x, batch_is_known=batch_is_known, numbers=numbers):
            if not _is_array(x):
                return x
            is_known = batch_is_known or not _has_batch(row, next(numbers), x, first)
            return mk.KerasTensor(x.shape if is_known else (None, *x.shape[1:]), x.dtype.name)

        may_be_open = row.open_sides or not batch_is_known
        args_, kwargs_ = tree.map_structure(symbol, (args, kwargs))
        specs = tree.flatten(_structure(_op(mk, row)(*args_, **kwargs_)))
        for spec, y in zip(specs, tree.flatten(actual), strict=True):
            shape = values(y).shape if hasattr(y, "shape") else ()
            if not hasattr(spec, "shape"):
                continue
            assert len(spec.shape) == len(shape), (spec.shape, shape)
            matching = [n == m or (n is None and may_be_open) for n, m in zip(spec.shape, shape)]
            assert all(matching), f"symbolic shape {spec.shape}, found {shape}"
            assert spec.dtype == str(y.dtype), f"symbolic dtype {spec.dtype}, found {y.dtype}"
