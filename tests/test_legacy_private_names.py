"""What programs of Keras 1 and 2 used of the inside of models, layers and tensors."""

import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy import era_scope
from tests.support import assert_close, values

K, layers = mk.backend, mk.layers
X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
Y = np.random.default_rng(1).normal(size=(6, 2)).astype("float32")


def _model(sequential=False):
    if sequential:
        model = mk.Sequential([layers.Dense(4, input_dim=3, name="h"), layers.Dense(2, name="d")])
    else:
        x = mk.Input((3,), name="x")
        model = mk.Model(x, layers.Dense(2, name="d")(layers.Dense(4, name="h")(x)))
    model.compile("sgd", "mse", metrics=["mae"])
    return model


@pytest.mark.parametrize("sequential", [False, True])
def test_what_models_are_fed_with(sequential):
    model = _model(sequential)
    assert model._feed_inputs == model.inputs and model._feed_outputs == model.outputs
    assert model._feed_input_names == model.input_names
    assert model._feed_input_shapes == [(None, 3)] and model.internal_output_shapes == [(None, 2)]
    assert [layer.name for layer in model._output_layers] == ["d"]
    assert model._is_graph_network and model.stateful_metric_names == ["mae"]
    assert {d: [op.name for op in ops] for d, ops in model._layers_by_depth.items()} == {
        2: model.input_names, 1: ["h"], 0: ["d"]}  # fmt: skip
    assert [node.operation.name for node in model.nodes_by_depth[0]] == ["d"]
    for name in ("predict", "train", "test"):
        assert getattr(model, f"_make_{name}_function")() is None
    assert [w.name for w in model._collected_trainable_weights] == ["kernel", "bias"] * 2


def test_gradients_of_the_loss_of_a_model():
    """The way in which programs asked for the gradients of a batch."""
    model = _model()
    grads = model.optimizer.get_gradients(model.total_loss, model.trainable_weights)
    inputs = [*model.inputs, *model.targets, *model.sample_weights, K.learning_phase()]
    weights = np.arange(6.0, dtype="float32")
    found = K.function(inputs, [model.total_loss, *grads])([X, Y, weights, 0])
    error = values(model.predict(X, verbose=0)) - Y
    assert float(found[0]) == pytest.approx(float((weights * (error**2).mean(-1)).mean()), rel=1e-5)
    assert_close(found[4], (weights[:, None] * error / 6).sum(0), rtol=1e-4)


def test_losses_need_compile_and_graphs():
    x = mk.Input((3,))
    with pytest.raises(AttributeError, match="before it is compiled"):
        _ = mk.Model(x, layers.Dense(1)(x)).total_loss

    class Own(mk.Model):
        pass

    own = Own()
    own.targets = [layers.Dense(1)]  # programs may use the names themselves
    assert len(own.layers) == 1 and not own._is_graph_network
    with pytest.raises(AttributeError, match="no attribute '_feed_inputs'"):
        _ = own._feed_inputs
    with pytest.raises(AttributeError, match=r"never called|has no"):
        _ = own.output


def test_metrics_by_two_lists():
    with era_scope(2):
        model = _model()
        model.metrics_names.append("largest")
        model.metrics_tensors.append(K.max(model.output))
        logs = dict(zip(model.metrics_names, model.evaluate(X, Y, verbose=0)))
    assert logs["largest"] == pytest.approx(values(model.predict(X, verbose=0)).max(), rel=1e-5)


def test_data_as_lists():
    model = _model()
    x, y, weights = model._standardize_user_data(X, Y[:, 0], sample_weight=None)
    assert (x[0].shape, y[0].shape, weights[0].tolist()) == ((6, 3), (6, 1), [1.0] * 6)
    with pytest.raises(ValueError, match="alone"):
        model._standardize_user_data(X, Y, class_weight={0: 1.0})


def test_weights_that_layers_list_themselves():
    class Own(layers.Layer):
        def build(self, input_shape):
            self.inner = K.variable(np.ones((3, 2)), name="inner")
            self._trainable_weights.append(self.inner)
            self._non_trainable_weights += [K.variable(1.0)]
            super().build(input_shape)

        def call(self, x):
            return K.dot(x, self.inner)

    layer = Own()
    layer(mk.ops.convert_to_tensor(X))
    assert len(layer.trainable_weights) == 1 and len(layer._non_trainable_weights) == 1


def test_where_graphs_begin():
    model = _model()
    with era_scope(2):
        first = K.function([model.layers[0].input], [model.layers[1].output])
    assert first([X])[0].shape == (6, 4)
    assert model.layers[0].input == []  # as Keras 3 has it


def test_what_depends_on_training():
    x = mk.Input((4, 3))
    plain, dropped = layers.Dense(2)(x), layers.Dense(2)(layers.Dropout(0.5)(x))
    assert not plain._uses_learning_phase and dropped._uses_learning_phase
    for layer, expected in (
        (layers.LSTM(2), False), (layers.LSTM(2, dropout=0.5), True),
        (layers.TimeDistributed(layers.BatchNormalization()), True),
        (layers.Bidirectional(layers.GRU(2, recurrent_dropout=0.1)), True),
    ):  # fmt: skip
        assert layer.uses_learning_phase is expected


@pytest.mark.parametrize("era", [1, 2])
def test_masks_of_several_inputs(era):
    """`compute_mask` gets a None for each input without a mask, `call` then None."""
    seen = []

    class Own(layers.Layer):
        supports_masking = True

        def call(self, inputs, mask=None):
            seen.append(mask)
            return inputs[0] + inputs[1]

        def compute_mask(self, inputs, mask=None):
            seen.append(mask)

    with era_scope(era):
        a, b = mk.Input((3,)), mk.Input((3,))
        mk.Model([a, b], Own()([a, b])).predict([X, X], verbose=0)
    assert seen[-2:] == [None, [None, None]]
