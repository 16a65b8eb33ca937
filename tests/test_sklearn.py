"""Models as estimators of scikit-learn: its own checks, searches, pipelines, copies."""

import pathlib
import pickle

import numpy as np
import pytest
import sklearn
from sklearn import base, model_selection, pipeline, preprocessing
from sklearn.utils.estimator_checks import parametrize_with_checks

import minikeras as mk
from minikeras.legacy.scikit_learn import BaseWrapper, KerasClassifier, KerasRegressor
from minikeras.training.data.py_dataset import _context
from minikeras.utils.random_seed import seed_scope
from minikeras.wrappers import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer
from tests.support import values

_context()  # before joblib starts processes, which settles how they start in all tests
rng = np.random.default_rng(0)
QUIET = {"verbose": 0}
X = rng.normal(size=(60, 4))
NAMES = np.array(["cold", "mild", "warm"])
Y = NAMES[np.digitize(X[:, 0], [-0.5, 0.5])]


@pytest.fixture(autouse=True)
def _same_random_numbers():
    """In each run; and other tests have none of them."""
    with seed_scope(0):
        yield


def make(X, y, loss="mse", activation="softmax", units=(10,), learning_rate=0.01):
    layers = [mk.layers.Dense(n, activation="relu") for n in units]
    columns = y.shape[1] if y.ndim > 1 else 1
    model = mk.Sequential(
        [mk.Input(X.shape[1:]), *layers, mk.layers.Dense(columns, activation=activation)]
    )
    model.compile(mk.optimizers.Adam(learning_rate), loss)
    return model


CLASSES = {"loss": "categorical_crossentropy"}
NUMBERS = {"activation": None, "units": ()}

# The checks of scikit-learn that an estimator does not pass, and why. Keras names eight.
_DECISIONS = "decision_function gives all outputs of the model, as in Keras, also for two classes"
EXCEPTIONS = {
    "SKLearnClassifier": {
        "check_classifiers_classes": _DECISIONS,
        "check_classifiers_train": _DECISIONS,
    },
}
# They ask that predictions for some samples equal those for all within 1e-7, where batches of
# other sizes may be rounded otherwise: more than numbers of 32 bits have.
IN_FLOAT64 = ("check_methods_sample_order_invariance", "check_methods_subset_invariance")


CHECKS = parametrize_with_checks(
    [
        SKLearnClassifier(make, model_kwargs={**CLASSES, "units": [20, 20, 20]},
                          fit_kwargs={"epochs": 5, **QUIET}),
        SKLearnRegressor(make, model_kwargs={"activation": "softmax"}, fit_kwargs=QUIET),
        SKLearnTransformer(make, fit_kwargs=QUIET),
    ],
    expected_failed_checks=lambda estimator: EXCEPTIONS.get(type(estimator).__name__, {}),
)  # fmt: skip
# scikit-learn's own names hold the address of `make`, which differs between processes.
CHECKS.kwargs["ids"] = lambda x: x.func.__name__ if hasattr(x, "func") else type(x).__name__


@CHECKS
@pytest.mark.filterwarnings("ignore")
def test_checks_of_scikit_learn(estimator, check):
    if check.func.__name__ in IN_FLOAT64:
        mk.config.set_floatx("float64")
    check(estimator)


def test_exceptions_are_documented():
    text = (pathlib.Path(__file__).parents[1] / "docs" / "compatibility.md").read_text("utf-8")
    assert all(f"`{name}`" in text for names in EXCEPTIONS.values() for name in names)


def _classifier(**kwargs):
    kwargs = {"epochs": 40, **QUIET, **kwargs}
    return SKLearnClassifier(make, model_kwargs=dict(CLASSES), fit_kwargs=kwargs)


def test_models_and_functions_are_trained():
    model = make(X, np.eye(3), **CLASSES)
    before = values(model.get_weights())
    from_model = SKLearnClassifier(model, fit_kwargs={"epochs": 40, **QUIET}).fit(X, Y)
    assert all((a == b).all() for a, b in zip(values(model.get_weights()), before))
    assert from_model.score(X, Y) > 0.8 and from_model.epoch_ == 40
    assert len(from_model.history_.history["loss"]) == 40
    from_function = _classifier().fit(X, Y)
    assert from_function.score(X, Y) > 0.8
    outputs = from_function.decision_function(X)
    assert outputs.shape == (60, 3)
    assert (from_function.classes_[outputs.argmax(1)] == from_function.predict(X)).all()
    assert _classifier().fit(X, Y, epochs=2).epoch_ == 2
    assert _classifier().epoch_ == 0


def test_fits_repeat_themselves():
    estimator = _classifier(epochs=3)
    first = estimator.fit(X, Y).decision_function(X)
    before = np.random.get_state()[1].copy()
    assert (estimator.fit(X, Y).decision_function(X) == first).all()
    assert (np.random.get_state()[1] == before).all()
    assert (base.clone(estimator).fit(X, Y).decision_function(X) == first).all()
    assert (_classifier(epochs=3).fit(X, Y).decision_function(X) != first).any()
    mk.utils.set_random_seed(1)
    first = _classifier(epochs=3).fit(X, Y).decision_function(X)
    mk.utils.set_random_seed(1)
    assert (_classifier(epochs=3).fit(X, Y).decision_function(X) == first).all()


def test_a_warm_start_goes_on():
    model = make(X, np.eye(3), **CLASSES)
    estimator = SKLearnClassifier(model, warm_start=True, fit_kwargs=QUIET)
    losses = []
    for epoch in range(1, 6):
        estimator.fit(X, Y)
        assert estimator.model_ is model and estimator.epoch_ == epoch
        losses.append(estimator.history_.history["loss"][0])
    assert losses == sorted(losses, reverse=True)
    with pytest.raises(ValueError, match="hot"):
        estimator.fit(X, np.where(Y == "warm", "hot", Y))
    estimator.fit(X[Y != "warm"], Y[Y != "warm"])  # a part of the classes will do
    made = SKLearnClassifier(make, True, dict(CLASSES), dict(QUIET)).fit(X, Y)
    assert made.model_ is made.fit(X, Y).model_


@pytest.mark.parametrize("columns", [None, 1, 2])
def test_targets_of_regressors(columns):
    y = X[:, 0] if columns is None else X[:, :columns]
    regressor = SKLearnRegressor(make, model_kwargs=NUMBERS, fit_kwargs={"epochs": 150, **QUIET})
    if columns == 1:
        with pytest.warns(sklearn.exceptions.DataConversionWarning):
            regressor.fit(X, y)
        y = y[:, 0]
    else:
        regressor.fit(X, y)
    assert regressor.predict(X).shape == y.shape
    assert regressor.score(X, y) > 0.5


def test_pictures_are_inputs_as_well():
    pictures = rng.normal(size=(20, 4, 4, 1))

    def flat(X, y):
        layers = [mk.Input(X.shape[1:]), mk.layers.Flatten(), mk.layers.Dense(y.shape[1])]
        model = mk.Sequential(layers)
        model.compile("sgd", "mse")
        return model

    regressor = SKLearnRegressor(flat, fit_kwargs=QUIET).fit(pictures, pictures[:, 0, 0, 0])
    assert regressor.predict(pictures).shape == (20,)


def test_models_that_cannot_be_trained():
    plain = mk.Sequential([mk.Input((4,)), mk.layers.Dense(3)])
    with pytest.raises(RuntimeError, match="must be compiled"):
        SKLearnRegressor(plain).fit(X, X[:, 0])
    with pytest.raises(TypeError, match="a function of X and y"):
        SKLearnRegressor(lambda X, y: 3).fit(X, X[:, 0])
    with pytest.raises(ValueError, match=r"only \['a'\]"):
        _classifier().fit(X, ["a"] * 60)
    with pytest.raises(ValueError, match="multilabel"):
        _classifier().fit(X, (X[:, :3] > 0).astype(int))


@pytest.mark.parametrize("jobs", [None, 2])
def test_searches_and_cross_validation(jobs):
    search = model_selection.GridSearchCV(
        _classifier(epochs=5),
        {"fit_kwargs": [{"epochs": 1, **QUIET}, {"epochs": 60, **QUIET}]},
        n_jobs=jobs, cv=2, scoring="accuracy",
    ).fit(X, Y)  # fmt: skip
    assert search.best_params_["fit_kwargs"]["epochs"] == 60
    assert search.best_estimator_.epoch_ == 60 and search.score(X, Y) > 0.7
    scores = model_selection.cross_val_score(_classifier(), X, Y, cv=3, n_jobs=jobs)
    assert scores.shape == (3,) and scores.mean() > 0.6
    chances = model_selection.cross_val_predict(
        _classifier(), X, Y, cv=2, method="decision_function", n_jobs=jobs
    )
    np.testing.assert_allclose(chances.sum(1), 1, rtol=1e-4)


def test_pipelines_and_copies():
    steps = pipeline.make_pipeline(
        preprocessing.StandardScaler(),
        SKLearnTransformer(make, model_kwargs=NUMBERS, fit_kwargs=QUIET),
        _classifier(),
    )
    targets = np.stack([X[:, 0], X[:, 1]], 1)
    features = SKLearnTransformer(make, model_kwargs=NUMBERS, fit_kwargs=QUIET)
    assert features.fit_transform(X, targets).shape == (60, 2)
    assert features.predict(X).shape == (60, 2)
    steps = pipeline.make_pipeline(preprocessing.StandardScaler(), _classifier()).fit(X, Y)
    assert steps.score(X, Y) > 0.7
    steps.fit(X, Y, sklearnclassifier__sample_weight=np.ones(60))
    again = pickle.loads(pickle.dumps(steps))
    assert (again.predict(X) == steps.predict(X)).all()
    assert again[-1].epoch_ == steps[-1].epoch_
    copy = base.clone(steps)
    assert copy[-1].get_params() == steps[-1].get_params() and not hasattr(copy[-1], "model_")
    kept = base.clone(SKLearnRegressor(make(X, X, **NUMBERS)))
    assert kept.model.compiled


def test_requests_of_metadata():
    with pytest.raises(RuntimeError, match="enable_metadata_routing"):
        _classifier().set_fit_request(sample_weight=True)
    with sklearn.config_context(enable_metadata_routing=True):
        estimator = _classifier(epochs=1).set_fit_request(sample_weight="weight")
        estimator.set_score_request(sample_weight=True)
        steps = pipeline.make_pipeline(preprocessing.StandardScaler(), estimator)
        weight = np.where(Y == "cold", 1.0, 0.0)
        steps.fit(X, Y, weight=weight)
        seen = steps[-1].history_.history["loss"]
        unweighted = pipeline.make_pipeline(preprocessing.StandardScaler(), base.clone(estimator))
        assert seen != unweighted.fit(X, Y).steps[-1][1].history_.history["loss"]


def test_without_scikit_learn(monkeypatch):
    import importlib
    import sys

    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.delitem(sys.modules, "minikeras.wrappers.sklearn")
    with pytest.raises(ImportError, match=r"keras-on-numpy\[sklearn\]"):
        importlib.import_module("minikeras.wrappers.sklearn")


# Keras 1 and 2


def build(units=5, outputs=3, loss="sparse_categorical_crossentropy", activation="softmax"):
    model = mk.Sequential(
        [
            mk.Input((4,)),
            mk.layers.Dense(units, activation="tanh"),
            mk.layers.Dense(outputs, activation=activation),
        ]
    )
    metrics = ["accuracy"] if "crossentropy" in str(loss) else None
    model.compile(mk.optimizers.Adam(0.05), loss, metrics=metrics)
    return model


class Builder:
    def __call__(self, units=4):
        return build(units)


class Own(KerasClassifier):
    def __call__(self, units=4):
        return build(units)


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy",
                                  mk.losses.CategoricalCrossentropy()])  # fmt: skip
def test_classifiers_of_old(loss):
    classifier = KerasClassifier(build, loss=loss, epochs=15, batch_size=8, verbose=0)
    history = classifier.fit(X, Y)
    assert len(history.epoch) == 15
    assert classifier.classes_.tolist() == NAMES.tolist() and classifier.n_classes_ == 3
    predicted, chances = classifier.predict(X), classifier.predict_proba(X)
    assert chances.shape == (60, 3) and (NAMES[chances.argmax(1)] == predicted).all()
    assert abs(classifier.score(X, Y) - (predicted == Y).mean()) < 1e-6
    classifier.fit(X, Y, sample_weight=np.ones(60), epochs=1)


def test_one_hot_rows_and_single_outputs():
    rows = np.eye(3)[np.searchsorted(NAMES, Y)]
    classifier = KerasClassifier(build, loss="categorical_crossentropy", epochs=5, verbose=0)
    classifier.fit(X, rows)
    assert classifier.classes_.tolist() == [0, 1, 2] and 0 <= classifier.score(X, rows) <= 1
    two = KerasClassifier(
        build, outputs=1, loss="binary_crossentropy", activation="sigmoid", epochs=20, verbose=0
    )
    two.fit(X, X[:, 0] > 0)
    assert two.predict(X).shape == (60, 1) and two.predict_proba(X).shape == (60, 2)
    assert two.score(X, X[:, 0] > 0) > 0.8
    with pytest.raises(ValueError, match="Received shape"):
        classifier.fit(X, np.ones((60, 1, 1)))


def test_what_makes_the_model_of_old():
    for wrapper in (KerasClassifier(Builder(), units=3, verbose=0), Own(units=3, verbose=0)):
        wrapper.fit(X, Y)
        assert wrapper.model.layers[0].units == 3
        assert base.clone(wrapper).get_params()["units"] == 3
    assert KerasClassifier(build, nb_epoch=2).filter_sk_params(mk.Sequential.fit) == {"nb_epoch": 2}
    with pytest.raises(ValueError, match="unit is no argument"):
        KerasClassifier(build, unit=3)
    with pytest.raises(ValueError, match="build_fn=None"):
        BaseWrapper().fit(X, Y)
    wrapper = KerasRegressor(build, loss="mse")
    assert wrapper.set_params(units=9) is wrapper and wrapper.get_params()["units"] == 9
    with pytest.raises(ValueError, match="accuracy"):
        made = KerasClassifier(build, loss="mse", outputs=1, activation=None, verbose=0)
        made.fit(X, X[:, 0] > 0)
        made.score(X, X[:, 0] > 0)


@pytest.mark.parametrize("jobs", [None, 2])
def test_searches_of_old(jobs):
    classifier = KerasClassifier(build, verbose=0, batch_size=10)
    search = model_selection.GridSearchCV(
        classifier, {"epochs": [1, 30], "units": [8]}, cv=2, n_jobs=jobs
    ).fit(X, Y)
    assert search.best_params_ == {"epochs": 30, "units": 8} and search.score(X, Y) > 0.7
    regressor = KerasRegressor(build, loss="mse", outputs=1, activation=None, verbose=0, epochs=20)
    steps = pipeline.make_pipeline(preprocessing.StandardScaler(), regressor)
    scores = model_selection.cross_val_score(steps, X, X[:, 0], cv=2, n_jobs=jobs)
    assert scores.shape == (2,) and (scores <= 0).all()
    assert steps.fit(X, X[:, 0]).predict(X).shape == (60,)
    again = pickle.loads(pickle.dumps(steps))
    np.testing.assert_allclose(again.predict(X), steps.predict(X), rtol=1e-5)


def test_where_they_stood():
    from minikeras.wrappers import scikit_learn

    assert scikit_learn.KerasClassifier is KerasClassifier
    assert base.is_classifier(KerasClassifier(build)) and base.is_regressor(KerasRegressor(build))
