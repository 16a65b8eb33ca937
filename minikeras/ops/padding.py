"""keras.ops.pad: more elements around a tensor, in every mode of NumPy."""

from minikeras.backend import elementwise, indexing, reduction, shaping
from minikeras.backend.autodiff import plain
from minikeras.backend.xp import asarray, np, xp
from minikeras.ops.arguments import on_host, tensor
from minikeras.symbolic.operation import op

__all__ = ["pad"]

_COPYING = ("edge", "reflect", "symmetric", "wrap")
_STATISTICS = ("linear_ramp", "maximum", "mean", "median", "minimum")


@op
def pad(x, pad_width, mode="constant", constant_values=None):
    """``x`` with more elements before and after it along its axes.

    Args:
        x: a tensor.
        pad_width: how many elements: ``((before, after), ...)`` with a pair for each axis, one
            pair for all axes, or one integer for both ends of all axes.
        mode: what the new elements are: ``"constant"``; ``"edge"``, the outermost element;
            ``"reflect"`` and ``"symmetric"``, mirrored without and with that element; ``"wrap"``,
            those from the other end; ``"maximum"``, ``"mean"``, ``"median"``, ``"minimum"`` along
            the axis; ``"linear_ramp"``, falling to 0; ``"empty"``, anything.
        constant_values: the number for mode ``"constant"``; 0 by default.

    >>> import minikeras as keras
    >>> keras.ops.pad([1, 2, 3], (1, 2)).tolist()
    [0, 1, 2, 3, 0, 0]
    >>> keras.ops.pad([1, 2, 3], 2, mode="reflect").tolist()
    [3, 2, 1, 2, 3, 2, 1]
    """
    x = tensor(x)
    widths = _widths(pad_width, len(x.shape))
    if constant_values is not None and mode != "constant":
        raise ValueError(
            "pad: Argument `constant_values` can only be provided when `mode == 'constant'`. "
            f"Received: mode={mode!r}, constant_values={constant_values}"
        )
    if mode in ("constant", "empty"):
        return _with_constant(x, widths, 0 if constant_values is None else constant_values)
    if mode not in (*_COPYING, *_STATISTICS):
        raise ValueError(
            f"pad: mode must be one of {sorted(('constant', 'empty', *_COPYING, *_STATISTICS))}. "
            f"Received: {mode!r}"
        )
    for axis, width in enumerate(widths):
        if any(width):
            if not x.shape[axis]:
                raise ValueError(
                    f"pad: an axis without elements cannot be padded in mode {mode!r}. "
                    f"Received: x.shape={x.shape}, pad_width={pad_width}"
                )
            pad_axis = _copied if mode in _COPYING else _from_statistic
            x = pad_axis(x, axis, width, mode)
    return x


def _widths(pad_width, rank):
    """``pad_width`` as a pair of integers for each axis."""
    widths = on_host(pad_width)
    try:
        widths = np.broadcast_to(widths, (rank, 2))
    except ValueError:
        widths = np.zeros(0)
    if widths.shape != (rank, 2) or (rank and (widths.dtype.kind not in "iu" or widths.min() < 0)):
        raise ValueError(
            "pad: pad_width must be an integer, a pair, or one pair for each of the "
            f"{rank} axes, none negative. Received: pad_width={pad_width}"
        )
    return tuple((int(before), int(after)) for before, after in widths)


def _with_constant(x, widths, value):
    if isinstance(value, (bool, int, float)):
        return shaping.pad(x, pad_width=widths, value=value)
    value = tensor(value, x.dtype)
    if value.shape not in ((), (1,)):
        raise ValueError(f"pad: constant_values must be one number. Received: shape {value.shape}")
    is_inside = shaping.pad(xp.ones(x.shape, bool), pad_width=widths)
    return elementwise.where(is_inside, shaping.pad(x, pad_width=widths), value)


def _copied(x, axis, width, mode):
    """The axis padded with elements of it, found by padding their numbers."""
    positions = np.pad(np.arange(x.shape[axis]), width, mode=mode)
    return indexing.take(x, asarray(positions), axis=axis)


def _from_statistic(x, axis, width, mode):
    """The axis padded with a statistic of it, or with a ramp to 0."""
    if mode == "linear_ramp":
        ends = _ramp(x, axis, width[0], 0), _ramp(x, axis, width[1], -1)
        before, after = ends[0], shaping.flip(ends[1], axis=axis)
    else:
        found = _statistic(x, axis, mode)
        before, after = (
            shaping.broadcast_to(found, shape=(*x.shape[:axis], n, *x.shape[axis + 1 :]))
            for n in width
        )
    return shaping.concatenate(before, x, after, axis=axis)


def _ramp(x, axis, count, place):
    """``count`` numbers from 0 towards the element at ``place``, which is not among them."""
    edge = indexing.get_item(x, index=(*[slice(None)] * axis, slice(place, place + 1 or None)))
    side = [count if i == axis else 1 for i in range(len(x.shape))]
    fractions = (xp.arange(count) / max(count, 1)).reshape(side)
    if x.dtype.kind == "f":
        return elementwise.multiply(edge, fractions.astype(x.dtype))
    return xp.floor(plain(edge) * fractions).astype(x.dtype)


def _statistic(x, axis, mode):
    """The statistic along ``axis``, which stays with length 1; means of integers are rounded."""
    if mode == "maximum":
        return reduction.max(x, axis=axis, keepdims=True)
    if mode == "minimum":
        return reduction.min(x, axis=axis, keepdims=True)
    if mode == "median":
        middle = (x.shape[axis] - 1) // 2, x.shape[axis] // 2
        index = (*[slice(None)] * axis, slice(middle[0], middle[1] + 1))
        x = indexing.get_item(indexing.sort(x, axis=axis), index=index)
    mean = reduction.mean(x, axis=axis, keepdims=True)
    return mean if x.dtype.kind == "f" else xp.rint(plain(mean)).astype(x.dtype)
