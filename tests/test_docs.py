"""The documentation: its code runs and prints what it says; what it says is missing is missing."""

import contextlib
import io
import os
import pathlib
import re
import subprocess
import sys

import pytest

import minikeras as mk
from minikeras.backend.autodiff import PRIMITIVES

ROOT = pathlib.Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
PRINTED = re.compile(r"^ *print\(.*\)  # (.*)$", re.MULTILINE)

BLOCKS = [
    pytest.param(path, match, id=f"{path.stem}-{i}")
    for path in PAGES
    for i, match in enumerate(BLOCK.finditer(path.read_text(encoding="utf-8")))
]


@pytest.fixture
def own_primitives():
    """Primitives that a block adds are taken away again."""
    before = dict(PRIMITIVES)
    yield
    PRIMITIVES.clear()
    PRIMITIVES.update(before)


@pytest.mark.parametrize(("path", "match"), BLOCKS)
def test_code_runs_and_prints_what_its_comments_say(
    path, match, own_primitives, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    mk.utils.set_random_seed(0)
    code = match[1]
    if ".alias(" in code:  # it changes what the whole process imports
        environment = {**os.environ, "KERAS_BACKEND": "numpy", "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)
        return
    first_line = match.string[: match.start(1)].count("\n")
    printed = io.StringIO()
    # Errors point to the line of the page.
    compiled = compile("\n" * first_line + code, str(path), "exec")
    with contextlib.redirect_stdout(printed):
        exec(compiled, {"__name__": "__main__"})
    expected = PRINTED.findall(code)
    if expected:
        assert printed.getvalue().splitlines() == expected


def test_what_is_called_missing_is_missing():
    text = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    missing = re.findall(
        r"`keras\.([\w.]+)`", text.partition("## Not there\n")[2].partition("\n## ")[0]
    )
    assert missing
    there = [name for name in missing if "." in name and _is_there(name)]
    assert there == [], f"docs/compatibility.md says that these are missing: {there}"


def test_what_is_called_there_is_there():
    text = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    table = text.partition("## What is there")[2].partition("## ")[0]
    named = re.findall(r"`keras\.([\w.]+)`", table)
    assert len(named) > 10
    assert [name for name in named if not _is_there(name)] == []


def _is_there(name):
    found = mk
    for part in name.split("."):
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True
