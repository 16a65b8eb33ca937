"""Matrix products and einsum of any shapes against NumPy's, and their errors."""

import hypothesis
import hypothesis.strategies as strategies
import numpy as np
import pytest

from minikeras import ops
from tests.op_rows import compare_symbolic
from tests.support import assert_close, values

_random = np.random.default_rng(0)


def test_half_precision_is_summed_in_single():
    x = ops.ones((1, 4096), "float16")
    assert float(values(ops.matmul(x, ops.transpose(x)))[0, 0]) == 4096.0


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
