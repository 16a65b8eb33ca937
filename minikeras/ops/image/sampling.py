"""keras.ops.image.map_coordinates: values between the elements of arrays."""

import itertools
import math

from minikeras.backend import elementwise, indexing, logic, shaping
from minikeras.backend.elementwise import add, cast, multiply, subtract
from minikeras.backend.sampling import flat_place, is_inside, place_inside, round_half_away
from minikeras.ops.arguments import floating, on_host, promote_floats, tensor
from minikeras.ops.image.batches import in_dtype
from minikeras.symbolic.operation import op

__all__ = ["map_coordinates"]

FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
ORDERS = {"nearest": 0, "bilinear": 1}


@op
def map_coordinates(inputs, coordinates, order, fill_mode="constant", fill_value=0):
    """The values of an array at places that may lie between its elements.

    Args:
        inputs: a tensor of any rank n.
        coordinates: ``(n, ...)``: for each axis of ``inputs`` where to look along it.
        order: 0 takes the nearest element (of two equally near ones the one farther from the
            origin), 1 interpolates linearly.
        fill_mode: what lies beyond the ends of an axis: ``"constant"``, ``fill_value``;
            ``"nearest"``, the outermost element; ``"wrap"``, the axis again; ``"mirror"`` and
            ``"reflect"``, the axis backwards, without and with its outermost element.
        fill_value: a number.

    Returns:
        A tensor of shape ``coordinates.shape[1:]`` and the dtype of ``inputs``; integers are
        rounded. Gradients flow to both tensors.

    Raises:
        ValueError: if an argument has a value that is not listed, or the shapes do not match.

    >>> import minikeras as keras
    >>> x = keras.ops.array([0.0, 10.0, 20.0])
    >>> keras.ops.image.map_coordinates(x, [[0.5, 1.25, 2.5]], order=1).tolist()
    [5.0, 12.5, 10.0]
    """
    inputs, coordinates = tensor(inputs), floating(coordinates)
    rank = len(inputs.shape)
    if coordinates.shape and coordinates.shape[0] != rank:
        raise ValueError(
            "map_coordinates: the first side of coordinates must be the same as the rank of "
            f"`inputs`, {rank}. Received: coordinates of shape {tuple(coordinates.shape)}"
        )
    if len(coordinates.shape) < 2:
        raise ValueError(
            f"map_coordinates: expected at least rank 2 for coordinates, of shape ({rank}, ...). "
            f"Received: shape {tuple(coordinates.shape)}"
        )
    if order not in (0, 1):
        raise ValueError(f"map_coordinates: order must be 0 or 1. Received: {order!r}")
    check_fill_mode(fill_mode, "map_coordinates")
    places = [indexing.get_item(coordinates, index=i) for i in range(rank)]
    return sample(inputs, (), places, order, fill_mode, fill_value)


def check_fill_mode(fill_mode, what):
    """Raise a ValueError, with the name of the op, if there is no such mode."""
    if fill_mode not in FILL_MODES:
        raise ValueError(f"{what}: fill_mode must be one of {FILL_MODES}. Received: {fill_mode!r}")


def order_of(interpolation, what):
    """The order of an interpolation: 0 or 1.

    Raises:
        ValueError: if there is no such interpolation.
    """
    if interpolation not in ORDERS:
        raise ValueError(
            f"{what}: interpolation must be one of {tuple(ORDERS)}. Received: {interpolation!r}"
        )
    return ORDERS[interpolation]


def sample(x, leading, places, order, fill_mode, fill_value):
    """The values of ``x`` at ``places``.

    Args:
        x: ``(*leading sides, *sides, *rest)``.
        leading: integer arrays: which element to take of each of the first axes.
        places: a tensor of floats for each of the next axes: where to look along it. They broadcast
            against each other and against ``leading``.
        order, fill_mode, fill_value: as for `map_coordinates`.

    Returns:
        A tensor of the broadcast shape, followed by the rest, in the dtype of ``x``.
    """
    sides = x.shape[len(leading) : len(leading) + len(places)]
    rest = len(x.shape) - len(leading) - len(places)
    look = _Look(x.shape[: len(leading)] + sides, leading, rest, fill_mode)
    fill_value = on_host(fill_value).astype(x.dtype).item()
    if order == 0:
        return look.at(x, [cast(round_half_away(p), dtype="int32") for p in places], fill_value)
    floats, *places = promote_floats(x, *places)
    total = None
    for corner in itertools.product(*map(_neighbours, places)):
        found = look.at(floats, [index for index, _ in corner], fill_value)
        weight = corner[0][1]
        for _, factor in corner[1:]:
            weight = multiply(weight, factor)
        found = multiply(look.before_rest(weight), found)
        total = found if total is None else add(total, found)
    return in_dtype(total, x.dtype)


def _neighbours(place):
    """The elements on both sides of each place, with their weights."""
    floor = logic.floor(place)
    index, share = cast(floor, dtype="int32"), subtract(place, floor)
    return (index, subtract(1, share)), (add(index, 1), share)


class _Look:
    """Takes elements of an array by their places along its first axes, also beyond the ends."""

    def __init__(self, sides, leading, rest, fill_mode):
        self.sides = sides
        self.leading = leading
        self.rest = rest
        self.fill_mode = fill_mode

    def at(self, x, indices, fill_value):
        """The elements of ``x`` at ``indices``, integer arrays for the axes that do not lead."""
        sides = self.sides[len(self.leading) :]
        inside = [
            place_inside(index, side=side, mode=self.fill_mode)
            for index, side in zip(indices, sides)
        ]
        # By rows of a matrix: several times faster than by an index array for each axis.
        places = flat_place(*self.leading, *inside, sides=self.sides)
        rows = shaping.reshape(x, shape=(math.prod(self.sides), *x.shape[len(self.sides) :]))
        found = indexing.take(rows, places, axis=0)
        if self.fill_mode != "constant":
            return found
        is_there = None
        for index, side in zip(indices, sides):
            one = is_inside(index, side=side)
            is_there = one if is_there is None else logic.logical_and(is_there, one)
        return elementwise.where(self.before_rest(is_there), found, fill_value)

    def before_rest(self, x):
        """``x`` with an axis of length 1 for each of the rest."""
        return shaping.reshape(x, shape=(*x.shape, *[1] * self.rest)) if self.rest else x
