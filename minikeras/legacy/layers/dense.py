"""Highway, MaxoutDense and TimeDistributedDense of Keras 1."""

from minikeras import activations, constraints, initializers, ops, regularizers
from minikeras.layers import Dense, Layer
from minikeras.legacy.arguments.values_1 import constraint, initializer, regularizer
from minikeras.serialization import register_keras_serializable


class _Weighted(Layer):
    """What layers with a kernel ``W`` and a bias ``b`` share: the arguments for them of Keras 1."""

    def _note(self, init, W_regularizer, b_regularizer, W_constraint, b_constraint, bias):
        self.init = initializers.get(initializer(init))
        self.W_regularizer = regularizers.get(regularizer(W_regularizer))
        self.b_regularizer = regularizers.get(regularizer(b_regularizer))
        self.W_constraint = constraints.get(constraint(W_constraint))
        self.b_constraint = constraints.get(constraint(b_constraint))
        self.bias = bias

    def _add_kernel(self, name, shape):
        return self.add_weight(
            shape,
            self.init,
            regularizer=self.W_regularizer,
            constraint=self.W_constraint,
            name=name,
        )

    def _add_bias(self, name, shape, initial="zeros"):
        if not self.bias:
            return None
        return self.add_weight(
            shape, initial, regularizer=self.b_regularizer, constraint=self.b_constraint, name=name
        )


def _plus(x, bias):
    return x if bias is None else ops.add(x, bias)


def _with_shape(kwargs, input_dim):
    if input_dim is not None and "input_shape" not in kwargs:
        kwargs["input_shape"] = (input_dim,)
    return kwargs


@register_keras_serializable("minikeras.legacy")
class Highway(_Weighted):
    """A dense layer beside a way around it: ``t * activation(x W + b) + (1 - t) * x``.

    How much takes which way is learned: ``t = sigmoid(x W_carry + b_carry)``, where ``b_carry``
    begins at 1 (Srivastava and others, "Highway Networks", 2015, equation 3).

    Args:
        init: the initializer of both kernels.
        activation: of the dense layer; None for none.
        weights: arrays to begin with.
        W_regularizer, b_regularizer, activity_regularizer: regularizers, as of `Dense`.
        W_constraint, b_constraint: constraints, as of `Dense`.
        bias: whether there are biases.
        input_dim: the number of inputs, for a first layer.

    Inputs and outputs are ``(batch, input_dim)``.

    >>> import minikeras as keras
    >>> keras.layers.Highway()(keras.ops.ones((2, 3))).shape
    (2, 3)
    """

    def __init__(
        self, init="glorot_uniform", activation=None, weights=None, W_regularizer=None,
        b_regularizer=None, activity_regularizer=None, W_constraint=None, b_constraint=None,
        bias=True, input_dim=None, **kwargs,
    ):  # fmt: skip
        super().__init__(
            activity_regularizer=regularizer(activity_regularizer), weights=weights,
            **_with_shape(kwargs, input_dim),
        )  # fmt: skip
        self._note(init, W_regularizer, b_regularizer, W_constraint, b_constraint, bias)
        self.activation = activations.get(activation)
        self.input_dim = input_dim

    def build(self, input_shape):
        """Make the kernels ``(input_dim, input_dim)`` and the biases."""
        size = input_shape[-1]
        self.W = self._add_kernel("W", (size, size))
        self.W_carry = self._add_kernel("W_carry", (size, size))
        self.b = self._add_bias("b", (size,))
        self.b_carry = self._add_bias("b_carry", (size,), "ones")

    def call(self, x):
        """The inputs partly transformed, partly as they are."""
        share = ops.sigmoid(_plus(ops.matmul(x, self.W_carry), self.b_carry))
        changed = self.activation(_plus(ops.matmul(x, self.W), self.b))
        return ops.add(ops.multiply(share, changed), ops.multiply(ops.subtract(1.0, share), x))

    def _config_names(self):
        return [name for name in super()._config_names() if name != "weights"]


@register_keras_serializable("minikeras.legacy")
class MaxoutDense(_Weighted):
    """The largest of several linear functions: ``max_k(x W[k] + b[k])``.

    Goodfellow and others, "Maxout Networks", 2013.

    Args:
        output_dim: the number of outputs.
        nb_feature: how many linear functions there are for each output.
        init: the initializer of the kernels.
        weights: arrays to begin with.
        W_regularizer, b_regularizer, activity_regularizer: regularizers, as of `Dense`.
        W_constraint, b_constraint: constraints, as of `Dense`.
        bias: whether there is a bias.
        input_dim: the number of inputs, for a first layer.

    >>> import minikeras as keras
    >>> keras.layers.MaxoutDense(4)(keras.ops.ones((2, 3))).shape
    (2, 4)
    """

    def __init__(
        self, output_dim, nb_feature=4, init="glorot_uniform", weights=None, W_regularizer=None,
        b_regularizer=None, activity_regularizer=None, W_constraint=None, b_constraint=None,
        bias=True, input_dim=None, **kwargs,
    ):  # fmt: skip
        super().__init__(
            activity_regularizer=regularizer(activity_regularizer), weights=weights,
            **_with_shape(kwargs, input_dim),
        )  # fmt: skip
        self._note(init, W_regularizer, b_regularizer, W_constraint, b_constraint, bias)
        self.output_dim = output_dim
        self.nb_feature = nb_feature
        self.input_dim = input_dim

    def build(self, input_shape):
        """Make the kernel ``(nb_feature, input_dim, output_dim)`` and the bias."""
        self.W = self._add_kernel("W", (self.nb_feature, input_shape[-1], self.output_dim))
        self.b = self._add_bias("b", (self.nb_feature, self.output_dim))

    def call(self, x):
        """The largest value for each output."""
        return ops.max(_plus(ops.einsum("bi,kio->bko", x, self.W), self.b), axis=1)

    def _config_names(self):
        return [name for name in super()._config_names() if name != "weights"]


class TimeDistributedDense(Dense):
    """`Dense` for each step of sequences ``(batch, time, size)``: `Dense` does so by itself.

    The arguments are those of `Dense` in Keras 1, with ``input_length`` beside ``input_dim``.

    >>> import minikeras as keras
    >>> keras.layers.TimeDistributedDense(4)(keras.ops.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

    def __init__(self, output_dim=None, *args, input_dim=None, input_length=None, **kwargs):
        if input_dim is not None and "input_shape" not in kwargs:
            kwargs["input_shape"] = (input_length, input_dim)
        super().__init__(kwargs.pop("units", output_dim), *args, **kwargs)
