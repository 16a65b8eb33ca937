"""Layers that add noise or replace values in training, and one that adds a loss."""

import math

from minikeras import ops, regularizers
from minikeras.backend import random as draws
from minikeras.layers.layer import Layer
from minikeras.layers.regularization.dropout import checked_noise_shape, checked_rate
from minikeras.random import SeedGenerator, normal
from minikeras.random.distributions import resolved_noise_shape

# Constants of SELU (Klambauer et al. 2017): where it saturates is what AlphaDropout drops to.
_ALPHA = 1.6732632423543772848170429916717
_SCALE = 1.0507009873554804934193349852946


class AlphaDropout(Layer):
    """Dropout that keeps mean and variance of standard normal inputs (Klambauer et al. 2017).

    In training, a random share of elements is set to the value at which SELU saturates, and all
    are scaled and shifted. Meant to follow layers with the activation ``"selu"``.

    Args:
        rate: the probability of an element to be replaced, below 1.
        noise_shape: the shape of the pattern, which broadcasts to that of the inputs; None stands
            for a side of the inputs.
        seed: an integer for the same patterns in each run; None takes one at random.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> x = keras.random.normal((1000, 100), seed=0)
    >>> y = keras.layers.AlphaDropout(0.3, seed=1)(x, training=True)
    >>> round(float(keras.ops.mean(y)), 1) + 0.0, round(float(keras.ops.std(y)), 1)
    (0.0, 1.0)
    """

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate = checked_rate(self, rate, below_one=True)
        self.noise_shape = checked_noise_shape(self, noise_shape)
        self.seed = seed
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs, training=False):
        """The inputs, in training with elements replaced."""
        if not training or self.rate == 0:
            return inputs
        shape = tuple(inputs.shape)
        if self.noise_shape is not None:
            shape = resolved_noise_shape(self.noise_shape, shape)
        key = self.seed_generator.next()
        mask = draws.dropout_mask(key, shape=shape, rate=self.rate, dtype=self.compute_dtype)
        keep = ops.multiply(mask, 1 - self.rate)
        lowest = -_ALPHA * _SCALE
        factor = ((1 - self.rate) * (1 + self.rate * lowest**2)) ** -0.5
        replaced = inputs * keep + lowest * (1 - keep)
        return factor * replaced - factor * lowest * self.rate


class GaussianDropout(Layer):
    """Multiplies by normal values of mean 1 in training (Srivastava et al. 2014).

    Their standard deviation is ``sqrt(rate / (1 - rate))``, as that of the factors in `Dropout`.

    Args:
        rate: the rate of the dropout that it stands for, below 1.
        seed: an integer for the same noise in each run; None takes one at random.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> y = keras.layers.GaussianDropout(0.5, seed=1)(keras.ops.ones((100, 100)), training=True)
    >>> round(float(keras.ops.std(y)), 1)
    1.0
    """

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate = checked_rate(self, rate, below_one=True)
        self.seed = seed
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs, training=False):
        """The inputs, in training times noise."""
        if not training or self.rate == 0:
            return inputs
        stddev = math.sqrt(self.rate / (1 - self.rate))
        noise = normal(inputs.shape, 1.0, stddev, self.compute_dtype, self.seed_generator)
        return ops.multiply(inputs, noise)


class GaussianNoise(Layer):
    """Adds normal values of mean 0 in training.

    Args:
        stddev: their standard deviation, between 0 and 1.
        seed: an integer for the same noise in each run; None takes one at random.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> y = keras.layers.GaussianNoise(0.2, seed=1)(keras.ops.ones((100, 100)), training=True)
    >>> round(float(keras.ops.std(y)), 2)
    0.2
    """

    def __init__(self, stddev, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= stddev <= 1:
            raise ValueError(
                f"GaussianNoise {self.name!r}: stddev must lie in [0, 1]. Received: {stddev!r}"
            )
        self.stddev = stddev
        self.seed = seed
        if stddev > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs, training=False):
        """The inputs, in training plus noise."""
        if not training or self.stddev == 0:
            return inputs
        noise = normal(inputs.shape, 0.0, self.stddev, self.compute_dtype, self.seed_generator)
        return ops.add(inputs, noise)


class ActivityRegularization(Layer):
    """Adds a penalty on its inputs to the loss and passes them on.

    Args:
        l1: the factor of the sum of absolute values.
        l2: the factor of the sum of squares.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.ActivityRegularization(l1=0.5)
    >>> layer(keras.ops.array([[1.0, -3.0]])).tolist(), [float(x) for x in layer.losses]
    ([[1.0, -3.0]], [2.0])
    """

    def __init__(self, l1=0.0, l2=0.0, **kwargs):
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1 = l1
        self.l2 = l2
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        """The inputs."""
        return inputs

    def get_config(self):
        """The constructor's arguments as plain values."""
        config = super().get_config()
        config.pop("activity_regularizer")  # it says the same
        return {**config, "l1": self.l1, "l2": self.l2}
