"""`load_keras`: a model from architecture and weights in separate files, here or elsewhere."""

import contextlib
import os
import shutil
import tempfile

from minikeras.guarded import hdf5, json_text, limits
from minikeras.legacy.files.models import model_from_old_form
from minikeras.saving.model_file import is_archive, load_model


def load_keras(json_path=None, hdf5_path=None, by_name=False, custom_objects=None, safe_mode=True):
    """A model from files of any version of Keras: JSON beside HDF5 weights, or a whole model.

    Args:
        json_path: a JSON file of an architecture; or a whole model as HDF5 or ``.keras``. None if
            ``hdf5_path`` is a whole model.
        hdf5_path: a file with weights: HDF5 of weights or of a whole model, or ``.keras``. Without
            it the weights of a JSON file are new.
        by_name: whether layers are found in the file of weights by their names.
        custom_objects: a dict from names to classes and functions of your own.
        safe_mode: whether to refuse Python code in the files.

    Paths may be URIs such as ``hdfs://host/model.json``, ``s3://bucket/model.h5`` or
    ``memory://model.keras``, which need ``pip install 'keras-on-numpy[remote]'``.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if a file is damaged, or holds parts that are not known: all of them are named.

    >>> import minikeras as keras, os, tempfile
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     json_path, path = os.path.join(folder, "a.json"), os.path.join(folder, "a.weights.h5")
    ...     with open(json_path, "w") as file:
    ...         _ = file.write(model.to_json())
    ...     model.save_weights(path)
    ...     keras.legacy.load_keras(json_path, path).count_params()
    3
    """
    if json_path is None and hdf5_path is None:
        raise ValueError("load_keras needs a file: json_path, hdf5_path, or both")
    with contextlib.ExitStack() as stack:
        first, second = (
            None if path is None else stack.enter_context(local_path(path))
            for path in (json_path, hdf5_path)
        )
        if first is None:
            return load_model(second, custom_objects, safe_mode=safe_mode)
        if is_whole(first):
            model = load_model(first, custom_objects, safe_mode=safe_mode)
        else:
            form = read_json(first, os.fspath(json_path))
            model = model_from_old_form(
                form, custom_objects, safe_mode, source=repr(os.fspath(json_path))
            )
        if second is not None:
            if not model.built:
                raise ValueError(
                    f"{os.fspath(json_path)!r} does not say what shape the inputs have, so there "
                    "is nothing to load weights into"
                )
            model.load_weights(second, by_name=by_name)
        return model


def is_whole(path):
    """Whether a file may be of a whole model: HDF5, or a ``.keras`` file or folder."""
    return is_archive(path) or hdf5.is_hdf5(path)


def read_json(path, name=None):
    """The values in a JSON file; ``name`` is what to call it in messages."""
    name = repr(name or path)
    limits.check("text", os.path.getsize(path), name)
    with open(path, "rb") as file:
        content = file.read()
    if not content.lstrip().startswith((b"{", b"[")):
        raise ValueError(f"{name} is no file of a model: neither .keras, HDF5 nor JSON")
    form = json_text.parsed(content, name)
    if not isinstance(form, dict) or "class_name" not in form:
        raise ValueError(f"{name} describes no model: it is no object with class_name and config")
    return form


@contextlib.contextmanager
def local_path(path):
    """A path of a local file; what lies behind a URI is copied for as long as it is needed."""
    path = os.fspath(path)
    if "://" not in path:
        yield path
        return
    try:
        import fsspec
    except ImportError:
        raise ImportError(
            f"{path!r} is a URI, which needs fsspec: pip install 'keras-on-numpy[remote]'"
        ) from None
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, _file_name(path))
        with fsspec.open(path, "rb") as source, open(copy, "wb") as target:
            shutil.copyfileobj(source, target)
        yield copy


def _file_name(uri):
    """A name with the endings of that in a URI, which tell the format."""
    name = uri.rpartition("/")[2]
    endings = (".weights.h5", ".weights.json", ".keras", ".h5", ".hdf5", ".json")
    return "model" + next((e for e in endings if name.endswith(e)), "")
