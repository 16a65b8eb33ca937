"""AdaptiveMaxPooling and AdaptiveAveragePooling over one, two and three axes."""

from minikeras import config, ops
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer


class AdaptivePooling(Layer):
    """Something computed of each of a given number of windows; subclasses say what."""

    rank = None

    def __init__(self, output_size, data_format=None, **kwargs):
        """Store the arguments.

        Args:
            output_size: how many windows cover each spatial axis evenly: an integer, or one per
                axis. See `keras.ops.adaptive_max_pool` for where they lie.
            data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
            **kwargs: those of `Layer`.
        """
        super().__init__(**kwargs)
        sizes = (output_size,) * self.rank if isinstance(output_size, int) else output_size
        if not isinstance(sizes, (tuple, list)) or len(sizes) != self.rank:
            raise TypeError(
                f"{type(self).__name__} {self.name!r}: output_size must be an integer or a tuple "
                f"of {self.rank} integers. Received: {output_size!r}"
            )
        self.output_size = tuple(sizes)
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)


class AdaptiveMaxPooling(AdaptivePooling):
    """The largest element of each window; subclasses state the rank."""

    def call(self, inputs):
        """The outputs, of shape ``(batch, *output_size, channels)``."""
        return ops.adaptive_max_pool(inputs, self.output_size, self.data_format)


class AdaptiveAveragePooling(AdaptivePooling):
    """The mean of each window; subclasses state the rank."""

    def call(self, inputs):
        """The outputs, of shape ``(batch, *output_size, channels)``."""
        return ops.adaptive_average_pool(inputs, self.output_size, self.data_format)


class AdaptiveMaxPooling1D(AdaptiveMaxPooling):
    """The largest element of each of ``output_size`` windows over one axis.

    Inputs ``(batch, steps, channels)`` give ``(batch, output_size, channels)``. ``__init__`` says
    what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.AdaptiveMaxPooling1D(4)(keras.ops.ones((2, 10, 3))).shape
    (2, 4, 3)
    """

    rank = 1


class AdaptiveMaxPooling2D(AdaptiveMaxPooling):
    """The largest element of each of ``output_size`` windows over two axes.

    Inputs ``(batch, height, width, channels)`` give ``(batch, *output_size, channels)``.
    ``__init__`` says what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.AdaptiveMaxPooling2D((2, 3))(keras.ops.ones((2, 10, 10, 3))).shape
    (2, 2, 3, 3)
    """

    rank = 2


class AdaptiveMaxPooling3D(AdaptiveMaxPooling):
    """The largest element of each of ``output_size`` windows over three axes.

    Inputs ``(batch, *sides, channels)`` give ``(batch, *output_size, channels)``. ``__init__`` says
    what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.AdaptiveMaxPooling3D(2)(keras.ops.ones((1, 5, 5, 5, 3))).shape
    (1, 2, 2, 2, 3)
    """

    rank = 3


class AdaptiveAveragePooling1D(AdaptiveAveragePooling):
    """The mean of each of ``output_size`` windows over one axis.

    Inputs ``(batch, steps, channels)`` give ``(batch, output_size, channels)``. ``__init__`` says
    what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.AdaptiveAveragePooling1D(4)(keras.ops.ones((2, 10, 3))).shape
    (2, 4, 3)
    """

    rank = 1


class AdaptiveAveragePooling2D(AdaptiveAveragePooling):
    """The mean of each of ``output_size`` windows over two axes.

    Inputs ``(batch, height, width, channels)`` give ``(batch, *output_size, channels)``.
    ``__init__`` says what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.AdaptiveAveragePooling2D((2, 3))(keras.ops.ones((2, 10, 10, 3))).shape
    (2, 2, 3, 3)
    """

    rank = 2


class AdaptiveAveragePooling3D(AdaptiveAveragePooling):
    """The mean of each of ``output_size`` windows over three axes.

    Inputs ``(batch, *sides, channels)`` give ``(batch, *output_size, channels)``. ``__init__`` says
    what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.AdaptiveAveragePooling3D(2)(keras.ops.ones((1, 5, 5, 5, 3))).shape
    (1, 2, 2, 2, 3)
    """

    rank = 3
