"""Translations of what moves values without changing them."""

import itertools

from minikeras.backend.xp import np
from minikeras.export.forward import Size
from minikeras.export.graph import Untranslatable, axes_of, translates

_END = np.iinfo("int64").max


@translates("reshape")
def _(g, x, *, shape):
    return g.reshape(g.typed(x), g.out.shape)


@translates("transpose")
def _(g, x, *, axes=None):
    axes = range(x.rank)[::-1] if axes is None else axes_of(axes, x.rank)
    return g.transpose(x, axes)


@translates("broadcast_to")
def _(g, x, *, shape):
    return g.add("Expand", g.typed(x), g.shape(g.out.shape))


@translates("concatenate")
def _(g, *arrays, axis):
    return g.add("Concat", *map(g.typed, arrays), axis=axis % len(g.out.shape))


@translates("stack")
def _(g, *arrays, axis):
    axis %= len(g.out.shape)
    parts = [g.add("Unsqueeze", g.typed(x), g.integers(axis)) for x in arrays]
    return g.add("Concat", *parts, axis=axis)


@translates("unstack")
def _(g, x, *, axis):
    axis %= x.rank
    parts = _split(g, x, [1] * _known(x, axis), axis)
    return tuple(g.add("Squeeze", part, g.integers(axis)) for part in parts)


@translates("split")
def _(g, x, *, sections, axis):
    axis %= x.rank
    side = _known(x, axis)
    if isinstance(sections, int):
        lengths = [side // sections] * sections
    else:
        bounds = [0, *(min(n % side if n < 0 else n, side) for n in sections), side]
        lengths = [max(b - a, 0) for a, b in itertools.pairwise(bounds)]
    return tuple(_split(g, x, lengths, axis))


def _split(g, x, lengths, axis):
    if len(lengths) == 1:
        return [x.name]
    return g.add("Split", x, g.integers(*lengths), outputs=len(lengths), axis=axis)


def _known(x, axis):
    if type(x.shape[axis]) is Size:
        raise Untranslatable("it divides the batch")
    return x.shape[axis]


def padded(g, name, pad_width, value, dtype):
    """The name of a tensor with a border of ``value``; negative widths cut some off."""
    pads = g.integers(*(pair[0] for pair in pad_width), *(pair[1] for pair in pad_width))
    return g.add("Pad", name, pads, np.asarray(value, dtype))


@translates("pad")
def _(g, x, *, pad_width, value=0):
    if x.dtype == bool:
        return g.cast(padded(g, g.typed(x, "int32"), pad_width, value, "int32"), bool)
    return padded(g, x.name, pad_width, value, x.dtype)


@translates("crop")
def _(g, x, *, pad_width):
    starts = g.integers(*(before for before, _ in pad_width))
    stops = g.integers(*(-after if after else _END for _, after in pad_width))
    return g.add("Slice", x, starts, stops, g.integers(*range(x.rank)))


@translates("flip")
def _(g, x, *, axis=None):
    axes = axes_of(axis, x.rank)
    ends = (g.integers(*[n] * len(axes)) for n in (-1, -_END, -1))
    start, stop, step = ends
    return g.add("Slice", x, start, stop, g.integers(*axes), step)


@translates("roll")
def _(g, x, *, shift, axis=None):
    if axis is None:
        raise Untranslatable("it rolls over all axes at once")
    shifts = shift if isinstance(shift, tuple) else (shift,)
    name = x.name
    for by, a in zip(shifts, axes_of(axis, x.rank)):
        by %= _known(x, a)
        if by:
            parts = g.cut(name, a, -by, _END), g.cut(name, a, 0, -by)
            name = g.add("Concat", *parts, axis=a)
    return name


@translates("tril")
def _(g, x, *, k=0):
    return g.add("Trilu", x, np.int64(k), upper=0)


@translates("triu")
def _(g, x, *, k=0):
    return g.add("Trilu", x, np.int64(k), upper=1)
