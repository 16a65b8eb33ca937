"""Activations, cross-entropies, normalisation and attention as ops, against Keras on JAX."""

import hypothesis
import hypothesis.extra.numpy as arrays
import hypothesis.strategies as strategies
import numpy as np
import pytest
import scipy.special

import minikeras as mk
from minikeras import ops
from minikeras.backend import attention, normalization
from tests.op_rows import compare, compare_gradients, compare_symbolic
from tests.support import assert_close, values

_random = np.random.default_rng(0)


def _normal(*shape):
    return _random.standard_normal(shape).astype("float32")


X = 3 * _normal(2, 3, 4)
EMPTY, FAR = np.zeros((0, 4), "float32"), np.float32([-1e4, -100, -20, 20, 100, 1e4])
P, Q = (scipy.special.softmax(_normal(2, 3, 4), axis=-1) for _ in range(2))
LABELS, OTHERS = np.array([[0, 3, 1], [2, 2, 0]]), np.array([[0, -1, 4], [3, 9, -7]])
BINARY, SHARES = (_random.random((2, 3, 4)) > 0.5).astype("float32"), _random.random((2, 3, 4))
ONE_HOT = np.eye(4, dtype="float32")[LABELS]

ACTIVATIONS = {
    "relu": [{}], "relu6": [{}], "sigmoid": [{}], "sparse_sigmoid": [{}], "softplus": [{}],
    "softsign": [{}], "soft_shrink": [{}, {"threshold": 1.2}], "sparse_plus": [{}], "silu": [{}],
    "swish": [{}], "log_sigmoid": [{}],
    "leaky_relu": [{}, {"negative_slope": 1.5}, {"negative_slope": -0.5}],
    "hard_sigmoid": [{}], "hard_silu": [{}], "hard_swish": [{}], "hard_tanh": [{}],
    "hard_shrink": [{}, {"threshold": 1.2}], "tanh_shrink": [{}],
    "elu": [{}, {"alpha": 0.5}], "selu": [{}], "celu": [{}, {"alpha": 0.5}],
    "gelu": [{}, {"approximate": False}], "glu": [{}, {"axis": 0}],
    "squareplus": [{}, {"b": 1}], "threshold": [{"threshold": 0.5, "default_value": -3.0}],
    "softmax": [{}, {"axis": 0}, {"axis": (0, 2)}, {"axis": None}],
    "log_softmax": [{}, {"axis": 0}, {"axis": (1, 2)}, {"axis": None}],
    "sparsemax": [{}, {"axis": 1}],  # of logits so far apart that one value is positive
}  # fmt: skip
CALLS = [(name, settings) for name, each in ACTIVATIONS.items() for settings in each]


@pytest.mark.parametrize("name, settings", CALLS, ids=lambda v: str(v))
def test_activations(name, settings):
    compare(name, X, **settings)
    compare_gradients(name, X.astype("float64"), **settings)
    compare_symbolic(
        name,
        [(None, 3, 4)]
        if "axis" not in settings or settings["axis"] not in (0, None)
        else [(2, 3, 4)],
        lambda op, x: op(x, **settings),
    )


@pytest.mark.parametrize("name, settings", CALLS, ids=lambda v: str(v))
def test_activations_of_other_values(name, settings):
    half = X.astype("float16")
    compare(name, half, rtol=4e-3, atol=4e-3, **settings)
    if "axis" not in settings:
        compare(name, FAR, rtol=1e-4, **settings)
        found = getattr(ops, name)(ops.convert_to_tensor(EMPTY), **settings)
        assert found.shape == ((0, 2) if name == "glu" else EMPTY.shape)
    integers = ops.arange(-3, 3, dtype="int32")
    found = getattr(ops, name)(integers, **{k: v for k, v in settings.items() if k != "axis"})
    if name not in NEED_FLOATS:
        compare(name, values(integers), atol=1e-5, **{**settings, **AXES.get(name, {})})
    else:
        assert str(found.dtype) == "float32"


# The oracle takes no integers.
NEED_FLOATS = ("sigmoid", "silu", "swish", "glu", "log_softmax")
AXES = {name: {"axis": -1} for name in ("softmax", "sparsemax")}


# Second derivatives of what is smooth, where the table of primitives does not see the composition.
@pytest.mark.parametrize("name", ["gelu", "silu", "softsign", "squareplus", "celu", "log_sigmoid"])
def test_second_derivatives_of_activations(name):
    mk.testing.check_gradients(getattr(ops, name), X.astype("float64"))


@hypothesis.settings(max_examples=30, deadline=None)
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


ROWS = [
    *(("one_hot", (LABELS, 4), {"axis": a}) for a in (-1, 0, 1)),
    ("one_hot", (OTHERS, 4), {"dtype": "int32"}), ("one_hot", (np.int32(1), 3), {}),
    ("one_hot", (LABELS.astype("uint8"), 4), {"dtype": "bool"}),
    ("multi_hot", (LABELS, 4), {}), ("multi_hot", (LABELS[0], 5), {"dtype": "int32"}),
    ("multi_hot", (OTHERS, 4), {}),
    *(
        ("categorical_crossentropy", (t, o), {"from_logits": logits, "axis": axis})
        for t, o, logits in ((P, Q, False), (P, 3 * Q, False), (P, X, True), (BINARY, X, True))
        for axis in (-1, 1)
    ),
    ("categorical_crossentropy", (ONE_HOT, np.float32(ONE_HOT)), {}),
    *(
        ("sparse_categorical_crossentropy", (t, o), {"from_logits": logits})
        for t in (LABELS, LABELS[..., None], OTHERS)
        for o, logits in ((Q, False), (3 * Q, False), (X, True), (1000 * X, True))
    ),
    *(
        ("binary_crossentropy", (t, o), {"from_logits": logits})
        for t in (BINARY, SHARES.astype("float32"))
        for o, logits in ((Q, False), (BINARY, False), (X, True), (100 * X, True))
    ),
    *(("moments", (X, a), {"keepdims": k}) for a in (0, [0, 2], (-1,)) for k in (False, True)),
    ("moments", (100 * X.astype("float16"), [0, 1]), {}),
    ("batch_normalization", (X, X[0, :, 0], P[0, :, 0], 1), {}),
    ("batch_normalization", (X, X[0, 0], P[0, 0], -1, X[1, 0], X[1, 1]), {"epsilon": 0.1}),
    ("layer_normalization", (X,), {}), ("layer_normalization", (X, X[0, 0], X[0, 1]), {}),
    ("layer_normalization", (X, X[0], X[1]), {"axis": [1, 2], "epsilon": 0.1}),
    ("layer_normalization", (X, X[0, :, 0], X[1, :, 0]), {"axis": 1}),
    ("layer_normalization", (X, X[0, 0]), {"rms_scaling": True}),
    ("layer_normalization", (X[:0],), {}), ("layer_normalization", (X[..., :1],), {}),
    ("rms_normalization", (X,), {}), ("rms_normalization", (X, X[0, 0]), {"epsilon": 0.1}),
    ("rms_normalization", (X,), {"axis": [0, 2]}),
    ("rms_normalization", (X, X[0]), {"axis": [1, 2]}),
    *(("normalize", (X,), {"order": n, "axis": a}) for n in (1, 2, 3) for a in (-1, 0)),
    ("normalize", (0 * X,), {}), ("normalize", (X,), {"epsilon": 5.0, "axis": 1}),
    ("normalize", (X,), {"axis": (0, 1)}),
    ("psnr", (X, X + 0.1, 2.0), {}),
]  # fmt: skip


def _label(row):
    return f"{row[0]}-{row[2]}"


@pytest.mark.parametrize("name, args, settings", ROWS, ids=map(_label, ROWS))
def test_values(name, args, settings):
    compare(name, *args, rtol=1e-4, **settings)


SMOOTH = [
    row
    for row in ROWS[::2]
    if "hot" not in row[0]
    and all(np.size(a) and np.asarray(a).dtype != "float16" for a in row[1])
    and row[1][0] is not BINARY
]


@pytest.mark.parametrize("name, args, settings", SMOOTH, ids=map(_label, SMOOTH))
def test_gradients(name, args, settings):
    wide = [
        a.astype("float64") if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a
        for a in args
    ]
    compare_gradients(name, *wide, **settings)


HEADS = [_normal(2, n, 4, 3) for n in (5, 6, 6)]
GROUPED = [_normal(2, 5, 4, 3), _normal(2, 6, 2, 3), _normal(2, 6, 2, 3)]
ALLOWED = _random.random((2, 4, 5, 6)) > 0.4
ATTENTION = [
    (HEADS, {}), (GROUPED, {}), (HEADS, {"scale": 0.3}), (HEADS, {"is_causal": True}),
    (HEADS, {"mask": ALLOWED}), (HEADS, {"mask": ALLOWED[:1, :1], "is_causal": True}),
    (HEADS, {"bias": _normal(1, 4, 5, 6)}), (GROUPED, {"bias": _normal(2, 1, 5, 6)}),
    (GROUPED, {"mask": ALLOWED}), (HEADS, {"flash_attention": False}),
]  # fmt: skip


@pytest.mark.parametrize(
    "args, settings", ATTENTION, ids=lambda v: "-".join(v) if isinstance(v, dict) else "heads"
)
def test_attention(args, settings):
    compare("dot_product_attention", *args, rtol=1e-4, atol=1e-5, **settings)
    wide = [x.astype("float64") for x in args]
    settings = {k: v.astype("float64") if k == "bias" else v for k, v in settings.items()}
    compare_gradients("dot_product_attention", *wide, **settings)


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
            monkeypatch.setitem(mk.config._threads, "number", threads)
            call = lambda *a, f=function, m=more: f(*a, *m, axes=axes, epsilon=0.01)
            out, back = vjp(call, *args)
            seeds = tuple(ops.convert_to_tensor(np.sin(3 * values(y) + 1).round(2)) for y in out)
            runs.append([*values(out), *values(list(back(seeds)))])
        for one, three, expected in zip(*runs):
            np.testing.assert_array_equal(one, three)
            np.testing.assert_allclose(one, expected, 1e-9, 1e-9)


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
        (lambda: ops.normalize(X, order=0), "order must be"),
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
        monkeypatch.setitem(mk.config._threads, "number", threads)
        runs.append(values(ops.softmax(ops.convert_to_tensor(x))))
    np.testing.assert_array_equal(*runs)
    expected = scipy.special.softmax(x.astype("float64"), axis=-1)
    np.testing.assert_allclose(runs[0], expected, 1e-5, 1e-30)
    assert runs[0].dtype == dtype
