"""Calls as in Keras 1 and 2: arguments, defaults, meanings that depend on the era, warnings."""

import warnings

import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy import era_scope
from minikeras.legacy.arguments.values_1 import hard_sigmoid_until_3
from tests.support import assert_close, values

layers = mk.layers
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _old_spellings_are_no_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


SAME = [
    (lambda: layers.Dense(output_dim=4, init="glorot_uniform", bias=False, W_regularizer="l2"),
     lambda: layers.Dense(4, use_bias=False, kernel_regularizer="l2", kernel_initializer=(
         mk.initializers.VarianceScaling(1.0, "fan_avg", "uniform")))),
    (lambda: layers.Convolution2D(8, nb_row=3, nb_col=5, border_mode="same", subsample=(2, 1)),
     lambda: layers.Conv2D(8, (3, 5), padding="same", strides=(2, 1))),
    (lambda: layers.Convolution2D(nb_filter=8, nb_row=3, nb_col=3, dim_ordering="th"),
     lambda: layers.Conv2D(8, 3, data_format="channels_first")),
    (lambda: layers.Convolution1D(nb_filter=8, filter_length=3, subsample_length=2),
     lambda: layers.Conv1D(8, 3, strides=2)),
    (lambda: layers.Convolution3D(8, kernel_dim1=2, kernel_dim2=3, kernel_dim3=4),
     lambda: layers.Conv3D(8, (2, 3, 4))),
    (lambda: layers.Deconvolution2D(8, 3, 3, output_shape=(None, 9, 9, 8), border_mode="valid"),
     lambda: layers.Conv2DTranspose(8, 3)),
    (lambda: layers.SeparableConvolution2D(8, nb_row=3, nb_col=3, depth_multiplier=2),
     lambda: layers.SeparableConv2D(8, 3, depth_multiplier=2)),
    (lambda: layers.MaxPooling1D(pool_length=3, stride=2, border_mode="same"),
     lambda: layers.MaxPooling1D(3, 2, "same")),
    (lambda: layers.AveragePooling2D(border_mode="same"),
     lambda: layers.AveragePooling2D(2, padding="same")),
    (lambda: layers.Dropout(p=0.3), lambda: layers.Dropout(0.3)),
    (lambda: layers.GaussianNoise(sigma=0.3), lambda: layers.GaussianNoise(0.3)),
    (lambda: layers.UpSampling1D(length=3), lambda: layers.UpSampling1D(3)),
    (lambda: layers.ZeroPadding2D(padding={"top_pad": 1, "left_pad": 2}, dim_ordering="tf"),
     lambda: layers.ZeroPadding2D(((1, 0), (2, 0)), data_format="channels_last")),
    (lambda: layers.BatchNormalization(mode=0, beta_init="one"),
     lambda: layers.BatchNormalization(beta_initializer=mk.initializers.Ones())),
    (lambda: layers.Embedding(9, 4, init="zero", W_regularizer="l1"),
     lambda: layers.Embedding(9, 4, "zeros", embeddings_regularizer="l1")),
    (lambda: layers.LeakyReLU(alpha=0.2), lambda: layers.LeakyReLU(negative_slope=0.2)),
    (lambda: layers.AveragePooling3D(dim_ordering="default"), lambda: layers.AveragePooling3D(2)),
]  # fmt: skip


@pytest.mark.parametrize("old, new", SAME, ids=range(len(SAME)))
def test_arguments_of_keras_1(old, new):
    found, expected = old().get_config(), new().get_config()
    for config in (found, expected):
        config.pop("name")
    for key in [k for k in found if k.endswith("_initializer") and found[k] != expected.get(k)]:
        # What is left out has the default of its time, which is the same distribution.
        assert found[key]["class_name"] == expected[key]["class_name"]
        del found[key], expected[key]
    assert found == expected


def test_a_call_may_tell_its_era_or_not():
    three = layers.Conv2D(8, 3, 2)
    assert three.kernel_size == (3, 3) and three.strides == (2, 2)
    for number in (1, 2):
        with era_scope(number):
            old = layers.Conv2D(8, 3, 2)
        assert old.kernel_size == (3, 2) and old.strides == (1, 1)
    with era_scope(1):
        dense = layers.Dense(4, "normal", "relu")
    assert dense.activation is mk.activations.relu
    assert dense.kernel_initializer.stddev == 0.05
    with era_scope(2):
        assert layers.Dense(4, "relu").activation is mk.activations.relu
    assert layers.Dense(4, "relu").activation is mk.activations.relu


def test_defaults_of_each_era():
    found = {}
    for number in (1, 2, 3):
        with era_scope(number):
            gru, lstm = layers.GRU(3), layers.LSTM(3)
            rate = mk.optimizers.Adadelta().learning_rate
            found[number] = (
                gru.reset_after,
                gru.recurrent_activation,
                getattr(lstm.recurrent_initializer, "gain", None),
                round(float(values(rate.array)), 6),
                mk.optimizers.Adam().epsilon,
            )
    sigmoid = mk.activations.sigmoid
    assert found[1] == (False, hard_sigmoid_until_3, 1.1, 1.0, 1e-8)
    assert found[2] == (False, sigmoid, 1.0, 1.0, 1e-7)
    assert found[3] == (True, sigmoid, 1.0, 0.001, 1e-7)


def test_hard_sigmoids_differ():
    x = mk.ops.convert_to_tensor(np.linspace(-4, 4, 9, dtype="float32"))
    with era_scope(2):
        old = layers.Activation("hard_sigmoid")(x)
    assert_close(old, np.clip(0.2 * values(x) + 0.5, 0, 1).astype("float32"))
    new = layers.Activation("hard_sigmoid")(x)
    assert_close(new, np.clip(values(x) / 6 + 0.5, 0, 1).astype("float32"))


def test_weights_to_begin_with():
    kernel, bias = np.ones((3, 2), "float32"), np.zeros(2, "float32")
    model = mk.Sequential([layers.Dense(2, weights=[kernel, bias], input_shape=(3,))])
    assert_close(model.get_weights()[0], kernel)


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adam", "Adagrad"])
def test_decay_divides_the_learning_rate(name):
    """``lr / (1 + decay * updates)``, the update written out for SGD."""
    optimizer = getattr(mk.optimizers, name)(lr=0.1, decay=0.5)
    w = mk.Variable([1.0, 2.0])
    rates = []
    for _ in range(3):
        rates.append(float(values(mk.ops.convert_to_tensor(optimizer.learning_rate))))
        optimizer.apply([mk.ops.array([1.0, 1.0])], [w])
    assert np.allclose(rates, [0.1, 0.1 / 1.5, 0.1 / 2.0])
    if name == "SGD":
        assert_close(w.array, np.array([1.0, 2.0], "float32") - np.float32(sum(rates)))
    optimizer.lr = 0.2
    assert np.isclose(float(values(mk.ops.convert_to_tensor(optimizer.learning_rate))), 0.2 / 2.5)
    assert optimizer.decay == 0.5
    again = type(optimizer).from_config(optimizer.get_config())
    assert np.isclose(float(values(again.lr.array)), 0.2) and again.decay == 0.5


def test_clipnorm_was_of_all_gradients_together():
    with era_scope(2):
        optimizer = mk.optimizers.SGD(lr=1.0, clipnorm=1.0)
    assert optimizer.global_clipnorm == 1.0 and optimizer.clipnorm is None
    assert mk.optimizers.SGD(lr=1.0, clipnorm=1.0).clipnorm == 1.0


def test_a_decaying_rate_in_recorded_steps():
    def trained(jit_compile):
        mk.utils.set_random_seed(0)
        model = mk.Sequential([layers.Dense(2, input_dim=3)])
        optimizer = mk.optimizers.SGD(lr=0.1, decay=0.5, momentum=0.9, nesterov=True)
        model.compile(optimizer, "mse", jit_compile=jit_compile)
        x = RNG2.normal(size=(32, 3)).astype("float32")
        model.fit(x, x[:, :2], batch_size=4, verbose=0, shuffle=False)
        return model.get_weights()

    RNG2 = np.random.default_rng(1)
    eager = trained(False)
    RNG2 = np.random.default_rng(1)
    for a, b in zip(trained(True), eager):
        assert_close(a, b)


def _model(activation="softmax", units=3):
    return mk.Sequential([layers.Dense(units, activation=activation, input_dim=4)])


X = RNG.normal(size=(20, 4)).astype("float32")
Y = np.eye(3, dtype="float32")[RNG.integers(0, 3, 20)]


def test_metrics_stood_before_loss_weights():
    model = _model()
    model.compile("sgd", "categorical_crossentropy", ["accuracy"])
    history = model.fit(X, Y, nb_epoch=2, verbose=0).history
    assert set(history) == {"accuracy", "loss"} and len(history["loss"]) == 2


def test_what_accuracy_meant():
    bits = (RNG.random((20, 3)) > 0.5).astype("float32")
    chances = np.asarray(RNG.random((20, 3)), "float32")
    model = mk.Sequential([mk.Input((3,)), layers.Identity()])
    binary = float(((chances > 0.5) == bits).mean())
    categorical = float((chances.argmax(1) == bits.argmax(1)).mean())
    for number, name, expected in ((1, "acc", binary), (2, "accuracy", binary),
                                   (3, "accuracy", categorical)):  # fmt: skip
        with era_scope(number):
            model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
            found = model.evaluate(chances, bits, verbose=0, return_dict=True)
        assert np.isclose(found[name], expected), number


def test_epochs_by_default():
    model = _model()
    model.compile("sgd", "categorical_crossentropy")
    with era_scope(1):
        assert len(model.fit(X, Y, verbose=0).history["loss"]) == 10
        assert len(model.fit(X, Y, 8, 3, verbose=0).history["loss"]) == 3
    assert len(model.fit(X, Y, verbose=0).history["loss"]) == 1


def _batches():
    while True:
        for i in range(0, 20, 5):
            yield X[i : i + 5], Y[i : i + 5]


def test_generators():
    model = _model()
    model.compile("sgd", "categorical_crossentropy", metrics=["mse"])
    seen = []
    counter = mk.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    model.fit_generator(_batches(), samples_per_epoch=18, nb_epoch=2, callbacks=[counter],
                        validation_data=_batches(), nb_val_samples=10, verbose=0)  # fmt: skip
    assert seen == [0, 1, 2, 3] * 2  # an epoch goes on until it has seen as many samples
    history = model.fit_generator(_batches(), 3, 2, 0, workers=2, use_multiprocessing=False)
    assert len(history.history["loss"]) == 2
    whole = model.evaluate(X, Y, verbose=0)
    assert np.allclose(model.evaluate_generator(_batches(), steps=4), whole, atol=1e-6)
    assert np.allclose(model.evaluate_generator(_batches(), val_samples=20), whole, atol=1e-6)
    expected = model.predict(X, verbose=0)
    assert_close(model.predict_generator(_batches(), steps=4), expected)
    assert_close(model.predict_generator(_batches(), val_samples=7), expected[:7])


def test_classes_and_probabilities():
    model = _model()
    chances = model.predict(X, verbose=0)
    assert_close(model.predict_proba(X), chances)
    assert model.predict_classes(X).tolist() == chances.argmax(1).tolist()
    binary = _model("sigmoid", 1)
    expected = (binary.predict(X, verbose=0) > 0.5).astype("int32")
    assert binary.predict_classes(X).tolist() == expected.tolist()


def test_one_warning_a_call_site():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(3):
            layers.Dense(output_dim=4)
    assert [w.category for w in told] == [DeprecationWarning]
    assert "Dense(output_dim=) is spelled units= in Keras 3" in str(told[0].message)
    assert told[0].filename == __file__


def test_wrong_calls_of_old():
    with pytest.raises(TypeError, match="by position and by keyword"):
        layers.Dense(4, output_dim=4)
    with pytest.raises(ValueError, match="mode=1 or mode=2"):
        layers.BatchNormalization(mode=1)
    with pytest.raises(ValueError, match="SpatialDropout1D"):
        layers.Embedding(4, 2, init="uniform", dropout=0.5)
    with pytest.raises(ValueError, match="1, 2 and 3"):
        mk.legacy.set_era(4)
    model = _model()
    with pytest.raises(ValueError, match="sample_weight_mode"):
        model.compile("sgd", "mse", sample_weight_mode="spatial")
    with pytest.raises(ValueError, match="target_tensors"):
        model.compile("sgd", "mse", target_tensors=[1])


def test_an_embedding_of_old_builds_the_model_that_it_begins():
    with mk.legacy.era_scope(2):
        model = mk.Sequential([layers.Embedding(5, 3), layers.LSTM(4)])
        fixed = mk.Sequential([layers.Embedding(5, 3, input_length=7), layers.Flatten()])
    assert model.built and model.input_shape == (None, None) and fixed.output_shape == (None, 21)
    assert not mk.Sequential([layers.Embedding(5, 3), layers.LSTM(4)]).built


def test_names_with_slashes(tmp_path):
    with mk.legacy.era_scope(2):
        inputs = mk.Input((4,))
        model = mk.Model(inputs, layers.Dense(2, name="block/dense")(inputs))
    dense = model.get_layer("block/dense")
    assert dense.kernel.path.endswith("block_dense/kernel") and dense.path.endswith("block_dense")
    model.save(tmp_path / "model.keras")
    x = np.ones((1, 4))
    with mk.legacy.era_scope(2):
        model.save(tmp_path / "model.h5")
        twin = mk.models.load_model(tmp_path / "model.h5")
    assert_close(twin.predict(x, verbose=0), model.predict(x, verbose=0))
    with pytest.raises(ValueError, match="/"):
        layers.Dense(2, name="block/dense")


def test_a_call_that_takes_any_arguments_is_built():
    class Frozen(layers.BatchNormalization):
        def call(self, *args, **kwargs):
            return super().call(*args, **kwargs)

    assert Frozen()(np.ones((2, 3), "float32")).shape == (2, 3)


def test_settings_of_a_kernel_that_separable_convolutions_do_not_have():
    with mk.legacy.era_scope(2):
        layer = layers.SeparableConv2D(4, 3, kernel_initializer="he_normal")
    assert layer.kernel_size == (3, 3)
    with pytest.raises((TypeError, ValueError), match="kernel_initializer"):
        layers.SeparableConv2D(4, 3, kernel_initializer="he_normal")


@pytest.mark.parametrize("era", [1, 2])
def test_sides_of_kernels_tell_the_form(era):
    with era_scope(era):
        for args in ((4, 3, 2), (4, np.int64(3), np.int32(2))):
            assert mk.layers.Conv2D(*args).kernel_size == (3, 2)
        for args in ((4, 3), (4, (3, 3)), (4, [3, 3])):  # of Keras 2, in either era
            assert mk.layers.Conv2D(*args).kernel_size == (3, 3)
        assert mk.layers.Conv2D(4, (3, 3), padding="same", activation="relu").padding == "same"


@pytest.mark.parametrize("era", [1, 2])
def test_networks_are_made_in_all_eras(era):
    with era_scope(era):
        for name, side in (("VGG16", 32), ("ResNet50", 32), ("MobileNet", 32)):
            network = getattr(mk.applications, name)(
                weights=None, include_top=False, input_shape=(side, side, 3)
            )
            assert network.output_shape[1:3] == (1, 1)
