"""Names, methods and keywords of Keras 1 and 2 outside of layers' own computations."""

import warnings

import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy import era_scope
from tests.support import assert_close, values

K, layers = mk.backend, mk.layers
RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 3)).astype("float32")
T = mk.ops.convert_to_tensor


@pytest.fixture(autouse=True)
def _old_spellings_are_no_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def test_relu_by_alpha():
    found = mk.activations.relu(T(X), alpha=0.3, max_value=1.0)
    assert_close(found, np.clip(np.where(X > 0, X, 0.3 * X), None, 1.0), atol=1e-6)
    assert layers.Dense(2, activation="relu").activation is mk.activations.relu
    assert mk.activations.serialize(mk.activations.relu) == "relu"
    assert layers.Dense(2, "relu").get_config()["activation"] == "relu"
    assert mk.activations.deserialize(name="relu") is mk.activations.relu


def test_settings_by_old_names():
    K.set_epsilon(e=1e-5)
    K.set_floatx(floatx="float64")
    assert (mk.config.epsilon(), mk.config.floatx()) == (1e-5, "float64")


@pytest.mark.parametrize(
    "name, expected",
    [("equal", X == 0), ("not_equal", X != 0), ("greater", X > 0), ("greater_equal", X >= 0),
     ("less", X < 0), ("less_equal", X <= 0), ("lesser", X < 0), ("lesser_equal", X <= 0),
     ("maximum", np.maximum(X, 0)), ("minimum", np.minimum(X, 0))],
)  # fmt: skip
def test_comparisons_by_name(name, expected):
    assert (values(getattr(K, name)(x=T(X), y=0.0)) == expected).all()


@pytest.mark.parametrize("name", ["binary_crossentropy", "categorical_crossentropy"])
def test_the_output_stood_first_in_keras_1(name):
    target = np.eye(3, dtype="float32")[[0, 1, 2, 0, 1, 2]]
    output = np.exp(X) / np.exp(X).sum(-1, keepdims=True)
    loss = getattr(K, name)
    expected = values(loss(T(target), T(output)))
    for number in (1, 2, 3):
        with era_scope(number):
            first = (output, target) if number == 1 else (target, output)
            assert_close(loss(*map(T, first)), expected)
            assert_close(loss(target=T(target), output=T(output)), expected)
            assert_close(loss(T(first[0]), **{"target" if number == 1 else "output": T(first[1])}),
                         expected)  # fmt: skip


def test_regularizers():
    r = mk.regularizers
    assert r.l1(l=0.3).l1 == pytest.approx(0.3) and r.l2(l=0.4).l2 == pytest.approx(0.4)
    for number, default in ((1, 0.01), (2, 0.01), (3, 0.0)):
        with era_scope(number):
            assert (r.l1_l2(l1=0.5).l1, r.l1_l2(l1=0.5).l2) == (0.5, default)
            assert r.get("l1l2").l2 == default
    assert r.l1_l2 is r.L1L2
    with era_scope(2):
        assert isinstance(r.l1_l2(), r.L1L2) and issubclass(r.l1_l2, r.L1L2)
    assert r.get("l1", {"l": 0.2}).l1 == pytest.approx(0.2)
    assert r.get("activity_l2").l2 == pytest.approx(0.01)
    old = r.WeightRegularizer(l1=0.5, l2=0.25)
    assert old.get_config() == {"name": "L1L2Regularizer", "l1": 0.5, "l2": 0.25}
    assert np.isclose(values(old(T(X))), 0.5 * abs(X).sum() + 0.25 * (X**2).sum(), rtol=1e-5)
    again = r.deserialize(r.serialize(old))
    assert (type(again), again.l1) == (r.L1L2Regularizer, 0.5)
    assert r.ActivityRegularizer is r.L1L2Regularizer
    assert (r.l1l2().l1, r.activity_l1l2().l2) == (0.01, 0.01)
    assert (r.activity_l1(0.5).l1, r.activity_l2(0.5).l2) == (0.5, 0.5)


def test_eigenvalue_regularizer():
    matrix = np.diag([3.0, 1.0, 0.5]).astype("float32")
    old = mk.regularizers.EigenvalueRegularizer(0.1)
    assert np.isclose(values(old(T(matrix))), 0.3, atol=1e-4)
    assert type(old).from_config(old.get_config()).k == 0.1
    layer = layers.Dense(3, kernel_regularizer=old, input_dim=3)
    model = mk.Sequential([layer])
    model.compile("sgd", "mse")
    model.fit(T(X), T(X), verbose=0)
    assert np.isfinite(values(layer.kernel.value)).all()
    with pytest.raises(ValueError, match="matrices"):
        old(T(X[0]))


def test_constraints():
    c = mk.constraints
    norm = c.maxnorm(m=2)
    assert (norm.max_value, norm.m) == (2, 2)
    assert (c.MinMaxNorm(low=0.1, high=0.9).low, c.MinMaxNorm(high=0.9).high) == (0.1, 0.9)
    assert_close(c.nonneg()(p=T(X)), np.maximum(X, 0))
    assert type(c.get("maxnorm")) is c.MaxNorm and c.get("maxnorm", {"m": 5}).m == 5
    assert type(c.deserialize(c.serialize(norm))) is c.MaxNorm


def test_initializations():
    i = mk.initializations
    assert i.get_fans((8, 3, 5, 5)) == (75, 200) and i.get_fans((3, 4)) == (3, 4)
    assert i.get_fans((5, 5, 3, 8), "tf") == (75, 200) and i.get_fans((2, 3, 6)) == (6.0, 6.0)
    with pytest.raises(ValueError, match="'th' or 'tf'"):
        i.get_fans((5, 5, 3, 8), "default")
    bounds = {"lecun_uniform": 3 / 400, "glorot_uniform": 6 / 600, "he_uniform": 6 / 400}
    for name, square in bounds.items():
        drawn = values(i.get(name)((400, 200)).value)
        assert 0.95 * square**0.5 < abs(drawn).max() <= square**0.5, name
    for name, variance in {
        "glorot_normal": 2 / 600,
        "he_normal": 2 / 400,
        "normal": 0.0025,
    }.items():
        drawn = values(i.get(name)((400, 200), name="w").value)
        assert np.isclose(drawn.var(), variance, rtol=0.03), name
    assert abs(values(i.uniform((400, 20), scale=0.2).value)).max() > 0.19
    q = values(i.orthogonal((4, 3)).value)
    assert np.allclose(q.T @ q, 1.21 * np.eye(3), atol=1e-5)
    assert (values(i.identity((3, 3), scale=2).value) == 2 * np.eye(3)).all()
    assert values(i.one((2,)).value).sum() == 2 and not values(i.zero((2,)).value).any()
    for wrong in (lambda: i.identity((2, 3)), lambda: i.get("ones"), lambda: i.get("zero", a=1)):
        with pytest.raises(ValueError, match=r"square|no initialization|take no"):
            wrong()


def test_functions_as_initializations():
    """They took a shape and a name, and made a variable."""
    own = lambda shape, name=None: mk.initializations.normal(shape, scale=0.001, name=name)
    layer = layers.Dense(output_dim=50, init=own, input_dim=40)
    mk.Sequential([layer])
    assert 0.0009 < values(layer.kernel.value).std() < 0.0011


def test_scaling_of_pixels_by_mode():
    image = RNG.uniform(0, 255, (1, 2, 2, 3))
    for name in ("vgg16", "vgg19", "resnet50"):
        module = getattr(mk.applications, name)
        assert np.allclose(module.preprocess_input(image, mode="tf"), image / 127.5 - 1)
        plain = module.preprocess_input(image)
        assert np.allclose(plain, module.preprocess_input(image, data_format="channels_last"))
        assert np.allclose(plain, module.preprocess_input(image, dim_ordering="tf"))
    first = np.moveaxis(image, -1, 1)
    utils = mk.applications.imagenet_utils
    found = utils.preprocess_input(first, dim_ordering="th")
    assert np.allclose(np.moveaxis(found, 1, -1), utils.preprocess_input(image))


def test_modules_of_old():
    import minikeras.backend.tensorflow_backend as KTF
    from minikeras.engine.topology import Node, get_source_inputs

    from minikeras.legacy.layers import AtrousConvolution2D, Highway, MaxoutDense
    from minikeras.models import Merge, optimizer_from_config

    assert KTF.dot is K.dot and KTF.set_epsilon is K.set_epsilon
    assert Highway is layers.Highway and MaxoutDense is layers.MaxoutDense
    assert AtrousConvolution2D is layers.AtrousConvolution2D and Merge is layers.Merge
    x = mk.Input((3,))
    y = layers.Dense(2)(x)
    assert get_source_inputs(y)[0] is x and Node is mk.models.Node
    found = optimizer_from_config({"class_name": "SGD", "config": {"learning_rate": 0.5}})
    assert isinstance(found, mk.optimizers.SGD)
    assert mk.optimizers.get("sgd", {"lr": 0.25}).lr.value == 0.25
    from minikeras import legacy

    with pytest.raises(AttributeError, match="Nothing"):
        _ = legacy.layers.Nothing


def test_calls_of_layers_in_graphs():
    first, second, joined = layers.Dense(3), layers.Dense(4), layers.Concatenate()
    first.create_input_layer((None, 2), name="start")
    second.create_input_layer((None, 2))
    joined.add_inbound_node([first, second])
    assert joined.output_shape == (None, 7) and first.input.name == "start"
    node = joined.inbound_nodes[0]
    assert node.outbound_layer is joined and node.inbound_layers == [first, second]
    assert node.node_indices == [0, 0] and node.tensor_indices == [0, 0]
    assert node.input_shapes == [(None, 3), (None, 4)] and node.output_shapes == [(None, 7)]
    assert node.input_masks == [None, None] and node.output_masks == [None]
    assert first.outbound_nodes == [node]
    assert node.get_config()["inbound_layers"] == [first.name, second.name]
    model = mk.Model([first.input, second.input], joined.output)
    assert values(model.predict([X[:, :2], X[:, :2]], verbose=0)).shape == (6, 7)
    by_hand = mk.engine.topology.Node(
        layers.Identity(), [joined], [0], [0], [joined.output], [mk.KerasTensor((None, 7))],
        [None], [None], [(None, 7)], [(None, 7)],
    )  # fmt: skip
    assert by_hand.input_tensors == [joined.output]
    for change, message in ((6, "masks"), (8, "input_shapes")):
        arguments = [
            layers.Identity(), [joined], [0], [0], [joined.output], [mk.KerasTensor((None, 7))],
            [None], [None], [(None, 7)], [(None, 7)],
        ]  # fmt: skip
        arguments[change] = [(None, 8)]
        with pytest.raises(ValueError, match=message):
            mk.engine.topology.Node(*arguments)


class OwnDense(layers.Layer):
    """A layer as one wrote it for Keras 1."""

    def __init__(self, output_dim, **kwargs):
        self.output_dim = output_dim
        super().__init__(**kwargs)

    def build(self, input_shape):
        initial = mk.initializations.get("uniform")
        self.W = initial((input_shape[1], self.output_dim), name="W")
        self.count = K.zeros((1,))
        self.trainable_weights = [self.W]
        self.non_trainable_weights = [self.count]
        self.constraints = {self.W: mk.constraints.nonneg()}
        self.regularizers = []

    def call(self, x, mask=None):
        return K.dot(x, self.W)

    def get_output_shape_for(self, input_shape):
        return (input_shape[0], self.output_dim)


def test_layers_that_state_their_weights():
    layer = OwnDense(2, input_shape=(3,))
    model = mk.Sequential([layer])
    assert layer.trainable_weights == [layer.W] and layer.non_trainable_weights == [layer.count]
    assert layer.constraints[layer.W] is layer.W.constraint and layer.regularizers == []
    assert layer.batch_input_shape == (None, 3) and layer.get_output_shape_for((4, 3)) == (4, 2)
    assert layers.Dense(2).get_output_shape_for((None, 3)) == (None, 2)
    model.compile("sgd", "mse")
    model.fit(T(X), T(X[:, :2]), verbose=0)
    assert (values(layer.W.value) >= 0).all()
    with pytest.raises(AttributeError, match="without the shape"):
        _ = layers.Dense(2).batch_input_shape


ORDERS = [
    (1, lambda add: add((3, 2), "one", "w", False)),
    (2, lambda add: add("w", (3, 2), "float32", "ones", None, False)),
    (2, lambda add: add("w", (3, 2), initializer="one", trainable=False)),
    (2, lambda add: add(None, (3, 2), None, "ones", trainable=False)),
    (3, lambda add: add("w", (3, 2), "ones", None, False)),  # without a dtype
    (3, lambda add: add((3, 2), "ones", "w", False)),
    (3, lambda add: add((3, 2), "ones", "float32", False, name="w")),
]


@pytest.mark.parametrize("number, made", ORDERS, ids=range(len(ORDERS)))
def test_orders_of_add_weight(number, made):
    class Own(layers.Layer):
        def build(self, input_shape):
            self.w = made(self.add_weight)

        def call(self, x):
            return mk.ops.matmul(x, self.w)

    with era_scope(number):
        layer = Own()
        found = layer(T(X))
    assert_close(found, X.sum(1, keepdims=True) * np.ones((1, 2), "float32"), rtol=1e-5)
    assert not layer.w.trainable and layer.w.dtype == "float32"


def test_losses_of_layers_by_name():
    class Own(layers.Layer):
        def call(self, x):
            self.add_loss(losses=[mk.ops.sum(x)], inputs=[x])
            return x

    layer = Own()
    layer(T(X))
    assert np.isclose(values(layer.losses[0]), X.sum(), rtol=1e-5)
    layer.assert_input_compatibility(input=T(X))
    assert layer.compute_mask(T(X), mask=None) is None
    assert layer.compute_mask(input=T(X), input_mask=None) is None


def test_models_by_old_keywords(tmp_path):
    x = mk.Input((3,), name="x")
    model = mk.Model(input=x, output=layers.Dense(2, name="d")(x))
    assert model.inputs == [x] and not model.stateful and model.state_updates == []

    class Own(mk.Model):
        pass

    own = Own(input=x, output=layers.Dense(2, name="d")(x), name="own")
    assert own.name == "own" and own.outputs[0].shape == (None, 2)
    outputs, masks, shapes = model.run_internal_graph([T(X)])
    assert_close(outputs[0], values(model(T(X)))) and (masks, shapes) == ([None], [(6, 2)])
    import h5py

    with h5py.File(tmp_path / "w.h5", "w") as f:
        model.save_weights_to_hdf5_group(f.create_group("w"))
        own.load_weights_from_hdf5_group(f["w"])
        assert_close(own(T(X)), values(model(T(X))))
        own.set_weights([0 * values(w) for w in own.get_weights()])
        own.load_weights_from_hdf5_group_by_name(f["w"])
        assert_close(own(T(X)), values(model(T(X))))


def test_masks_of_inner_graphs():
    x = mk.Input((4,), dtype="int32")
    model = mk.Model(x, layers.Embedding(5, 2, mask_zero=True)(x))
    _, masks, _ = model.run_internal_graph(T(np.array([[1, 2, 0, 0]])))
    assert values(masks[0]).tolist() == [[True, True, False, False]]


def test_states_of_models():
    cell = layers.LSTM(2, stateful=True, batch_input_shape=(1, 3, 2))
    model = mk.Sequential([cell])
    first = values(model.predict(X[None, :3, :2], verbose=0))
    assert model.stateful
    assert not np.allclose(values(model.predict(X[None, :3, :2], verbose=0)), first)
    model.reset_states()
    assert np.allclose(values(model.predict(X[None, :3, :2], verbose=0)), first)


def test_arrays_of_files():
    layer = layers.Dense(2, use_bias=False)
    layer.build((None, 3))
    change = mk.engine.saving.preprocess_weights_for_loading
    flat = np.arange(6, dtype="float32")
    assert change(layer, [flat], "2.3.1", "tensorflow", reshape=True)[0].shape == (3, 2)
    assert change(layer, [flat], "2.3.1")[0].shape == (6,)
    assert change(layer, [flat, flat], "2.3.1", reshape=True)[1].shape == (6,)


def test_hard_sigmoid_by_era():
    x = T(np.linspace(-4, 4, 9, dtype="float32"))
    steep = np.clip(0.2 * values(x) + 0.5, 0, 1)
    flat = np.clip(values(x) / 6 + 0.5, 0, 1)
    for number, expected in ((1, steep), (2, steep), (3, flat)):
        with era_scope(number):
            assert_close(mk.activations.hard_sigmoid(x), expected.astype("float32"))
            assert_close(mk.activations.get("hard_sigmoid")(x), expected.astype("float32"))
    assert layers.Dense(2, "hard_sigmoid").get_config()["activation"] == "hard_sigmoid"


def test_binary_accuracy_by_era():
    y, p = T(np.array([[1.0, 0.0]], "float32")), T(np.array([[0.9, 0.8]], "float32"))
    for number, expected in ((1, [0.5]), (2, [0.5]), (3, [[1.0, 0.0]])):
        with era_scope(number):
            assert values(mk.metrics.binary_accuracy(y, p)).tolist() == expected


def test_shapes_told_to_spatial_dropout():
    model = mk.Sequential([layers.SpatialDropout1D(0.5, input_shape=(4, 3), trainable=False)])
    assert model.output_shape == (None, 4, 3) and not model.layers[0].trainable
    one = layers.SpatialDropout2D(p=0.5, batch_input_shape=(2, 4, 4, 3))
    assert mk.Sequential([one]).output_shape == (2, 4, 4, 3)
    assert mk.Input((3,))._keras_shape == (None, 3)


def test_metrics_for_every_output():
    x = mk.Input((3,))
    model = mk.Model(x, [layers.Dense(2, name="a")(x), layers.Dense(2, name="b")(x)])
    for number in (1, 2):
        with era_scope(number):
            model.compile("sgd", "mse", metrics=["mae", mk.metrics.MeanSquaredError(name="m")])
            found = model.evaluate(X, [X[:, :2]] * 2, verbose=0, return_dict=True)
        assert {"a_m", "b_m"} <= set(found) and sum("mae" in k or "abs" in k for k in found) == 2
        a, b = (values(y) for y in model.predict(X, verbose=0))
        assert np.isclose(found["a_m"], ((a - X[:, :2]) ** 2).mean(), rtol=1e-5)
        assert np.isclose(found["b_m"], ((b - X[:, :2]) ** 2).mean(), rtol=1e-5)


def test_words_of_newswires_by_old_name(tmp_path, monkeypatch):
    from minikeras.datasets import reuters

    x = np.empty(4, dtype=object)
    x[:] = [[1, 5, 9], [2, 9], [5], [7, 8]]
    np.savez(tmp_path / "r.npz", x=x, y=np.arange(4))
    monkeypatch.setattr(reuters, "get_file", lambda *args, **kwargs: str(tmp_path / "r.npz"))
    old = reuters.load_data(nb_words=8, test_split=0.5)
    new = reuters.load_data(num_words=8, test_split=0.5)
    assert [list(s) for s in old[0][0]] == [list(s) for s in new[0][0]]
    assert max(max(s) for s in old[0][0]) < 8
