"""keras.ops.image.scale_and_translate."""

import functools

from minikeras.backend import elementwise, logic, reduction, shaping
from minikeras.backend.elementwise import add, multiply, subtract, true_divide, where
from minikeras.backend.image import resample
from minikeras.backend.indexing import get_item
from minikeras.backend.shaping import normal_axis
from minikeras.backend.xp import xp
from minikeras.ops.arguments import floating, promote_floats
from minikeras.symbolic.inference import is_inferring
from minikeras.symbolic.operation import op

__all__ = ["scale_and_translate"]


def _triangle(x):
    return elementwise.maximum(subtract(1, x), 0)


def _keys_cubic(x):
    """Keys 1981, "Cubic convolution interpolation for digital image processing", a = -1/2."""

    def polynomial(*coefficients):
        found = coefficients[0]
        for c in coefficients[1:]:
            found = add(multiply(found, x), c)
        return found

    near, far = polynomial(1.5, -2.5, 0.0, 1.0), polynomial(-0.5, 2.5, -4.0, 2.0)
    return where(logic.less(x, 1), near, where(logic.less(x, 2), far, 0))


def _lanczos(radius, x):
    """The windowed sinc: Duchon 1979, "Lanczos filtering in one and two dimensions"."""
    waves = multiply(elementwise.sinc(x), elementwise.sinc(true_divide(x, radius)))
    return where(logic.less_equal(x, radius), waves, 0)


_METHODS = {
    **dict.fromkeys(("linear", "bilinear", "trilinear"), _triangle),
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), _keys_cubic),
    "lanczos3": functools.partial(_lanczos, 3),
    "lanczos5": functools.partial(_lanczos, 5),
}
# A row of weights with a smaller sum lies beside the image.
_LEAST_SUM = 1000 * 2.0**-23


@op
def scale_and_translate(
    images, output_shape, scale, translation, spatial_dims, method, antialias=True
):
    """Images made larger or smaller by any factors, and moved by any distances.

    What lies at x along an axis of the image lies at ``scale * x + translation`` of the result,
    where pixel i reaches from i to i + 1. Beside the image the result is zero.

    Args:
        images: a tensor of any rank.
        output_shape: the shape of the result; only axes in ``spatial_dims`` may differ from
            ``images``.
        scale, translation: one number for each of ``spatial_dims``; gradients flow to both.
        spatial_dims: the axes.
        method: ``"linear"``, ``"cubic"`` (Keys, a = -1/2), ``"lanczos3"`` or ``"lanczos5"``; also
            ``"bilinear"``, ``"trilinear"``, ``"bicubic"`` and ``"tricubic"``, which mean the same.
        antialias: whether to smooth along axes that become smaller.

    Returns:
        Floats of shape ``output_shape``.

    Raises:
        ValueError: if the method is not listed, or the shapes do not match.

    >>> import minikeras as keras
    >>> x = keras.ops.array([[1.0, 3.0]])
    >>> keras.ops.image.scale_and_translate(x, (1, 4), [2.0], [0.0], (1,), "linear").tolist()
    [[1.0, 1.5, 2.5, 3.0]]
    """
    if method not in _METHODS:
        raise ValueError(
            f"scale_and_translate: method must be one of {tuple(_METHODS)}. Received: {method!r}"
        )
    images = floating(images)
    scale, translation = promote_floats(scale, translation)
    axes = [normal_axis(axis, len(images.shape)) for axis in spatial_dims]
    _check_shapes(images, tuple(output_shape), scale, translation, axes)
    for i, axis in enumerate(axes):
        weights = _weights(
            images.shape[axis],
            output_shape[axis],
            get_item(scale, index=i),
            get_item(translation, index=i),
            _METHODS[method],
            antialias,
        )
        weights = elementwise.cast(weights, dtype=images.dtype)
        images = resample(images, weights, axis=axis)
    return images


def _check_shapes(images, output_shape, scale, translation, axes):
    if tuple(scale.shape) != (len(axes),) or tuple(translation.shape) != (len(axes),):
        raise ValueError(
            "scale_and_translate: scale and translation must have one number for each of the "
            f"{len(axes)} spatial_dims. Received: shapes {tuple(scale.shape)} and "
            f"{tuple(translation.shape)}"
        )
    sides = [n for i, n in enumerate(images.shape) if i not in axes]
    kept = [n for i, n in enumerate(output_shape) if i not in axes]
    if len(output_shape) != len(images.shape) or (sides != kept and not is_inferring()):
        raise ValueError(
            "scale_and_translate: output_shape may differ from the shape of images only in "
            f"spatial_dims. Received: output_shape={output_shape}, images of shape "
            f"{tuple(images.shape)}, spatial_dims={tuple(axes)}"
        )


def _weights(side, new_side, scale, translation, kernel, antialias):
    """The matrix ``(new_side, side)`` that scales and moves an axis."""
    step = elementwise.reciprocal(scale)
    middles = xp.arange(new_side).astype(step.dtype) + 0.5
    centres = subtract(multiply(subtract(middles, translation), step), 0.5)
    centres = shaping.reshape(centres, shape=(new_side, 1))
    distances = elementwise.absolute(subtract(centres, xp.arange(side).astype(step.dtype)))
    if antialias:
        distances = true_divide(distances, elementwise.maximum(step, 1))
    weights = kernel(distances)
    total = reduction.sum(weights, axis=1, keepdims=True)
    is_seen = logic.logical_and(
        logic.logical_and(
            logic.greater_equal(centres, -0.5), logic.less_equal(centres, side - 0.5)
        ),
        logic.greater(elementwise.absolute(total), _LEAST_SUM),
    )
    return where(is_seen, true_divide(weights, where(is_seen, total, 1)), 0)
