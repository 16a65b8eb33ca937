"""Tables of primitives with arguments to differentiate them at, a file a family."""

import importlib
import pathlib


def all_rows():
    """The rows of all families: a primitive's name, its arguments and its settings.

    Of a primitive without derivatives: its name, None and the reason.
    """
    rows = []
    for path in sorted(pathlib.Path(__file__).parent.glob("*.py")):
        if path.stem != "__init__":
            rows += importlib.import_module(f"tests.gradients.{path.stem}").ROWS
    return rows
