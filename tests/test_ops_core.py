"""Ops that create, convert, cast and loop, against Keras on JAX and NumPy."""

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras import ops
from tests.op_rows import compare_symbolic
from tests.support import assert_close, values

_random = np.random.default_rng(0)
V = _random.standard_normal(5).astype("float32")
M = _random.standard_normal((3, 4)).astype("float32")
I = _random.integers(-9, 9, (3, 4)).astype("int32")
H = M.astype("float16")
EXTREMES = np.array(
    [-1e30, -300.5, -1.5, -0.5, 0.0, 0.5, 1.7, 255.0, 70000.0, 3e9, 1e30], "float32"
)


def _saturated(v, dtype):
    """One number held within the range of a dtype, by Python's exact arithmetic."""
    if dtype.kind == "b":
        return v > 0 or v != v
    info = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    if v != v:
        return v if dtype.kind == "f" else 0
    number = float if dtype.kind == "f" else int
    return number(max(min(v, number(info.max)), number(info.min)))


@pytest.mark.parametrize("to", ["bool", "uint8", "int32", "uint32", "int64", "float16", "float32"])
@pytest.mark.parametrize(
    "x",
    [
        EXTREMES,
        EXTREMES.astype("float64"),
        np.array([-(2**31), -1, 0, 300, 2**31 - 1]),
        np.array([-(2**63), 2**63 - 1]),
        np.array([0, 7, 2**32 - 1], "uint32"),
        np.array([np.nan, np.inf, -np.inf]),
    ],
    ids=lambda x: f"{x.dtype}-{len(x)}",
)
def test_saturate_cast(x, to):
    """The oracle itself overflows on some of these."""
    found = ops.saturate_cast(ops.convert_to_tensor(x), to)
    expected = np.array([_saturated(v, np.dtype(to)) for v in x.tolist()], to)
    assert_close(found, expected)


def test_new_tensors_share_no_memory():
    x = ops.array([1.0, 2.0])
    for y in (ops.array(x), ops.copy(x), ops.full((2,), x), ops.convert_to_numpy(x)):
        y[0] = 9.0
    assert x.tolist() == [1.0, 2.0]


def test_empty_tensors():
    assert ops.empty((2, 3), "int32").shape == (2, 3)
    assert ops.empty_like(ops.convert_to_tensor(M)).dtype.name == "float32"


def test_traits():
    x = mk.KerasTensor((None, 3), "int32")
    assert ops.shape(x) == (None, 3)
    assert ops.ndim(x) == 2
    assert ops.dtype(x) == "int32"
    assert ops.size(x).shape == ()
    assert ops.size(mk.KerasTensor((2, 3))) == 6
    assert ops.shape([[1, 2]]) == (1, 2)
    assert ops.dtype(1.5) == "float32"
    assert ops.is_tensor(ops.sum(ops.ones(3)))
    assert not ops.is_tensor(mk.Variable(1.0))
    assert not ops.is_tensor(x)
    with pytest.raises(ValueError, match="any actual numerical value"):
        ops.convert_to_numpy(x)
    with pytest.raises(ValueError, match="dense"):
        ops.convert_to_tensor([1.0], sparse=True)


def test_stopped_gradients():
    x = ops.array([2.0, 3.0])
    assert mk.grad(lambda x: ops.sum(x * ops.stop_gradient(x)))(x).tolist() == [2, 3]
    with mk.GradientTape() as tape:
        tape.watch(x)
        y = ops.multiply(x, ops.stop_gradient(x))
        z = ops.multiply(x, ops.stop_gradient({"a": [x * x]})["a"][0])
    assert tape.gradient([y, z], x).tolist() == [2 + 4, 3 + 9]
    with mk.GradientTape() as tape:
        v = mk.Variable(3.0)
        y = v * ops.stop_gradient(v)
    assert float(tape.gradient(y, v)) == 3
    assert ops.stop_gradient(mk.KerasTensor((None, 2))).shape == (None, 2)


def test_one_tensor_as_two_arguments():
    x = ops.array([1.0, 2.0])

    def f(a, b):
        return ops.sum(a * a * b)

    assert [g.tolist() for g in mk.grad(f, (0, 1))(x, x)] == [[2, 8], [1, 4]]
    assert mk.grad(f)(x, x).tolist() == [2, 8]
    assert mk.grad(lambda a: ops.sum(a * x))(x).tolist() == [1, 2]
    assert mk.grad(lambda x: ops.sum(mk.grad(f)(x, x)))(x).tolist() == [4, 8]


def test_custom_gradient():
    @ops.custom_gradient
    def clipped(x, y):
        return x * y, lambda g: (ops.clip(g, -1, 1), 2 * g)

    x, y = ops.array([3.0]), ops.array([4.0])
    of_x, of_y = mk.grad(lambda x, y: ops.sum(5 * clipped(x, y)), (0, 1))(x, y)
    assert (of_x.tolist(), of_y.tolist()) == ([1], [10])
    assert clipped(mk.KerasTensor((None, 3)), mk.KerasTensor((3,))).shape == (None, 3)


def test_jvp_of_what_is_no_list():
    with pytest.raises(TypeError, match="tuples or lists"):
        ops.jvp(ops.sin, ops.array(1.0), ops.array(1.0))


def _both(call, *args):
    """The result of a function of the ops module, a conversion and arguments, by each library."""
    ours = call(ops, *(ops.convert_to_tensor(a) for a in args))
    theirs = call(keras.ops, *map(jnp.asarray, args))
    assert_close(ours, mk.tree.map_structure(np.asarray, _plain(theirs)), dtype=False)


def _plain(structure):
    return tuple(map(_plain, structure)) if isinstance(structure, (list, tuple)) else structure


CALLS = [
    ("cond", lambda k, x: k.cond(x[0] > 0, lambda: x + 1, lambda: x - 1)),
    ("cond", lambda k, x: k.cond(x[0] < 0, lambda: {"a": x + 1}, lambda: {"a": x - 1})["a"]),
    ("while_loop", lambda k, x: k.while_loop(
        lambda i, y: i < 4, lambda i, y: (i + 1, y * x + 1), (0, x))[1]),
    ("while_loop", lambda k, x: k.while_loop(
        lambda y: k.sum(y) < 50, lambda y: y + k.abs(x) + 1, x)),
    ("while_loop", lambda k, x: k.while_loop(
        lambda i, y: i < 9, lambda i, y: [i + 1, y * 2], [0, x], maximum_iterations=3)[1]),
    ("fori_loop", lambda k, x: k.fori_loop(2, 5, lambda i, y: y * x + i, x)),
    ("fori_loop", lambda k, x: k.fori_loop(5, 5, lambda i, y: y * x + i, x)),
    ("scan", lambda k, x: k.scan(lambda c, v: (c + v, c * v), x[0], x)),
    ("scan", lambda k, x: k.scan(lambda c, v: (c + v, c * v), x[0], x, reverse=True, unroll=2)),
    ("scan", lambda k, x: k.scan(lambda c, _: (c * 0.5, c), x, length=3)),
    ("scan", lambda k, x: k.scan(
        lambda c, v: ({"s": c["s"] + v[0]}, (v[1] * c["s"], v[0])), {"s": x[0]}, (x, x * 2))[1]),
    ("scan", lambda k, x: k.scan(lambda c, v: (c + v, c * v), x[0], x[:0])),
    ("associative_scan", lambda k, x: k.associative_scan(lambda a, b: a * b, x)),
    ("associative_scan", lambda k, x: k.associative_scan(lambda a, b: a * b, x, reverse=True)),
    ("associative_scan", lambda k, x: k.associative_scan(
        lambda a, b: (a[0] * b[0], a[1] * b[0] + b[1]), (x, x + 1))),
    ("associative_scan", lambda k, x: k.associative_scan(
        lambda a, b: a + b, k.reshape(k.tile(x, 6), (6, -1)), axis=-1)),
    ("associative_scan", lambda k, x: k.associative_scan(lambda a, b: a + b, x[:1])),
    ("map", lambda k, x: k.map(lambda v: v * v, x)),
    ("map", lambda k, x: k.map(lambda v: (v[0] * v[1], v[0]), (x, x + 1))),
    ("vectorized_map", lambda k, x: k.vectorized_map(lambda v: k.sum(v * v), k.outer(x, x))),
    ("vectorized_map", lambda k, x: k.vectorized_map(lambda v: v[0] + v[1], [x, 2 * x])),
    ("vectorize", lambda k, x: k.vectorize(lambda a, b: k.where(a > b, a, b * a))(
        k.reshape(x, (-1, 1)), k.flip(x))),
    ("vectorize", lambda k, x: k.vectorize(k.dot, signature="(n),(n)->()")(k.outer(x, x), x)),
    ("vectorize", lambda k, x: k.vectorize(
        lambda a, n: a ** n, excluded={1})(x, 2)),
    ("vectorize", lambda k, x: k.vectorize(
        k.matmul, signature="(m,n),(n,p)->(m,p)")(k.ones((2, 1, 3, 4)), k.ones((5, 4, 2)) * x[0])),
]  # fmt: skip
_IDS = [f"{name}{i}" for i, (name, _) in enumerate(CALLS)]


@pytest.mark.parametrize("call", [call for name, call in CALLS if name == "vectorize"])
def test_vectorized_functions(call):
    _both(lambda k, x: _plain(call(k, x)), V)


@pytest.mark.parametrize("name, call", CALLS, ids=_IDS)
def test_control_flow_gradients(name, call):
    """Gradients through loops, against finite differences."""
    if "float" not in str(mk.tree.flatten(call(ops, ops.array(V)))[0].dtype):
        pytest.skip("no float output")
    mk.testing.check_gradients(lambda x: _plain(call(ops, x)), V.astype("float64"))


# The functions of these take a tensor from around them, which cannot be a symbolic one.
_CLOSED_OVER = {"cond0", "cond1", "while_loop2", "while_loop3", "fori_loop5", "fori_loop6"}


@pytest.mark.parametrize(
    "name, call",
    [case for case, i in zip(CALLS, _IDS) if i not in _CLOSED_OVER],
    ids=[i for i in _IDS if i not in _CLOSED_OVER],
)
def test_control_flow_on_symbolic_tensors(name, call):
    spec = mk.tree.flatten(call(ops, mk.KerasTensor((5,))))
    found = mk.tree.flatten(call(ops, ops.array(V)))
    assert [s.shape for s in spec] == [y.shape for y in found]
    assert [s.dtype for s in spec] == [y.dtype.name for y in found]


SYMBOLIC = [
    ("zeros_like", [(None, 3)], lambda f, x: f(x, dtype="int32")),
    ("ones_like", [((None, None), "float16")], lambda f, x: f(x)),
    ("full_like", [(None, 3)], lambda f, x: f(x, 2.0)),
    ("empty_like", [(None, 3)], lambda f, x: f(x)),
    ("saturate_cast", [(None, None)], lambda f, x: f(x, "uint8")),
    ("vander", [(None,)], lambda f, x: f(x, 3)),
    ("linspace", [(None, 3)], lambda f, x: f(x, 1.0, 4, axis=-1)),
    ("scan", [(None, 3)], lambda f, x: f(lambda c, v: (c + v, v[:2]), ops.zeros(3), x)),
    ("map", [(None, None, 3)], lambda f, x: f(lambda v: v[:, 0], x)),
    ("vectorized_map", [(None, 4), (None,)], lambda f, x, y: f(lambda v: v[0] * v[1], [x, y])),
    ("associative_scan", [(None, 3)], lambda f, x: f(lambda a, b: a + b, x, axis=1)),
    ("while_loop", [(None, 3)], lambda f, x: f(lambda x: x[0, 0] < 1, lambda x: x + 1, x)),
    ("cond", [((), "bool")], lambda f, p: f(p, lambda: ops.ones((2, 3)), lambda: ops.eye(2, 3))),
    ("switch", [((), "int32"), (None, 3)], lambda f, i, x: f(i, [ops.abs, ops.square], x)),
    ("fori_loop", [(None, 3)], lambda f, x: f(0, 3, lambda i, x: x * 2, x)),
]  # fmt: skip


@pytest.mark.parametrize("name, shapes, call", SYMBOLIC)
def test_symbolic_shapes(name, shapes, call):
    compare_symbolic(name, shapes, call)


def test_scan_and_map_of_nothing():
    carry, ys = ops.scan(lambda c, x: (c + x[0], x * 2), ops.array(1.0), ops.zeros((0, 3)))
    assert (float(carry), ys.shape) == (1.0, (0, 3))
    assert ops.map(lambda x: ops.sum(x), ops.zeros((0, 3))).shape == (0,)


ERRORS = [
    (ValueError, "same shapes", lambda: ops.cond(
        mk.KerasTensor((), "bool"), lambda: ops.ones(2), lambda: ops.ones(3))),
    (ValueError, "branches", lambda: ops.switch(0, [])),
    (ValueError, "as many values", lambda: ops.while_loop(
        lambda x, y: True, lambda x, y: (x,), (V, V))),
    (ValueError, "one of xs and length", lambda: ops.scan(lambda c, x: (c, x), 0.0)),
    (ValueError, "length=2", lambda: ops.scan(lambda c, x: (c, x), 0.0, V, length=2)),
    (ValueError, "unroll", lambda: ops.scan(lambda c, x: (c, x), 0.0, V, unroll=0)),
    (TypeError, "callable", lambda: ops.scan(3, 0.0, V)),
    (TypeError, "function", lambda: ops.associative_scan(3, V)),
    (ValueError, "same length", lambda: ops.map(lambda x: x, [V, M])),
    (ValueError, "signature", lambda: ops.vectorize(ops.dot, signature="n,n")),
    (ValueError, "lengths 4 and 5", lambda: ops.vectorize(
        ops.dot, signature="(n),(n)->()")(M, V)),
    (ValueError, "at least 2 axes", lambda: ops.vectorize(ops.trace, signature="(n,n)->()")(V)),
    (TypeError, "excluded", lambda: ops.vectorize(lambda a, b: a)(V, b=V)),
    (ValueError, "num must not be negative", lambda: ops.linspace(0, 1, -1)),
    (ValueError, "vector", lambda: ops.vander(M)),
]  # fmt: skip


@pytest.mark.parametrize("error, message, call", ERRORS)
def test_errors(error, message, call):
    with pytest.raises(error, match=message):
        call()


def test_associative_scan_of_any_length():
    for n in range(1, 20):
        x = _random.standard_normal(n)
        assert_close(
            ops.associative_scan(lambda a, b: a + b, ops.convert_to_tensor(x)), np.cumsum(x)
        )


def test_windows_are_as_long_as_a_tensor_says():
    assert values(ops.hanning(ops.array(4))).shape == (4,)
