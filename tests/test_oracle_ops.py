"""Every op against real Keras, row by row."""

import importlib
import pathlib

import pytest

from minikeras import ops
from tests.oracle import operations
from tests.oracle.selection import sampled

FILES = sorted(p.stem for p in (pathlib.Path(__file__).parent / "oracle").glob("ops_*.py"))
MODULES = [importlib.import_module(f"tests.oracle.{name}") for name in FILES]
ROWS = [r for module in MODULES for r in module.ROWS]


def op_named(name):
    found = ops
    for part in name.split("."):
        found = getattr(found, part)
    return found


# The oracle adds up 64 bits, which are on, in 32 bits of its own.
@pytest.mark.filterwarnings("ignore:scatter inputs have incompatible types:FutureWarning")
@pytest.mark.parametrize("row", sampled(ROWS, lambda r: r.label, lambda r: op_named(r.name)))
def test_op_equals_keras(row):
    for dtype in row.dtypes:
        operations.compare(row, dtype)
