"""Smaller parts of the public API: trees, states, devices, scopes, older forms, tracebacks."""

import collections
import traceback

import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras.backend.xp import ON_GPU
from tests.support import assert_close, values

Point = collections.namedtuple("Point", "x y")
STRUCTURES = [
    3,
    None,
    [1, (2, 3)],
    {"b": [1, 2], "a": (None, {"c": 4})},
    Point(1, [2, 3]),
    collections.OrderedDict([("z", 1), ("a", [2])]),
    collections.defaultdict(list, {"q": [1, 2]}),
    collections.deque([1, [2]]),
    [],
    {},
]


@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
def test_trees_are_walked_as_in_keras(structure):
    double = lambda x: x if x is None else x * 2
    assert mk.tree.flatten(structure) == keras.tree.flatten(structure)
    assert mk.tree.is_nested(structure) == keras.tree.is_nested(structure)
    assert mk.tree.flatten_with_path(structure) == keras.tree.flatten_with_path(structure)
    found, expected = (t.map_structure(double, structure) for t in (mk.tree, keras.tree))
    assert found == expected and type(found) is type(expected)
    flat = list(range(len(mk.tree.flatten(structure))))
    assert mk.tree.pack_sequence_as(structure, flat) == keras.tree.pack_sequence_as(structure, flat)
    drop = lambda t: lambda x: t.MAP_TO_NONE if x == 2 else None
    for top_down in (True, False):
        assert mk.tree.traverse(drop(mk.tree), structure, top_down) == keras.tree.traverse(
            drop(keras.tree), structure, top_down
        )


@pytest.mark.parametrize("a", STRUCTURES, ids=repr)
def test_structures_are_compared_as_in_keras(a):
    def outcome(compare, b):
        try:
            compare(a, b)
        except (ValueError, TypeError):
            return "differs"
        return "same"

    for b in STRUCTURES:
        for name in ("assert_same_structure", "assert_same_paths"):
            ours, theirs = (getattr(t, name) for t in (mk.tree, keras.tree))
            assert outcome(ours, b) == outcome(theirs, b), (name, b)


def test_structures_are_mapped_down_to_a_shallow_one():
    shallow, deep = [0, {"a": 0}], [[1, 2], {"a": (3, 4)}]
    expected = keras.tree.map_structure_up_to(shallow, len, deep)
    assert mk.tree.map_structure_up_to(shallow, len, deep) == expected
    with pytest.raises(ValueError, match="same nested structure"):
        mk.tree.map_structure_up_to(shallow, len, [1])


def test_leaves_beside_shapes_and_paths_in_any_order():
    structure = {"a": (1, 2, None), "b": [(5,), "hi"]}
    last = lambda x: x[-1]
    assert mk.tree.map_shape_structure(last, structure) == {"a": None, "b": [5, "i"]}
    assert mk.tree.map_shape_structure(last, structure) == keras.tree.map_shape_structure(
        last, structure
    )
    ordered = [
        collections.OrderedDict(pairs) for pairs in ([("b", 1), ("a", 2)], [("a", 3), ("b", 4)])
    ]
    mk.tree.assert_same_paths(*ordered)
    with pytest.raises(TypeError, match="callable"):
        mk.tree.map_structure("bad", [1])
    with pytest.raises(ValueError, match="at least one structure"):
        mk.tree.map_structure(len)


def compiled(k):
    inputs = k.Input((3,), name="x")
    x = k.layers.Dense(4, name="first")(inputs)
    outputs = k.layers.Dense(1, name="last")(k.layers.BatchNormalization(name="norm")(x))
    model = k.Model(inputs, outputs, name="model")
    model.compile(k.optimizers.Adam(name="adam"), "mse", metrics=["mae"])
    model.fit(np.ones((4, 3), "float32"), np.zeros((4, 1), "float32"), verbose=0)
    return model


def shapes(tree):
    return {k: shapes(v) if isinstance(v, dict) else tuple(v.shape) for k, v in tree.items()}


def test_state_trees_have_the_form_of_keras():
    model = compiled(mk)
    assert shapes(model.get_state_tree()) == shapes(compiled(keras).get_state_tree())
    before = model.get_state_tree("numpy_array")
    other = compiled(mk)
    other.set_state_tree(before)
    for a, b in zip(model.variables, other.variables):
        np.testing.assert_array_equal(values(a), values(b))
    with pytest.raises(ValueError, match="has no variable 'model/none/kernel'"):
        model.set_state_tree({"trainable_variables": {"model": {"none": {"kernel": 1.0}}}})
    with pytest.raises(ValueError, match="value_format"):
        model.get_state_tree("list")


def test_the_loss_can_be_computed_for_other_weights():
    model = compiled(mk)
    x, y = mk.ops.ones((2, 3)), mk.ops.zeros((2, 1))
    given = [
        [mk.ops.zeros(v.shape) for v in model.trainable_variables],
        [v.value for v in model.non_trainable_variables],
        [v.value for v in model.metrics_variables],
    ]
    loss, after = model.stateless_compute_loss(*given, x=x, y=y, y_pred=mk.ops.ones((2, 1)))
    assert float(loss) == 1.0
    assert [len(part) for part in after] == [len(part) for part in given]


def test_fit_evaluate_and_predict_call_the_functions_that_are_made():
    class Counts(mk.Model):
        def __init__(self):
            super().__init__()
            self.dense = mk.layers.Dense(1)
            self.calls = collections.Counter()

        def call(self, x):
            return self.dense(x)

        def make_train_function(self, force=False):
            function = super().make_train_function(force)

            def counted(iterator):
                self.calls["train"] += 1
                return function(iterator)

            self.__dict__["train_function"] = counted
            return counted

        def make_predict_function(self, force=False):
            sevenfold = lambda iterator: np.stack([7 * batch[0] for batch in iterator])
            self.__dict__["predict_function"] = sevenfold
            return sevenfold

    model = Counts()
    model.compile("sgd", "mse", steps_per_execution=2)
    x = np.ones((8, 3), "float32")
    model.fit(x, x[:, :1], batch_size=2, verbose=0)
    assert model.calls["train"] == 2
    found = model.predict(x, batch_size=4, verbose=0)
    assert found.shape[-2:] == (4, 3) and (found == 7).all()


def test_a_layer_reports_metrics():
    class Reports(mk.layers.Layer):
        def call(self, x):
            self.add_metric(mk.ops.mean(x), name="level")
            return x

    model = mk.Sequential([mk.Input((1,)), Reports(), mk.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.arange(8, dtype="float32")[:, None]
    history = model.fit(x, x, batch_size=4, epochs=2, verbose=0, shuffle=False).history
    assert history["level"] == [3.5, 3.5]
    with pytest.raises(ValueError, match="needs a name"):
        model.layers[0].add_metric(1.0)


def test_more_arguments_reach_the_layers_that_have_them():
    class Scaled(mk.layers.Layer):
        def call(self, x, factor=1.0):
            return x * factor

    model = mk.Sequential([mk.Input((2,)), Scaled(), mk.layers.Activation("relu")])
    x = mk.ops.ones((1, 2))
    assert values(model(x)).tolist() == [[1.0, 1.0]]
    assert values(model(x, factor=3.0)).tolist() == [[3.0, 3.0]]


def test_weights_can_be_added_in_the_older_order():
    layer = mk.layers.Layer()
    weight = layer.add_variable((2,), "ones", name="w")
    assert weight.shape == (2,) and layer.weights == [weight]


def test_shapes_can_be_given_by_name():
    dense, attention = mk.layers.Dense(4), mk.layers.MultiHeadAttention(2, 3)
    assert dense.compute_output_shape(input_shape=(None, 3)) == (None, 4)
    shapes_ = {"query_shape": (None, 5, 6), "value_shape": (None, 7, 6)}
    assert attention.compute_output_shape(**shapes_) == (None, 5, 6)
    assert mk.layers.LSTM(3).compute_output_shape(sequences_shape=(2, 5, 6)) == (2, 3)


@pytest.mark.skipif(ON_GPU, reason="about the CPU")
def test_devices():
    with mk.device("cpu:0"):
        assert mk.ops.ones((1,)).shape == (1,)
    for name in ("gpu:0", "cpu:1", "tpu", 3):
        with pytest.raises(ValueError, match="cpu"):
            mk.device(name)
    with pytest.raises(ValueError, match="KERAS_BACKEND=cupy"):
        mk.config.set_backend("cupy")


def test_names_of_keras_backend():
    assert mk.backend.result_type("int32", "float32") == "float32"
    assert mk.backend.is_float_dtype("float16") and mk.backend.is_int_dtype("uint8")
    assert mk.backend.standardize_dtype("int") == keras.backend.standardize_dtype("int")
    assert mk.backend.is_keras_tensor(mk.Input((1,)))
    assert mk.backend.get_uid("a new prefix") == 1
    mk.backend.clear_session()
    assert mk.layers.Dense(1).name == "dense"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = mk.backend.nothing


def test_the_form_of_before_keras_3():
    for thing in (mk.regularizers.L2(0.5), mk.layers.Dense(3, name="d"), mk.activations.tanh):
        form = mk.legacy.saving.serialize_keras_object(thing)
        names = {**vars(mk.regularizers), **vars(mk.layers), **vars(mk.activations)}
        found = mk.utils.legacy.deserialize_keras_object(form, module_objects=names)
        if hasattr(thing, "get_config"):
            assert found.get_config() == thing.get_config()
        else:
            assert found is thing
    assert mk.legacy.saving.serialize_keras_object(None) is None
    with pytest.raises(ValueError, match="Unknown layer: 'Nothing'"):
        mk.legacy.saving.deserialize_keras_object("Nothing", printable_module_name="layer")


def test_layers_to_configurations_and_back():
    config = mk.layers.serialize(mk.layers.Dense(3, name="d"))
    assert mk.layers.deserialize(config).get_config() == mk.layers.Dense(3, name="d").get_config()
    with pytest.raises(ValueError, match="Not the configuration of a layer"):
        mk.layers.deserialize(mk.saving.serialize_keras_object(mk.optimizers.SGD()))


def test_nothing_is_kept_in_a_symbolic_scope():
    layer = mk.layers.ActivityRegularization(l2=1.0)
    with mk.SymbolicScope():
        layer(mk.ops.ones((1, 2)))
    assert layer.losses == []
    layer(mk.ops.ones((1, 2)))
    assert len(layer.losses) == 1


def test_tracebacks_show_the_lines_of_the_user():
    class Fails(mk.layers.Layer):
        def call(self, x):
            raise KeyError("mine")

    def files(call):
        with pytest.raises(KeyError) as caught:
            call()
        return [frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)]

    model = mk.Sequential([Fails()])
    model.compile("sgd", "mse")
    x = mk.ops.ones((2, 2))
    calls = [lambda: model(x), lambda: model.predict(x, verbose=0)]
    mk.config.enable_traceback_filtering()
    try:
        tidy = [files(call) for call in calls]
    finally:
        mk.config.disable_traceback_filtering()
    for short, call in zip(tidy, calls):
        assert short[-1] == __file__
        own = [name for name in short if "minikeras" in name.split("/")[-3:]]
        assert len(own) <= 1
        assert len(files(call)) > len(short)


def test_a_function_of_a_graph():
    a, b = mk.Input((2,)), mk.Input((2,))
    function = mk.Function([a, b], [a * b, a - b])
    one, two = mk.ops.ones((3, 2)), mk.ops.full((3, 2), 2.0)
    product, difference = function([one, two])
    assert values(product).tolist() == [[2.0, 2.0]] * 3
    assert values(difference).tolist() == [[-1.0, -1.0]] * 3
    assert [op.__class__.__name__ for op in function.operations].count("InputLayer") == 2
    assert function.compute_output_shape([(None, 2), (None, 2)]) == [(None, 2), (None, 2)]


def test_training_can_be_bounded():
    model = mk.Sequential([mk.Input((1,)), mk.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((8, 1), "float32")
    mk.config.set_max_epochs(2)
    mk.config.set_max_steps_per_epoch(3)
    try:
        assert (mk.config.max_epochs(), mk.config.max_steps_per_epoch()) == (2, 3)
        history = model.fit(x, x, batch_size=1, epochs=5, verbose=0)
        assert len(history.history["loss"]) == 2
        assert len(model.predict(x, batch_size=1, verbose=0)) == 3
    finally:
        mk.config.set_max_epochs(None)
        mk.config.set_max_steps_per_epoch(None)
    with pytest.raises(ValueError, match="positive integer or None"):
        mk.config.set_max_epochs(0)


def test_classes_are_registered_as_in_keras():
    for k in (mk, keras):

        @k.saving.register_keras_serializable(package="mine")
        class Special(k.layers.Layer):
            pass

        assert k.saving.get_registered_name(Special) == "mine>Special"
        assert k.utils.get_registered_object("mine>Special") is Special
        assert k.saving.get_custom_objects()["mine>Special"] is Special
        with k.saving.custom_object_scope({"Other": Special}):
            assert k.saving.get_registered_object("Other") is Special
        assert k.saving.get_registered_object("Other") is None
        del k.saving.get_custom_objects()["mine>Special"]


def test_models_are_saved_by_a_function(tmp_path):
    model = mk.Sequential([mk.Input((2,)), mk.layers.Dense(1)])
    mk.saving.save_model(model, tmp_path / "a.keras")
    mk.models.save_model(model, tmp_path / "b.keras")
    x = np.ones((1, 2), "float32")
    for name in ("a.keras", "b.keras"):
        again = mk.models.load_model(tmp_path / name)
        np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_code_in_configurations_is_loaded_where_that_is_allowed():
    config = mk.saving.serialize_keras_object(mk.layers.Lambda(lambda x: x + 1))
    with pytest.raises(ValueError, match="safe_mode=False"):
        mk.saving.deserialize_keras_object(config)
    layer = mk.saving.deserialize_keras_object(config, safe_mode=False)
    assert values(layer(mk.ops.zeros((1,)))).tolist() == [1.0]
    from minikeras import serialization

    mk.config.enable_unsafe_deserialization()
    try:
        assert mk.saving.deserialize_keras_object(config) is not None
    finally:
        serialization._state.unsafe = None


def test_shapes_in_trees():
    for k in (mk, keras):
        assert k.tree.map_shape_structure(len, {"a": (None, 3), "b": [(1,)]}) == {"a": 2, "b": [1]}
        assert k.tree.lists_to_tuples([1, [2, {"a": [3]}]]) == (1, (2, {"a": (3,)}))


def test_settings_can_be_asked_for():
    assert mk.config.is_flash_attention_enabled() is None
    assert mk.config.is_traceback_filtering_enabled() is False  # see conftest


@pytest.mark.parametrize("name", ["ConvLSTM3D", "AdaptiveMaxPooling3D"])
def test_layers_over_volumes(name):
    x = np.random.default_rng(0).normal(size=(1, 2, 4, 4, 4, 2)[name[0] == "A" :]).astype("float32")
    given = (2, 3) if name == "ConvLSTM3D" else (2,)
    layers = [getattr(k.layers, name)(*given) for k in (mk, keras)]
    shape = layers[1](x).shape
    found = layers[0](x)
    assert tuple(found.shape) == tuple(shape)
    layers[1].set_weights([values(w) for w in layers[0].weights])
    np.testing.assert_allclose(values(found), np.asarray(layers[1](x)), rtol=1e-4, atol=1e-5)


def test_layers_of_ones_own_may_be_quantized():
    class Doubling(mk.layers.Layer):
        def call(self, x):
            return x * 2

        def quantize(self, mode, type_check=True, config=None):
            self.dtype_policy = mk.dtype_policies.get(f"{mode}_from_float32")

        def quantized_call(self, x):
            return x * 3

    layer, x = Doubling(), mk.ops.ones((2, 3))
    assert_close(layer(x), 2 * values(x))
    layer.quantize("int8")
    assert_close(layer(x), 3 * values(x))
    with pytest.raises(NotImplementedError, match="cannot be quantized"):
        mk.layers.ReLU().quantized_call(x)


def test_rows_of_an_unknown_batch():
    x = mk.Input((3,))
    assert x[5].shape == (3,) and x[40:].shape == (None, 3)
    assert mk.ops.subtract(x, x[0]).shape == (None, 3)


MEETINGS = [
    (mk.ops.add, (None, 3), (2, None), (2, 3)),
    (mk.ops.matmul, (None, 3, 4), (3, None, 4, 5), (3, None, 3, 5)),
    (mk.ops.dot, (None, 3), (None, None, 2), (None, None, 2)),
    (mk.ops.dot, (None,), (5,), ()),
    (mk.ops.outer, (None, 3), (2, None), (None, None)),
    (mk.ops.maximum, (None, 1), (2, None, 3), (2, None, 3)),
]


@pytest.mark.parametrize(("op", "first", "second", "expected"), MEETINGS)
def test_unknown_sides_that_meet(op, first, second, expected):
    assert op(mk.KerasTensor(first), mk.KerasTensor(second)).shape == expected
    with pytest.raises(ValueError, match="broadcast"):
        mk.ops.add(mk.KerasTensor((None, 3)), mk.KerasTensor((None, 4)))


def test_a_side_without_length_is_not_taken_for_the_batch():
    parts = mk.ops.split(mk.KerasTensor((None, 3)), [1, 3], axis=1)
    assert [x.shape for x in parts] == [(None, 1), (None, 2), (None, 0)]


@pytest.mark.skipif(
    mk.config.backend() == "cupy", reason="CuPy's arrays ask nobody before they write in place"
)
def test_in_place_arithmetic_with_variables_makes_new_tensors():
    v, x = mk.Variable([2.0, 3.0]), mk.ops.ones((2,))
    y = x
    y *= v
    assert values(y).tolist() == [2.0, 3.0] and values(x).tolist() == [1.0, 1.0]
    y -= v
    assert values(y).tolist() == [0.0, 0.0]
    with pytest.raises(TypeError, match="out"):
        np.multiply(values(x), v, out=np.zeros(2, "float32"))


def test_a_symbolic_tensor_is_told_from_a_list():
    x = mk.Input((3,))
    assert not hasattr(x, "__len__")
    with pytest.raises(TypeError, match="has no len"):
        len(x)


def test_a_graph_keeps_the_inputs_that_a_list_held_when_it_was_built():
    given = [mk.Input((2,)), mk.Input((2,))]
    total = mk.layers.Add()(given)
    model = mk.Model(list(given), total)
    given.append(mk.Input((2,)))
    ones = mk.ops.ones((1, 2))
    assert values(model([ones, ones])).tolist() == [[2.0, 2.0]]


@pytest.mark.skipif(
    mk.config.backend() == "cupy", reason="CuPy's arrays ask nobody before they write in place"
)
def test_a_call_that_works_in_place_leaves_its_input_as_it_is():
    class Shifting(mk.layers.Layer):
        def build(self, input_shape):
            self.shift = self.add_weight(shape=(1,), initializer="ones")

        def call(self, x):
            x += 1.0
            x *= self.shift
            x /= 2.0
            return x

    x = np.zeros((4, 2), "float32")
    layer = Shifting()
    model = mk.Sequential([layer])
    assert values(layer(x)).tolist() == [[0.5, 0.5]] * 4
    assert model.predict(x, verbose=0).tolist() == [[0.5, 0.5]] * 4
    model.compile(mk.optimizers.SGD(1.0), "mse")
    model.fit(x, x, batch_size=2, epochs=2, verbose=0)
    assert not x.any() and layer.shift.numpy()[0] < 1.0


def test_variables_share_no_array_with_their_initializer():
    kept = mk.ops.ones((3,))
    for initializer in (lambda shape, dtype: kept, lambda shape, dtype: kept[:]):
        variable = mk.Variable(initializer, shape=(3,))
        variable.assign_add(mk.ops.ones((3,)))
        assert variable.value is not kept
        assert values(kept).tolist() == [1, 1, 1]
    made = []

    def remembering(shape, dtype):
        made.append(mk.ops.zeros(shape, dtype))
        return made[-1]

    variable = mk.Variable(remembering, shape=(2,))
    assert variable.array is not made[0]
