"""UpSampling over one, two and three axes."""

from minikeras import config, ops
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.ops.image import INTERPOLATIONS, resize
from minikeras.ops.windowing import per_axis


def _repeated(x, sizes, first_axis):
    for axis, size in enumerate(sizes, first_axis):
        x = ops.repeat(x, size, axis=axis)
    return x


class UpSampling1D(Layer):
    """Each step of a sequence several times.

    Args:
        size: how often.
        **kwargs: those of `Layer`.

    Inputs ``(batch, steps, features)`` give ``(batch, steps * size, features)``.

    >>> import minikeras as keras
    >>> keras.layers.UpSampling1D(3)(keras.ops.ones((2, 4, 5))).shape
    (2, 12, 5)
    """

    def __init__(self, size=2, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(size, int) or isinstance(size, bool):
            raise TypeError(
                f"UpSampling1D {self.name!r}: size must be an integer. Received: {size!r}"
            )
        if size < 1:
            raise ValueError(
                f"UpSampling1D {self.name!r}: size should be a positive integer. Received: {size}"
            )
        self.size = size
        self.input_spec = InputSpec(ndim=3)
        self._build_at_init()

    def call(self, inputs):
        """The outputs, of shape ``(batch, steps * size, features)``."""
        return ops.repeat(inputs, self.size, axis=1)


class UpSampling2D(Layer):
    """Images made larger by whole factors.

    Args:
        size: the factors of height and width, or one integer for both.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        interpolation: ``"nearest"``: pixels are repeated; or ``"bilinear"``, ``"bicubic"``,
            ``"lanczos3"``, ``"lanczos5"``.
        **kwargs: those of `Layer`.

    Inputs ``(batch, height, width, channels)`` give
    ``(batch, height * size[0], width * size[1], channels)``.

    >>> import minikeras as keras
    >>> keras.layers.UpSampling2D((2, 3))(keras.ops.ones((1, 4, 5, 3))).shape
    (1, 8, 15, 3)
    """

    def __init__(self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs):
        super().__init__(**kwargs)
        self.size = per_axis(size, 2, "size")
        self.data_format = config.standardize_data_format(data_format)
        self.interpolation = interpolation.lower()
        if self.interpolation not in INTERPOLATIONS:
            raise ValueError(
                f"UpSampling2D {self.name!r}: interpolation must be one of {INTERPOLATIONS}. "
                f"Received: {interpolation!r}"
            )
        self.input_spec = InputSpec(ndim=4)
        self._build_at_init()

    def call(self, inputs):
        """The outputs, of shape ``(batch, height * size[0], width * size[1], channels)``."""
        first_axis = 1 if self.data_format == "channels_last" else 2
        if self.interpolation == "nearest":
            return _repeated(inputs, self.size, first_axis)
        height, width = inputs.shape[first_axis : first_axis + 2]
        size = (height * self.size[0], width * self.size[1])
        return resize(inputs, size, self.interpolation, data_format=self.data_format)


class UpSampling3D(Layer):
    """Volumes made larger by repeating their elements.

    Args:
        size: the factors of the three sides, or one integer for all.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: those of `Layer`.

    Inputs have the shape ``(batch, depth, height, width, channels)``.

    >>> import minikeras as keras
    >>> keras.layers.UpSampling3D((1, 2, 2))(keras.ops.ones((1, 3, 4, 5, 2))).shape
    (1, 3, 8, 10, 2)
    """

    def __init__(self, size=(2, 2, 2), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.size = per_axis(size, 3, "size")
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=5)
        self._build_at_init()

    def call(self, inputs):
        """The outputs, each side longer by its factor."""
        return _repeated(inputs, self.size, 1 if self.data_format == "channels_last" else 2)
