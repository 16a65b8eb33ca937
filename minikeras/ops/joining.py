"""keras.ops: joining tensors, cutting them apart, and repeating them."""

import itertools
import math

from minikeras.backend import shaping
from minikeras.backend.indexing import take
from minikeras.backend.shaping import normal_axis
from minikeras.backend.xp import asarray, np, xp
from minikeras.ops.arguments import on_host, promote, tensor
from minikeras.ops.shaping import has_unknown_side, integers
from minikeras.symbolic.inference import known_shape
from minikeras.symbolic.operation import op

__all__ = [
    "append",
    "array_split",
    "concatenate",
    "dsplit",
    "dstack",
    "hsplit",
    "hstack",
    "repeat",
    "split",
    "stack",
    "tile",
    "unstack",
    "vsplit",
    "vstack",
]


def _several(name, xs):
    """The tensors of a list (or the slices of one tensor) in their common dtype."""
    if hasattr(xs, "shape") and hasattr(xs, "dtype"):
        xs = tensor(xs)
        return [xs[i] for i in range(xs.shape[0])]
    xs = list(xs)
    if not xs:
        raise ValueError(f"{name} needs at least one tensor. Received an empty sequence")
    return promote(*xs)


@op
def concatenate(xs, axis=0):
    """The tensors of a list put one after another along an axis that exists.

    Args:
        xs: a list of tensors of one shape but for ``axis``.
        axis: the axis to join along.

    Returns:
        A tensor in the common dtype.

    >>> import minikeras as keras
    >>> keras.ops.concatenate([[[1], [2]], [[3], [4]]], axis=1).tolist()
    [[1, 3], [2, 4]]
    """
    xs = _several("concatenate", xs)
    if axis is None:
        return shaping.concatenate(*map(_flat, xs), axis=0)
    return shaping.concatenate(*xs, axis=int(axis))


def _flat(x):
    return shaping.reshape(x, shape=(math.prod(x.shape),))


@op
def append(x1, x2, axis=None):
    """``x2`` put after ``x1`` along ``axis``; by default both are flattened first.

    >>> import minikeras as keras
    >>> keras.ops.append([1, 2], [[3, 4]]).tolist()
    [1, 2, 3, 4]
    """
    x1, x2 = promote(tensor(x1), tensor(x2))
    if axis is None:
        return shaping.concatenate(_flat(x1), _flat(x2), axis=0)
    return shaping.concatenate(x1, x2, axis=int(axis))


@op
def stack(x, axis=0):
    """The tensors of a list, all of one shape, put along a new axis.

    Args:
        x: a list of tensors.
        axis: where the new axis stands in the result.

    >>> import minikeras as keras
    >>> keras.ops.stack([[1, 2], [3, 4]], axis=1).tolist()
    [[1, 3], [2, 4]]
    """
    return shaping.stack(*_several("stack", x), axis=int(axis))


def _with_rank(x, rank):
    """``x`` with as many axes as `hstack`, `vstack` and `dstack` treat it to have."""
    shape = tuple(x.shape)
    if rank == 1 and not shape:
        shape = (1,)
    elif rank == 2 and len(shape) < 2:
        shape = (1, *(shape or (1,)))
    elif rank == 3 and len(shape) < 3:
        shape = (*(shape if len(shape) == 2 else (1, *(shape or (1,)))), 1)
    return x if shape == x.shape else shaping.reshape(x, shape=shape)


@op
def vstack(xs):
    """The tensors of a list put one below another: along the first axis, vectors as rows.

    >>> import minikeras as keras
    >>> keras.ops.vstack([[1, 2], [3, 4]]).tolist()
    [[1, 2], [3, 4]]
    """
    return shaping.concatenate(*(_with_rank(x, 2) for x in _several("vstack", xs)), axis=0)


@op
def hstack(xs):
    """The tensors of a list put side by side: along the second axis, vectors along their only one.

    >>> import minikeras as keras
    >>> keras.ops.hstack([[[1], [2]], [[3], [4]]]).tolist()
    [[1, 3], [2, 4]]
    """
    xs = [_with_rank(x, 1) for x in _several("hstack", xs)]
    return shaping.concatenate(*xs, axis=0 if len(xs[0].shape) == 1 else 1)


@op
def dstack(xs):
    """The tensors of a list put one behind another: along the third axis.

    >>> import minikeras as keras
    >>> keras.ops.dstack([[1, 2], [3, 4]]).tolist()
    [[[1, 3], [2, 4]]]
    """
    return shaping.concatenate(*(_with_rank(x, 3) for x in _several("dstack", xs)), axis=2)


def _pieces(x, cuts, axis):
    """The parts of ``x`` along ``axis`` between the positions in ``cuts``, as slices would be."""
    if has_unknown_side(x) and known_shape(x.shape)[axis] is None and cuts and min(cuts) >= 0:
        # What stands in for the length may be too short for the positions.
        length = x.shape[axis]
        sides = [max(b - a, 0) for a, b in itertools.pairwise((0, *cuts))]
        before, after = x.shape[:axis], x.shape[axis + 1 :]
        return [xp.zeros((*before, n, *after), x.dtype) for n in (*sides, length)]
    return list(shaping.split(x, sections=tuple(cuts), axis=axis))


def _even_cuts(length, count, longer):
    """Where to cut ``length`` into ``count`` parts, of which the first ``longer`` have 1 more."""
    least = length // count
    return [i * least + min(i, longer) for i in range(1, count)]


def _split(name, x, indices_or_sections, axis):
    x = tensor(x)
    axis = normal_axis(int(axis), len(x.shape))
    sections = integers(indices_or_sections)
    if isinstance(sections, tuple):
        return _pieces(x, sections, axis)
    if sections < 1:
        raise ValueError(f"{name}: the number of parts must be positive. Received: {sections}")
    length = x.shape[axis]
    if has_unknown_side(x) and known_shape(x.shape)[axis] is None:
        # All parts look equally long, whatever the length that stands in.
        shape = (*x.shape[:axis], length // sections, *x.shape[axis + 1 :])
        return [xp.zeros(shape, x.dtype) for _ in range(sections)]
    if length % sections:
        raise ValueError(
            f"{name}: axis {axis} of length {length} cannot be cut into {sections} equal parts. "
            "Use keras.ops.array_split for parts of unlike length."
        )
    return _pieces(x, _even_cuts(length, sections, 0), axis)


@op
def split(x, indices_or_sections, axis=0):
    """``x`` cut into parts along an axis.

    Args:
        x: a tensor.
        indices_or_sections: a number of equally long parts, or the positions at which to cut.
        axis: the axis to cut.

    Returns:
        A list of tensors.

    Raises:
        ValueError: if the axis cannot be cut into that many equal parts.

    >>> import minikeras as keras
    >>> [part.tolist() for part in keras.ops.split(keras.ops.arange(4), [1, 2])]
    [[0], [1], [2, 3]]
    """
    return _split("split", x, indices_or_sections, axis)


@op
def array_split(x, indices_or_sections, axis=0):
    """``x`` cut into parts along an axis; as `split`, but the first parts may be 1 longer.

    >>> import minikeras as keras
    >>> [part.tolist() for part in keras.ops.array_split(keras.ops.arange(4), 3)]
    [[0, 1], [2], [3]]
    """
    x = tensor(x)
    axis = normal_axis(int(axis), len(x.shape))
    sections = integers(indices_or_sections)
    if isinstance(sections, tuple):
        return _pieces(x, sections, axis)
    if sections < 1:
        raise ValueError(f"array_split: the number of parts must be positive. Received: {sections}")
    length = x.shape[axis]
    return list(
        shaping.split(x, sections=tuple(_even_cuts(length, sections, length % sections)), axis=axis)
    )


@op
def vsplit(x, indices_or_sections):
    """``x`` cut along its first axis; see `split`.

    >>> import minikeras as keras
    >>> [part.tolist() for part in keras.ops.vsplit([[1, 2], [3, 4]], 2)]
    [[[1, 2]], [[3, 4]]]
    """
    return _split("vsplit", _ranked("vsplit", x, 2), indices_or_sections, 0)


@op
def hsplit(x, indices_or_sections):
    """``x`` cut along its second axis, a vector along its only one; see `split`.

    >>> import minikeras as keras
    >>> [part.tolist() for part in keras.ops.hsplit([[1, 2], [3, 4]], 2)]
    [[[1], [3]], [[2], [4]]]
    """
    x = _ranked("hsplit", x, 1)
    return _split("hsplit", x, indices_or_sections, 0 if len(x.shape) == 1 else 1)


@op
def dsplit(x, indices_or_sections):
    """``x`` cut along its third axis; see `split`.

    >>> import minikeras as keras
    >>> [part.tolist() for part in keras.ops.dsplit([[[1, 2], [3, 4]]], 2)]
    [[[[1], [3]]], [[[2], [4]]]]
    """
    return _split("dsplit", _ranked("dsplit", x, 3), indices_or_sections, 2)


def _ranked(name, x, least):
    x = tensor(x)
    if len(x.shape) < least:
        raise ValueError(
            f"{name}: the tensor must have at least {least} axes. Received: shape {x.shape}"
        )
    return x


@op
def unstack(x, num=None, axis=0):
    """The slices of ``x`` along an axis, as a list.

    Args:
        x: a tensor.
        num: how many slices there are; found from the shape if not given.
        axis: the axis to take apart.

    Raises:
        ValueError: if the length of the axis is neither known nor given, or is not ``num``.

    >>> import minikeras as keras
    >>> [part.tolist() for part in keras.ops.unstack([[1, 2], [3, 4]], axis=1)]
    [[1, 3], [2, 4]]
    """
    x = tensor(x)
    axis = normal_axis(int(axis), len(x.shape))
    length = known_shape(x.shape)[axis]
    if length is None and num is None:
        raise ValueError(
            f"unstack: Cannot infer argument `num` from shape {known_shape(x.shape)}, as the "
            f"length of axis {axis} is not known. Give num."
        )
    if length is None:
        shape = (*x.shape[:axis], *x.shape[axis + 1 :])
        return [xp.zeros(shape, x.dtype) for _ in range(num)]
    if num is not None and num != length:
        raise ValueError(
            f"unstack: axis {axis} has length {length}. Received: num={num}, x.shape={x.shape}"
        )
    return list(shaping.unstack(x, axis=axis))


@op
def tile(x, repeats):
    """``x`` laid side by side with itself.

    Args:
        x: a tensor.
        repeats: how often along each axis; an integer, or a tuple for the last axes. If it is
            longer than the rank of ``x``, new axes come first.

    >>> import minikeras as keras
    >>> keras.ops.tile([[1, 2]], (2, 2)).tolist()
    [[1, 2, 1, 2], [1, 2, 1, 2]]
    """
    x = tensor(x)
    repeats = integers(repeats)
    repeats = (repeats,) if isinstance(repeats, int) else repeats
    rank = max(len(x.shape), len(repeats))
    sides = (*[1] * (rank - len(x.shape)), *x.shape)
    repeats = (*[1] * (rank - len(repeats)), *repeats)
    if all(r == 1 for r in repeats):
        return shaping.reshape(x, shape=sides)
    # Each axis gets another one before it, along which it is repeated.
    apart = tuple(n for side in sides for n in (1, side))
    spread = tuple(n for pair in zip(repeats, sides) for n in pair)
    x = shaping.broadcast_to(shaping.reshape(x, shape=apart), shape=spread)
    return shaping.reshape(x, shape=tuple(r * n for r, n in zip(repeats, sides)))


@op
def repeat(x, repeats, axis=None):
    """Every element (or slice) of ``x`` repeated where it stands.

    Args:
        x: a tensor.
        repeats: how often: an integer, or one integer per element along ``axis``.
        axis: the axis along which to repeat; by default the flattened tensor.

    >>> import minikeras as keras
    >>> keras.ops.repeat([1, 2], 2).tolist()
    [1, 1, 2, 2]
    >>> keras.ops.repeat([[1, 2], [3, 4]], [1, 2], axis=0).tolist()
    [[1, 2], [3, 4], [3, 4]]
    """
    x = tensor(x)
    if axis is None:
        x, axis = _flat(x), 0
    axis = normal_axis(int(axis), len(x.shape))
    counts = on_host(repeats)
    length = x.shape[axis]
    if counts.size != 1:
        if counts.ndim == 1 and has_unknown_side(x) and known_shape(x.shape)[axis] is None:
            return xp.zeros((*x.shape[:axis], int(counts.sum()), *x.shape[axis + 1 :]), x.dtype)
        if counts.shape != (length,):
            raise ValueError(
                f"repeat: repeats must be an integer or {length} integers, one per element along "
                f"axis {axis}. Received: repeats of shape {counts.shape}"
            )
        return take(x, asarray(np.repeat(np.arange(length), counts)), axis=axis)
    count = int(counts.reshape(()))
    before, after = x.shape[: axis + 1], x.shape[axis + 1 :]
    apart = shaping.reshape(x, shape=(*before, 1, *after))
    spread = shaping.broadcast_to(apart, shape=(*before, count, *after))
    return shaping.reshape(spread, shape=(*before[:-1], length * count, *after))
