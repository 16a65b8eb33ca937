"""Rows of learning rate schedules, with their runner."""

import json

import keras
import numpy as np

import minikeras as mk
from minikeras.optimizers import schedules
from tests.oracle.class_row import found, row
from tests.oracle.record import comparing
from tests.support import assert_close, values


def decay(name, /, **arguments):
    arguments = {"initial_learning_rate": 0.1, "decay_steps": 7, **arguments}
    return row(f"optimizers.schedules.{name}", **arguments)


def restarts(**arguments):
    arguments = {"initial_learning_rate": 0.1, "first_decay_steps": 6, **arguments}
    return row("optimizers.schedules.CosineDecayRestarts", **arguments)


def pieces(**arguments):
    return row("optimizers.schedules.PiecewiseConstantDecay", **arguments)


ROWS = [
    decay("ExponentialDecay", decay_rate=0.5),
    decay("ExponentialDecay", decay_rate=0.5, staircase=True, name="steps"),
    decay("InverseTimeDecay", decay_rate=0.5),
    decay("InverseTimeDecay", decay_rate=0.5, staircase=True),
    decay("PolynomialDecay"),
    decay("PolynomialDecay", end_learning_rate=0.02, power=2.5),
    decay("PolynomialDecay", end_learning_rate=0.02, power=0.5, cycle=True),
    pieces(boundaries=[3, 10], values=[1.0, 0.5, 0.25]),
    pieces(boundaries=[3], values=[0.5, 0.25], name="jump"),
    decay("CosineDecay"),
    decay("CosineDecay", alpha=0.2),
    decay("CosineDecay", warmup_target=0.4, warmup_steps=5, alpha=0.1),
    decay("CosineDecay", warmup_target=0.4),
    restarts(),
    restarts(t_mul=1.0),
    restarts(t_mul=1.5, m_mul=0.8, alpha=0.1),
]
ELSEWHERE = {"optimizers.schedules.LearningRateSchedule": "test_schedules.py::test_own_schedule"}


def compare(row):
    """Assert that a schedule gives the same rates in both libraries."""
    ours, theirs = (found(library, row.name)(**row.arguments) for library in (mk, keras))
    counter = mk.Variable(0, dtype="int32")
    with comparing(row.name, "values"):
        for step in [0, 1, 4, 7, 10, 14, 37, 1000]:
            expected = np.asarray(theirs(step)).astype("float32")
            counter.assign(step)
            for given in (step, counter, mk.ops.convert_to_tensor(step)):
                # In 32 bits a cosine and a logarithm near a restart lose some digits.
                assert_close(ours(given), expected, rtol=2e-5, atol=2e-7)
    with comparing(row.name, "configuration"):
        form = schedules.serialize(ours)
        assert form == keras.optimizers.schedules.serialize(theirs)
        again = schedules.deserialize(json.loads(json.dumps(form)))
        assert type(again) is type(ours)
        assert again.get_config() == ours.get_config()
        assert float(values(again(4))) == float(values(ours(4)))
