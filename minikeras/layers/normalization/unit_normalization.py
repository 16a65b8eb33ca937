"""UnitNormalization: each sample scaled to length 1."""

from minikeras import ops
from minikeras.layers.layer import Layer


class UnitNormalization(Layer):
    """Divides by the Euclidean norm over some axes; what is 0 stays 0.

    Args:
        axis: an axis or a list of axes.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> y = keras.layers.UnitNormalization()(keras.ops.array([[3.0, 4.0]]))
    >>> [round(v, 6) for v in y[0].tolist()]
    [0.6, 0.8]
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        is_list = isinstance(axis, (list, tuple))
        if not is_list and not isinstance(axis, int):
            raise TypeError(
                f"UnitNormalization {self.name!r}: axis must be an integer or a list of them. "
                f"Received: {axis!r}"
            )
        self.axis = list(axis) if is_list else axis
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        """The inputs over their norms."""
        axis = tuple(self.axis) if isinstance(self.axis, list) else self.axis
        return ops.normalize(inputs, axis=axis, order=2, epsilon=1e-12)
