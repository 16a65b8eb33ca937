"""Which rows a run has: a sample that changes with the date, and the rows of changed files."""

import functools
import inspect
import os
import pathlib
import subprocess
import zlib

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PARTS = 6  # a run has one row in so many


def sampled(rows, name_of, source_of):
    """The rows as parameters of a test; those that this run leaves out are marked as long.

    Args:
        rows: any tuples or objects.
        name_of: gives the label of a row.
        source_of: gives the function or class that a row tests.
    """
    return [
        pytest.param(
            *(row if isinstance(row, tuple) else (row,)),
            id=f"{i}-{name_of(row)}",
            marks=() if _is_chosen(i, name_of(row), source_of(row)) else pytest.mark.long,
        )
        for i, row in enumerate(rows)
    ]


def _is_chosen(index, name, thing):
    # The day is fixed by conftest.py for all processes of a run.
    day = os.environ["MINIKERAS_SAMPLE"]
    return zlib.crc32(f"{day}-{index}-{name}".encode()) % PARTS == 0 or _is_changed(thing)


def _is_changed(thing):
    try:
        file = inspect.getsourcefile(inspect.unwrap(thing))
    except TypeError:
        return False
    return file is not None and pathlib.Path(file).resolve() in _changed_files()


@functools.cache
def _changed_files():
    """Files that differ from the commit before the last, where there is a repository."""
    try:
        told = subprocess.run(
            ["git", "diff", "--name-only", "HEAD~1"],
            cwd=ROOT, capture_output=True, text=True, timeout=20, check=True,
        ).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    return frozenset((ROOT / line).resolve() for line in told.splitlines())
