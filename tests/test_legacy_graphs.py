"""Graphs that programs of Keras 1 and 2 made, where symbolic tensors need what values do not."""

import functools

import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy import era_scope
from tests.support import assert_close, values

K, layers = mk.backend, mk.layers
X = np.random.default_rng(0).normal(size=(4, 6, 6, 1)).astype("float32")


@pytest.mark.parametrize("era", [1, 2])
def test_where_the_largest_values_stood(era):
    """A function of a `Lambda` that asks for gradients between the tensors that it is given."""
    with era_scope(era):
        x = mk.Input((6, 6, 1))
        before = layers.Conv2D(filters=2, kernel_size=(3, 3), padding="same")(x)
        after = layers.MaxPooling2D((2, 2))(before)
        where = layers.Lambda(lambda t: K.gradients(K.sum(t[1]), t[0]))([before, after])
        model = mk.Model(x, [before, where])
        found, marks = (values(y) for y in model.predict(X, verbose=0))
        blocks = found.reshape(4, 3, 2, 3, 2, 2).transpose(0, 1, 3, 5, 2, 4).reshape(-1, 4)
        expected = blocks == blocks.max(-1, keepdims=True)
        expected = expected.reshape(4, 3, 3, 2, 2, 2).transpose(0, 1, 4, 2, 5, 3)
        assert_close(marks, expected.reshape(4, 6, 6, 2).astype("float32"))
        back = layers.Multiply()([layers.UpSampling2D((2, 2))(after), where])
        trained = mk.Model(x, layers.Conv2D(filters=1, kernel_size=(3, 3), padding="same")(back))
        trained.compile("sgd", "mse")
        losses = trained.fit(X, X, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_models_within_models_take_tensors_of_more_axes():
    with era_scope(2):
        inner = mk.Sequential([layers.Dense(4, input_dim=3), layers.Reshape((2, 2))])
        x = mk.Input((1, 3))
        model = mk.Model(x, inner(x))
        assert model.predict(X.reshape(-1, 1, 3)[:5], verbose=0).shape == (5, 2, 2)
        for given in (inner, mk.Model(inner.input, inner.output)):
            with pytest.raises(ValueError, match="incompatible"):
                given.predict(X.reshape(-1, 1, 3), verbose=0)
    with pytest.raises(ValueError, match="incompatible"):
        inner(mk.Input((1, 3)))


def test_sizes_that_are_not_known_as_tensors():
    x = mk.Input((None, 3))
    count = K.prod(K.cast(K.shape(x), "float32"))
    function = K.function([x], [count, K.sum(x) / count])
    for steps in (2, 5):
        found = function([np.ones((2, steps, 3))])
        assert [float(v) for v in found] == [6.0 * steps, 1.0]
    assert K.shape(x)[2] == 3 and K.shape(x)[1] is None


def test_relu_of_the_backend_in_era_1():
    with era_scope(1):
        assert_close(K.relu(mk.ops.array([-1.0, 2.0])), np.array([0.0, 2.0], "float32"))
        found = K.relu(mk.ops.array([-1.0, 2.0]), 0.5, 1.0)
    assert_close(found, np.array([-0.5, 1.0], "float32"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_layers_of_keras_1_in_files_and_their_weights(tmp_path):
    with era_scope(1):
        settings = {"W_regularizer": "l2", "init": "normal"}
        parts = [layers.Dense(4, input_dim=3), layers.Highway(activation="relu", **settings)]
        model = mk.Sequential([*parts, layers.MaxoutDense(2, nb_feature=3)])
        dense, highway = model.layers[:2]
        assert dense.W is dense.kernel and dense.b is dense.bias and not hasattr(highway, "U")
        assert highway.W.name == "highway_1_W:0" or highway.W.name.endswith("_W:0")
        model.compile("sgd", "mse")
        model.save(tmp_path / "model.h5")
        again = mk.models.load_model(tmp_path / "model.h5")
        x = X.reshape(-1, 3)[:5]
        assert_close(again.predict(x, verbose=0), model.predict(x, verbose=0))
        assert again.evaluate(x, x[:, :2], verbose=0) == pytest.approx(
            model.evaluate(x, x[:, :2], verbose=0), rel=1e-5
        )
    assert not hasattr(dense, "W")


def test_the_session():
    x, w = K.placeholder((None, 3)), K.variable(np.ones((3, 2)))
    session = K.get_session()
    fed = {x: np.ones((4, 3)), K.learning_phase(): 0}
    found = session.run({"product": K.dot(x, w), "w": w}, feed_dict=fed)
    assert_close(found["product"], np.full((4, 2), 3.0, "float32"))
    assert session.run(w).shape == (3, 2) and session.run([w, w])[1].shape == (3, 2)
    K.set_session(session)
    with pytest.raises(TypeError, match="sessions of TensorFlow"):
        K.set_session(object())


def test_axes_as_arrays():
    x = mk.ops.convert_to_tensor(X)
    for axes in (np.arange(1, 4), [1, 2, 3], np.int64(2)):
        expected = X.sum(axis=tuple(np.atleast_1d(axes)))
        assert_close(K.sum(x, axis=axes), expected, rtol=1e-5, atol=1e-5)


def test_gradients_of_a_loss_with_a_tensor_by_keyword():
    """The penalty of adversarial networks: its tensor comes through `functools.partial`."""

    def penalty(y_true, y_pred, of):
        slope = K.gradients(y_pred, of)[0]
        return K.mean(K.square(1.0 - K.sqrt(K.sum(K.square(slope), axis=np.array([1])))))

    with era_scope(2):
        x = mk.Input((3,))
        model = mk.Model(x, layers.Dense(1, use_bias=False)(x))
        model.compile("sgd", functools.partial(penalty, of=x))
        found = model.evaluate(X.reshape(-1, 3), np.zeros((48, 1)), verbose=0)
    norm = np.linalg.norm(values(model.get_weights()[0]))
    assert found == pytest.approx((1 - norm) ** 2, rel=1e-4)


def test_layers_are_taken_off_the_end():
    x = mk.Input((3,))
    model = mk.Model(x, layers.Dense(1)(layers.Dense(4, name="before")(x)))
    with era_scope(2):
        model.layers.pop()
        assert model.layers[-1].name == "before" and len(model.weights) == 2
        assert mk.Model(model.input, model.layers[-1].output).output_shape == (None, 4)


def test_a_summary_is_printed_line_by_line():
    model = mk.Sequential([layers.Dense(2, input_dim=3)])
    for era, several in ((2, True), (3, False)):
        with era_scope(era):
            lines = []
            model.summary(print_fn=lines.append)
        assert (len(lines) > 3) is several


@pytest.mark.parametrize(
    ("given", "shapes"),
    [({"validation_data": (X[:1], X[:1])}, [(1, 6, 6, 1), (1, 6, 6, 1), (1,)]),
     ({"validation_split": 0.5}, [(2, 6, 6, 1), (2, 6, 6, 1), (2,)]),
     ({}, None)],
)  # fmt: skip
def test_callbacks_have_the_data_for_validation(given, shapes):
    seen = []

    class Own(mk.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(self.validation_data)

    with era_scope(2):
        model = mk.Sequential([layers.Dense(1, input_shape=(6, 6, 1))])
        model.compile("sgd", "mse")
        model.fit(X, X, verbose=0, callbacks=[Own()], **given)
    assert (seen[0] and [a.shape for a in seen[0]]) == shapes
