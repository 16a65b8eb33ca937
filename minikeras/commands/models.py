"""What commands that load a model have in common: their arguments, and the loading."""

import argparse
import os


def add_arguments(parser):
    """The file, and how to read it."""
    parser.add_argument(
        "file", metavar="FILE", help="a model: .keras, HDF5 of any version of Keras, or JSON"
    )
    parser.add_argument(
        "--weights", metavar="FILE", help="take the weights from this file, of any format"
    )
    parser.add_argument(
        "--by-name", action="store_true", help="match the layers of --weights by their names"
    )
    parser.add_argument(
        "--objects",
        metavar="FILE.py",
        help="a Python file whose classes and functions are custom objects; it is run",
    )
    parser.add_argument(
        "--unsafe",
        action="store_true",
        help="allow Python code in the file (lambdas) to be loaded; only for files you trust",
    )


def loaded(options):
    """The model that the arguments of a command name."""
    from minikeras.legacy.files.loading import load_keras

    return load_keras(
        options.file,
        options.weights,
        by_name=options.by_name,
        custom_objects=custom_objects(options.objects),
        safe_mode=not options.unsafe,
    )


def arrays_in(path):
    """The arrays in an .npz file by name; the one in an .npy file under the empty name."""
    import zipfile
    import zlib

    from minikeras.backend.xp import np

    with open(path, "rb") as file:
        if not file.read(6).startswith((b"PK", b"\x93NUMPY")):
            raise ValueError(f"{path!r} is no file of arrays: neither .npz nor .npy")
        file.seek(0)
        try:
            stored = np.load(file, allow_pickle=False)
            if isinstance(stored, np.ndarray):
                return {"": stored}
            with stored:
                return {name: stored[name] for name in stored.files}
        except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"The arrays in {path!r} cannot be read: {error}") from error


def custom_objects(path):
    """The public classes and functions that a Python file defines."""
    if path is None:
        return None
    import runpy

    if not os.path.exists(path):
        raise FileNotFoundError(f"There is no file {path!r}")
    names = runpy.run_path(path)
    return {name: value for name, value in names.items() if not name.startswith("_")}


def positive(text):
    """A number on the command line that must be 1 or more."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, not {number}")
    return number
