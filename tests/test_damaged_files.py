"""Real files with random changes either load or are refused in a documented way, at little cost."""

import os
import pathlib
import shutil
import tempfile

import pytest
from hypothesis import HealthCheck, given, settings

from tests.hostile.mutations import code_for, damaged_files, real_files
from tests.test_security import Probe, prepared, tree_of

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the probe forks for each file")
EXPECTED = {"ValueError", "TypeError", "OSError"}
SECONDS, MEGABYTES = 10, 300


@pytest.fixture(scope="module")
def probe():
    real_files()  # drawn from outside of Hypothesis, which watches random numbers
    with Probe() as started:
        yield started


def check(probe, damaged):
    folder = pathlib.Path(tempfile.mkdtemp())
    try:
        here = folder / "here"
        prepared(here, {"file": damaged.content})
        before = set(tree_of(folder)) | {"here/tmp", "here/file.weights.h5"}
        found = probe.ask(here, code_for(damaged.name))
        assert found["error"] is None or EXPECTED & set(found["family"]), found
        assert found["events"] == []
        assert set(tree_of(folder)) <= before
        assert found["seconds"] < SECONDS
        assert found["megabytes"] < MEGABYTES
    finally:
        shutil.rmtree(folder)


QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}


@settings(max_examples=60, derandomize=True, **QUIET)
@given(damaged_files())
def test_damaged_files_load_or_are_refused(probe, damaged):
    check(probe, damaged)


@pytest.mark.long
@settings(max_examples=5000, **QUIET)
@given(damaged_files())
def test_many_damaged_files_load_or_are_refused(probe, damaged):
    check(probe, damaged)


def test_undamaged_files_load(probe, tmp_path):
    for name, content in real_files().items():
        prepared(tmp_path / name, {"file": content})
        found = probe.ask(tmp_path / name, code_for(name))
        assert found["error"] is None, (name, found)
        assert found["events"] == []
