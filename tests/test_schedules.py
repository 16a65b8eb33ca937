"""Learning rate schedules against Keras on JAX."""

import json

import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras.optimizers import schedules
from tests.support import values

ROWS = [
    ("ExponentialDecay", (0.1, 7, 0.5), {}),
    ("ExponentialDecay", (0.1, 7, 0.5), {"staircase": True, "name": "steps"}),
    ("InverseTimeDecay", (0.1, 7, 0.5), {}),
    ("InverseTimeDecay", (0.1, 7, 0.5), {"staircase": True}),
    ("PolynomialDecay", (0.1, 10), {}),
    ("PolynomialDecay", (0.1, 10), {"end_learning_rate": 0.02, "power": 2.5}),
    ("PolynomialDecay", (0.1, 10), {"end_learning_rate": 0.02, "power": 0.5, "cycle": True}),
    ("PiecewiseConstantDecay", ([3, 10], [1.0, 0.5, 0.25]), {}),
    ("PiecewiseConstantDecay", ([3], [0.5, 0.25]), {"name": "jump"}),
    ("CosineDecay", (0.1, 10), {}),
    ("CosineDecay", (0.1, 10), {"alpha": 0.2}),
    ("CosineDecay", (0.1, 10), {"warmup_target": 0.4, "warmup_steps": 5, "alpha": 0.1}),
    ("CosineDecay", (0.1, 10), {"warmup_target": 0.4}),
    ("CosineDecayRestarts", (0.1, 6), {}),
    ("CosineDecayRestarts", (0.1, 6), {"t_mul": 1.0}),
    ("CosineDecayRestarts", (0.1, 6), {"t_mul": 1.5, "m_mul": 0.8, "alpha": 0.1}),
]
IDS = [f"{name}-{'-'.join(arguments)}" for name, _, arguments in ROWS]


@pytest.mark.parametrize(("name", "positional", "named"), ROWS, ids=IDS)
def test_like_keras(name, positional, named):
    ours = getattr(schedules, name)(*positional, **named)
    theirs = getattr(keras.optimizers.schedules, name)(*positional, **named)
    counter = mk.Variable(0, dtype="int32")
    for step in [0, 1, 4, 7, 10, 14, 37, 1000]:
        expected = np.asarray(theirs(step))
        counter.assign(step)
        for given in (step, counter, mk.ops.convert_to_tensor(step)):
            found = values(ours(given))
            assert found.dtype == "float32"
            assert found.shape == ()
            # In 32 bits a cosine and a logarithm near a restart lose some digits.
            np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-7)


@pytest.mark.parametrize(("name", "positional", "named"), ROWS, ids=IDS)
def test_config_like_keras(name, positional, named):
    ours = getattr(schedules, name)(*positional, **named)
    theirs = getattr(keras.optimizers.schedules, name)(*positional, **named)
    form = schedules.serialize(ours)
    assert form == keras.optimizers.schedules.serialize(theirs)
    again = schedules.deserialize(json.loads(json.dumps(form)))
    assert type(again) is type(ours)
    assert again.get_config() == ours.get_config()
    assert float(values(again(4))) == float(values(ours(4)))


@pytest.mark.parametrize(
    ("name", "positional"),
    [
        ("ExponentialDecay", (0.1, 0, 0.5)),
        ("InverseTimeDecay", (0.1, -1, 0.5)),
        ("PolynomialDecay", (0.1, 0)),
        ("CosineDecay", (0.1, 0)),
        ("CosineDecayRestarts", (0.1, 0)),
        ("PiecewiseConstantDecay", ([1, 2], [0.1, 0.2])),
    ],
)
def test_wrong_arguments(name, positional):
    with pytest.raises(ValueError, match=name):
        getattr(schedules, name)(*positional)


def test_own_schedule():
    class Harmonic(schedules.LearningRateSchedule):
        def __init__(self, first):
            self.first = first

        def __call__(self, step):
            return self.first / (step + 1.0)

    optimizer = mk.optimizers.SGD(Harmonic(0.5))
    v = mk.Variable(1.0)
    for _ in range(2):
        optimizer.apply([mk.ops.convert_to_tensor(1.0)], [v])
    assert float(v) == 0.25
    assert Harmonic(0.5).get_config() == {"first": 0.5}
    with mk.saving.custom_object_scope({"Harmonic": Harmonic}):
        again = schedules.deserialize(schedules.serialize(Harmonic(0.5)))
    assert again.first == 0.5
    with pytest.raises(TypeError, match="__call__"):
        schedules.LearningRateSchedule()(0)
