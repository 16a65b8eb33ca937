"""Activation, ReLU, LeakyReLU, PReLU, ELU and Softmax: activation functions as layers."""

from minikeras import activations, constraints, initializers, ops, regularizers
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer


class Activation(Layer):
    """An activation function as a layer.

    Args:
        activation: a function or its name.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> keras.layers.Activation("relu")(keras.ops.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        """The function of the inputs."""
        return self.activation(inputs)


class ReLU(Layer):
    """``max(x, 0)``, or a bent line of that kind.

    Args:
        max_value: the largest value, None for no bound.
        negative_slope: the slope below ``threshold``.
        threshold: below it the line is bent.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> keras.layers.ReLU(max_value=6.0)(keras.ops.array([-1.0, 2.0, 9.0])).tolist()
    [0.0, 2.0, 6.0]
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        for name, value in (("max_value", max_value or 0.0), ("negative_slope", negative_slope),
                            ("threshold", threshold)):  # fmt: skip
            if value is None or value < 0:
                raise ValueError(
                    f"ReLU {self.name!r}: {name} must not be negative. Received: {value!r}"
                )
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        """The function of the inputs."""
        return activations.relu(
            inputs,
            negative_slope=self.negative_slope,
            max_value=self.max_value,
            threshold=self.threshold,
        )


class LeakyReLU(Layer):
    """``x`` where it is positive, else ``negative_slope * x``.

    Args:
        negative_slope: a number of at least 0.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> keras.layers.LeakyReLU(0.5)(keras.ops.array([-2.0, 2.0])).tolist()
    [-1.0, 2.0]
    """

    def __init__(self, negative_slope=0.3, **kwargs):
        if "alpha" in kwargs:
            negative_slope = kwargs.pop("alpha")
        super().__init__(**kwargs)
        if negative_slope is None or negative_slope < 0:
            raise ValueError(
                f"LeakyReLU {self.name!r}: negative_slope must not be negative. "
                f"Received: {negative_slope!r}"
            )
        self.negative_slope = negative_slope
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        """The function of the inputs."""
        return activations.leaky_relu(inputs, negative_slope=self.negative_slope)


class PReLU(Layer):
    """``x`` where it is positive, else ``alpha * x`` with alpha learned (He et al. 2015).

    Args:
        alpha_initializer: how alpha begins.
        alpha_regularizer: what loss it adds.
        alpha_constraint: what it is projected by after each update.
        shared_axes: axes along which alpha is the same; the batch does not count, so 1 is the
            first.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> keras.layers.PReLU("ones")(keras.ops.array([[-2.0, 2.0]])).tolist()
    [[-2.0, 2.0]]
    """

    def __init__(
        self,
        alpha_initializer="Zeros",
        alpha_regularizer=None,
        alpha_constraint=None,
        shared_axes=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        if shared_axes is None or isinstance(shared_axes, (list, tuple)):
            self.shared_axes = shared_axes
        else:
            self.shared_axes = [shared_axes]
        self.supports_masking = True

    def build(self, input_shape):
        """Make alpha in the shape of one sample."""
        shape = list(input_shape[1:])
        for axis in self.shared_axes or ():
            shape[axis - 1] = 1
        self.alpha = self.add_weight(
            name="alpha",
            shape=tuple(shape),
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        shared = self.shared_axes or ()
        axes = {i: input_shape[i] for i in range(1, len(input_shape)) if i not in shared}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)

    def call(self, inputs):
        """The function of the inputs."""
        return ops.relu(inputs) + (-self.alpha) * ops.relu(-inputs)


class ELU(Layer):
    """``x`` where it is positive, else ``alpha * (exp(x) - 1)`` (Clevert et al. 2015).

    Args:
        alpha: a number.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> keras.layers.ELU()(keras.ops.array([0.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        self.alpha = alpha
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        """The function of the inputs."""
        return activations.elu(inputs, alpha=self.alpha)


class Softmax(Layer):
    """``exp(x)`` over its sum along an axis; masked places get probability 0.

    Args:
        axis: an axis or a list of axes.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> keras.layers.Softmax()(keras.ops.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs, mask=None):
        """The probabilities; ``mask``, which broadcasts, is True where a place counts."""
        axis = tuple(self.axis) if isinstance(self.axis, (list, tuple)) else self.axis
        if mask is None:
            return ops.softmax(inputs, axis=axis)
        if str(mask.dtype) != "bool":
            mask = ops.greater(mask, 0.5)
        sides = list(zip(mask.shape[::-1], inputs.shape[::-1]))
        if len(mask.shape) > len(inputs.shape) or any(m not in (1, n) for m, n in sides):
            raise ValueError(
                f"Softmax {self.name!r}: the mask must be broadcastable to the inputs. "
                f"Received: mask {tuple(mask.shape)}, inputs {tuple(inputs.shape)}"
            )
        lowest = -3e4 if str(inputs.dtype) == "float16" else -1e9
        outputs = ops.softmax(ops.where(mask, inputs, lowest), axis=axis)
        # Where nothing counts along the axis there is no probability to share.
        return ops.where(mask, outputs, 0.0)
