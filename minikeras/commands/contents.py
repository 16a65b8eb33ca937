"""What a file of a model or of weights holds, as plain values: nothing is made of it."""

import os

from minikeras.backend.xp import np
from minikeras.guarded import hdf5, json_text, limits
from minikeras.legacy.files.architecture import era_of, is_of_old, modern_form
from minikeras.legacy.files.archives_of_2 import is_of_2, without_modules
from minikeras.legacy.files.loading import local_path, read_json
from minikeras.saving import model_file
from minikeras.saving.legacy_weights_file import Stored, has_legacy_layout, layer_names, member
from minikeras.saving.parts import unknown_parts
from minikeras.saving.weights_file import size_of
from minikeras.symbolic.names import to_snake_case

_MODELS = ("Model", "Functional", "Network", "Container", "Sequential")
# What is shown of an optimizer, if it is there and says something.
_NUMBERS = ("learning_rate", "lr", "decay", "momentum", "nesterov", "rho", "beta_1", "beta_2",
            "weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "amsgrad")  # fmt: skip


def contents_of(path):
    """What a file holds.

    Args:
        path: a path or URI of a ``.keras`` file, an HDF5 file of any version, or JSON.

    Returns:
        A dict with the keys ``file``, ``bytes``, ``format``, ``keras_version``, ``backend``,
        ``date_saved``, ``model``, ``layers``, ``parameters``, ``optimizer``, ``loss``,
        ``metrics`` and ``problems``: what would not load.

    Raises:
        ValueError: if it is no such file.
    """
    found = {
        "file": path, "bytes": 0, "format": "", "keras_version": None, "backend": None,
        "date_saved": None, "model": None, "layers": [], "parameters": 0, "optimizer": None,
        "loss": None, "metrics": None, "problems": [],
    }  # fmt: skip
    with local_path(path) as here:
        if not os.path.exists(here):
            raise FileNotFoundError(f"There is no file {path!r}")
        found["bytes"] = size_of(here)
        with limits.reading(repr(path), found["bytes"]):
            if model_file.is_archive(here):
                _read_archive(here, found)
            elif hdf5.is_hdf5(here):
                with hdf5.opened(here) as file:
                    _read_hdf5(file, found)
            else:
                _read_json(here, path, found)
    weights = (w for layer in found["layers"] for w in layer["weights"])
    found["parameters"] = int(sum(np.prod(shape, dtype="int64") for _, shape, _ in weights))
    return found


def _read_archive(path, found):
    form = model_file.read_config(path)
    metadata = model_file.read_metadata(path)
    found["format"] = "whole model, .keras"
    found["keras_version"] = metadata.get("keras_version")
    found["date_saved"] = metadata.get("date_saved")
    compiled = form.get("compile_config") or {}
    if is_of_2(path):
        found["format"] += " of tf.keras 2"
        _describe(without_modules(form), found, 2)
    else:
        _describe(form, found, 3)
    _describe_training({**compiled, "optimizer_config": compiled.get("optimizer")}, found)
    with model_file.opened_weights(path) as file, hdf5.opened(file) as opened:
        _add_weights(_of_today(opened, _stored_names(found["layers"])), found)
        _count_state(opened, "optimizer", found)


def _stored_names(layers):
    """What the groups of layers are called in a file -> the names of the layers."""
    counts, names = {}, {}
    for layer in layers:
        if layer["depth"] == 0 and layer["class"]:
            key = to_snake_case(layer["class"].rpartition(">")[2])
            number = counts[key] = counts.get(key, -1) + 1
            names[f"{key}_{number}" if number else key] = layer["name"]
    return names


def _read_hdf5(file, found):
    form, training = (_json(file, key) for key in ("model_config", "training_config"))
    home = file
    if not has_legacy_layout(file):
        found["format"] = "weights, HDF5 of Keras 3"
        _add_weights(_of_today(file), found)
        _count_state(file, "optimizer", found)
        return
    if layer_names(file) is None:
        home = member(file, "model_weights")
    version = _text(file, "keras_version") or _text(home, "keras_version")
    found["keras_version"] = version or "1 (it does not say)"
    found["backend"] = _text(file, "backend") or _text(home, "backend")
    era = era_of(version)
    found["format"] = f"{'weights' if form is None else 'whole model'}, HDF5 of Keras {era}"
    if form is not None:
        _describe(form, found, era)
    if training is not None:
        _describe_training(training, found)
    _add_weights(_of_old(home), found)
    _count_state(file, "optimizer_weights", found)


def _read_json(path, name, found):
    form = read_json(path, name)
    is_old = is_of_old(form)
    found["keras_version"] = form.get("keras_version")
    found["backend"] = form.get("backend")
    era = era_of(found["keras_version"]) if is_old else 3
    found["format"] = f"architecture, JSON of Keras {era}"
    _describe(form, found, era)


def _json(file, name):
    text = _text(file, name)
    return None if text is None else json_text.parsed(text, name)


def _text(group, name):
    found = group.attrs.get(name)
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else found


# Architectures


def _describe(form, found, era):
    config = form.get("config")
    name = config.get("name") if isinstance(config, dict) else None
    found["model"] = {"class": form["class_name"], "name": name or form["class_name"].lower()}
    _add_layers(form, found["layers"], 0)
    _add_problems(form, found["problems"], era)


def _add_layers(form, layers, depth):
    config = form.get("config")
    inner = config.get("layers", ()) if isinstance(config, dict) else config or ()
    for entry in inner:
        if not isinstance(entry, dict) or not isinstance(entry.get("config"), (dict, list)):
            continue
        own = entry["config"]
        name = entry.get("name") or (own.get("name") if isinstance(own, dict) else None)
        kind = str(entry.get("class_name"))
        layers.append({"name": str(name or kind), "class": kind, "depth": depth, "weights": []})
        if kind in _MODELS:
            _add_layers(entry, layers, depth + 1)


def _add_problems(form, problems, era):
    try:
        modern = modern_form(form, era) if is_of_old(form) else form
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problems.append(" ".join(str(error).split()))
        return
    for kind, name, layers in unknown_parts(modern):
        of = f" (of {', '.join(map(repr, layers))})" if layers else ""
        problems.append(f"unknown {kind} {name!r}{of}: pass custom_objects={{{name!r}: ...}}")
    if _holds_code(modern):
        problems.append("Python code (a lambda): safe_mode=False loads it, if you trust the file")


def _holds_code(value):
    if isinstance(value, dict):
        return value.get("class_name") == "__lambda__" or any(map(_holds_code, value.values()))
    return isinstance(value, (list, tuple)) and any(map(_holds_code, value))


def _describe_training(training, found):
    form = training.get("optimizer_config")
    if isinstance(form, str):
        found["optimizer"] = {"class": form, "config": {}, "arrays": 0}
    elif isinstance(form, dict) and isinstance(form.get("config"), dict):
        config = {k: form["config"][k] for k in _NUMBERS if form["config"].get(k)}
        found["optimizer"] = {
            "class": str(form.get("class_name")).rpartition(">")[2],
            "config": {k: _brief(v) for k, v in config.items()},
            "arrays": 0,
        }
    found["loss"], found["metrics"] = (_brief(training.get(key)) for key in ("loss", "metrics"))


def _brief(value):
    """Losses, metrics and schedules by their names alone; numbers as they were typed."""
    if isinstance(value, dict) and "class_name" in value:
        is_function = value["class_name"] == "function"
        return str(value["config"]) if is_function else str(value["class_name"])
    if isinstance(value, dict):
        return {key: _brief(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_brief(v) for v in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


# Weights: for each layer of the model its name and triples of a name, a shape and a dtype


def _add_weights(pairs, found):
    by_name = {layer["name"]: layer for layer in found["layers"] if layer["depth"] == 0}
    for name, weights in pairs:
        if name in by_name:
            by_name[name]["weights"] = weights
        elif weights or not by_name:
            found["layers"].append({"name": name, "class": None, "depth": 0, "weights": weights})


def _of_old(group):
    for layer in layer_names(group):
        stored = Stored(member(group, layer))
        yield (
            layer,
            [
                [_last(name, layer), list(array.shape), array.dtype.name]
                for name, array in zip(stored.names, stored.datasets)
            ],
        )


def _last(name, layer):
    name = name.removesuffix(":0")
    return name.removeprefix(f"{layer}/")


def _of_today(file, names=None):
    for key in file:
        if key in ("layers", "_layer_checkpoint_dependencies"):
            for inner in file[key]:
                group = file[key][inner]
                variables = group.get("vars")
                name = variables.attrs.get("name") if variables is not None else None
                name = name or (names or {}).get(inner, inner)
                yield str(name), list(_arrays(group, ""))
        elif key not in ("optimizer", "vars", "metrics"):
            yield key, list(_arrays(file[key], ""))
    if "vars" in file and len(file["vars"]):
        yield "the model itself", list(_arrays(file["vars"], ""))


def _arrays(group, path):
    for key in group:
        part = group[key]
        inner = path if key == "vars" else f"{path}{key}/"
        if isinstance(part, hdf5.Group):
            yield from _arrays(part, inner)
        else:
            yield [f"{path}{key}", list(part.shape), part.dtype.name]


def _count_state(file, key, found):
    if key not in file:
        return
    count = len(list(_arrays(file[key], "")))
    if found["optimizer"] is None:
        found["optimizer"] = {"class": "unknown", "config": {}, "arrays": count}
    found["optimizer"]["arrays"] = count
