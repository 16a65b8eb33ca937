"""Calls that replays spell with Python's operators and methods: the results of their kernels."""

import itertools

import numpy as np
import pytest

import minikeras as mk
from minikeras import ops
from minikeras.backend.autodiff import PRIMITIVES, quietly
from minikeras.backend.program.program import Call, Ref
from minikeras.backend.program.spelling import _OPERATORS, is_of_numbers, spelled
from minikeras.backend.xp import ON_GPU
from tests.support import values

pytestmark = pytest.mark.skipif(ON_GPU, reason="on a GPU all calls are kernels")
DTYPES = ("float16", "float32", "float64", "int32", "int64", "uint8")
NUMBERS = [0, 1, 2.5, 7, float("inf")]


def outcome(name, args, settings=None):
    """What the kernel of a primitive gives, and what its spelling does."""
    settings = settings or {}
    with quietly():
        expected = np.asarray(PRIMITIVES[name].kernel(*args, **settings))
    arrays = [i for i, a in enumerate(args) if isinstance(a, np.ndarray)]
    refs = tuple(Ref(i) if i in arrays else a for i, a in enumerate(args))
    out = len(args)
    traits = [(a.shape, a.dtype, True) if i in arrays else None for i, a in enumerate(args)]
    traits.append((expected.shape, expected.dtype, True))
    call = Call(PRIMITIVES[name], refs, settings, (out,), False, None)
    names = {f"t{i}": a for i, a in enumerate(args)}

    def named(a):
        if type(a) is Ref:
            return f"t{a.slot}"
        names[f"c{len(names)}"] = a
        return f"c{len(names) - 1}"

    text = spelled(call, traits, named, lambda ref: f"t{ref.slot}[()]")
    if text is None:
        return expected, None
    with quietly():
        found = eval(text, names)
    assert is_of_numbers(call, traits) == isinstance(found, np.generic)
    return expected, np.asarray(found)


def assert_same(expected, found):
    assert found is not None
    assert expected.dtype == found.dtype
    assert expected.shape == found.shape
    np.testing.assert_array_equal(expected, found)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", sorted(_OPERATORS))
def test_operators_of_numbers(name, dtype):
    kept = [n for n in NUMBERS if dtype.startswith("float") or n in (0, 1, 7)]
    for x, y in itertools.product(kept, kept):
        x, y = np.asarray(x, dtype), np.asarray(y, dtype)
        for args in ((x, y), (x, y[()]), (y.item(), x), (x, np.asarray(3, "float32")[()])):
            assert_same(*outcome(name, args))


@pytest.mark.parametrize("condition", [True, False])
def test_choices_of_numbers(condition):
    condition, x = np.asarray(condition), np.asarray(2.5, "float32")
    assert_same(*outcome("where", (condition, 1, x)))
    assert_same(*outcome("where", (condition, x, 0)))
    assert outcome("where", (condition, x, np.asarray(1, "float64")))[1] is None
    assert outcome("where", (np.array([True, False]), x, 0))[1] is None


def test_methods_of_arrays():
    x = np.arange(6, dtype="int32").reshape(2, 3)
    assert_same(*outcome("reshape", (x,), {"shape": (3, -1)}))
    assert_same(*outcome("reshape", (x[:0],), {"shape": (0, -1)}))
    assert_same(*outcome("transpose", (x,)))
    assert_same(*outcome("transpose", (x[None],), {"axes": (1, 0, 2)}))
    assert_same(*outcome("cast", (x,), {"dtype": "float16"}))
    assert_same(*outcome("cast", (np.asarray(2.7),), {"dtype": "int32"}))
    assert outcome("cast", (x * 1j,), {"dtype": "float32"})[1] is None


def test_what_is_broadcast_for_elementwise_calls_is_not():
    @mk.function
    def step(x, y):
        return ops.broadcast_to(x, (4, 3)) * y, ops.broadcast_to(x, (4, 3)) + 1.0

    x, y = (ops.convert_to_tensor(np.random.default_rng(0).random(s)) for s in ((3,), (4, 3)))
    expected = [values(a) for a in step(x, y)]
    for _ in range(3):
        found = [values(a) for a in step(x, y)]
    for a, b in zip(expected, found):
        np.testing.assert_array_equal(a, b)
    assert found[1].shape == (4, 3)
