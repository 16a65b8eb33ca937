"""KerasEstimator: training by iterations, policies of learning rates, tables, files."""

import numpy as np
import pandas
import pytest

import minikeras as mk
from minikeras.utils.random_seed import seed_scope
from minikeras.wrappers import KerasEstimator, policies, tables
from tests.support import assert_close, values

rng = np.random.default_rng(0)
X = rng.normal(size=(70, 4)).astype("float32")
NAMES = np.array(["cold", "mild", "warm"])
Y = NAMES[np.digitize(X[:, 0], [-0.5, 0.5])]


@pytest.fixture(autouse=True)
def _same_random_numbers():
    """In each run; and other tests have none of them."""
    with seed_scope(0):
        yield


def make(
    outputs=3, loss="categorical_crossentropy", activation="softmax", optimizer=None, **kwargs
):
    mk.utils.set_random_seed(3)
    model = mk.Sequential([mk.Input((4,)), mk.layers.Dense(outputs, activation=activation)])
    model.compile(optimizer or mk.optimizers.SGD(0.5), loss, **kwargs)
    return model


def estimator(model=None, **kwargs):
    kwargs = {"batch_size": 10, "max_iter": 60, "display": 0, **kwargs}
    return KerasEstimator(model or make(), **kwargs)


# Caffe's formulas, by hand.
FORMULAS = {
    "fixed": ({}, lambda i: 1.0),
    "step": ({"gamma": 0.5, "stepsize": 7}, lambda i: 0.5 ** (i // 7)),
    "exp": ({"gamma": 0.9}, lambda i: 0.9**i),
    "inv": ({"gamma": 0.1, "power": 0.75}, lambda i: (1 + 0.1 * i) ** -0.75),
    "poly": ({"power": 2.0}, lambda i: (1 - i / 20) ** 2),
    "sigmoid": ({"gamma": -0.4, "stepsize": 8}, lambda i: 1 / (1 + np.exp(0.4 * (i - 8)))),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_learning_rates_follow_their_policies(name):
    settings, formula = FORMULAS[name]
    fitted = estimator(lr_policy=name, max_iter=20, display=1, **settings)
    expected = [0.5 * formula(i) for i in range(20)]
    for _ in range(2):  # a further fit begins with iteration 0
        fitted.fit(X, Y)
        found = [note["learning_rate"] for note in fitted.history_]
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    schedule = fitted.model.optimizer._learning_rate
    again = mk.optimizers.schedules.deserialize(mk.optimizers.schedules.serialize(schedule))
    assert type(again) is type(schedule) and again.get_config() == schedule.get_config()


@pytest.mark.parametrize("name", FORMULAS)
def test_the_rate_is_that_of_the_update(name):
    settings, formula = FORMULAS[name]
    model = make(1, "mean_absolute_error", None)
    ones = np.ones((10, 4))
    before = values(model.get_weights()[1])[0]
    fitted = estimator(model, lr_policy=name, max_iter=9, **settings)
    fitted.fit(ones, np.full(10, 1e6))  # the gradient of the bias is -1 throughout
    if name == "poly":
        formula = lambda i: (1 - i / 9) ** 2
    moved = values(model.get_weights()[1])[0] - before
    np.testing.assert_allclose(moved, sum(0.5 * formula(i) for i in range(9)), rtol=1e-4)


def test_iterations_are_updates_on_batches_in_order():
    one, two = make(), make()
    fitted = estimator(one, lr_policy="fixed", max_iter=3 * 7, batch_size=10).fit(X, Y)
    rows = np.eye(3)[np.searchsorted(NAMES, Y)]
    two.fit(X, rows, batch_size=10, epochs=3, shuffle=False, verbose=0)
    assert_close(one.get_weights(), two.get_weights())
    assert fitted.model is one and int(one.optimizer.iterations) == 21


def test_other_rates():
    schedule = mk.optimizers.schedules.CosineDecay(0.5, 60)
    fitted = estimator(lr_policy=schedule).fit(X, Y)
    assert fitted.model.optimizer._learning_rate is schedule
    own = mk.optimizers.schedules.ExponentialDecay(0.5, 10, 0.9)
    model = make(optimizer=mk.optimizers.SGD(own))
    estimator(model, lr_policy=None).fit(X, Y)
    assert model.optimizer._learning_rate is own
    fitted = estimator(model, lr_policy="fixed", display=1, max_iter=1).fit(X, Y)
    assert fitted.history_[0]["learning_rate"] == 0.5  # that which the schedule began with
    with mk.legacy.era_scope(2):
        old = make(optimizer=mk.optimizers.SGD(learning_rate=0.5, decay=0.25))
    fitted = estimator(old, lr_policy="inv", max_iter=3, display=1).fit(X, Y)
    found = [note["learning_rate"] for note in fitted.history_]
    np.testing.assert_allclose(found, [0.5, 0.4, 1 / 3], rtol=1e-6)
    scaled = make(optimizer=mk.optimizers.LossScaleOptimizer(mk.optimizers.SGD(0.5)))
    assert estimator(scaled, lr_policy="poly").fit(X, Y).score(X, Y) > 0.7


def test_figures_are_shown(capsys):
    with_metric = make(metrics=["accuracy"])
    fitted = estimator(with_metric, display=20, test_iter=2, test_interval=30).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" - ")[0] for line in lines] == [
        "iteration 20/60", "iteration 30/60", "iteration 40/60", "iteration 60/60",
        "iteration 60/60",
    ]  # fmt: skip
    assert ["val_loss" in line for line in lines] == [False, True, False, False, True]
    assert all("accuracy: " in line and "loss: " in line for line in lines)
    assert [note["iteration"] for note in fitted.history_] == [20, 30, 40, 60, 60]
    expected = with_metric.evaluate(X[:20], np.eye(3)[np.searchsorted(NAMES, Y[:20])], verbose=0)
    assert abs(fitted.history_[-1]["val_loss"] - expected[0]) < 1e-6
    assert abs(fitted.history_[-1]["val_accuracy"] - expected[1]) < 1e-6
    without_metric = estimator(display=60, test_iter=2, test_interval=60).fit(X, Y)
    found = without_metric.history_[1]["val_accuracy"]
    assert abs(found - fitted.history_[-1]["val_accuracy"]) < 1e-6
    numbers = estimator(make(1, "mse", None), display=30).fit(X, X[:, 0])
    assert set(numbers.history_[0]) == {"iteration", "learning_rate", "loss"}


def test_the_first_batches_are_kept_for_validation():
    one, two = make(), make()
    estimator(one, lr_policy="fixed", max_iter=5, test_iter=2, test_interval=2).fit(X, Y)
    estimator(two, lr_policy="fixed", max_iter=5).fit(X[20:], Y[20:])
    assert_close(one.get_weights(), two.get_weights())
    with pytest.raises(ValueError, match="none of the 70"):
        estimator(test_iter=7).fit(X, Y)


TARGETS = [
    ("categorical_crossentropy", 3, "softmax", Y),
    ("categorical_crossentropy", 3, "softmax", np.eye(3)[np.searchsorted(NAMES, Y)]),
    (mk.losses.CategoricalCrossentropy(from_logits=True), 3, None, np.searchsorted(NAMES, Y)),
    ("sparse_categorical_crossentropy", 3, "softmax", np.searchsorted(NAMES, Y)[:, None]),
    (mk.losses.SparseCategoricalCrossentropy(from_logits=True), 3, None, list(Y)),
    ("binary_crossentropy", 1, "sigmoid", X[:, 0] > 0),
    ("binary_crossentropy", 1, "sigmoid", np.eye(2)[(X[:, 0] > 0).astype(int)]),
    (mk.losses.BinaryCrossentropy(from_logits=True), 1, None, np.where(X[:, 0] > 0, "a", "b")),
    (mk.losses.BinaryCrossentropy(from_logits=True), 3, None, Y),
    (["categorical_focal_crossentropy"], 3, "softmax", Y),
]


@pytest.mark.parametrize("loss, outputs, activation, y", TARGETS)
def test_kinds_of_classes(loss, outputs, activation, y):
    fitted = estimator(make(outputs, loss, activation), max_iter=150).fit(X, y)
    number = max(outputs, 2)
    chances = fitted.predict_proba(X)
    assert chances.shape == (70, number) and chances.min() >= 0 and chances.max() <= 1
    if loss is not TARGETS[-2][0]:
        np.testing.assert_allclose(chances.sum(1), 1, rtol=1e-5)
    predicted = fitted.predict(X)
    assert (fitted.classes_[chances.argmax(1)] == predicted).all()
    y = np.asarray(y)
    labels = y.argmax(1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(-1)
    assert fitted.score(X, y) == (predicted == labels).mean() > 0.8


@pytest.mark.parametrize("columns", [0, 1, 2])
def test_numbers(columns):
    y = X[:, 0] if not columns else X[:, :columns]
    fitted = estimator(make(max(columns, 1), "mse", None)).fit(X, y)
    assert fitted.predict(X).shape == ((70, 2) if columns == 2 else (70,))
    assert fitted.score(X, y) > 0.9 and fitted.classes_ is None
    with pytest.raises(ValueError, match="for classes"):
        fitted.predict_proba(X)


def test_tables_of_pandas():
    frame = pandas.DataFrame(X, columns=list("abcd"), index=np.arange(70) + 100)
    labels = pandas.Series(Y, index=frame.index)
    expected = estimator().fit(X, Y)
    vectors = pandas.DataFrame({"features": list(X), "label": Y}, index=frame.index)
    for data in ((frame, labels), (frame.assign(label=labels),), (vectors,)):
        fitted = estimator().fit(*data)
        assert_close(fitted.model.get_weights(), expected.model.get_weights())
        answer, chances = fitted.predict(data[0]), fitted.predict_proba(data[0])
        assert answer.name == "prediction" and answer.index.equals(frame.index)
        assert (answer.to_numpy() == expected.predict(X)).all()
        assert list(chances.columns) == list(NAMES) and chances.index.equals(frame.index)
        assert fitted.score(*data) == expected.score(X, Y)
    both = estimator(make(2, "mse", None)).fit(frame, frame[["a", "b"]])
    assert both.predict(frame).shape == (70, 2)
    with pytest.raises(ValueError, match="column 'label'"):
        estimator().fit(frame)
    with pytest.raises(TypeError, match="y=None"):
        estimator().fit(X)


class Rows:
    """A kind of table that is no kind that is known."""

    def __init__(self, rows):
        self.rows = rows


class RowsKind(tables.Arrays):
    @staticmethod
    def takes(data):
        return isinstance(data, Rows)

    @staticmethod
    def values(data):
        return np.array([row[:-1] for row in data.rows], "float32")

    @staticmethod
    def parted(data):
        return RowsKind.values(data), np.array([row[-1] for row in data.rows])

    @staticmethod
    def answered(values, data, names):
        return Rows([(*row, value) for row, value in zip(data.rows, values.tolist())])


def test_other_tables_can_be_added(monkeypatch):
    monkeypatch.setattr(tables, "KINDS", [RowsKind, *tables.KINDS])
    rows = Rows([(*x, y) for x, y in zip(X.tolist(), Y)])
    fitted = estimator().fit(rows)
    assert_close(fitted.model.get_weights(), estimator().fit(X, Y).model.get_weights())
    assert fitted.predict(rows).rows[0][-1] in NAMES and fitted.score(rows) > 0.7


def test_pixels_in_rows():
    mk.config.set_image_data_format("channels_first")
    layers = mk.layers
    model = mk.Sequential([mk.Input((1, 4, 4)), layers.Conv2D(2, 3), layers.Flatten(),
                           layers.Dense(2, activation="softmax")])  # fmt: skip
    model.compile("sgd", "categorical_crossentropy")
    rows = rng.normal(size=(12, 16))
    fitted = estimator(model, max_iter=2).fit(rows, rows[:, 0] > 0)
    images = rows.reshape(12, 1, 4, 4)
    np.testing.assert_allclose(fitted.predict_proba(rows), fitted.predict_proba(images))
    assert fitted.classes_.tolist() == [False, True]


@pytest.mark.parametrize("policy", ["inv", None, mk.optimizers.schedules.CosineDecay(0.5, 60)])
def test_estimators_are_saved(policy, tmp_path):
    path = tmp_path / "estimator"
    fitted = estimator(lr_policy=policy, gamma=0.01, max_iter=10).fit(X, Y)
    fitted.save(path)
    fitted.save(path)  # over itself
    again = KerasEstimator.load(path)
    assert (again.predict(X) == fitted.predict(X)).all() and again.score(X, Y) == fitted.score(X, Y)
    assert again.classes_.tolist() == fitted.classes_.tolist()
    fitted.fit(X, Y)
    again.fit(X, Y)
    assert_close(again.model.get_weights(), fitted.model.get_weights())
    unfitted = estimator()
    unfitted.save(tmp_path / "new")
    with pytest.raises(RuntimeError, match="call its method fit"):
        KerasEstimator.load(tmp_path / "new").predict(X)
    (tmp_path / "other").mkdir()
    with pytest.raises(FileExistsError, match="holds no estimator"):
        fitted.save(tmp_path / "other")
    (path / "estimator.json").write_text("{}")
    with pytest.raises(ValueError, match="no settings"):
        KerasEstimator.load(path)


REFUSED = [
    ({"lr_policy": "cosine"}, "lr_policy must be one of"),
    ({"lr_policy": "exp"}, "needs gamma"),
    ({"batch_size": 0}, "batch_size"),
    ({"max_iter": 1.5}, "max_iter"),
    ({"test_interval": 0}, "test_interval"),
    ({"display": -1}, "display"),
]


@pytest.mark.parametrize("settings, words", REFUSED)
def test_settings_that_make_no_sense(settings, words):
    with pytest.raises(ValueError, match=words):
        estimator(**settings)


def test_data_that_do_not_fit():
    with pytest.raises(RuntimeError, match="was compiled"):
        KerasEstimator(mk.Sequential([mk.Input((4,)), mk.layers.Dense(3)]))
    with pytest.raises(ValueError, match="for 3 classes"):
        estimator().fit(X, np.where(Y == "cold", "warm", Y))
    with pytest.raises(ValueError, match="same length"):
        estimator().fit(X, Y[:5])
    with pytest.raises(ValueError, match="one class"):
        estimator().fit(X, np.ones((70, 3)))
    with pytest.raises(ValueError, match="'hot'"):
        estimator(max_iter=1).fit(X, Y).score(X[:2], np.array(["hot", "cold"]))
    with pytest.raises(ValueError, match="one output"):
        estimator(make(loss=["mse", "mse"], activation=None)).fit(X, Y)
    with pytest.raises(RuntimeError, match="call its method fit"):
        estimator().predict(X)


def test_policies_of_ones_own():
    class Halves(policies.Policy):
        def rate(self, i):
            return self.base_lr * 0.5**i

    assert float(Halves(1.0, start=2)(3)) == 0.5
    with pytest.raises(TypeError, match="must define rate"):
        policies.Policy(1.0)(1)
