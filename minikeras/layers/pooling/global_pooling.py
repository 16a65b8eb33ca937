"""GlobalMaxPooling and GlobalAveragePooling over one, two and three axes."""

from minikeras import config, ops
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer


class GlobalPooling(Layer):
    """Something computed over all ``rank`` spatial axes; subclasses say what."""

    rank = None

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        """Store the arguments.

        Args:
            data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
            keepdims: whether the spatial axes stay, with length 1.
            **kwargs: those of `Layer`.
        """
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self._build_at_init()

    @property
    def _axes(self):
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self.rank))


class GlobalMaxPooling(GlobalPooling):
    """The largest element of each channel; subclasses state the rank."""

    def call(self, inputs):
        """The outputs, of shape ``(batch, channels)``."""
        return ops.max(inputs, axis=self._axes, keepdims=self.keepdims)


class GlobalAveragePooling(GlobalPooling):
    """The mean of each channel; subclasses state the rank."""

    def call(self, inputs):
        """The outputs, of shape ``(batch, channels)``."""
        return ops.mean(inputs, axis=self._axes, keepdims=self.keepdims)


class GlobalMaxPooling1D(GlobalMaxPooling):
    """The largest element of each channel over one axis: ``(batch, steps, channels)`` in.

    ``__init__`` says what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.GlobalMaxPooling1D()(keras.ops.ones((2, 10, 3))).shape
    (2, 3)
    """

    rank = 1


class GlobalMaxPooling2D(GlobalMaxPooling):
    """The largest element of each channel over two axes: ``(batch, height, width, channels)`` in.

    ``__init__`` says what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.GlobalMaxPooling2D(keepdims=True)(keras.ops.ones((2, 4, 4, 3))).shape
    (2, 1, 1, 3)
    """

    rank = 2


class GlobalMaxPooling3D(GlobalMaxPooling):
    """The largest element of each channel over three axes: ``(batch, *sides, channels)`` in.

    ``__init__`` says what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.GlobalMaxPooling3D()(keras.ops.ones((2, 4, 4, 4, 3))).shape
    (2, 3)
    """

    rank = 3


class GlobalAveragePooling1D(GlobalAveragePooling):
    """The mean of each channel over one axis, masked steps left out.

    Inputs ``(batch, steps, channels)`` give ``(batch, channels)``; with
    ``data_format="channels_first"`` the channels stand before the steps. ``__init__`` says what the
    arguments mean.

    >>> import minikeras as keras
    >>> x = keras.ops.array([[[1.0], [3.0], [8.0]]])
    >>> keras.layers.GlobalAveragePooling1D()(x, mask=[[True, True, False]]).tolist()
    [[2.0]]
    """

    rank = 1

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(data_format=data_format, keepdims=keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        """The outputs, of shape ``(batch, channels)``; ``mask`` is ``(batch, steps)``."""
        if mask is None:
            return super().call(inputs)
        counts = ops.cast(ops.expand_dims(mask, self._mask_axis), "bool")
        total = ops.sum(ops.where(counts, inputs, 0), axis=self._axes, keepdims=self.keepdims)
        number = ops.sum(ops.cast(counts, inputs.dtype), axis=self._axes, keepdims=self.keepdims)
        return ops.divide(total, number)

    @property
    def _mask_axis(self):
        return 2 if self.data_format == "channels_last" else 1

    def compute_mask(self, inputs, mask=None):
        """None: no steps are left."""
        return


class GlobalAveragePooling2D(GlobalAveragePooling):
    """The mean of each channel over two axes: ``(batch, height, width, channels)`` in.

    ``__init__`` says what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.GlobalAveragePooling2D()(keras.ops.ones((2, 4, 4, 3))).shape
    (2, 3)
    """

    rank = 2


class GlobalAveragePooling3D(GlobalAveragePooling):
    """The mean of each channel over three axes: ``(batch, *sides, channels)`` in.

    ``__init__`` says what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.GlobalAveragePooling3D(keepdims=True)(keras.ops.ones((2, 4, 4, 4, 3))).shape
    (2, 1, 1, 1, 3)
    """

    rank = 3
