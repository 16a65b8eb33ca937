"""The arrays in a file, by name: for whoever has the weights but not the classes."""

import os

from minikeras.backend.xp import np
from minikeras.guarded import hdf5, limits
from minikeras.saving.legacy_weights_file import Stored, has_legacy_layout, layer_names, member
from minikeras.saving.model_file import is_archive, opened_weights
from minikeras.saving.weights_file import size_of

_OPTIMIZERS = ("optimizer", "optimizer_weights")


def read_arrays(filepath):
    """The arrays of weights in a file of a model or of weights, without making the model.

    Args:
        filepath: a ``.keras`` file or folder, or any HDF5 file of weights or of a whole model.

    Returns:
        A dict from names to NumPy arrays: ``"layer/weight"`` for files of Keras 1 and 2, where
        layers have names, and the path in the file otherwise. The state of an optimizer is left
        out.

    Raises:
        ValueError: if it is no such file.

    >>> import minikeras as keras, os, tempfile
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.keras")
    ...     model.save(path)
    ...     found = keras.saving.arrays.read_arrays(path)
    >>> {name: array.shape for name, array in found.items()}
    {'layers/dense/vars/0': (2, 1), 'layers/dense/vars/1': (1,)}
    """
    filepath = os.fspath(filepath)
    with limits.reading(repr(filepath), size_of(filepath)):
        if is_archive(filepath):
            with opened_weights(filepath) as file, hdf5.opened(file) as opened:
                return dict(_of_today(opened, ""))
        with hdf5.opened(filepath) as opened:
            if has_legacy_layout(opened):
                return dict(_of_old(opened))
            return dict(_of_today(opened, ""))


def _of_today(group, path):
    for key in group:
        if not path and key in _OPTIMIZERS:
            continue
        found = group[key]
        if isinstance(found, hdf5.Group):
            yield from _of_today(found, f"{path}{key}/")
        else:
            yield f"{path}{key}", np.asarray(found[()])


def _of_old(file):
    group = file if layer_names(file) is not None else member(file, "model_weights")
    for layer in layer_names(group):
        stored = Stored(member(group, layer))
        for name, dataset in zip(stored.names, stored.datasets):
            name = name.removesuffix(":0")
            head, _, rest = name.partition("/")
            yield f"{layer}/{rest if head == layer and rest else name}", np.asarray(dataset[()])
