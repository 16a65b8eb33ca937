"""Rows of optimizers: values and state over steps with random gradients, with their runner."""

import json

import jax
import keras
import numpy as np

import minikeras as mk
from minikeras import optimizers
from tests.oracle.class_row import built, found, made, row
from tests.oracle.record import comparing
from tests.support import assert_close, values

SHAPES = {"kernel": (3, 4), "bias": (4,), "scale": (), "filters": (2, 3, 4), "embedding": (5, 3)}
STEPS = 25

RATES = {"learning_rate": 0.1, "beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-3}
SPREAD = {"initial_accumulator_value": 0.5, "l1_regularization_strength": 0.02}
SPREAD |= {"l2_regularization_strength": 0.03, "l2_shrinkage_regularization_strength": 0.04}
FACTORS = {"muon_a": 3.0, "muon_b": -4.0, "muon_c": 1.5}
SECOND = {"adam_beta_1": 0.6, "adam_beta_2": 0.8, "adam_weight_decay": 0.1}

# Every optimizer at its defaults and with each argument of its own away from its default.
OWN = [
    row("optimizers.SGD"),
    row("optimizers.SGD", learning_rate=0.3, momentum=0.9),
    row("optimizers.SGD", momentum=0.7, nesterov=True),
    row("optimizers.RMSprop"),
    row("optimizers.RMSprop", learning_rate=0.02, rho=0.7, epsilon=1e-3),
    row("optimizers.RMSprop", momentum=0.8),
    row("optimizers.RMSprop", centered=True),
    row("optimizers.RMSprop", momentum=0.8, centered=True),
    row("optimizers.Adam"),
    row("optimizers.Adam", learning_rate=0.05, beta_1=0.8, beta_2=0.95, epsilon=1e-4),
    row("optimizers.Adam", amsgrad=True, beta_2=0.7),
    row("optimizers.AdamW"),
    row("optimizers.AdamW", weight_decay=0.3, **RATES),
    row("optimizers.AdamW", amsgrad=True, beta_2=0.7),
    row("optimizers.Adagrad"),
    row("optimizers.Adagrad", learning_rate=0.3, initial_accumulator_value=0.4, epsilon=1e-2),
    row("optimizers.Adadelta"),
    row("optimizers.Adadelta", learning_rate=1.0, rho=0.8, epsilon=1e-4),
    row("optimizers.Adamax"),
    row("optimizers.Adamax", **RATES),
    row("optimizers.Nadam"),
    row("optimizers.Nadam", **RATES),
    row("optimizers.Ftrl"),
    row("optimizers.Ftrl", learning_rate=0.3, learning_rate_power=-0.3, beta=0.2),
    row("optimizers.Ftrl", **SPREAD),
    row("optimizers.Lion"),
    row("optimizers.Lion", learning_rate=0.1, beta_1=0.5, beta_2=0.7),
    row("optimizers.Lamb"),
    row("optimizers.Lamb", **RATES),
    row("optimizers.Adafactor"),
    row("optimizers.Adafactor", learning_rate=0.5, beta_2_decay=-0.5, clip_threshold=0.3),
    row("optimizers.Adafactor", epsilon_1=0.1, epsilon_2=0.3, relative_step=False),
    row("optimizers.Muon"),
    row("optimizers.Muon", learning_rate=0.1, exclude_embeddings=False, nesterov=False),
    row("optimizers.Muon", exclude_layers=["kern"], adam_lr_ratio=0.5, momentum=0.6),
    row("optimizers.Muon", exclude_embeddings=False, rms_rate=None, ns_steps=2, **FACTORS),
    row("optimizers.Muon", epsilon=0.01, **SECOND),
    row("optimizers.ScheduleFreeAdamW"),
    row("optimizers.ScheduleFreeAdamW", warmup_steps=9, **RATES),
]
NAMES = list(dict.fromkeys(r.name for r in OWN))

# What all have in common, in three rows of each class.
AVERAGED = {"use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 3}
COMMON = [
    {"weight_decay": 0.1, "clipnorm": 0.5, **AVERAGED},
    {"clipvalue": 0.3, "loss_scale_factor": 4.0},
    {"global_clipnorm": 0.7, "gradient_accumulation_steps": 3},
]
SHARED = [
    *(row(name, **arguments).called(steps=8) for name in NAMES for arguments in COMMON),
    row("optimizers.SGD", use_ema=True),
    row("optimizers.SGD", gradient_accumulation_steps=4, clipnorm=0.4, weight_decay=0.1),
    row("optimizers.Nadam", gradient_accumulation_steps=2, use_ema=True, ema_overwrite_frequency=2),
]
DECAY = made("optimizers.schedules.CosineDecay", 0.1, 10, alpha=0.1)
CHOSEN = made(
    "optimizers.OptimizerMap", made("optimizers.SGD", 0.1, name="first"),
    {
        ".*/bias": made("optimizers.Adam", 0.2, name="second"),
        "layer/scale": made("optimizers.SGD", 0.3, momentum=0.5, name="third"),
    },
)  # fmt: skip
OTHERS = [
    row("optimizers.Adam", learning_rate=DECAY),
    *(
        row(
            "optimizers.LossScaleOptimizer", initial_scale=1024.0, dynamic_growth_steps=4,
            inner_optimizer=made(f"optimizers.{inner}", 0.1, name="inner"),
        ).called(steps=12, scaled=True)
        for inner in ("SGD", "Adam")
    ),
    row("optimizers.MultiOptimizer", optimizer_map=CHOSEN).called(steps=5),
    row("optimizers.MultiOptimizer", optimizer_map=CHOSEN, loss_scale_factor=2.0).called(steps=5),
]  # fmt: skip

ROWS = [
    *OWN,
    *(r.called(dtype="float64") for r in OWN if r.arguments),
    *SHARED,
    *OTHERS,
]
ELSEWHERE = {
    "optimizers.Optimizer": "test_optimizers.py::test_own_optimizer_in_the_style_of_keras",
    "optimizers.OptimizerMap": "in the rows of MultiOptimizer",
}


def variables_of(package, dtype, seed=0):
    random = np.random.default_rng(seed)
    with package.name_scope("layer"):
        return [
            package.Variable(random.normal(size=shape).astype(dtype), dtype=dtype, name=name)
            for name, shape in SHAPES.items()
        ]


def gradients_at(step, dtype):
    random = np.random.default_rng(100 + step)
    return [random.normal(size=shape).astype(dtype) for shape in SHAPES.values()]


def scaled_gradients(step, dtype):
    """Gradients of a loss 1024 times as high, of which those of some steps are not finite."""
    drawn = [1024.0 * g for g in gradients_at(step, dtype)]
    if step in (3, 4, 9):
        drawn[2] = np.asarray(np.inf if step == 4 else np.nan, dtype)
    return drawn


def arrays(package, gradients):
    return [None if g is None else package.ops.convert_to_tensor(g) for g in gradients]


def run(package, optimizer, dtype, steps=STEPS, variables=None, gradients=gradients_at):
    variables = variables_of(package, dtype) if variables is None else variables
    for step in range(steps):
        optimizer.apply(arrays(package, gradients(step, dtype)), variables)
    return variables


def run_jitted(optimizer, dtype, steps=STEPS, gradients=gradients_at):
    """The run of Keras's optimizer under jit: by itself JAX compiles its conditions every step."""
    variables = variables_of(keras, dtype)
    optimizer.build(variables)
    model, state = [v.value for v in variables], [v.value for v in optimizer.variables]
    apply = jax.jit(optimizer.stateless_apply)
    for step in range(steps):
        model, state = apply(state, arrays(keras, gradients(step, dtype)), model)
    for variable, value in zip([*variables, *optimizer.variables], [*model, *state]):
        variable.assign(value)
    return variables


def assert_same_state(ours, theirs, **tolerance):
    assert [v.name for v in ours.variables] == [v.name for v in theirs.variables]
    for mine, other in zip(ours.variables, theirs.variables):
        a, e = values(mine), np.asarray(other.value)
        if e.dtype == np.int64:  # JAX in 64 bits: int32 otherwise
            e = e.astype("int32")
        assert_close(a, e, **tolerance)


def tolerance_of(name, dtype):
    if dtype == "float64":
        # Keras takes means and norms of float64 in float32.
        close = {"rtol": 1e-6, "atol": 1e-7}
        return close if name in ("Muon", "Adafactor") else {"rtol": 1e-11, "atol": 1e-13}
    # The products of matrices in Muon's iteration amplify rounding.
    if name == "Muon":
        return {"rtol": 2e-4, "atol": 2e-5}
    # Ftrl divides by sums of squares that clipped gradients leave small.
    return {"rtol": 2e-5, "atol": 2e-6} if name == "Ftrl" else {"rtol": 2e-6, "atol": 2e-7}


def compare(row):
    """Assert that an optimizer takes the same steps in both libraries."""
    ours, theirs = (
        found(library, row.name)(**built(row.arguments, library), name="compared")
        for library in (mk, keras)
    )
    with comparing(row.name, "configuration"):
        assert optimizers.serialize(ours) == keras.optimizers.serialize(theirs)
        again = optimizers.deserialize(json.loads(json.dumps(optimizers.serialize(ours))))
        assert type(again) is type(ours)
        assert again.get_config() == ours.get_config()
    dtype, steps = row.call.get("dtype", "float32"), row.call.get("steps", STEPS)
    gradients = scaled_gradients if row.call.get("scaled") else gradients_at
    mine = run(mk, ours, dtype, steps, gradients=gradients)
    conditional = {"gradient_accumulation_steps", "ema_overwrite_frequency", "inner_optimizer"}
    if conditional & set(row.arguments):
        other = run_jitted(theirs, dtype, steps, gradients)
    else:
        other = run(keras, theirs, dtype, steps)
    tolerance = tolerance_of(row.name.removeprefix("optimizers."), dtype)
    _compare_variables(row, "updates", mine, other, tolerance)
    if row.name == "optimizers.Nadam":  # its product of momentums has a made-up name
        ours._u_product.name = theirs._u_product.name
    with comparing(row.name, "state"):
        assert_same_state(ours, theirs, **tolerance)
    ours.finalize_variable_values(mine)
    theirs.finalize_variable_values(other)
    _compare_variables(row, "updates", mine, other, tolerance)


def _compare_variables(row, what, mine, other, tolerance):
    with comparing(row.name, what):
        for a, e in zip(mine, other, strict=True):
            assert_close(a, np.asarray(e.value), **tolerance)
