"""Rows of metrics, over batches, and of metric functions, with their runner."""

import inspect

import keras
import numpy as np

import minikeras as mk
from minikeras import metrics
from tests.oracle.class_row import built, found, of_library, row, tensors
from tests.oracle.record import comparing
from tests.support import assert_close, values

random = np.random.default_rng(3)
BATCHES = 3


def batches(make):
    return [make() for _ in range(BATCHES)]


def real(*shape):
    return batches(lambda: random.normal(size=shape).astype("float32"))


def uniform(*shape):
    return batches(lambda: random.uniform(0, 1, shape).astype("float32"))


def bits(*shape):
    return batches(lambda: random.integers(0, 2, shape).astype("float32"))


def labels(classes, *shape):
    return batches(lambda: random.integers(0, classes, shape).astype("int32"))


def one_hot(classes, *shape):
    return [np.eye(classes, dtype="float32")[x] for x in labels(classes, *shape)]


def shares(*shape):
    return [(x + 0.05) / (x + 0.05).sum(-1, keepdims=True) for x in uniform(*shape)]


def one_first(classes, *shape):
    """One-hot vectors along axis 0."""
    return [np.moveaxis(x, -1, 0) for x in one_hot(classes, *shape)]


def shares_first(classes, *shape):
    return [np.moveaxis(x, -1, 0) for x in shares(*shape, classes)]


def sorted_ids(classes, n):
    return batches(
        lambda: np.stack([random.permutation(classes) for _ in range(n)]).astype("float32")
    )


N = 8
ROW, MATRIX = (N,), (N, 4)
THREE = {"thresholds": [0.2, 0.5, 0.7]}
EVEN = {"thresholds": [0.0, 0.25, 0.5, 0.75, 1.0]}
HUBER = of_library("losses.huber")

REDUCED = {
    "scalar": [np.float32(1.5), np.float32(-2.0)],
    "vector": [random.normal(size=n).astype("float32") for n in (4, 3)],
    "matrix": [random.normal(size=(n, 3)).astype("float32") for n in (4, 2)],
    "cube": [random.normal(size=(n, 3, 2)).astype("float32") for n in (4, 2)],
}
WEIGHTS = {
    "scalar": [()],
    "vector": [(), (1,)],
    "matrix": [(), ("n",), ("n", 1), ("n", 3)],
    "cube": [(), ("n",), ("n", 3), ("n", 3, 2), ("n", 3, 1), ("n", 1, 1)],
}


def wrapper(**arguments):
    return row("metrics.MeanMetricWrapper", real(N, 4), real(N, 4), [ROW], **arguments)


# Targets, predictions and the shapes of weights; or what is summed, and the shapes of weights.
ROWS = [
    row("metrics.Accuracy", labels(3, N), labels(3, N), [ROW]),
    row("metrics.Accuracy", labels(3, N, 1), labels(3, N, 1), [ROW, (N, 1)]),
    row("metrics.BinaryAccuracy", bits(N, 4), uniform(N, 4), [ROW, MATRIX]),
    row("metrics.BinaryAccuracy", bits(N), uniform(N, 1), [ROW, (N, 1)], threshold=0.3),
    row("metrics.CategoricalAccuracy", one_hot(4, N), shares(N, 4), [ROW]),
    row("metrics.CategoricalAccuracy", one_hot(3, N, 2), shares(N, 2, 3), [ROW, (N, 2)]),
    row("metrics.SparseCategoricalAccuracy", labels(4, N), shares(N, 4), [ROW]),
    row("metrics.SparseCategoricalAccuracy", labels(4, N, 1), shares(N, 4), [ROW, (N, 1)]),
    row("metrics.SparseCategoricalAccuracy", labels(3, N, 2), shares(N, 2, 3), [ROW, (N, 2)]),
    row("metrics.TopKCategoricalAccuracy", one_hot(5, N), shares(N, 5), [ROW], k=2),
    row("metrics.TopKCategoricalAccuracy", one_hot(5, N, 2), shares(N, 2, 5), [(N, 2)], k=1),
    row("metrics.SparseTopKCategoricalAccuracy", labels(5, N), shares(N, 5), [ROW], k=2),
    row("metrics.SparseTopKCategoricalAccuracy", labels(5, N, 2), shares(N, 2, 5), [(N, 2)], k=3),
    row(
        "metrics.SparseTopKCategoricalAccuracy",
        labels(5, N),
        sorted_ids(5, N),
        [ROW],
        k=2,
        from_sorted_ids=True,
    ),
    row("metrics.MeanSquaredError", real(N, 4), real(N, 4), [ROW]),
    row("metrics.MeanSquaredError", real(N, 2, 4), real(N, 2, 4), [ROW, (N, 2)]),
    row("metrics.RootMeanSquaredError", real(N, 4), real(N, 4), [ROW, MATRIX]),
    row("metrics.RootMeanSquaredError", real(N), real(N, 1), [ROW]),
    row("metrics.MeanAbsoluteError", real(N, 4), real(N, 4), [ROW]),
    row("metrics.MeanAbsolutePercentageError", real(N, 4), real(N, 4), [ROW]),
    row("metrics.MeanSquaredLogarithmicError", uniform(N, 4), uniform(N, 4), [ROW]),
    row("metrics.CosineSimilarity", real(N, 4), real(N, 4), [ROW]),
    row("metrics.CosineSimilarity", real(N, 2, 4), real(N, 2, 4), [ROW], axis=1),
    row("metrics.LogCoshError", real(N, 4), real(N, 4), [ROW]),
    row("metrics.R2Score", real(N, 4), real(N, 4), [ROW, MATRIX]),
    row("metrics.R2Score", real(N, 4), real(N, 4), [ROW], class_aggregation=None),
    row(
        "metrics.R2Score",
        real(N, 4),
        real(N, 4),
        [ROW],
        class_aggregation="variance_weighted_average",
        num_regressors=2,
    ),
    row("metrics.KLDivergence", shares(N, 4), shares(N, 4), [ROW]),
    row("metrics.Poisson", uniform(N, 4), uniform(N, 4), [ROW]),
    row("metrics.BinaryCrossentropy", bits(N, 4), uniform(N, 4), [ROW]),
    row(
        "metrics.BinaryCrossentropy",
        bits(N, 4),
        real(N, 4),
        [ROW],
        from_logits=True,
        label_smoothing=0.1,
    ),
    row("metrics.CategoricalCrossentropy", one_hot(4, N), shares(N, 4), [ROW]),
    row(
        "metrics.CategoricalCrossentropy",
        one_hot(4, N),
        real(N, 4),
        [ROW],
        from_logits=True,
        label_smoothing=0.2,
    ),
    row("metrics.SparseCategoricalCrossentropy", labels(4, N), shares(N, 4), [ROW]),
    row(
        "metrics.SparseCategoricalCrossentropy",
        labels(4, N),
        real(N, 4),
        [ROW],
        ignore_class=1,
        from_logits=True,
    ),
    row("metrics.Hinge", bits(N, 4), real(N, 4), [ROW]),
    row("metrics.SquaredHinge", bits(N, 4), real(N, 4), [ROW]),
    row("metrics.CategoricalHinge", one_hot(4, N), real(N, 4), [ROW]),
    row("metrics.PearsonCorrelation", real(N, 4), real(N, 4), [ROW]),
    row("metrics.PearsonCorrelation", real(N, 4), real(N, 4), [], axis=0),
    row("metrics.ConcordanceCorrelation", real(N, 4), real(N, 4), [ROW]),
    row("metrics.FalsePositives", bits(N, 4), uniform(N, 4), [ROW, MATRIX]),
    row("metrics.FalseNegatives", bits(N), uniform(N, 1), [ROW], **THREE),
    row("metrics.TrueNegatives", bits(N, 4), uniform(N, 4), [ROW, MATRIX], **EVEN),
    row("metrics.TruePositives", bits(N, 4), uniform(N, 4), [ROW], **THREE),
    row("metrics.Precision", bits(N), uniform(N), [ROW]),
    row("metrics.Precision", bits(N, 4), uniform(N, 4), [ROW, MATRIX], **EVEN),
    row("metrics.Precision", bits(N, 4), uniform(N, 4), [ROW], top_k=2),
    row("metrics.Precision", bits(N, 4), uniform(N, 4), [ROW], top_k=2, class_id=1),
    row("metrics.Recall", bits(N, 4), uniform(N, 4), [ROW, MATRIX]),
    row("metrics.Recall", bits(N, 4), uniform(N, 4), [ROW], class_id=2, **THREE),
    row("metrics.Recall", bits(N, 4), uniform(N, 4), [ROW], thresholds=0.3, top_k=3),
    row("metrics.SensitivityAtSpecificity", bits(N), uniform(N), [ROW], specificity=0.4),
    row(
        "metrics.SpecificityAtSensitivity",
        bits(N),
        uniform(N),
        [ROW],
        sensitivity=0.5,
        num_thresholds=1,
    ),
    row(
        "metrics.PrecisionAtRecall",
        bits(N, 4),
        uniform(N, 4),
        [ROW],
        recall=0.6,
        num_thresholds=10,
        class_id=1,
    ),
    row("metrics.RecallAtPrecision", bits(N, 4), uniform(N, 4), [MATRIX], precision=0.3),
    row("metrics.AUC", bits(N), uniform(N), [ROW]),
    row("metrics.AUC", bits(N, 4), uniform(N, 4), [ROW, MATRIX], curve="PR"),
    row("metrics.AUC", bits(N), uniform(N), [ROW], curve="PRGAIN"),
    row("metrics.AUC", bits(N), uniform(N), [ROW], summation_method="majoring", num_thresholds=7),
    row(
        "metrics.AUC",
        bits(N),
        uniform(N),
        [ROW],
        curve="PR",
        summation_method="minoring",
        thresholds=[0.7, 0.2],
    ),
    row("metrics.AUC", bits(N, 1), real(N, 1), [ROW], from_logits=True),
    row("metrics.AUC", bits(N, 4), uniform(N, 4), [ROW, MATRIX], multi_label=True),
    row(
        "metrics.AUC",
        bits(N, 2),
        uniform(N, 2),
        [ROW],
        multi_label=True,
        num_labels=2,
        label_weights=[0.3, 0.7],
        curve="PR",
    ),
    row(
        "metrics.AUC",
        bits(N, 2),
        uniform(N, 2),
        [ROW],
        multi_label=True,
        thresholds=[0.1, 0.6],
        label_weights=[0.3, 0.7],
    ),
    row("metrics.AUC", bits(N, 4), uniform(N, 4), [ROW], label_weights=[1.0, 2.0, 3.0, 4.0]),
    row("metrics.IoU", labels(3, N), labels(3, N), [ROW], num_classes=3, target_class_ids=[0, 2]),
    row(
        "metrics.IoU",
        labels(5, N, 2),
        shares(N, 2, 3),
        [(N, 2)],
        num_classes=3,
        target_class_ids=(1,),
        sparse_y_pred=False,
        ignore_class=0,
    ),
    row("metrics.BinaryIoU", labels(2, N), uniform(N), [ROW], threshold=0.4),
    row("metrics.MeanIoU", labels(4, N), labels(4, N), [ROW], num_classes=4, dtype="float32"),
    row("metrics.MeanIoU", labels(4, N), labels(4, N), [ROW], num_classes=6),
    row(
        "metrics.OneHotIoU",
        one_hot(3, N),
        shares(N, 3),
        [ROW],
        num_classes=3,
        target_class_ids=[1, 2],
    ),
    row(
        "metrics.OneHotMeanIoU",
        one_hot(3, N),
        labels(3, N),
        [ROW],
        num_classes=3,
        sparse_y_pred=True,
        ignore_class=1,
    ),
    row("metrics.FBetaScore", bits(N, 4), uniform(N, 4), [ROW], beta=2.0),
    row("metrics.FBetaScore", bits(N, 4), uniform(N, 4), [ROW], average="micro", threshold=0.4),
    row("metrics.FBetaScore", bits(N, 4), uniform(N, 4), [ROW], average="weighted", beta=0.5),
    row("metrics.F1Score", bits(N, 4), uniform(N, 4), [ROW], average="macro", threshold=0.5),
    row("metrics.F1Score", one_hot(4, N), shares(N, 4), [ROW]),
    row("metrics.Accuracy", labels(3, N), labels(3, N), [ROW], dtype="float16"),
    row("metrics.MeanSquaredError", real(N, 4), real(N, 4), [ROW], dtype="float64"),
    row("metrics.BinaryCrossentropy", bits(N, 4), uniform(N, 4), [ROW], dtype="float64"),
    row("metrics.CategoricalCrossentropy", one_hot(4, N), shares(N, 4), [(4,)], axis=0),
    row("metrics.ConcordanceCorrelation", real(N, 4), real(N, 4), [], axis=0),
    row("metrics.FalsePositives", bits(N), uniform(N, 1), [ROW], **THREE),
    row(
        "metrics.SensitivityAtSpecificity",
        bits(N, 4),
        uniform(N, 4),
        [ROW],
        specificity=0.4,
        num_thresholds=10,
        class_id=1,
    ),
    row(
        "metrics.SpecificityAtSensitivity",
        bits(N, 4),
        uniform(N, 4),
        [ROW],
        sensitivity=0.5,
        class_id=2,
    ),
    row(
        "metrics.RecallAtPrecision",
        bits(N, 4),
        uniform(N, 4),
        [ROW],
        precision=0.3,
        num_thresholds=10,
        class_id=1,
    ),
    row(
        "metrics.IoU",
        one_hot(3, N, 2),
        labels(3, N, 2),
        [(N, 2)],
        num_classes=3,
        target_class_ids=[0],
        sparse_y_true=False,
    ),
    row(
        "metrics.IoU",
        one_first(3, N, 2),
        shares_first(3, N, 2),
        [(N, 2)],
        num_classes=3,
        target_class_ids=[0],
        sparse_y_true=False,
        sparse_y_pred=False,
        axis=0,
    ),
    row("metrics.BinaryIoU", labels(2, N), uniform(N), [ROW], target_class_ids=[1]),
    row(
        "metrics.MeanIoU",
        one_hot(4, N),
        shares(N, 4),
        [ROW],
        num_classes=4,
        ignore_class=1,
        sparse_y_true=False,
        sparse_y_pred=False,
    ),
    row(
        "metrics.MeanIoU",
        one_first(3, N, 2),
        shares_first(3, N, 2),
        [(N, 2)],
        num_classes=3,
        sparse_y_true=False,
        sparse_y_pred=False,
        axis=0,
    ),
    row(
        "metrics.OneHotIoU",
        one_hot(3, N),
        labels(3, N),
        [ROW],
        num_classes=3,
        target_class_ids=[1],
        sparse_y_pred=True,
        ignore_class=0,
    ),
    row(
        "metrics.OneHotIoU",
        one_first(3, N, 2),
        shares_first(3, N, 2),
        [(N, 2)],
        num_classes=3,
        target_class_ids=[1],
        axis=0,
    ),
    row(
        "metrics.OneHotMeanIoU",
        one_first(3, N, 2),
        shares_first(3, N, 2),
        [(N, 2)],
        num_classes=3,
        axis=0,
    ),
    wrapper(fn=HUBER),
    wrapper(fn=HUBER, delta=0.5),
    *(
        row(f"metrics.{kind}", REDUCED[data], WEIGHTS[data])
        for kind in ("Mean", "Sum")
        for data in REDUCED
    ),
    *(row(f"metrics.{kind}", REDUCED["cube"], [], dtype="float64") for kind in ("Mean", "Sum")),
    row("metrics.binary_accuracy", bits(N, 4)[0], uniform(N, 4)[0], threshold=0.7),
    row("metrics.categorical_accuracy", one_hot(4, N)[0], shares(N, 4)[0]),
    row("metrics.sparse_categorical_accuracy", labels(4, N, 1)[0], shares(N, 4)[0]),
    row("metrics.sparse_categorical_accuracy", labels(4, N, 3)[0], shares(N, 3, 4)[0]),
    row("metrics.top_k_categorical_accuracy", one_hot(4, N)[0], shares(N, 4)[0], k=2),
    row("metrics.sparse_top_k_categorical_accuracy", labels(4, N, 3)[0], shares(N, 3, 4)[0], k=3),
    row("metrics.pearson_correlation", real(N, 4)[0], real(N, 4)[0], axis=0),
    row("metrics.concordance_correlation", real(N, 4)[0], real(N, 4)[0], axis=0),
    row("metrics.binary_accuracy", bits(N, 4)[0], uniform(N, 4)[0]),
    row(
        "metrics.sparse_top_k_categorical_accuracy",
        labels(5, N)[0],
        sorted_ids(5, N)[0],
        k=2,
        from_sorted_ids=True,
    ),
]
ELSEWHERE = {"metrics.Metric": "tests/test_metrics.py::test_a_metric_of_ones_own"}
UNGIVEN = {
    (
        "metrics.SparseCategoricalCrossentropy",
        "axis",
    ): "Keras refuses it on JAX: tests/test_losses.py::test_classes_on_an_inner_axis"
}
FORGOTTEN = {"metrics.CosineSimilarity": ("axis",)}  # by Keras's configurations


def compare(row):
    """Assert that a metric gives the same in both libraries."""
    if not inspect.isclass(found(mk, row.name)):
        _compare_function(row)
        return
    if row.name == "metrics.MeanMetricWrapper":
        with comparing(row.name, "configuration"):
            ours, theirs = _both(row, name="own")
            assert ours.get_config() == theirs.get_config()
    else:
        _compare_configurations(row)
    if len(row.inputs) == 3:
        _compare_results(row)
        _compare_stateless_calls(row)
    else:
        _compare_sums(row)


def _both(row, **more):
    return [
        found(library, row.name)(**built(row.arguments, library), **more) for library in (mk, keras)
    ]


def _tolerance(row):
    return 4e-3 if row.arguments.get("dtype") == "float16" else 5e-5


def _compare_states(ours, theirs, rtol):
    assert [v.name for v in ours.variables] == [v.name for v in theirs.variables]
    assert_close([v.value for v in ours.variables], [v.value for v in theirs.variables], rtol, rtol)
    assert not any(v.trainable for v in ours.variables)


def _weights(metric, shape):
    if shape is None:
        return [None] * BATCHES
    drawn = np.random.default_rng(5)
    if "int" in metric.dtype:
        return batches(lambda: drawn.integers(0, 4, shape).astype("int32"))
    return batches(lambda: drawn.uniform(0.1, 2.0, shape).astype("float32"))


def _compare_results(row):
    y_true, y_pred, shapes = row.inputs
    rtol = _tolerance(row)
    close = {"rtol": rtol, "atol": rtol / 5}
    for shape in [None, *shapes]:
        ours, theirs = _both(row)
        weights = _weights(ours, shape)
        with comparing(row.name, "results over batches"):
            for batch in zip(y_true, y_pred, weights):
                assert ours.update_state(*tensors(batch)) is None
                theirs.update_state(*batch)
                assert_close(ours.result(), theirs.result(), **close)
        with comparing(row.name, "state"):
            _compare_states(ours, theirs, rtol)
            ours.reset_state()
            theirs.reset_state()
            _compare_states(ours, theirs, rtol)
        one = [array[0] for array in (y_true, y_pred, weights)]
        with comparing(row.name, "values"):
            assert_close(ours(*tensors(one)), theirs(*one), **close)


def _compare_stateless_calls(row):
    y_true, y_pred, _ = row.inputs
    rtol = _tolerance(row)
    ours, theirs = _both(row)
    ours.update_state(*tensors((y_true[0], y_pred[0])))
    theirs.update_state(y_true[0], y_pred[0])
    before = [values(v.value).copy() for v in ours.variables]
    updated = ours.stateless_update_state(
        [v.value for v in ours.variables], *tensors((y_true[1], y_pred[1]))
    )
    expected = theirs.stateless_update_state(
        [v.value for v in theirs.variables], y_true[1], y_pred[1]
    )
    with comparing(row.name, "stateless calls"):
        assert_close(updated, expected, rtol, rtol)
        assert_close([v.value for v in ours.variables], before)
        assert_close(ours.stateless_result(updated), theirs.stateless_result(expected), rtol, rtol)
        assert_close(ours.stateless_reset_state(), theirs.stateless_reset_state())


def _compare_sums(row):
    data, shapes = row.inputs
    close = {"rtol": _tolerance(row), "atol": 1e-6}
    for shape in [None, *shapes]:
        ours, theirs = _both(row)
        drawn = np.random.default_rng(5)
        with comparing(row.name, "results over batches"):
            for batch in data:
                weight = ()
                if shape is not None:
                    shape_now = tuple(batch.shape[0] if n == "n" else n for n in shape)
                    weight = (drawn.uniform(0, 2, shape_now).astype("float32"),)
                found_now = ours(*tensors((batch, *weight)))
                assert_close(found_now, theirs(batch, *weight), **close)
        with comparing(row.name, "state"):
            _compare_states(ours, theirs, close["rtol"])


def _plain(value):
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return np.round(value, 6).tolist() if isinstance(value, float) else value


def _compare_configurations(row):
    ours, theirs = _both(row, name="own")
    assert ours.name == theirs.name == "own"
    assert ours.dtype == theirs.dtype
    expected = theirs.get_config()
    if expected.get("label_weights") is not None:
        expected["label_weights"] = expected["label_weights"].tolist()
    forgotten = FORGOTTEN.get(row.name, ())
    expected.update({k: v for k, v in row.arguments.items() if k in forgotten})
    with comparing(row.name, "configuration"):
        assert _plain_dict(ours.get_config()) == _plain_dict(expected)
        form = metrics.serialize(ours)
        for key in ("module", "class_name", "registered_name"):
            assert form[key] == keras.metrics.serialize(theirs)[key]
        twin = metrics.deserialize(form)
        assert type(twin) is type(ours)
        if len(row.inputs) == 3:
            batch = tensors([x[0] for x in row.inputs[:2]])
            assert_close(twin(*batch), ours(*batch))


def _plain_dict(config):
    return {key: _plain(value) for key, value in config.items()}


def _compare_function(row):
    # In JAX's 64 bit mode some of these become float64.
    with comparing(row.name, "values"):
        assert_close(
            found(mk, row.name)(*tensors(row.inputs), **row.arguments),
            found(keras, row.name)(*row.inputs, **row.arguments),
            rtol=2e-5, atol=2e-6, dtype="accuracy" in row.name,
        )  # fmt: skip
