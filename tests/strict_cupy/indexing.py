"""Indices as CuPy understands them."""

import numpy as np

from tests.strict_cupy.core import Held, synchronize, unsupported


def index_for(index, array):
    """An index for NumPy that does what CuPy does with ``index``."""
    parts = list(index) if isinstance(index, tuple) else [index]
    parts = [_index_part(p) for p in parts]
    masks = [p for p in parts if isinstance(p, np.ndarray) and p.dtype == bool]
    if masks:
        synchronize("Indexing with a mask")
        if len(masks) > 1:
            raise NotImplementedError("CuPy takes at most one mask in an index")
        return tuple(parts)
    if any(isinstance(p, np.ndarray) for p in parts):
        parts = _wrapped(parts, array)
    return tuple(parts)


def _index_part(part):
    if part is None or part is Ellipsis:
        return part
    if isinstance(part, slice):
        for bound in (part.start, part.stop, part.step):
            if isinstance(bound, Held):
                raise TypeError("slice indices must be integers or None")
        return part
    if isinstance(part, Held):
        if part.dtype.kind not in "biu":
            raise IndexError("arrays used as indices must be of integer or boolean type")
        return part._a
    if isinstance(part, (bool, np.bool_)):
        return np.asarray(part)
    if isinstance(part, (int, np.integer)):
        return part
    if isinstance(part, (list, tuple)):
        if any(isinstance(p, Held) for p in part):
            part = [p._a if isinstance(p, Held) else p for p in part]
        found = np.asarray(part)
        return found if found.size else found.astype(np.int32)
    if isinstance(part, np.ndarray):
        # The real library uploads it; that is never what our code means.
        raise unsupported(part)
    if hasattr(part, "__index__"):
        return part.__index__()
    raise IndexError(
        "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or "
        "boolean arrays are valid indices"
    )


def _wrapped(parts, array):
    """``parts`` with the integer arrays brought into range, as CuPy does it silently."""
    used = sum(1 for p in parts if p is not None and p is not Ellipsis)
    made, axis = [], 0
    for p in parts:
        if p is None:
            made.append(p)
            continue
        if p is Ellipsis:
            axis += array.ndim - used
            made.append(p)
            continue
        if isinstance(p, np.ndarray) and p.dtype != bool and axis < array.ndim:
            side = array.shape[axis]
            p = p.astype(np.int64) % side if side else p
        made.append(p)
        axis += 1
    return made


def has_integer_arrays(index):
    return any(isinstance(p, np.ndarray) and p.dtype != bool for p in index)


# Functions
