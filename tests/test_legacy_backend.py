"""``keras.backend`` of Keras 1 and 2: every function, against NumPy or what is public today."""

import pathlib

import numpy as np
import pytest
import scipy.sparse

import minikeras as mk
from minikeras.legacy import era_scope
from minikeras.legacy.backend import graphs
from minikeras.legacy.names import backend
from tests.support import assert_close, values

K = mk.backend
T = mk.ops.convert_to_tensor
RNG = np.random.default_rng(0)
A = RNG.normal(size=(2, 3)).astype("float32")
B = RNG.normal(size=(2, 3)).astype("float32")
C = RNG.normal(size=(2, 3, 4)).astype("float32")
IMAGES = RNG.normal(size=(2, 5, 6, 3)).astype("float32")

SAME = [
    ("abs", (A,), {}, np.abs(A)),
    ("sign", (A,), {}, np.sign(A)),
    ("round", (A,), {}, np.round(A)),
    ("sin", (A,), {}, np.sin(A)),
    ("cos", (A,), {}, np.cos(A)),
    ("exp", (A,), {}, np.exp(A)),
    ("log", (A * A,), {}, np.log(A * A)),
    ("square", (A,), {}, A * A),
    ("pow", (A, 2), {}, A**2),
    ("sqrt", (A,), {}, np.sqrt(np.maximum(A, 0))),
    ("clip", (A, 0.5, -0.5), {}, np.full_like(A, 0.5)),
    ("clip", (A, None, 0.1), {}, np.minimum(A, np.float32(0.1))),
    ("maximum", (A, B), {}, np.maximum(A, B)),
    ("minimum", (A, B), {}, np.minimum(A, B)),
    ("equal", (A, A), {}, A == A),
    ("not_equal", (A, B), {}, A != B),
    ("less", (A, B), {}, A < B),
    ("greater", (A, B), {}, A > B),
    ("greater_equal", (A, B), {}, A >= B),
    ("less_equal", (A, B), {}, A <= B),
    ("lesser", (A, B), {}, A < B),
    ("lesser_equal", (A, B), {}, A <= B),
    ("sum", (C, 1), {"keepdims": True}, C.sum(1, keepdims=True)),
    ("prod", (C, -1), {}, C.prod(-1)),
    ("max", (C, (0, 2)), {}, C.max((0, 2))),
    ("min", (C,), {"axis": 2}, C.min(2)),
    ("mean", (C, 1), {}, C.mean(1)),
    ("mean", (A > 0,), {}, (A > 0).mean(dtype="float32")),
    ("var", (C, 1), {}, C.var(1)),
    ("std", (C, 1), {}, C.std(1)),
    ("any", (A > 0, 1), {}, (A > 0).any(1)),
    ("all", (A > 0, 1), {}, (A > 0).all(1)),
    ("logsumexp", (A, 1), {}, np.log(np.exp(A).sum(1))),
    ("argmax", (A,), {}, A.argmax(1).astype("int32")),
    ("argmin", (A, 0), {}, A.argmin(0).astype("int32")),
    ("cumsum", (A,), {}, A.cumsum(0)),
    ("cumprod", (A, 1), {}, A.cumprod(1)),
    ("dot", (C, RNG.normal(size=(5, 4, 2)).astype("float32")), {}, None),
    ("transpose", (A,), {}, A.T),
    ("permute_dimensions", (C, (2, 0, 1)), {}, C.transpose(2, 0, 1)),
    ("gather", (A, np.array([1, 0, 1])), {}, A[[1, 0, 1]]),
    ("concatenate", ([A, B], 0), {}, np.concatenate([A, B])),
    ("stack", ([A, B], 1), {}, np.stack([A, B], 1)),
    ("reshape", (C, (6, 4)), {}, C.reshape(6, 4)),
    ("flatten", (C,), {}, C.ravel()),
    ("batch_flatten", (C,), {}, C.reshape(2, 12)),
    ("expand_dims", (A,), {"dim": 1}, A[:, None]),
    ("squeeze", (A[:, None], 1), {}, A),
    ("repeat", (A, 4), {}, np.repeat(A[:, None], 4, 1)),
    ("repeat_elements", (A, 2, 1), {}, A.repeat(2, 1)),
    ("tile", (A, [2, 1]), {}, np.tile(A, (2, 1))),
    ("reverse", (C, [0, 2]), {}, C[::-1, :, ::-1]),
    ("slice", (C, [0, 1], [1, -1]), {}, C[:1, 1:]),
    ("one_hot", (np.array([0, 2]),), {"nb_classes": 3}, np.eye(3, dtype="float32")[[0, 2]]),
    ("arange", (2, 8, 3), {}, np.arange(2, 8, 3, dtype="int32")),
    ("arange", (-3,), {}, np.arange(0, dtype="int32")),
    ("sigmoid", (A,), {}, 1 / (1 + np.exp(-A))),
    ("tanh", (A,), {}, np.tanh(A)),
    ("softplus", (A,), {}, np.log1p(np.exp(A))),
    ("softsign", (A,), {}, A / (1 + np.abs(A))),
    (
        "relu",
        (A, 0.1, 0.5),
        {},
        np.where(A < 0, np.float32(0.1) * A, np.minimum(A, np.float32(0.5))),
    ),
    ("elu", (A, 2.0), {}, np.where(A < 0, 2 * np.expm1(A), A)),
    ("hard_sigmoid", (A,), {}, np.clip(np.float32(0.2) * A + np.float32(0.5), 0, 1)),
    ("softmax", (A,), {}, np.exp(A) / np.exp(A).sum(-1, keepdims=True)),
    ("l2_normalize", (A, 1), {}, A / np.linalg.norm(A, axis=1, keepdims=True)),
    ("in_top_k", (A, np.array([0, 1]), 3), {}, np.array([True, True])),
    ("temporal_padding", (C, 2), {}, np.pad(C, [(0, 0), (2, 2), (0, 0)])),
    ("asymmetric_temporal_padding", (C, 2, 0), {}, np.pad(C, [(0, 0), (2, 0), (0, 0)])),
    (
        "spatial_2d_padding",
        (IMAGES, (1, 2)),
        {"dim_ordering": "tf"},
        np.pad(IMAGES, [(0, 0), (1, 1), (2, 2), (0, 0)]),
    ),
    (
        "spatial_2d_padding",
        (IMAGES, ((1, 0), (0, 2)), "channels_first"),
        {},
        np.pad(IMAGES, [(0, 0), (0, 0), (1, 0), (0, 2)]),
    ),
    (
        "asymmetric_spatial_2d_padding",
        (IMAGES, 1, 2, 3, 0),
        {},
        np.pad(IMAGES, [(0, 0), (1, 2), (3, 0), (0, 0)]),
    ),
    (
        "spatial_3d_padding",
        (IMAGES[..., None],),
        {},
        np.pad(IMAGES[..., None], [(0, 0), (1, 1), (1, 1), (1, 1), (0, 0)]),
    ),
    ("resize_images", (IMAGES, 2, 3, "channels_last"), {}, IMAGES.repeat(2, 1).repeat(3, 2)),
    ("resize_images", (IMAGES, 2, 3), {"dim_ordering": "th"}, IMAGES.repeat(2, 2).repeat(3, 3)),
    (
        "resize_volumes",
        (IMAGES[..., None], 2, 1, 3, "channels_last"),
        {},
        IMAGES[..., None].repeat(2, 1).repeat(3, 3),
    ),
    (
        "bias_add",
        (IMAGES, np.arange(3, dtype="float32")),
        {},
        IMAGES + np.arange(3, dtype="float32"),
    ),
    (
        "bias_add",
        (IMAGES, np.arange(5, dtype="float32"), "channels_first"),
        {},
        IMAGES + np.arange(5, dtype="float32")[:, None, None],
    ),
    ("constant", (2.0,), {"shape": (2, 2)}, np.full((2, 2), 2, "float32")),
    ("cast", (A, "int32"), {}, A.astype("int32")),
    ("cast_to_floatx", (A.astype("float64"),), {}, A),
    ("zeros_like", (A,), {}, np.zeros_like(A)),
    ("ones_like", (A,), {}, np.ones_like(A)),
    ("identity", (A,), {}, A),
    ("stop_gradient", (A,), {}, A),
    ("map_fn", (lambda row: row * 2, A), {}, A * 2),
    ("foldl", (lambda s, x: s * 0.5 + x, A), {}, A[0] * np.float32(0.5) + A[1]),
    ("foldr", (lambda s, x: s * 0.5 + x, A), {}, A[1] * np.float32(0.5) + A[0]),
]


def _tensors(args):
    return mk.tree.map_structure(lambda x: T(x) if isinstance(x, np.ndarray) else x, args)


@pytest.mark.parametrize(
    "name, args, settings, expected", SAME, ids=lambda v: v if isinstance(v, str) else ""
)
def test_functions_of_arrays(name, args, settings, expected):
    found = getattr(K, name)(*_tensors(args), **settings)
    expected = np.dot(*args) if expected is None else expected
    assert_close(found, np.asarray(expected), rtol=1e-5, atol=1e-6)


def test_batch_dot():
    x, y = (
        RNG.normal(size=(2, 3, 4)).astype("float32"),
        RNG.normal(size=(2, 4, 5)).astype("float32"),
    )
    assert_close(K.batch_dot(T(x), T(y)), x @ y, rtol=1e-5)
    assert_close(K.batch_dot(T(x), T(y), axes=(2, 1)), x @ y, rtol=1e-5)
    same = np.einsum("bij,bkj->bik", x, x)
    assert_close(K.batch_dot(T(x), T(x), axes=2), same, rtol=1e-5)
    rows = RNG.normal(size=(2, 4)).astype("float32")
    assert_close(
        K.batch_dot(T(x), T(rows), axes=(2, 1)), np.einsum("bij,bj->bi", x, rows), rtol=1e-5
    )
    assert K.batch_dot(T(A), T(B), axes=1).shape == (2, 1)
    with pytest.raises(ValueError, match="over the batch"):
        K.batch_dot(T(x), T(y), axes=0)


def test_losses_whose_arguments_changed_places():
    target, output = np.eye(3, dtype="float32")[[0, 2]], values(mk.ops.softmax(T(A)))
    expected = -np.log((target * output).sum(1))
    bits = -(target * np.log(output) + (1 - target) * np.log(1 - output))
    classes = np.array([0, 2])
    assert_close(K.categorical_crossentropy(T(target), T(output)), expected, rtol=1e-5)
    assert_close(
        K.sparse_categorical_crossentropy(T(classes[:, None]), T(output)), expected, rtol=1e-5
    )
    assert_close(K.binary_crossentropy(T(target), T(output)), bits, rtol=1e-4, atol=1e-6)
    with era_scope(1):
        assert_close(K.categorical_crossentropy(T(output), T(target)), expected, rtol=1e-5)
        assert_close(K.binary_crossentropy(T(output), T(target)), bits, rtol=1e-4, atol=1e-6)


def test_convolutions():
    kernel = RNG.normal(size=(3, 2, 3, 4)).astype("float32")
    plain = values(mk.ops.conv(T(IMAGES), T(kernel), 1, "same"))
    assert_close(K.conv2d(T(IMAGES), T(kernel), border_mode="same", dim_ordering="tf"), plain)
    first = T(IMAGES.transpose(0, 3, 1, 2))
    found = K.conv2d(first, T(kernel), padding="same", data_format="channels_first")
    assert_close(values(found).transpose(0, 2, 3, 1), plain, rtol=1e-4, atol=1e-5)
    holes = K.atrous_conv2d(T(IMAGES), T(kernel), rate=2)
    assert_close(holes, values(mk.ops.conv(T(IMAGES), T(kernel), 1, "valid", dilation_rate=2)))
    line = RNG.normal(size=(2, 4, 5)).astype("float32")
    causal = values(K.conv1d(T(C), T(line), padding="causal"))
    assert causal.shape == (2, 3, 5)
    assert_close(causal[:, 0], C[:, 0] @ line[1], rtol=1e-4, atol=1e-5)
    volume, cube = C[..., None, None], RNG.normal(size=(2, 2, 1, 1, 2)).astype("float32")
    volume = volume.reshape(2, 3, 4, 1, 1)
    assert K.conv3d(T(volume), T(cube)).shape == (2, 2, 3, 1, 2)
    deep = RNG.normal(size=(2, 2, 3, 2)).astype("float32")
    wide = values(mk.ops.depthwise_conv(T(IMAGES), T(deep)))
    assert_close(K.depthwise_conv2d(T(IMAGES), T(deep)), wide)
    points = RNG.normal(size=(1, 1, 6, 4)).astype("float32")
    assert_close(
        K.separable_conv2d(T(IMAGES), T(deep), T(points)), wide @ points[0, 0], rtol=1e-4, atol=1e-5
    )
    narrow = K.separable_conv1d(
        T(C), T(deep[0][:, :1].repeat(4, 1)), T(points[0][:, :4].repeat(2, 1))
    )
    assert narrow.shape == (2, 2, 4)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("size", [5, 6])
def test_transposed_convolutions_are_gradients_of_convolutions(padding, size):
    """For each size that a convolution takes to the same output."""
    kernel = T(RNG.normal(size=(3, 2, 4, 3)).astype("float32"))
    x = T(RNG.normal(size=(2, size, size, 4)).astype("float32"))
    out = mk.ops.conv(x, kernel, 2, padding)
    g = T(RNG.normal(size=out.shape).astype("float32"))
    expected = mk.grad(lambda x: mk.ops.sum(mk.ops.conv(x, kernel, 2, padding) * g))(x)
    found = K.conv2d_transpose(g, kernel, x.shape, (2, 2), padding)
    assert_close(found, values(expected), rtol=1e-4, atol=1e-5)
    old = K.deconv2d(g, mk.ops.transpose(kernel, (0, 1, 3, 2)), x.shape, (2, 2), padding)
    assert_close(old, values(expected), rtol=1e-4, atol=1e-5)
    deep = K.conv3d_transpose(
        g[:, :, :, None], kernel[:, :, None], (2, size, size, 1, 4), (2, 2, 1), padding
    )
    assert_close(deep[:, :, :, 0], values(expected), rtol=1e-4, atol=1e-5)


def test_local_convolutions():
    kernel = RNG.normal(size=(2, 8, 5)).astype("float32")
    expected = np.stack([C[:, i : i + 2].reshape(2, 8) @ kernel[i] for i in range(2)], 1)
    assert_close(K.local_conv1d(T(C), T(kernel), (2,), (1,)), expected, rtol=1e-4, atol=1e-5)
    turned = kernel.reshape(2, 2, 4, 5).transpose(0, 2, 1, 3).reshape(2, 8, 5)
    first = K.local_conv1d(T(C.transpose(0, 2, 1)), T(turned), (2,), (1,), "channels_first")
    assert_close(first, expected.transpose(0, 2, 1), rtol=1e-4, atol=1e-5)
    kernel = RNG.normal(size=(2 * 2, 2 * 3 * 3, 4)).astype("float32")
    found = values(K.local_conv2d(T(IMAGES), T(kernel), (2, 3), (3, 3), (2, 2)))
    corner = IMAGES[:, 3:5, 3:6].reshape(2, 18) @ kernel[3]
    assert_close(found[:, 1, 1], corner, rtol=1e-4, atol=1e-5)


def test_pooling():
    found = K.pool2d(T(IMAGES), (2, 2), (2, 2), border_mode="valid", pool_mode="avg")
    assert_close(found, values(mk.ops.average_pool(T(IMAGES), 2, 2)))
    assert_close(K.pool2d(T(IMAGES), (2, 2)), values(mk.ops.max_pool(T(IMAGES), 2, 1)))
    assert K.pool3d(T(IMAGES[..., None]), (2, 2, 2)).shape == (2, 4, 5, 2, 1)
    with pytest.raises(ValueError, match="pool_mode"):
        K.pool2d(T(IMAGES), (2, 2), pool_mode="sum")


def test_normalization():
    gamma, beta = T(np.arange(1, 4, dtype="float32")), T(np.arange(3, dtype="float32"))
    found, mean, var = K.normalize_batch_in_training(T(IMAGES), gamma, beta, (0, 1, 2))
    assert_close(mean, IMAGES.mean((0, 1, 2)), rtol=1e-4, atol=1e-6)
    again = K.batch_normalization(T(IMAGES), mean, var, beta, gamma)
    expected = (IMAGES - IMAGES.mean((0, 1, 2))) / np.sqrt(IMAGES.var((0, 1, 2)) + 1e-3)
    for y in (found, again):
        assert_close(
            y,
            expected * np.arange(1, 4, dtype="float32") + np.arange(3, dtype="float32"),
            rtol=1e-4,
            atol=1e-5,
        )
    assert_close(
        K.batch_normalization(T(IMAGES), mean, var, None, None), expected, rtol=1e-4, atol=1e-5
    )


def test_labels_of_sequences():
    chances = np.array([[[0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.7, 0.2, 0.1]]], "float32")
    labels, scores = K.ctc_decode(T(chances), T(np.array([3])))
    assert values(labels[0]).ravel().tolist()[:2] == [1, 0] and np.shape(values(scores)) == (1, 1)
    cost = K.ctc_batch_cost(
        T(np.array([[1, 0]])), T(chances), T(np.array([[3]])), T(np.array([[2]]))
    )
    paths = [(1, 2, 0), (1, 0, 2), (2, 1, 0), (1, 1, 0), (1, 0, 0)]
    total = sum(np.prod([chances[0, t, c] for t, c in enumerate(p)]) for p in paths)
    assert_close(cost, np.array([[-np.log(total)]], "float32"), rtol=1e-4)
    indices, kept = K.ctc_label_dense_to_sparse(T(np.array([[3, 4], [5, 6]])), T(np.array([2, 1])))
    assert values(kept).tolist() == [3, 4, 5] and values(indices).tolist() == [
        [0, 0],
        [0, 1],
        [1, 0],
    ]


def test_variables_and_their_traits():
    v = K.variable(A, name="v")
    assert K.is_variable(v) and K.is_tensor(v) and not K.is_symbolic(v) and not K.is_placeholder(v)
    assert K.int_shape(v) == K.get_variable_shape(v) == (2, 3) and K.ndim(v) == 2
    assert K.count_params(v) == 6 and K.dtype(v) == "float32" and tuple(K.shape(v)) == (2, 3)
    assert int(K.size(v)) == 6 and not K.is_sparse(v)
    K.set_value(v, B)
    assert_close(K.get_value(v), B)
    K.batch_set_value([(v, A)])
    assert_close(K.batch_get_value([v])[0], A)
    K.update_add(v, T(B))
    K.update_sub(v, T(A))
    assert_close(K.eval(v), B, rtol=1e-5, atol=1e-6)
    K.moving_average_update(v, T(A), 0.25)
    assert_close(K.eval(v), 0.25 * B + 0.75 * A, rtol=1e-5, atol=1e-6)
    K.update(v, T(A))
    assert_close(K.eval(v), A)
    assert_close(K.eval(K.zeros((2,))), np.zeros(2, "float32"))
    assert_close(K.eval(K.ones((2,), "int32")), np.ones(2, "int32"))
    assert_close(K.eval(K.eye((2, 3))), np.eye(2, 3, dtype="float32"))
    assert K.is_symbolic(K.placeholder(ndim=2)) and K.is_placeholder(K.placeholder((2, 3)))
    with pytest.raises(ValueError, match="has no value"):
        K.eval(K.placeholder((1,)))
    with pytest.raises(ValueError, match="needs a shape"):
        K.placeholder()


def test_counters_and_orderings(capsys):
    K.reset_uids()
    assert [K.get_uid("a"), K.get_uid("a"), K.get_uid("b")] == [1, 2, 1]
    assert K.image_dim_ordering() == "tf"
    K.set_image_dim_ordering("th")
    assert K.image_data_format() == "channels_first" and K.image_dim_ordering() == "th"
    assert K.normalize_data_format(None) == "channels_first"
    with pytest.raises(ValueError, match="'tf' or 'th'"):
        K.set_image_dim_ordering("cf")
    K.print_tensor(T(A), "here")
    assert capsys.readouterr().out.startswith("here")
    assert_close(K.to_dense(scipy.sparse.csr_matrix(A)), A)
    assert K.to_dense(A) is A and K.eager(len) is len and K.symbolic(len) is len


@pytest.mark.parametrize("name, args, mean, spread", [
    ("random_normal", (1.0, 2.0), 1.0, 2.0), ("random_uniform", (0.0, 2.0), 1.0, 2 / 12**0.5),
    ("truncated_normal", (), 0.0, 0.88), ("random_binomial", (0.25,), 0.25, 0.433),
])  # fmt: skip
def test_random_numbers(name, args, mean, spread):
    drawn = values(getattr(K, name)((4000,), *args, seed=3))
    assert abs(drawn.mean() - mean) < 0.12 and abs(drawn.std() - spread) < 0.12
    assert K.random_normal((2,), std=0.0).shape == (2,) and K.random_uniform(
        (2,), low=0.0
    ).shape == (2,)
    assert K.random_uniform_variable((2,), 1.0, 2.0).shape == (2,)
    assert K.random_normal_variable((2,), 0.0, 1.0).shape == (2,)
    kept = values(K.dropout(T(np.ones(4000, "float32")), 0.25, seed=1))
    assert abs((kept == 0).mean() - 0.25) < 0.05 and abs(kept.mean() - 1) < 0.05


def _model():
    inputs = mk.Input((3,))
    hidden = mk.layers.Dense(4, activation="tanh", name="hidden")(inputs)
    outputs = mk.layers.Dense(1)(mk.layers.Dropout(0.5, name="drop")(hidden))
    return mk.Model(inputs, outputs)


def test_functions_of_graphs():
    model = _model()
    middle = K.function([model.input], [model.get_layer("hidden").output, model.output])
    hidden, out = middle([A])
    kernel, bias = model.get_layer("hidden").get_weights()
    assert isinstance(out, np.ndarray)
    assert_close(hidden, np.tanh(A @ kernel + bias), rtol=1e-5, atol=1e-6)
    assert_close(out, model.predict(A, verbose=0), rtol=1e-5, atol=1e-6)


def test_the_learning_phase():
    model = _model()
    run = K.function([model.input, K.learning_phase()], [model.get_layer("drop").output])
    testing, training = run([A, 0])[0], run([A, 1])[0]
    assert (testing != 0).all() and (training == 0).any()
    assert K.in_train_phase(1, 2, training=True) == 1 and K.in_test_phase(1, 2, training=True) == 2
    K.set_learning_phase(1)
    try:
        assert K.learning_phase() == 1 and K.in_train_phase(lambda: 1, lambda: 2) == 1
    finally:
        graphs._state["phase"] = None
    with pytest.raises(ValueError, match="0 or 1"):
        K.set_learning_phase(2)


def test_gradients_of_graphs():
    model = _model()
    loss = K.sum(K.square(model.output))
    by_input, by_kernel = K.gradients(loss, [model.input, model.get_layer("hidden").kernel])
    found = K.function([model.input], [loss, by_input, by_kernel])([A])

    def total(x, kernel):
        hidden = mk.ops.tanh(x @ kernel + model.get_layer("hidden").bias.array)
        last = model.layers[-1]
        return mk.ops.sum(mk.ops.square(hidden @ last.kernel.array + last.bias.array))

    kernel = model.get_layer("hidden").kernel.array
    expected = mk.grad(total, argnums=(0, 1))(T(A), kernel)
    assert_close(found[0], values(total(T(A), kernel)), rtol=1e-5)
    assert_close(found[1:], [values(e) for e in expected], rtol=1e-4, atol=1e-5)


def test_gradients_by_a_tensor_within():
    model = _model()
    hidden = model.get_layer("hidden").output
    (slope,) = K.gradients(model.output[:, 0], hidden)
    found = K.function([model.input], slope)([A])[0]
    assert_close(found, np.broadcast_to(values(model.layers[-1].kernel.array).T, (2, 4)), rtol=1e-5)


def test_updates_of_functions():
    x, count = K.placeholder((None,)), K.variable(0.0)
    run = K.function([x], [x * 2], updates=[(count, K.sum(x)), K.update(count, K.sum(x) + 1.0)])
    assert run([np.array([1.0, 2.0], "float32")])[0].tolist() == [2.0, 4.0]
    assert float(K.get_value(count)) == 4.0
    with pytest.raises(ValueError, match="session"):
        K.function([x], [x], options=1)


def test_conditions():
    assert K.switch(True, lambda: 1, lambda: 2) == 1
    assert_close(K.switch(T(A[:, 0] > 0), T(A), T(B)), np.where(A[:, :1] > 0, A, B))
    assert_close(K.switch(T(np.array(False)), lambda: T(A), lambda: T(B)), B)


@pytest.mark.parametrize("is_masked", [False, True])
@pytest.mark.parametrize("go_backwards", [False, True])
def test_recurrence(is_masked, go_backwards):
    mask = np.array([[True, False, True], [True, True, False]]) if is_masked else None
    found = K.rnn(
        lambda x, states: (x + states[0] * states[1], [x + states[0] * states[1]]),
        T(C), [T(np.zeros((2, 4), "float32"))], go_backwards,
        None if mask is None else T(mask), constants=[T(np.float32(0.5))], unroll=True,
    )  # fmt: skip
    state, outputs = np.zeros((2, 4), "float32"), []
    order = [2, 1, 0] if go_backwards else [0, 1, 2]
    for t in order:
        new = C[:, t] + state * np.float32(0.5)
        state = new if mask is None else np.where(mask[:, t, None], new, state)
        outputs.append(state)
    assert_close(found[0], state, rtol=1e-5)
    assert_close(found[1], np.stack(outputs, 1), rtol=1e-5)
    assert_close(found[2][0], state, rtol=1e-5)


def test_functions_within_a_lambda_and_a_layer():
    x = mk.Input((3,))
    model = mk.Model(x, mk.layers.Lambda(lambda t: K.l2_normalize(t, axis=1))(x))
    assert_close(
        model.predict(A, verbose=0), A / np.linalg.norm(A, axis=1, keepdims=True), rtol=1e-5
    )
    assert K.int_shape(K.concatenate([x, K.batch_flatten(x)])) == (None, 6)


def test_names_of_old_that_are_classes():
    with K.name_scope("scope"):
        assert K.variable(1.0, name="v").path == "scope/v"
    x = K.placeholder((None, 2))
    assert_close(K.Function([x], x * 2)([T(A[:, :2])]), 2 * A[:, :2])


def test_a_session_runs_graphs():
    """More on `get_session` and `set_session` is in test_legacy_graphs."""
    x = K.placeholder((None, 2))
    K.set_session(K.get_session())
    assert K.get_session().run(x + 1, {x: [[1.0, 2.0]]}).tolist() == [[2.0, 3.0]]


def test_every_function_occurs_here():
    text = pathlib.Path(__file__).read_text(encoding="utf-8")
    named = [n for n in vars(backend) if not n.startswith("_") and callable(getattr(backend, n))]
    assert [n for n in named if n not in text] == []
