"""MaxPooling and AveragePooling over one, two and three axes."""

from minikeras import config, ops
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.layers.stated import with_defaults
from minikeras.ops.windowing import padding_name, per_axis


class Pooling(Layer):
    """Something computed of each window over ``rank`` spatial axes; subclasses say what."""

    rank = None

    def __init__(
        self,
        pool_size,
        strides=None,
        padding="valid",
        data_format=None,
        name=None,
        **kwargs,
    ):
        """Store the arguments.

        Args:
            pool_size: length of the windows: an integer, or one per spatial axis.
            strides: steps between windows, likewise; None: the windows lie side by side.
            padding: ``"valid"``: windows stay inside the input. ``"same"``: there are
                ``ceil(side / stride)`` of them; what lies outside does not count.
            data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
            name: a string; made up if not given.
            **kwargs: those of `Layer`.
        """
        super().__init__(name=name, **kwargs)
        self.pool_size = per_axis(pool_size, self.rank, "pool_size")
        self.strides = per_axis(pool_size if strides is None else strides, self.rank, "strides")
        self.padding = padding_name(padding)
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self._build_at_init()

    def _windows(self):
        """The arguments of the op."""
        return self.pool_size, self.strides, self.padding, self.data_format


class MaxPooling(Pooling):
    """The largest element of each window; subclasses state the rank."""

    def __init__(
        self,
        pool_size=2,
        strides=None,
        padding="valid",
        data_format=None,
        name=None,
        **kwargs,
    ):
        """Store the arguments; see `Pooling`."""
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)

    def call(self, inputs):
        """The outputs, of shape ``(batch, *counts, channels)``."""
        return ops.max_pool(inputs, *self._windows())


class AveragePooling(Pooling):
    """The mean of the elements of each window; subclasses state the rank."""

    def call(self, inputs):
        """The outputs, of shape ``(batch, *counts, channels)``."""
        return ops.average_pool(inputs, *self._windows())


class MaxPooling1D(MaxPooling):
    """The largest element of each window over one axis.

    Inputs ``(batch, steps, channels)`` give ``(batch, new_steps, channels)``; with
    ``data_format="channels_first"`` the channels stand before the steps. ``__init__`` says what the
    arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.MaxPooling1D()(keras.ops.ones((2, 10, 3))).shape
    (2, 5, 3)
    """

    rank = 1


@with_defaults(pool_size=(2, 2))
class MaxPooling2D(MaxPooling):
    """The largest element of each window over two axes.

    Inputs ``(batch, height, width, channels)`` give ``(batch, new_height, new_width, channels)``;
    with ``data_format="channels_first"`` the channels stand after the batch. ``__init__`` says what
    the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.MaxPooling2D(3, strides=2, padding="same")(keras.ops.ones((2, 5, 5, 3))).shape
    (2, 3, 3, 3)
    """

    rank = 2


@with_defaults(pool_size=(2, 2, 2))
class MaxPooling3D(MaxPooling):
    """The largest element of each window over three axes.

    Inputs ``(batch, depth, height, width, channels)`` give ``(batch, *counts, channels)``; with
    ``data_format="channels_first"`` the channels stand after the batch. ``__init__`` says what the
    arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.MaxPooling3D()(keras.ops.ones((1, 4, 4, 4, 3))).shape
    (1, 2, 2, 2, 3)
    """

    rank = 3


class AveragePooling1D(AveragePooling):
    """The mean of each window over one axis.

    Inputs ``(batch, steps, channels)`` give ``(batch, new_steps, channels)``; with
    ``data_format="channels_first"`` the channels stand before the steps. ``__init__`` says what the
    arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.AveragePooling1D(3)(keras.ops.ones((2, 10, 3))).shape
    (2, 3, 3)
    """

    rank = 1


class AveragePooling2D(AveragePooling):
    """The mean of each window over two axes.

    Inputs ``(batch, height, width, channels)`` give ``(batch, new_height, new_width, channels)``;
    with ``data_format="channels_first"`` the channels stand after the batch. ``__init__`` says what
    the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.AveragePooling2D(2)(keras.ops.ones((2, 6, 4, 3))).shape
    (2, 3, 2, 3)
    """

    rank = 2


class AveragePooling3D(AveragePooling):
    """The mean of each window over three axes.

    Inputs ``(batch, depth, height, width, channels)`` give ``(batch, *counts, channels)``; with
    ``data_format="channels_first"`` the channels stand after the batch. ``__init__`` says what the
    arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.AveragePooling3D(2)(keras.ops.ones((1, 4, 4, 4, 3))).shape
    (1, 2, 2, 2, 3)
    """

    rank = 3
