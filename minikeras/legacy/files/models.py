"""Whole models from files of Keras 1 and 2: JSON, and HDF5 with architecture, weights, training."""

import functools

from minikeras import models
from minikeras.guarded import hdf5, json_text, limits
from minikeras.legacy import nadam, normalization
from minikeras.legacy.arguments.values_1 import hard_sigmoid_until_3  # noqa: F401 (registered)
from minikeras.legacy.era import era_scope
from minikeras.legacy.files import methods
from minikeras.legacy.files.architecture import era_of, is_of_old, modern_form
from minikeras.legacy.tensorflow import calls as calls
from minikeras.legacy.warned import untold
from minikeras.saving import model_file
from minikeras.saving.legacy_weights_file import read_legacy_weights
from minikeras.saving.parts import check_known
from minikeras.serialization import deserialize_keras_object, sharing_scope


def model_from_old_form(form, custom_objects=None, safe_mode=True, version=None, source=None):
    """A model from a configuration of Keras 1 or 2, with new weights.

    Args:
        form: ``{"class_name": ..., "config": ...}``, perhaps with ``keras_version``.
        custom_objects: a dict from names to classes and functions of your own.
        safe_mode: whether to refuse Python code in it.
        version: the version of Keras that wrote it, if the configuration does not tell.
        source: what to call it in messages.

    Raises:
        ValueError: if parts of it are not known; all are named.
    """
    found = form
    if is_of_old(form):
        found = modern_form(form, era_of(form.get("keras_version", version)))
    check_known(found, custom_objects, source or "the configuration")
    with sharing_scope(), untold():
        return deserialize_keras_object(found, custom_objects=custom_objects, safe_mode=safe_mode)


def load_hdf5_model(path, custom_objects=None, compile=True, safe_mode=True):
    """The model in an HDF5 file, as Keras 1 and 2 and ``model.save("x.h5")`` of Keras 3 write it.

    Args:
        path: the file.
        custom_objects: a dict from names to classes and functions of your own.
        compile: whether to compile it as it was, with the state of its optimizer.
        safe_mode: whether to refuse Python code in it.

    Raises:
        ValueError: if the file holds no architecture.
    """
    with hdf5.opened(path) as file:
        version, text = _text(file, "keras_version"), _text(file, "model_config")
        if text is None:
            raise ValueError(
                f"{path!r} holds no architecture, only weights. Make the model, then call "
                "model.load_weights on the file."
            )
        form, era = json_text.parsed(text, f"{path!r}: model_config"), era_of(version)
        model = model_from_old_form(form, custom_objects, safe_mode, version, repr(path))
        if not model.built and _holds_weights(file):
            raise ValueError(f"{path!r} does not say what shape the inputs have")
        if model.built:
            read_legacy_weights(file, model)
        training = _text(file, "training_config")
        if compile and training is not None:
            from minikeras.legacy.files.training import compile_as_stored

            with era_scope(era):
                training = json_text.parsed(training, f"{path!r}: training_config")
                compile_as_stored(model, training, file, custom_objects)
        normalization.settle(model, version)
    return model


def _holds_weights(file):
    """Whether a file of a whole model has weights for any layer: not if it was never built."""
    group = file.get("model_weights")
    return group is not None and any(len(group[name]) for name in group)


def install():
    """Let `load_model` read HDF5 files, and `model_from_json` what Keras 1 and 2 wrote."""
    model_file.OTHER_FORMATS.append((hdf5.is_hdf5, load_hdf5_model))
    from minikeras.legacy.files import archives_of_2

    archives_of_2.install()
    nadam.install()
    methods.install()
    models.model_from_json = _model_from_json(models.model_from_json)


def _model_from_json(read_today):
    @functools.wraps(read_today)
    def model_from_json(json_string, custom_objects=None):
        form = json_text.parsed(json_string, "The string")
        if not is_of_old(form):
            return read_today(json_string, custom_objects)
        with limits.making("The configuration"):
            return model_from_old_form(form, custom_objects)

    return model_from_json


def _text(group, name):
    found = group.attrs.get(name)
    return found.decode("utf-8") if isinstance(found, bytes) else found
