"""Matrix products, einsum and their kind, against Keras on JAX and NumPy's own einsum."""

import hypothesis
import hypothesis.strategies as strategies
import numpy as np
import pytest

from minikeras import ops
from tests.op_rows import compare, compare_gradients, compare_symbolic
from tests.support import assert_close, values

_random = np.random.default_rng(0)


def _normal(*shape):
    return _random.standard_normal(shape).astype("float32")


V, W = _normal(3), _normal(4)
M, N = _normal(2, 3), _normal(3, 4)
S = _normal(3, 3)
B, C = _normal(5, 2, 3), _normal(5, 3, 4)
Q, K = _normal(2, 3, 4, 5), _normal(2, 6, 4, 5)
D = _normal(2, 3, 4)
I = _random.integers(-9, 9, (2, 3)).astype("int32")
EMPTY = np.zeros((0, 3), "float32")

# An op and its arguments, all differentiable.
ROWS = [
    ("matmul", M, N), ("matmul", V, V), ("matmul", V, N), ("matmul", M, V), ("matmul", B, N),
    ("matmul", B, V), ("matmul", B, C), ("matmul", M, C), ("matmul", V, C), ("matmul", EMPTY, N),
    ("matmul", B[:, None], C), ("matmul", B[:1], C), ("matmul", B.transpose(1, 0, 2), N),
    ("matmul", M.T.copy().T, N[:, ::2]), ("matmul", M[:, :0], N[:0]),
    ("dot", M, N), ("dot", V, V), ("dot", B, C), ("dot", B, V), ("dot", V, C),
    ("dot", np.float32(2), M), ("dot", M, np.float32(2)), ("dot", B, N),
    ("vdot", M, M + 1), ("vdot", V, V), ("vdot", M, S[:2]),
    ("inner", V, V), ("inner", M, S), ("inner", B, M), ("inner", np.float32(2), V),
    ("outer", V, W), ("outer", M, W), ("outer", np.float32(2), V),
    ("kron", M, S), ("kron", V, W), ("kron", M, V), ("kron", V, D), ("kron", B, M),
    ("tensordot", M, N, 1), ("tensordot", B, N, 1), ("tensordot", M, M, 2), ("tensordot", V, W, 0),
    ("tensordot", D, B, [[1], [2]]), ("tensordot", D, B, (1, 2)),
    ("tensordot", D, M, ((0, 1), (0, 1))),
    ("tensordot", D, M, ((1, 0), (1, 0))), ("tensordot", D, B, [-2, -1]),
    ("cross", V, S), ("cross", S, V), ("cross", S, S[:, :2]), ("cross", S[:, :2], S),
    ("cross", S[:, :2], S[1, :2]), ("cross", M, V),
    ("einsum", "ij,jk->ik", M, N), ("einsum", "ij,jk", M, N), ("einsum", "ij,jk->ki", M, N),
    ("einsum", "ii->i", S), ("einsum", "ii", S), ("einsum", "ij->ji", M), ("einsum", "ij->", M),
    ("einsum", "ij,j->i", M, V), ("einsum", "ij,j", M, V), ("einsum", "i,j->ij", V, W),
    ("einsum", "ij,kl->", M, N), ("einsum", "...j,jk->...k", B, N),
    ("einsum", "ij, ij -> ij", M, M),
    ("einsum", "aecd,abcd->acbe", Q, K), ("einsum", "abc,cde->abde", B, _normal(3, 2, 4)),
    ("einsum", "iij,jk->k", _normal(3, 3, 2), M), ("einsum", "ij,jk,kl->il", M, N, N.T),
    ("einsum", "ij,jk,kl,l->", M, N, N.T, V), ("einsum", "a...,...b->ab...", V, W),
    ("einsum", "...,...->...", B, M), ("einsum", ",i->i", np.float32(2), V),
    ("einsum", "bij,bjk->bik", B, C), ("einsum", "...ij,...jk->...ik", B[:1], C),
    ("einsum", "bi,j->", EMPTY, W), ("einsum", "iii->i", _normal(2, 2, 2)),
]  # fmt: skip


def _label(row):
    parts = [p if isinstance(p, str) else str(np.shape(p)) for p in row]
    return "-".join(parts)


@pytest.mark.parametrize("row", ROWS, ids=_label)
def test_values(row):
    compare(*row)


@pytest.mark.parametrize("row", ROWS[::4], ids=_label)
def test_gradients(row):
    wide = [x.astype("float64") if isinstance(x, (np.ndarray, np.generic)) else x for x in row]
    if any(isinstance(x, np.ndarray) and not x.size for x in wide):
        pytest.skip("nothing to differentiate")
    compare_gradients(*[np.asarray(x) if isinstance(x, np.generic) else x for x in wide])


TYPES = ("bool", "int8", "int32", "float16", "float32")


@pytest.mark.parametrize("name", ["matmul", "dot", "vdot", "inner", "outer"])
@pytest.mark.parametrize("left", TYPES)
@pytest.mark.parametrize("right", TYPES)
def test_dtypes(name, left, right):
    compare(name, (I[:, :2] > 0).astype(left), (I[:, 1:] > 2).astype(right))


@pytest.mark.parametrize("left", TYPES[1:])
@pytest.mark.parametrize("right", TYPES[1:])
def test_dtypes_of_einsum(left, right):
    x, y = (I > 0).astype(left), (I > 2).astype(right)
    compare("einsum", "ij,kj->ik", x, y)
    compare("einsum", "ij->i", x)
    compare("tensordot", x, y, [[1], [1]])
    compare("cross", x, y)
    compare("kron", x, y)


def test_half_precision_is_summed_in_single():
    x = ops.ones((1, 4096), "float16")
    assert float(values(ops.matmul(x, ops.transpose(x)))[0, 0]) == 4096.0


def test_cross_axes():
    x, y = _normal(3, 4, 2), _normal(4, 3, 2)
    compare("cross", x, y, axisa=0, axisb=1, axisc=1)
    compare("cross", x, x + 1, axis=0)


@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(strategies.data())
def test_einsum_of_any_expression_equals_numpys(data):
    sides = {c: data.draw(strategies.integers(0, 3)) for c in "abcd"}
    count = data.draw(strategies.integers(1, 3))
    terms = [data.draw(strategies.text("abcd", max_size=4)) for _ in range(count)]
    labels = sorted(set("".join(terms)))
    out = "".join(data.draw(strategies.permutations(labels)))
    out = out[: data.draw(strategies.integers(0, len(out)))]
    expression = ",".join(terms) + "->" + out
    arrays = [_random.standard_normal([sides[c] for c in term]) for term in terms]
    found = ops.einsum(expression, *map(ops.convert_to_tensor, arrays))
    assert_close(found, np.einsum(expression, *arrays), rtol=1e-9, atol=1e-9)


@hypothesis.settings(max_examples=40, deadline=None)
@hypothesis.given(strategies.data())
def test_matmul_of_any_shapes_equals_numpys(data):
    side = strategies.integers(0, 3)
    batch = data.draw(strategies.lists(strategies.integers(0, 3), max_size=2))
    n, k, m = data.draw(strategies.tuples(side, side, side))

    def part():
        kept = data.draw(strategies.integers(0, len(batch)))
        return [data.draw(strategies.sampled_from([1, s])) for s in batch[kept:]]

    x, y = _random.standard_normal([*part(), n, k]), _random.standard_normal([*part(), k, m])
    found = ops.matmul(ops.convert_to_tensor(x), ops.convert_to_tensor(y))
    assert_close(found, np.matmul(x, y), rtol=1e-9, atol=1e-9)


def test_symbolic_shapes():
    compare_symbolic("matmul", [(None, 3), (3, 4)], lambda op, x, y: op(x, y))
    compare_symbolic("matmul", [(None, None, 3), (3, 4)], lambda op, x, y: op(x, y))
    compare_symbolic(
        "einsum", [(None, 5, 3), (None, 3, 2)], lambda op, x, y: op("abc,acd->abd", x, y)
    )
    compare_symbolic("tensordot", [(None, 2, 3), (3, 4)], lambda op, x, y: op(x, y, axes=1))
    compare_symbolic("cross", [(None, 3), (None, 3)], lambda op, x, y: op(x, y))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: ops.matmul(ops.ones((2, 3)), ops.ones((2, 3))), r"\(2, 3\) and \(2, 3\)"),
        (lambda: ops.matmul(1.0, ops.ones((2, 3))), "must exist"),
        (lambda: ops.einsum("ij,jk", ops.ones((2, 3))), "about 2 operands. Received 1"),
        (lambda: ops.einsum("ijk", ops.ones((2, 3))), "'ijk' does not fit an operand of rank 2"),
        (lambda: ops.einsum("ij->ik", ops.ones((2, 3))), "output 'ik'"),
        (lambda: ops.einsum("ij->ii", ops.ones((2, 3))), "once in the output"),
        (lambda: ops.einsum("ij,ij", ops.ones((2, 3)), ops.ones((2, 4))), "3 in one place and 4"),
        (lambda: ops.tensordot(ops.ones((2, 3)), ops.ones((2, 3)), 1), "equally long"),
        (lambda: ops.cross(ops.ones((2, 4)), ops.ones((2, 3))), "2 or 3 components"),
    ],
)  # fmt: skip
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_einsum_refuses_unknown_arguments():
    with pytest.raises(TypeError, match="speed"):
        ops.einsum("ij", ops.ones((2, 3)), speed=1)
