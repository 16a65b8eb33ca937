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
# Class, arguments, targets, predictions, shapes of weights.
ROWS = [
    ("Accuracy", {}, labels(3, N), labels(3, N), [ROW]),
    ("Accuracy", {}, labels(3, N, 1), labels(3, N, 1), [ROW, (N, 1)]),
    ("BinaryAccuracy", {}, bits(N, 4), uniform(N, 4), [ROW, MATRIX]),
    ("BinaryAccuracy", {"threshold": 0.3}, bits(N), uniform(N, 1), [ROW, (N, 1)]),
    ("CategoricalAccuracy", {}, one_hot(4, N), shares(N, 4), [ROW]),
    ("CategoricalAccuracy", {}, one_hot(3, N, 2), shares(N, 2, 3), [ROW, (N, 2)]),
    ("SparseCategoricalAccuracy", {}, labels(4, N), shares(N, 4), [ROW]),
    ("SparseCategoricalAccuracy", {}, labels(4, N, 1), shares(N, 4), [ROW, (N, 1)]),
    ("SparseCategoricalAccuracy", {}, labels(3, N, 2), shares(N, 2, 3), [ROW, (N, 2)]),
    ("TopKCategoricalAccuracy", {"k": 2}, one_hot(5, N), shares(N, 5), [ROW]),
    ("TopKCategoricalAccuracy", {"k": 1}, one_hot(5, N, 2), shares(N, 2, 5), [(N, 2)]),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, labels(5, N), shares(N, 5), [ROW]),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, labels(5, N, 2), shares(N, 2, 5), [(N, 2)]),
    (
        "SparseTopKCategoricalAccuracy",
        {"k": 2, "from_sorted_ids": True},
        labels(5, N),
        sorted_ids(5, N),
        [ROW],
    ),
    ("MeanSquaredError", {}, real(N, 4), real(N, 4), [ROW]),
    ("MeanSquaredError", {}, real(N, 2, 4), real(N, 2, 4), [ROW, (N, 2)]),
    ("RootMeanSquaredError", {}, real(N, 4), real(N, 4), [ROW, MATRIX]),
    ("RootMeanSquaredError", {}, real(N), real(N, 1), [ROW]),
    ("MeanAbsoluteError", {}, real(N, 4), real(N, 4), [ROW]),
    ("MeanAbsolutePercentageError", {}, real(N, 4), real(N, 4), [ROW]),
    ("MeanSquaredLogarithmicError", {}, uniform(N, 4), uniform(N, 4), [ROW]),
    ("CosineSimilarity", {}, real(N, 4), real(N, 4), [ROW]),
    ("CosineSimilarity", {"axis": 1}, real(N, 2, 4), real(N, 2, 4), [ROW]),
    ("LogCoshError", {}, real(N, 4), real(N, 4), [ROW]),
    ("R2Score", {}, real(N, 4), real(N, 4), [ROW, MATRIX]),
    ("R2Score", {"class_aggregation": None}, real(N, 4), real(N, 4), [ROW]),
    (
        "R2Score",
        {"class_aggregation": "variance_weighted_average", "num_regressors": 2},
        real(N, 4),
        real(N, 4),
        [ROW],
    ),
    ("KLDivergence", {}, shares(N, 4), shares(N, 4), [ROW]),
    ("Poisson", {}, uniform(N, 4), uniform(N, 4), [ROW]),
    ("BinaryCrossentropy", {}, bits(N, 4), uniform(N, 4), [ROW]),
    (
        "BinaryCrossentropy",
        {"from_logits": True, "label_smoothing": 0.1},
        bits(N, 4),
        real(N, 4),
        [ROW],
    ),
    ("CategoricalCrossentropy", {}, one_hot(4, N), shares(N, 4), [ROW]),
    (
        "CategoricalCrossentropy",
        {"from_logits": True, "label_smoothing": 0.2},
        one_hot(4, N),
        real(N, 4),
        [ROW],
    ),
    ("SparseCategoricalCrossentropy", {}, labels(4, N), shares(N, 4), [ROW]),
    (
        "SparseCategoricalCrossentropy",
        {"ignore_class": 1, "from_logits": True},
        labels(4, N),
        real(N, 4),
        [ROW],
    ),
    ("Hinge", {}, bits(N, 4), real(N, 4), [ROW]),
    ("SquaredHinge", {}, bits(N, 4), real(N, 4), [ROW]),
    ("CategoricalHinge", {}, one_hot(4, N), real(N, 4), [ROW]),
    ("PearsonCorrelation", {}, real(N, 4), real(N, 4), [ROW]),
    ("PearsonCorrelation", {"axis": 0}, real(N, 4), real(N, 4), []),
    ("ConcordanceCorrelation", {}, real(N, 4), real(N, 4), [ROW]),
    ("FalsePositives", {}, bits(N, 4), uniform(N, 4), [ROW, MATRIX]),
    ("FalseNegatives", THREE, bits(N), uniform(N, 1), [ROW]),
    ("TrueNegatives", EVEN, bits(N, 4), uniform(N, 4), [ROW, MATRIX]),
    ("TruePositives", THREE, bits(N, 4), uniform(N, 4), [ROW]),
    ("Precision", {}, bits(N), uniform(N), [ROW]),
    ("Precision", EVEN, bits(N, 4), uniform(N, 4), [ROW, MATRIX]),
    ("Precision", {"top_k": 2}, bits(N, 4), uniform(N, 4), [ROW]),
    ("Precision", {"top_k": 2, "class_id": 1}, bits(N, 4), uniform(N, 4), [ROW]),
    ("Recall", {}, bits(N, 4), uniform(N, 4), [ROW, MATRIX]),
    ("Recall", {"class_id": 2, **THREE}, bits(N, 4), uniform(N, 4), [ROW]),
    ("Recall", {"thresholds": 0.3, "top_k": 3}, bits(N, 4), uniform(N, 4), [ROW]),
    ("SensitivityAtSpecificity", {"specificity": 0.4}, bits(N), uniform(N), [ROW]),
    (
        "SpecificityAtSensitivity",
        {"sensitivity": 0.5, "num_thresholds": 1},
        bits(N),
        uniform(N),
        [ROW],
    ),
    (
        "PrecisionAtRecall",
        {"recall": 0.6, "num_thresholds": 10, "class_id": 1},
        bits(N, 4),
        uniform(N, 4),
        [ROW],
    ),
    ("RecallAtPrecision", {"precision": 0.3}, bits(N, 4), uniform(N, 4), [MATRIX]),
    ("AUC", {}, bits(N), uniform(N), [ROW]),
    ("AUC", {"curve": "PR"}, bits(N, 4), uniform(N, 4), [ROW, MATRIX]),
    ("AUC", {"curve": "PRGAIN"}, bits(N), uniform(N), [ROW]),
    ("AUC", {"summation_method": "majoring", "num_thresholds": 7}, bits(N), uniform(N), [ROW]),
    (
        "AUC",
        {"curve": "PR", "summation_method": "minoring", "thresholds": [0.7, 0.2]},
        bits(N),
        uniform(N),
        [ROW],
    ),
    ("AUC", {"from_logits": True}, bits(N, 1), real(N, 1), [ROW]),
    ("AUC", {"multi_label": True}, bits(N, 4), uniform(N, 4), [ROW, MATRIX]),
    (
        "AUC",
        {"multi_label": True, "num_labels": 2, "label_weights": [0.3, 0.7], "curve": "PR"},
        bits(N, 2),
        uniform(N, 2),
        [ROW],
    ),
    (
        "AUC",
        {"multi_label": True, "thresholds": [0.1, 0.6], "label_weights": [0.3, 0.7]},
        bits(N, 2),
        uniform(N, 2),
        [ROW],
    ),
    ("AUC", {"label_weights": [1.0, 2.0, 3.0, 4.0]}, bits(N, 4), uniform(N, 4), [ROW]),
    ("IoU", {"num_classes": 3, "target_class_ids": [0, 2]}, labels(3, N), labels(3, N), [ROW]),
    (
        "IoU",
        {"num_classes": 3, "target_class_ids": (1,), "sparse_y_pred": False, "ignore_class": 0},
        labels(5, N, 2),
        shares(N, 2, 3),
        [(N, 2)],
    ),
    ("BinaryIoU", {"threshold": 0.4}, labels(2, N), uniform(N), [ROW]),
    ("MeanIoU", {"num_classes": 4, "dtype": "float32"}, labels(4, N), labels(4, N), [ROW]),
    ("MeanIoU", {"num_classes": 6}, labels(4, N), labels(4, N), [ROW]),
    (
        "OneHotIoU",
        {"num_classes": 3, "target_class_ids": [1, 2]},
        one_hot(3, N),
        shares(N, 3),
        [ROW],
    ),
    (
        "OneHotMeanIoU",
        {"num_classes": 3, "sparse_y_pred": True, "ignore_class": 1},
        one_hot(3, N),
        labels(3, N),
        [ROW],
    ),
    ("FBetaScore", {"beta": 2.0}, bits(N, 4), uniform(N, 4), [ROW]),
    ("FBetaScore", {"average": "micro", "threshold": 0.4}, bits(N, 4), uniform(N, 4), [ROW]),
    ("FBetaScore", {"average": "weighted", "beta": 0.5}, bits(N, 4), uniform(N, 4), [ROW]),
    ("F1Score", {"average": "macro", "threshold": 0.5}, bits(N, 4), uniform(N, 4), [ROW]),
    ("F1Score", {}, one_hot(4, N), shares(N, 4), [ROW]),
]
IDS = [f"{i}-{row[0]}" for i, row in enumerate(ROWS)]


def both(kind, **arguments):
    return getattr(metrics, kind)(**arguments), getattr(keras.metrics, kind)(**arguments)


def tensors(*arrays):
    return [None if a is None else ops.convert_to_tensor(a) for a in arrays]


def assert_same_state(ours, theirs):
    assert [v.name for v in ours.variables] == [v.name for v in theirs.variables]
    assert_close([v.value for v in ours.variables], [v.value for v in theirs.variables], 3e-5, 5e-5)
    assert not any(v.trainable for v in ours.variables)


def weights_for(metric, shape):
    if shape is None:
        return [None] * BATCHES
    if "int" in metric.dtype:
        return batches(lambda: rng.integers(0, 4, shape).astype("int32"))
    return batches(lambda: rng.uniform(0.1, 2.0, shape).astype("float32"))


@pytest.mark.parametrize("kind, arguments, y_true, y_pred, shapes", ROWS, ids=IDS)
def test_results_over_batches(kind, arguments, y_true, y_pred, shapes):
    for shape in [None, *shapes]:
        ours, theirs = both(kind, **arguments)
        weights = weights_for(ours, shape)
        for batch in zip(y_true, y_pred, weights):
            assert ours.update_state(*tensors(*batch)) is None
            theirs.update_state(*batch)
            assert_close(ours.result(), theirs.result(), rtol=5e-5, atol=1e-5)
        assert_same_state(ours, theirs)
        ours.reset_state()
        theirs.reset_state()
        assert_same_state(ours, theirs)
        one = [array[0] for array in (y_true, y_pred, weights)]
        assert_close(ours(*tensors(*one)), theirs(*one), rtol=5e-5, atol=1e-5)


@pytest.mark.parametrize("kind, arguments, y_true, y_pred, shapes", ROWS, ids=IDS)
def test_configurations(kind, arguments, y_true, y_pred, shapes):
    ours, theirs = both(kind, **arguments, name="own")
    assert ours.name == theirs.name == "own"
    assert ours.dtype == theirs.dtype

    def plain(value):
        if isinstance(value, (list, tuple)):
            return [plain(entry) for entry in value]
        return np.round(value, 6).tolist() if isinstance(value, float) else value

    expected = theirs.get_config()
    if expected.get("label_weights") is not None:
        expected["label_weights"] = expected["label_weights"].tolist()
    if kind == "CosineSimilarity" and arguments:
        expected["axis"] = 1  # Keras forgets it
    found = ours.get_config()
    assert {key: plain(value) for key, value in found.items()} == {
        key: plain(value) for key, value in expected.items()
    }
    form = metrics.serialize(ours)
    for key in ("module", "class_name", "registered_name"):
        assert form[key] == keras.metrics.serialize(theirs)[key]
    twin = metrics.deserialize(form)
    assert type(twin) is type(ours)
    batch = tensors(y_true[0], y_pred[0])
    assert_close(twin(*batch), ours(*batch))


@pytest.mark.parametrize("kind, arguments, y_true, y_pred, shapes", ROWS, ids=IDS)
def test_stateless_calls(kind, arguments, y_true, y_pred, shapes):
    ours, theirs = (metric for metric in both(kind, **arguments))
    for metric, convert in ((ours, tensors), (theirs, lambda *arrays: arrays)):
        metric.update_state(*convert(y_true[0], y_pred[0]))
    before = [values(v.value).copy() for v in ours.variables]
    updated = ours.stateless_update_state(
        [v.value for v in ours.variables], *tensors(y_true[1], y_pred[1])
    )
    expected = theirs.stateless_update_state(
        [v.value for v in theirs.variables], y_true[1], y_pred[1]
    )
    assert_close(updated, expected, rtol=3e-5, atol=1e-5)
    assert_close([v.value for v in ours.variables], before)
    assert_close(
        ours.stateless_result(updated), theirs.stateless_result(expected), rtol=5e-5, atol=1e-5
    )
    assert_close(ours.stateless_reset_state(), theirs.stateless_reset_state())
    with pytest.raises(ValueError, match="one value for each of the"):
        ours.stateless_update_state([], *tensors(y_true[1], y_pred[1]))


REDUCED = {
    "scalar": [np.float32(1.5), np.float32(-2.0)],
    "vector": [rng.normal(size=n).astype("float32") for n in (4, 3)],
    "matrix": [rng.normal(size=(n, 3)).astype("float32") for n in (4, 2)],
    "cube": [rng.normal(size=(n, 3, 2)).astype("float32") for n in (4, 2)],
}
WEIGHTS = {
    "scalar": [()],
    "vector": [(), (1,)],
    "matrix": [(), ("n",), ("n", 1), ("n", 3)],
    "cube": [(), ("n",), ("n", 3), ("n", 3, 2), ("n", 3, 1), ("n", 1, 1)],
}


@pytest.mark.parametrize("kind", ["Mean", "Sum"])
@pytest.mark.parametrize("data", REDUCED)
def test_sums_and_means(kind, data):
    for shape in [None, *WEIGHTS[data]]:
        ours, theirs = both(kind)
        for batch in REDUCED[data]:
            weight = None
            if shape is not None:
                shape_now = tuple(batch.shape[0] if n == "n" else n for n in shape)
                weight = rng.uniform(0, 2, shape_now).astype("float32")
            assert_close(ours(*tensors(batch, weight)), theirs(batch, weight))
        assert_same_state(ours, theirs)
    ours, theirs = both(kind, dtype="float64")
    assert_close(ours([1, 2, 3]), theirs([1, 2, 3]))
    assert_close(ours(4), theirs(4))


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


FUNCTIONS = [
    ("binary_accuracy", {"threshold": 0.7}, bits(N, 4)[0], uniform(N, 4)[0]),
    ("categorical_accuracy", {}, one_hot(4, N)[0], shares(N, 4)[0]),
    ("sparse_categorical_accuracy", {}, labels(4, N, 1)[0], shares(N, 4)[0]),
    ("sparse_categorical_accuracy", {}, labels(4, N, 3)[0], shares(N, 3, 4)[0]),
    ("top_k_categorical_accuracy", {"k": 2}, one_hot(4, N)[0], shares(N, 4)[0]),
    ("sparse_top_k_categorical_accuracy", {"k": 3}, labels(4, N, 3)[0], shares(N, 3, 4)[0]),
    ("pearson_correlation", {"axis": 0}, real(N, 4)[0], real(N, 4)[0]),
    ("concordance_correlation", {"axis": 0}, real(N, 4)[0], real(N, 4)[0]),
]


@pytest.mark.parametrize("name, arguments, y_true, y_pred", FUNCTIONS)
def test_functions(name, arguments, y_true, y_pred):
    found = getattr(metrics, name)(*tensors(y_true, y_pred), **arguments)
    expected = getattr(keras.metrics, name)(y_true, y_pred, **arguments)
    # In JAX's 64 bit mode some of these become float64.
    assert_close(found, expected, rtol=2e-5, atol=2e-6, dtype="accuracy" in name)


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
    ("R2Score", {"class_aggregation": "sum"}, "class_aggregation must be one of"),
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
    with pytest.warns(UserWarning, match="lose their fractions"):
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
