"""Where to look in an array for values between and beyond its elements."""

from minikeras.backend.autodiff import primitive
from minikeras.backend.xp import xp


@primitive
def round_half_away(x):
    """The nearest whole number, of two equally near ones that farther from 0; the dtype stays."""
    whole = xp.trunc(x)
    return xp.where(xp.abs(x - whole) >= 0.5, whole + xp.sign(x), whole)


@primitive
def place_inside(index, *, side, mode):
    """Integers brought into ``[0, side)``.

    Args:
        index: an integer array.
        side: the length of the axis.
        mode: ``"nearest"`` and ``"constant"`` take the nearest element; ``"wrap"`` repeats the
            axis; ``"mirror"`` and ``"reflect"`` turn back at the ends, the latter repeating
            the outermost element.
    """
    if mode in ("constant", "nearest"):
        return xp.clip(index, 0, max(side - 1, 0))
    if mode == "wrap":
        return index % max(side, 1)
    if mode == "mirror":
        reach = max(side - 1, 0)
        return xp.abs((index + reach) % max(2 * reach, 1) - reach)
    found = index % max(2 * side, 1)
    return xp.minimum(found, 2 * side - 1 - found)


@primitive
def is_inside(index, *, side):
    """Which integers lie in ``[0, side)``."""
    return (index >= 0) & (index < side)


@primitive
def flat_place(*indices, sides):
    """Places along the axes of an array as places in the flat array; ``indices`` broadcast."""
    flat = indices[0].astype("int64")
    for index, side in zip(indices[1:], sides[1:]):
        flat = flat * side + index
    return flat
