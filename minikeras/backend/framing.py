"""Frames: overlapping pieces of a sequence, and their sum back in place."""

from minikeras.backend.autodiff import primitive
from minikeras.backend.xp import xp


def frame_count(size, length, stride):
    """How many frames of ``length`` fit into ``size`` steps."""
    return max((size - length) // stride + 1, 0)


def _fitted(x, size):
    """The last axis cut, or filled up with zeros, to ``size``."""
    if x.shape[-1] >= size:
        return x[..., :size]
    rest = xp.zeros((*x.shape[:-1], size - x.shape[-1]), x.dtype)
    return xp.concatenate([x, rest], axis=-1)


@primitive
def frames(x, *, length, stride):
    """Pieces of ``length``, one beginning every ``stride`` steps along the last axis.

    Args:
        x: ``(..., size)``; what is left behind the last whole frame is in none.

    Returns:
        ``(..., count, length)``.
    """
    lead, size = x.shape[:-1], x.shape[-1]
    count = frame_count(size, length, stride)
    out = xp.empty((*lead, count, length), x.dtype)
    pieces = -(-length // stride)  # a frame is so many strides long, the last one maybe in part
    if not out.size:
        return out
    if count <= pieces:
        for i in range(count):
            out[..., i, :] = x[..., i * stride : i * stride + length]
        return out
    rows = count + pieces - 1
    strides = _fitted(x, rows * stride).reshape(*lead, rows, stride)
    for j in range(pieces):
        width = min(stride, length - j * stride)
        out[..., j * stride : j * stride + width] = strides[..., j : j + count, :width]
    return out


@primitive
def overlap_add(x, *, stride, size):
    """Frames added up where they stand: the gradient of `frames`.

    Args:
        x: ``(..., count, length)``.
        stride: steps from the beginning of a frame to that of the next.
        size: of the last axis of the result: as many as the frames take, or up to ``stride - 1``
            steps more.

    Returns:
        ``(..., size)``.
    """
    lead, (count, length) = x.shape[:-2], x.shape[-2:]
    if not x.size:
        return xp.zeros((*lead, size), x.dtype)
    pieces = -(-length // stride)
    if count <= pieces:
        out = xp.zeros((*lead, size), x.dtype)
        for i in range(count):
            out[..., i * stride : i * stride + length] += x[..., i, :]
        return out
    rows = count + pieces - 1
    strides = xp.zeros((*lead, rows, stride), x.dtype)
    for j in range(pieces):
        width = min(stride, length - j * stride)
        strides[..., j : j + count, :width] += x[..., j * stride : j * stride + width]
    return _fitted(strides.reshape(*lead, rows * stride), size)


@frames.rules
def _(out, x, *, length, stride):
    size = x.shape[-1]
    return lambda g: overlap_add(g, stride=stride, size=size)


@overlap_add.rules
def _(out, x, *, stride, size):
    length = x.shape[-1]
    return lambda g: frames(g, length=length, stride=stride)
