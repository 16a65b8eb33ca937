"""Every public function and class of Keras is called in the tests, with arguments that are real.

What has no row in the tables of ops and classes (`test_oracle_ops`, `test_oracle_classes`) has a
call in `tests/oracle/calls_*.py`, made in both libraries, or a test of its own that is named here.
"""

import numbers
import pathlib
import re

import keras
import numpy as np
import pytest

import minikeras as mk
from tests import test_applications, test_oracle_classes, test_oracle_ops
from tests.oracle import calls_core, calls_distribution, calls_training, calls_utils
from tests.oracle.class_row import found
from tests.support import values
from tests.test_complete import THERE, public

TABLES = (calls_core, calls_utils, calls_training, calls_distribution)
CALLS = {name: call for table in TABLES for name, call in table.CALLS.items()}
ALONE = {name: entry for table in TABLES for name, entry in table.ALONE.items()}
FOLDER = pathlib.Path(__file__).parent

# What tests with means of their own call: names by their beginning, and the test.
_DATA = "test_datasets.py::test_"
ELSEWHERE = {
    **{f"applications.{name}": "test_applications.py::COUNTS" for name in test_applications.COUNTS},
    "config.enable_unsafe_deserialization": "test_security.py::mk.config.enable_unsafe_",
    "datasets.imdb.get_word_index": _DATA + "words_are_those_of_keras",
    "datasets.reuters.get_word_index": _DATA + "words_are_those_of_keras",
    "datasets.reuters.get_label_names": _DATA + "words_are_those_of_keras",
    **{
        f"datasets.{module}.load_data": _DATA + test
        for test, modules in {
            "arrays_are_those_of_keras": ("boston_housing", "california_housing", "mnist"),
            "cifar_images_are_those_of_keras": ("cifar10", "cifar100"),
            "texts_are_those_of_keras": ("imdb", "reuters"),
            "the_same_files_of_clothes_are_asked_for": ("fashion_mnist",),
        }.items()
        for module in modules
    },
}
# What helps other programs find minikeras; `python -m minikeras` and its tests use it.
OF_MINIKERAS = {"alias": "test_legacy_preprocessing.py::minikeras.alias("}


def same(ours, theirs, place="result"):
    """Assert that two results are the same: structures, numbers, tensors, texts."""
    if isinstance(theirs, dict):
        assert isinstance(ours, dict) and set(ours) == set(theirs), (place, ours, theirs)
        for key in theirs:
            same(ours[key], theirs[key], f"{place}[{key!r}]")
    elif isinstance(theirs, (list, tuple)):
        assert type(ours) is type(theirs) and len(ours) == len(theirs), (place, ours, theirs)
        for i, pair in enumerate(zip(ours, theirs)):
            same(*pair, f"{place}[{i}]")
    elif theirs is None or isinstance(theirs, (str, bool, bytes)):
        assert ours == theirs, f"{place}: {ours!r}, expected {theirs!r}"
    elif isinstance(theirs, numbers.Number) or hasattr(theirs, "shape"):
        np.testing.assert_allclose(
            np.asarray(values(ours)), np.asarray(theirs), 1e-5, 1e-6, err_msg=place
        )
    else:
        raise TypeError(f"{place} is of a kind that cannot be compared: {theirs!r}")


def called(call, library, folder, monkeypatch):
    folder.mkdir()
    monkeypatch.chdir(folder)
    return call(library)


@pytest.mark.parametrize("name", CALLS)
def test_calls_give_what_they_give_in_keras(name, tmp_path, monkeypatch):
    theirs = called(CALLS[name], keras, tmp_path / "theirs", monkeypatch)
    same(called(CALLS[name], mk, tmp_path / "ours", monkeypatch), theirs)


@pytest.mark.parametrize("name", ALONE)
def test_calls_that_keras_cannot_make_here(name, tmp_path, monkeypatch):
    reason, call = ALONE[name]
    assert reason
    assert called(call, mk, tmp_path / "ours", monkeypatch)


@pytest.mark.parametrize("network", test_applications.MODULES + ["imagenet_utils"])
def test_images_of_each_network_are_prepared_as_in_keras(network):
    images = np.arange(48, dtype="float32").reshape(1, 4, 4, 3) * 5
    scores = np.linspace(0, 1, 1000)[None]
    modules = [getattr(library.applications, network) for library in (mk, keras)]
    ours, theirs = (module.preprocess_input(images.copy()) for module in modules)
    same(ours, theirs)
    for module in modules:
        with pytest.raises(ValueError):
            module.decode_predictions(scores[:, :9])


def everything():
    """The public functions and classes by identity: for each a list of its names."""
    names = {}
    for namespace, name in THERE:
        full = ".".join(filter(None, (namespace, name)))
        names.setdefault(id(found(mk, full)), []).append(full)
    for name in public(mk):
        names.setdefault(id(getattr(mk, name)), []).append(name)
    return list(names.values())


def test_everything_is_called():
    rows = {row.name for row, _ in test_oracle_classes.ROWS}
    rows |= {f"ops.{row.name}" for row in test_oracle_ops.ROWS}
    rows |= {f"ops.linalg.{row.name}" for row in test_oracle_ops.ROWS}
    known = rows | set(CALLS) | set(ALONE) | set(ELSEWHERE) | set(OF_MINIKERAS)
    prepared = re.compile(r"applications\.\w+\.(preprocess_input|decode_predictions)")
    missing = [
        names[0]
        for names in everything()
        if not known & set(names) and not all(map(prepared.fullmatch, names))
    ]
    assert missing == []


def test_what_is_called_is_public():
    names = {name for group in everything() for name in group}
    assert set(CALLS) | set(ALONE) | set(ELSEWHERE) | set(OF_MINIKERAS) <= names


@pytest.mark.parametrize("place", sorted({*ELSEWHERE.values(), *OF_MINIKERAS.values()}))
def test_tests_that_are_named_are_there(place):
    file, _, text = place.partition("::")
    assert text in (FOLDER / file).read_text("utf-8")
