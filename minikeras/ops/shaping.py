"""keras.ops: the same values in another shape or order of axes."""

import math

from minikeras.backend import shaping
from minikeras.backend.reduction import sum as total
from minikeras.backend.shaping import normal_axis
from minikeras.backend.xp import is_array, xp
from minikeras.ops.arguments import tensor
from minikeras.ops.reduction import total_dtype
from minikeras.symbolic.inference import is_inferring, known_shape, open_length
from minikeras.symbolic.operation import op

__all__ = [
    "broadcast_to",
    "depth_to_space",
    "diag",
    "diagflat",
    "diagonal",
    "expand_dims",
    "flip",
    "fliplr",
    "flipud",
    "meshgrid",
    "moveaxis",
    "ravel",
    "reshape",
    "roll",
    "rot90",
    "space_to_depth",
    "squeeze",
    "swapaxes",
    "trace",
    "transpose",
    "tril",
    "triu",
]


def integers(x):
    """One integer or several, of whatever type, as an int or a tuple of ints; None as it is."""
    if x is None:
        return None
    if hasattr(x, "__index__") and getattr(x, "shape", ()) == ():
        return int(x)
    return tuple(int(i) for i in x)


def has_unknown_side(x):
    """Whether a side of ``x`` stands in for an unknown one, while shapes are inferred."""
    return is_inferring() and None in known_shape(x.shape)


@op
def reshape(x, newshape):
    """The values of ``x``, in their order, in another shape.

    Args:
        x: a tensor.
        newshape: an integer or a tuple of integers. One of them may be -1, which stands for
            whatever is left; None keeps the side of ``x`` at that place.

    Returns:
        A tensor of shape ``newshape``.

    Raises:
        ValueError: if the number of elements differs.

    >>> import minikeras as keras
    >>> keras.ops.reshape([[1, 2, 3], [4, 5, 6]], (3, -1)).tolist()
    [[1, 2], [3, 4], [5, 6]]
    >>> keras.ops.reshape(keras.KerasTensor((None, 4, 6)), (None, -1)).shape
    (None, 24)
    """
    x = tensor(x)
    is_one = hasattr(newshape, "__index__") and not getattr(newshape, "shape", ())
    sides = (newshape,) if is_one else tuple(newshape)
    if None in sides[len(x.shape) :]:
        raise ValueError(
            "reshape: None in newshape keeps the side of x at that place, and x has no such axis. "
            f"Received: newshape={newshape}, x.shape={x.shape}"
        )
    if is_inferring() and any(is_array(n) and not n for n in sides):
        # What stands in for a symbolic side, whose value is not known yet.
        sides = [open_length() if is_array(n) else n for n in sides]
        return xp.zeros([x.shape[i] if n is None else n for i, n in enumerate(sides)], x.dtype)
    shape = tuple(x.shape[i] if n is None else int(n) for i, n in enumerate(sides))
    if any(n < -1 for n in shape) or shape.count(-1) > 1:
        raise ValueError(
            "reshape: every side in newshape must be a non-negative integer, None or -1, with at "
            f"most one unknown dimension (-1). Received: newshape={newshape}"
        )
    if has_unknown_side(x):
        # The true sides may fit evenly where their stand-ins do not.
        known = math.prod(n for n in shape if n != -1)
        size = math.prod(x.shape)
        if -1 in shape and known > 0 and size % known:
            return xp.zeros(tuple(size // known if n == -1 else n for n in shape), x.dtype)
        least = math.prod(n for n in known_shape(x.shape) if n is not None)
        if -1 not in shape and least and known % least == 0:
            return xp.zeros(shape, x.dtype)
    return shaping.reshape(x, shape=shape)


@op
def ravel(x):
    """All values of ``x`` in one axis.

    >>> import minikeras as keras
    >>> keras.ops.ravel([[1, 2], [3, 4]]).tolist()
    [1, 2, 3, 4]
    """
    x = tensor(x)
    return shaping.reshape(x, shape=(math.prod(x.shape),))


@op
def transpose(x, axes=None):
    """The axes of ``x`` in another order.

    Args:
        x: a tensor.
        axes: for each axis of the result the axis of ``x`` that it was; reversed by default.

    >>> import minikeras as keras
    >>> keras.ops.transpose([[1, 2, 3], [4, 5, 6]]).tolist()
    [[1, 4], [2, 5], [3, 6]]
    >>> keras.ops.transpose(keras.ops.zeros((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    x, axes = tensor(x), integers(axes)
    rank = len(x.shape)
    if axes is not None and not all(-rank <= a < rank for a in axes):
        raise ValueError(
            f"transpose: Each axis in `axes` must be an integer in [-{rank}, {rank}). "
            f"Received: axes={list(axes)}"
        )
    if axes is not None and sorted(a % rank for a in axes) != list(range(rank)):
        raise ValueError(
            f"transpose: axes must be a valid permutation of the {rank} axes of x. "
            f"Received: axes={list(axes)}"
        )
    return shaping.transpose(x, axes=axes)


@op
def expand_dims(x, axis):
    """``x`` with axes of length 1 inserted.

    Args:
        x: a tensor.
        axis: where the new axis stands in the result, or a tuple for several.

    >>> import minikeras as keras
    >>> keras.ops.expand_dims(keras.ops.zeros((2, 3)), (0, -1)).shape
    (1, 2, 3, 1)
    """
    return shaping.expand_dims(tensor(x), integers(axis))


@op
def squeeze(x, axis=None):
    """``x`` without axes of length 1.

    Args:
        x: a tensor.
        axis: the axis to remove, or a tuple of them; by default all of length 1.

    Raises:
        ValueError: if an axis to remove is not of length 1.

    >>> import minikeras as keras
    >>> keras.ops.squeeze(keras.ops.zeros((1, 2, 1)), axis=-1).shape
    (1, 2)
    """
    x = tensor(x)
    sides = known_shape(x.shape)
    if axis is None:
        removed = {i for i, n in enumerate(sides) if n == 1}
    else:
        axes = integers(axis)
        axes = (axes,) if isinstance(axes, int) else axes
        removed = {normal_axis(a, len(sides)) for a in axes}
    too_long = [i for i in removed if sides[i] not in (1, None)]
    if too_long:
        raise ValueError(
            f"squeeze: only axes of length 1 can be removed; axis {too_long[0]} has length "
            f"{sides[too_long[0]]}. Received: axis={axis}, x.shape={sides}"
        )
    shape = tuple(n for i, n in enumerate(x.shape) if i not in removed)
    if any(sides[i] is None for i in removed):
        return xp.zeros(shape, x.dtype)
    return shaping.reshape(x, shape=shape)


@op
def broadcast_to(x, shape):
    """``x`` repeated along axes of length 1, and along new leading axes, up to ``shape``.

    >>> import minikeras as keras
    >>> keras.ops.broadcast_to([1, 2], (2, 2)).tolist()
    [[1, 2], [1, 2]]
    """
    x = tensor(x)
    shape = integers(shape)
    shape = (shape,) if isinstance(shape, int) else shape
    if has_unknown_side(x):
        return xp.zeros(shape, x.dtype)
    return shaping.broadcast_to(x, shape=shape)


@op
def moveaxis(x, source, destination):
    """``x`` with axes moved to other places, the rest in their order.

    Args:
        x: a tensor.
        source: an axis, or several.
        destination: where each of them goes.

    >>> import minikeras as keras
    >>> keras.ops.moveaxis(keras.ops.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    source, destination = integers(source), integers(destination)
    if isinstance(source, int) != isinstance(destination, int) or (
        isinstance(source, tuple) and len(source) != len(destination)
    ):
        raise ValueError(
            "moveaxis: source and destination must name equally many axes. "
            f"Received: source={source}, destination={destination}"
        )
    return shaping.moveaxis(tensor(x), source, destination)


@op
def swapaxes(x, axis1, axis2):
    """``x`` with two axes exchanged.

    >>> import minikeras as keras
    >>> keras.ops.swapaxes(keras.ops.zeros((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
    """
    return shaping.swapaxes(tensor(x), int(axis1), int(axis2))


@op
def flip(x, axis=None):
    """``x`` in reversed order along ``axis``, by default along all axes.

    >>> import minikeras as keras
    >>> keras.ops.flip([[1, 2], [3, 4]], axis=1).tolist()
    [[2, 1], [4, 3]]
    """
    return shaping.flip(tensor(x), axis=integers(axis))


def _check_rank(name, x, least):
    if len(x.shape) < least:
        raise ValueError(
            f"{name}: the tensor must have at least {least} axes. Received: shape {x.shape}"
        )


@op
def fliplr(x):
    """``x`` in reversed order along its second axis: left and right exchanged.

    >>> import minikeras as keras
    >>> keras.ops.fliplr([[1, 2], [3, 4]]).tolist()
    [[2, 1], [4, 3]]
    """
    x = tensor(x)
    _check_rank("fliplr", x, 2)
    return shaping.flip(x, axis=1)


@op
def flipud(x):
    """``x`` in reversed order along its first axis: up and down exchanged.

    >>> import minikeras as keras
    >>> keras.ops.flipud([[1, 2], [3, 4]]).tolist()
    [[3, 4], [1, 2]]
    """
    x = tensor(x)
    _check_rank("flipud", x, 1)
    return shaping.flip(x, axis=0)


@op
def roll(x, shift, axis=None):
    """``x`` moved along ``axis``; what leaves at one end comes in at the other.

    Args:
        x: a tensor.
        shift: by how many places, or a tuple with one number per axis.
        axis: an axis, or a tuple of them; by default the flattened tensor is moved.

    >>> import minikeras as keras
    >>> keras.ops.roll([1, 2, 3, 4], 1).tolist()
    [4, 1, 2, 3]
    """
    return shaping.roll(tensor(x), shift=integers(shift), axis=integers(axis))


@op
def rot90(array, k=1, axes=(0, 1)):
    """``array`` turned by quarter turns, from the first of two axes towards the second.

    Args:
        array: a tensor with two axes or more.
        k: how many quarter turns; negative ones turn the other way.
        axes: the two axes of the plane to turn.

    >>> import minikeras as keras
    >>> keras.ops.rot90([[1, 2], [3, 4]]).tolist()
    [[2, 4], [1, 3]]
    """
    x = tensor(array)
    _check_rank("rot90", x, 2)
    axes = integers(axes)
    plane = [normal_axis(a, len(x.shape)) for a in axes] if isinstance(axes, tuple) else []
    if len(plane) != 2 or plane[0] == plane[1]:
        raise ValueError(f"rot90: axes must be two different axes. Received: axes={axes}")
    turns = k % 4
    if turns == 0:
        return x
    if turns == 2:
        return shaping.flip(x, axis=tuple(plane))
    if turns == 1:
        return shaping.swapaxes(shaping.flip(x, axis=plane[1]), *plane)
    return shaping.flip(shaping.swapaxes(x, *plane), axis=plane[1])


@op
def tril(x, k=0):
    """``x`` with zeros above diagonal ``k`` of its last two axes.

    >>> import minikeras as keras
    >>> keras.ops.tril([[1, 2], [3, 4]]).tolist()
    [[1, 0], [3, 4]]
    """
    return shaping.tril(tensor(x), k=int(k))


@op
def triu(x, k=0):
    """``x`` with zeros below diagonal ``k`` of its last two axes.

    >>> import minikeras as keras
    >>> keras.ops.triu([[1, 2], [3, 4]], k=1).tolist()
    [[0, 2], [0, 0]]
    """
    return shaping.triu(tensor(x), k=int(k))


@op
def diagonal(x, offset=0, axis1=0, axis2=1):
    """The diagonal of ``x`` along two axes, as a new last axis.

    Args:
        x: a tensor with two axes or more.
        offset: which diagonal: 0 is the main one, positive ones lie above it.
        axis1, axis2: the axes of the matrices.

    >>> import minikeras as keras
    >>> keras.ops.diagonal([[1, 2], [3, 4]]).tolist()
    [1, 4]
    """
    x = tensor(x)
    _check_rank("diagonal", x, 2)
    return shaping.diagonal(x, offset=offset, axis1=axis1, axis2=axis2)


@op
def diag(x, k=0):
    """The diagonal ``k`` of a matrix, or the matrix whose diagonal ``k`` is the vector given.

    >>> import minikeras as keras
    >>> keras.ops.diag([1, 2]).tolist()
    [[1, 0], [0, 2]]
    >>> keras.ops.diag([[1, 2], [3, 4]], k=1).tolist()
    [2]
    """
    x = tensor(x)
    if len(x.shape) not in (1, 2):
        raise ValueError(f"diag: x must be a vector or a matrix. Received: shape {x.shape}")
    return shaping.diagonal(x, offset=k) if len(x.shape) == 2 else _matrix(x, k)


def _matrix(vector, k):
    side = vector.shape[0] + abs(k)
    return shaping.from_diagonal(vector, shape=(side, side), offset=k)


@op
def diagflat(x, k=0):
    """The matrix whose diagonal ``k`` holds all values of ``x``.

    >>> import minikeras as keras
    >>> keras.ops.diagflat([[1], [2]]).tolist()
    [[1, 0], [0, 2]]
    """
    x = tensor(x)
    return _matrix(shaping.reshape(x, shape=(math.prod(x.shape),)), k)


@op
def trace(x, offset=0, axis1=0, axis2=1):
    """The sum of the diagonal along two axes; see `diagonal` for the arguments.

    >>> import minikeras as keras
    >>> keras.ops.trace([[1, 2], [3, 4]]).item()
    5
    """
    x = tensor(x)
    _check_rank("trace", x, 2)
    line = shaping.diagonal(x, offset=offset, axis1=axis1, axis2=axis2)
    dtype = None if x.dtype.kind in "fc" else total_dtype(x.dtype)
    return total(line, axis=-1, dtype=dtype)


@op
def meshgrid(*x, indexing="xy"):
    """Coordinate tensors of the grid spanned by vectors.

    Args:
        *x: vectors or numbers; tensors with more axes are flattened.
        indexing: ``"xy"`` for the axes of an image, where the first two are exchanged, or
            ``"ij"`` for those of a matrix.

    Returns:
        A list of one tensor per argument, all of the shape of the grid.

    >>> import minikeras as keras
    >>> [grid.tolist() for grid in keras.ops.meshgrid([1, 2], [3, 4, 5], indexing="ij")]
    [[[1, 1, 1], [2, 2, 2]], [[3, 4, 5], [3, 4, 5]]]
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing must be 'xy' or 'ij'. Received: {indexing!r}")
    xs = [tensor(v) for v in x]
    places = list(range(len(xs)))
    if indexing == "xy":
        places[:2] = places[:2][::-1]
    sides = [math.prod(xs[i].shape) for i in places]
    grids = []
    for i, v in enumerate(xs):
        shape = tuple(-1 if place == i else 1 for place in places)
        if 0 in v.shape:
            shape = tuple(0 if n == -1 else n for n in shape)
        grids.append(shaping.broadcast_to(shaping.reshape(v, shape=shape), shape=tuple(sides)))
    return grids


def _image_axes(name, x, block_size, data_format):
    """Shape and format of a batch of images, checked."""
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError(
            f"{name}: data_format must be 'channels_last' or 'channels_first'. "
            f"Received: {data_format!r}"
        )
    if len(x.shape) != 4:
        raise ValueError(f"{name}: x must have 4 axes. Received: shape {x.shape}")
    if block_size < 2:
        raise ValueError(f"{name}: `block_size` must be at least 2. Received: {block_size}")
    if data_format == "channels_last":
        batch, height, width, channels = x.shape
    else:
        batch, channels, height, width = x.shape
    return batch, height, width, channels


@op
def depth_to_space(x, block_size, data_format="channels_last"):
    """Blocks of channels laid out as blocks of pixels, which makes images larger.

    Args:
        x: a batch of images (batch, height, width, channels), or (batch, channels, height, width)
            with ``data_format="channels_first"``.
        block_size: the side of a block; its square divides the number of channels.
        data_format: where the channels stand.

    Returns:
        Images of ``block_size`` times the height and width, with correspondingly fewer channels.

    >>> import minikeras as keras
    >>> keras.ops.depth_to_space([[[[1, 2, 3, 4]]]], 2).tolist()
    [[[[1], [2]], [[3], [4]]]]
    """
    x, b = tensor(x), int(block_size)
    batch, height, width, channels = _image_axes("depth_to_space", x, b, data_format)
    depth, rest = divmod(channels, b * b)
    if rest:
        raise ValueError(
            "depth_to_space: the number of channels must be a multiple of block_size**2. "
            f"Received: {channels} channels, block_size={b}"
        )
    if data_format == "channels_last":
        x = shaping.reshape(x, shape=(batch, height, width, b, b, depth))
        x = shaping.transpose(x, axes=(0, 1, 3, 2, 4, 5))
        return shaping.reshape(x, shape=(batch, height * b, width * b, depth))
    x = shaping.reshape(x, shape=(batch, depth, b, b, height, width))
    x = shaping.transpose(x, axes=(0, 1, 4, 2, 5, 3))
    return shaping.reshape(x, shape=(batch, depth, height * b, width * b))


@op
def space_to_depth(x, block_size, data_format="channels_last"):
    """Blocks of pixels laid out as blocks of channels: the inverse of `depth_to_space`.

    Args:
        x: a batch of images (batch, height, width, channels), or (batch, channels, height, width)
            with ``data_format="channels_first"``.
        block_size: the side of a block; it divides height and width.
        data_format: where the channels stand.

    >>> import minikeras as keras
    >>> keras.ops.space_to_depth([[[[1], [2]], [[3], [4]]]], 2).tolist()
    [[[[1, 2, 3, 4]]]]
    """
    x, b = tensor(x), int(block_size)
    batch, height, width, channels = _image_axes("space_to_depth", x, b, data_format)
    last = data_format == "channels_last"
    h, w = height // b, width // b
    if has_unknown_side(x):
        shape = (batch, h, w, channels * b * b) if last else (batch, channels * b * b, h, w)
        return xp.zeros(shape, x.dtype)
    if height % b or width % b:
        raise ValueError(
            "space_to_depth: height and width must be multiples of block_size. "
            f"Received: {height} x {width}, block_size={b}"
        )
    if last:
        x = shaping.reshape(x, shape=(batch, h, b, w, b, channels))
        x = shaping.transpose(x, axes=(0, 1, 3, 2, 4, 5))
        return shaping.reshape(x, shape=(batch, h, w, channels * b * b))
    x = shaping.reshape(x, shape=(batch, channels, h, b, w, b))
    x = shaping.transpose(x, axes=(0, 1, 3, 5, 2, 4))
    return shaping.reshape(x, shape=(batch, channels * b * b, h, w))
