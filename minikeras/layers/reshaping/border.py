"""ZeroPadding and Cropping over one, two and three axes."""

from minikeras import config, ops
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.layer import Layer
from minikeras.layers.stated import with_defaults
from minikeras.ops.windowing import per_axis


class _Border(Layer):
    """Something done before and after each of ``rank`` spatial axes."""

    rank = None

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = config.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self._build_at_init()

    def _pairs(self, value, name):
        """``value`` as one pair of integers per axis.

        Stated as such pairs, or as one integer per axis (for both its ends), or as one for all.
        """
        if isinstance(value, int):
            value = (value,) * self.rank
        if not isinstance(value, (tuple, list)) or len(value) != self.rank:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: {name} must be an integer, {self.rank} "
                f"integers, or {self.rank} pairs of integers. Received: {name}={value!r}"
            )
        return tuple(per_axis(entry, 2, name, least=0) for entry in value)

    def _around(self, pairs, other):
        """``pairs`` for the spatial axes, ``other`` for batch and channels."""
        if self.data_format == "channels_first":
            return (other, other, *pairs)
        return (other, *pairs, other)


class ZeroPadding(_Border):
    """Zeros around the spatial axes; subclasses state the rank."""

    def __init__(self, padding=1, data_format=None, **kwargs):
        """Store the arguments.

        Args:
            padding: how many zeros: one integer for all ends of all axes, one per axis for both its
                ends, or one pair (before, after) per axis.
            data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
            **kwargs: those of `Layer`.
        """
        super().__init__(data_format=data_format, **kwargs)
        self.padding = self._pairs(padding, "padding")

    def call(self, inputs):
        """The inputs with zeros around them."""
        return ops.pad(inputs, self._around(self._padding_pairs(), (0, 0)))

    def _padding_pairs(self):
        return self.padding


class ZeroPadding1D(ZeroPadding):
    """Zeros before and after one axis.

    Args:
        padding: how many: an integer for both ends, or a pair (before, after).
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: those of `Layer`.

    Inputs ``(batch, steps, channels)`` give ``(batch, before + steps + after, channels)``.

    >>> import minikeras as keras
    >>> keras.layers.ZeroPadding1D((1, 0))(keras.ops.ones((1, 2, 1)))[0, :, 0].tolist()
    [0.0, 1.0, 1.0]
    """

    rank = 1

    def _pairs(self, value, name):
        return per_axis(value, 2, name, least=0)

    def _padding_pairs(self):
        return (self.padding,)


@with_defaults(padding=(1, 1))
class ZeroPadding2D(ZeroPadding):
    """Zeros around images: ``(batch, height, width, channels)`` in.

    ``__init__`` says what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.ZeroPadding2D(((1, 2), (0, 3)))(keras.ops.ones((1, 4, 4, 3))).shape
    (1, 7, 7, 3)
    """

    rank = 2


@with_defaults(padding=((1, 1), (1, 1), (1, 1)))
class ZeroPadding3D(ZeroPadding):
    """Zeros around volumes: ``(batch, depth, height, width, channels)`` in.

    ``__init__`` says what the arguments mean.

    >>> import minikeras as keras
    >>> keras.layers.ZeroPadding3D()(keras.ops.ones((1, 2, 2, 2, 3))).shape
    (1, 4, 4, 4, 3)
    """

    rank = 3


class Cropping(_Border):
    """The spatial axes without some elements at their ends; subclasses state the rank."""

    def call(self, inputs):
        """The inputs without their borders."""
        index = []
        for side, (before, after) in zip(
            inputs.shape, self._around(self._cropping_pairs(), (0, 0))
        ):
            if side and before + after >= side:
                raise ValueError(
                    f"{type(self).__name__} {self.name!r}: nothing would be left of an axis of "
                    f"length {side} cropped by {before} and {after}. Received inputs of shape "
                    f"{tuple(inputs.shape)}"
                )
            index.append(slice(before, max(side - after, 0)))
        return ops.get_item(inputs, tuple(index))

    def _cropping_pairs(self):
        return self.cropping


class Cropping1D(Cropping):
    """One axis without some elements at its ends.

    Args:
        cropping: how many go: an integer for both ends, or a pair (before, after).
        **kwargs: those of `Layer`.

    Inputs ``(batch, steps, channels)`` give ``(batch, steps - before - after, channels)``.

    >>> import minikeras as keras
    >>> keras.layers.Cropping1D((1, 2))(keras.ops.ones((1, 5, 3))).shape
    (1, 2, 3)
    """

    rank = 1

    def __init__(self, cropping=(1, 1), **kwargs):
        super().__init__(data_format="channels_last", **kwargs)
        self.cropping = per_axis(cropping, 2, "cropping", least=0)

    def _config_names(self):
        return ["cropping"]

    def _cropping_pairs(self):
        return (self.cropping,)


class Cropping2D(Cropping):
    """Images without their borders.

    Args:
        cropping: how many rows and columns go: one integer for all ends, one per axis for both its
            ends, or one pair (before, after) per axis.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: those of `Layer`.

    Inputs have the shape ``(batch, height, width, channels)``.

    >>> import minikeras as keras
    >>> keras.layers.Cropping2D(((1, 0), (1, 1)))(keras.ops.ones((1, 4, 4, 3))).shape
    (1, 3, 2, 3)
    """

    rank = 2

    def __init__(self, cropping=((0, 0), (0, 0)), data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.cropping = self._pairs(cropping, "cropping")


class Cropping3D(Cropping):
    """Volumes without their borders.

    Args:
        cropping: how much goes: one integer for all ends, one per axis for both its ends, or one
            pair (before, after) per axis.
        data_format: ``"channels_last"``, ``"channels_first"`` or None: as configured.
        **kwargs: those of `Layer`.

    Inputs have the shape ``(batch, depth, height, width, channels)``.

    >>> import minikeras as keras
    >>> keras.layers.Cropping3D()(keras.ops.ones((1, 4, 4, 4, 3))).shape
    (1, 2, 2, 2, 3)
    """

    rank = 3

    def __init__(self, cropping=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.cropping = self._pairs(cropping, "cropping")
