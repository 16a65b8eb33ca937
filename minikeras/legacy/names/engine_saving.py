"""Names of old in ``keras.engine.saving``."""

import math

from minikeras.backend.xp import np
from minikeras.legacy.files.weights import converted

__all__ = ["preprocess_weights_for_loading"]


def preprocess_weights_for_loading(
    layer, weights, original_keras_version=None, original_backend=None, reshape=False
):
    """The arrays of a file of Keras 1 or 2 as a layer of today has them.

    Args:
        layer: a layer that is built.
        weights: the arrays in the order of the file.
        original_keras_version: the version that wrote them; None for Keras 1.
        original_backend: ``"theano"``, whose kernels are turned over, or another.
        reshape: whether arrays of another shape but as many elements are reshaped.

    Returns:
        A list of arrays.

    >>> import minikeras as keras, numpy as np
    >>> layer = keras.layers.Conv2D(1, 2, use_bias=False)
    >>> layer.build((None, 4, 4, 1))
    >>> kernel = np.arange(4.0).reshape(2, 2, 1, 1)
    >>> change = keras.engine.saving.preprocess_weights_for_loading
    >>> change(layer, [kernel], "2.3.1", "theano")[0].ravel().tolist()
    [3.0, 2.0, 1.0, 0.0]
    """
    arrays = converted(
        layer, [np.asarray(w) for w in weights], original_keras_version, original_backend
    )
    if not reshape:
        return arrays
    shapes = [tuple(w.shape) for w in layer.weights]
    if len(shapes) != len(arrays):
        return arrays
    return [
        a.reshape(shape) if a.size == math.prod(shape) else a for a, shape in zip(arrays, shapes)
    ]
