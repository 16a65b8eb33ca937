"""Flatten, Reshape, Permute and RepeatVector: the same values in other shapes."""

import math

from minikeras import config, ops
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.symbolic.keras_tensor import KerasTensor


class Flatten(Layer):
    """All axes but the batch made one.

    Args:
        data_format: with ``"channels_first"`` the channels are moved last before; None: as
            configured.
        **kwargs: those of `Layer`.

    Inputs of shape ``(batch, ...)`` give outputs of shape ``(batch, n)``.

    >>> import minikeras as keras
    >>> keras.layers.Flatten()(keras.ops.ones((2, 3, 4))).shape
    (2, 12)
    """

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)
        self._build_at_init()

    def call(self, inputs):
        """The outputs, of shape ``(batch, n)``."""
        rank = len(inputs.shape)
        if self.data_format == "channels_first" and rank > 2:
            inputs = ops.transpose(inputs, (0, *range(2, rank), 1))
        return ops.reshape(inputs, (inputs.shape[0], math.prod(inputs.shape[1:])))


class Reshape(Layer):
    """All axes but the batch in another shape.

    Args:
        target_shape: the new shape without the batch; -1 for one side that follows from the others.
        **kwargs: those of `Layer`.

    Inputs of shape ``(batch, ...)`` give outputs of shape ``(batch, *target_shape)``.

    >>> import minikeras as keras
    >>> keras.layers.Reshape((3, -1))(keras.ops.ones((2, 12))).shape
    (2, 3, 4)
    """

    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)
        sides = [side for side in self.target_shape if side is not None]
        if any(side < -1 for side in sides) or sides.count(-1) > 1:
            raise ValueError(
                f"Reshape {self.name!r}: the sides of target_shape must not be negative, but for "
                f"at most one -1. Received: target_shape={self.target_shape}"
            )
        self._build_at_init()

    def _resolved(self, sides):
        """The target shape for inputs with the given sides, None where it cannot be known."""
        if None in sides or None in self.target_shape:
            return tuple(None if side == -1 else side for side in self.target_shape)
        size = math.prod(sides)
        known = math.prod(side for side in self.target_shape if side != -1)
        fits = known and size % known == 0 if -1 in self.target_shape else size == known
        if not fits:
            raise ValueError(
                f"Reshape {self.name!r}: {size} elements, of shape {tuple(sides)}, do not fit "
                f"into the shape {self.target_shape}"
            )
        return tuple(size // known if side == -1 else side for side in self.target_shape)

    def call(self, inputs):
        """The outputs, of shape ``(batch, *target_shape)``."""
        shape = tuple(-1 if side is None else side for side in self._resolved(inputs.shape[1:]))
        return ops.reshape(inputs, (inputs.shape[0], *shape))

    def compute_output_shape(self, input_shape):
        """The shape of the outputs; None where it follows from unknown sides."""
        return (input_shape[0], *self._resolved(tuple(input_shape[1:])))

    def compute_output_spec(self, inputs):
        """The symbolic outputs."""
        return KerasTensor(self.compute_output_shape(inputs.shape), inputs.dtype)


class Permute(Layer):
    """The axes behind the batch in another order.

    Args:
        dims: the axes, counted from 1, in their new order.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> keras.layers.Permute((2, 1))(keras.ops.ones((2, 3, 4))).shape
    (2, 4, 3)
    """

    def __init__(self, dims, **kwargs):
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                f"Permute {self.name!r}: Invalid permutation of axes: dims must hold each, counted "
                f"from 1, once. Received: dims={self.dims}"
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)
        self._build_at_init()

    def call(self, inputs):
        """The outputs: axis ``i + 1`` is axis ``dims[i]`` of the inputs."""
        return ops.transpose(inputs, (0, *self.dims))


class RepeatVector(Layer):
    """Each vector ``n`` times.

    Args:
        n: how often.
        **kwargs: those of `Layer`.

    Inputs of shape ``(batch, features)`` give outputs of shape ``(batch, n, features)``.

    >>> import minikeras as keras
    >>> keras.layers.RepeatVector(3)(keras.ops.ones((2, 4))).shape
    (2, 3, 4)
    """

    def __init__(self, n, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(n, int) or isinstance(n, bool):
            raise TypeError(f"RepeatVector {self.name!r}: n must be an integer. Received: {n!r}")
        if n < 1:
            raise ValueError(
                f"RepeatVector {self.name!r}: n should be a positive integer. Received: {n}"
            )
        self.n = n
        self.input_spec = InputSpec(ndim=2)
        self._build_at_init()

    def call(self, inputs):
        """The outputs, of shape ``(batch, n, features)``."""
        batch, features = inputs.shape
        return ops.broadcast_to(ops.expand_dims(inputs, 1), (batch, self.n, features))
