"""Weights in HDF5 as Keras 1 and 2 lay them out: a group per layer, its arrays in a stated order.

The zoo's own files and what ``save_weights("x.h5")`` of earlier versions wrote have this layout.
Only what lies in the file itself is read, and everything is checked before anything is changed.
"""

import contextlib
import warnings

from minikeras.backend.xp import np
from minikeras.guarded import hdf5

# Functions of (layer, arrays, version of Keras, backend) that return the arrays as the layer has
# them today; versions and backends have ordered and turned them differently.
CONVERTERS = []
# Functions of a layer that return the layers that files list in its place, or None.
PARTS = []
_TOP_LEVEL = "top_level_model_weights"  # variables that a model owns itself, not through a layer


def has_legacy_layout(file):
    """Whether an open HDF5 file has this layout: weights alone, or a whole model."""
    file = hdf5.wrapped(file)
    return _names_layers(file) or (
        "model_weights" in file and _names_layers(member(file, "model_weights"))
    )


def read_legacy_weights(file, model, by_name=False, skip_mismatch=False, reshape=False):
    """Set the weights of ``model`` from an open HDF5 file of this layout; all or nothing.

    Args:
        file: an open file (`guarded.hdf5.Group`).
        model: a model that is built.
        by_name: whether layers are found by their names, those that are not in the file being left
            as they are; otherwise layer by layer in order, whatever their names.
        skip_mismatch: whether weights of another shape are left as they are, with a warning; with
            ``by_name`` also layers with another number of weights.
        reshape: whether arrays of another shape with as many numbers are reshaped.

    Raises:
        ValueError: if something does not fit, is missing, or lies outside of the file; it names
            the layer.
    """
    file = hdf5.wrapped(file)
    group = file if _names_layers(file) else member(file, "model_weights")
    written_by = tuple(_text(group, key) for key in ("keras_version", "backend"))
    pairs = _by_name(group, model, skip_mismatch) if by_name else _in_order(group, model)
    assignments, loaded = [], []
    for owner, what, stored in pairs:
        stored = _converted(owner, stored, written_by)
        if len(stored) != len(owner.weights):
            if not (by_name and skip_mismatch):
                raise ValueError(_miscounted(what, owner.weights, stored))
            _warn(_miscounted(what, owner.weights, stored))
            continue
        assignments += _assignments(owner, what, stored, skip_mismatch, reshape)
        loaded.append(owner)
    with _all_or_nothing([variable for variable, _ in assignments]):
        for variable, dataset in assignments:
            variable.assign(np.asarray(dataset[()]).reshape(variable.shape))
        for owner in loaded:
            if hasattr(owner, "finalize_state"):
                owner.finalize_state()  # layers that keep numbers derived from their weights


class Stored:
    """The arrays that a file has for one layer: their names, and the data sets, not read yet."""

    def __init__(self, group):
        self.names = _numbered(group, "nb_params", "param") or _strings(group, "weight_names")
        self.datasets = []
        for name in self.names:
            found = group
            for part in name.split("/"):
                found = member(found, part)
            if not isinstance(found, hdf5.Array) or found.dtype.kind not in "fiub":
                raise ValueError(f"{found.name!r} in the file is no array of numbers")
            self.datasets.append(found)

    def __len__(self):
        return len(self.names)


class _Converted:
    """Arrays in place of the data sets that they were made of."""

    def __init__(self, names, arrays):
        self.names = names if len(names) == len(arrays) else [str(i) for i in range(len(arrays))]
        self.datasets = arrays

    def __len__(self):
        return len(self.names)


def _converted(owner, stored, written_by):
    if not CONVERTERS or isinstance(owner, _OwnWeights):
        return stored
    arrays = [np.asarray(dataset[()]) for dataset in stored.datasets]
    for convert in CONVERTERS:
        arrays = convert(owner, arrays, *written_by)
    return _Converted(stored.names, arrays)


def _text(group, name):
    found = group.attrs.get(name)
    return found.decode("utf-8") if isinstance(found, bytes) else found


def _in_order(group, model):
    """For each layer with weights: the layer, what to call it, and its arrays, first to first."""
    stored = {name: Stored(member(group, name)) for name in layer_names(group)}
    stored = {name: found for name, found in stored.items() if len(found)}
    layers = [layer for layer in _listed(model.layers) if layer.weights]
    if len(stored) != len(layers):
        raise ValueError(
            f"The file has weights of {len(stored)} layers, model {model.name!r} has "
            f"{len(layers)} layers with weights. First in the file: {list(stored)[:3]}; first in "
            f"the model: {[layer.name for layer in layers[:3]]}. With by_name=True, layers of the "
            "same name are loaded alone."
        )
    for layer, (name, found) in zip(layers, stored.items()):
        yield layer, _description(layer, name), found
    yield from _top_level(group, model, skip_mismatch=False)


def _listed(layers):
    """The layers as files list them."""
    for layer in layers:
        parts = next((found for part in PARTS if (found := part(layer)) is not None), None)
        yield from [layer] if parts is None else _listed(parts)


def _by_name(group, model, skip_mismatch):
    """Like `_in_order`, for the layers whose names the file has."""
    known = set(layer_names(group))
    for layer in _listed(model.layers):
        if layer.name not in known:
            continue
        found = Stored(member(group, layer.name))
        yield layer, _description(layer, layer.name), found
    yield from _top_level(group, model, skip_mismatch)


def _top_level(group, model, skip_mismatch):
    """The variables that the model owns itself; files before TensorFlow 2.7 have none."""
    if not has(group, _TOP_LEVEL):
        return
    found, own = Stored(member(group, _TOP_LEVEL)), _OwnWeights(model)
    if len(found) != len(own.weights):
        message = _miscounted(f"model {model.name!r} itself", own.weights, found)
        if not skip_mismatch:
            raise ValueError(message)
        _warn(message)
    elif own.weights:
        yield own, f"model {model.name!r} itself", found


class _OwnWeights:
    """The variables of a model without those of its layers, in place of a layer."""

    def __init__(self, model):
        self.weights = model._own_weights()
        self.trainable_weights = [v for v in self.weights if v.trainable]
        self.non_trainable_weights = [v for v in self.weights if not v.trainable]


def _miscounted(what, weights, found):
    return (
        f"The file has {len(found)} weights for {what}, which has {len(weights)}: "
        f"{[(v.name, v.shape) for v in weights]}. In the file: "
        f"{[(n, d.shape) for n, d in zip(found.names, found.datasets)]}"
    )


def _description(layer, name):
    return f"layer {layer.name!r}" + (f" ({name!r} in the file)" if name != layer.name else "")


def _assignments(owner, what, stored, skip_mismatch, reshape):
    """Pairs of a variable and the data set with its value."""
    pairs = []
    for variable, name, dataset in zip(_order(owner, stored), stored.names, stored.datasets):
        fits = reshape and np.prod(dataset.shape) == np.prod(variable.shape)
        if dataset.shape == variable.shape or fits:
            pairs.append((variable, dataset))
            continue
        message = (
            f"{what}: weight {variable.name!r} has shape {variable.shape}. In the file {name!r} "
            f"has shape {dataset.shape}"
        )
        if not skip_mismatch:
            raise ValueError(message)
        _warn(message)
    return pairs


def _order(owner, stored):
    """The variables in the order of the file, which depends on what was frozen when it was written.

    Trainable ones come first, so within a nested model the others change places when it is frozen.
    """
    orders = (
        [*owner.trainable_weights, *owner.non_trainable_weights],
        sorted(owner.weights, key=lambda v: not getattr(v, "_made_trainable", v.trainable)),
        owner.weights,
    )
    names = [name.rpartition("/")[2].partition(":")[0] for name in stored.names]
    shapes = [dataset.shape for dataset in stored.datasets]
    fitting = [order for order in orders if [v.shape for v in order] == shapes]
    named = [order for order in fitting if [v.name for v in order] == names]
    return (named or fitting or orders)[0]


@contextlib.contextmanager
def _all_or_nothing(variables):
    before = [variable.array for variable in variables]
    try:
        yield
    except BaseException:
        for variable, array in zip(variables, before):
            variable.array = array
        raise


def layer_names(group):
    """The names of the layers in a group of weights, or None if it is no such group.

    Before Keras 1.0 layers and their arrays had numbers.
    """
    if not _names_layers(group):
        return None
    return _numbered(group, "nb_layers", "layer") or _strings(group, "layer_names")


def _names_layers(group):
    return any(name in group.attrs for name in ("layer_names", "layer_names0", "nb_layers"))


def _numbered(group, count, prefix):
    """Names that end in numbers, of which an attribute tells how many there are; else None."""
    if count not in group.attrs:
        return None
    found = np.ravel(group.attrs[count])
    if found.dtype.kind not in "iu" or found.size != 1 or not 0 <= found[0] <= len(group):
        raise ValueError(f"The attribute {count!r} in the file is no number of what lies there")
    return [f"{prefix}_{i}" for i in range(int(found[0]))]


def _strings(group, name):
    """A list of strings in the attributes of a group; long lists are spread over several."""
    if name in group.attrs:
        parts = [group.attrs[name]]
    else:
        parts, number = [], 0
        while f"{name}{number}" in group.attrs:
            parts.append(group.attrs[f"{name}{number}"])
            number += 1
    items = [item for part in parts for item in np.ravel(part).tolist()]
    try:
        return [
            item.decode("utf-8") if isinstance(item, bytes) else _string(item) for item in items
        ]
    except (UnicodeError, TypeError):
        raise ValueError(f"The attribute {name!r} in the file is no list of strings") from None


def _string(item):
    if not isinstance(item, str):
        raise TypeError
    item.encode("utf-8")  # h5py gives bytes that are no text as surrogates
    return item


def has(group, key):
    """Whether a group has a member; unlike h5py's ``in`` this opens no file that a link names."""
    return key in hdf5.wrapped(group)


def member(group, key):
    """The member of a group, which lies in the file itself."""
    if isinstance(group, hdf5.Array):
        raise ValueError(f"{group.name!r} in the file is not a group")
    group = hdf5.wrapped(group)
    if key not in group:
        raise ValueError(f"{group.name!r} in the file has no member {key!r}, which it lists")
    return group[key]


def _warn(message):
    warnings.warn(f"{message}. It is left as it was.", stacklevel=2)
