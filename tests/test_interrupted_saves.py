"""A save that is killed, or for which the disk is too small, leaves the old file or the new one."""

import json
import os
import subprocess
import sys

import pytest

import minikeras as mk
from tests.hostile.kills import WAYS

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked and killed")


def told(folder, way, *words):
    """What `tests.hostile.kills` prints."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.kills", str(folder), way, *map(str, words)],
        env={**os.environ, "KERAS_BACKEND": "numpy"}, cwd=root, text=True, capture_output=True,
        timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_kills(folder, way, count, seed):
    found = told(folder, way, count, seed)
    assert len(found) == count, found
    for kill in found:
        assert kill["found"] in (kill["done"], kill["done"] + 1), kill


@pytest.mark.parametrize("way", WAYS)
def test_killed_saves_leave_a_whole_file(way, tmp_path):
    check_kills(tmp_path, way, 2, 0)


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS)
def test_many_killed_saves_leave_a_whole_file(way, tmp_path):
    check_kills(tmp_path, way, 30, 1)  # 210 together


def check_full_disk(folder, way, limit):
    (found,) = told(folder, way, "full", limit)
    assert found["error"].startswith("OSError"), found
    assert found["same"], found
    assert found["after"] == found["before"] > 0, found


@pytest.mark.parametrize(
    ("way", "limit"), list(zip(WAYS, (100_000, 9000, 5000, 183_000, 700, 40_000, 0)))
)
def test_a_full_disk_leaves_the_old_file_and_nothing_else(way, limit, tmp_path):
    check_full_disk(tmp_path, way, limit)


@pytest.mark.long
@pytest.mark.parametrize("limit", [0, 700, 5000, 6000, 9000, 40_000, 100_000, 183_000, 500_000])
@pytest.mark.parametrize("way", WAYS)
def test_a_disk_that_is_full_at_any_place(way, limit, tmp_path):
    check_full_disk(tmp_path, way, limit)


class Exploding(mk.layers.Dense):
    """A layer that cannot be saved."""

    def save_own_variables(self, store):
        store["0"] = self.kernel.numpy()
        raise RuntimeError("planted")


@pytest.mark.parametrize(
    ("save", "name"),
    [
        (lambda model, path: model.save(path), "m.keras"),
        (lambda model, path: model.save(path, zipped=False), "m"),
        (lambda model, path: model.save_weights(path), "m.weights.h5"),
    ],
    ids=["keras", "folder", "weights"],
)
def test_an_exception_leaves_the_old_file_and_nothing_else(save, name, tmp_path):
    path = tmp_path / name
    save(mk.Sequential([mk.Input((3,)), mk.layers.Dense(2)]), path)

    def content():
        files = [p for p in sorted(tmp_path.rglob("*")) if p.is_file()]
        return {str(p): p.read_bytes() for p in files}

    before = content()
    with pytest.raises(RuntimeError, match="planted"):
        save(mk.Sequential([mk.Input((3,)), Exploding(2)]), path)
    assert content() == before
