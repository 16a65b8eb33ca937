"""Metrics against those of Keras: results over batches, states, stateless calls, configurations."""

import warnings

import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras import metrics, ops
from minikeras.backend.masks import set_mask
from tests.support import assert_close, values

rng = np.random.default_rng(3)
BATCHES = 3


def batches(make):
    return [make() for _ in range(BATCHES)]


def real(*shape):
    return batches(lambda: rng.normal(size=shape).astype("float32"))


def uniform(*shape):
    return batches(lambda: rng.uniform(0, 1, shape).astype("float32"))


def bits(*shape):
    return batches(lambda: rng.integers(0, 2, shape).astype("float32"))


def labels(classes, *shape):
    return batches(lambda: rng.integers(0, classes, shape).astype("int32"))


def one_hot(classes, *shape):
    return [np.eye(classes, dtype="float32")[x] for x in labels(classes, *shape)]


def shares(*shape):
    found = uniform(*shape)
    return [(x + 0.05) / (x + 0.05).sum(-1, keepdims=True) for x in found]


def sorted_ids(classes, n):
    return batches(lambda: np.stack([rng.permutation(classes) for _ in range(n)]).astype("float32"))


N = 8
ROW, MATRIX = (N,), (N, 4)
THREE = {"thresholds": [0.2, 0.5, 0.7]}
EVEN = {"thresholds": [0.0, 0.25, 0.5, 0.75, 1.0]}


def both(kind, **arguments):
    return getattr(metrics, kind)(**arguments), getattr(keras.metrics, kind)(**arguments)


def tensors(*arrays):
    return [None if a is None else ops.convert_to_tensor(a) for a in arrays]


def assert_same_state(ours, theirs):
    assert [v.name for v in ours.variables] == [v.name for v in theirs.variables]
    assert_close([v.value for v in ours.variables], [v.value for v in theirs.variables], 3e-5, 5e-5)
    assert not any(v.trainable for v in ours.variables)


@pytest.mark.parametrize("weight_shape", [None, (4,), (4, 5)])
def test_masks_of_predictions(weight_shape):
    y_true, y_pred = (rng.normal(size=(4, 5, 2)).astype("float32") for _ in range(2))
    mask = rng.random((4, 5)) < 0.5
    weight = None if weight_shape is None else rng.uniform(0, 2, (4, 5)).astype("float32")
    ours, theirs = both("MeanSquaredError")
    found, expected = ops.convert_to_tensor(y_pred), keras.ops.array(y_pred)
    set_mask(found, ops.convert_to_tensor(mask))
    expected._keras_mask = keras.ops.array(mask)
    assert_close(
        ours(ops.convert_to_tensor(y_true), found, *tensors(weight)),
        theirs(y_true, expected, weight),
    )


def test_predictions_on_thresholds():
    """Equal to a threshold is not above it, also where predictions are sorted into bins."""
    y_true = np.array([0, 1, 0, 1, 1, 0], "float32")
    y_pred = np.array([0.0, 0.25, 0.5, 0.75, 1.0, 1.0], "float32")
    for kind, arguments in (("TruePositives", EVEN), ("FalsePositives", EVEN), ("AUC", {})):
        ours, theirs = both(kind, **arguments)
        assert_close(ours(*tensors(y_true, y_pred)), theirs(y_true, y_pred))


def test_names_are_those_of_keras():
    from keras.src.metrics import ALL_OBJECTS_DICT

    assert set(metrics.TABLE) == set(ALL_OBJECTS_DICT)
    for name, expected in ALL_OBJECTS_DICT.items():
        assert metrics.TABLE[name].__name__ == expected.__name__
    for line in dir(keras.metrics):
        assert line.startswith("_") or hasattr(metrics, line), line


def test_get():
    assert metrics.get(None) is None
    assert isinstance(metrics.get("mse"), metrics.MeanSquaredError)
    assert isinstance(metrics.get(metrics.AUC), metrics.AUC)
    assert metrics.get(metrics.huber) is metrics.huber
    assert metrics.get({"class_name": "AUC", "config": {"curve": "PR"}}).curve == "PR"
    assert metrics.deserialize("own", custom_objects={"own": metrics.Sum}).name == "sum"
    with pytest.raises(ValueError, match=r"Unknown metric: 'precison'.*precision"):
        metrics.get("precison")


def test_wrapped_function_comes_back():
    metric = metrics.MeanMetricWrapper(metrics.huber, name="own", delta=0.5)
    theirs = keras.metrics.MeanMetricWrapper(keras.metrics.huber, name="own", delta=0.5)
    assert metric.get_config() == theirs.get_config()
    twin = metrics.deserialize(metrics.serialize(metric))
    assert_close(twin([[0.0]], [[1.0]]), np.float32(0.375))


def test_a_metric_of_ones_own():
    class Spread(metrics.Metric):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.parts = [metrics.Mean(name="first"), metrics.Mean(name="second")]
            self.total = self.add_weight(name="total")
            self.table = self.add_variable((2, 3), "ones", dtype="int32", name="table")
            self.late = []

        def update_state(self, values):
            self.parts[0].update_state(values)
            self.total.assign_add(ops.sum(values))

        def result(self):
            return {"mean": self.parts[0].result(), "total": self.total.value}

    metric = Spread(name="spread/er")
    assert [v.name for v in metric.variables] == ["total", "table"] + ["total", "count"] * 2
    assert metric.total.path == "spread>er/total"
    metric.late.append(metrics.Sum())
    assert len(metric.variables) == 7
    found = metric(ops.convert_to_tensor([1.0, 3.0]))
    assert_close(found, {"mean": np.float32(2), "total": np.float32(4)})
    metric.reset_state()
    assert not any(values(v.value).any() for v in metric.variables)
    assert metric.get_config() == {"name": "spread/er", "dtype": "float32"}
    with pytest.raises(TypeError, match="defines no method update_state"):
        metrics.Metric()(1)

    class Forgetful(metrics.Metric):
        def __init__(self):
            self.add_weight()

    with pytest.raises(RuntimeError, match=r"must call super\(\).__init__"):
        Forgetful()


WRONG = [
    ("R2Score", {"class_aggregation": "sum"}, "argument `class_aggregation`"),
    ("R2Score", {"num_regressors": -1}, "num_regressors must be at least 0"),
    ("FBetaScore", {"average": "mean"}, "average must be one of"),
    ("FBetaScore", {"beta": 1}, "beta must be a float above 0"),
    ("FBetaScore", {"threshold": 1.5}, "threshold must be None or a float"),
    ("Precision", {"thresholds": [0.5, 1.5]}, r"between 0 and 1. Received: \[1.5\]"),
    ("AUC", {"curve": "FOO"}, "curve must be one of.*'FOO'"),
    ("AUC", {"summation_method": "foo"}, "summation_method must be one of"),
    ("AUC", {"num_thresholds": 1}, "num_thresholds must be at least 2"),
    ("AUC", {"num_labels": 2}, "num_labels goes with multi_label=True"),
    ("PrecisionAtRecall", {"recall": 1.2}, "recall must lie between 0 and 1"),
    ("RecallAtPrecision", {"precision": 0.5, "num_thresholds": 0}, "must be at least 1"),
    ("IoU", {"num_classes": 2, "target_class_ids": [2]}, "between 0 and 1, as num_classes is 2"),
]


@pytest.mark.parametrize("kind, arguments, message", WRONG)
def test_wrong_arguments(kind, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(metrics, kind)(**arguments)


def test_wrong_shapes_and_warnings():
    with pytest.raises(ValueError, match=r"R2Score takes tensors of shape \(batch, outputs\)"):
        metrics.R2Score()(*tensors(np.zeros(3), np.zeros(3)))
    with pytest.raises(ValueError, match="F1Score takes tensors of shape"):
        metrics.F1Score()(*tensors(np.zeros(3), np.zeros(3)))
    with pytest.raises(ValueError, match="must have shape"):
        metrics.AUC(multi_label=True)(*tensors(np.zeros(3), np.zeros(3)))
    with pytest.raises(ValueError, match="class_id=1 needs predictions of shape"):
        metrics.Recall(class_id=1)(*tensors(np.zeros(3), np.zeros(3)))
    with pytest.warns(UserWarning, match="casting drops fractions"):
        metrics.MeanIoU(2)(*tensors(np.zeros(3, int), np.zeros(3, int), np.ones(3)))
    few = [np.ones((2, 1), "float32"), np.zeros((2, 1), "float32")]
    with pytest.warns(UserWarning, match="cannot be adjusted for 5 regressors with 2 samples"):
        metrics.R2Score(num_regressors=5)(*tensors(*few))


def test_states_are_followed_by_no_tape():
    metric = metrics.MeanSquaredError()
    with warnings.catch_warnings(), mk.GradientTape() as tape:
        x = tape.watch(ops.convert_to_tensor(np.ones((2, 1), "float32")))
        metric.update_state(ops.zeros((2, 1)), x)
        loss = ops.sum(x)
    assert_close(tape.gradient(loss, x), np.ones((2, 1), "float32"))
    assert_close(metric.result(), np.float32(1))
