"""keras.ops: complex numbers and the pairs of reals that they are made of."""

from minikeras.backend import elementwise, indexing, shaping
from minikeras.ops.arguments import promote_floats, tensor
from minikeras.symbolic.operation import op

__all__ = ["polar", "view_as_complex", "view_as_real"]


@op
def view_as_complex(x):
    """Complex numbers from pairs (real part, imaginary part).

    Args:
        x: a float tensor whose last axis has length 2; half precision becomes single.

    Returns:
        A complex tensor without that axis.

    >>> import minikeras as keras
    >>> keras.ops.view_as_complex([[1.0, 2.0]]).tolist()
    [(1+2j)]
    """
    x = tensor(x)
    if not x.shape or x.shape[-1] != 2 or x.dtype.kind != "f":
        raise ValueError(
            "view_as_complex: x must hold floats, two along the last axis. "
            f"Received: shape {x.shape}, dtype {x.dtype}"
        )
    return _complex(x)


def _complex(x):
    """Pairs as complex numbers, which there are none of in half precision."""
    return indexing.view_as_complex(tensor(x, "float32") if x.dtype == "float16" else x)


@op
def view_as_real(x):
    """Complex numbers as pairs (real part, imaginary part) along a new last axis.

    >>> import minikeras as keras
    >>> keras.ops.view_as_real(keras.ops.array([1 + 2j])).tolist()
    [[1.0, 2.0]]
    """
    return indexing.view_as_real(tensor(x))


@op
def polar(abs_, angle):
    """Complex numbers from their absolute values and angles.

    Args:
        abs_: a float tensor.
        angle: a float tensor, in radians; both broadcast against each other.

    Returns:
        A complex tensor: ``abs_ * (cos(angle) + i sin(angle))``.

    >>> import minikeras as keras
    >>> keras.ops.view_as_real(keras.ops.polar([2.0, 3.0], [0.0, 0.0])).tolist()
    [[2.0, 0.0], [3.0, 0.0]]
    """
    size, angle = promote_floats(abs_, angle)
    parts = (elementwise.multiply(size, wave(angle)) for wave in (elementwise.cos, elementwise.sin))
    return _complex(shaping.stack(*parts, axis=-1))
