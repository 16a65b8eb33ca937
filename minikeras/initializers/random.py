"""Initializers that draw at random. They draw on the host: CPU and GPU start from equal weights."""

import math

import numpy as np

from minikeras.backend import random as draws
from minikeras.backend.dtypes import FLOAT_TYPES, standardize_dtype
from minikeras.backend.xp import to_numpy, xp
from minikeras.initializers.initializer import Initializer
from minikeras.random.seed_generator import SeedGenerator, default_seed, draw_seed
from minikeras.serialization import deserialize_keras_object, serialize_keras_object

# Standard deviation of a standard normal value, given that it lies between -2 and 2.
_TRUNCATED_STDDEV = 0.87962566103423978


class RandomInitializer(Initializer):
    """Base class of initializers that draw at random.

    Args:
        seed: an integer, a `SeedGenerator`, or None for a seed of the initializer's own. Given an
            integer or None, one initializer gives the same values on each call; a `SeedGenerator`
            gives new ones.
    """

    def __init__(self, seed=None):
        self._given_seed = seed
        if seed is None:
            seed = default_seed()
        elif isinstance(seed, dict):
            seed = deserialize_keras_object(seed)
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer, SeedGenerator)):
            raise ValueError(
                f"{type(self).__name__}: seed must be an integer, a keras.random.SeedGenerator or "
                f"None. Received: {seed!r}"
            )
        self.seed = seed

    def config_value(self, name):
        """The value of an argument; of the seed what was given, None if it was drawn."""
        if name == "seed":
            return serialize_keras_object(self._given_seed)
        return super().config_value(name)

    def drawn(self, distribution, shape, dtype, **settings):
        """Values of ``distribution``, a primitive, as an array of the backend."""
        name = standardize_dtype(dtype)
        if name not in FLOAT_TYPES:
            raise ValueError(
                f"{type(self).__name__} draws real numbers: dtype must be one of {FLOAT_TYPES}. "
                f"Received: {dtype!r}"
            )
        key = to_numpy(draw_seed(self.seed))
        found = distribution.kernel(key, shape=tuple(shape), dtype=name, **settings)
        return xp.asarray(found)


class RandomNormal(RandomInitializer):
    """Values of a normal distribution.

    Args:
        mean, stddev: its mean and standard deviation.
        seed: an integer, a `SeedGenerator` or None.

    >>> import minikeras as keras
    >>> keras.initializers.RandomNormal(stddev=0.1, seed=1)((2, 3)).shape
    (2, 3)
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean = mean
        self.stddev = stddev
        super().__init__(seed=seed)

    def __call__(self, shape, dtype=None):
        """The values."""
        return self.drawn(draws.random_normal, shape, dtype, mean=self.mean, stddev=self.stddev)


class TruncatedNormal(RandomInitializer):
    """Values of a normal distribution within two standard deviations of its mean.

    Args:
        mean, stddev: of the distribution before values beyond are excluded.
        seed: an integer, a `SeedGenerator` or None.

    >>> import minikeras as keras
    >>> w = keras.initializers.TruncatedNormal(seed=1)((100,))
    >>> bool(abs(w).max() <= 0.1)
    True
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean = mean
        self.stddev = stddev
        super().__init__(seed=seed)

    def __call__(self, shape, dtype=None):
        """The values."""
        return self.drawn(
            draws.random_truncated_normal, shape, dtype, mean=self.mean, stddev=self.stddev
        )


class RandomUniform(RandomInitializer):
    """Values spread evenly between two bounds.

    Args:
        minval, maxval: the bounds.
        seed: an integer, a `SeedGenerator` or None.

    >>> import minikeras as keras
    >>> w = keras.initializers.RandomUniform(0.0, 1.0, seed=1)((100,))
    >>> bool(w.min() >= 0), bool(w.max() < 1)
    (True, True)
    """

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        self.minval = minval
        self.maxval = maxval
        super().__init__(seed=seed)

    def __call__(self, shape, dtype=None):
        """The values."""
        bounds = {"minval": self.minval, "maxval": self.maxval}
        return self.drawn(draws.random_uniform, shape, dtype, **bounds)


class VarianceScaling(RandomInitializer):
    """Values around 0 whose variance is ``scale / n``, n being a number of units.

    Args:
        scale: a positive number.
        mode: what n is: ``"fan_in"``, the inputs of a unit; ``"fan_out"``, the units that an input
            feeds; ``"fan_avg"``, their mean.
        distribution: ``"truncated_normal"`` (also ``"normal"``), ``"untruncated_normal"`` or
            ``"uniform"``.
        seed: an integer, a `SeedGenerator` or None.
        input_axes, output_axes: the axes of the weight that run over inputs and over outputs;
            neither or both. By default the last axis runs over outputs, the last but one over
            inputs, and the axes before are those of a convolution's window.

    >>> import minikeras as keras
    >>> w = keras.initializers.VarianceScaling(2.0, seed=1)((400, 100))
    >>> round(float(keras.ops.var(w)), 4)
    0.005
    """

    def __init__(
        self,
        scale=1.0,
        mode="fan_in",
        distribution="truncated_normal",
        seed=None,
        input_axes=None,
        output_axes=None,
    ):
        kind = type(self).__name__
        if not scale > 0:
            raise ValueError(f"{kind}: `scale` must be positive. Received: {scale!r}")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(
                f"{kind}: Invalid `mode` argument: {mode!r}. Expected 'fan_in', 'fan_out' or "
                "'fan_avg'."
            )
        distribution = distribution.lower()
        distribution = "truncated_normal" if distribution == "normal" else distribution
        if distribution not in ("uniform", "truncated_normal", "untruncated_normal"):
            raise ValueError(
                f"{kind}: Invalid `distribution` argument: {distribution!r}. Expected 'uniform', "
                "'truncated_normal' or 'untruncated_normal'."
            )
        if (input_axes is None) != (output_axes is None):
            raise ValueError(
                f"{kind}: give both input_axes and output_axes or neither. "
                f"Received: input_axes={input_axes}, output_axes={output_axes}"
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes
        super().__init__(seed=seed)

    def __call__(self, shape, dtype=None):
        """The values."""
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        fans = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
        stddev = math.sqrt(self.scale / max(1.0, fans[self.mode]))
        if self.distribution == "uniform":
            limit = math.sqrt(3.0) * stddev
            return self.drawn(draws.random_uniform, shape, dtype, minval=-limit, maxval=limit)
        if self.distribution == "untruncated_normal":
            return self.drawn(draws.random_normal, shape, dtype, stddev=stddev)
        stddev /= _TRUNCATED_STDDEV
        return self.drawn(draws.random_truncated_normal, shape, dtype, stddev=stddev)


def compute_fans(shape, input_axes=None, output_axes=None):
    """How many inputs a unit has and how many units an input feeds, by the shape of a weight.

    Args:
        shape: a tuple of integers.
        input_axes, output_axes: see `VarianceScaling`.

    >>> compute_fans((3, 3, 8, 16)), compute_fans((8, 16)), compute_fans((5,))
    ((72, 144), (8, 16), (5, 5))
    """
    shape = tuple(shape)
    if input_axes is not None:
        return math.prod(shape[a] for a in input_axes), math.prod(shape[a] for a in output_axes)
    if len(shape) < 2:
        side = math.prod(shape)
        return side, side
    window = math.prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window


class _Scaled(VarianceScaling):
    """A `VarianceScaling` known by a name of its own."""

    settings = (1.0, "fan_in", "truncated_normal")

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        scale, mode, distribution = self.settings
        super().__init__(scale, mode, distribution, seed, input_axes, output_axes)

    def get_config(self):
        """The seed and the axes."""
        config = super().get_config()
        return {name: config[name] for name in ("seed", "input_axes", "output_axes")}


class GlorotUniform(_Scaled):
    """Even spread with variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010).

    Args:
        seed: an integer, a `SeedGenerator` or None.
        input_axes, output_axes: see `VarianceScaling`.

    >>> import minikeras as keras
    >>> w = keras.initializers.GlorotUniform(seed=1)((3, 3))
    >>> bool(abs(w).max() <= 1)
    True
    """

    settings = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Scaled):
    """Truncated normal values of variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010).

    Args:
        seed: an integer, a `SeedGenerator` or None.
        input_axes, output_axes: see `VarianceScaling`.

    >>> import minikeras as keras
    >>> keras.initializers.GlorotNormal(seed=1)((3, 3)).shape
    (3, 3)
    """

    settings = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_Scaled):
    """Even spread with variance 2 / fan_in, for ReLU units (He et al. 2015).

    Args:
        seed: an integer, a `SeedGenerator` or None.
        input_axes, output_axes: see `VarianceScaling`.

    >>> import minikeras as keras
    >>> keras.initializers.HeUniform(seed=1)((3, 3)).shape
    (3, 3)
    """

    settings = (2.0, "fan_in", "uniform")


class HeNormal(_Scaled):
    """Truncated normal values of variance 2 / fan_in, for ReLU units (He et al. 2015).

    Args:
        seed: an integer, a `SeedGenerator` or None.
        input_axes, output_axes: see `VarianceScaling`.

    >>> import minikeras as keras
    >>> keras.initializers.HeNormal(seed=1)((3, 3)).shape
    (3, 3)
    """

    settings = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_Scaled):
    """Even spread with variance 1 / fan_in (LeCun et al. 1998), for SELU units.

    Args:
        seed: an integer, a `SeedGenerator` or None.
        input_axes, output_axes: see `VarianceScaling`.

    >>> import minikeras as keras
    >>> keras.initializers.LecunUniform(seed=1)((3, 3)).shape
    (3, 3)
    """

    settings = (1.0, "fan_in", "uniform")


class LecunNormal(_Scaled):
    """Truncated normal values of variance 1 / fan_in (LeCun et al. 1998), for SELU units.

    Args:
        seed: an integer, a `SeedGenerator` or None.
        input_axes, output_axes: see `VarianceScaling`.

    >>> import minikeras as keras
    >>> keras.initializers.LecunNormal(seed=1)((3, 3)).shape
    (3, 3)
    """

    settings = (1.0, "fan_in", "truncated_normal")


class Orthogonal(RandomInitializer):
    """A random matrix with orthonormal columns, or rows if it has fewer of those.

    It is drawn evenly from all such matrices (Saxe et al. 2014): the Q of the decomposition of a
    normal matrix, its columns signed so that R has a positive diagonal. Weights of more than two
    axes are seen as a matrix whose columns run over the last axis.

    Args:
        gain: a factor.
        seed: an integer, a `SeedGenerator` or None.

    >>> import minikeras as keras
    >>> w = keras.initializers.Orthogonal(seed=1)((4, 3))
    >>> keras.ops.round(keras.ops.abs(keras.ops.matmul(w.T, w))).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """

    def __init__(self, gain=1.0, seed=None):
        self.gain = gain
        super().__init__(seed=seed)

    def __call__(self, shape, dtype=None):
        """The values; ``shape`` has two sides at least."""
        if len(shape) < 2:
            raise ValueError(
                f"Orthogonal makes matrices: two sides at least. Received: shape={tuple(shape)}"
            )
        name = standardize_dtype(dtype)
        wide = "float64" if name == "float64" else "float32"
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = (max(rows, columns), min(rows, columns))
        q, r = np.linalg.qr(to_numpy(self.drawn(draws.random_normal, tall, wide)))
        q *= np.where(np.diagonal(r) < 0, -self.gain, self.gain).astype(wide)
        found = q if rows >= columns else q.T
        return xp.asarray(np.ascontiguousarray(found.reshape(shape), dtype=name))
