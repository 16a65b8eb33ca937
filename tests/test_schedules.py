"""Learning rate schedules against Keras on JAX."""

import pytest

import minikeras as mk
from minikeras.optimizers import schedules


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
