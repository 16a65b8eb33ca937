"""Dropout of single elements and of whole feature maps."""

import numpy as np

from minikeras import config
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.random import SeedGenerator, dropout


def checked_rate(layer, rate, below_one=False):
    """``rate``, if it is a probability.

    Raises:
        ValueError: if it is not; with ``below_one`` also if it is 1.
    """
    is_number = isinstance(rate, (int, float, np.number)) and not isinstance(rate, bool)
    if not is_number or not 0 <= rate <= 1 or (below_one and rate == 1):
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r}: rate must be a number from 0 "
            f"{'to below 1' if below_one else 'to 1'}. Received: {rate!r}"
        )
    return rate


def checked_noise_shape(layer, noise_shape):
    """``noise_shape`` as a tuple of positive integers and None, or None.

    Raises:
        ValueError: for anything else.
    """
    if noise_shape is None:
        return None
    is_shape = isinstance(noise_shape, (tuple, list)) and all(
        n is None or (isinstance(n, int) and n > 0) for n in noise_shape
    )
    if not is_shape:
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r}: noise_shape must be a tuple of positive "
            f"integers and None. Received: {noise_shape!r}"
        )
    return tuple(noise_shape)


class Dropout(Layer):
    """Sets a random share of elements to 0 in training (Srivastava et al. 2014).

    The others are divided by ``1 - rate``, so that sums keep their expected value. In inference
    nothing happens.

    Args:
        rate: the probability of an element to become 0.
        noise_shape: the shape of the pattern, which broadcasts to that of the inputs; None stands
            for a side of the inputs: ``(None, 1, None)`` drops features for all time steps.
        seed: an integer for the same patterns in each run; None takes one at random.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.Dropout(0.5, seed=1)
    >>> layer(keras.ops.ones((2, 2))).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    >>> sorted(set(layer(keras.ops.ones((8, 8)), training=True).reshape(-1).tolist()))
    [0.0, 2.0]
    """

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate = checked_rate(self, rate)
        self.noise_shape = checked_noise_shape(self, noise_shape)
        self.seed = seed
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs, training=False):
        """The inputs, in training with elements dropped."""
        if not training or self.rate == 0:
            return inputs
        shape = self._noise_shape(tuple(inputs.shape))
        return dropout(inputs, self.rate, noise_shape=shape, seed=self.seed_generator)

    def _noise_shape(self, shape):
        return self.noise_shape


class _SpatialDropout(Dropout):
    """Dropout of whole feature maps; a subclass says where the channels are."""

    def __init__(self, rate, seed=None, name=None, dtype=None):
        super().__init__(rate, seed=seed, name=name, dtype=dtype)

    def get_config(self):
        """The constructor's arguments as plain values."""
        return {"rate": self.rate, "seed": self.seed, "name": self.name, "dtype": self.dtype}


class SpatialDropout1D(_SpatialDropout):
    """Drops whole channels of sequences (Tompson et al. 2015).

    Neighbouring elements of a channel tell about one another, so that dropping single ones hides
    little.

    Args:
        rate: the probability of a channel to become 0.
        seed: an integer for the same patterns in each run; None takes one at random.
        name, dtype: as of `Layer`.

    Inputs have the shape ``(batch, time, channels)``.

    >>> import minikeras as keras
    >>> y = keras.layers.SpatialDropout1D(0.5, seed=1)(keras.ops.ones((1, 3, 2)), training=True)
    >>> bool(keras.ops.all(y == y[:, :1]))
    True
    """

    def __init__(self, rate, seed=None, name=None, dtype=None):
        super().__init__(rate, seed=seed, name=name, dtype=dtype)
        self.input_spec = InputSpec(ndim=3)

    def _noise_shape(self, shape):
        return (shape[0], 1, shape[2])


class _SpatialDropoutND(_SpatialDropout):
    """Dropout of whole feature maps of images or volumes."""

    rank = None

    def __init__(self, rate, data_format=None, seed=None, name=None, dtype=None):
        super().__init__(rate, seed=seed, name=name, dtype=dtype)
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _noise_shape(self, shape):
        ones = (1,) * self.rank
        if self.data_format == "channels_first":
            return (*shape[:2], *ones)
        return (shape[0], *ones, shape[-1])

    def get_config(self):
        """The constructor's arguments as plain values."""
        return {**super().get_config(), "data_format": self.data_format}


class SpatialDropout2D(_SpatialDropoutND):
    """Drops whole feature maps of images (Tompson et al. 2015).

    Args:
        rate: the probability of a feature map to become 0.
        data_format: ``"channels_last"`` or ``"channels_first"``; by default that of the
            configuration.
        seed: an integer for the same patterns in each run; None takes one at random.
        name, dtype: as of `Layer`.

    Inputs have the shape ``(batch, rows, columns, channels)``, or with the channels at axis 1.

    >>> import minikeras as keras
    >>> y = keras.layers.SpatialDropout2D(0.5, seed=1)(keras.ops.ones((1, 3, 3, 2)), training=True)
    >>> bool(keras.ops.all(y == y[:, :1, :1]))
    True
    """

    rank = 2


class SpatialDropout3D(_SpatialDropoutND):
    """Drops whole feature maps of volumes (Tompson et al. 2015).

    Args:
        rate: the probability of a feature map to become 0.
        data_format: ``"channels_last"`` or ``"channels_first"``; by default that of the
            configuration.
        seed: an integer for the same patterns in each run; None takes one at random.
        name, dtype: as of `Layer`.

    Inputs have the shape ``(batch, depth, rows, columns, channels)``, or with the channels at
    axis 1.

    >>> import minikeras as keras
    >>> layer = keras.layers.SpatialDropout3D(0.5, data_format="channels_first", seed=1)
    >>> y = layer(keras.ops.ones((1, 2, 3, 3, 3)), training=True)
    >>> bool(keras.ops.all(y == y[:, :, :1, :1, :1]))
    True
    """

    rank = 3
