"""FeatureSpace against real Keras on TensorFlow: what it answered stands in tests/golden."""

import json
import pathlib

import numpy as np
import pytest

import minikeras as mk
from minikeras.layers.preprocessing.feature_space import Cross, Feature
from tests.golden import preprocessing_cases as cases
from tests.support import assert_close, values
from tests.test_preprocessing import same, written_again

GOLDEN_FOLDER = pathlib.Path(__file__).parent / "golden"
GOLDEN = json.loads((GOLDEN_FOLDER / "preprocessing.json").read_text())["spaces"]
DATA = {name: np.array(column) for name, column in cases.DATA.items()}
ROWS = {name: np.array(column) for name, column in cases.ROWS.items()}
ONE = {name: column[0] for name, column in cases.ROWS.items()}


def made(name):
    space = mk.utils.FeatureSpace(**cases.SPACES[name], name=name)
    space.adapt(DATA)
    return space


@pytest.mark.parametrize("name", cases.SPACES)
def test_a_feature_space_answers_as_keras(name):
    space = made(name)
    same(space(ROWS), GOLDEN[name]["rows"])
    same(space(ONE), GOLDEN[name]["one"])
    columns = {key: column[:, None] for key, column in ROWS.items()}
    same(space(columns), GOLDEN[name]["rows"])
    same(space(cases.ROWS), GOLDEN[name]["rows"])


@pytest.mark.parametrize("name", cases.SPACES)
def test_a_feature_space_of_a_file_of_keras(name):
    space = mk.saving.load_model(GOLDEN_FOLDER / f"preprocessing_space_{name}.keras")
    assert isinstance(space, mk.utils.FeatureSpace)
    same(space(ROWS), GOLDEN[name]["rows"])


@pytest.mark.parametrize("name", cases.SPACES)
def test_a_file_written_again_has_the_members_that_keras_wrote(name, tmp_path):
    written_again(GOLDEN_FOLDER / f"preprocessing_space_{name}.keras", tmp_path / "again.keras")


@pytest.mark.parametrize("name", cases.SPACES)
def test_saved_and_loaded(name, tmp_path):
    space = made(name)
    space.save(tmp_path / "space.keras")
    loaded = mk.saving.load_model(tmp_path / "space.keras")
    for a, b in zip(mk.tree.flatten(space(ROWS)), mk.tree.flatten(loaded(ROWS))):
        assert_close(a, b)


def supplies():
    rows = [{k: v[i] for k, v in DATA.items()} for i in range(5)]
    batches = [{k: v[i : i + 2] for k, v in DATA.items()} for i in (0, 2, 4)]
    return {
        "lists": cases.DATA,
        "rows": rows,
        "generator of rows": (row for row in rows),
        "batches": batches,
        "generator of batches": (batch for batch in batches),
        "pairs": [(batch, 0) for batch in batches],
    }


@pytest.mark.parametrize("kind", supplies())
def test_it_learns_from_every_supply(kind):
    space = mk.utils.FeatureSpace(**cases.SPACES["concat"])
    space.adapt(supplies()[kind])
    same(space(ROWS), GOLDEN["concat"]["rows"])


def test_models_of_raw_and_of_encoded_features():
    space = made("concat")
    features = space.get_encoded_features()
    assert features.shape == (None, values(space(ROWS)).shape[1])
    output = mk.layers.Dense(1)(features)
    raw = mk.Model(space.get_inputs(), output)
    columns = {name: column[:, None] for name, column in DATA.items()}
    raw.compile("adam", "mse")
    raw.fit(columns, np.ones((5, 1), "float32"), batch_size=2, epochs=2, verbose=0)
    encoded = mk.Model(features, output)
    assert_close(raw(columns), encoded(space(DATA)), rtol=1e-4)


def test_a_model_around_a_feature_space_is_saved(tmp_path):
    space = made("concat")
    model = mk.Model(space.get_inputs(), mk.layers.Dense(1)(space.get_encoded_features()))
    columns = {name: column[:, None] for name, column in DATA.items()}
    expected = values(model(columns))
    model.save(tmp_path / "model.keras")
    assert_close(mk.saving.load_model(tmp_path / "model.keras")(columns), expected)


def test_kinds_of_features_with_arguments():
    make = mk.utils.FeatureSpace
    space = make(
        features={
            "a": make.float_rescaled(scale=2.0, offset=1.0),
            "b": make.float_discretized(None, bin_boundaries=[0.0, 1.0]),
            "c": make.string_categorical(max_tokens=3, num_oov_indices=2, output_mode="int"),
            "d": make.integer_hashed(4, output_mode="int"),
            "e": make.feature("string", mk.layers.TextVectorization(output_mode="count"), "float"),
        },
        crosses=[make.cross(("c", "d"), 6, output_mode="int")],
        output_mode="dict",
    )
    data = {"a": [1.0, 2.0], "b": [-1.0, 5.0], "c": ["x", "y"], "d": [3, 4], "e": ["p q", "q"]}
    with pytest.raises(ValueError, match="adapt"):
        space(data)
    space.adapt(data)
    found = {name: values(x) for name, x in space(data).items()}
    assert list(found) == ["a", "b", "c", "d", "e", "c_X_d"]
    assert found["a"].tolist() == [[3.0], [5.0]]
    assert found["b"].tolist() == [[1, 0, 0], [0, 0, 1]]
    assert found["e"].tolist() == [[0, 1, 1], [0, 1, 0]]
    assert found["c"].shape == found["d"].shape == found["c_X_d"].shape == (2, 1)


MISTAKES = [
    (lambda make: make({}), "cannot be None or empty"),
    (lambda make: make({"a": "fish"}), "fish"),
    (lambda make: make({"a": "float"}, output_mode="fish"), "output_mode"),
    (lambda make: make({"a": "float"}, crosses=[("a", "b")]), "unknown names"),
    (lambda make: make({"a": "float"}, crosses=[("a",)], crossing_dim=0), "crossing_dim"),
    (lambda make: make({"a": "float"})([1.0]), "dict"),
    (lambda make: make({"a": "float_normalized"}).adapt(3), "adapt takes"),
    (lambda make: make({"a": make.string_hashed(3, output_mode="int")})({"a": "x"}), "joined"),
    (lambda make: Feature("float32", None, "fish"), "output_mode"),
    (lambda make: Cross(("a", "b"), 3, "float"), "output_mode"),
]


@pytest.mark.parametrize("index", range(len(MISTAKES)))
def test_mistakes_are_told(index):
    mistake, message = MISTAKES[index]
    with pytest.raises(ValueError, match=message):
        mistake(mk.utils.FeatureSpace)
