"""RMSNormalization: root mean square 1 over the features of each sample."""

from minikeras import ops
from minikeras.layers.layer import Layer


class RMSNormalization(Layer):
    """Divides by the root mean square over some axes of each sample (Zhang and Sennrich 2019).

    Args:
        axis: an axis or a list of axes.
        epsilon: keeps the division finite.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> keras.layers.RMSNormalization(epsilon=0.0)(keras.ops.array([[3.0, -3.0]])).tolist()
    [[1.0, -1.0]]
    """

    def __init__(self, axis=-1, epsilon=1e-6, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
        self.epsilon = epsilon

    def build(self, input_shape):
        """Make the scale in the lengths of the axes."""
        is_list = isinstance(self.axis, (list, tuple))
        self.axis = sorted(self.axis) if is_list else [self.axis]
        self.scale = self.add_weight(
            name="scale", shape=tuple(input_shape[a] for a in self.axis), initializer="ones"
        )

    def call(self, x):
        """The normalized inputs."""
        return ops.rms_normalization(x, scale=self.scale, axis=self.axis, epsilon=self.epsilon)
