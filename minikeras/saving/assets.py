"""Assets: files that layers keep beside their variables in a ``.keras`` file, such as vocabularies.

A layer has some if it has the methods ``save_assets(dir_path)`` and ``load_assets(dir_path)``. They
stand under ``assets/``, in a folder with the path of the layer.
"""

import contextlib
import os
import tempfile

from minikeras.guarded import archives
from minikeras.saving.walk import walk

_FOLDER = "assets"


def write_assets(folder, model):
    """Let all that ``model`` holds write their assets into folders below ``folder``.

    Args:
        folder: where the folder ``assets`` is made, if there is something to put into it.
        model: a model.
    """
    for path, obj in walk(model):
        if hasattr(obj, "save_assets"):
            own = os.path.join(folder, _FOLDER, *path.split("/"))
            os.makedirs(own, exist_ok=True)
            obj.save_assets(own)


def add_to_archive(archive, model):
    """Write the assets of ``model`` into a zip file that is open for writing."""
    with tempfile.TemporaryDirectory() as folder:
        write_assets(folder, model)
        for root, _, names in sorted(os.walk(folder)):
            for name in sorted(names):
                path = os.path.join(root, name)
                archive.write(path, os.path.relpath(path, folder).replace(os.sep, "/"))


def read_assets(filepath, model):
    """Let all that ``model`` holds read their assets from a ``.keras`` file or folder."""
    owners = [(path, obj) for path, obj in walk(model) if hasattr(obj, "load_assets")]
    if not owners:
        return
    with _unpacked(filepath) as folder:
        for path, obj in owners:
            own = os.path.join(folder, _FOLDER, *path.split("/"))
            if os.path.isdir(own):
                obj.load_assets(own)


@contextlib.contextmanager
def _unpacked(filepath):
    """The folder in which the assets of a file lie, for as long as they are read."""
    if os.path.isdir(filepath):
        _check_no_links(os.path.join(filepath, _FOLDER))
        yield filepath
        return
    with tempfile.TemporaryDirectory() as folder, archives.opened_zip(filepath) as archive:
        archive.unpack(folder, f"{_FOLDER}/")
        yield folder


def _check_no_links(folder):
    found = [folder]
    for root, folders, names in os.walk(folder):
        found += [os.path.join(root, name) for name in (*folders, *names)]
    for path in found:
        if os.path.islink(path):
            raise ValueError(f"{path!r} is a link to somewhere else; it is not followed")
