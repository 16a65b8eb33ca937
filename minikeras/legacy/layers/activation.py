"""ThresholdedReLU, SReLU and ParametricSoftplus."""

from minikeras import initializers, ops
from minikeras.layers import Layer
from minikeras.legacy.arguments.values_1 import initializer
from minikeras.serialization import register_keras_serializable


@register_keras_serializable("minikeras.legacy")
class ThresholdedReLU(Layer):
    """``x`` above ``theta``, 0 elsewhere.

    Args:
        theta: a number that is not negative.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> keras.layers.ThresholdedReLU(1.0)(keras.ops.array([-1.0, 1.0, 2.0])).tolist()
    [0.0, 0.0, 2.0]
    """

    def __init__(self, theta=1.0, **kwargs):
        super().__init__(**kwargs)
        if theta is None or theta < 0:
            raise ValueError(f"ThresholdedReLU: theta must not be negative. Received: {theta!r}")
        self.theta = theta
        self.supports_masking = True

    def call(self, inputs):
        """The inputs, 0 unless they are above the threshold."""
        return ops.threshold(inputs, self.theta, 0.0)


class _Shaped(Layer):
    """A base for activations with parameters for every element, apart from shared axes."""

    def _parameter_shape(self, input_shape):
        shape = list(input_shape[1:])
        for axis in self.shared_axes or ():
            shape[axis - 1] = 1
        return tuple(shape)

    def _config_names(self):
        return [name for name in super()._config_names() if name != "weights"]


@register_keras_serializable("minikeras.legacy")
class ParametricSoftplus(_Shaped):
    """``alpha * log(1 + exp(beta * x))`` with trainable alpha and beta.

    Args:
        alpha_init, beta_init: what they begin with.
        weights: arrays to begin with.
        shared_axes: axes along which they are the same.

    >>> import minikeras as keras
    >>> keras.layers.ParametricSoftplus()(keras.ops.zeros((1, 2))).shape
    (1, 2)
    """

    def __init__(self, alpha_init=0.2, beta_init=5.0, weights=None, shared_axes=None, **kwargs):
        super().__init__(weights=weights, **kwargs)
        self.alpha_init = alpha_init
        self.beta_init = beta_init
        self.shared_axes = shared_axes
        self.supports_masking = True

    def build(self, input_shape):
        """Make the parameters, of the shape of a sample."""
        shape = self._parameter_shape(input_shape)
        made = initializers.Constant
        self.alphas = self.add_weight(shape, made(self.alpha_init), name="alphas")
        self.betas = self.add_weight(shape, made(self.beta_init), name="betas")

    def call(self, inputs):
        """The softplus of the scaled inputs, scaled."""
        return ops.multiply(self.alphas, ops.softplus(ops.multiply(self.betas, inputs)))


@register_keras_serializable("minikeras.legacy")
class SReLU(_Shaped):
    """Three straight lines, with trainable corners and slopes.

    ``x`` between the corners ``t_left`` and ``t_right``, lines of slope ``a_left`` and ``a_right``
    beyond them (Jin and others, "Deep Learning with S-shaped Rectified Linear Activation Units",
    2015, equation 3). The right corner lies ``|t_right|`` right of the left one.

    Args:
        t_left_init, a_left_init, t_right_init, a_right_init: initializers.
        shared_axes: axes along which the parameters are the same.

    >>> import minikeras as keras
    >>> keras.layers.SReLU(a_left_init="zero")(keras.ops.array([[-1.0, 0.0]])).tolist()
    [[0.0, 0.0]]
    """

    def __init__(
        self, t_left_init="zero", a_left_init="glorot_uniform", t_right_init="glorot_uniform",
        a_right_init="one", shared_axes=None, **kwargs,
    ):  # fmt: skip
        super().__init__(**kwargs)
        self.t_left_init = initializers.get(initializer(t_left_init))
        self.a_left_init = initializers.get(initializer(a_left_init))
        self.t_right_init = initializers.get(initializer(t_right_init))
        self.a_right_init = initializers.get(initializer(a_right_init))
        self.shared_axes = shared_axes
        self.supports_masking = True

    def build(self, input_shape):
        """Make the parameters, of the shape of a sample."""
        shape = self._parameter_shape(input_shape)
        self.t_left = self.add_weight(shape, self.t_left_init, name="t_left")
        self.a_left = self.add_weight(shape, self.a_left_init, name="a_left")
        self.t_right = self.add_weight(shape, self.t_right_init, name="t_right")
        self.a_right = self.add_weight(shape, self.a_right_init, name="a_right")

    def call(self, x):
        """The inputs along the three lines."""
        left = ops.convert_to_tensor(self.t_left)
        right = ops.add(left, ops.abs(self.t_right))
        below = ops.add(left, ops.multiply(self.a_left, ops.subtract(x, left)))
        above = ops.add(right, ops.multiply(self.a_right, ops.subtract(x, right)))
        return ops.where(ops.less(x, left), below, ops.where(ops.greater(x, right), above, x))
