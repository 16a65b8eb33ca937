"""LayerNormalization: mean 0 and variance 1 over the features of each sample."""

import warnings

from minikeras import ops
from minikeras.layers.normalization.affine import AffineNormalization


class LayerNormalization(AffineNormalization):
    """Normalizes over some axes of each sample (Ba et al. 2016).

    Args:
        axis: an axis or a list of axes.
        epsilon: keeps the division finite.
        center, scale: whether to learn beta and gamma.
        beta_initializer, gamma_initializer: how the weights begin.
        beta_regularizer, gamma_regularizer: what losses they add.
        beta_constraint, gamma_constraint: what they are projected by after each update.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> keras.layers.LayerNormalization(epsilon=0.0)(keras.ops.array([[1.0, 3.0]])).tolist()
    [[-1.0, 1.0]]
    """

    def __init__(
        self,
        axis=-1,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        **kwargs,
    ):
        rms_scaling = kwargs.pop("rms_scaling", False)
        super().__init__(
            center=center,
            scale=scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
            **kwargs,
        )
        if rms_scaling:
            warnings.warn(
                "rms_scaling=True divides by the standard deviation, not by the root mean square. "
                "Use keras.layers.RMSNormalization for that.",
                stacklevel=2,
            )
        is_list = isinstance(axis, (list, tuple))
        if not is_list and not isinstance(axis, int):
            raise TypeError(
                f"LayerNormalization {self.name!r}: axis must be an integer or a list of them. "
                f"Received: {axis!r}"
            )
        self.axis = list(axis) if is_list else axis
        self.epsilon = epsilon
        self.rms_scaling = rms_scaling
        self.autocast = False

    def build(self, input_shape):
        """Make gamma and beta in the lengths of the axes."""
        self.axis = sorted(self.axis) if isinstance(self.axis, list) else [self.axis]
        for axis in self.axis:
            if not -len(input_shape) <= axis < len(input_shape):
                raise ValueError(
                    f"LayerNormalization {self.name!r}: axis {axis} is out of range for inputs of "
                    f"shape {tuple(input_shape)}"
                )
        self.center = self.center and not self.rms_scaling
        self.scale = self.scale or self.rms_scaling
        self.add_affine(tuple(input_shape[axis] for axis in self.axis))

    def call(self, inputs):
        """The normalized inputs."""
        outputs = ops.layer_normalization(
            inputs,
            self.gamma,
            self.beta,
            axis=self.axis,
            epsilon=self.epsilon,
            rms_scaling=self.rms_scaling,
        )
        return ops.cast(outputs, self.compute_dtype)

    def _config_names(self):
        return [*super()._config_names(), "rms_scaling"]
