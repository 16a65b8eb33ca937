"""Initializer: what gives a weight its first values."""

from minikeras.serialization import Configurable


class Initializer(Configurable):
    """Base class of initializers: functions of a shape and a dtype, with a configuration.

    A subclass defines ``__call__``; its configuration is read from its constructor.

    >>> import minikeras as keras
    >>> class Ramp(keras.initializers.Initializer):
    ...     def __call__(self, shape, dtype=None):
    ...         return keras.ops.reshape(keras.ops.arange(shape[0], dtype=dtype), shape)
    >>> keras.Variable(Ramp(), shape=(3,)).numpy().tolist()
    [0.0, 1.0, 2.0]
    """

    def __call__(self, shape, dtype=None):
        """The initial values.

        Args:
            shape: a tuple of integers.
            dtype: of the values, by default floatx.
        """
        raise TypeError(f"{type(self).__name__} defines no method __call__(shape, dtype=None)")

    def clone(self):
        """An initializer with the same configuration."""
        return type(self).from_config(self.get_config())
