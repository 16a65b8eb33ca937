"""Ops that index, scatter, sort and search, beyond the rows of the oracle: any index, errors."""

import hypothesis
import hypothesis.extra.numpy as arrays
import hypothesis.strategies as strategies
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minikeras as mk
from minikeras import ops
from minikeras.backend.xp import ON_GPU
from tests.op_rows import compare_symbolic
from tests.support import assert_close, values

_random = np.random.default_rng(0)
V = _random.standard_normal(6).astype("float32")
M = _random.standard_normal((3, 4)).astype("float32")
T = _random.standard_normal((2, 3, 4)).astype("float32")
EMPTY = np.zeros((0, 4), "float32")
ROWS_OF_M = np.array([2, 0, 2, -1])


def test_gradient_of_products():
    """The oracle cannot differentiate products by segment; sums of logarithms can."""
    ids = np.array([1, 0, 1, 1, 5, 0])
    x = np.abs(V) + 0.5

    def through_logarithms(x):
        return jnp.sum(jnp.exp(jax.ops.segment_sum(jnp.log(x), ids, 3)) * jnp.arange(1.0, 4.0))

    weights = ops.array([1.0, 2.0, 3.0])
    ours = mk.grad(lambda x: ops.sum(ops.segment_prod(x, ops.array(ids), 3) * weights))
    assert_close(ours(ops.array(x)), jax.grad(through_logarithms)(x))


def test_gradient_of_products_with_zeros():
    x = ops.array([2.0, 0.0, 3.0, 0.0, 0.0, 5.0])
    ids = ops.array([0, 0, 0, 1, 1, 2])
    slope = mk.grad(lambda x: ops.sum(ops.segment_prod(x, ids, 3)))(x)
    assert slope.tolist() == [0.0, 6.0, 0.0, 0.0, 0.0, 1.0]
    updated = mk.grad(lambda x: ops.sum(ops.scatter_update(x, ids[:, None], x + 1, "mul")))
    assert np.isfinite(values(updated(x))).all()


def test_equal_extremes_share_the_gradient():
    x, ids = ops.array([1.0, 3.0, 3.0, 2.0]), ops.array([0, 0, 0, 1])
    assert mk.grad(lambda x: ops.sum(ops.segment_max(x, ids, 2)))(x).tolist() == [0, 0.5, 0.5, 1]


INDICES = [
    1, -1, slice(1, None), slice(None, None, -2), None, Ellipsis, (0, 1), (slice(None), 2),
    (Ellipsis, None, 0), (slice(0, 1), slice(None), slice(1, 3)), ROWS_OF_M % 2, [0, 1, 1],
    (ROWS_OF_M % 2, ROWS_OF_M), (slice(None), ROWS_OF_M), (0, slice(None), ROWS_OF_M),
    (ROWS_OF_M[:, None] % 2, slice(None), ROWS_OF_M), (None, ROWS_OF_M % 2, Ellipsis), T > 0,
    (slice(None), M[:, 0] > 0), (np.array([True, False]),), (np.int64(1), [2, 0]), ([],),
]  # fmt: skip


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_indexing(index):
    """As in NumPy, forwards and in the gradient, by operators on arrays, tracers and variables."""

    def device(part):
        return ops.convert_to_tensor(part) if isinstance(part, np.ndarray) else part

    on_device = tuple(map(device, index)) if isinstance(index, tuple) else device(index)
    x = ops.convert_to_tensor(T)
    expected = T[index]
    assert_close(ops.get_item(x, on_device), expected)
    assert_close(mk.Variable(T)[on_device], expected)
    weights = np.asarray(_random.standard_normal(expected.shape), "float32")
    slope = mk.grad(lambda x: ops.sum(x[on_device] * ops.convert_to_tensor(weights)))(x)
    there = np.zeros_like(T)
    np.add.at(there, index, weights)
    assert_close(slope, there)


@hypothesis.given(strategies.data())
@hypothesis.settings(deadline=None, max_examples=60)
def test_any_index(data):
    shape = data.draw(arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4))
    x = _random.standard_normal(shape).astype("float32")
    index = data.draw(arrays.basic_indices(shape, allow_newaxis=True))
    assert_close(ops.get_item(ops.convert_to_tensor(x), index), x[index])
    if 0 not in shape:
        index = data.draw(arrays.integer_array_indices(shape))
        device_index = tuple(map(ops.convert_to_tensor, index))
        assert_close(ops.get_item(ops.convert_to_tensor(x), device_index), x[index])
        update = _random.standard_normal(x[index].shape).astype("float32")
        added = x.copy()
        np.add.at(added, index, update)
        places = ops.stack(device_index, axis=-1)
        found = ops.scatter_update(ops.convert_to_tensor(x), places, update, "add")
        assert_close(found, added, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32", "int64", "uint8"])
@pytest.mark.parametrize("width", [1, 3, 64])
def test_scatter_of_many_values(dtype, width):
    """Also where there is enough to add that another way to do it is chosen."""
    x = _random.integers(0, 3, (2000, width)).astype(dtype)
    rows = _random.integers(0, 50, 2000)
    expected = np.zeros((50, width), dtype)
    np.add.at(expected, rows, x)
    found = ops.segment_sum(ops.convert_to_tensor(x), ops.convert_to_tensor(rows), 50)
    assert_close(found, expected, rtol=2e-3 if dtype == "float16" else 1e-5)


def test_embedding_gradient_of_negative_and_repeated_rows():
    table = ops.convert_to_tensor(_random.standard_normal((40, 32)).astype("float32"))
    ids = _random.integers(-40, 40, (50, 30))
    slope = mk.grad(lambda t: ops.sum(ops.take(t, ops.convert_to_tensor(ids), axis=0) ** 2))
    expected = np.zeros((40, 32), "float32")
    np.add.at(expected, ids, 2 * values(table)[ids])
    assert_close(slope(table), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.skipif(ON_GPU, reason="the GPU cannot tell without waiting for it")
def test_positions_out_of_range():
    for use in (
        lambda: ops.take(M, [3], axis=0),
        lambda: ops.take_along_axis(M, [[9], [0], [0]], axis=1),
        lambda: ops.scatter([[4]], [1.0], (4,)),
        lambda: ops.scatter_update(V, [[6]], [1.0]),
    ):
        with pytest.raises(IndexError):
            use()


@pytest.mark.parametrize("axis", [0, 1, None])
def test_argpartition(axis):
    x = M.ravel() if axis is None else M
    for kth in range(x.shape[axis or 0]):
        order = values(ops.argpartition(M, kth, axis))
        assert order.dtype == "int32"
        found = np.take_along_axis(x, order, axis or 0)
        sorted_x = np.sort(x, axis or 0)
        assert_close(np.take(found, kth, axis or 0), np.take(sorted_x, kth, axis or 0))
        low, high = np.split(found, [kth], axis or 0)
        if kth:
            assert (low.max(axis or 0) <= high.min(axis or 0)).all()


def test_number_of_segments_found():
    assert ops.segment_sum(V, np.array([0, 2, 2, 0, 5, 1])).shape == (6,)
    assert ops.segment_sum(EMPTY, np.zeros(0, "int32")).shape == (0, 4)


def test_updates_with_gradients_to_the_winners_only():
    places = ops.array([[1], [1], [0]])

    def total(x, updates):
        return ops.sum(ops.scatter_update(x, places, updates) * ops.array([1.0, 2.0, 3.0]))

    of_x, of_updates = mk.grad(total, (0, 1))(
        ops.array([1.0, 2.0, 3.0]), ops.array([7.0, 8.0, 9.0])
    )
    assert of_x.tolist() == [0, 0, 3]
    assert of_updates.tolist() == [0, 2, 1]


SYMBOLIC = [
    ("get_item", [(None, None, 4)], lambda f, x: f(x, (slice(None), slice(1, None), slice(0, 2)))),
    ("get_item", [(None, 4)], lambda f, x: f(x, (0,))),
    ("get_item", [(None, None, 4)], lambda f, x: f(x, (Ellipsis, None, -1))),
    ("get_item", [(None, 4)], lambda f, x: x[:, None]),
    ("get_item", [(None, 4)], lambda f, x: f(x, (slice(None), [0, 2, 2]))),
    ("take", [(None, 5)], lambda f, x: f(x, [[1, 2]], axis=1)),
    ("take", [(7, 5), ((None, None), "int32")], lambda f, x, i: f(x, i, axis=0)),
    ("take_along_axis", [(None, 5), ((None, 2), "int32")], lambda f, x, i: f(x, i, axis=1)),
    ("slice", [(None, None, 4)], lambda f, x: f(x, (0, 1, 2), (2, 3, 2))),
    ("slice_update", [(None, 4), (2, 2)], lambda f, x, y: f(x, (0, 1), y)),
    ("scatter", [((None, 1), "int32"), (None, 3)], lambda f, i, x: f(i, x, (7, 3))),
    ("scatter_update", [(None, 3), ((2, 1), "int32"), (2, 3)], lambda f, x, i, u: f(x, i, u)),
    ("segment_sum", [(None, 3), ((None,), "int32")], lambda f, x, i: f(x, i, 5)),
    ("segment_max", [(None, 3), ((None,), "int32")], lambda f, x, i: f(x, i, 5)),
    ("sort", [(None, None)], lambda f, x: f(x)),
    ("argsort", [(None, 3)], lambda f, x: f(x, axis=None)),
    ("top_k", [(None, None, 5)], lambda f, x: f(x, 2)),
    ("in_top_k", [((None,), "int32"), (None, 5)], lambda f, i, x: f(i, x, 2)),
    ("searchsorted", [(5,), (None, None)], lambda f, s, x: f(s, x)),
    ("select", [((None, 3), "bool"), (None, 3)], lambda f, c, x: f([c], [x], 1)),
    ("unravel_index", [((None,), "int32")], lambda f, i: f(i, (2, 3))),
    ("view", [(None, 4)], lambda f, x: f(x, "uint8")),
    ("view_as_complex", [(None, 2)], lambda f, x: f(x)),
    ("view_as_real", [((None, 3), "complex64")], lambda f, x: f(x)),
]  # fmt: skip


@pytest.mark.parametrize("name, shapes, call", SYMBOLIC)
def test_symbolic_shapes(name, shapes, call):
    compare_symbolic(name, shapes, call)


@pytest.mark.parametrize("batch", [None, 4])
def test_outputs_whose_length_the_values_decide(batch):
    x, ids = mk.KerasTensor((batch, 3)), mk.KerasTensor((batch,), "int32")
    mask = mk.KerasTensor((batch, 3), "bool")
    assert [i.shape for i in ops.nonzero(x)] == [(None,), (None,)]
    values, inverse, counts = ops.unique(x, return_inverse=True, return_counts=True)
    assert (values.shape, inverse.shape, counts.shape) == ((None,), (batch, 3), (None,))
    assert ops.unique(x, axis=1).shape == (batch, None)
    assert ops.unique(x, size=4).shape == (4,)
    assert ops.segment_sum(x, ids).shape == (None, 3)
    assert x[mask].shape == (None,)
    assert x[mask[:, 0]].shape == (None, 3)
    assert x[mask[:, 0], 1:].shape == (None, 2)


ERRORS = [
    ("take", (M, V), TypeError, "integers"),
    ("take_along_axis", (M, [1], 0), ValueError, "equally many"),
    ("slice", (M, (0, 0), (4, 4)), ValueError, "within"),
    ("slice", (M, (0,), (3, 4)), ValueError, "`start_indices`"),
    ("slice", (M, (0, 0), (3,)), ValueError, "`shape`"),
    ("slice_update", (M, (0, 0), V), ValueError, "as many axes"),
    ("scatter", ([[0, 0]], [1.0], (3,)), ValueError, "last axis of indices"),
    ("scatter_update", (V, [[0]], [1.0], "mean"), ValueError, "reduction"),
    ("select", ([V > 0], []), ValueError, "as many choices"),
    ("top_k", (V, 7), ValueError, "k=7"),
    ("searchsorted", (M, M), ValueError, "vector"),
    ("searchsorted", (V, V, "middle"), ValueError, "side"),
    ("segment_sum", (V, V), ValueError, "vector of integers"),
    ("segment_sum", (V, [0, 1]), ValueError, "one segment id"),
    ("view_as_complex", (M,), ValueError, "last axis"),
]


@pytest.mark.parametrize("name, args, error, message", ERRORS)
def test_errors(name, args, error, message):
    with pytest.raises(error, match=message):
        getattr(ops, name)(*args)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize(
    ("count", "size", "width"),
    [(300, 5000, 8), (300, 5000, 7), (300, 20, 8), (300, 1, 5), (3, 9, 2)],
)
def test_the_gradient_of_a_look_up_adds_rows_that_occur_again(count, size, width, dtype):
    random = np.random.default_rng(count + size)
    rows = random.integers(-size, size, count)
    slopes = random.integers(-4, 5, (count, width)).astype(dtype)
    table = mk.Variable(np.zeros((size, width)), dtype=dtype)
    with mk.GradientTape() as tape:
        loss = ops.sum(ops.take(table, ops.convert_to_tensor(rows), axis=0) * slopes)
    expected = np.zeros((size, width), "float64")
    np.add.at(expected, rows, slopes)
    assert_close(tape.gradient(loss, table), expected.astype(dtype))
