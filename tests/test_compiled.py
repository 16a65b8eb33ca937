"""Compiled losses and metrics against what real Keras models report for the same outputs."""

import keras
import numpy as np
import pytest

import minikeras as mk
from minikeras import losses, metrics, ops
from minikeras.training.compiled import CompiledLoss, CompiledMetrics, OutputForm
from tests.support import assert_close, values

rng = np.random.default_rng(11)
N = 6
X = rng.normal(size=(N, 3)).astype("float32")


def real(width):
    return rng.normal(size=(N, width)).astype("float32")


def one_hot(width):
    return np.eye(width, dtype="float32")[rng.integers(0, width, N)]


WEIGHT, WEIGHT_2 = (rng.uniform(0.2, 2.0, N).astype("float32") for _ in range(2))


def dense(name, width=1, activation=None):
    return lambda x: keras.layers.Dense(width, activation=activation, name=name)(x)


def model_of(form):
    """A Keras model with outputs of the form, its leaves functions that add a layer."""
    keras.utils.clear_session()
    inputs = keras.Input((3,))
    outputs = mk.tree.map_structure(lambda layer: layer(inputs), form)
    return keras.Model(inputs, outputs)


ONE = dense("out")
SOFT = dense("soft", 4, "softmax")
SIGMOID = dense("sig", 1, "sigmoid")
PAIR = [dense("second"), dense("first")]
NAMED = {"b": dense("bb"), "a": dense("aa", 2)}
NESTED = {"b": [dense("bb"), dense("cc", 2)], "a": dense("aa")}
TARGET, TARGET_2, WIDE = real(1), real(1), real(2)
PAIR_Y, NAMED_Y = [TARGET, TARGET_2], {"b": TARGET, "a": WIDE}
NESTED_Y = {"b": [TARGET, WIDE], "a": TARGET_2}
HOT, LABELS = one_hot(4), rng.integers(0, 4, N).astype("int32")
BITS = rng.integers(0, 2, (N, 1)).astype("float32")

DEEP = {"p": {"x": dense("xx"), "y": dense("yy", 2)}, "q": dense("qq")}
DEEP_Y = {"p": {"x": TARGET, "y": WIDE}, "q": TARGET_2}


def farthest(y_true, y_pred):
    """A loss on a whole structure of outputs."""
    y_true, y_pred = (mk.tree.flatten(y) for y in (y_true, y_pred))
    return sum((yt - yp).max() for yt, yp in zip(y_true, y_pred))


# Outputs, targets, what is compiled, weights of the samples.
CASES = {
    "one": (ONE, TARGET, {"loss": "mse", "metrics": ["mae", "MeanSquaredError"]}, None),
    "one weighted": (
        ONE,
        TARGET,
        {
            "loss": ["mae"],
            "loss_weights": 0.5,
            "metrics": {"out": ["mae", "mae"]},
            "weighted_metrics": ["mae", "mae", "mse"],
        },
        WEIGHT,
    ),
    "one by name": (ONE, TARGET, {"loss": {"out": "mse"}, "metrics": ["mse"]}, None),
    "one in a list": ([ONE], TARGET, {"loss": "mse", "metrics": ["mae", "mse"]}, WEIGHT),
    "one in a dict": ({"o": ONE}, {"o": TARGET}, {"loss": {"o": "mse"}, "metrics": ["mae"]}, None),
    "functions": (
        ONE,
        TARGET,
        {
            "loss": lambda y, p: (y - p) ** 2,
            "metrics": [
                lambda y, p: y - p,
                "functions: mean_absolute_error",
                "objects: Huber",
                "metrics: RootMeanSquaredError",
                "class: MeanAbsolutePercentageError",
            ],
        },
        None,
    ),
    "one-hot accuracy": (SOFT, HOT, {"loss": "crossentropy", "metrics": ["accuracy"]}, None),
    "index accuracy": (SOFT, LABELS, {"loss": "ce", "metrics": ["acc"]}, WEIGHT),
    "index column": (SOFT, LABELS[:, None], {"loss": "ce", "metrics": ["acc"]}, None),
    "binary accuracy": (SIGMOID, BITS, {"loss": "ce", "metrics": ["Accuracy"]}, None),
    "binary row": (SIGMOID, BITS[:, 0], {"loss": "crossentropy", "metrics": ["acc"]}, None),
    "pair": (PAIR, PAIR_Y, {"loss": "mse"}, WEIGHT),
    "pair of lists": (
        PAIR,
        PAIR_Y,
        {
            "loss": ["mse", "mae"],
            "loss_weights": [0.3, 2.0],
            "metrics": [["mae", "mae"], "mse"],
            "weighted_metrics": [["mae", "mae"], ["mse", "mae"]],
        },
        [WEIGHT, WEIGHT_2],
    ),
    "pair by names": (
        PAIR,
        {"first": TARGET, "second": TARGET_2},
        {
            "loss": {"first": "mse", "second": "mae"},
            "loss_weights": {"first": 2.0, "second": 0.1},
            "metrics": {"first": ["mae"]},
        },
        None,
    ),
    "pair, one without a loss": (
        PAIR,
        PAIR_Y,
        {"loss": ["mse", None], "metrics": [None, ["mae"]]},
        None,
    ),
    "pair, one without a target": (
        PAIR,
        [TARGET],
        {"loss": ["mse", None], "metrics": [["mae"], None]},
        None,
    ),
    "dict": (NAMED, NAMED_Y, {"loss": "mse", "metrics": ["mae", "mse"]}, WEIGHT),
    "dict by lists": (
        NAMED,
        NAMED_Y,
        {"loss": ["mae", "mse"], "loss_weights": [3.0, 1.0], "metrics": [["mae"], ["mse"]]},
        None,
    ),
    "dict by dicts": (
        NAMED,
        NAMED_Y,
        {
            "loss": {"b": "mse", "a": "mae"},
            "loss_weights": {"a": 0.2, "b": 3.0},
            "metrics": {"a": "mse"},
            "weighted_metrics": {"b": ["mse"]},
        },
        {"a": WEIGHT, "b": WEIGHT_2},
    ),
    "dict, one loss": (NAMED, NAMED_Y, {"loss": {"a": "mse"}, "metrics": {"b": ["mae"]}}, None),
    "nested": (
        NESTED,
        NESTED_Y,
        {"loss": "mse", "metrics": {"b": ["mae", "mse"], "a": "mae"}},
        WEIGHT,
    ),
    "nested by structure": (
        NESTED,
        NESTED_Y,
        {"loss": {"b": ["mse", "mae"], "a": ["mse", "mae"]}},
        None,
    ),
    "nested by list": ([ONE, [SIGMOID, dense("last", 2)]], [TARGET, [BITS, WIDE]],
                       {"loss": ["mse", "mae", "mse"], "metrics": ["mae", ["mae", "mse"]]}, None),
    "pair, losses for the first": (PAIR, PAIR_Y, {"loss": ["mse"]}, None),
    "pair, several losses for the first": (
        PAIR, PAIR_Y, {"loss": [["mse", "mae"]], "loss_weights": [[0.5, 2.0]]}, None),
    "dict, a list for all": (NAMED, NAMED_Y, {"loss": [["mse", "mae"]]}, WEIGHT),
    "dict within a dict": (
        DEEP, DEEP_Y,
        {"loss": {"p": ["mse", "mae"], "q": "mse"}, "loss_weights": {"p": [1, 2], "q": 3}}, None),
    "dict within a dict, in part": (DEEP, DEEP_Y, {"loss": {"p": {"y": ["mse", "mae"]}}}, None),
    "functions of a whole tuple and of its parts": (
        tuple(PAIR), tuple(PAIR_Y), {"loss": [farthest, (farthest, "mse")]}, None),
    "functions of a whole list and of its parts": (
        PAIR, PAIR_Y, {"loss": (farthest, [farthest, "mse"])}, None),
    "a function of a whole dict and one of a part": (
        NAMED, NAMED_Y, {"loss": [farthest, {"b": "mse"}]}, None),
    "a function of a whole dict": (DEEP, DEEP_Y, {"loss": [farthest]}, None),
    "functions of parts": (DEEP, DEEP_Y, {"loss": {"p": [farthest, farthest], "q": "mse"}}, None),
    "lists within a dict, in part": (
        NESTED, NESTED_Y, {"loss": {"b": ["mse"], "a": ["mae"]}}, None),
}  # fmt: skip


def resolved(spec, loss_module, metric_module):
    """``spec`` with objects of the library in place of their descriptions."""

    def one(x):
        kind, _, name = x.partition(": ") if isinstance(x, str) else ("", "", "")
        if not name:
            return x
        if kind == "functions":
            return getattr(loss_module, name)
        found = getattr(loss_module if kind == "objects" else metric_module, name)
        return found if kind == "class" else found()

    return mk.tree.map_structure(one, spec)


@pytest.mark.parametrize("case", CASES)
def test_results_of_each_case(case):
    form, y, compiled, weight = CASES[case]
    model = model_of(form)
    model.compile("sgd", **resolved(compiled, keras.losses, keras.metrics))
    total = model.evaluate(X, y, sample_weight=weight, verbose=0, batch_size=N, return_dict=True)
    y_pred = model(X)

    ours = resolved(compiled, losses, metrics)
    loss = CompiledLoss(ours["loss"], ours.get("loss_weights"), model.output_names)
    measured = CompiledMetrics(
        ours.get("metrics"), ours.get("weighted_metrics"), model.output_names
    )
    as_tensors = lambda s: mk.tree.map_structure(
        lambda x: None if x is None else ops.convert_to_tensor(np.asarray(x)), s
    )
    y, y_pred, weight = as_tensors(y), as_tensors(y_pred), as_tensors(weight)
    found = {"loss": loss(y, y_pred, weight)}
    measured.update_state(y, y_pred, weight)
    found.update({tracker.name: tracker.result() for tracker in loss.metrics})
    found.update(measured.result())
    assert sorted(found) == sorted(total)
    for key, expected in total.items():
        assert_close(found[key], expected, dtype=False)
    assert len(loss.losses) == len(loss.terms)
    assert len(loss.variables) == 2 * len(loss.metrics)
    assert len(measured.variables) == sum(len(m.variables) for m in measured.metrics)
    measured.reset_state()
    assert not any(values(v.value).any() for v in measured.variables)


def run(y_pred, y, names=None, weight=None, **compiled):
    loss = CompiledLoss(compiled.get("loss"), compiled.get("loss_weights"), names)
    measured = CompiledMetrics(
        compiled.get("metrics"), compiled.get("weighted_metrics"), output_names=names
    )
    y, y_pred, weight = mk.tree.map_structure(
        ops.convert_to_tensor, [y, y_pred, weight], none_is_leaf=False
    )
    measured.update_state(y, y_pred, weight)
    return loss(y, y_pred, weight), measured


TWO = [TARGET, TARGET_2]


@pytest.mark.parametrize(
    ("form", "loss"),
    [(NAMED_Y, {"c": "mse"}), (DEEP_Y, {"q": {"x": "mse"}}), (TWO, [["mse"], "mae", "mse"]),
     (DEEP_Y, {"p": {"z": "mse"}})],
)  # fmt: skip
def test_a_path_that_is_not_there_is_an_error_of_keys_too(form, loss):
    for kind in (KeyError, ValueError):
        with pytest.raises(kind, match="it does not fit the model's outputs"):
            run(form, form, loss=loss)


FAULTS = {
    "unknown loss": (
        TARGET, TARGET, ["out"], {"loss": "mean_square"}, r"Unknown loss: 'mean_square'"),
    "unknown metric": (
        TARGET, TARGET, ["out"], {"loss": "mse", "metrics": ["acuracy"]},
        r"Unknown metric: 'acuracy'.*accuracy"),
    "two losses, one output": (
        TARGET, TARGET, ["out"], {"loss": ["mse", "mae"]},
        r"it does not fit.*Received: 2 entries: \['mse', 'mae'\].*1 output\(s\) named \['out'\]"),
    "wrong name": (
        TARGET, TARGET, ["out"], {"loss": {"oot": "mse"}},
        r"Expected keys \['out'\].*Received: \['oot'\]"),
    "missing name": (
        TWO, TWO, ["a", "b"], {"loss": {"a": "mse"}}, r"Expected keys \['a', 'b'\].*None"),
    "wrong key": (
        NAMED_Y, NAMED_Y, ["a", "b"], {"loss": {"c": "mse"}},
        r"Received: the keys \['c'\].*form \{'b': '\*', 'a': '\*'\}"),
    "wrong metric name": (
        TWO, TWO, ["a", "b"], {"loss": "mse", "metrics": {"c": ["mae"]}},
        r"`metrics`: it does not fit.*keys \['c'\].*'a', 'b'\].*\['c'\] are not among them"),
    "metrics for one of two": (
        TWO, TWO, ["a", "b"], {"loss": "mse", "metrics": ["mae"]}, "`metrics`: it does not fit"),
    "metric None": (
        TARGET, TARGET, ["a"], {"loss": "mse", "metrics": [None]}, "holds None"),
    "weights": (
        TWO, TWO, ["a", "b"], {"loss": "mse", "loss_weights": [1.0]}, "`loss_weights`: it"),
    "weight": (
        TWO, TWO, ["a", "b"], {"loss": "mse", "loss_weights": 1.0}, "one number for each of the 2"),
    "targets": (
        TWO, [TARGET] * 3, ["a", "b"], {"loss": "mse"},
        r"y_true has a form that does not fit.*Received: \['\*', '\*', '\*'\]"),
    "target missing": (
        TWO, {"a": TARGET}, ["a", "b"], {"loss": "mse"}, r"y_true.*\['b'\] are missing"),
    "too few targets": (NAMED_Y, {"a": WIDE}, ["a", "b"], {"loss": "mse"}, "y_true has a form"),
    "targets for one": (TARGET, TWO, ["a"], {"loss": "mse"}, "y_true has a form"),
    "no targets": (TARGET, None, ["a"], {"loss": "ce"}, "there are none"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_fit_is_explained(fault):
    y_pred, y, names, compiled, message = FAULTS[fault]
    with pytest.raises(ValueError, match=message):
        run(y_pred, y, names, **compiled)


def test_arguments_of_wrong_types():
    with pytest.raises(ValueError, match=r"metrics must be a list.*Received: 'mae'"):
        CompiledMetrics("mae", None)
    with pytest.raises(ValueError, match="weighted_metrics must be a list"):
        CompiledMetrics(None, metrics.Mean())
    with pytest.raises(ValueError, match=r"loss_weights must be a number.*Received: 'heavy'"):
        CompiledLoss("mse", "heavy")
    with pytest.raises(ValueError, match="before the first batch"):
        CompiledMetrics(["mae"], None).result()


def test_weights_for_one_loss_of_several_outputs():
    """Keras refuses this; the meaning is plain."""
    total, _ = run([TARGET, TARGET], TWO, ["a", "b"], loss="mse", loss_weights=[1.0, 2.0])
    expected = 2.0 * np.mean((TARGET - TARGET_2) ** 2)
    assert_close(total, np.float32(expected), rtol=1e-5)


def test_targets_by_key_where_only_some_have_a_loss():
    loss = {"a": "mse"}
    total, measured = run(NAMED_Y, {"a": WIDE + 1}, ["a", "b"], loss=loss, metrics={"a": ["mae"]})
    assert_close(total, np.float32(1.0), rtol=1e-5)
    assert list(measured.result()) == ["a_mae"]


def test_several_losses_for_one_output():
    total, _ = run(
        NAMED_Y,
        {"a": WIDE + 2, "b": TARGET},
        ["a", "b"],
        loss={"a": ["mse", "mae"]},
        loss_weights={"a": [0.5, 1.0]},
    )
    assert_close(total, np.float32(0.5 * 4 + 2), rtol=1e-5)


def test_a_loss_may_take_a_structure_of_outputs():
    outputs = {"pair": {"x": TARGET, "y": TARGET_2}, "a": TARGET}

    def gap(y_true, y_pred):
        return (y_true["x"] - y_pred["x"]) ** 2 + (y_true["y"] - y_pred["y"]) ** 2

    targets = mk.tree.map_structure(lambda y: y + 1, outputs)
    loss = CompiledLoss({"pair": gap, "a": "mse"}, None, ["a", "x", "y"])
    converted = mk.tree.map_structure(ops.convert_to_tensor, [targets, outputs])
    assert_close(loss(*converted, ops.ones((N,))), np.float32(3.0), rtol=1e-5)
    assert [tracker.name for tracker in loss.metrics] == ["pair_loss", "a_loss"]


def test_no_loss_at_all():
    loss = CompiledLoss([None, None], None, ["a", "b"])
    assert loss(*mk.tree.map_structure(ops.convert_to_tensor, [TWO, TWO])) is None
    assert loss.metrics == [] and loss.losses == []


def test_built_from_symbolic_outputs():
    loss = CompiledLoss("ce", None, ["out"])
    loss.build(np.zeros((4, 1), int), mk.KerasTensor((None, 3)))
    assert loss.built
    assert loss.losses[0].fn is losses.sparse_categorical_crossentropy


TARGET_FAULTS = [
    ("sparse_categorical_crossentropy", [0, 3], r"y_true\['b'\] holds the label 3; with 3 classes"),
    (losses.SparseCategoricalCrossentropy(), [-1, 0], "the label -1"),
    ("ce", [0, 3], "the label 3"),
    (losses.SparseCategoricalCrossentropy(ignore_class=3), [0, 4], "the label 4"),
    (
        "mse",
        [[0.0] * 3, [0.0, np.nan, 0.0]],
        r"y_true\['b'\] contains NaN, first at index \(1, 1\)",
    ),
]


@pytest.mark.parametrize("kind, labels, message", TARGET_FAULTS)
def test_targets_are_checked_on_the_host(kind, labels, message):
    loss = CompiledLoss({"a": "mse", "b": kind}, None, ["a", "b"])
    outputs = {"a": mk.KerasTensor((None, 1)), "b": mk.KerasTensor((None, 3))}
    y = {"a": np.zeros((2, 1)), "b": np.array(labels)}
    loss.build(y, outputs)
    with pytest.raises(ValueError, match=message):
        loss.check_targets(y)
    loss.check_targets({**y, "b": np.zeros_like(y["b"])})


def test_targets_of_ones_own_losses_are_their_own_business():
    loss = CompiledLoss(lambda y, p: p, None, ["out"])
    y = np.array([[np.nan]])
    loss.build(y, mk.KerasTensor((None, 1)))
    loss.check_targets(y)


def test_names_of_outputs_without_names():
    total, measured = run(TWO, TWO, None, loss=["mse", "mae"], metrics=[["mae"], ["mae"]])
    assert list(measured.result()) == ["mae", "mae_1"]
    assert_close(total, np.float32(0))
    loss = CompiledLoss(["mse", "mae"])
    loss.build(TWO, TWO)
    assert [tracker.name for tracker in loss.metrics] == ["mse_loss", "mae_loss"]


def test_metrics_may_return_dicts():
    class Both(metrics.Mean):
        def result(self):
            mean = super().result()
            return {"mean": mean, "twice": 2 * mean}

        def update_state(self, y_true, y_pred, sample_weight=None):
            super().update_state(y_pred, sample_weight)

    _, measured = run(TARGET, TARGET, ["out"], loss="mse", metrics=[Both()])
    assert list(measured.result()) == ["mean", "twice"]


def test_gradient_reaches_every_output():
    loss = CompiledLoss(["mse", "mse"], [1.0, 3.0], ["a", "b"])
    y, y_pred = mk.tree.map_structure(ops.convert_to_tensor, [TWO, [TARGET_2, TARGET]])
    slopes = mk.grad(lambda p: loss(y, p))(y_pred)
    expected = [2 * (TARGET_2 - TARGET) / N, 6 * (TARGET - TARGET_2) / N]
    assert_close(slopes, expected, rtol=1e-4)


def test_form_of_outputs():
    x = np.zeros((2, 3))
    form = OutputForm({"b": x, "a": [x, x]}, ["x", "y", "z"])
    assert form.paths == [("a", 0), ("a", 1), ("b",)]
    assert [form.name_of(i) for i in range(3)] == ["x", "y", "z"]
    assert form.covered(("a",)) == [0, 1]
    assert form.shapes == [(2, 3)] * 3
    assert OutputForm([x, x], ["only"]).name_of(0) is None


def test_names_of_metrics_before_any_data():
    x = mk.Input((3,))
    model = mk.Model(x, [mk.layers.Dense(1, name=name)(x) for name in "ab"])
    model.compile("sgd", "mse", metrics={"a": ["mae"], "b": "mse"})
    assert model.metrics_names == ["loss", "a_mae", "b_mse"]
    open_model = mk.Sequential([mk.layers.Dense(1)])
    open_model.compile("sgd", "mse", metrics=["mae"])
    assert open_model.metrics_names == ["loss", "compile_metrics"]
