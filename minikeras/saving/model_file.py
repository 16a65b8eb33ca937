"""``.keras``: a zip of the architecture (JSON), the weights (HDF5) and a line about the file."""

import contextlib
import datetime
import io
import json
import os
import warnings
import zipfile

from minikeras.files import atomic_folder, atomic_path, check_free, check_there
from minikeras.guarded import archives, json_text, limits
from minikeras.saving.assets import add_to_archive, read_assets, write_assets
from minikeras.saving.parts import check_known
from minikeras.saving.weights_file import read_weights, size_of, write_weights
from minikeras.serialization import (
    deserialize_keras_object,
    serialize_keras_object,
    sharing_scope,
)
from minikeras.version import KERAS_VERSION

# Readers of other formats: pairs of a function that knows its files by path, and one that loads
# them with the arguments of `load_model`.
OTHER_FORMATS = []
# Writers of other formats: pairs of a function that tells by a path whether a file is its own and
# one that saves with ``(model, filepath, overwrite, include_optimizer)``.
OTHER_WRITERS = []
_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"


def save_model(model, filepath, overwrite=True, zipped=None, **kwargs):
    """Save a model: architecture, weights, and the state of its training.

    Args:
        model: a model.
        filepath: a path that ends in ``.keras``.
        overwrite: whether an existing file is replaced; if not, it is an error.
        zipped: whether to write one zip file (the default) or a folder of its members.
        **kwargs: ``include_optimizer``: whether the optimizer's state is saved, True by default.

    The file appears whole or not at all: an interrupted save leaves the old one.

    Raises:
        ValueError: for another ending.
        FileExistsError: if the file exists and ``overwrite`` is False.
    """
    include_optimizer = kwargs.pop("include_optimizer", True)
    if kwargs:
        raise ValueError(
            f"The following argument(s) are not supported by save_model: {sorted(kwargs)}"
        )
    filepath = os.fspath(filepath)
    for knows, write in OTHER_WRITERS:
        if zipped is None and knows(filepath):
            write(model, filepath, overwrite, include_optimizer)
            return
    if zipped is None:
        zipped = not os.path.isdir(filepath)
    if zipped and not filepath.endswith(".keras"):
        raise ValueError(
            f"Invalid filepath extension for saving: a model file must end in '.keras'. "
            f"Received: {filepath!r}. "
            "To save weights alone, use save_weights with a name that ends in '.weights.h5'."
        )
    if not zipped and filepath.endswith(".keras"):
        raise ValueError(
            "The name of a folder should not end in '.keras', which is for files. "
            f"Received: {filepath!r} with zipped=False"
        )
    check_free(filepath, overwrite)
    if not model.built:
        warnings.warn(
            f"You are saving a model that has not yet been built, and may have no weights: {model}",
            stacklevel=2,
        )
    with _without_optimizer(model) if not include_optimizer else contextlib.nullcontext():
        with sharing_scope():
            config = json.dumps(serialize_keras_object(model))
        if zipped:
            with atomic_path(filepath) as temporary:
                _write_zip(temporary, model, config)
        else:
            with atomic_folder(filepath) as temporary:
                _write_folder(temporary, model, config)


@contextlib.contextmanager
def _without_optimizer(model):
    held = model.optimizer, model.compiled
    model.__dict__.update(optimizer=None, compiled=False)
    try:
        yield
    finally:
        model.__dict__.update(optimizer=held[0], compiled=held[1])


def _metadata():
    now = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    return json.dumps({"keras_version": KERAS_VERSION, "date_saved": now})


def _write_zip(path, model, config):
    weights = path + ".part"
    try:
        write_weights(weights, model)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(_METADATA, _metadata())
            archive.writestr(_CONFIG, config)
            archive.write(weights, _WEIGHTS)
            add_to_archive(archive, model)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(weights)


def _write_folder(folder, model, config):
    for name, text in ((_METADATA, _metadata()), (_CONFIG, config)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    write_weights(os.path.join(folder, _WEIGHTS), model)
    write_assets(folder, model)


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
    """The model that `save_model` (or Keras 3) wrote.

    Args:
        filepath: a ``.keras`` file or folder.
        custom_objects: a dict from names to classes and functions of your own.
        compile: whether to compile it as it was, with the state of its optimizer.
        safe_mode: whether to refuse files that hold Python code (lambdas).

    Nothing in the file is run, unless ``safe_mode=False`` allows its lambdas.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no such file, is damaged, or holds code that is not allowed.
    """
    filepath = os.fspath(filepath)
    check_there(filepath)
    with limits.reading(repr(filepath), size_of(filepath)):
        for knows, load in OTHER_FORMATS:
            if knows(filepath):
                return load(filepath, custom_objects, compile, safe_mode)
        return _load(filepath, custom_objects, compile, safe_mode)


def _load(filepath, custom_objects, compile, safe_mode):
    form = _parsed(_read(filepath, _CONFIG), filepath)
    if not compile:
        form["compile_config"] = None
    check_known(form, custom_objects, repr(filepath))
    with sharing_scope():
        model = deserialize_keras_object(form, custom_objects=custom_objects, safe_mode=safe_mode)
    # A model without its optimizer takes the weights of its layers and nothing else.
    with opened_weights(filepath) as file:
        read_weights(file, model)
    read_assets(filepath, model)
    return model


def _parsed(text, filepath):
    form = json_text.parsed(text, f"{filepath!r}: {_CONFIG}")
    if not isinstance(form, dict) or "class_name" not in form:
        raise ValueError(f"{filepath!r}: {_CONFIG} describes no model")
    return form


def _read(filepath, member):
    """The bytes of one member of a ``.keras`` file or folder."""
    if os.path.isdir(filepath):
        path = os.path.join(filepath, member)
        if os.path.islink(path):
            raise ValueError(f"{path!r} is a link to somewhere else; it is not followed")
        try:
            with open(path, "rb") as file:
                return file.read()
        except FileNotFoundError:
            raise ValueError(f"{filepath!r} is no saved model: it has no {member}") from None
    if not zipfile.is_zipfile(filepath):
        raise ValueError(
            f"{filepath!r} is no .keras file (a zip). Files are loaded in the format that Keras 3 "
            "saves: .keras for models, .weights.h5 for weights (model.load_weights)."
        )
    with archives.opened_zip(filepath) as archive:
        if member not in archive.names:
            raise ValueError(f"{filepath!r} is no saved model: it has no {member}")
        return archive.read(member)


def read_config(filepath):
    """The architecture in a ``.keras`` file or folder, as plain values."""
    return _parsed(_read(filepath, _CONFIG), filepath)


def read_metadata(filepath):
    """What a ``.keras`` file or folder says of itself: its version and date."""
    found = json_text.parsed(_read(filepath, _METADATA), f"{filepath!r}: {_METADATA}")
    return found if isinstance(found, dict) else {}


def is_archive(filepath):
    """Whether a path is a ``.keras`` file or folder; Keras 2 wrote HDF5 under any name."""
    return os.path.isdir(filepath) or zipfile.is_zipfile(filepath)


@contextlib.contextmanager
def opened_weights(filepath):
    """The HDF5 part of a ``.keras`` file or folder, as a file that h5py can open."""
    yield io.BytesIO(_read(filepath, _WEIGHTS))
