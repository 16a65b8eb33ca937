"""Models of every shape: sequential, functional, nested, shared, subclassed; and their methods."""

import keras
import numpy as np
import pytest

import minikeras as mk
from tests.support import assert_close, serialized, values
from tests.zoo import MODELS

L = mk.layers
X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")


class TestFunctional:
    def test_several_inputs_and_outputs(self):
        a, b = mk.Input((3,)), mk.Input((2,))
        joined = L.Concatenate()([L.Dense(4)(a), b])
        model = mk.Model([a, b], {"sum": L.Dense(1)(joined), "raw": joined})
        out = model([X, X[:, :2]])
        assert {k: v.shape for k, v in out.items()} == {"sum": (6, 1), "raw": (6, 6)}
        assert model.output_shape == {"sum": (None, 1), "raw": (None, 6)}

    def test_inputs_by_name(self):
        a, b = mk.Input((3,), name="a"), mk.Input((3,), name="b")
        model = mk.Model({"a": a, "b": b}, a - b)
        assert_close(model({"b": X, "a": 2 * X}), X)
        by_list = mk.Model([a, b], a - b)
        assert_close(by_list({"b": X, "a": 2 * X}), X)

    def test_inputs_of_another_structure(self):
        """A list in place of a dict is taken in its order, with a warning, where that is clear."""
        a, b = mk.Input((3,), name="a"), mk.Input((3,), name="b")
        model = mk.Model({"a": a, "b": b}, a - b)
        with pytest.warns(UserWarning, match="The structure of `inputs` doesn't match"):
            assert_close(model([2 * X, X]), X)
        with pytest.warns(UserWarning, match="The structure of `inputs` doesn't match"):
            model({"a": X, "b": X, "c": X})
        with pytest.raises(ValueError, match="The structure of `inputs` doesn't match"):
            mk.Model({"b": b, "a": a}, a - b)([X, X])
        with pytest.raises(ValueError, match=r"expected shape=\(None, 3\), found shape=\(6, 2\)"):
            model({"a": X[:, :2], "b": X})
        mk.Model([a, b], a - b)((X, X))  # a tuple is as good as a list

    def test_tuples_of_outputs_stay_tuples(self):
        x = mk.Input((3,))
        model = mk.Model(x, (L.Dense(2)(x), L.Dense(1)(x)))
        again = mk.Model.from_config(model.get_config())
        assert isinstance(again(X), tuple)

    def test_a_constructor_that_hands_all_arguments_on(self):
        class Scaled(mk.Model):
            def __init__(self, *args, scale=1, **kwargs):
                super().__init__(*args, **kwargs)
                self.scale = scale

            def get_config(self):
                return {**super().get_config(), "scale": self.scale}

        x = mk.Input((3,))
        model = Scaled(x, L.Dense(2)(x), scale=3)
        again = Scaled.from_config(model.get_config())
        assert again.scale == 3
        assert again(X).shape == (6, 2)

    def test_the_input_of_a_layer_is_that_of_its_first_call(self):
        a, b = mk.Input((3,)), mk.Input((3,))
        shared = L.Dense(2)
        first = shared(a)
        shared(b)
        assert shared.input is a
        assert shared.output is first

    def test_layers_is_no_name_for_an_attribute(self):
        for model in (mk.Sequential(), mk.Model(x := mk.Input((2,)), L.Dense(1)(x))):
            with pytest.raises(AttributeError, match="layers` attribute is reserved"):
                model.layers = []

    def test_a_shared_layer_has_its_weights_once(self):
        a, b = mk.Input((3,)), mk.Input((3,))
        shared = L.Dense(2)
        model = mk.Model([a, b], [shared(a), shared(b)])
        assert len(model.weights) == 2
        assert len(shared._inbound_nodes) == 2
        first, second = model([X, X])
        assert_close(first, second)

    def test_models_nest(self):
        inner_input = mk.Input((3,))
        inner = mk.Model(inner_input, L.Dense(2, activation="relu")(inner_input))
        outer_input = mk.Input((3,))
        outer = mk.Model(outer_input, L.Dense(1)(inner(outer_input)))
        assert outer.count_params() == 3 * 2 + 2 + 2 + 1
        twin = mk.models.model_from_json(outer.to_json())
        twin.set_weights(outer.get_weights())
        assert_close(twin(X), outer(X))

    def test_a_part_of_a_graph_is_a_model(self):
        inputs = mk.Input((3,))
        hidden = L.Dense(4)(inputs)
        outputs = L.Dense(2)(hidden)
        whole = mk.Model(inputs, outputs)
        head = mk.Model(inputs, hidden)
        tail = mk.Model(hidden, outputs)
        assert_close(tail(head(X)), whole(X))

    def test_unknown_sides(self):
        inputs = mk.Input((None, None, 3))
        model = mk.Model(inputs, L.GlobalAveragePooling2D()(L.Conv2D(4, 3)(inputs)))
        assert model.layers[1].output.shape == (None, None, None, 4)
        for side in (5, 9):
            assert model(np.ones((2, side, side + 1, 3), "float32")).shape == (2, 4)

    def test_deep_graphs_need_no_recursion(self):
        x = inputs = mk.Input((1,))
        for _ in range(1500):
            x = x + 1.0
        assert values(mk.Model(inputs, x)(np.zeros((1, 1), "float32"))).item() == 1500

    def test_layer_order_is_that_of_keras(self):
        def build(k):
            a = k.Input((4,), name="a")
            b = k.Input((4,), name="b")
            left = k.layers.Dense(3, name="left")(a)
            right = k.layers.Dense(3, name="right")(b)
            early = k.layers.Dense(3, name="early")(right)
            both = k.layers.Add(name="both")([left, early])
            skip = k.layers.Concatenate(name="skip")([both, left])
            return k.Model([b, a], [k.layers.Dense(1, name="out")(skip), right])

        ours, theirs = build(mk), build(keras)
        assert [x.name for x in ours.layers] == [x.name for x in theirs.layers]
        assert ours.output_names == theirs.output_names
        assert [w.path for w in ours.weights] == [w.path for w in theirs.weights]

    @pytest.mark.parametrize("name", MODELS)
    def test_zoo_lists_its_layers_as_keras_does(self, name):
        ours, theirs = MODELS[name](mk), MODELS[name](keras)
        assert [type(x).__name__ for x in ours.layers] == [type(x).__name__ for x in theirs.layers]
        assert [w.shape for w in ours.weights] == [w.shape for w in theirs.weights]
        shapes = lambda m: [tuple(w.shape) for w in m.trainable_variables]
        assert shapes(ours) == shapes(theirs)

    def test_ops_in_a_graph_are_written_as_keras_writes_them(self):
        def build(k):
            x = k.Input((4,), name="x")
            y = k.ops.mean(k.ops.relu(x + 1.0) * 2.0, axis=1, keepdims=True)
            return k.Model(x, k.ops.concatenate([y, k.ops.exp(x)], axis=-1), name="m")

        ours, theirs = build(mk), build(keras)
        twin = keras.models.model_from_json(ours.to_json())
        back = mk.models.model_from_json(theirs.to_json())
        data = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
        for model in (twin, back, ours):
            assert_close(model(data), theirs(data))

    def test_tensors_are_cast_and_lose_or_gain_a_last_axis(self):
        model = mk.Model(x := mk.Input((1,)), L.Dense(2)(x))
        assert model(np.ones(5)).shape == (5, 2)
        embedding = mk.Model(x := mk.Input((4,), dtype="int32"), L.Embedding(9, 2)(x))
        assert embedding(np.ones((5, 4))).shape == (5, 4, 2)


class _Pair(L.Layer):
    def call(self, one, other):
        return one + other


class TestSequential:
    def test_built_at_once_or_on_data(self):
        early = mk.Sequential([mk.Input((3,)), L.Dense(2)])
        assert early.built
        assert early.output_shape == (None, 2)
        late = mk.Sequential([L.Dense(2)])
        assert not late.built
        assert late(X).shape == (6, 2)
        assert late.output_shape == (None, 2)

    def test_add_and_pop(self):
        model = mk.Sequential([mk.Input((3,)), L.Dense(4)])
        model.add(L.Dense(2))
        assert model.output_shape == (None, 2)
        model.pop()
        assert model.output_shape == (None, 4)
        assert [x.name for x in model.layers] == [model.layers[0].name]

    def test_old_argument_for_the_input(self):
        assert mk.Sequential([L.Dense(2, input_shape=(3,))]).output_shape == (None, 2)
        assert mk.Sequential([L.Dense(2, input_dim=3)]).output_shape == (None, 2)

    def test_a_model_as_the_first_layer_states_the_input(self):
        inner = mk.Sequential([mk.Input((3,), dtype="int32"), L.Embedding(5, 2)])
        model = mk.Sequential([inner, L.Flatten(), L.Dense(1)])
        assert model.built
        assert model.input_shape == (None, 3)
        assert model.inputs[0].dtype == "int32"
        assert len(model.layers) == 3

    def test_structures_go_through_one_layer_after_the_other(self):
        class Swap(L.Layer):
            def call(self, inputs):
                return {"a": inputs["b"], "b": inputs["a"]}

        model = mk.Sequential([Swap(), Swap(), Swap()])
        found = model({"a": mk.ops.zeros((2, 3)), "b": mk.ops.ones((2, 3))})
        assert values(found["a"]).tolist() == [[1.0] * 3] * 2
        assert model.compute_output_shape({"a": (1, 3), "b": (1, 4)}) == {"a": (1, 4), "b": (1, 3)}
        model.summary(print_fn=lambda text: None)

    def test_layers_that_cannot_tell_their_outputs(self):
        class Opaque(L.Layer):
            def call(self, inputs):
                return inputs + 1.0

            def compute_output_spec(self, inputs):
                raise NotImplementedError

        model = mk.Sequential([Opaque(), L.Dense(2)])
        assert model(X).shape == (6, 2)
        assert len(model.layers) == 2
        model.summary(print_fn=lambda text: None)

    @pytest.mark.parametrize(
        "fault, message",
        [
            (lambda: mk.Sequential([{}]), "Only instances of keras.Layer"),
            (lambda: mk.Sequential([L.Dense(1), mk.Input((2,))]), "already been configured"),
            (lambda: mk.Sequential([mk.Input((2,)), L.Dense(1)]).build((3, 4)), "already been"),
            (lambda: mk.Sequential([L.Dense(1, name="a")] * 2), "should have unique names"),
            (lambda: mk.Sequential([L.Dense(2), _Pair()]).build((None, 2)), "single required pos"),
        ],
    )
    def test_mistakes(self, fault, message):
        with pytest.raises(ValueError, match=message):
            fault()

    def test_config_equals_keras(self):
        build = lambda k: k.Sequential(
            [k.Input((3,), name="i"), k.layers.Dense(2, activation="relu", name="d")], name="s"
        )
        ours, theirs = serialized(build(mk)), keras.saving.serialize_keras_object(build(keras))
        strip = lambda layers: [
            {k: v for k, v in x["config"].items() if k in x["config"]} for x in layers
        ]
        assert [x["class_name"] for x in ours["layers"]] == ["InputLayer", "Dense"]
        assert set(ours) == set(theirs["config"])
        assert len(strip(ours["layers"])) == 2


class Net(mk.Model):
    """A subclassed model with a block inside."""

    def __init__(self, units=4, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.hidden = [L.Dense(units, activation="relu") for _ in range(2)]
        self.dropout = L.Dropout(0.5)
        self.out = L.Dense(1)

    def call(self, x, training=False):
        for layer in self.hidden:
            x = layer(x)
        return self.out(self.dropout(x, training=training))


class TestSubclass:
    def test_trains_and_lists_what_it_owns(self):
        model = Net()
        model.compile("sgd", "mse")
        model.fit(X, X[:, :1], verbose=0)
        assert len(model.weights) == 6
        assert len(model.layers) == 4
        assert [v.path.split("/")[0] for v in model.weights] == [model.name] * 6

    def test_training_flag_reaches_inner_layers(self):
        model = Net(units=64)
        model(X)
        assert_close(model(X), model(X), 0, 0)
        assert np.abs(values(model(X, training=True)) - values(model(X, training=True))).max() > 0

    def test_configuration_from_the_signature(self):
        assert Net(units=7).get_config()["units"] == 7
        assert Net.from_config(Net(units=7).get_config()).units == 7

    def test_subclass_of_functional(self):
        class Custom(mk.Model):
            def train_step(self, data):
                return {"loss": 0.25}

        model = Custom(x := mk.Input((3,)), L.Dense(1)(x))
        model.compile("sgd", "mse")
        assert model.fit(X, X[:, :1], verbose=0).history == {"loss": [0.25]}

    def test_custom_train_step_with_a_tape(self):
        class Custom(mk.Model):
            def train_step(self, data):
                x, y = data
                with mk.GradientTape() as tape:
                    loss = self.compute_loss(y=y, y_pred=self(x, training=True))
                gradients = tape.gradient(loss, self.trainable_variables)
                self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
                return {"my_loss": loss}

        model = Custom(x := mk.Input((3,)), L.Dense(1)(x))
        model.compile(mk.optimizers.SGD(0.05), "mse")
        history = model.fit(X, X[:, :1], epochs=5, verbose=0).history["my_loss"]
        assert history[-1] < history[0]


class TestLosses:
    def test_added_losses_and_regularizers(self):
        class Activity(L.Layer):
            def call(self, x):
                self.add_loss(mk.ops.sum(x))
                return x

        model = mk.Sequential(
            [mk.Input((3,)), L.Dense(2, kernel_regularizer="l2", use_bias=False), Activity()]
        )
        out = model(X)
        added, regularization = model.losses
        assert_close(added, mk.ops.sum(out))
        assert_close(regularization, 0.01 * np.sum(values(model.weights[0]) ** 2))
        model(X)
        assert len(model.losses) == 2

    def test_an_older_compute_loss_without_the_flag(self):
        class Older(mk.Sequential):
            def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
                return 2 * super().compute_loss(x, y, y_pred, sample_weight)

        model = Older([mk.Input((3,)), L.Dense(1, kernel_initializer="zeros")])
        model.compile("sgd", "mse")
        assert model.evaluate(X, np.ones((6, 1)), verbose=0) == 2.0
        assert model.fit(X, np.ones((6, 1)), verbose=0).history["loss"] == [2.0]

    def test_compute_loss_may_take_the_output_apart(self):
        class Halves(mk.Model):
            def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
                return super().compute_loss(x, y, (y_pred[:, :1], y_pred[:, 1:]), sample_weight)

        model = Halves(x := mk.Input((3,)), L.Dense(2)(x))
        model.compile("sgd", ["mse", "mae"])
        history = model.fit(X, (X[:, :1], X[:, 1:2]), verbose=0).history
        assert sorted(history) == ["loss", "mae_loss", "mse_loss"]

    def test_evaluate_lists_what_keras_lists(self):
        """The loss, what is named as a metric is, then the rest in the order of letters."""
        found = []
        for k in (mk, keras):
            i = k.Input((3,))
            a, b = (k.layers.Dense(1, name=n, kernel_initializer="ones")(i) for n in "ab")
            model = k.Model(i, {"b": b * 2, "a": a})
            y = {"a": X[:, :1], "b": X[:, :1]}
            metrics = {"b": ["mae"], "a": ["mape"]}
            model.compile(
                "sgd", {"b": "mse", "a": "mae"}, metrics=metrics, weighted_metrics={"a": ["mse"]}
            )
            found.append(model.evaluate(X, y, verbose=0))
        assert len(found[0]) == 6
        assert np.allclose(found[0], found[1], rtol=1e-5)

    def test_metrics_come_in_order(self):
        model = mk.Sequential([mk.Input((3,)), L.Dense(1)])
        model.own = mk.metrics.Mean("own")
        model.compile("sgd", "mse", metrics=["mae"])
        assert [m.name for m in model.metrics] == ["loss", "compile_metrics", "own"]

    def test_they_take_part_in_training(self):
        model = mk.Sequential(
            [mk.Input((3,)), L.Dense(1, kernel_regularizer=mk.regularizers.L2(10.0))]
        )
        model.compile(mk.optimizers.SGD(0.01), "mse")
        before = np.abs(model.get_weights()[0]).sum()
        model.fit(X, np.zeros((6, 1)), epochs=5, verbose=0)
        assert np.abs(model.get_weights()[0]).sum() < before


def test_stateless_call_changes_nothing():
    model = mk.Sequential([mk.Input((3,)), L.BatchNormalization(), L.Dense(2)])
    before = model.get_weights()
    trainable = [v.value for v in model.trainable_variables]
    state = [v.value for v in model.non_trainable_variables]
    out, new_state = model.stateless_call(trainable, state, X, training=True)
    assert out.shape == (6, 2)
    assert np.abs(values(new_state[0]) - values(state[0])).max() > 0
    assert_close(model.get_weights(), before, 0, 0)
    loss = lambda w: mk.ops.sum(model.stateless_call(w, state, X)[0] ** 2)
    gradients = mk.grad(loss)(trainable)
    assert [g.shape for g in gradients] == [w.shape for w in trainable]


def test_freezing_layers():
    model = mk.Sequential([mk.Input((3,)), L.Dense(2), L.BatchNormalization()])
    model.layers[0].trainable = False
    assert len(model.trainable_weights) == 2
    assert len(model.non_trainable_weights) == 4
    model.trainable = False
    assert model.trainable_weights == []
    model.trainable = True
    assert len(model.trainable_weights) == 4


def test_clones_are_compiled_as_the_model_is():
    for model in (
        mk.Sequential([mk.Input((3,)), L.Dense(2)]),
        mk.Model(x := mk.Input((3,)), L.Dense(2)(x)),
    ):
        assert not mk.models.clone_model(model).compiled
        model.compile(mk.optimizers.SGD(0.25), "mse")
        clone = mk.models.clone_model(model)
        assert clone.compiled
        assert float(values(clone.optimizer.learning_rate)) == 0.25
        assert clone.optimizer is not model.optimizer
    with pytest.raises(ValueError, match="same structure as"):
        mk.models.clone_model(model, input_tensors=[mk.Input((3,))])


def test_clone_has_new_weights():
    for model in (MODELS["mlp"](mk), MODELS["transformer"](mk)):
        clone = mk.models.clone_model(model)
        assert [w.shape for w in clone.weights] == [w.shape for w in model.weights]
        assert not np.array_equal(clone.get_weights()[0], model.get_weights()[0])


def test_masks_flow_through_functional_and_subclassed_models():
    tokens = np.array([[1, 2, 0, 0], [3, 4, 5, 0]], "int32")
    embedding, rnn = L.Embedding(6, 3, mask_zero=True), L.GRU(2)
    inputs = mk.Input((4,), dtype="int32")
    functional = mk.Model(inputs, rnn(embedding(inputs)))

    class Eager(mk.Model):
        def __init__(self):
            super().__init__()
            self.embedding, self.rnn = embedding, rnn

        def call(self, x):
            return self.rnn(self.embedding(x))

    expected = functional(tokens)
    assert_close(Eager()(tokens), expected)
    assert_close(rnn(embedding(mk.ops.convert_to_tensor(tokens))), expected)
    shorter = mk.ops.convert_to_tensor(tokens[:1, :2])
    assert_close(rnn(embedding(shorter)), values(expected)[:1])


def test_the_same_seed_gives_the_same_bits():
    found = []
    for _ in range(2):
        mk.utils.set_random_seed(7)
        model = Net()
        model.compile("adam", "mse")
        model.fit(X, X[:, :1], batch_size=2, epochs=2, verbose=0)
        found.append(model.get_weights())
    for a, b in zip(*found):
        assert np.array_equal(a, b)


def test_mixed_precision_computes_in_float16_and_keeps_float32():
    build = lambda k: k.Sequential(
        [
            k.Input((3,)),
            k.layers.Dense(4, dtype="mixed_float16"),
            k.layers.Dense(1, dtype="float32"),
        ]
    )
    ours, theirs = build(mk), build(keras)
    ours.set_weights(theirs.get_weights())
    assert {w.dtype for w in ours.weights} == {"float32"}
    assert values(ours.layers[0](mk.ops.convert_to_tensor(X))).dtype == "float16"
    assert_close(ours(X), theirs(X), 1e-2, 1e-3)


def test_mixed_precision_scales_the_loss():
    mk.config.set_dtype_policy("mixed_float16")
    model = mk.Sequential([mk.Input((3,)), L.Dense(8), L.Dense(1)])
    model.compile("adam", "mse")
    assert isinstance(model.optimizer, mk.optimizers.LossScaleOptimizer)
    history = model.fit(X, X[:, :1], epochs=20, verbose=0).history["loss"]
    assert history[-1] < history[0]
