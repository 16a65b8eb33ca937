"""The scale and the shift that normalization layers learn after normalizing."""

from minikeras import constraints, initializers, regularizers
from minikeras.layers.layer import Layer


class AffineNormalization(Layer):
    """The base of normalization layers with weights gamma (scale) and beta (shift).

    Args:
        center: whether to learn beta.
        scale: whether to learn gamma.
        beta_initializer, gamma_initializer: how the weights begin.
        beta_regularizer, gamma_regularizer: what losses they add.
        beta_constraint, gamma_constraint: what they are projected by after each update.
        **kwargs: those of `Layer`.
    """

    def __init__(
        self,
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
        super().__init__(**kwargs)
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.supports_masking = True

    def add_affine(self, shape):
        """Make gamma and beta, as far as they are wanted; they are never read in half precision."""
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(
                name="gamma",
                shape=shape,
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                autocast=False,
            )
        if self.center:
            self.beta = self.add_weight(
                name="beta",
                shape=shape,
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                autocast=False,
            )
