"""Bad input gets an error that says what is wrong, and leaves model and files as they were."""

import os

import numpy as np
import pytest

import minikeras as mk
from minikeras.backend.xp import ON_GPU
from tests.support import assert_close

L = mk.layers


def classifier(**compiled):
    """A small compiled model: 3 inputs, 4 classes."""
    model = mk.Sequential([mk.Input((3,)), L.Dense(4, activation="softmax")])
    model.compile(**{"optimizer": "sgd", "loss": "sparse_categorical_crossentropy", **compiled})
    return model


def two_headed(loss="mse"):
    """A small compiled model with two outputs named a and b."""
    inputs = mk.Input((3,))
    model = mk.Model(inputs, [L.Dense(1, name="a")(inputs), L.Dense(1, name="b")(inputs)])
    model.compile("sgd", loss)
    return model


X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
Y = np.arange(8) % 4
ONE = np.ones((8, 1), "float32")


def with_nan(values):
    values = np.array(values, "float32")
    values[3] = np.nan
    return values


def ends_early():
    for _ in range(2):
        yield X, Y


def failing():
    yield X, Y
    raise RuntimeError("the data source broke")


fit = lambda model, *args, **kwargs: model.fit(*args, verbose=0, **kwargs)

# What is done to a model that is compiled and built, and words that the message must hold.
TRAINING = [
    ("label too large", lambda m: fit(m, X, Y + 1), ["4", "label"]),
    ("label negative", lambda m: fit(m, X, Y - 1), ["-1", "label"]),
    ("label too large, one batch", lambda m: m.train_on_batch(X, Y + 9), ["12", "label"]),
    ("label too large, evaluate", lambda m: m.evaluate(X, Y + 1, verbose=0), ["4", "label"]),
    ("label NaN", lambda m: fit(m, X, with_nan(Y)), ["NaN", "3"]),
    ("unequal lengths", lambda m: fit(m, X, Y[:5]), ["8", "5"]),
    ("unequal weights", lambda m: fit(m, X, Y, sample_weight=np.ones(3)), ["8", "3"]),
    ("no samples", lambda m: fit(m, X[:0], Y[:0]), ["0"]),
    ("no data", lambda m: fit(m), ["x"]),
    ("wrong width", lambda m: fit(m, X[:, :2], Y), ["3", "2"]),
    ("wrong rank", lambda m: fit(m, X[:, None, :, None], Y), ["shape"]),
    ("wrong width, predict", lambda m: m.predict(X[:, :2], verbose=0), ["3", "2"]),
    ("wrong width, call", lambda m: m(X[:, :2]), ["3", "2"]),
    ("wrong number of inputs", lambda m: m([X, X]), ["1", "2"]),
    ("split of 1", lambda m: fit(m, X, Y, validation_split=1.0), ["validation_split"]),
    ("split below 0", lambda m: fit(m, X, Y, validation_split=-0.5), ["validation_split"]),
    ("split of a generator", lambda m: fit(m, ends_early(), validation_split=0.5), ["split"]),
    ("batch of 0", lambda m: fit(m, X, Y, batch_size=0), ["batch_size"]),
    ("batch as text", lambda m: fit(m, X, Y, batch_size="4"), ["batch_size"]),
    ("class weight as a list", lambda m: fit(m, X, Y, class_weight=[1.0]), ["class_weight"]),
    ("both weights",
     lambda m: m.train_on_batch(X, Y, sample_weight=np.ones(8), class_weight={0: 1}),
     ["sample_weight", "class_weight"]),
    ("unknown verbose", lambda m: m.fit(X, Y, verbose=7), ["verbose", "7"]),
    ("targets beside a generator", lambda m: fit(m, ends_early(), Y), ["y"]),
    ("text as data", lambda m: fit(m, "data", Y), ["str"]),
    ("generator that fails", lambda m: fit(m, failing(), steps_per_epoch=1, epochs=2), ["broke"]),
    ("too few weights", lambda m: m.set_weights(m.get_weights()[:1]), ["2", "1"]),
    ("weight of wrong shape", lambda m: m.set_weights([np.ones((2, 2)), np.ones(4)]),
     ["(3, 4)", "(2, 2)"]),
    ("unknown layer", lambda m: m.get_layer("nowhere"), ["nowhere"]),
    ("layer out of range", lambda m: m.get_layer(index=9), ["9"]),
    ("layer by nothing", lambda m: m.get_layer(), ["name"]),
    ("unknown optimizer", lambda m: m.compile("sgdd", "mse"), ["sgdd", "sgd"]),
    ("unknown loss", lambda m: m.compile("sgd", "mze"), ["mze", "mse"]),
    ("unknown metric", lambda m: (m.compile("sgd", "mse", metrics=["accuracyy"]), fit(m, X, Y)),
     ["accuracyy"]),
    ("steps per execution 0", lambda m: m.compile("sgd", "mse", steps_per_execution=0),
     ["steps_per_execution"]),
    ("jit as text", lambda m: m.compile("sgd", "mse", jit_compile="no"), ["jit_compile"]),
    ("loss weights alone", lambda m: m.compile("sgd", loss_weights=[1.0]), ["loss_weights"]),
]  # fmt: skip


@pytest.mark.parametrize(("act", "words"), [c[1:] for c in TRAINING], ids=[c[0] for c in TRAINING])
def test_mistakes_in_training_change_nothing(act, words):
    model = classifier()
    weights, optimizer, loss = model.get_weights(), model.optimizer, model.loss
    with pytest.raises((ValueError, TypeError, RuntimeError)) as caught:
        act(model)
    for word in words:
        assert word in str(caught.value)
    if "broke" not in words:  # what was learned from batches before a failure stays
        assert_close(model.get_weights(), weights, 0, 0)
    if "accuracyy" not in words:
        assert model.optimizer is optimizer
        assert model.loss is loss


OUTPUTS = [
    ("one target for two outputs", lambda: fit(two_headed(), X, ONE), ["2"]),
    ("three losses", lambda: fit(two_headed(["mse"] * 3), X, [ONE, ONE]), ["3", "2"]),
    ("loss for an unknown output",
     lambda: fit(two_headed({"c": "mse"}), X, [ONE, ONE]), ["c", "a"]),
    ("targets of other width", lambda: fit(classifier(loss="categorical_crossentropy"), X, ONE),
     ["(8, 1)", "(8, 4)"]),
    ("sparse targets too deep", lambda: fit(classifier(), X, np.ones((8, 4), "int64")), ["label"]),
]  # fmt: skip

BUILDING = [
    ("units 0", lambda: L.Dense(0), ["units", "0"]),
    ("units as text", lambda: L.Dense("4"), ["units", "'4'"]),
    ("unknown argument", lambda: L.Dense(4, activatoin="relu"), ["activatoin"]),
    ("unknown activation", lambda: L.Dense(4, activation="rellu"), ["rellu", "relu"]),
    ("unknown initializer", lambda: L.Dense(4, kernel_initializer="glorott"), ["glorott"]),
    ("unknown regularizer", lambda: L.Dense(4, kernel_regularizer="l3"), ["l3"]),
    ("unknown constraint", lambda: L.Dense(4, kernel_constraint="nonneg1"), ["nonneg1"]),
    ("unknown dtype", lambda: L.Dense(4, dtype="float31"), ["float31"]),
    ("bfloat16", lambda: L.Dense(4, dtype="bfloat16"), ["bfloat16"]),
    ("dense on a vector", lambda: L.Dense(4)(np.ones(3, "float32")), ["2", "(3,)"]),
    ("dense on another width", lambda: [d := L.Dense(4), d(X), d(X[:, :2])], ["3", "2"]),
    ("dense on unknown width", lambda: L.Dense(4)(mk.Input((None,))), ["None"]),
    ("embedding of size 0", lambda: L.Embedding(0, 3), ["input_dim"]),
    ("embedding beyond its table", lambda: L.Embedding(3, 2)(np.array([[5]])), ["5"]),
    ("convolution on rank 3", lambda: L.Conv2D(2, 3)(np.ones((1, 8, 8), "float32")), ["4"]),
    ("convolution larger than its input",
     lambda: L.Conv2D(2, 5)(np.ones((1, 3, 3, 1), "float32")), ["5"]),
    ("convolution with padding unknown", lambda: L.Conv2D(2, 3, padding="full"), ["padding"]),
    ("reshape to another size", lambda: L.Reshape((5,))(X), ["5"]),
    ("sum of unlike shapes", lambda: L.Add()([X, X[:, :2]]), ["(8, 3)", "(8, 2)"]),
    ("join of unlike shapes", lambda: L.Concatenate()([X, X[:3]]), ["(8, 3)", "(3, 3)"]),
    ("lambda without function", lambda: L.Lambda(3), ["function", "3"]),
    ("wrapper without layer", lambda: L.Wrapper(3), ["layer", "3"]),
    ("dropout of 2", lambda: L.Dropout(2.0), ["rate", "2.0"]),
    ("two layers of one name", lambda: mk.Sequential([L.Dense(2, name="a"), L.Dense(2, name="a")]),
     ["'a'"]),
    ("sequential of a function", lambda: mk.Sequential([np.tanh]), ["Lambda"]),
    ("input in the middle", lambda: mk.Sequential([mk.Input((3,)), mk.Input((3,))]), ["first"]),
    ("model of arrays", lambda: mk.Model(X, X), ["symbolic"]),
    ("model of unrelated tensors", lambda: mk.Model(mk.Input((3,)), L.Dense(2)(mk.Input((3,)))),
     ["inputs"]),
    ("input without a shape", lambda: mk.Input(), ["shape"]),
    ("input with both shapes", lambda: mk.Input((3,), batch_shape=(2, 3)), ["batch_shape"]),
    ("sparse input", lambda: mk.Input((3,), sparse=True), ["dense"]),
    ("condition on a symbol", lambda: bool(mk.Input((3,))), ["KerasTensor"]),
    ("array of a symbol", lambda: np.asarray(mk.Input((3,))), ["KerasTensor"]),
    ("variable without shape", lambda: mk.Variable(lambda shape, dtype: 0), ["shape"]),
    ("variable of another shape", lambda: mk.Variable(np.ones(3)).assign(np.ones(2)), ["(3,)"]),
    ("slash in a name", lambda: L.Dense(2, name="a/b"), ["a/b"]),
    ("layer without super", lambda: forgetful()(X), ["super().__init__()"]),
    ("layer without call", lambda: L.Layer()(X), ["call"]),
    ("fit before compile", lambda: mk.Sequential([L.Dense(1)]).fit(X, ONE), ["compile"]),
    ("evaluate before compile", lambda: mk.Sequential([L.Dense(1)]).evaluate(X, ONE), ["compile"]),
    ("empty sequential", lambda: mk.Sequential().build((None, 3)), ["no layers"]),
    ("parameters before building", lambda: L.Dense(2).count_params(), ["not built"]),
    ("gradient of a vector", lambda: mk.grad(lambda x: x * 2)(mk.ops.ones(3)), ["one number"]),
    ("gradient by an integer", lambda: mk.grad(lambda x: x * 2)(3), ["3"]),
    ("tape asked twice", lambda: asked_twice(), ["persistent"]),
    ("numpy beside the tape", lambda: hidden_from_the_tape(), ["tape.watch"]),
]  # fmt: skip


def forgetful():
    class Forgetful(L.Layer):
        def __init__(self):
            pass

        def call(self, x):
            return x

    return Forgetful()


def asked_twice():
    v = mk.Variable(2.0)
    with mk.GradientTape() as tape:
        y = v * v
    tape.gradient(y, v)
    tape.gradient(y, v)


def hidden_from_the_tape():
    x = mk.ops.array([1.0, 2.0])
    with mk.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)


@pytest.mark.parametrize(
    ("act", "words"), [c[1:] for c in OUTPUTS + BUILDING], ids=[c[0] for c in OUTPUTS + BUILDING]
)
def test_mistakes_are_explained(request, act, words):
    if ON_GPU and "beyond its table" in request.node.name:
        pytest.skip("on the GPU indices wrap: to look at them the host would have to wait")
    with pytest.raises((ValueError, TypeError, RuntimeError, IndexError, AttributeError)) as caught:
        act()
    for word in words:
        assert word in str(caught.value)


def test_a_generator_that_ends_early_warns_and_stops():
    model = classifier()
    with pytest.warns(UserWarning, match="steps_per_epoch"):
        history = fit(model, ends_early(), steps_per_epoch=5, epochs=3)
    assert len(history.history["loss"]) <= 3


def test_labels_that_count_must_not_be_nan():
    y = with_nan(np.ones(8))[:, None]
    model = mk.Sequential([mk.Input((3,)), L.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="NaN"):
        fit(model, X, y)


class TestFiles:
    CASES = [
        ("no such file", lambda m, p: mk.saving.load_model(p / "none.keras"), ["none.keras"]),
        ("not a zip", lambda m, p: mk.saving.load_model(written(p / "x.keras")), ["x.keras"]),
        ("wrong ending", lambda m, p: m.save(p / "model.pb"), [".keras"]),
        ("wrong ending of weights", lambda m, p: m.save_weights(p / "w.npz"), [".weights.h5"]),
        ("no such weights", lambda m, p: m.load_weights(p / "w.weights.h5"), ["w.weights.h5"]),
        ("weights of nothing", lambda m, p: m.load_weights(written(p / "w.weights.h5")), ["HDF5"]),
        ("unknown ending", lambda m, p: m.load_weights(written(p / "w.txt")), [".weights.h5"]),
        ("no such folder", lambda m, p: m.save(p / "none" / "m.keras"), ["none"]),
        ("unknown argument", lambda m, p: m.save(p / "m.keras", formt="h5"), ["formt"]),
        ("bad JSON", lambda m, p: mk.models.model_from_json("{"), ["JSON"]),
        ("unknown class", lambda m, p: mk.models.model_from_json(unknown_class()), ["Densee"]),
    ]

    @pytest.mark.parametrize(("act", "words"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
    def test_mistakes_are_explained(self, act, words, tmp_path):
        model = classifier()
        weights = model.get_weights()
        with pytest.raises((ValueError, OSError)) as caught:
            act(model, tmp_path)
        for word in words:
            assert word in str(caught.value)
        assert_close(model.get_weights(), weights, 0, 0)
        assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]


def written(path):
    path.write_text("this is no model")
    return path


def unknown_class():
    return classifier().to_json().replace('"Dense"', '"Densee"')


@pytest.mark.parametrize("kind", ["sequential", "functional"])
def test_a_model_within_says_that_its_input_does_not_fit(kind):
    inner = mk.Sequential([mk.Input((3,)), mk.layers.Dense(4)])
    if kind == "functional":
        inner = mk.Model(inner.input, inner.output)
    with pytest.raises(ValueError, match=r"expected shape=\(None, 3\), found shape=\(\d+, 5\)"):
        mk.Sequential([mk.Input((2,)), mk.layers.Dense(5), inner])
