"""Activation functions, and how to find them by name."""

from minikeras import ops
from minikeras.ops.activations import (
    celu,
    elu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    tanh_shrink,
    threshold,
)
from minikeras.serialization import deserialize_keras_object, lookup, serialize_keras_object

swish, hard_swish = silu, hard_silu


def linear(x):
    """``x`` itself.

    >>> import minikeras as keras
    >>> keras.activations.linear(3.0)
    3.0
    """
    return x


def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """``max(x, 0)``, or a bent line of that kind.

    Args:
        x: a tensor.
        negative_slope: the slope below ``threshold``.
        max_value: the largest value of the result, None for no bound.
        threshold: below it the line is bent.

    >>> import minikeras as keras
    >>> keras.activations.relu(keras.ops.array([-5.0, 5.0])).tolist()
    [0.0, 5.0]
    """
    if negative_slope == 0.0 and max_value is None and threshold == 0.0:
        return ops.relu(x)
    if max_value is None and threshold == 0.0:
        return ops.leaky_relu(x, negative_slope=negative_slope)
    x = ops.convert_to_tensor(x)
    passed = ops.multiply(x, ops.cast(ops.greater(x, threshold), x.dtype))
    if max_value is not None:
        passed = ops.clip(passed, 0.0, max_value)
    if negative_slope == 0.0:
        return passed
    return ops.subtract(passed, ops.multiply(ops.relu(threshold - x), negative_slope))


def gelu(x, approximate=False):
    """``x`` times the normal distribution's probability below it (Hendrycks and Gimpel 2016).

    >>> import minikeras as keras
    >>> round(float(keras.activations.gelu(1.0)), 5)
    0.84134
    """
    return ops.gelu(x, approximate=approximate)


def softmax(x, axis=-1):
    """``exp(x)`` over its sum along an axis; see ``keras.ops.softmax``.

    >>> import minikeras as keras
    >>> keras.activations.softmax(keras.ops.array([0.0, 0.0])).tolist()
    [0.5, 0.5]
    """
    return ops.softmax(x, axis=axis)


def tanh(x):
    """The hyperbolic tangent.

    >>> import minikeras as keras
    >>> float(keras.activations.tanh(0.0))
    0.0
    """
    return ops.tanh(x)


def exponential(x):
    """``exp(x)``.

    >>> import minikeras as keras
    >>> float(keras.activations.exponential(0.0))
    1.0
    """
    return ops.exp(x)


def mish(x):
    """``x * tanh(softplus(x))`` (Misra 2019).

    >>> import minikeras as keras
    >>> float(keras.activations.mish(0.0))
    0.0
    """
    return ops.multiply(x, ops.tanh(ops.softplus(x)))


TABLE = {
    f.__name__: f
    for f in (
        celu, elu, exponential, gelu, glu, hard_shrink, hard_sigmoid, hard_silu, hard_tanh,
        leaky_relu, linear, log_sigmoid, log_softmax, mish, relu, relu6, selu, sigmoid, silu,
        soft_shrink, softmax, softplus, softsign, sparse_plus, sparse_sigmoid, sparsemax,
        squareplus, tanh, tanh_shrink, threshold,
    )
} | {"swish": swish, "hard_swish": hard_swish}  # fmt: skip


def get(identifier):
    """The activation function that a name, a configuration or a function stands for.

    Args:
        identifier: None (then `linear`), a name, a configuration, or a function.

    >>> import minikeras as keras
    >>> keras.activations.get("relu").__name__
    'relu'
    """
    if identifier is None:
        return linear
    return lookup(identifier, "activation", TABLE)


def serialize(activation):
    """The name of a built-in activation, or the configuration of another.

    >>> import minikeras as keras
    >>> keras.activations.serialize(keras.activations.relu)
    'relu'
    """
    name = getattr(activation, "__name__", None)
    if name is not None and TABLE.get(name) is activation:
        return name
    return serialize_keras_object(activation)


def deserialize(config, custom_objects=None):
    """The activation function that `serialize` returned ``config`` for.

    >>> import minikeras as keras
    >>> keras.activations.deserialize("tanh").__name__
    'tanh'
    """
    return deserialize_keras_object(config, custom_objects=custom_objects, module_objects=TABLE)
