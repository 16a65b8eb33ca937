"""Logs: from whatever the steps return to Python numbers."""

import numpy as np

from minikeras import tree
from minikeras.backend import autodiff
from minikeras.backend.autodiff import Handle
from minikeras.backend.xp import is_array, to_numpy


def plain_logs(logs):
    """``logs`` as a flat dict of Python numbers in the order of their names.

    Args:
        logs: a dict; its values may be numbers, tensors of one element and dicts of such. What is
            no number (the outputs of `predict`, say) is kept, tensors as NumPy arrays.
    """
    found = {}
    for name, value in sorted((logs or {}).items()):
        if isinstance(value, dict) and name != "outputs":
            found.update(plain_logs(value))
        else:
            found[name] = tree.map_structure(_plain, value)
    return found


def _plain(value):
    if type(value) is float:
        return value
    if isinstance(value, Handle):
        value = value.value
    value = autodiff.plain(value)
    if is_array(value) or isinstance(value, np.ndarray):
        value = to_numpy(value)
        return float(value.item()) if value.size == 1 and value.ndim == 0 else value
    return float(value) if isinstance(value, (bool, int)) else value
