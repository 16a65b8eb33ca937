"""Recorded steps: what they compute, when a step stays eager, and what passes do to a program."""

import copy
import itertools
import pathlib
import threading

import numpy as np
import pytest

import minikeras as mk
from minikeras import layers as L
from minikeras.backend import autodiff
from minikeras.backend.autodiff import PRIMITIVES
from minikeras.backend.program import chains, reuse, step as step_module
from minikeras.backend.program.aliases import VIEWS
from minikeras.backend.program.chains import ELEMENTWISE, UFUNCS
from minikeras.backend.program.recording import Recording
from minikeras.backend.program.simplify import simplify
from minikeras.backend.program.step import Step, eagerly
from minikeras.backend.xp import ON_GPU, to_numpy, xp
from tests.gradients import all_rows
from tests.support import values
from tests.zoo import MODELS, batches

OPTIMIZERS = [
    mk.optimizers.SGD,
    mk.optimizers.RMSprop,
    mk.optimizers.Adam,
    mk.optimizers.AdamW,
    mk.optimizers.Adagrad,
    mk.optimizers.Adadelta,
    mk.optimizers.Adamax,
    mk.optimizers.Nadam,
    mk.optimizers.Ftrl,
    mk.optimizers.Lion,
    mk.optimizers.Lamb,
    mk.optimizers.Adafactor,
    mk.optimizers.Muon,
]
X = np.random.default_rng(0).normal(size=(24, 6)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


def plans(model, kind="train"):
    return [plan for _, plan in model._steps[kind].plans()]


def the_plan(model, kind="train"):
    (plan,) = plans(model, kind)
    return plan


def small_model(**arguments):
    mk.utils.set_random_seed(0)
    model = mk.Sequential([mk.Input((6,)), L.Dense(8, activation="tanh"), L.Dense(1)])
    model.compile("sgd", "mse", **arguments)
    return model


def trained(build, optimizer, steps=6, **arguments):
    mk.utils.clear_session()
    mk.utils.set_random_seed(3)
    model = build(mk)
    model.compile(optimizer(), "sparse_categorical_crossentropy", metrics=["accuracy"], **arguments)
    logs = [model.train_on_batch(x, y) for x, y in batches(model, steps)]
    state = [values(v.array) for v in (*model.variables, *model.optimizer.variables)]
    return model, [*map(np.array, logs), *state]


def assert_same_bits(first, second):
    assert len(first) == len(second)
    for a, b in zip(first, second):
        np.testing.assert_array_equal(a, b)


@pytest.fixture
def in_place(monkeypatch):
    """Results over dead arguments also where arrays are small, and no chains."""
    monkeypatch.setattr(reuse, "_LEAST", 1)


@pytest.fixture
def tiny_blocks(monkeypatch):
    """Chains also where arrays are small."""
    monkeypatch.setattr(chains, "LEAST", 8)
    monkeypatch.setattr(chains, "BLOCK", 16)
    monkeypatch.setattr(chains, "_LONG", 12)
    monkeypatch.setattr(reuse, "_LEAST", 1)


# Every model and every optimizer once by default.
PAIRS = {
    (list(MODELS)[i % len(MODELS)], OPTIMIZERS[i]) for i in range(max(len(MODELS), len(OPTIMIZERS)))
}


@pytest.mark.parametrize(
    ("model", "optimizer"),
    [
        pytest.param(*pair, marks=() if pair in PAIRS else pytest.mark.long)
        for pair in itertools.product(MODELS, OPTIMIZERS)
    ],
)
def test_replayed_steps_equal_eager_ones(model, optimizer, tiny_blocks):
    _, expected = trained(MODELS[model], optimizer, run_eagerly=True)
    replayed, found = trained(MODELS[model], optimizer)
    plan = the_plan(replayed)
    assert plan.reason is None
    assert plan.replay is not None
    assert_same_bits(found, expected)


@pytest.mark.parametrize("model", MODELS)
def test_results_over_dead_arguments_change_nothing(model, in_place):
    _, expected = trained(MODELS[model], mk.optimizers.Adam, run_eagerly=True)
    replayed, found = trained(MODELS[model], mk.optimizers.Adam)
    assert ON_GPU or "out=" in the_plan(replayed).replay.source
    assert_same_bits(found, expected)


def test_evaluate_and_predict_are_replayed():
    model = small_model()
    eager = small_model(run_eagerly=True)
    for _ in range(4):
        assert model.evaluate(X, Y, batch_size=8, verbose=0) == eager.evaluate(
            X, Y, batch_size=8, verbose=0
        )
        np.testing.assert_array_equal(
            model.predict(X, batch_size=8, verbose=0), eager.predict(X, batch_size=8, verbose=0)
        )
    assert the_plan(model, "test").replay is not None
    assert the_plan(model, "predict").replay is not None


@pytest.mark.parametrize("switch", [{"run_eagerly": True}, {"jit_compile": False}])
def test_recording_can_be_switched_off(switch):
    model = small_model(**switch)
    model.fit(X, Y, batch_size=4, verbose=0)
    assert model._steps == {}


def test_a_single_step_of_a_sequence_is_replayed():
    """What is unstacked along an axis of one is a tuple of one."""

    def made(**how):
        mk.utils.set_random_seed(0)
        settings = {"stateful": True, "recurrent_activation": "tanh"}
        first = mk.layers.LSTM(3, return_sequences=True, **settings)
        parts = [mk.Input(batch_shape=(8, 1, 2)), first, mk.layers.LSTM(3, **settings)]
        model = mk.Sequential([*parts, mk.layers.Dense(1)])
        model.compile("adam", "mse", **how)
        x = np.random.default_rng(0).normal(size=(32, 1, 2)).astype("float32")
        fit = {"batch_size": 8, "epochs": 3, "shuffle": False, "verbose": 0}
        return model, model.fit(x, x[:, 0, :1], **fit).history["loss"]

    (replayed, found), (_, expected) = made(), made(run_eagerly=True)
    assert the_plan(replayed).replay is not None
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_dropout_and_noise_go_on_with_their_numbers():
    def run(**arguments):
        mk.utils.set_random_seed(1)
        layers = [mk.Input((6,)), L.Dropout(0.5), L.GaussianNoise(0.1), L.Dense(1)]
        model = mk.Sequential(layers)
        model.compile("adam", "mse", **arguments)
        losses = [model.train_on_batch(X, Y) for _ in range(6)]
        assert len(set(map(float, losses))) == 6
        return losses

    assert run() == run(run_eagerly=True)


# When a step stays eager


def with_step(train_step):
    class Custom(mk.Sequential):
        pass

    Custom.train_step = train_step
    model = Custom([mk.Input((6,)), L.Dense(1)])
    model.compile("sgd", "mse")
    return model


def plain_step(model, data):
    x, y = data
    with mk.GradientTape() as tape:
        loss = model.compute_loss(x, y, model(x, training=True))
    gradients = tape.gradient(loss, model.trainable_weights)
    model.optimizer.apply(gradients, model.trainable_weights)
    return loss


def reads_a_value(self, data):
    loss = plain_step(self, data)
    return {"loss": loss if float(loss) < 1e9 else 0.0}


def branches_on_a_value(self, data):
    loss = plain_step(self, data)
    if loss > 1e9:
        loss = loss * 0.0
    return {"loss": loss}


def draws_with_numpy(self, data):
    x, y = data
    noise = np.random.default_rng(len(HISTORY)).normal(size=x.shape).astype("float32")
    noise = mk.ops.convert_to_tensor(noise)
    HISTORY.append(0)
    return {"loss": plain_step(self, (x + noise, y))}


def counts_in_python(self, data):
    HISTORY.append(0)
    return {"loss": plain_step(self, data) * float(len(HISTORY))}


def sets_an_attribute(self, data):
    loss = plain_step(self, data)
    self.seen = getattr(self, "seen", 0) + 1
    return {"loss": loss}


def looks_through_numpy(self, data):
    x, y = data
    doubled = mk.ops.convert_to_numpy(x) * 2
    return {"loss": plain_step(self, (mk.ops.convert_to_tensor(doubled), y))}


def depends_on_values_in_its_shape(self, data):
    x, y = data
    (rows,) = mk.ops.nonzero(y[:, 0] > 0.5)
    return {"loss": plain_step(self, (mk.ops.take(x, rows, 0), mk.ops.take(y, rows, 0)))}


HISTORY = []
UNSAFE = {
    reads_a_value: "concrete value",
    branches_on_a_value: "concrete value",
    draws_with_numpy: "argument that is not computed from the inputs",
    counts_in_python: "argument that is not computed from the inputs",
    sets_an_attribute: "sets the attribute 'seen'",
    looks_through_numpy: "concrete value",
    depends_on_values_in_its_shape: "depends on values",
}


@pytest.mark.parametrize("step", UNSAFE, ids=lambda f: f.__name__)
def test_an_unsafe_step_stays_eager_and_right(step):
    results = []
    for eager in (False, True):
        HISTORY.clear()
        mk.utils.set_random_seed(5)
        model = with_step(step)
        model.run_eagerly = eager
        results.append([model.train_on_batch(X[i:], Y[i:]) for i in (0, 0, 0, 1, 0, 0, 0, 0)])
        results[-1] += [model.get_weights()[0].tolist()]
        if not eager:
            reasons = [plan.reason for plan in plans(model) if plan.reason]
            assert reasons and all(UNSAFE[step] in reason for reason in reasons)
            assert not any(plan.replay for plan in plans(model))
    assert results[0] == results[1]


def test_an_exception_of_the_step_is_the_same_as_without_recording():
    def fails(self, data):
        self.optimizer.apply([mk.ops.ones_like(v) for v in self.weights], self.weights)
        raise KeyError("on purpose")

    model = with_step(fails)
    before = model.get_weights()
    with pytest.raises(KeyError, match="on purpose"):
        model.train_on_batch(X, Y)
    # The step was taken once, not twice.
    np.testing.assert_allclose(model.get_weights()[0], before[0] - 0.01, rtol=1e-6)


def test_code_that_wants_numpy_arrays_stays_eager():
    def wants_arrays(self, data):
        if autodiff.recording() is not None:
            raise TypeError("only arrays, please")
        return {"loss": plain_step(self, data)}

    model = with_step(wants_arrays)
    losses = [float(model.train_on_batch(X, Y)) for _ in range(4)]
    assert losses[-1] < losses[0]
    assert "exception" in the_plan(model).reason


# What changes between steps


def test_a_learning_rate_that_is_set_counts():
    losses = []
    for eager in (False, True):
        model = small_model(run_eagerly=eager)
        found = []
        for step in range(8):
            if step == 4:
                model.optimizer.learning_rate = 0.5
            found.append(model.train_on_batch(X, Y))
        losses.append(found)
    assert losses[0] == losses[1]


D = mk.optimizers.schedules


@pytest.mark.parametrize(
    "schedule",
    [
        D.ExponentialDecay(0.1, 2, 0.5, staircase=True),
        D.InverseTimeDecay(0.1, 2, 0.5, staircase=True),
        D.PolynomialDecay(0.1, 3, power=2.0, cycle=True),
        D.PolynomialDecay(0.1, 3),
        D.PiecewiseConstantDecay([2, 4], [0.1, 0.2, 0.3]),
        D.CosineDecay(0.0, 5, warmup_target=0.1, warmup_steps=2),
        D.CosineDecayRestarts(0.1, 2, t_mul=1.5),
        lambda: 0.1,
    ],
    ids=lambda s: type(s).__name__,
)
def test_schedules_are_replayed(schedule):
    def run(**arguments):
        model = small_model(**arguments)
        model.compile(mk.optimizers.SGD(schedule), "mse", **arguments)
        return model, [model.train_on_batch(X, Y) for _ in range(8)]

    model, found = run()
    assert the_plan(model).reason is None and the_plan(model).replay is not None
    assert found == run(run_eagerly=True)[1]


def test_settings_of_layers_that_change_count():
    model = small_model()
    for _ in range(4):
        before = model.predict(X, verbose=0)
    model.layers[0].activation = mk.activations.relu
    after = model.predict(X, verbose=0)
    assert not np.array_equal(before, after)
    model.run_eagerly = True
    np.testing.assert_array_equal(after, model.predict(X, verbose=0))


def test_weights_that_are_set_count():
    model = small_model()
    for _ in range(4):
        model.predict(X, verbose=0)
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    assert not model.predict(X, verbose=0).any()


def test_frozen_layers_stay_as_they_are():
    model = small_model()
    model.fit(X, Y, verbose=0, epochs=3)
    model.layers[0].trainable = False
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(X, Y, verbose=0, epochs=5)
    after = model.get_weights()
    np.testing.assert_array_equal(before[0], after[0])
    assert not np.array_equal(before[2], after[2])


def test_arrays_that_users_hold_stay_as_they_are(tiny_blocks):
    model = small_model()
    for _ in range(4):
        model.train_on_batch(X, Y)
    held = model.layers[0].kernel.value
    view, copy_of_held = held[1:], values(held).copy()
    model.train_on_batch(X, Y)
    np.testing.assert_array_equal(values(held), copy_of_held)
    np.testing.assert_array_equal(values(view), copy_of_held[1:])
    assert not np.array_equal(model.get_weights()[0], copy_of_held)


def test_results_are_nobody_elses():
    model = small_model()
    first = [model.predict_on_batch(X) for _ in range(5)]
    first[-1][...] = 0
    np.testing.assert_array_equal(first[0], model.predict_on_batch(X))


def test_each_signature_has_its_program():
    model = small_model()
    for size in (4, 7, 4, 7, 4, 7, 4, 7):
        model.predict_on_batch(X[:size])
    assert [plan.replay is not None for plan in plans(model, "predict")] == [True, True]


def test_not_all_signatures_are_kept_for_ever(monkeypatch):
    monkeypatch.setattr(step_module, "_MOST_PLANS", 3)
    step = Step()
    for size in range(1, 9):
        step(lambda x: x * 2.0, mk.ops.ones(size))
    assert [key[-1][0] for key, _ in step.plans()] == [(6,), (7,), (8,)]


def test_threads_may_predict_at_the_same_time():
    model = small_model()
    expected = model.predict_on_batch(X)
    wrong = []

    def work():
        for _ in range(50):
            if not np.array_equal(model.predict_on_batch(X), expected):
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_copied_model_begins_anew():
    model = small_model()
    for _ in range(4):
        model.train_on_batch(X, Y)
    twin = copy.deepcopy(model)
    expected = model.get_weights()
    twin.train_on_batch(X, Y)
    assert_same_bits(expected, model.get_weights())


# Errors


def test_an_exception_in_a_replay_names_the_layer():
    model = small_model()
    for _ in range(4):
        model.predict_on_batch(X)
    kernel = model.layers[1].kernel
    kernel.array = kernel.array[:-1]
    with pytest.raises(ValueError) as caught:
        model.predict_on_batch(X)
    (note,) = caught.value.__notes__
    assert f"`matmul` of layer '{model.name}/{model.layers[1].name}'" in note


def test_an_interrupt_leaves_a_usable_model(monkeypatch):
    model = small_model()
    for _ in range(4):
        model.train_on_batch(X, Y)
    plan, done = the_plan(model), []
    names = plan.replay._function.__globals__
    kernel = next(name for name in names if name.startswith("subtract"))
    original = names[kernel]

    def interrupted(*args):
        done.append(1)
        if len(done) == 3:
            raise KeyboardInterrupt
        return original(*args)

    names[kernel] = interrupted
    with pytest.raises(KeyboardInterrupt):
        model.train_on_batch(X, Y)
    names[kernel] = original
    losses = [model.train_on_batch(X, Y) for _ in range(3)]
    assert np.isfinite(losses).all() and losses[-1] < losses[0]


# Programs and their passes


def recorded(function, *arrays):
    recording = Recording()
    with recording:
        outputs = function(*map(recording.input, map(mk.ops.convert_to_tensor, arrays)))
    assert recording.reason is None
    return recording.program([outputs])


def names(program):
    return [call.name for call in program.calls]


def test_repetitions_no_ops_and_dead_calls_go():
    def function(x):
        mk.ops.exp(x)
        y = mk.ops.reshape(x, x.shape)
        return mk.ops.sin(y) * mk.ops.sin(x)

    program = recorded(function, X)
    assert "exp" in names(program) and names(program).count("sin") == 2
    simplify(program)
    assert names(program) == ["sin", "multiply"]


def test_a_program_can_be_read():
    program = recorded(lambda x: mk.ops.relu(x + 1.0), X)
    text = str(program)
    assert "t0 = input  # float32[24, 6]" in text
    assert "t1 = add(t0, 1.0)" in text
    assert text.splitlines()[-1] == "return t2"


def test_two_runs_that_differ_say_where():
    first = recorded(lambda x: x + 1.0, X)
    assert first.difference(recorded(lambda x: x + 1.0, X)) is None
    assert "argument" in first.difference(recorded(lambda x: x + 2.0, X))
    assert "`multiply`" in first.difference(recorded(lambda x: x * 1.0, X))
    assert "calls" in first.difference(recorded(lambda x: x + 1.0 + 1.0, X))
    nan = float("nan")
    assert recorded(lambda x: x + nan, X).difference(recorded(lambda x: x + nan, X)) is None


@pytest.mark.skipif(ON_GPU, reason="chains are for the CPU")
def test_chains_broadcast(tiny_blocks):
    """Blocks along the first axis, with operands of fewer axes or of axes of length 1."""
    rng = np.random.default_rng(1)
    x, column, row, number = (
        rng.normal(size=s).astype("float32") for s in ((9, 7), (9, 1), (7,), ())
    )

    def function(x, column, row, number):
        y = (x + column) * row - number
        return mk.ops.where(y > 0, mk.ops.exp(-y), mk.ops.sigmoid(y)) * mk.ops.square(y)

    step = Step()
    arrays = [mk.ops.convert_to_tensor(a) for a in (x, column, row, number)]
    expected = function(*arrays)
    for _ in range(4):
        np.testing.assert_array_equal(values(step(function, *arrays)), values(expected))
    (_, plan) = step.plans()[0]
    assert "chain" in names(plan.replay.program)


@pytest.mark.skipif(ON_GPU, reason="chains are for the CPU")
def test_chains_write_over_what_nobody_reads_any_more(tiny_blocks):
    weights = mk.ops.convert_to_tensor(np.random.default_rng(2).normal(size=(6, 6)))
    x = mk.ops.convert_to_tensor(X)

    def over(x):
        return mk.ops.sum(mk.ops.exp(mk.ops.sin(mk.ops.matmul(x, weights))) * 2.0, axis=0)

    def read_again(x):
        """What the chain starts from is read by its last call, after its first result is there."""
        y = mk.ops.matmul(x, weights)
        z = mk.ops.exp(y)
        return mk.ops.sum(z * y, axis=0), mk.ops.mean(z, axis=1)

    for function, is_over in ((over, True), (read_again, False)):
        step, expected = Step(), function(x)
        for _ in range(4):
            found = step(function, x)
            assert_same_bits(*([values(a) for a in mk.tree.flatten(r)] for r in (found, expected)))
        (_, plan) = step.plans()[0]
        (chain,) = (c for c in plan.replay.program.calls if isinstance(c, chains.Chain))
        product = chain.sources[0]
        assert (f"t{chain.outs[0]} = t{product}\n" in plan.replay.source) == is_over


@pytest.mark.skipif(ON_GPU, reason="chains are for the CPU")
def test_what_a_chain_has_read_is_scratch_memory(tiny_blocks):
    """An update of Adam needs an array beside the gradient, and that where it was."""
    rng = np.random.default_rng(4)
    arrays = [mk.ops.convert_to_tensor(rng.random(s)) for s in ((24, 6), (6, 5), (24, 5), (24, 5))]

    def update(x, y, m, v):
        gradient = mk.ops.matmul(x, y)
        m = m + (gradient - m) * 0.1
        v = v + (mk.ops.square(gradient) - v) * 0.001
        return m, v, m * 0.01 / (mk.ops.sqrt(v) + 1e-7)

    step, expected = Step(), update(*arrays)
    for _ in range(4):
        assert_same_bits(*([values(a) for a in r] for r in (step(update, *arrays), expected)))
    (_, plan) = step.plans()[0]
    assert plan.replay.source.count("= take(") == 1


ROWS = [row for row in all_rows() if row[1] is not None]


def _kernel_result(name, args, settings):
    args = [xp.asarray(a) if isinstance(a, np.ndarray) else a for a in args]
    return args, PRIMITIVES[name].kernel(*args, **settings)


@pytest.mark.skipif(ON_GPU, reason="ufuncs are called directly on the CPU only")
@pytest.mark.parametrize("name", sorted(UFUNCS))
def test_ufuncs_are_the_kernels_of_their_primitives(name):
    ufunc = getattr(np, name)
    assert isinstance(ufunc, np.ufunc)
    rows = [row for row in ROWS if row[0] == name]
    for _, args, settings in rows:
        assert not settings
        np.testing.assert_array_equal(PRIMITIVES[name].kernel(*args), ufunc(*args))
    if not rows:  # comparisons and the like, which have no gradient
        args = [np.array([0.5, -1.5, 0.0, np.nan])] * ufunc.nin
        np.testing.assert_array_equal(PRIMITIVES[name].kernel(*args), ufunc(*args))


@pytest.mark.skipif(ON_GPU, reason="the double wraps arrays")
def test_results_share_memory_only_where_that_is_known():
    for name, args, settings in ROWS:
        args, out = _kernel_result(name, args, settings)
        for part in out if isinstance(out, tuple) else (out,):
            for arg in args:
                if isinstance(arg, np.ndarray) and np.may_share_memory(part, arg):
                    assert name in VIEWS, name


@pytest.mark.parametrize("name", sorted(ELEMENTWISE))
def test_elementwise_primitives_work_element_by_element(name):
    for _, args, settings in (row for row in ROWS if row[0] == name):
        args, out = _kernel_result(name, args, settings)
        arrays = [a for a in args if hasattr(a, "shape")]
        shape = np.broadcast_shapes(*(a.shape for a in arrays))
        if not shape or any(a.shape not in (shape, ()) for a in arrays):
            continue
        half = [a[:1] if getattr(a, "shape", None) == shape else a for a in args]
        part = PRIMITIVES[name].kernel(*half, **settings)
        np.testing.assert_array_equal(to_numpy(part), to_numpy(out[:1]))


# For users


def test_a_function_of_the_user_is_replayed():
    runs = []
    total = mk.Variable(0.0)

    @mk.function
    def gather(x, scale=1.0, *, twice=False):
        runs.append(1)
        total.assign_add(mk.ops.sum(x) * scale)
        return {"doubled": x * 2.0, "twice": twice}

    x = mk.ops.convert_to_tensor(X)
    for _ in range(5):
        found = gather(x, scale=2.0)
    assert len(runs) == 2
    np.testing.assert_array_equal(values(found["doubled"]), X * 2)
    assert found["twice"] is False
    np.testing.assert_allclose(float(total), 10 * X.sum(), rtol=1e-5)
    gather(x, scale=3.0, twice=True)
    assert len(runs) == 3
    assert "replayed" in gather.explain()


def test_a_function_can_be_differentiated_and_holds_derivatives():
    cube = mk.function(lambda x: mk.ops.sum(x**3))
    slope = mk.function(mk.grad(cube))
    for i in range(4):
        x = mk.ops.convert_to_tensor(X + i)
        np.testing.assert_allclose(values(slope(x)), 3 * (X + i) ** 2, rtol=1e-5)
    assert "replayed" in slope.explain()


def test_a_function_may_be_switched_off():
    runs = []

    @mk.function(jit_compile=False)
    def count(x):
        runs.append(1)
        return x

    for _ in range(4):
        count(mk.ops.ones(2))
    assert len(runs) == 4


def test_an_optimizer_by_itself_is_replayed(tiny_blocks):
    def run():
        optimizer = mk.optimizers.Adam(0.01, clipnorm=1.0)
        weights = [mk.Variable(X), mk.Variable(Y)]
        for i in range(6):
            gradients = [mk.ops.convert_to_tensor(a * (i + 1)) for a in (X, Y)]
            optimizer.apply(gradients, weights)
        return optimizer, [values(v.array) for v in weights]

    with eagerly():
        expected = run()[1]
    optimizer, found = run()
    assert_same_bits(found, expected)
    assert "replayed" in optimizer._step.explain()


def test_a_step_is_explained(capsys):
    model = small_model()
    model.explain_step()
    assert capsys.readouterr().out == "Nothing was recorded yet.\n"
    for _ in range(4):
        model.train_on_batch(X, Y)
    model.explain_step()
    shown = capsys.readouterr().out
    assert "For float32[24, 6], float32[24, 1]:" in shown
    assert "replayed: " in shown and "most memory" in shown
    model.run_eagerly = True
    model.explain_step("predict")
    assert "switched off" in capsys.readouterr().out
    with pytest.raises(ValueError, match="kind"):
        model.explain_step("fit")


def test_gradient_accumulation_stays_eager_and_right():
    results = []
    for eager in (False, True):
        mk.utils.set_random_seed(0)
        model = mk.Sequential([mk.Input((6,)), L.Dense(1)])
        optimizer = mk.optimizers.Adam(0.1, gradient_accumulation_steps=3)
        model.compile(optimizer, "mse", run_eagerly=eager)
        results.append([model.train_on_batch(X, Y) for _ in range(9)])
    assert results[0] == results[1]


def test_mixed_precision_is_replayed():
    results = []
    for eager in (False, True):
        mk.utils.set_random_seed(0)
        mk.config.set_dtype_policy("mixed_float16")
        model = mk.Sequential([mk.Input((6,)), L.Dense(8, activation="relu"), L.Dense(1)])
        model.compile(mk.optimizers.Adam(0.01), "mse", run_eagerly=eager)
        results.append([model.train_on_batch(X * 10 ** (i % 4), Y) for i in range(9)])
        if not eager:
            assert the_plan(model).replay is not None
    assert results[0] == results[1]


@pytest.mark.skipif(ON_GPU, reason="the page shows what the CPU does")
def test_the_listing_in_the_documentation_is_what_is_printed(capsys):
    page = (pathlib.Path(__file__).parent.parent / "docs" / "programs.md").read_text("utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    exec(compile(code, "docs/programs.md", "exec"), {})
    printed = capsys.readouterr().out
    for shown in page.split("```text\n")[1:]:
        assert shown.split("\n```")[0] in printed
