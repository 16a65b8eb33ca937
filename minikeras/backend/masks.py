"""The mask that goes with a tensor: which of its time steps count.

Tracers and symbolic tensors carry their mask. Plain arrays cannot, so theirs stand in a table that
holds no array alive.
"""

import weakref

from minikeras import tree
from minikeras.backend.xp import ndarray

_table = {}  # id of an array -> (weak reference to it, mask)


def get_mask(x):
    """The mask of ``x``, or None."""
    if isinstance(x, ndarray):
        held = _table.get(id(x)) if _table else None
        return None if held is None else held[1]
    return getattr(x, "_keras_mask", None)


def set_mask(x, mask):
    """Attach ``mask`` to ``x``; None removes it."""
    if not isinstance(x, ndarray):
        if hasattr(x, "_keras_mask"):
            x._keras_mask = mask
        return
    key = id(x)
    if mask is None:
        _table.pop(key, None)
    else:
        # The table is bound here: when Python ends, names of modules may be gone before arrays.
        _table[key] = (weakref.ref(x, lambda _, table=_table: table.pop(key, None)), mask)


def masks_of(structure):
    """The masks of the leaves of ``structure``, in its form."""
    return tree.map_structure(get_mask, structure)
