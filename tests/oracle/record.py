"""How far apart the results of both libraries were, for docs/compatibility.md.

Nothing is kept unless the environment variable MINIKERAS_COMPARISONS names a folder: there each
process writes one file of JSON lines, of (public name, what was compared, largest difference).
"""

import contextlib
import json
import os
import pathlib

import numpy as np

_FOLDER = os.environ.get("MINIKERAS_COMPARISONS")
_current = []


@contextlib.contextmanager
def comparing(name, what):
    """Whatever `difference` is told within is of ``name``, such as ``"ops.add"``, and ``what``."""
    _current.append((name, what))
    try:
        yield
    finally:
        _current.pop()
    _write(name, what, "", 0.0)


def difference(actual, expected):
    """Note how far two arrays are apart, relative to the larger of 1 and the expected value."""
    if not _FOLDER or not _current:
        return
    if actual.dtype.kind in "fciub" and expected.dtype.kind in "fciub":
        kind = "complex128" if "c" in actual.dtype.kind + expected.dtype.kind else "float64"
        a, e = np.asarray(actual, kind), np.asarray(expected, kind)
        sound = np.isfinite(a) & np.isfinite(e)
        a, e = a[sound], e[sound]
        apart = np.abs(a - e) / np.maximum(np.abs(e), 1)
        largest = float(apart.max(initial=0.0))
    else:
        largest = 0.0
    _write(*_current[-1], str(actual.dtype), largest)


def _write(name, what, dtype, largest):
    if not _FOLDER:
        return
    line = json.dumps([name, what, dtype, largest])
    with open(pathlib.Path(_FOLDER) / f"{os.getpid()}.jsonl", "a", encoding="utf-8") as file:
        file.write(line + "\n")
