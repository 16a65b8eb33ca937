"""Linear algebra: factors that are determined up to signs, their gradients, and errors."""

import numpy as np
import pytest

import minikeras as mk
from minikeras import ops
from minikeras.testing import check_gradients
from tests.op_rows import compare_symbolic
from tests.support import assert_close, gradients_of, values

_random = np.random.default_rng(0)


def _normal(*shape):
    return _random.standard_normal(shape)


def _positive(*shape):
    x = _normal(*shape)
    return x @ np.swapaxes(x, -1, -2) + np.eye(shape[-1])


S, BATCH = _normal(3, 3), _normal(4, 3, 3)
TALL, WIDE = _normal(2, 4, 3), _normal(2, 3, 4)
P = _positive(2, 3, 3)
SINGULAR = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]])
NONE, EMPTY = np.zeros((0, 3, 3)), np.zeros((0, 0))


@pytest.mark.parametrize("x", [S, TALL, WIDE, NONE, EMPTY], ids=np.shape)
@pytest.mark.parametrize("mode", ["reduced", "complete"])
def test_qr_multiplies_to_the_matrix(x, mode):
    q, r = ops.qr(ops.convert_to_tensor(x), mode=mode)
    expected = np.linalg.qr(x, mode=mode)
    assert (q.shape, r.shape) == (expected[0].shape, expected[1].shape)
    assert_close(ops.matmul(q, r), x)
    assert_close(
        ops.matmul(ops.swapaxes(q, -1, -2), q),
        np.broadcast_to(np.eye(q.shape[-1]), (*x.shape[:-2], q.shape[-1], q.shape[-1])),
    )
    assert_close(r, np.triu(values(r)))


@pytest.mark.parametrize("x", [S, TALL, WIDE], ids=np.shape)
@pytest.mark.parametrize("full_matrices", [True, False])
def test_svd_multiplies_to_the_matrix(x, full_matrices):
    u, s, vh = ops.svd(ops.convert_to_tensor(x), full_matrices=full_matrices)
    k = s.shape[-1]
    assert u.shape[-1] == (x.shape[-2] if full_matrices else k)
    assert vh.shape[-2] == (x.shape[-1] if full_matrices else k)
    assert_close(ops.matmul(u[..., :k] * s[..., None, :], vh[..., :k, :]), x)


def _fold(x):
    """A function of orthonormal columns that does not depend on their signs."""
    n = x.shape[-1]
    return ops.sum(x * x * ops.arange(1.0, n + 1, dtype="float64")) + ops.sum(
        ops.matmul(x[..., :1], ops.swapaxes(x[..., :1], -1, -2))
        * ops.cos(ops.arange(x.shape[-2], dtype="float64"))
    )


FACTORS = [
    ("eigh", lambda ops, x: ops.eigh(x)[1], P[0]),
    ("svd", lambda ops, x: ops.svd(x, full_matrices=False)[0], TALL[0]),
    ("svd", lambda ops, x: ops.svd(x, full_matrices=False)[2], WIDE[0]),
    ("qr", lambda ops, x: ops.qr(x)[0], TALL[0]),
]


@pytest.mark.parametrize("name, factor, x", FACTORS, ids=[f[0] for f in FACTORS])
def test_gradients_of_factors_beside_keras(name, factor, x):
    import jax
    import jax.numpy as jnp
    import keras

    def oracle(x):
        y = factor(keras.ops, x)
        weights = jnp.arange(1.0, y.shape[-1] + 1)
        outer = y[..., :1] @ jnp.swapaxes(y[..., :1], -1, -2)
        return jnp.sum(y * y * weights) + jnp.sum(outer * jnp.cos(jnp.arange(y.shape[-2] * 1.0)))

    found = gradients_of(lambda x: _fold(factor(ops, x)), x)
    assert_close(found, jax.grad(oracle)(x))


def test_eigh_solves_the_equation():
    w, v = values(ops.eigh(ops.convert_to_tensor(P)))
    assert_close(w, np.linalg.eigvalsh(P))
    assert_close(P @ v, v * w[..., None, :])
    single = ops.eigh(ops.convert_to_tensor(P.astype("float32")))
    assert [str(f.dtype) for f in single] == ["float32", "float32"]


def test_eig_solves_the_equation():
    w, v = ops.eig(ops.convert_to_tensor(BATCH))
    assert str(w.dtype) == str(v.dtype) == "complex128"
    assert_close(
        ops.matmul(BATCH.astype("complex128"), values(v)), values(v) * values(w)[..., None, :]
    )
    found = ops.eig(ops.convert_to_tensor(S.astype("float32")))
    assert [str(f.dtype) for f in found] == ["complex64", "complex64"]


def test_gradients_of_eig():
    power = np.arange(1.0, 4.0)

    def of_values(x):
        w = ops.eig(x)[0]
        return ops.real(w * w * w) * ops.convert_to_tensor(power)

    check_gradients(of_values, S)

    def of_directions(x):
        v = ops.eig(x)[1]
        return ops.square(ops.absolute(v)) * ops.convert_to_tensor(power)

    check_gradients(of_directions, S)
    check_gradients(lambda x: ops.real(ops.eig(x)[0]), S.astype("complex128") + 1j * BATCH[0])


def test_determinant_of_a_singular_matrix_has_a_gradient():
    check_gradients(ops.det, SINGULAR, order=1)


def test_half_precision():
    for name in ("det", "inv", "cholesky"):
        x = P.astype("float16")
        found = getattr(ops, name)(ops.convert_to_tensor(x))
        expected = getattr(np.linalg, name)(x.astype("float32"))
        assert str(found.dtype) == "float16"
        assert_close(found, expected, 2e-2, 2e-2, dtype=False)


def test_symbolic_shapes():
    for name in ("inv", "cholesky", "det", "slogdet", "eigh", "qr", "svd", "lu_factor", "pinv"):
        compare_symbolic(name, [(None, 4, 4)], lambda op, x: op(x + ops.eye(4)))
    compare_symbolic("qr", [(None, 4, 3)], lambda op, x: op(x))
    compare_symbolic("solve", [(None, 4, 4), (None, 4, 2)], lambda op, a, b: op(a + ops.eye(4), b))
    compare_symbolic("norm", [(None, 4, 4)], lambda op, x: op(x, axis=1))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: ops.det(ops.ones((2, 3))), r"det needs square matrices .* \(2, 3\)"),
        (lambda: ops.svd(ops.ones(3)), r"svd: Input should have rank >= 2.* \(3,\)"),
        (lambda: ops.qr(ops.ones((2, 2)), mode="full"), "Received: mode='full'"),
        (lambda: ops.solve(ops.eye(3), ops.ones(2)), r"a \(3, 3\) and b \(2,\)"),
        (lambda: ops.lstsq(ops.ones((2, 3, 3)), ops.ones(3)), r"\(2, 3, 3\)"),
        (lambda: ops.norm(ops.ones((2, 2)), ord=3), "Received: 3"),
        (lambda: ops.norm(ops.ones((2, 2, 2)), ord=2), "a pair"),
        (lambda: ops.norm(ops.ones(2), ord="nuc"), "is a number"),
        (
            lambda: mk.grad(lambda x: ops.sum(ops.qr(x, "complete")[0]))(ops.ones((3, 2))),
            "mode='reduced'",
        ),
        (
            lambda: mk.grad(lambda x: ops.sum(ops.svd(x)[0]))(ops.ones((3, 2))),
            "full_matrices=False",
        ),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
