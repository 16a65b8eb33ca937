"""Writing files so that no half-written one is ever found under its name."""

import contextlib
import os
import shutil
import tempfile


@contextlib.contextmanager
def replacing(path):
    """A context that gives a path to write to; what was written then takes the place of ``path``.

    If the block fails, ``path`` is as it was. The folder of ``path`` is made if there is none. The
    temporary path lies in the same folder and ends in the same name, suffixes included.
    """
    path = os.fspath(path)
    folder = os.path.dirname(path) or "."
    os.makedirs(folder, exist_ok=True)
    if os.path.isdir(path):
        raise IsADirectoryError(f"A file is to be written, but {path} is a folder")
    workplace = tempfile.mkdtemp(prefix=".writing-", dir=folder)
    try:
        temporary = os.path.join(workplace, os.path.basename(path))
        yield temporary
        if os.path.exists(temporary):
            os.replace(temporary, path)
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
