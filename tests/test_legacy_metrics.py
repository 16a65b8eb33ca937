"""Metrics as in Keras 1 and 2: resetting, orders of arguments, Reduce, measures of batches."""

import numpy as np
import pytest

import minikeras as mk
from minikeras.legacy import era_scope
from tests.support import assert_close, values

metrics = mk.metrics
RNG = np.random.default_rng(0)
TRUE = (RNG.random((20, 3)) > 0.5).astype("float32")
GUESS = RNG.random((20, 3)).astype("float32")
T = mk.ops.convert_to_tensor


class Total(metrics.Metric):
    """A metric as one wrote it for Keras 2."""

    def __init__(self, name="total", **kwargs):
        super().__init__(name=name, **kwargs)
        self.total = self.add_weight("total", (), "zeros")
        self.resets = 0

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(mk.ops.sum(y_pred))

    def result(self):
        return self.total

    def reset_states(self):
        self.resets += 1
        super().reset_states()


def test_states_are_reset_by_both_names():
    for metric in (metrics.Mean("mean"), metrics.AUC(), Total(trainable=False)):
        if isinstance(metric, metrics.AUC):
            metric.update_state(T(TRUE), T(GUESS))
        elif isinstance(metric, Total):
            metric.update_state(None, T(GUESS))
        else:
            metric.update_state(T(GUESS))
        assert any(np.any(values(v.value)) for v in metric.variables)
        metric.reset_states()
        assert not any(np.any(values(v.value)) for v in metric.variables)
    assert metric.resets == 1
    metric.reset_state()
    assert metric.resets == 2


def test_a_metric_of_old_in_training():
    model = mk.Sequential([mk.layers.Dense(3, input_dim=3)])
    total = Total()
    model.compile("sgd", "mse", metrics=[total])
    model.fit(T(GUESS), T(TRUE), epochs=2, verbose=0)
    assert total.resets >= 1
    found = model.evaluate(T(GUESS), T(TRUE), verbose=0)
    assert np.isclose(found[1], values(model.predict(T(GUESS), verbose=0)).sum(), rtol=1e-5)


def test_the_name_stood_first():
    class Any(metrics.Metric):
        def update_state(self):
            pass

    metric = Any("mine", "float64")
    assert (metric.name, metric.dtype) == ("mine", "float64")
    assert Any("float16", "mine").dtype == "float16"
    weight = metric.add_weight("count", (2,), "ones")
    assert weight.name == "count" and values(weight.value).tolist() == [1.0, 1.0]
    with pytest.raises(TypeError, match="colour"):
        Any("mine", colour=1)


REDUCED = [
    ("sum", None, 16.0), ("sum", [1, 1, 0, 0], 4.0), ("sum_over_batch_size", None, 4.0),
    ("sum_over_batch_size", [1, 1, 0, 0], 1.0), ("weighted_mean", None, 4.0),
    ("weighted_mean", [1, 1, 0, 0], 2.0),
]  # fmt: skip


@pytest.mark.parametrize("reduction, weights, expected", REDUCED)
def test_reduce(reduction, weights, expected):
    metric = metrics.Reduce(reduction, "mine")
    weights = None if weights is None else T(np.array(weights, "float32"))
    metric.update_state(T(np.array([1.0, 3.0, 5.0, 7.0], "float32")), weights)
    assert float(values(metric.result())) == expected
    again = metrics.Reduce.from_config(metric.get_config())
    assert (again.reduction, again.name) == (reduction, "mine")
    with pytest.raises(ValueError, match="reduction must be"):
        metrics.Reduce("none", "mine")


def test_reduce_weighs_rows():
    metric = metrics.Reduce("weighted_mean", "mine")
    metric.update_state(T(GUESS), T(np.arange(20, dtype="float32")))
    weights = np.arange(20)[:, None] * np.ones(3)
    assert np.isclose(float(values(metric.result())), np.average(GUESS, weights=weights))


def test_accuracy_was_a_function():
    assert values(metrics.accuracy(T([1, 2]), T([1, 3]))).tolist() == [1.0, 0.0]
    from minikeras.metrics.accuracy import Accuracy

    assert Accuracy is metrics.Accuracy


def test_measures_of_keras_1():
    said = GUESS > 0.5
    is_so = TRUE > 0.5
    both = (said & is_so).sum()
    p, r = both / said.sum(), both / is_so.sum()
    expected = {
        "precision": p, "recall": r, "fmeasure": 2 * p * r / (p + r),
        "f1score": 2 * p * r / (p + r),
        "matthews_correlation": np.corrcoef(said.ravel(), is_so.ravel())[0, 1],
    }  # fmt: skip
    for name, value in expected.items():
        found = getattr(metrics, name)(T(TRUE), T(GUESS))
        assert np.isclose(float(values(found)), value, atol=1e-5), name
    found = metrics.fbeta_score(T(TRUE), T(GUESS), beta=2)
    assert np.isclose(float(values(found)), 5 * p * r / (4 * p + r), atol=1e-5)
    assert float(values(metrics.fbeta_score(T(0 * TRUE), T(GUESS)))) == 0.0
    with pytest.raises(ValueError, match="negative"):
        metrics.fbeta_score(T(TRUE), T(GUESS), beta=-1)


def test_names_of_measures_in_compile():
    """In Keras 1 the log of an epoch is the mean over the samples of what batches gave."""
    model = mk.Sequential([mk.Input((3,)), mk.layers.Identity()])
    with era_scope(1):
        model.compile("sgd", "mse", metrics=["precision", metrics.recall, "fmeasure"])
        found = model.evaluate(T(GUESS), T(TRUE), batch_size=8, verbose=0, return_dict=True)
    parts = [slice(0, 8), slice(8, 16), slice(16, 20)]
    for name in ("precision", "recall", "fmeasure"):
        each = [float(values(getattr(metrics, name)(T(TRUE[s]), T(GUESS[s])))) for s in parts]
        assert np.isclose(found[name], np.average(each, weights=[8, 8, 4]), atol=1e-6), name


def test_cosine_proximity_was_a_mean_in_keras_1():
    cosine = (TRUE * GUESS).sum(-1) / np.linalg.norm(GUESS, axis=-1)
    cosine = cosine / np.maximum(np.linalg.norm(TRUE, axis=-1), 1e-6)
    for number, divisor in ((1, 3), (2, 1), (3, 1)):
        with era_scope(number):
            found = mk.losses.cosine_proximity(T(TRUE), T(GUESS))
        assert_close(found, (-cosine / divisor).astype("float32"), rtol=1e-5, atol=1e-6)
