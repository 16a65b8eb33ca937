"""Quantized layers and models against Keras: weights, outputs, gradients, files."""

import json

import keras
import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close, values

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

random = np.random.default_rng(0)


def floats(*shape):
    return random.normal(size=shape).astype("float32")


INDICES = random.integers(0, 7, (3, 4)).astype("int32")
LAYERS = {
    "Dense": ({"units": 5, "activation": "tanh"}, floats(3, 8)),
    "Dense without bias": ({"units": 4, "use_bias": False}, floats(2, 3, 7)),
    "EinsumDense": (
        {"equation": "abc,cde->abde", "output_shape": (None, 2, 3), "bias_axes": "de"},
        floats(2, 3, 6),
    ),
    "EinsumDense back": (
        {"equation": "abcd,cde->abe", "output_shape": (None, 6)},
        floats(2, 3, 2, 3),
    ),
    "EinsumDense turned": (
        {"equation": "abc,dce->abed", "output_shape": (None, 3, 2), "bias_axes": "e"},
        floats(2, 3, 6),
    ),
    "Embedding": ({"input_dim": 7, "output_dim": 5}, INDICES),
    "ReversibleEmbedding": ({"input_dim": 7, "output_dim": 6}, INDICES),
    "ReversibleEmbedding untied": (
        {"input_dim": 7, "output_dim": 5, "tie_weights": False, "logit_soft_cap": 2.0},
        INDICES,
    ),
}
PRODUCTS = [name for name in LAYERS if "Embedding" not in name]


def pair(case, **more):
    arguments, x = LAYERS[case]
    name = case.split()[0]
    ours, theirs = (
        getattr(p.layers, name)(**arguments, **more, name="quantized") for p in (mk, keras)
    )
    ours(x)
    theirs(x)
    ours.set_weights(theirs.get_weights())
    return ours, theirs, x


def assert_same_weights(ours, theirs, rtol=1e-6, atol=1e-6):
    found = [(w.name, w.shape, str(w.dtype), w.trainable) for w in ours.weights]
    assert found == [(w.name, tuple(w.shape), w.dtype, w.trainable) for w in theirs.weights]
    for a, b in zip(ours.weights, theirs.weights):
        assert_close(a.value, np.asarray(b.value), rtol, atol)


def assert_same_files(ours, theirs):
    found, expected = {}, {}
    ours.save_own_variables(found)
    theirs.save_own_variables(expected)
    assert list(found) == list(expected)
    for key, value in found.items():
        assert_close(value, np.asarray(expected[key]))
    assert ours.variable_serialization_spec == theirs.variable_serialization_spec


def input_gradients(ours, theirs, x, training=False):
    import jax

    flags = {"training": training}
    g = floats(*values(ours(x)).shape)
    tensor = mk.ops.convert_to_tensor(x.copy())
    with mk.GradientTape() as tape:
        tensor = tape.watch(tensor)
        total = mk.ops.sum(ours(tensor, **flags) * mk.ops.convert_to_tensor(g))
    found = tape.gradient(total, [tensor, *ours.trainable_weights])

    def loss(x, trainable):
        state = [v.value for v in theirs.non_trainable_variables]
        return (theirs.stateless_call(trainable, state, x, **flags)[0] * g).sum()

    by_x, by_weights = jax.grad(loss, (0, 1))(x, [v.value for v in theirs.trainable_variables])
    return found, [np.asarray(y) for y in (by_x, *by_weights)]


def int8(q, **arguments):
    return q.Int8QuantizationConfig(**arguments)


def int4(q, **arguments):
    return q.Int4QuantizationConfig(**arguments)


MODES = {
    "int8": lambda q: int8(q),
    "int8 weights": lambda q: int8(q, activation_quantizer=None),
    "int4": lambda q: int4(q),
    "int4 blocks": lambda q: int4(q, block_size=2),
    "int4 whole": lambda q: int4(q, block_size=None),
    "int4 activations": lambda q: int4(
        q, block_size=-1, activation_quantizer=q.AbsMaxQuantizer(axis=-1)
    ),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", LAYERS)
def test_integers_like_keras(case, mode):
    ours, theirs, x = pair(case)
    ours.quantize(config=MODES[mode](mk.quantizers))
    theirs.quantize(config=MODES[mode](keras.quantizers))
    assert_same_weights(ours, theirs)
    assert_same_files(ours, theirs)
    assert repr(ours.dtype_policy) == repr(theirs.dtype_policy)
    close = {"rtol": 1e-4, "atol": 1e-5}
    assert_close(ours(x), np.asarray(theirs(x)), **close)
    assert_close(ours.quantized_call(mk.ops.convert_to_tensor(x)), values(ours(x)))
    if "Reversible" in case:
        vectors = floats(2, 3, ours.output_dim)
        expected = np.asarray(theirs(vectors, reverse=True))
        assert_close(ours(vectors, reverse=True), expected, **close)
    form, expected = (
        json.loads(json.dumps(p.saving.serialize_keras_object(o)))
        for p, o in ((mk, ours), (keras, theirs))
    )
    assert form["config"]["dtype"] == expected["config"]["dtype"]
    assert form["config"]["quantization_config"] == expected["config"]["quantization_config"]
    twin = mk.saving.deserialize_keras_object(form)
    twin(x)
    stored = {}
    ours.save_own_variables(stored)
    twin.load_own_variables(stored)
    assert_close(twin(x), values(ours(x)))


@pytest.mark.parametrize("mode", ["int8", "int4 blocks", "int4 activations"])
@pytest.mark.parametrize("case", ["Dense", "EinsumDense", "EinsumDense back"])
def test_gradients_like_keras(case, mode):
    ours, theirs, x = pair(case)
    ours.quantize(config=MODES[mode](mk.quantizers))
    theirs.quantize(config=MODES[mode](keras.quantizers))
    found, expected = input_gradients(ours, theirs, x)
    assert_close(found, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("mode", ["int8", "int4 blocks", "int4 whole"])
@pytest.mark.parametrize("case", ["Dense", "EinsumDense", "Embedding"])
def test_adapted_like_keras(case, mode):
    ours, theirs, x = pair(case)
    for one, q in ((ours, mk.quantizers), (theirs, keras.quantizers)):
        one.quantize(config=MODES[mode](q))
        one.enable_lora(2)
    name = "embeddings" if case == "Embedding" else "kernel"
    b = getattr(theirs, f"lora_{name}_b")
    b.assign(np.full(b.shape, 0.2, "float32"))
    ours.set_weights(theirs.get_weights())
    assert_same_weights(ours, theirs)
    assert_close(ours(x), np.asarray(theirs(x)), rtol=1e-4, atol=1e-5)
    assert_same_files(ours, theirs)
    for one in (ours, theirs):
        store = {}
        one.save_own_variables(store)
        one.load_own_variables({key: np.asarray(value) for key, value in store.items()})
    assert_close(ours(x), np.asarray(theirs(x)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("case", ["Dense", "Dense without bias", "EinsumDense"])
def test_float8_like_keras(case, training):
    ours, theirs, x = pair(case)
    for one in (ours, theirs):
        one.quantize("float8")
    assert_same_weights(ours, theirs)
    assert_same_files(ours, theirs)
    weights = theirs.get_weights()
    for i, w in enumerate(theirs.weights):
        if "amax_history" in w.name:
            weights[i][:3] = [0.5, 2.0, 1.0]
        elif "scale" in w.name:
            weights[i][...] = 0.01
    for one in (ours, theirs):
        one.set_weights(weights)
    assert_close(ours(x), np.asarray(theirs(x)), rtol=1e-5, atol=1e-5)
    found, expected = input_gradients(ours, theirs, x, training)
    found = [np.zeros_like(e) if f is None else f for f, e in zip(found, expected)]
    assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_float8_trains():
    model = mk.Sequential([mk.Input((8,)), mk.layers.Dense(16, "relu"), mk.layers.Dense(1)])
    model.quantize("float8")
    model.compile("adam", "mse")
    x = floats(32, 8)
    losses = model.fit(x, x[:, :1], epochs=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    first = model.layers[0]
    largest = values(first.inputs_amax_history.value).max()
    assert largest == pytest.approx(np.abs(x).max())
    assert values(first.inputs_scale.value) == pytest.approx(largest / 448)


def small_model(package):
    inputs = package.Input((4,), dtype="int32")
    x = package.layers.Embedding(7, 6, name="table")(inputs)
    x = package.layers.EinsumDense("abc,cd->abd", (None, 6), bias_axes="d", name="first")(x)
    x = package.layers.BatchNormalization(name="norm")(x)
    return package.Model(inputs, package.layers.Dense(3, name="last")(x))


@pytest.mark.parametrize("mode", ["int8", "int4"])
@pytest.mark.filterwarnings("ignore:Layer .* does not have:UserWarning")
def test_models_and_their_files(mode, tmp_path):
    theirs = small_model(keras)
    path = str(tmp_path / "model.keras")
    theirs.save(path)
    ours = mk.models.load_model(path)
    with pytest.warns(UserWarning, match="'norm' cannot be quantized"):
        ours.quantize(mode)
    theirs.quantize(mode)
    expected = np.asarray(theirs(INDICES))
    assert_close(ours(INDICES), expected, rtol=1e-4, atol=1e-5)
    assert_close(ours.predict(INDICES, verbose=0), expected, rtol=1e-4, atol=1e-5)
    theirs.save(path)
    loaded = mk.models.load_model(path)
    assert loaded.get_layer("last").quantization_mode == mode
    assert_close(loaded(INDICES), expected, rtol=1e-4, atol=1e-5)
    loaded.save(path)
    assert_close(np.asarray(keras.models.load_model(path)(INDICES)), expected, 1e-4, 1e-5)
    ours.save_weights(tmp_path / "ours.weights.h5")
    theirs.load_weights(tmp_path / "ours.weights.h5")
    assert_close(np.asarray(theirs(INDICES)), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore:.*cannot be quantized:UserWarning")
@pytest.mark.parametrize(
    ("filters", "chosen"),
    [
        ("la", ["last"]),
        (["^t", "^f"], ["table", "first"]),
        (lambda x: x.name == "first", ["first"]),
    ],
)
def test_filters(filters, chosen):
    model = small_model(mk)
    model.quantize("int8", filters=filters)
    assert [x.name for x in model.layers if x.quantization_mode] == chosen


def test_errors():
    layer = mk.layers.Dense(2)
    with pytest.raises(ValueError, match=r"isn.t yet built"):
        layer.quantize("int8")
    layer.build((None, 3))
    for flags, message in (
        ({}, "State how to quantize"),
        ({"mode": "int7"}, "Invalid quantization mode"),
        ({"mode": "gptq"}, "GPTQConfig"),
        ({"mode": "int8", "config": mk.quantizers.Int4QuantizationConfig()}, "contradicts"),
        ({"config": 3}, "must be a QuantizationConfig"),
    ):
        with pytest.raises(ValueError, match=message):
            layer.quantize(**flags)
    layer.quantize("int8")
    with pytest.raises(ValueError, match="is already quantized"):
        layer.quantize("int8")
    half = mk.layers.Dense(2, dtype="mixed_float16")
    half.build((None, 3))
    with pytest.raises(ValueError, match="float16"):
        half.quantize("int8")

    class Own(mk.layers.Dense):
        pass

    own = Own(2)
    own.build((None, 3))
    with pytest.raises(NotImplementedError, match="inherits"):
        own.quantize("int8")
    own.quantize("int8", type_check=False)
    table = mk.layers.Embedding(3, 2)
    table.build()
    with pytest.raises(NotImplementedError, match="cannot be quantized in the mode 'float8'"):
        table.quantize("float8")
    with pytest.raises(NotImplementedError, match="cannot be quantized"):
        mk.layers.BatchNormalization().quantize("int8")
    with pytest.raises(ValueError, match="filters"):
        small_model(mk).quantize("int8", filters=3)
    with pytest.raises(ValueError, match="must know the blocks"):
        small_model(mk).quantize(config=mk.quantizers.GPTQConfig([[1]], "none"))


@pytest.mark.parametrize("mode", MODES)
def test_an_ellipsis_is_the_same_as_letters(mode):
    """Keras fails on such equations."""
    x = floats(2, 3, 5)
    equations = ("...x,xy->...y", (4,)), ("abx,xy->aby", (None, 4))
    layers = [mk.layers.EinsumDense(*e, bias_axes="y") for e in equations]
    for layer in layers:
        layer(x)
    layers[1].set_weights(layers[0].get_weights())
    for layer in layers:
        layer.quantize(config=MODES[mode](mk.quantizers))
    assert_close(layers[0].get_weights(), layers[1].get_weights())
    assert_close(layers[0](x), values(layers[1](x)))


def test_symbolic_and_small_batches():
    layer = mk.layers.Dense(2)
    layer.build((None, 3))
    layer.quantize("int4")
    assert layer(mk.Input((5, 3))).shape == (None, 5, 2)
    assert layer(mk.ops.ones((0, 3))).shape == (0, 2)
    assert layer.compute_output_shape((None, 3)) == (None, 2)
