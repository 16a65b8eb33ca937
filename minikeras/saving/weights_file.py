"""``.weights.h5``: the variables of a model and of its optimizer, as Keras 3 lays them out."""

import contextlib
import json
import os
import warnings
from collections.abc import MutableMapping

from minikeras.backend.xp import np
from minikeras.files import atomic_path, check_free, check_there
from minikeras.guarded import hdf5, json_text, limits
from minikeras.saving.hdf5_output import written
from minikeras.saving.walk import walk

_GIBIBYTE = 1024**3
_NOT_BUILT = (
    "A model that has not yet been built has no weights to save: call it on some data first, or "
    "`model.build(input_shape)`"
)


def save_weights(model, filepath, overwrite=True, max_shard_size=None, **kwargs):
    """Save the variables of ``model`` and of its optimizer.

    Args:
        model: a model.
        filepath: a path that ends in ``.weights.h5``, or with ``max_shard_size`` in
            ``.weights.json``.
        overwrite: whether an existing file is replaced; if not, it is an error.
        max_shard_size: the most that one file may hold, in GiB; then there are several files, and
            a JSON file that says which variables lie where.
        **kwargs: ``objects_to_skip``: objects whose variables, and those of all that they hold, are
            left out.

    Raises:
        ValueError: for another ending, and for a model that is not built.
        FileExistsError: if the file exists and ``overwrite`` is False.
    """
    objects_to_skip = kwargs.pop("objects_to_skip", None) or ()
    if kwargs:
        raise ValueError(
            f"The following argument(s) are not supported by save_weights: {sorted(kwargs)}"
        )
    filepath = os.fspath(filepath)
    if max_shard_size is not None:
        _save_shards(model, filepath, overwrite, max_shard_size, objects_to_skip)
        return
    if not filepath.endswith(".weights.h5"):
        raise ValueError(
            f"The name of a file of weights must end in '.weights.h5'. Received: {filepath!r}"
        )
    if not model.built:
        raise ValueError(f"{_NOT_BUILT}. Received: {model!r}")
    check_free(filepath, overwrite)
    with atomic_path(filepath) as temporary:
        write_weights(temporary, model, objects_to_skip)


def write_weights(path, model, objects_to_skip=()):
    """Write the variables of ``model`` and of its optimizer to an HDF5 file at ``path``."""
    with written(path) as file:
        for group, name, values in _groups(model, objects_to_skip):
            _write_group(file, group, name, values)


def _groups(model, objects_to_skip=()):
    """For each object: the path of its variables, its name, and the arrays by key."""
    for path, obj in walk(model, skipped=objects_to_skip):
        if not hasattr(obj, "save_own_variables"):
            continue  # a metric begins anew
        values = {}
        obj.save_own_variables(values)
        yield f"{path}/vars" if path else "vars", getattr(obj, "name", None), values


def _write_group(file, group, name, values):
    if not values and name is None:
        return
    made = file.require_group(group)
    if name is not None:
        made.attrs["name"] = name
    for key, value in values.items():
        made.create_dataset(key, data=np.asarray(value))


def load_weights(model, filepath, skip_mismatch=False, **kwargs):
    """Set the variables of ``model`` (and of its optimizer) from a file.

    Args:
        model: a model that is built.
        filepath: a file that ends in ``.weights.h5``, ``.weights.json`` or ``.keras``; or one of
            Keras 1 or 2 that ends in ``.h5`` or ``.hdf5``, of weights or of a whole model.
        skip_mismatch: whether layers that do not fit are left as they are, with a warning.
        **kwargs: ``objects_to_skip``: objects whose variables stay as they are, with those of all
            that they hold. ``by_name``: whether layers are found by their names, those that the
            file does not name being left as they are. ``reshape``, for files of Keras 1 and 2:
            whether arrays of another shape that hold as many numbers are reshaped.

    Raises:
        ValueError: if something does not fit; then nothing is changed.
    """
    objects_to_skip = kwargs.pop("objects_to_skip", None) or ()
    by_name = bool(kwargs.pop("by_name", False))
    reshape = bool(kwargs.pop("reshape", False))
    if kwargs:
        raise ValueError(
            f"The following argument(s) are not supported by load_weights: {sorted(kwargs)}"
        )
    filepath = os.fspath(filepath)
    check_there(filepath)
    with limits.reading(repr(filepath), size_of(filepath)):
        _load(model, filepath, (skip_mismatch, objects_to_skip, by_name), reshape)


def size_of(path):
    """The bytes of a file, or of the files in a folder."""
    if not os.path.isdir(path):
        return os.path.getsize(path)
    return sum(entry.stat().st_size for entry in os.scandir(path) if entry.is_file())


def _load(model, filepath, options, reshape):
    if filepath.endswith(".keras"):
        from minikeras.saving.model_file import is_archive, opened_weights

        if is_archive(filepath):
            with opened_weights(filepath) as file:
                read_weights(file, model, *options)
            return
    if filepath.endswith(".weights.json"):
        skip_mismatch, objects_to_skip, by_name = options
        if by_name:
            raise ValueError(f"by_name is not for weights in several files: {filepath!r}")
        with _Shards(filepath) as groups:
            assign_weights(groups.get, model, skip_mismatch, objects_to_skip)
    elif filepath.endswith((".h5", ".hdf5")) or hdf5.is_hdf5(filepath):
        _load_hdf5(model, filepath, options, reshape)
    else:
        raise ValueError(
            "Weights are loaded from HDF5 files, such as '.weights.h5', and from files that end in "
            f"'.weights.json' and '.keras'. Received: {filepath!r}"
        )


def _load_hdf5(model, filepath, options, reshape):
    """Load from a file of either layout: what is in it decides, as names were free before."""
    from minikeras.saving.legacy_weights_file import has_legacy_layout, read_legacy_weights

    skip_mismatch, objects_to_skip, by_name = options
    with hdf5.opened(filepath) as file:
        if not has_legacy_layout(file):
            _read_opened(file, model, *options)
        elif objects_to_skip:
            raise ValueError(f"objects_to_skip is not for files of Keras 1 and 2: {filepath!r}")
        else:
            read_legacy_weights(file, model, by_name, skip_mismatch, reshape)


def read_weights(file, model, skip_mismatch=False, objects_to_skip=(), by_name=False):
    """Set the variables of ``model`` from an HDF5 file (a path or a file object)."""
    with hdf5.opened(file) as opened:
        _read_opened(opened, model, skip_mismatch, objects_to_skip, by_name)


def _read_opened(opened, model, skip_mismatch, objects_to_skip, by_name=False):
    # Files of Keras 2.12 and 2.13 have another name for the group of the layers.
    old = "_layer_checkpoint_dependencies"
    is_old = old in opened and "layers" not in opened
    moved = _places_by_name(opened.get(old if is_old else "layers"), model) if by_name else None

    def group(path):
        if moved is not None:
            path = moved(path)
            if path is None:
                return None
        if is_old and path.startswith("layers/"):
            path = old + path.removeprefix("layers")
        return StoredVariables(opened, path)

    assign_weights(group, model, skip_mismatch, objects_to_skip)


def _places_by_name(stored, model):
    """A function from paths in a model to those of the layers of the same names in a file.

    Args:
        stored: the group of the layers in the file.
        model: the model; what is not in one of its layers has no place.
    """
    theirs = {}
    for key in stored or ():
        variables = stored[key].get("vars")
        if variables is not None and "name" in variables.attrs:
            theirs[str(variables.attrs["name"])] = key
    ours = {
        path.split("/")[1]: obj.name
        for path, obj in walk(model)
        if path.startswith("layers/") and path.count("/") == 1
    }

    def moved(path):
        head, _, rest = path.partition("/")
        key, _, rest = rest.partition("/")
        if head != "layers" or ours.get(key) not in theirs:
            return None
        return f"layers/{theirs[ours[key]]}/{rest}"

    return moved


def assign_weights(group_at, model, skip_mismatch=False, objects_to_skip=()):
    """Set the variables of all that ``model`` holds from ``group_at(path)``; all or nothing."""
    before, aliases = {}, []
    try:
        for path, obj in list(walk(model, skipped=objects_to_skip, aliases=aliases)):
            store = group_at(f"{path}/vars" if path else "vars")
            if store is not None and not len(store) and len(_own_variables(obj)):
                store = _under_another_name(group_at, path, aliases) or store
            if store is None:
                continue  # left as it is
            before.update((id(v), (v, v.array)) for v in _own_variables(obj))
            try:
                _load_one(obj, store, is_optimizer=path == "optimizer")
            except (ValueError, KeyError) as error:
                if not skip_mismatch:
                    raise ValueError(
                        f"The weights do not fit, at {path or '/'!r}: {error}"
                    ) from None
                warnings.warn(
                    f"{path or '/'}: left as it was, since the file does not fit. {error}",
                    stacklevel=3,
                )
    except BaseException:
        for variable, array in before.values():
            variable.array = array
        raise


def _under_another_name(group_at, path, aliases):
    """What the file holds for an object under a property, say, that gives it too; or None."""
    for alias, first in aliases:
        if path == first or path.startswith(first + "/"):
            store = group_at(f"{alias}{path.removeprefix(first)}/vars")
            if store:
                return store
    return None


def _own_variables(obj):
    own = getattr(obj, "_own_weights", None)
    return own() if own is not None else getattr(obj, "variables", ())


def _load_one(obj, store, is_optimizer):
    if not hasattr(obj, "load_own_variables"):
        return
    if is_optimizer and len(store) <= 2 < len(_own_variables(obj)):
        return  # the model was saved before its first step: there is no state of the optimizer
    if not store and not _own_variables(obj):
        return
    obj.load_own_variables(store)


class StoredVariables(MutableMapping):
    """The arrays of one ``vars`` group of an HDF5 file, read when they are asked for."""

    def __init__(self, file, path):
        self._group = hdf5.wrapped(file).at(path)
        keys = () if self._group is None else self._group.keys()
        self._keys = sorted(keys, key=lambda k: (0, int(k), k) if k.isdigit() else (1, 0, k))

    def __getitem__(self, key):
        found = None if self._group is None else self._group.get(key)
        if found is None:
            raise KeyError(f"there is no array {key!r} in the file")
        return found

    def __setitem__(self, key, value):
        raise TypeError("A file that is being read cannot be changed")

    def __delitem__(self, key):
        raise TypeError("A file that is being read cannot be changed")

    def __iter__(self):
        return iter(self._keys)

    def __len__(self):
        return len(self._keys)


def _save_shards(model, filepath, overwrite, max_shard_size, objects_to_skip):
    if not filepath.endswith((".weights.json", ".weights.h5")):
        raise ValueError(
            "With max_shard_size the name must end in '.weights.json' (or '.weights.h5'). "
            f"Received: {filepath!r}"
        )
    base = filepath.removesuffix(".json").removesuffix(".h5").removesuffix(".weights")
    index_path = f"{base}.weights.json"
    check_free(index_path, overwrite)
    limit = max_shard_size * _GIBIBYTE
    shards, weight_map, total = [{}], {}, 0
    used = 0
    for group, name, values in _groups(model, objects_to_skip):
        for key, value in values.items() or [(None, None)]:
            size = 0 if value is None else np.asarray(value).nbytes
            if size > limit:
                raise ValueError(
                    f"The array {group}/{key} has {size} bytes, more than max_shard_size="
                    f"{max_shard_size} GiB"
                )
            if used + size > limit:
                shards.append({})
                used = 0
            used, total = used + size, total + size
            _, held = shards[-1].setdefault(group, (name, {}))
            if key is not None:
                held[key] = value
            file_name = f"{os.path.basename(base)}_{len(shards) - 1:05d}.weights.h5"
            files = weight_map.setdefault(f"/{group}", [])
            if file_name not in files:
                files.append(file_name)
    for i, groups in enumerate(shards):
        with atomic_path(f"{base}_{i:05d}.weights.h5") as temporary, written(temporary) as file:
            for group, (name, values) in groups.items():
                _write_group(file, group, name, values)
    with atomic_path(index_path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        json.dump({"metadata": {"total_size": total}, "weight_map": weight_map}, file, indent=4)


class _Shards:
    """The variables of a model that lie in several files."""

    def __init__(self, index_path):
        self._folder = os.path.dirname(os.path.abspath(index_path))
        with open(index_path, "rb") as file:
            index = json_text.parsed(file.read(), repr(index_path))
        self._map = index.get("weight_map") if isinstance(index, dict) else None
        if not isinstance(self._map, dict):
            raise ValueError(f"{index_path!r} does not say which weights lie where")
        self._files = {}
        self._open = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._open.close()

    def _opened(self, name):
        if not isinstance(name, str) or os.path.basename(name) != name:
            raise ValueError(f"The index names a file in another folder: {name!r}")
        if name not in self._files:
            path = os.path.join(self._folder, name)
            if os.path.islink(path) or not name.endswith(".weights.h5"):
                raise ValueError(f"The index names what is no file of weights: {name!r}")
            limits.grow(os.path.getsize(path))
            self._files[name] = self._open.enter_context(hdf5.opened(path))
        return self._files[name]

    def get(self, path):
        """The arrays of a ``vars`` group, from whichever files hold them."""
        names = self._map.get(f"/{path}", [])
        found = {}
        for name in [names] if isinstance(names, str) else names:
            found.update(StoredVariables(self._opened(name), path))
        return found
