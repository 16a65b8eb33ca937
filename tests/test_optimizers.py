"""Optimizers against Keras on JAX: values, state, configuration, over many random steps."""

import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras import optimizers
from minikeras.backend.variables import StatelessScope, reset_names
from tests import strict_cupy
from tests.oracle.optimizers import (
    OWN,
    SHARED,
    arrays,
    assert_same_state,
    gradients_at,
    run,
    run_jitted,
    scaled_gradients,
    variables_of,
)
from tests.support import assert_close, values

# Keras's variables, converted to NumPy, speak an older protocol than NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def test_names_are_numbered_like_keras():
    reset_names()
    keras.utils.clear_session()
    for name in ("RMSprop", "AdamW", "SGD", "SGD"):
        ours, theirs = getattr(optimizers, name)(), getattr(keras.optimizers, name)()
        assert ours.name == theirs.name


@pytest.mark.parametrize("name", ["adam", "Adam", "ADAM", "rmsprop", "RMSprop", "adamw", "lamb"])
def test_get_by_name_in_any_case(name):
    assert type(optimizers.get(name)).__name__.lower() == name.lower()


def test_get():
    adam = optimizers.Adam()
    assert optimizers.get(adam) is adam
    assert optimizers.get(None) is None
    assert optimizers.get({"class_name": "SGD", "config": {"momentum": 0.5}}).momentum == 0.5
    for wrong in ("adan", optimizers.Adam, 3, {"class_name": "Adan", "config": {}}):
        with pytest.raises(ValueError):
            optimizers.get(wrong)


def test_custom_optimizer_by_name():
    class Mine(optimizers.SGD):
        pass

    with mk.saving.custom_object_scope({"Mine": Mine}):
        assert isinstance(optimizers.get("Mine"), Mine)


def test_legacy_names_refuse():
    with pytest.raises(ImportError):
        optimizers.legacy.Adam()


@pytest.mark.parametrize(
    "arguments",
    [
        {"learning_rate": "fast"},
        {"nonsense": 1},
        {"clipnorm": 1.0, "clipvalue": 1.0},
        {"gradient_accumulation_steps": 1},
        {"use_ema": True, "ema_momentum": 1.5},
        {"use_ema": True, "ema_overwrite_frequency": 0.5},
        {"momentum": 2.0},
        {"momentum": "much"},
    ],
)
def test_wrong_arguments(arguments):
    with pytest.raises(ValueError):
        optimizers.SGD(**arguments)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("AdamW", {"weight_decay": None}),
        ("Lion", {"beta_1": 0.0}),
        ("Ftrl", {"learning_rate_power": 0.5}),
        ("Ftrl", {"initial_accumulator_value": -1.0}),
        ("Ftrl", {"l1_regularization_strength": -1.0}),
    ],
)
def test_wrong_arguments_of_a_class(name, arguments):
    with pytest.raises(ValueError):
        getattr(optimizers, name)(**arguments)


def test_learning_rate_can_be_set():
    optimizer = optimizers.SGD(0.5)
    optimizer.learning_rate = 0.25
    assert float(optimizer.learning_rate) == 0.25
    optimizer.learning_rate.assign(0.125)
    v = mk.Variable(1.0)
    optimizer.apply(arrays(mk, [np.float32(1.0)]), [v])
    assert float(v) == 0.875
    assert optimizer.get_config()["learning_rate"] == 0.125
    count = len(optimizer.variables)
    optimizer.learning_rate = optimizers.schedules.ExponentialDecay(1.0, 1, 0.5)
    assert len(optimizer.variables) == count - 1
    assert float(optimizer.learning_rate) == 0.5  # one step is done
    with pytest.raises(TypeError, match="cannot be set"):
        optimizer.learning_rate = 0.1


def test_schedule_and_function_as_learning_rate():
    def rate():
        return 0.05

    for dtype in ("float32", "float64"):
        ours = optimizers.Adam(optimizers.schedules.CosineDecay(0.1, 10, alpha=0.1))
        theirs = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 10, alpha=0.1))
        for mine, other in ((ours, theirs), (optimizers.Adam(rate), keras.optimizers.Adam(rate))):
            for a, e in zip(run(mk, mine, dtype), run(keras, other, dtype)):
                assert_close(a, np.asarray(e.value), rtol=2e-6, atol=2e-7)
        assert [v.name for v in ours.variables][:2] == ["iteration", "layer_kernel_momentum"]
    assert ours.get_config()["learning_rate"] == theirs.get_config()["learning_rate"]
    again = optimizers.Adam.from_config(ours.get_config())
    assert isinstance(again.learning_rate, type(ours.learning_rate))


@pytest.mark.parametrize("excluded", [{"var_names": ["bias", "sca"]}, {"var_list": [0, 3]}])
@pytest.mark.parametrize("name", ["AdamW", "Muon"])
def test_exclusion_from_weight_decay(name, excluded):
    found = []
    for package in (mk, keras):
        variables = variables_of(package, "float32")
        optimizer = getattr(package.optimizers, name)(learning_rate=0.1, weight_decay=0.5)
        listed = {
            key: [variables[i] for i in items] if key == "var_list" else items
            for key, items in excluded.items()
        }
        optimizer.exclude_from_weight_decay(**listed)
        run(package, optimizer, "float32", 5, variables)
        found.append([values(v) if package is mk else np.asarray(v.value) for v in variables])
    assert_close(*found, rtol=2e-4, atol=2e-5)


def test_missing_gradients():
    def some(step, dtype):
        found = gradients_at(step, dtype)
        found[1] = None
        return found

    results = []
    for package in (mk, keras):
        with pytest.warns(UserWarning, match="layer/bias"):
            results.append(run(package, package.optimizers.Adam(), "float32", 2, gradients=some))
    for a, e in zip(*results):
        assert_close(a, np.asarray(e.value))
    with pytest.raises(ValueError, match="No gradients provided"):
        optimizers.SGD().apply([None], [mk.Variable(1.0)])
    optimizers.SGD().apply([])


def test_unknown_variable_and_wrong_count():
    optimizer = optimizers.SGD()
    v, w = mk.Variable(1.0), mk.Variable(2.0, name="other")
    one = mk.ops.convert_to_tensor(1.0)
    with pytest.raises(ValueError, match="knows no variables"):
        optimizer.apply([one])
    optimizer.apply([one], [v])
    optimizer.apply([one])
    with pytest.raises(ValueError, match="other"):
        optimizer.apply([one], [w])
    with pytest.raises(ValueError, match="2 gradients for 1 variables"):
        optimizer.apply([one, one], [v])


def test_constraint_holds_after_the_update():
    v = mk.Variable([1.0, -1.0])
    v.constraint = mk.constraints.NonNeg()
    optimizers.SGD(0.5).apply(arrays(mk, [np.array([1.0, 1.0], "float32")]), [v])
    assert values(v).tolist() == [0.5, 0.0]


@pytest.mark.parametrize("steps", [None, 3])
def test_variable_overwritten_by_its_gradient(steps):
    results = []
    for package in (mk, keras):
        variables = variables_of(package, "float32")
        variables[0].overwrite_with_gradient = True
        optimizer = package.optimizers.Adam(gradient_accumulation_steps=steps)
        run(package, optimizer, "float32", 5, variables)
        results.append(variables)
        assert not any("kernel_momentum" in v.name for v in optimizer.variables)
    for a, e in zip(*results):
        assert_close(a, np.asarray(e.value))


def test_apply_gradients_counts_and_old_values_stay():
    v = mk.Variable([1.0, 2.0])
    held = v.value
    optimizer = optimizers.SGD(0.5)
    gradient = mk.ops.convert_to_tensor([1.0, 1.0])
    assert int(optimizer.apply_gradients([(gradient, v)])) == 1
    assert values(held).tolist() == [1.0, 2.0]
    assert int(optimizer.iterations) == 1


@pytest.mark.parametrize("name", ["Adam", "Nadam", "Adafactor", "SGD"])
def test_stateless_apply(name):
    arguments = {"momentum": 0.5} if name == "SGD" else {}
    stateful, stateless = (getattr(optimizers, name)(**arguments) for _ in range(2))
    expected = run(mk, stateful, "float32", 3)
    variables = variables_of(mk, "float32")
    before = values(variables)
    stateless.build(variables)
    state = [v.value for v in stateless.variables]
    first_state = values(state)
    model = [v.value for v in variables]
    for step in range(3):
        model, state = stateless.stateless_apply(
            state, arrays(mk, gradients_at(step, "float32")), model
        )
    assert_close(model, [v.value for v in expected])
    assert_close(state, [v.value for v in stateful.variables])
    assert_close(variables, before)
    assert_close([v.value for v in stateless.variables], first_state)
    with pytest.raises(ValueError, match="optimizer_variables"):
        stateless.stateless_apply(state[1:], model, model)
    with pytest.raises(ValueError, match="built"):
        getattr(optimizers, name)().stateless_apply([], [], [])


def test_saving_and_loading_continue_the_run():
    whole = optimizers.Adam(gradient_accumulation_steps=3)
    expected = run(mk, whole, "float32", 8)
    first = optimizers.Adam(gradient_accumulation_steps=3)
    variables = run(mk, first, "float32", 4)
    store = {}
    first.save_own_variables(store)
    second = optimizers.Adam(gradient_accumulation_steps=3)
    second.build(variables)
    second.load_own_variables(store)
    run(mk, second, "float32", 4, variables, lambda step, dtype: gradients_at(step + 4, dtype))
    assert_close([v.value for v in variables], [v.value for v in expected])
    third = optimizers.Adam(gradient_accumulation_steps=3)
    with pytest.warns(UserWarning, match="not loaded"):
        third.load_own_variables(store)
    with pytest.raises(ValueError, match="built"):
        third.set_weights([])
    third.build(variables)
    third.set_weights([v.value for v in second.variables])
    assert_close([v.value for v in third.variables], [v.value for v in second.variables])


def test_state_is_exchanged_with_keras():
    theirs = keras.optimizers.Adam(0.05)
    others = run(keras, theirs, "float32", 4)
    store = {}
    theirs.save_own_variables(store)
    ours = optimizers.Adam(0.05)
    variables = [mk.Variable(np.asarray(v.value), name=v.name) for v in others]
    ours.build(variables)
    ours.load_own_variables(store)
    run(mk, ours, "float32", 4, variables)
    run(keras, theirs, "float32", 4, others)
    for a, e in zip(variables, others):
        assert_close(a, np.asarray(e.value), rtol=2e-6, atol=2e-7)


def test_own_optimizer_in_the_style_of_keras():
    def own(package):
        class Halving(package.optimizers.Optimizer):
            def __init__(self, learning_rate=0.1, factor=0.5, **kwargs):
                super().__init__(learning_rate, **kwargs)
                self.factor = factor

            def build(self, variables):
                super().build(variables)
                self.slots = [self.add_variable_from_reference(v, name="slot") for v in variables]
                self.total = package.Variable(0.0, dtype="float32", name="total")

            def update_step(self, gradient, variable, learning_rate):
                slot = self.slots[self._get_variable_index(variable)]
                self.assign(slot, self.factor * slot + gradient)
                self.assign_sub(variable, package.ops.cast(learning_rate, variable.dtype) * slot)
                self.assign_add(self.total, 1.0)

            def get_config(self):
                return {**super().get_config(), "factor": self.factor}

        return Halving

    ours, theirs = own(mk)(0.2, weight_decay=0.1), own(keras)(0.2, weight_decay=0.1)
    for a, e in zip(run(mk, ours, "float32", 5), run(keras, theirs, "float32", 5)):
        assert_close(a, np.asarray(e.value))
    assert_same_state(ours, theirs)
    assert ours.get_config() == theirs.get_config() | {"name": ours.name}
    assert own(mk).from_config(ours.get_config()).factor == 0.5


def test_gradients_under_an_open_tape_are_taken_as_values():
    v = mk.Variable(3.0)
    optimizer = optimizers.Adam(0.5)
    with mk.GradientTape(persistent=True) as tape:
        y = v * v
        gradient = tape.gradient(y, v)
        optimizer.apply([gradient], [v])
    assert float(v) == pytest.approx(2.5, abs=1e-5)


def test_large_variables_go_block_by_block():
    random = np.random.default_rng(3)
    value = random.normal(size=(300, 200)).astype("float32")
    gradients = [random.normal(size=(300, 200)).astype("float32") for _ in range(3)]
    for name, arguments in (("Adam", {"use_ema": True, "weight_decay": 0.1}), ("Lamb", {})):
        results = []
        for package in (mk, keras):
            v = package.Variable(value)
            optimizer = getattr(package.optimizers, name)(learning_rate=0.1, **arguments)
            for g in gradients:
                optimizer.apply(arrays(package, [g]), [v])
            optimizer.finalize_variable_values([v])
            results.append(values(v) if package is mk else np.asarray(v.value))
        assert_close(*results, rtol=1e-5, atol=1e-6)


def test_a_transposed_state_is_still_changed_in_place():
    v = mk.Variable(np.ones((2, 3), "float32"))
    optimizer = optimizers.SGD(0.5, momentum=0.5)
    optimizer.build([v])
    transposed = mk.ops.transpose(mk.ops.convert_to_tensor(np.ones((3, 2), "float32")))
    optimizer.momentums[0].assign(transposed)
    v.assign(transposed)
    optimizer.apply(arrays(mk, [np.ones((2, 3), "float32")]), [v])
    assert values(optimizer.momentums[0]).tolist() == [[0.0] * 3] * 2
    assert values(v).tolist() == [[1.0] * 3] * 2


# Loss scaling


@pytest.mark.parametrize("inner", ["SGD", "Adam"])
def test_loss_scale_optimizer_like_keras(inner):
    ours, theirs = (
        package.optimizers.LossScaleOptimizer(
            getattr(package.optimizers, inner)(0.1, name="inner"),
            initial_scale=1024.0,
            dynamic_growth_steps=4,
            name="outer",
        )
        for package in (mk, keras)
    )
    found = run(mk, ours, "float32", 20, gradients=scaled_gradients)
    others = run_jitted(theirs, "float32", 20, gradients=scaled_gradients)
    for a, e in zip(found, others):
        assert_close(a, np.asarray(e.value), rtol=2e-6, atol=2e-7)
    assert_same_state(ours, theirs, rtol=2e-6, atol=2e-7)
    assert int(ours.iterations) == 17
    scaled = [package.scale_loss(np.float32(2.0)) for package in (ours, theirs)]
    assert float(values(scaled[0])) == float(scaled[1])
    assert optimizers.serialize(ours) == keras.optimizers.serialize(theirs)
    again = optimizers.deserialize(optimizers.serialize(ours))
    assert again.get_config() == ours.get_config()
    ours.learning_rate = 0.5
    assert float(ours.inner_optimizer.learning_rate) == 0.5


def test_loss_scale_optimizer_stateless():
    made = [
        optimizers.LossScaleOptimizer(optimizers.Adam(), 1024.0, dynamic_growth_steps=2)
        for _ in range(2)
    ]
    expected = run(mk, made[0], "float32", 6, gradients=scaled_gradients)
    variables = variables_of(mk, "float32")
    made[1].build(variables)
    model, state = [v.value for v in variables], [v.value for v in made[1].variables]
    for step in range(6):
        gradients = arrays(mk, scaled_gradients(step, "float32"))
        model, state = made[1].stateless_apply(state, gradients, model)
    assert_close(model, [v.value for v in expected])
    assert_close(state, [v.value for v in made[0].variables])


def test_loss_scale_optimizer_arguments():
    sgd = optimizers.SGD(loss_scale_factor=8.0)
    optimizer = optimizers.LossScaleOptimizer(sgd, weight_decay=None, use_ema=False)
    optimizer.build([mk.Variable([1.0])])
    assert float(values(optimizer.scale_loss(2.0))) == 2.0**16
    assert sgd.loss_scale_factor is None
    assert float(optimizer.scale_loss(1.0)) == 2.0**15
    for wrong in ({"dynamic": False}, {"clipnorm": 1.0}, {"nonsense": 1}):
        with pytest.raises(ValueError):
            optimizers.LossScaleOptimizer(optimizers.SGD(), **wrong)
    with pytest.raises(ValueError, match="inner_optimizer"):
        optimizers.LossScaleOptimizer("sgd")


# Several optimizers


def several(package):
    chosen = package.optimizers.OptimizerMap(package.optimizers.SGD(0.1, name="first"))
    chosen[".*/bias"] = package.optimizers.Adam(0.2, name="second")
    chosen["layer/scale"] = package.optimizers.SGD(0.3, momentum=0.5, name="third")
    return package.optimizers.MultiOptimizer(chosen, name="several")


def test_multi_optimizer_like_keras():
    ours, theirs = several(mk), several(keras)
    mine, other = run(mk, ours, "float32", 5), run(keras, theirs, "float32", 5)
    for a, e in zip(mine, other):
        assert_close(a, np.asarray(e.value), rtol=2e-6, atol=2e-7)
    assert_same_state(ours, theirs, rtol=2e-6, atol=2e-7)
    assert optimizers.serialize(ours) == keras.optimizers.serialize(theirs)
    again = optimizers.deserialize(optimizers.serialize(ours))
    assert again.get_config() == ours.get_config()
    assert len(ours.optimizers) == 3
    with pytest.raises(AttributeError):
        _ = ours.learning_rate
    with pytest.raises(AttributeError):
        ours.learning_rate = 0.1
    ours.finalize_variable_values(mine)


def test_multi_optimizer_scales_the_loss_once():
    for package in (mk, keras):
        optimizer = several(package)
        optimizer.loss_scale_factor = 2.0
        v = package.Variable(1.0, name="bare")
        optimizer.apply(arrays(package, [np.float32(2.0)]), [v])
        assert float(v) == pytest.approx(0.9)


def test_optimizer_map_refuses():
    chosen = optimizers.OptimizerMap(optimizers.SGD(), {"a.*": optimizers.SGD()})
    chosen[".*b"] = optimizers.Adam()
    assert len(chosen) == 2
    assert sorted(chosen) == [".*b", "a.*"]
    with pytest.raises(ValueError, match="several keys"):
        _ = chosen["ab"]
    with pytest.raises(ValueError, match="already"):
        chosen[".*b"] = optimizers.SGD()
    with pytest.raises(ValueError, match="must be a keras"):
        chosen["c"] = several(mk)
    with pytest.raises(ValueError, match="string"):
        chosen[3] = optimizers.SGD()
    del chosen["a.*"]
    assert "a.*" not in list(chosen)
    with pytest.raises(TypeError):
        optimizers.OptimizerMap("sgd")


def test_state_outside_of_a_scope_is_untouched_inside():
    v = mk.Variable(1.0)
    optimizer = optimizers.SGD(0.5, momentum=0.5)
    optimizer.build([v])
    with StatelessScope() as scope:
        optimizer.apply(arrays(mk, [np.float32(1.0)]))
    assert float(values(scope.get_current_value(v))) == 0.5
    assert float(v) == 1.0
    assert int(optimizer.iterations) == 0
    assert float(optimizer.momentums[0]) == 0.0


# What depends on the number of the step is decided on the host, which waits for that number.
READING_THE_COUNT = {"gradient_accumulation_steps", "ema_overwrite_frequency"}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        (r.name.removeprefix("optimizers."), r.arguments)
        for r in [*OWN[::3], *SHARED[::2]]
        if READING_THE_COUNT.isdisjoint(r.arguments)
    ],
)
@pytest.mark.parametrize("is_scaled", [False, True])
def test_the_host_never_waits_for_the_device(name, arguments, is_scaled):
    optimizer = getattr(optimizers, name)(**arguments)
    if is_scaled:
        optimizer = optimizers.LossScaleOptimizer(optimizer)
    variables = variables_of(mk, "float32")
    gradients = arrays(mk, gradients_at(0, "float32"))
    optimizer.apply(gradients, variables)
    with strict_cupy.no_sync(), StatelessScope():
        optimizer.apply(gradients, variables)  # such steps are not recorded
    # Two recordings are compared, once: constants that lie on the device are read for that.
    optimizer.apply(gradients, variables)
    with strict_cupy.no_sync():
        for _ in range(3):
            optimizer.apply(gradients, variables)
