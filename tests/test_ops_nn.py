"""What the rows of the oracle do not say of activations, cross-entropies, attention and norms."""

import hypothesis
import hypothesis.extra.numpy as arrays
import hypothesis.strategies as strategies
import numpy as np
import pytest
import scipy.special

import minikeras as mk
from minikeras import ops
from minikeras.backend import attention, normalization
from tests.support import assert_close, values

_random = np.random.default_rng(0)


def _normal(*shape):
    return _random.standard_normal(shape).astype("float32")


X = 3 * _normal(2, 3, 4)


@pytest.mark.parametrize("name", ["sigmoid", "silu", "glu", "log_softmax"])
def test_integers_that_the_oracle_refuses(name):
    found = getattr(ops, name)(ops.arange(-3, 3, dtype="int32"))
    assert_close(found, getattr(ops, name)(ops.arange(-3.0, 3.0)))


# Second derivatives of what is smooth, where the table of primitives does not see the composition.
@pytest.mark.parametrize("name", ["gelu", "silu", "softsign", "squareplus", "celu", "log_sigmoid"])
def test_second_derivatives_of_activations(name):
    mk.testing.check_gradients(getattr(ops, name), X.astype("float64"))


@hypothesis.settings(max_examples=30, deadline=None)
@pytest.mark.filterwarnings("ignore:You are using a softmax over axis")
@hypothesis.given(
    arrays.arrays(
        "float64",
        arrays.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4),
        elements=strategies.floats(-50, 50),
    ),
    strategies.data(),
)
def test_softmax_of_any_shape_equals_scipys(x, data):
    axis = data.draw(strategies.integers(-x.ndim, x.ndim - 1))
    if not x.shape[axis]:
        return
    tensor = ops.convert_to_tensor(x)
    assert_close(ops.softmax(tensor, axis=axis), scipy.special.softmax(x, axis=axis))
    assert_close(ops.log_softmax(tensor, axis=axis), scipy.special.log_softmax(x, axis=axis))
    transposed = ops.softmax(ops.transpose(tensor), axis=x.ndim - 1 - axis % x.ndim)
    assert_close(ops.transpose(transposed), scipy.special.softmax(x, axis=axis))


def test_labels_along_another_axis():
    # The oracle has no labels for other axes than the last.
    logits = ops.convert_to_tensor(X)
    labels = ops.convert_to_tensor(np.array([[0, 2, 1, 1], [2, 2, 0, 1]]))
    for from_logits, output in ((True, logits), (False, ops.softmax(logits, axis=1))):
        found = ops.sparse_categorical_crossentropy(labels, output, from_logits, axis=1)
        hot = ops.one_hot(labels, 3, axis=1)
        assert_close(found, ops.categorical_crossentropy(hot, output, from_logits, axis=1), 1e-4)


HEADS = [_normal(2, n, 4, 3) for n in (5, 6, 6)]
GROUPED = [_normal(2, 5, 4, 3), _normal(2, 6, 2, 3), _normal(2, 6, 2, 3)]
ALLOWED = _random.random((2, 4, 5, 6)) > 0.4
ATTENTION = [
    (HEADS, {}), (GROUPED, {}), (HEADS, {"scale": 0.3}), (HEADS, {"is_causal": True}),
    (HEADS, {"mask": ALLOWED}), (HEADS, {"mask": ALLOWED[:1, :1], "is_causal": True}),
    (HEADS, {"bias": _normal(1, 4, 5, 6)}), (GROUPED, {"bias": _normal(2, 1, 5, 6)}),
    (GROUPED, {"mask": ALLOWED}), (HEADS, {"flash_attention": False}),
]  # fmt: skip


@pytest.mark.parametrize("block", [1, 1 << 19])
@pytest.mark.parametrize("more", [{}, {"attn_logits_soft_cap": 0.5}])
@pytest.mark.parametrize("args, settings", ATTENTION)
def test_attention_block_by_block(args, settings, more, block, monkeypatch):
    monkeypatch.setattr(attention, "_BLOCK", block)
    settings = {**settings, **more}
    tensors = [ops.convert_to_tensor(a.astype("float64")) for a in args]

    def total(q, k, v, flash):
        found = ops.dot_product_attention(q, k, v, **{**settings, "flash_attention": flash})
        return ops.sum(ops.sin(found)), found

    outcomes = []
    for flash in (True, False):
        with mk.GradientTape() as tape:
            tape.watch(tensors)
            loss, found = total(*tensors, flash)
        outcomes.append([found, *tape.gradient(loss, tensors)])
    for a, b in zip(*outcomes):
        np.testing.assert_allclose(values(a), values(b), rtol=1e-9, atol=1e-12)


def test_large_attention_is_computed_block_by_block(monkeypatch):
    made = []
    kernel = attention.blockwise_attention.kernel
    monkeypatch.setattr(
        attention.blockwise_attention, "kernel", lambda *a, **k: made.append(1) or kernel(*a, **k)
    )
    q, k, v = map(ops.convert_to_tensor, HEADS)
    whole = ops.dot_product_attention(q, k, v)
    assert not made
    monkeypatch.setattr(attention, "is_large", lambda query, key: True)
    assert_close(ops.dot_product_attention(q, k, v), values(whole))
    assert made
    made.clear()
    mk.config.disable_flash_attention()
    ops.dot_product_attention(q, k, v)
    mk.config.enable_flash_attention()
    assert not made


def test_attention_with_soft_cap():
    q, k, v = map(ops.convert_to_tensor, HEADS)
    found = ops.dot_product_attention(q, k, v, attn_logits_soft_cap=0.5)
    scores = np.einsum("btnh,bsnh->bnts", HEADS[0], HEADS[1]) / np.sqrt(3)
    weights = scipy.special.softmax(0.5 * np.tanh(scores / 0.5), axis=-1)
    assert_close(found, np.einsum("bnts,bsnh->btnh", weights, HEADS[2]).astype("float32"))


@pytest.mark.parametrize("axes", [(0,), (1, 2), (0, 2), (2,), (0, 1, 2)])
@pytest.mark.parametrize("is_contiguous", [True, False])
def test_standardize_equals_its_composed_form(axes, is_contiguous):
    x = X if is_contiguous else np.asfortranarray(X)
    scale, offset = X[:1], X[:, :1]
    for weights in ((None, None), (scale, offset), (scale[:, :1, :1], None)):
        args = [w if w is None else ops.convert_to_tensor(w) for w in (x, *weights)]
        settings = {"axes": axes, "epsilon": 0.01}
        found = normalization.standardize(*args, **settings)
        assert_close(found, normalization.composed(*args, **settings), 1e-5, 1e-5)


@pytest.mark.parametrize(
    ("shape", "axes", "weights"),
    [
        ((6, 5, 7, 3), (0, 1, 2), (1, 1, 1, 3)),
        ((6, 3, 7, 5), (0, 2, 3), (1, 3, 1, 1)),
        ((40, 6), (0,), (1, 6)),
        ((6, 40), (1,), (1, 40)),
        ((6, 8, 5, 4), (2, 3), (1, 1, 5, 4)),
    ],
)
def test_standardize_in_blocks_equals_its_composed_form(shape, axes, weights, monkeypatch):
    from minikeras.backend import standardization
    from minikeras.backend.transforms import vjp

    monkeypatch.setattr(standardization, "_MANY", 1)
    monkeypatch.setattr(standardization, "_BLOCK_BYTES", 200)
    arrays = [(3 + _normal(*n)).astype("float64") for n in (shape, weights, weights)]
    for has_weights in (True, False):
        args = [ops.convert_to_tensor(a) for a in (arrays if has_weights else arrays[:1])]
        more = [] if has_weights else [None, None]
        runs = []
        for threads, function in (
            (1, normalization.standardize),
            (3, normalization.standardize),
            (3, normalization.composed),
        ):
            monkeypatch.setitem(mk.config._workers, "threads", threads)
            call = lambda *a, f=function, m=more: f(*a, *m, axes=axes, epsilon=0.01)
            out, back = vjp(call, *args)
            seeds = tuple(ops.convert_to_tensor(np.sin(3 * values(y) + 1).round(2)) for y in out)
            runs.append([*values(out), *values(list(back(seeds)))])
        for one, three, expected in zip(*runs):
            np.testing.assert_array_equal(one, three)
            np.testing.assert_allclose(one, expected, 1e-9, 1e-9)


def test_moments_of_one_replica():
    x = ops.convert_to_tensor(X)
    assert_close(ops.moments(x, 0, synchronized=True), ops.moments(x, 0))


def test_normalize_by_the_largest():
    found = ops.normalize(ops.convert_to_tensor(X), order=float("inf"))
    assert_close(found, X / np.abs(X).max(-1, keepdims=True))


def test_half_precision_of_normalisation_is_that_of_single():
    x = (1000 * _normal(64, 128)).astype("float16")
    found = values(ops.layer_normalization(ops.convert_to_tensor(x)))
    wide = x.astype("float64")
    expected = (wide - wide.mean(-1, keepdims=True)) / wide.std(-1, keepdims=True)
    assert found.dtype == "float16"
    assert_close(found, expected, 2e-3, 2e-3, dtype=False)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: ops.one_hot([1], 3, sparse=True), "dense"),
        (lambda: ops.multi_hot([1]), "num_classes"),
        (lambda: ops.categorical_crossentropy(ops.ones((2, 3)), ops.ones((2, 4))), "same shape"),
        (lambda: ops.binary_crossentropy(ops.ones((2, 3)), ops.ones((2, 4))), "same shape"),
        (lambda: ops.sparse_categorical_crossentropy([1, 2], ops.ones((3, 4))), r"labels \(2,\)"),
        (lambda: ops.normalize(X, order=0), "`order` must be"),
        (lambda: ops.glu(ops.ones((2, 3))), "even length"),
        (lambda: ops.dot_product_attention(X, X, X), "4 axes"),
        (lambda: ops.dot_product_attention(HEADS[0], HEADS[1][:, :, :3], HEADS[2]), "3 heads"),
    ],
)  # fmt: skip
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scale", [1, 1000])
def test_softmax_of_many_rows(dtype, scale, monkeypatch):
    x = (scale * _random.standard_normal((300, 3, 111))).astype(dtype)
    x[5, 1] -= 300 * scale
    if scale > 1:
        x[6, 2, :50] = -np.inf
        x[7, 0, 3] = np.nan
    runs = []
    for threads in (1, 3):
        monkeypatch.setitem(mk.config._workers, "threads", threads)
        runs.append(values(ops.softmax(ops.convert_to_tensor(x))))
    np.testing.assert_array_equal(*runs)
    expected = scipy.special.softmax(x.astype("float64"), axis=-1)
    np.testing.assert_allclose(runs[0], expected, 1e-5, 1e-30)
    assert runs[0].dtype == dtype
