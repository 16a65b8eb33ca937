"""What losses are divided by in each era: sample weights, masks, activities."""

import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy import era_scope
from tests.support import values

layers = mk.layers
RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 4, 3)).astype("float32")
Y = RNG.normal(size=(6, 4, 2)).astype("float32")
WEIGHTS = np.array([0.0, 1.0, 2.0, 0.0, 0.5, 3.0], "float32")
STEPS = RNG.integers(0, 3, (6, 4)).astype("float32")
MASK = np.array([[1, 1, 0, 0], [1, 1, 1, 1], [1, 0, 0, 0]] * 2, "float32")


def _evaluated(number, sample_weight=None, masked=False, per_step=False):
    x = np.where(MASK[..., None], X, 0) if masked else X
    with era_scope(number):
        parts = [mk.Input((4, 3)), layers.TimeDistributed(layers.Dense(2))]
        if masked:
            parts.insert(1, layers.Masking())
        model = mk.Sequential(parts)
        mode = {"sample_weight_mode": "temporal"} if per_step else {}
        model.compile("sgd", "mse", **mode)
        found = model.evaluate(x, Y, sample_weight=sample_weight, verbose=0, batch_size=6)
    each = ((values(model.predict(x, verbose=0)) - Y) ** 2).mean(-1)
    return found, each


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.mark.parametrize("number", [1, 2, 3])
def test_weights_of_samples(number):
    found, each = _evaluated(number, WEIGHTS[:, None] if number == 3 else WEIGHTS)
    expected = (each * WEIGHTS[:, None]).mean()
    if number == 1:  # weights of 0 are no samples
        expected /= (WEIGHTS != 0).mean()
    assert np.isclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_weights_of_steps(number):
    found, each = _evaluated(number, STEPS, per_step=True)
    expected = (each * STEPS).mean()
    if number == 1:
        expected /= (STEPS != 0).mean()
    assert np.isclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_masks(number):
    found, each = _evaluated(number, masked=True)
    expected = (each * MASK).mean()
    if number != 2:  # masked steps do not count
        expected /= MASK.mean()
    assert np.isclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("number", [1, 2])
def test_masks_and_weights(number):
    found, each = _evaluated(number, WEIGHTS, masked=True)
    expected = (each * MASK * WEIGHTS[:, None]).mean()
    if number == 1:
        expected /= MASK.mean() * (WEIGHTS != 0).mean()
    assert np.isclose(found, expected, rtol=1e-5)


def test_no_weights_are_the_same_in_all_eras():
    for number in (1, 2, 3):
        found, each = _evaluated(number)
        assert np.isclose(found, each.mean(), rtol=1e-5)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_activities(number):
    x = X[:, 0]
    with era_scope(number):
        dense = layers.Dense(3, kernel_initializer="identity", activity_regularizer="l2")
        model = mk.Sequential([mk.Input((3,)), dense, layers.ActivityRegularization(l1=0.5)])
        model.compile("sgd", "mse")
        found = model.evaluate(x, x, verbose=0)
    penalty = 0.01 * (x**2).sum() + 0.5 * abs(x).sum()
    assert np.isclose(found, penalty / (6 if number == 3 else 1), rtol=1e-5)
    assert type(dense.activity_regularizer) is mk.regularizers.L2
    again = layers.Dense.from_config(dense.get_config())  # in era 3
    y = values(again(mk.ops.convert_to_tensor(x)))
    assert np.isclose(float(values(again.losses[0])), 0.01 * (y**2).sum() / 6, rtol=1e-4)


def test_training_divides_as_evaluation_does():
    """One step on the weights of a linear model, by the formula of Keras 1."""
    x, y, w = X[:, 0], Y[:, 0], WEIGHTS
    with era_scope(1):
        model = mk.Sequential([layers.Dense(2, bias=False, input_dim=3)])
        kernel = values(model.get_weights()[0])
        model.compile(mk.optimizers.SGD(lr=0.1), "mse")
        model.train_on_batch(x, y, sample_weight=w)
    error = (x @ kernel - y) * w[:, None] / (w != 0).sum()
    expected = kernel - 0.1 * x.T @ error  # 2 from the square, 1/2 from the mean of two outputs
    assert np.allclose(values(model.get_weights()[0]), expected, rtol=1e-4, atol=1e-6)


def _of_two_outputs():
    x = mk.Input((3,))
    model = mk.Model(x, [layers.Dense(2, name="a")(x), layers.Dense(1, name="b")(x)])
    with era_scope(2):
        model.compile("sgd", "mse")
    return model


FLAT, A, B = X[:, 0], Y[:, 0], np.array([[0], [1], [1], [0], [2], [1]], "float32")
TABLE = {0: 1.0, 1: 2.0, 2: 0.5}
BY_CLASS = np.array([1.0, 2.0, 2.0, 1.0, 0.5, 2.0])


@pytest.mark.parametrize("as_dict", [True, False])
def test_weights_by_the_names_of_outputs(as_dict):
    model = _of_two_outputs()
    a, b = (values(y) for y in model.predict(FLAT, verbose=0))
    first, second = ((a - A) ** 2).mean(-1), ((b - B) ** 2).mean(-1)
    y = {"a": A, "b": B} if as_dict else [A, B]
    found = model.evaluate(FLAT, y, sample_weight={"a": WEIGHTS}, verbose=0)
    found = found[0] if isinstance(found, list) else found
    assert np.isclose(found, (first * WEIGHTS).mean() + second.mean(), rtol=1e-5)
    found = model.train_on_batch(FLAT, y, class_weight={"b": TABLE})
    found = found[0] if isinstance(found, list) else found
    assert np.isclose(found, first.mean() + (second * BY_CLASS).mean(), rtol=1e-5)
    a, b = (values(y) for y in model.predict(FLAT, verbose=0))
    first, second = ((a - A) ** 2).mean(-1), ((b - B) ** 2).mean(-1)
    weights = {"sample_weight": {"b": WEIGHTS}, "class_weight": {"b": TABLE}}
    history = model.fit(FLAT, y, verbose=0, **weights).history
    expected = first.mean() + (second * BY_CLASS * WEIGHTS).mean()
    assert np.isclose(history["loss"][0], expected, rtol=1e-5)
    with pytest.raises(ValueError, match="no weights for the classes"):
        model.train_on_batch(FLAT, y, class_weight={"b": {0: 1.0}})


@pytest.mark.parametrize(
    "version, era, is_divided",
    [(None, 1, False), ("1.2.2", 1, False), ("2.2.4", 1, False), ("2.3.1", 2, False),
     ("2.2.4-tf", 2, True), ("2.4.0", 2, True), ("2.10.0", 2, True), ("2.11.0", 3, True),
     ("2.15.0", 3, True), ("3.15.0", 3, True)],
)  # fmt: skip
def test_files_tell_what_divides(version, era, is_divided):
    from minikeras.legacy.normalization import settle

    x = FLAT
    model = mk.Sequential([mk.Input((3,)), layers.ActivityRegularization(l1=0.5)])
    model.compile("sgd", "mse")
    settle(model, version)
    assert model._compile_loss.era == era
    expected = 0.5 * abs(x).sum() / (6 if is_divided else 1)
    assert np.isclose(model.evaluate(x, x, verbose=0), expected, rtol=1e-5)
