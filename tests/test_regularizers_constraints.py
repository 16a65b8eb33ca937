"""keras.regularizers and keras.constraints against Keras: values, gradients, configurations."""

import keras
import pytest

import minikeras as mk
from minikeras import constraints, regularizers
from tests.support import values


def _classes(module, base):
    return sorted(n for n in dir(module) if isinstance(getattr(module, n), type) and n != base)


@pytest.mark.parametrize(
    "ours, theirs, name",
    [(regularizers, keras.regularizers, n) for n in _classes(keras.regularizers, "Regularizer")]
    + [(constraints, keras.constraints, n) for n in _classes(keras.constraints, "Constraint")],
)
def test_names_and_configurations(ours, theirs, name):
    one, other = getattr(ours, name)(), getattr(theirs, name)()
    assert type(one).__name__ == type(other).__name__
    form, expected = ours.serialize(one), theirs.serialize(other)
    # Keras keeps some factors as float32 and writes those.
    assert form["config"] == pytest.approx(expected["config"])
    assert {**form, "config": None} == {**expected, "config": None}
    assert type(ours.get(name)) is type(one)
    twin = ours.deserialize(expected)
    assert twin.get_config() == pytest.approx(one.get_config())


@pytest.mark.parametrize("module", [regularizers, constraints])
def test_get(module):
    assert module.get(None) is None
    assert module.get(abs) is abs
    known = "l2" if module is regularizers else "max_norm"
    assert module.get(module.get(known)).get_config() == module.get(known).get_config()
    assert isinstance(module.get({"class_name": known, "config": {}}), module.TABLE[known])
    with pytest.raises(ValueError, match=known):
        module.get(known + "s")
    with pytest.raises(ValueError, match="Could not interpret"):
        module.get(3)


def test_custom_classes():
    class Half(regularizers.Regularizer):
        def __init__(self, factor=0.5):
            self.factor = factor

        def __call__(self, x):
            return self.factor * mk.ops.sum(x)

    twin = Half.from_config(Half(0.25).get_config())
    assert float(values(twin(mk.ops.ones((4,))))) == 1.0
    assert regularizers.Regularizer()(mk.ops.ones(3)) == 0.0
    w = mk.ops.ones((2,))
    assert constraints.Constraint()(w) is w


def test_wrong_arguments_are_named():
    for call, match in [
        (lambda: regularizers.L1(-1.0), "l1"),
        (lambda: regularizers.L2(float("nan")), "l2"),
        (lambda: regularizers.L1L2(l2="a"), "l2"),
        (lambda: regularizers.OrthogonalRegularizer(mode="rank"), "mode"),
        (lambda: regularizers.OrthogonalRegularizer()(mk.ops.ones((2,))), "matrix"),
    ]:
        with pytest.raises(ValueError, match=match):
            call()
