"""Normalization: features shifted and scaled to mean 0 and variance 1."""

import itertools
import math

from minikeras import config, ops
from minikeras.layers.preprocessing.adapting import batches, inputs_of, is_one_array
from minikeras.layers.preprocessing.data_layer import DataLayer
from minikeras.ops.arguments import on_host, tensor
from minikeras.symbolic.inference import known_shape


class Normalization(DataLayer):
    """Computes ``(x - mean) / sqrt(variance)``, the square root being at least epsilon.

    Args:
        axis: the axis or axes whose positions each have a mean and a variance of their own; None
            for a single mean and variance. They must have known lengths.
        mean, variance: the moments, numbers or arrays along ``axis``. Without them `adapt` finds
            them; until then they are 0 and 1.
        invert: whether to compute ``mean + x * sqrt(variance)`` instead.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.Normalization()
    >>> layer.adapt(keras.ops.array([[0.0, 7.0], [2.0, 9.0], [0.0, 7.0], [2.0, 9.0]]))
    >>> layer(keras.ops.array([[0.0, 8.0]])).tolist()
    [[-1.0, 0.0]]
    >>> keras.layers.Normalization(mean=3.0, variance=4.0)(keras.ops.array([[1.0, 5.0]])).tolist()
    [[-1.0, 1.0]]
    """

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **kwargs):
        super().__init__(**kwargs)
        axis = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        self.axis = axis
        self.input_mean = mean
        self.input_variance = variance
        self.invert = invert
        self.supports_masking = True
        self.mean = None
        self.variance = None
        if (mean is None) != (variance is None):
            raise ValueError(
                f"Normalization {self.name!r} with values: both `mean` and `variance` must be set. "
                f"Received: mean={mean!r}, variance={variance!r}"
            )
        if mean is not None:
            shapes = on_host(mean).shape, on_host(variance).shape
            if shapes[0] != shapes[1] or len(shapes[0]) > len(axis):
                raise ValueError(
                    f"Normalization {self.name!r}: mean and variance must have the same shape, of "
                    f"at most {len(axis)} axes, as axis={axis} has. Received: shapes {shapes}"
                )

    def build(self, input_shape):
        """Lay the moments along the axes of the inputs."""
        if input_shape is None:
            return
        rank = len(input_shape)
        if any(not -rank <= a < rank for a in self.axis):
            raise ValueError(
                f"Normalization {self.name!r}: axis={self.axis} does not fit inputs of {rank} axes"
            )
        kept = tuple(sorted(a % rank for a in self.axis))
        if any(input_shape[a] is None for a in kept):
            raise ValueError(
                f"Normalization {self.name!r}: the inputs must have known lengths along axis="
                f"{self.axis}. Received inputs of shape {tuple(input_shape)}"
            )
        self._input_shape = tuple(input_shape)
        self._kept = kept
        self._reduced = tuple(a for a in range(rank) if a not in kept)
        self._moment_shape = tuple(input_shape[a] for a in kept)
        self._broadcast_shape = tuple(input_shape[a] if a in kept else 1 for a in range(rank))
        if self.input_mean is None:
            shape = self._moment_shape
            self.adapt_mean = self.add_weight(shape, "zeros", trainable=False, name="mean")
            self.adapt_variance = self.add_weight(shape, "ones", trainable=False, name="variance")
            # Files of old hold a count of samples in the third place.
            self.count = self.add_weight((), "zeros", dtype="int32", trainable=False, name="count")
            self._show()
        else:
            self.mean = self._aligned(self.input_mean)
            self.variance = self._aligned(self.input_variance)

    def _aligned(self, moment):
        """A given mean or variance, its axes put where those of the inputs are, from the right."""
        moment = tensor(moment, self.compute_dtype)
        shape = [1] * len(self._broadcast_shape)
        for axis, length in zip(reversed(self._kept), reversed(moment.shape)):
            shape[axis] = length
        return ops.broadcast_to(ops.reshape(moment, shape), self._broadcast_shape)

    def adapt(self, data):
        """Find the mean and variance of ``data``.

        Args:
            data: an array, a `keras.utils.PyDataset`, or a list or other iterable of batches, each
                an array or a tuple that begins with one.
        """
        if is_one_array(data):
            self._prepare(tuple(data.shape))
            mean, variance = self._moments(tensor(data))
        else:
            supply = iter(batches(data))
            first = next(supply, None)
            if first is None:
                raise ValueError(f"Normalization {self.name!r}: adapt received an empty iterable")
            shape = getattr(inputs_of(first), "shape", None)
            if shape is None:
                raise TypeError(
                    f"Normalization {self.name!r}: adapt takes an array, or batches that are "
                    f"arrays. Received a batch of type {type(inputs_of(first)).__name__}"
                )
            self._prepare(tuple(shape))
            mean, variance = self._running_moments(itertools.chain([first], supply))
        self.adapt_mean.assign(mean)
        self.adapt_variance.assign(variance)
        self.finalize_state()

    def _prepare(self, shape):
        if self.input_mean is not None:
            raise ValueError(
                f"Normalization {self.name!r} was given its mean and variance, so there is nothing "
                "to learn. To learn them, make the layer without them."
            )
        if not self.built:
            self.build(shape)
        self._check_shape(shape)

    def _check_shape(self, shape):
        if len(shape) != len(self._input_shape) or any(
            shape[a] != self._input_shape[a] for a in self._kept
        ):
            raise ValueError(
                f"Normalization {self.name!r} was built for inputs of shape {self._input_shape}, "
                f"with which data of an incompatible shape, {tuple(shape)}, do not fit"
            )

    def _moments(self, x):
        return ops.mean(x, axis=self._reduced), ops.var(x, axis=self._reduced)

    def _running_moments(self, supply):
        """The moments of all batches together, from those of each."""
        mean = variance = ops.zeros(self._moment_shape)
        total = 0
        for batch in supply:
            x = tensor(inputs_of(batch), self.compute_dtype)
            self._check_shape(x.shape)
            batch_mean, batch_variance = self._moments(x)
            count = math.prod(x.shape[a] for a in self._reduced)
            total += count
            part = count / total
            before, mean = mean, mean * (1.0 - part) + batch_mean * part
            # Within each part and between the parts.
            variance = (variance + (before - mean) ** 2) * (1.0 - part) + (
                batch_variance + (batch_mean - mean) ** 2
            ) * part
        return mean, variance

    def finalize_state(self):
        """Compute with the moments that the variables hold now."""
        if self.input_mean is None and self.built:
            self._show()

    def _show(self):
        dtype = self.compute_dtype
        self.mean = ops.cast(ops.reshape(self.adapt_mean.array, self._broadcast_shape), dtype)
        self.variance = ops.cast(
            ops.reshape(self.adapt_variance.array, self._broadcast_shape), dtype
        )

    def call(self, inputs):
        """The normalized inputs, or with ``invert`` what normalizing would lead to the inputs."""
        inputs = ops.cast(inputs, self.compute_dtype)
        deviation = ops.maximum(ops.sqrt(self.variance), config.epsilon())
        if self.invert:
            return self.mean + inputs * deviation
        return (inputs - self.mean) / deviation

    def get_config(self):
        """The constructor's arguments as plain values."""
        given = {
            "mean": None if self.input_mean is None else on_host(self.input_mean).tolist(),
            "variance": None
            if self.input_variance is None
            else on_host(self.input_variance).tolist(),
        }
        return {**super().get_config(), "axis": self.axis, "invert": self.invert, **given}

    def _config_names(self):
        return []

    def load_own_variables(self, store):
        """Set the variables, and compute with them."""
        super().load_own_variables(store)
        self.finalize_state()

    def get_build_config(self):
        """The shape that the layer was built for."""
        return {"input_shape": known_shape(self._input_shape)} if self.built else None

    def build_from_config(self, config):
        """Build for the shape that `get_build_config` returned."""
        if config:
            self.build(tuple(config["input_shape"]))
