"""Primitives that move values without changing them: reshape, transpose, join, split, pad, flip."""

import math

from minikeras.backend.autodiff import primitive
from minikeras.backend.xp import xp


def resolved_shape(shape, newshape):
    """``newshape`` with its one -1, if any, replaced by the side that it stands for.

    An empty array fits many sides. The zero of its shape is then taken to be the zero given in
    ``newshape``, as if both were the same unknown batch: (0, 3, 4) to (0, -1) gives (0, 12).
    """
    newshape = tuple(newshape)
    if -1 not in newshape:
        return newshape
    known = math.prod(n for n in newshape if n != -1)
    total = math.prod(shape)
    if known == 0 and total == 0:
        known = math.prod(n for n in newshape if n > 0)
        total = math.prod(n for n in shape if n > 0)
    if newshape.count(-1) > 1 or known == 0 or total % known:
        raise ValueError(
            f"An array of shape {tuple(shape)} cannot be reshaped to {newshape}: its "
            f"{math.prod(shape)} elements do not fill whole sides of the length given."
        )
    return tuple(total // known if n == -1 else n for n in newshape)


@primitive
def reshape(x, *, shape):
    return xp.reshape(x, resolved_shape(x.shape, shape))


@reshape.rules
def _(out, x, *, shape):
    before = x.shape
    return lambda g: reshape(g, shape=before)


@primitive
def transpose(x, *, axes=None):
    return xp.transpose(x, axes)


def _inverse(axes):
    """The permutation that undoes ``axes``."""
    if axes is None:
        return None
    places = [0] * len(axes)
    for i, axis in enumerate(axes):
        places[axis] = i
    return tuple(places)


transpose.rules(
    lambda out, x, *, axes=None: lambda g: transpose(g, axes=_inverse(axes)),
)


@primitive
def broadcast_to(x, *, shape):
    return xp.broadcast_to(x, shape)


# The engine sums the gradient over what was repeated.
broadcast_to.rules(lambda out, x, *, shape: lambda g: g)


@primitive
def concatenate(*arrays, axis):
    return xp.concatenate(arrays, axis=axis)


@concatenate.joint_rule
def _(out, *arrays, axis):
    ends = []
    for x in arrays:
        ends.append(x.shape[axis] + (ends[-1] if ends else 0))
    return lambda g: split(g, sections=tuple(ends[:-1]), axis=axis)


@primitive
def stack(*arrays, axis):
    return xp.stack(arrays, axis=axis)


@stack.joint_rule
def _(out, *arrays, axis):
    return lambda g: unstack(g, axis=axis)


@primitive
def unstack(x, *, axis):
    return tuple(xp.moveaxis(x, axis, 0))


unstack.rules(lambda out, x, *, axis: lambda gs: stack(*gs, axis=axis))


@primitive
def split(x, *, sections, axis):
    """``sections``: a number of equal parts, or where to cut, as in NumPy."""
    return tuple(xp.split(x, sections, axis=axis))


split.rules(lambda out, x, *, sections, axis: lambda gs: concatenate(*gs, axis=axis))


@primitive
def pad(x, *, pad_width, value=0):
    """``pad_width``: one pair (before, after) per axis; ``value``: a number."""
    shape = tuple(n + before + after for n, (before, after) in zip(x.shape, pad_width))
    out = xp.full(shape, value, x.dtype) if value != 0 else xp.zeros(shape, x.dtype)
    out[_inside(shape, pad_width)] = x
    return out


def _inside(shape, pad_width):
    return tuple(slice(before, n - after) for n, (before, after) in zip(shape, pad_width))


@primitive
def crop(x, *, pad_width):
    """What `pad` put its argument into, cut out again."""
    return x[_inside(x.shape, pad_width)]


pad.rules(lambda out, x, *, pad_width, value=0: lambda g: crop(g, pad_width=pad_width))
crop.rules(lambda out, x, *, pad_width: lambda g: pad(g, pad_width=pad_width))


@primitive
def flip(x, *, axis=None):
    return xp.flip(x, axis)


flip.rules(lambda out, x, *, axis=None: lambda g: flip(g, axis=axis))


@primitive
def roll(x, *, shift, axis=None):
    return xp.roll(x, shift, axis)


@roll.rules
def _(out, x, *, shift, axis=None):
    back = tuple(-s for s in shift) if isinstance(shift, tuple) else -shift
    return lambda g: roll(g, shift=back, axis=axis)


@primitive
def tril(x, *, k=0):
    return xp.tril(x, k)


tril.rules(lambda out, x, *, k=0: lambda g: tril(g, k=k))


@primitive
def triu(x, *, k=0):
    return xp.triu(x, k)


triu.rules(lambda out, x, *, k=0: lambda g: triu(g, k=k))


@primitive
def diagonal(x, *, offset=0, axis1=0, axis2=1):
    return xp.diagonal(x, offset, axis1, axis2)


@diagonal.rules
def _(out, x, *, offset=0, axis1=0, axis2=1):
    where = {"shape": x.shape, "offset": offset, "axis1": axis1, "axis2": axis2}
    return lambda g: from_diagonal(g, **where)


@primitive
def from_diagonal(x, *, shape, offset=0, axis1=0, axis2=1):
    """Zeros of ``shape`` but for the diagonal along two axes, which the last axis of x fills."""
    out = xp.zeros(shape, x.dtype)
    matrices = xp.moveaxis(out, (axis1, axis2), (-2, -1))
    i = xp.arange(x.shape[-1])
    matrices[..., i + max(-offset, 0), i + max(offset, 0)] = x
    return out


@from_diagonal.rules
def _(out, x, *, shape, offset=0, axis1=0, axis2=1):
    return lambda g: diagonal(g, offset=offset, axis1=axis1, axis2=axis2)


def expand_dims(x, axis):
    """``x`` with axes of length 1 inserted at ``axis``, an integer or several."""
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    rank = len(x.shape) + len(axes)
    axes = {normal_axis(a, rank) for a in axes}
    sides = iter(x.shape)
    return reshape(x, shape=tuple(1 if i in axes else next(sides) for i in range(rank)))


def moveaxis(x, source, destination):
    """``x`` with some axes put at other places, the rest in their order."""
    source = (source,) if isinstance(source, int) else tuple(source)
    destination = (destination,) if isinstance(destination, int) else tuple(destination)
    rank = len(x.shape)
    source = [normal_axis(a, rank) for a in source]
    order = [i for i in range(rank) if i not in source]
    for place, axis in sorted((normal_axis(d, rank), s) for d, s in zip(destination, source)):
        order.insert(place, axis)
    return transpose(x, axes=tuple(order))


def swapaxes(x, axis1, axis2):
    """``x`` with two axes exchanged."""
    rank = len(x.shape)
    axes = list(range(rank))
    axis1, axis2 = normal_axis(axis1, rank), normal_axis(axis2, rank)
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return transpose(x, axes=tuple(axes))


def normal_axis(axis, rank):
    """``axis`` counted from the front.

    Raises:
        ValueError: if an array of that rank has no such axis.
    """
    if not -rank <= axis < rank:
        raise ValueError(f"axis {axis} is out of bounds for a tensor of rank {rank}")
    return axis + rank if axis < 0 else axis
