"""Optimizers as in Keras 1 and 2: formulas, methods, classes that state their updates."""

import json
import pathlib
import warnings
from functools import partial

import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy import era_scope
from minikeras.legacy.files import training
from minikeras.legacy.saving import save_keras2
from tests.support import assert_close, values

K = mk.backend
GOLDEN = json.loads(
    (pathlib.Path(__file__).parent / "golden" / "keras2_optimizers.json").read_text("utf-8")
)
G = np.array(GOLDEN["gradient"], "float32")
X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")


@pytest.fixture(autouse=True)
def _old_spellings_are_no_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _after_three_steps(optimizer):
    w = mk.Variable([1.0, 2.0, 3.0])
    for step in range(1, 4):
        optimizer.apply([mk.ops.convert_to_tensor(G * step)], [w])
    return w.value


@pytest.mark.parametrize("name", GOLDEN["cases"])
def test_formulas_of_keras_2(name):
    case = GOLDEN["cases"][name]
    with era_scope(2):
        optimizer = getattr(mk.optimizers, name)(lr=0.1, **case["settings"])
    again = mk.optimizers.deserialize(mk.optimizers.serialize(optimizer))
    for one in (optimizer, again):  # a configuration tells the formula in any era
        assert_close(_after_three_steps(one), np.array(case["weights"], "float32"), rtol=2e-6)


@pytest.mark.parametrize("name, root", [("Adagrad", 1.0), ("RMSprop", 0.1)])
def test_where_epsilon_stands(name, root):
    """Beside the root in eras 1 and 2, under it in 3: after one step from zero."""
    found = {}
    for number in (1, 2, 3):
        with era_scope(number):
            start = {"initial_accumulator_value": 0.0} if name == "Adagrad" else {}
            if number == 1:
                start = {}
            optimizer = getattr(mk.optimizers, name)(1.0, epsilon=0.25, **start)
        w = mk.Variable([0.0])
        optimizer.apply([mk.ops.array([1.0])], [w])
        found[number] = -float(values(w.value)[0])
    assert np.isclose(found[1], 1 / (np.sqrt(root) + 0.25))
    assert np.isclose(found[2], 1 / (np.sqrt(root) + 0.25))
    assert np.isclose(found[3], 1 / np.sqrt(root + 0.25))


def test_names_in_lower_case_were_classes():
    with era_scope(2):
        optimizer = mk.optimizers.adam(lr=0.5, decay=0.1)
    assert isinstance(optimizer, mk.optimizers.Adam) and optimizer.decay == 0.1
    for name in ("sgd", "rmsprop", "adagrad", "adadelta", "adam", "adamax", "nadam"):
        assert isinstance(getattr(mk.optimizers, name)(lr=0.1), mk.optimizers.Optimizer)
    from minikeras.optimizers.adam import Adam  # the module goes on being one

    assert Adam is mk.optimizers.Adam


def test_updates_for_functions():
    x, target = K.placeholder((None, 4)), K.placeholder((None, 1))
    w = K.variable(np.ones((4, 1)))
    loss = K.mean(K.square(K.dot(x, w) - target))
    optimizer = mk.optimizers.SGD(lr=0.1, momentum=0.9)
    train = K.function([x, target], [loss], updates=optimizer.get_updates(loss, [w]))
    expected, speed = np.ones((4, 1)), 0.0
    for _ in range(3):
        found = float(train([X, X[:, :1]])[0])
        error = X @ expected - X[:, :1]
        assert np.isclose(found, (error**2).mean(), rtol=1e-5)
        speed = 0.9 * speed - 0.1 * 2 * X.T @ error / len(X)
        expected = expected + speed
    assert_close(K.get_value(w), expected.astype("float32"), rtol=1e-5, atol=1e-6)
    assert len(optimizer.get_weights()) == 3  # the step, the rate, the momentum


def test_updates_in_the_order_of_keras_1():
    w = K.variable([2.0])
    x = K.placeholder((1,))
    loss = K.sum(x * w)
    updates = mk.optimizers.SGD(lr=5.0).get_updates([w], {w: mk.constraints.NonNeg()}, loss)
    K.function([x], [], updates)([[1.0]])
    assert K.get_value(w).tolist() == [0.0]  # 2 - 5, and not below 0


def test_gradients_are_clipped():
    w, x = K.variable([1.0, 1.0]), K.placeholder((2,))
    loss = K.sum(x * w)
    with era_scope(2):
        clipped = mk.optimizers.SGD(lr=1.0, clipnorm=1.0).get_gradients(loss, [w])
    assert_close(K.function([x], clipped)([[3.0, 4.0]])[0], np.array([0.6, 0.8], "float32"))
    held = mk.optimizers.SGD(lr=1.0, clipvalue=3.5).get_gradients(loss, [w])
    assert K.function([x], held)([[3.0, 4.0]])[0].tolist() == [3.0, 3.5]
    each = mk.optimizers.SGD(1.0, clipnorm=1.0).get_gradients(loss, [w])
    assert_close(K.function([x], each)([[3.0, 4.0]])[0], np.array([0.6, 0.8], "float32"))
    with pytest.raises(ValueError, match="symbolic tensor"):
        mk.optimizers.SGD(1.0).get_gradients(mk.ops.ones(()), [w])


class Momentum(mk.optimizers.Optimizer):
    """An optimizer as one wrote it for Keras 2."""

    def __init__(self, lr=0.01, momentum=0.9, decay=0.0, **kwargs):
        super().__init__(**kwargs)
        with K.name_scope(self.__class__.__name__):
            self.iterations = K.variable(0, dtype="int64", name="iterations")
            self.lr = K.variable(lr, name="lr")
            self.momentum = K.variable(momentum, name="momentum")
            self.decay = K.variable(decay, name="decay")
        self.initial_decay = decay

    def get_updates(self, loss, params):
        grads = self.get_gradients(loss, params)
        self.updates = [K.update_add(self.iterations, 1)]
        lr = self.lr
        if self.initial_decay > 0:
            lr = lr / (1.0 + self.decay * K.cast(self.iterations, K.dtype(self.decay)))
        moments = [K.zeros(K.int_shape(p)) for p in params]
        self.weights = [self.iterations, *moments]
        for p, g, m in zip(params, grads, moments):
            v = self.momentum * m - lr * g
            self.updates.append(K.update(m, v))
            new_p = p + v
            if getattr(p, "constraint", None) is not None:
                new_p = p.constraint(new_p)
            self.updates.append(K.update(p, new_p))
        return self.updates

    def get_config(self):
        config = {
            "lr": float(K.get_value(self.lr)),
            "momentum": float(K.get_value(self.momentum)),
            "decay": float(K.get_value(self.decay)),
        }
        return dict(list(super().get_config().items()) + list(config.items()))


class Counted(mk.optimizers.SGD):
    """A subclass that adds an update of its own."""

    def get_updates(self, loss, params):
        updates = super().get_updates(loss, params)
        updates.append(K.update_add(self.count, 1.0))
        return updates


def _trained(optimizer):
    mk.utils.set_random_seed(0)
    model = mk.Sequential(
        [mk.layers.Dense(3, input_shape=(4,), kernel_constraint="max_norm"), mk.layers.Dense(1)]
    )
    model.compile(optimizer, "mse")
    model.fit(X, X[:, :1], batch_size=8, epochs=3, verbose=0, shuffle=False)
    return model


def test_a_class_that_states_its_updates_trains():
    own = Momentum(0.05, decay=0.1)
    found = _trained(own)
    expected = _trained(mk.optimizers.SGD(lr=0.05, momentum=0.9, decay=0.1))
    for a, b in zip(found.get_weights(), expected.get_weights()):
        assert_close(a, values(b), atol=1e-6)
    assert len(own.get_weights()) == 5 and int(own.get_weights()[0]) == 24
    assert own.get_config() == {"lr": pytest.approx(0.05), "momentum": pytest.approx(0.9),
                                "decay": pytest.approx(0.1)}  # fmt: skip
    own.lr = 0.5  # as a callback does
    assert float(K.get_value(own.lr)) == 0.5 and float(values(own.learning_rate.value)) == 0.5
    assert Momentum(clipnorm=1.0).get_config()["clipnorm"] == 1.0


def test_such_a_class_in_a_function():
    w, x = K.variable([1.0]), K.placeholder((1,))
    own = Momentum(0.5)
    step = K.function([x], [], own.get_updates(K.sum(x * w), [w]))
    for _ in range(2):
        step([[1.0]])
    assert_close(K.get_value(w), np.array([1 - 0.5 - 0.95], "float32"))


def test_a_class_may_add_updates():
    own = Counted(lr=0.05, momentum=0.9, decay=0.1)
    own.count = K.variable(0.0)
    found = _trained(own)
    expected = _trained(mk.optimizers.SGD(lr=0.05, momentum=0.9, decay=0.1))
    for a, b in zip(found.get_weights(), expected.get_weights()):
        assert_close(a, values(b))
    assert float(K.get_value(own.count)) == 24.0
    assert own.get_config()["momentum"] == 0.9


def test_an_optimizer_needs_its_rate():
    class Halfway(mk.Optimizer):
        def update_step(self, gradient, variable, learning_rate):
            self.assign_sub(variable, 0.5 * gradient)

    with pytest.raises(TypeError, match="learning_rate is missing"):
        Halfway()
    assert mk.optimizers.Optimizer(clipvalue=0.5).clipvalue == 0.5


def test_which_nadam():
    old = type(mk.optimizers.Nadam(lr=0.1))
    assert old is not mk.optimizers.Nadam and type(mk.optimizers.Nadam(0.1)) is mk.optimizers.Nadam
    assert mk.optimizers.Nadam(schedule_decay=0.1).schedule_decay == 0.1
    with era_scope(1):
        first = mk.optimizers.Nadam(0.1, 0.9, 0.999, 1e-8, 0.01)
    assert (first.schedule_decay, first.epsilon, type(first)) == (0.01, 1e-8, old)


# Clipping

_GRADS = [np.array([3.0, -4.0], "float32"), np.array([[0.5], [12.0]], "float32")]


def _stepped(optimizer):
    """What the variables become, from zero, by one step."""
    variables = [mk.Variable(np.zeros_like(g)) for g in _GRADS]
    optimizer.apply([mk.ops.convert_to_tensor(g) for g in _GRADS], variables)
    return [values(v.value) for v in variables]


def _clipped(norm, value):
    """The step of `Optimizer.get_gradients` of Keras 2.3.1 on these gradients."""
    total = np.sqrt(sum((g**2).sum() for g in _GRADS))
    return [-np.clip(g * norm / total, -value, value) for g in _GRADS]


@pytest.mark.parametrize("era", [1, 2])
def test_clipnorm_and_clipvalue_both_acted(era, tmp_path):
    with era_scope(era):
        optimizer = mk.optimizers.SGD(1.0, clipnorm=5.0, clipvalue=1.5)
        for made in (optimizer, type(optimizer).from_config(optimizer.get_config())):
            assert_close(_stepped(made), _clipped(5.0, 1.5))
    again = mk.optimizers.deserialize(mk.optimizers.serialize(optimizer))
    assert_close(_stepped(again), _clipped(5.0, 1.5))
    with pytest.raises(ValueError, match="Only one of"):
        mk.optimizers.SGD(1.0, clipnorm=5.0, clipvalue=1.5)
    model = mk.Sequential([mk.Input((2,)), mk.layers.Dense(1)])
    model.compile(optimizer, "mse")
    for name, save in (("m.keras", model.save), ("m.h5", partial(save_keras2, model))):
        save(tmp_path / name)
        found = mk.models.load_model(tmp_path / name).optimizer
        assert (found.global_clipnorm, found.clipvalue) == (5.0, 1.5)


@pytest.mark.parametrize("given", [{}, {"lr": 0.1}, {"learning_rate": 0.1}])
def test_clipnorm_is_of_all_gradients_in_every_call(given):
    with era_scope(2):
        assert mk.optimizers.Adam(clipnorm=2.0, **given).global_clipnorm == 2.0


def test_clipping_in_files(tmp_path):
    """Keras 2.3 clipped by the norm of all, then by value; tf.keras by value, then each norm."""
    config = {"learning_rate": 1.0, "momentum": 0.0, "decay": 0.0, "nesterov": False}
    both = {"clipnorm": 5.0, "clipvalue": 1.5}
    with era_scope(2):
        of_23 = training._optimizer({"class_name": "SGD", "config": {**config, **both}})
        config |= {"name": "SGD", "clipnorm": 2.0, "clipvalue": 1.5}
        of_tf = training._optimizer({"class_name": "SGD", "config": config})
    assert_close(_stepped(of_23), _clipped(5.0, 1.5))
    held = [np.clip(g, -1.5, 1.5) for g in _GRADS]
    expected = [-g * min(1.0, 2.0 / np.linalg.norm(g)) for g in held]
    assert_close(_stepped(of_tf), expected, rtol=1e-6)
    model = mk.Sequential([mk.Input((2,)), mk.layers.Dense(1)])
    model.compile(mk.optimizers.SGD(clipnorm=3.0), "mse")
    save_keras2(model, tmp_path / "m.h5")
    assert mk.models.load_model(tmp_path / "m.h5").optimizer.clipnorm == 3.0


# Optimizers that use others


class Scaled(mk.optimizers.Optimizer):
    """Another optimizer, with a rate of its own for weights whose names begin with a word."""

    def __init__(self, optimizer, word, factor, **kwargs):
        super().__init__(**kwargs)
        self.optimizer = mk.optimizers.get(optimizer)
        self.word, self.factor, self.updates = word, factor, []

    @property
    def learning_rate(self):
        return self.optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        self.optimizer.learning_rate = value

    def get_updates(self, loss, params):
        if self.updates:  # made once, for a graph
            return self.updates
        rate, self.weights = self.learning_rate, []
        for begins, factor in ((True, self.factor), (False, 1.0)):
            group = [p for p in params if p.name.startswith(self.word) is begins]
            self.learning_rate = rate * factor
            self.updates += self.optimizer.get_updates(loss, group)
            names = {w.name for w in self.weights}
            self.weights += [w for w in self.optimizer.weights if w.name not in names]
        self.learning_rate = rate
        return self.updates


class Configured(Scaled):
    """The same, with a configuration."""

    def get_config(self):
        own = {"optimizer": mk.optimizers.serialize(self.optimizer), "word": self.word}
        return {**super().get_config(), **own, "factor": self.factor}

    @classmethod
    def from_config(cls, config):
        return cls(mk.optimizers.deserialize(config.pop("optimizer")), **config)


class Slow(mk.optimizers.Optimizer):
    """Every other step goes half the way that another optimizer went; it replaces `K.update`."""

    def __init__(self, optimizer, **kwargs):
        super().__init__(**kwargs)
        self.optimizer = optimizer

    @property
    def iterations(self):
        return self.optimizer.iterations

    def get_updates(self, loss, params):
        slow = {p.name: K.variable(K.get_value(p)) for p in params}
        update, K.update = K.update, lambda x, new: ("update", x, new)
        found = self.optimizer.get_updates(loss, params)
        K.update = update
        is_due = K.equal((self.iterations + 1) % 2, 0)
        updates = []
        for _, x, new in found:
            if x.name in slow:
                half = slow[x.name] + 0.5 * (new - slow[x.name])
                updates.append(K.update(slow[x.name], K.switch(is_due, half, slow[x.name])))
                new = K.switch(is_due, half, new)
            updates.append(K.update(x, new))
        self.weights = [*self.optimizer.weights, *slow.values()]
        return updates

    def get_config(self):
        own = {"optimizer": mk.optimizers.serialize(self.optimizer)}
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config):
        return cls(mk.optimizers.deserialize(config.pop("optimizer")), **config)


def _two_layers(optimizer):
    model = mk.Sequential([mk.layers.Dense(3, input_dim=4, name="first"), mk.layers.Dense(1)])
    model.set_weights([np.full(w.shape, 0.1, "float32") for w in model.get_weights()])
    model.compile(optimizer, "mse")
    return model


def _fitted(optimizer, epochs=3):
    with era_scope(2):
        model = _two_layers(optimizer)
        model.fit(X, X[:, :1], batch_size=64, epochs=epochs, verbose=0, shuffle=False)
    return model.get_weights()


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_an_optimizer_that_scales_the_rate_of_another(name):
    """What is not scaled, or scaled by one, is as it is without; a factor of 0 stands still."""
    settings = {"momentum": 0.9} if name == "SGD" else {}
    make = lambda: getattr(mk.optimizers, name)(0.01, **settings)
    assert_close(_fitted(Scaled(make(), "first", 1.0)), _fitted(make()), rtol=1e-5)
    still = _fitted(Scaled(make(), "first", 0.0))
    assert_close(still[0], np.full((4, 3), 0.1, "float32"))
    assert np.abs(values(still[2]) - 0.1).max() > 0
    nested = Scaled(Scaled(make(), "first", 4.0), "first", 0.25)
    assert_close(_fitted(nested), _fitted(make()), rtol=1e-5)
    assert float(K.get_value(nested.learning_rate)) == pytest.approx(0.01)
    assert int(K.get_value(nested.optimizer.optimizer.iterations)) == 3


def test_an_optimizer_that_changes_the_updates_of_another():
    fast, start = mk.optimizers.SGD(0.1), np.full((4, 3), 0.1, "float32")
    two = _fitted(mk.optimizers.SGD(0.1), epochs=2)
    found = _fitted(Slow(fast), epochs=2)
    assert_close(found[0], start + 0.5 * (values(two[0]) - start), rtol=1e-5)
    assert int(K.get_value(fast.iterations)) == 2


def test_names_of_weights_of_then():
    model = mk.Sequential([mk.layers.Dense(3, input_dim=4, name="first")])
    model.add(mk.layers.Reshape((3, 1)))
    model.add(mk.layers.Bidirectional(mk.layers.LSTM(2, name="lstm"), name="both"))
    with era_scope(2):
        names = [w.name for w in model.weights]
    assert names[:3] == ["first/kernel:0", "first/bias:0", "both/forward_lstm/kernel:0"]
    with era_scope(1):
        assert model.weights[0].name == "first_W:0"
    assert model.weights[0].name == "kernel"


@pytest.mark.parametrize("name", ["Momentum", "Scaled", "Slow"])
def test_the_state_of_such_optimizers_is_kept_in_files(name, tmp_path):
    """Training goes on where it stopped: as if there had been no file."""
    make = {
        "Momentum": lambda: Momentum(0.05),
        "Scaled": lambda: Configured(mk.optimizers.Adam(0.01), "first", 0.5),
        "Slow": lambda: Slow(mk.optimizers.SGD(0.1, momentum=0.9)),
    }[name]
    expected = _fitted(make(), epochs=4)
    with era_scope(2):
        model = _two_layers(make())
        model.fit(X, X[:, :1], batch_size=64, epochs=2, verbose=0)
        model.save(tmp_path / "model.h5")
        known = {cls.__name__: cls for cls in (Momentum, Configured, Slow)}
        again = mk.models.load_model(tmp_path / "model.h5", custom_objects=known)
        again.fit(X, X[:, :1], batch_size=64, epochs=2, verbose=0)
    assert_close(again.get_weights(), expected, rtol=1e-5)
