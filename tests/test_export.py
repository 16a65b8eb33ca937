"""Model.export and ExportArchive: ONNX files, run by onnxruntime, beside predict."""

import numpy as np
import pytest

import minikeras as mk
from minikeras import layers as L
from minikeras.backend.autodiff import PRIMITIVES
from minikeras.backend.xp import ON_GPU
from minikeras.export.translations import TRANSLATIONS
from tests.support import assert_close, values
from tests.zoo import MODELS, batches

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")
RNG = np.random.default_rng(0)


def session(path):
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run(path, *inputs):
    opened = session(path)
    names = [i.name for i in opened.get_inputs()]
    return opened.run(None, dict(zip(names, inputs)))


def check(model, path, *inputs, rtol=1e-5, atol=1e-5, **settings):
    """Export, run on several batch sizes, compare with predict."""
    model.export(path, format="onnx", verbose=False, **settings)
    for size in (len(inputs[0]), 1, 2):
        part = [x[:size] for x in inputs]
        expected = model.predict(part[0] if len(part) == 1 else part, verbose=0)
        expected = list(mk.tree.flatten(expected))
        assert_close(run(path, *part), expected, rtol, atol)


@pytest.mark.parametrize("name", MODELS)
def test_models_of_the_zoo(name, tmp_path):
    mk.utils.set_random_seed(1)
    model = MODELS[name](mk)
    model.compile("sgd", "sparse_categorical_crossentropy")
    for x, y in batches(model, 2):
        model.train_on_batch(x, y)
    (x, _), *_ = batches(model, 1, seed=5)
    check(model, tmp_path / "model.onnx", x)


def images(*shape):
    return RNG.normal(size=(4, *shape)).astype("float32")


FIRST = {"data_format": "channels_first"}
WORDS = RNG.integers(1, 9, (4, 6)).astype("int32")
# A name, the layers (or a function of the input), and an input.
LAYERS = {
    "conv1d_causal": ([L.Conv1D(3, 3, padding="causal", dilation_rate=2)], images(9, 2)),
    "conv2d_strides": (
        [L.Conv2D(4, 3, strides=2, padding="same", activation="elu")],
        images(7, 6, 3),
    ),
    "conv2d_dilated": ([L.Conv2D(4, (3, 2), dilation_rate=2)], images(8, 8, 3)),
    "conv2d_groups": ([L.Conv2D(4, 3, groups=2, padding="same")], images(6, 6, 4)),
    "conv2d_first": ([L.Conv2D(4, 3, padding="same", **FIRST)], images(3, 6, 7)),
    "conv3d": ([L.Conv3D(2, 2, padding="same")], images(4, 5, 4, 2)),
    "depthwise": ([L.DepthwiseConv2D(3, depth_multiplier=2, strides=2)], images(7, 7, 3)),
    "depthwise_first": ([L.DepthwiseConv2D(3, padding="same", **FIRST)], images(3, 5, 6)),
    "depthwise1d": ([L.DepthwiseConv1D(3, padding="same")], images(7, 3)),
    "separable": ([L.SeparableConv2D(4, 3, activation="relu6")], images(6, 6, 3)),
    "transposed": ([L.Conv2DTranspose(3, 3, strides=2, padding="same")], images(4, 5, 2)),
    "transposed_valid": ([L.Conv2DTranspose(3, (2, 3), strides=(3, 2))], images(4, 5, 2)),
    "transposed_output": (
        [L.Conv2DTranspose(3, 3, strides=2, padding="same", output_padding=1)],
        images(4, 4, 2),
    ),
    "transposed_first": (
        [L.Conv2DTranspose(3, 4, strides=2, padding="same", **FIRST)],
        images(2, 4, 4),
    ),
    "transposed1d": ([L.Conv1DTranspose(3, 3, dilation_rate=2)], images(6, 2)),
    "transposed3d": ([L.Conv3DTranspose(2, 2, strides=2)], images(2, 3, 2, 2)),
    "max_pool_same": ([L.MaxPooling2D(3, strides=2, padding="same")], images(7, 6, 2)),
    "average_pool_same": ([L.AveragePooling2D(3, strides=2, padding="same")], images(7, 6, 2)),
    "average_pool_first": ([L.AveragePooling2D(2, **FIRST)], images(2, 6, 6)),
    "pool1d": ([L.MaxPooling1D(2), L.AveragePooling1D(2)], images(9, 2)),
    "pool3d": ([L.MaxPooling3D(2), L.GlobalMaxPooling3D()], images(4, 4, 5, 2)),
    "global": ([L.GlobalMaxPooling2D(keepdims=True), L.Flatten()], images(4, 5, 3)),
    "batch_normalization": ([L.BatchNormalization(axis=1)], images(3, 4)),
    "layer_normalization": ([L.LayerNormalization(axis=(1, 2))], images(3, 4)),
    "group_normalization": ([L.GroupNormalization(2)], images(3, 4)),
    "rms_normalization": ([L.RMSNormalization()], images(3, 4)),
    "unit_normalization": ([L.UnitNormalization()], images(5)),
    "spectral": ([L.SpectralNormalization(L.Dense(3))], images(5)),
    "simple_rnn": ([L.SimpleRNN(4, return_sequences=True), L.SimpleRNN(3)], images(5, 3)),
    "simple_rnn_relu": ([L.SimpleRNN(4, activation="relu", use_bias=False)], images(5, 3)),
    "simple_rnn_linear": ([L.SimpleRNN(4, activation="linear")], images(5, 3)),
    "lstm": ([L.LSTM(4, return_sequences=True), L.LSTM(3, go_backwards=True)], images(5, 3)),
    "lstm_plain": ([L.LSTM(4, use_bias=False)], images(5, 3)),
    "lstm_sigmoid": ([L.LSTM(4, recurrent_activation="hard_sigmoid")], images(5, 3)),
    "gru": ([L.GRU(4, return_sequences=True), L.GRU(3, reset_after=False)], images(5, 3)),
    "gru_plain": ([L.GRU(4, use_bias=False)], images(5, 3)),
    "bidirectional": ([L.Bidirectional(L.LSTM(3, return_sequences=True))], images(5, 3)),
    "stacked_cells": ([L.RNN([L.GRUCell(3), L.LSTMCell(2)])], images(4, 3)),
    "masked_lstm": ([L.Masking(), L.LSTM(4, return_sequences=True)], images(5, 3)),
    "masked_rnn": ([L.Embedding(9, 3, mask_zero=True), L.SimpleRNN(4)], WORDS * (WORDS < 6)),
    "time_distributed": ([L.TimeDistributed(L.Dense(2))], images(5, 3)),
    "embedding": ([L.Embedding(9, 3), L.Flatten()], WORDS),
    "dense_deep": ([L.Dense(3, activation="gelu")], images(2, 5, 4)),
    "einsum_dense": ([L.EinsumDense("abc,cd->abd", (None, 7), bias_axes="d")], images(5, 4)),
    "attention": (lambda x: L.Attention(use_scale=True)([x, x]), images(5, 4)),
    "causal_attention": (
        lambda x: L.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True),
        images(5, 4),
    ),
    "grouped_attention": (lambda x: L.GroupQueryAttention(4, 4, 2)(x, x), images(5, 4)),
    "additive_attention": (lambda x: L.AdditiveAttention()([x, x]), images(5, 4)),
    "reshaping": ([L.Reshape((2, 6)), L.Permute((2, 1)), L.Cropping1D(1)], images(3, 4)),
    "padding": ([L.ZeroPadding2D((1, 2)), L.Cropping2D(((0, 1), (1, 0)))], images(3, 4, 2)),
    "upsampling": ([L.UpSampling2D((2, 3))], images(3, 4, 2)),
    "upsampling_bilinear": ([L.UpSampling2D(2, interpolation="bilinear")], images(3, 4, 2)),
    "repeat": ([L.RepeatVector(3)], images(4)),
    "merging": (
        lambda x: L.Concatenate()([L.Add()([x, x]), L.Maximum()([x, -x]), L.Average()([x, 2 * x])]),
        images(5, 4),
    ),
    "dot": (lambda x: L.Dot((1, 1), normalize=True)([x, x * 2]), images(4)),
    "activations": ([L.PReLU(), L.LeakyReLU(), L.ELU(), L.Softmax(axis=1)], images(3, 4)),
    "adaptive": ([L.AdaptiveAveragePooling2D((2, 3))], images(5, 7, 2)),
    "adaptive_max": ([L.AdaptiveMaxPooling2D((2, 3))], images(5, 7, 2)),
    "noise": ([L.GaussianNoise(0.5), L.Dropout(0.5), L.SpatialDropout1D(0.5)], images(3, 4)),
}
ACTIVATIONS = [
    "celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu",
    "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6",
    "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus",
    "sparse_sigmoid", "sparsemax", "squareplus", "tanh", "tanh_shrink",
]  # fmt: skip


def model_of(layers, x):
    mk.utils.set_random_seed(2)
    inputs = mk.Input(x.shape[1:], dtype=x.dtype.name)
    y = inputs
    if callable(layers):
        return mk.Model(inputs, layers(inputs))
    for layer in layers:
        layer = type(layer).from_config(layer.get_config())
        y = layer(y)
    model = mk.Model(inputs, y)
    # Statistics and scales that are no longer zeros and ones.
    for variable in model.weights:
        if variable.shape and variable.dtype == "float32":
            noise = RNG.uniform(0.05, 0.2, variable.shape).astype("float32")
            variable.assign(variable + mk.ops.convert_to_tensor(noise))
    return model


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, tmp_path):
    layers, x = LAYERS[name]
    check(model_of(layers, x), tmp_path / "model.onnx", x)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name, tmp_path):
    x = 2 * images(3, 4)
    check(model_of([L.Activation(name)], x), tmp_path / "model.onnx", x)


OPS = {
    "reductions": lambda x: mk.ops.stack(
        [
            f(x, axis=1)
            for f in (
                mk.ops.sum,
                mk.ops.mean,
                mk.ops.max,
                mk.ops.min,
                mk.ops.var,
                mk.ops.std,
                mk.ops.prod,
                mk.ops.logsumexp,
            )
        ]
    ),
    "positions": lambda x: (mk.ops.argmax(x, axis=-1), mk.ops.argmin(x, axis=1)),
    "sorting": lambda x: (mk.ops.top_k(x, 2), mk.ops.sort(x, axis=1), mk.ops.argsort(x)),
    "truths": lambda x: (mk.ops.any(x > 0, axis=1), mk.ops.all(x > -3, axis=(1, 2))),
    "where": lambda x: mk.ops.where(mk.ops.logical_and(x > 0, x < 1), x, x < -1),
    "indexing": lambda x: (x[:, 1], x[..., ::-1], x[:, None, 1:, -1], x[:, -2:, 0]),
    "gathering": lambda x: (
        mk.ops.take(x, [2, 0], axis=1),
        mk.ops.take_along_axis(x, mk.ops.argsort(x, axis=1), axis=1),
    ),
    "joining": lambda x: mk.ops.concatenate([x, mk.ops.flip(x, 1), mk.ops.roll(x, 1, axis=2)], 1),
    "splitting": lambda x: mk.ops.split(x, [1, 3], axis=2),
    "unstacking": lambda x: mk.ops.unstack(x, axis=1),
    "padding": lambda x: mk.ops.pad(x, ((0, 0), (1, 2), (0, 1)), constant_values=2.0),
    "triangles": lambda x: (mk.ops.tril(x), mk.ops.triu(x, 1)),
    "arithmetic": lambda x: (
        mk.ops.mod(x, 0.7),
        x // 0.6,
        mk.ops.power(mk.ops.abs(x), 1.5),
        mk.ops.log1p(mk.ops.abs(x)),
        mk.ops.expm1(x),
        mk.ops.round(x),
        mk.ops.trunc(2 * x),
        mk.ops.logaddexp(x, 2 * x),
        mk.ops.hypot(x, x + 1),
        mk.ops.rsqrt(mk.ops.square(x) + 1),
        mk.ops.erf(x),
        mk.ops.sign(x),
        mk.ops.log2(mk.ops.exp(x)),
        mk.ops.sinh(x),
        mk.ops.arctan(x),
        mk.ops.cbrt(x),
    ),
    "batch": lambda x: (
        mk.ops.reshape(x, (mk.ops.shape(x)[0] * 3, 4)),
        mk.ops.mean(x, axis=0),
        mk.ops.zeros((mk.ops.shape(x)[0], 2)) + x[:, 0, :2],
        mk.ops.broadcast_to(x[:, :1], (mk.ops.shape(x)[0], 5, 4)),
        mk.ops.arange(mk.ops.shape(x)[0], dtype="float32")[:, None] + x[:, 0],
        x[mk.ops.shape(x)[0] - 1],
    ),
    "one_hot": lambda x: mk.ops.one_hot(mk.ops.argmax(x, axis=-1), 5),
    "integers": lambda x: (
        mk.ops.cast(x * 10, "int32") // 3,
        mk.ops.mod(mk.ops.cast(x * 10, "int32"), 4),
        mk.ops.cumsum(x, axis=1),
    ),
    "einsum": lambda x: mk.ops.einsum("abc,adc->bda", x, x),
    "special": lambda x: mk.ops.nan_to_num(mk.ops.log(x), nan=-7.0),
}


@pytest.mark.parametrize("name", OPS)
def test_functions(name, tmp_path):
    x = images(3, 4)
    archive = mk.export.ExportArchive()
    spec = mk.InputSpec(shape=(None, 3, 4), dtype="float32")
    archive.add_endpoint("serve", OPS[name], [spec])
    archive.write_out(tmp_path / "archive", verbose=False)
    for size in (4, 1, 6):
        part = np.concatenate([x, x])[:size]
        expected = mk.tree.flatten(OPS[name](mk.ops.convert_to_tensor(part)))
        assert_close(run(tmp_path / "archive" / "serve.onnx", part), list(expected), 1e-5, 1e-5)


def test_several_inputs_and_outputs_by_name(tmp_path):
    first, second = mk.Input((3,), name="left"), mk.Input((2,), name="right")
    joined = L.Concatenate()([first, second])
    a, b = L.Dense(2, name="small")(joined), L.Dense(4, name="large")(joined)
    model = mk.Model([first, second], [a, b])
    check(model, tmp_path / "model.onnx", images(3), images(2))
    opened = session(tmp_path / "model.onnx")
    assert [i.name for i in opened.get_inputs()] == ["left", "right"]
    assert [i.shape for i in opened.get_inputs()] == [["batch", 3], ["batch", 2]]
    assert [o.name for o in opened.get_outputs()] == ["small", "large"]
    assert [o.shape for o in opened.get_outputs()] == [["batch", 2], ["batch", 4]]


def test_inputs_in_a_dict_and_subclassed_models(tmp_path):
    inputs = {"a": mk.Input((3,), name="a"), "b": mk.Input((3,), name="b")}
    model = mk.Model(inputs, L.Dense(2)(inputs["a"] * inputs["b"]))
    model.export(tmp_path / "dict.onnx", format="onnx", verbose=False)
    x = {"a": images(3), "b": images(3)}
    assert_close(run(tmp_path / "dict.onnx", x["a"], x["b"]), [model.predict(x, verbose=0)])

    class Own(mk.Model):
        def __init__(self):
            super().__init__()
            self.dense = L.Dense(3, activation="relu")

        def call(self, inputs, training=False):
            return self.dense(inputs) * (2.0 if training else 1.0)

    own = Own()
    with pytest.raises(ValueError, match="not built"):
        own.export(tmp_path / "own.onnx", format="onnx")
    own(mk.ops.ones((2, 5)))
    check(own, tmp_path / "own.onnx", images(5))


def test_weights_are_initializers_by_their_paths(tmp_path):
    model = mk.Sequential([mk.Input((3,)), L.Dense(2, name="dense")], name="network")
    model.export(tmp_path / "model.onnx", format="onnx", verbose=False)
    made = onnx.load(tmp_path / "model.onnx")
    held = {i.name: onnx.numpy_helper.to_array(i) for i in made.graph.initializer}
    assert_close(held["network/dense/kernel"], model.layers[0].kernel)
    assert_close(held["network/dense/bias"], model.layers[0].bias)
    assert made.producer_name == "minikeras" and made.graph.name == "network"
    assert any(node.name.startswith("network/dense/") for node in made.graph.node)


@pytest.mark.parametrize("opset", [15, 16, 17, 18, 20])
def test_versions_of_the_operators(opset, tmp_path):
    model = MODELS["batch_norm_cnn"](mk)
    (x, _), *_ = batches(model, 1)
    check(model, tmp_path / "model.onnx", x, opset_version=opset)
    assert onnx.load(tmp_path / "model.onnx").opset_import[0].version == opset


@pytest.mark.parametrize("opset", [15, 17])
@pytest.mark.parametrize(
    "name",
    ["layer_normalization", "global", "lstm", "causal_attention", "padding", "max_pool_same", "gru",
     "group_normalization", "upsampling_bilinear", "activations", "adaptive_max"],
)  # fmt: skip
def test_layers_in_older_operators(name, opset, tmp_path):
    layers, x = LAYERS[name]
    check(model_of(layers, x), tmp_path / "model.onnx", x, opset_version=opset)


@pytest.mark.parametrize("name", ["max", "min", "mean", "prod", "sum", "logsumexp", "var", "any"])
def test_reductions_in_older_operators(name, tmp_path):
    inputs = mk.Input((3, 4))
    outputs = [getattr(mk.ops, name)(inputs, axis=a, keepdims=k) for a, k in ((1, True), (2, 0))]
    model = mk.Model(inputs, [mk.ops.cast(y, "float32") for y in outputs])
    check(model, tmp_path / "model.onnx", images(3, 4), opset_version=17)


def test_operators_that_are_too_new_are_named(tmp_path):
    inputs = mk.Input((3,), dtype="int32")
    model = mk.Model(inputs, mk.ops.bitwise_and(inputs, 3))
    with pytest.raises(ValueError, match=r"BitwiseAnd is of version 18.*opset_version=17"):
        model.export(tmp_path / "model.onnx", format="onnx", opset_version=17)


def test_signatures(tmp_path, capsys):
    model = mk.Sequential([mk.Input((None, 3)), L.LSTM(4)])
    path = tmp_path / "model.onnx"
    with pytest.raises(ValueError, match="Only the first side"):
        model.export(path, format="onnx")
    model.export(
        path, format="onnx", input_signature=[mk.InputSpec(shape=(None, 5, 3), dtype="float32")]
    )
    assert "model.onnx" in capsys.readouterr().out
    x = images(5, 3)
    assert_close(run(path, x), [model.predict(x, verbose=0)], 1e-5, 1e-5)
    fixed = mk.InputSpec(shape=(2, 5, 3), dtype="float32")
    model.export(path, format="onnx", input_signature=[fixed], verbose=False)
    assert session(path).get_inputs()[0].shape == [2, 5, 3]
    assert_close(run(path, x[:2]), [model.predict(x[:2], verbose=0)], 1e-5, 1e-5)
    model.export(path, format="onnx", input_signature=[mk.ops.ones((2, 5, 3))], verbose=False)
    assert session(path).get_inputs()[0].shape == ["batch", 5, 3]


def test_half_precision(tmp_path):
    mk.config.set_dtype_policy("mixed_float16")
    model = mk.Sequential([mk.Input((4,)), L.Dense(3, activation="relu"), L.Dense(2)])
    check(model, tmp_path / "model.onnx", images(4), rtol=1e-2, atol=1e-2)


def test_batches_that_are_no_multiples(tmp_path):
    inputs = mk.Input((3,))
    model = mk.Model(inputs, mk.ops.get_item(inputs, slice(None, None, 2)))
    with pytest.raises(ValueError, match="for every batch size"):
        model.export(tmp_path / "model.onnx", format="onnx")
    fixed = [mk.InputSpec(shape=(5, 3), dtype="float32")]
    model.export(tmp_path / "model.onnx", format="onnx", input_signature=fixed, verbose=False)
    x = RNG.normal(size=(5, 3)).astype("float32")
    assert_close(run(tmp_path / "model.onnx", x), [x[::2]])


class Random(L.Layer):
    def call(self, inputs):
        return inputs + mk.random.normal(inputs.shape, seed=mk.random.SeedGenerator(1))


class Reading(L.Layer):
    def call(self, inputs):
        return inputs * 2.0 if float(mk.ops.sum(inputs)) > 0 else inputs


class Inverse(L.Layer):
    def call(self, inputs):
        return mk.ops.inv(inputs + mk.ops.eye(3))


def test_what_has_no_counterpart_is_named(tmp_path):
    def export(layer):
        model = mk.Sequential([mk.Input((3, 3)), layer], name="network")
        model.export(tmp_path / "model.onnx", format="onnx")

    with pytest.raises(ValueError, match=r"primitive `inv` of layer 'network/inverse'"):
        export(Inverse(name="inverse"))
    with pytest.raises(ValueError, match="a concrete value was read"):
        export(Reading())
    with pytest.raises(ValueError, match="cannot be exported"):
        export(Random())
    assert not (tmp_path / "model.onnx").exists()


@pytest.mark.parametrize("form", ["tf_saved_model", "litert", "openvino", "torch", "pdf"])
def test_other_formats_are_refused(form, tmp_path):
    model = mk.Sequential([mk.Input((3,)), L.Dense(1)])
    with pytest.raises(ValueError, match="'onnx'"):
        model.export(tmp_path / "model", format=form)
    with pytest.raises(ValueError, match="'onnx'"):
        model.export(tmp_path / "model")


def test_wrong_settings(tmp_path):
    model = mk.Sequential([mk.Input((3,)), L.Dense(1)])
    with pytest.raises(ValueError, match="opset_version must lie between"):
        model.export(tmp_path / "m", format="onnx", opset_version=9)
    with pytest.raises(ValueError, match="no arguments"):
        model.export(tmp_path / "m", format="onnx", is_static=True)
    with pytest.raises(TypeError, match="input_signature must hold"):
        model.export(tmp_path / "m", format="onnx", input_signature=["x"])


def test_an_archive(tmp_path, capsys):
    model = mk.Sequential([mk.Input((3,)), L.Dense(2, name="dense")], name="network")
    archive = mk.export.ExportArchive()
    serve = archive.track_and_add_endpoint("serve", model)
    spec = mk.InputSpec(shape=(None, 3), dtype="float32", name="x")
    archive.add_endpoint("double", lambda x: {"b": model(x) * 2.0, "a": x}, [spec])
    archive.add_variable_collection("all", model.weights)
    assert archive.endpoints == ["serve", "double"]
    assert archive.variables == model.variables
    assert archive.trainable_variables == model.trainable_variables
    assert archive.non_trainable_variables == []
    archive.write_out(tmp_path / "archive")
    assert "serve, double" in capsys.readouterr().out
    x = images(3)
    expected = values(serve(mk.ops.convert_to_tensor(x)))
    assert_close(run(tmp_path / "archive" / "serve.onnx", x), [expected])
    assert_close(run(tmp_path / "archive" / "double.onnx", x), [x, 2 * expected])
    with np.load(tmp_path / "archive" / "variables" / "all.npz") as held:
        assert_close(held["network/dense/kernel"], model.weights[0])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda a, m: a.track(3), "layers and models"),
        (lambda a, m: a.track(L.Dense(1)), "must be built"),
        (lambda a, m: a.add_endpoint("serve", m), "needs an input_signature"),
        (lambda a, m: a.add_endpoint("a/b", m, [mk.ops.ones((1, 3))]), "name a file"),
        (lambda a, m: a.track_and_add_endpoint("first", m), "already"),
        (lambda a, m: a.track_and_add_endpoint("d", m.layers[0]), "needs an input_signature"),
        (lambda a, m: a.add_endpoint("d", m, [mk.ops.ones((1, 3))], x=1), "no settings"),
        (lambda a, m: a.add_variable_collection("v", 3), "must be a list"),
        (lambda a, m: a.add_variable_collection("v", [3]), "instances of keras.Variable"),
        (lambda a, m: a.write_out("x", options=3), "options"),
        (lambda a, m: mk.export.ExportArchive().write_out("x"), "nothing to write"),
    ],
)
def test_mistakes_with_archives(wrong, message):
    model = mk.Sequential([mk.Input((3,)), L.Dense(2)])
    archive = mk.export.ExportArchive()
    archive.track_and_add_endpoint("first", model)
    with pytest.raises(ValueError, match=message):
        wrong(archive, model)


def test_the_table_names_primitives():
    assert set(TRANSLATIONS) <= set(PRIMITIVES)


def test_a_missing_package_is_explained(monkeypatch, tmp_path):
    import sys

    monkeypatch.setitem(sys.modules, "onnx", None)
    model = mk.Sequential([mk.Input((3,)), L.Dense(2)])
    with pytest.raises(ImportError, match="pip install"):
        model.export(tmp_path / "model.onnx", format="onnx")


def test_exporting_changes_nothing(tmp_path):
    model = mk.Sequential([mk.Input((3,)), L.BatchNormalization(), L.Dropout(0.5, seed=1)])
    before = values([v.array for v in model.variables])
    model.export(tmp_path / "model.onnx", format="onnx", verbose=False)
    assert_close(values([v.array for v in model.variables]), before)
    assert ON_GPU or model.predict(images(3), verbose=0).shape == (4, 3)
