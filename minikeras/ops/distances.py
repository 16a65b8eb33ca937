"""keras.ops: distances between points."""

from minikeras.backend import elementwise, logic, reduction
from minikeras.backend.elementwise import square, subtract
from minikeras.backend.shaping import expand_dims
from minikeras.ops.arguments import promote_floats
from minikeras.symbolic.operation import op

__all__ = ["cdist"]


@op
def cdist(x, y):
    """The Euclidean distance of each point of one collection from each of another.

    Args:
        x: ``(..., m, d)``: m points of d coordinates.
        y: ``(..., n, d)``; the axes before the last two broadcast against those of ``x``.

    Returns:
        A tensor of floats ``(..., m, n)``. The gradient of a distance 0 is taken to be 0.

    Raises:
        ValueError: if the points have unlike numbers of coordinates, or a rank is below 2.

    >>> import minikeras as keras
    >>> keras.ops.cdist([[0.0, 0.0], [3.0, 0.0]], [[0.0, 4.0]]).tolist()
    [[4.0], [5.0]]
    """
    x, y = promote_floats(x, y)
    if min(len(x.shape), len(y.shape)) < 2 or x.shape[-1] != y.shape[-1]:
        raise ValueError(
            "cdist: x and y must be of rank 2 at least, with as many coordinates along the last "
            f"axis. Received: shapes {tuple(x.shape)} and {tuple(y.shape)}"
        )
    difference = subtract(expand_dims(x, -2), expand_dims(y, -3))
    squares = reduction.sum(square(difference), axis=-1)
    is_apart = logic.greater(squares, 0)
    return elementwise.where(is_apart, elementwise.sqrt(elementwise.where(is_apart, squares, 1)), 0)
