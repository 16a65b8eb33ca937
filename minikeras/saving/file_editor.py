"""KerasFileEditor: look into a file of weights, change what it holds, and write it anew."""

import contextlib
import os

from minikeras.backend.xp import np
from minikeras.console import show
from minikeras.files import atomic_path
from minikeras.guarded import hdf5, json_text, limits
from minikeras.saving.hdf5_output import written
from minikeras.saving.model_file import _CONFIG, _METADATA, _parsed, _read, opened_weights
from minikeras.saving.walk import walk
from minikeras.saving.weights_file import size_of


class Console:
    """Where an editor prints: standard output, or the log (see `keras.config`)."""

    def print(self, text=""):
        """Show a line."""
        show(text)


class KerasFileEditor:
    """Shows and changes what a file of weights holds.

    For files of models whose architecture has changed since: rename, add and delete objects
    (layers, say) and their weights, and write the result as a new file. The file itself stays as
    it is.

    Args:
        filepath: a file that ends in ``.keras`` or ``.weights.h5``.

    Attributes:
        weights_dict: the objects as nested dicts by name, with arrays as leaves. Every change made
            there counts.
        object_metadata: the attributes of objects (their names) by path, as ``/layers/dense``.
        config, metadata: what a ``.keras`` file says of the model and of itself; else None.
        filepath, console, model: the file, where is printed to, and None.

    Raises:
        ValueError: if the file is of another kind or damaged.

    >>> import minikeras as keras, os, tempfile
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="last")])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "old.weights.h5")
    ...     model.save_weights(path)
    ...     editor = keras.saving.KerasFileEditor(path)  # doctest: +ELLIPSIS
    ...     editor.rename_object("dense", new_name="dense_1")
    ...     editor.summary()
    Keras model file '...old.weights.h5'
    Weights structure
      > layers
          > dense_1
              > 0: shape=(2, 1), dtype=float32
              └─ 1: shape=(1,), dtype=float32
    """

    def __init__(self, filepath):
        self.filepath = os.fspath(filepath)
        self.config = self.metadata = self.model = None
        self.console = Console()
        if not self.filepath.endswith((".keras", ".weights.h5")):
            raise ValueError(
                "KerasFileEditor opens files that end in '.keras' or '.weights.h5'. "
                f"Received: {self.filepath!r}"
            )
        with limits.reading(repr(self.filepath), size_of(self.filepath)):
            self._open()
        self.console.print(f"Keras model file {self.filepath!r}")
        if self.metadata is not None:
            version, date = self.metadata.get("keras_version"), self.metadata.get("date_saved")
            self.console.print(f"Saved with Keras {version} - date: {date}")

    def _open(self):
        opened = contextlib.nullcontext(self.filepath)
        if self.filepath.endswith(".keras"):
            self.config = _parsed(_read(self.filepath, _CONFIG), self.filepath)
            metadata = _read(self.filepath, _METADATA)
            self.metadata = json_text.parsed(metadata, f"{self.filepath!r}: {_METADATA}")
            opened = opened_weights(self.filepath)
        with opened as file:
            self.weights_dict, self.object_metadata = _contents(file)

    def summary(self):
        """Print the objects and the shapes of their weights as a tree."""
        self.console.print("Weights structure")
        self._print(self.weights_dict, "  ", "")

    def _print(self, held, prefix, path):
        for i, (key, value) in enumerate(held.items()):
            is_last = i == len(held) - 1
            mark = "> " if i == 0 else "└─ " if is_last else "├─ "
            if not isinstance(value, dict):
                value = np.asarray(value)
                self.console.print(f"{prefix}{mark}{key}: shape={value.shape}, dtype={value.dtype}")
                continue
            inner = f"{path}/{key}"
            name = self.object_metadata.get(inner, {}).get("name")
            label = "" if name in (None, key) or not held[key] else f" ({name!r})"
            self.console.print(f"{prefix}{mark}{key}{label}")
            self._print(value, prefix + ("    " if is_last else "│   "), inner)

    def compare(self, reference_model):
        """Print where the file and a model differ.

        Args:
            reference_model: a model that is built.

        Returns:
            A dict with ``"status"``, ``"success"`` or ``"error"``, and the numbers of differences
            and of weights that fit, ``"error_count"`` and ``"match_count"``.
        """
        self.console.print("Running comparison")
        errors, matches = self._compared(self.weights_dict, _weights_of(reference_model), "")
        self.console.print("─" * 21)
        if errors:
            self.console.print(
                f"Found {errors} error{'s' * (errors != 1)}: "
                "the file does not fit the reference model"
            )
        else:
            self.console.print("Comparison successful: the file fits the reference model")
            self.console.print(f"    Found {matches} matching weight{'s' * (matches != 1)}")
        status = "error" if errors else "success"
        return {"status": status, "error_count": errors, "match_count": matches}

    def _compared(self, found, expected, path):
        """The numbers of differences and of matches within an object."""
        errors = matches = 0
        for key in [*expected, *(k for k in found if k not in expected)]:
            inner = f"{path}/{key}"
            sides = found.get(key), expected.get(key)
            if key not in found or key not in expected:
                errors += 1
                self._report_missing(inner, *sides)
            elif isinstance(sides[0], dict) != isinstance(sides[1], dict):
                errors += 1
                self.console.print(f"...{inner} is a weight in one and an object in the other")
            elif isinstance(sides[0], dict):
                more_errors, more_matches = self._compared(*sides, inner)
                errors, matches = errors + more_errors, matches + more_matches
            elif np.shape(sides[0]) != np.shape(sides[1]):
                errors += 1
                self.console.print(f"...Weight shape mismatch for {inner}")
                self.console.print(f"    In the reference model: shape={np.shape(sides[1])}")
                self.console.print(f"    In the file: shape={np.shape(sides[0])}")
            else:
                matches += 1
        return errors, matches

    def _report_missing(self, path, in_file, in_model):
        there = in_model if in_file is None else in_file
        kind = "Object" if isinstance(there, dict) else "Weight"
        names = ("the reference model", "the file")
        present, missing = names if in_file is None else names[::-1]
        self.console.print(f"...{kind} {path} present in {present}, missing from {missing}")
        if isinstance(there, dict):
            self.console.print(f"    It holds: {list(there)}")

    # Changes

    def rename_object(self, object_name, new_name):
        """Give an object another name.

        Args:
            object_name: its name, or its path such as ``"layers/dense_2"``.
            new_name: the new name, no path.
        """
        if "/" in new_name:
            raise ValueError(f"new_name must be a name, not a path. Received: {new_name!r}")
        holder, name = self._located(object_name)
        if new_name in holder and new_name != name:
            raise ValueError(f"There is an object {new_name!r} beside {object_name!r} already")
        renamed = {new_name if key == name else key: value for key, value in holder.items()}
        holder.clear()
        holder.update(renamed)

    def delete_object(self, object_name):
        """Take an object out of the file, by its name or path."""
        holder, name = self._located(object_name)
        del holder[name]

    def add_object(self, object_path, weights):
        """Add an object.

        Args:
            object_path: its whole path, such as ``"layers/dense_3"``; what it lies in must exist.
            weights: a dict of arrays by the names of the weights, ``{"0": kernel, "1": bias}``.
        """
        _check_weights(weights)
        *outer, name = object_path.split("/")
        holder = self.weights_dict
        for part in outer:
            if not isinstance(holder.get(part), dict):
                raise ValueError(f"There is no object {'/'.join(outer)!r} in the file")
            holder = holder[part]
        holder[name] = dict(weights)

    def delete_weight(self, object_name, weight_name):
        """Take one weight, ``"0"`` say, from an object, given by its name or path."""
        found = self._object(object_name)
        if weight_name not in found:
            raise ValueError(
                f"Object {object_name!r} has no weight {weight_name!r}. It has: {list(found)}"
            )
        del found[weight_name]

    def add_weights(self, object_name, weights):
        """Add weights to an object, given by its name or path, or replace some.

        Args:
            object_name: the object.
            weights: a dict of arrays by the names of the weights.
        """
        _check_weights(weights)
        self._object(object_name).update(weights)

    def _object(self, object_name):
        holder, name = self._located(object_name)
        if not isinstance(holder[name], dict):
            raise ValueError(f"{object_name!r} is a weight, not an object")
        return holder[name]

    def _located(self, object_name):
        """The dict that holds an object, and its key there."""
        if "/" in object_name:
            *outer, name = object_name.strip("/").split("/")
            holder = self.weights_dict
            for part in outer:
                holder = holder.get(part) if isinstance(holder, dict) else None
            if not isinstance(holder, dict) or name not in holder:
                raise ValueError(f"There is no object {object_name!r} in the file")
            return holder, name
        found = list(_holders(self.weights_dict, object_name))
        if not found:
            raise ValueError(
                f"There is no object {object_name!r} in the file. editor.summary() lists all."
            )
        if len(found) > 1:
            raise ValueError(
                f"There are {len(found)} objects named {object_name!r} in the file; give a path"
            )
        return found[0], object_name

    # Writing

    def save(self, filepath):
        """Write the weights as they are now to a file that ends in ``.weights.h5``."""
        filepath = os.fspath(filepath)
        if not filepath.endswith(".weights.h5"):
            raise ValueError(
                f"The name of a file of weights must end in '.weights.h5'. Received: {filepath!r}"
            )
        with atomic_path(filepath) as temporary, written(temporary) as file:
            file.create_group("vars")
            self._write(file, self.weights_dict, "")

    def resave_weights(self, filepath):
        """The same as `save`."""
        self.save(filepath)

    def _write(self, file, held, path):
        arrays = {k: v for k, v in held.items() if not isinstance(v, dict)}
        if arrays:
            # The arrays of the model itself lie in "vars" under that name already.
            group = file.require_group(path if path == "/vars" else f"{path}/vars")
            for key, value in self.object_metadata.get(path, {}).items():
                group.attrs[key] = value
            for key, value in arrays.items():
                group.create_dataset(key, data=np.asarray(value))
        for key, value in held.items():
            if isinstance(value, dict):
                self._write(file, value, f"{path}/{key}")


def _check_weights(weights):
    if not isinstance(weights, dict):
        raise ValueError(
            "weights must be a dict of arrays by the names of the weights, usually '0', '1' and so "
            f"on. Received: {type(weights).__name__}"
        )


def _holders(held, name):
    """All dicts within ``held``, itself included, that have the key ``name``."""
    if name in held:
        yield held
    for value in held.values():
        if isinstance(value, dict):
            yield from _holders(value, name)


def _contents(file):
    """What an HDF5 file holds: nested dicts of arrays, and the attributes of objects by path."""
    metadata = {}
    with hdf5.opened(file) as opened:
        return _members(opened, "", metadata), metadata


def _members(group, path, metadata):
    """The arrays and objects in ``group``; what lies in ``vars`` belongs to the object itself."""
    found = {}
    if group.attrs:
        metadata.setdefault(path, {}).update(group.attrs.items())
    for key in group:
        member = group[key]
        if isinstance(member, hdf5.Array):
            found[key] = member[()]
        elif key == "vars" and path:
            found.update(_members(member, path, metadata))
        else:
            inner = _members(member, f"{path}/{key}", metadata)
            if inner:
                found[key] = inner
    return found


def _weights_of(model):
    """The weights of a model as a file would hold them."""
    found = {}
    for path, obj in walk(model):
        values = {}
        if hasattr(obj, "save_own_variables"):
            obj.save_own_variables(values)
        if values:
            held = found
            for part in path.split("/") if path else ("vars",):
                held = held.setdefault(part, {})
            held.update(values)
    return found
