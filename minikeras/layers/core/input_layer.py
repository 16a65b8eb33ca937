"""Input and InputLayer: where a graph of layers begins."""

from minikeras.backend.dtypes import standardize_dtype
from minikeras.layers.layer import Layer
from minikeras.symbolic.keras_tensor import KerasTensor, standardize_shape
from minikeras.symbolic.operation import Node


class InputLayer(Layer):
    """The layer that stands for an input of a model.

    Args:
        shape: the shape without the batch; or give ``batch_shape``.
        batch_size: the size of the batch, None if it may vary.
        dtype: a dtype name, floatx by default.
        sparse, ragged: only False is possible: tensors are dense.
        batch_shape: the shape with the batch.
        input_tensor: a symbolic tensor to begin from.
        optional: whether None may be given for this input.
        name: a string.

    >>> import minikeras as keras
    >>> keras.layers.InputLayer(shape=(3,)).output.shape
    (None, 3)
    """

    def __init__(
        self,
        shape=None,
        batch_size=None,
        dtype=None,
        sparse=None,
        ragged=None,
        batch_shape=None,
        input_tensor=None,
        optional=False,
        name=None,
        **kwargs,
    ):
        if "input_shape" in kwargs:
            shape = kwargs.pop("input_shape")
        if "batch_input_shape" in kwargs:
            batch_shape = kwargs.pop("batch_input_shape")
        super().__init__(name=name, **kwargs)
        if sparse or ragged:
            raise ValueError(
                f"InputLayer {self.name!r}: minikeras has dense tensors only. "
                f"Received: sparse={sparse}, ragged={ragged}"
            )
        if input_tensor is not None:
            if not isinstance(input_tensor, KerasTensor):
                raise ValueError(
                    f"InputLayer {self.name!r}: input_tensor must be a symbolic tensor. "
                    f"Received: {input_tensor!r}"
                )
            batch_shape, dtype = input_tensor.shape, input_tensor.dtype
        elif batch_shape is None:
            if shape is None:
                raise ValueError(f"InputLayer {self.name!r} needs `shape` or `batch_shape`")
            batch_shape = (batch_size, *standardize_shape(shape))
        elif shape is not None or batch_size is not None:
            raise ValueError(
                f"InputLayer {self.name!r}: batch_shape states all; give neither shape nor "
                f"batch_size with it. Received: shape={shape}, batch_size={batch_size}, "
                f"batch_shape={batch_shape}"
            )
        self.batch_shape = standardize_shape(batch_shape)
        self._dtype = standardize_dtype(dtype)
        self.sparse = False
        self.ragged = False
        self.optional = optional
        self.supports_masking = True
        self.built = True
        if input_tensor is None:
            input_tensor = KerasTensor(self.batch_shape, self._dtype, name=self.name)
        Node(self, (), {}, input_tensor)

    def call(self):
        """An input layer is given its value by the model; it is never called."""
        raise ValueError(f"InputLayer {self.name!r} cannot be called: it stands for an input")

    @property
    def dtype(self):
        """The dtype of the input."""
        return self._dtype

    def get_config(self):
        """The constructor's arguments as plain values."""
        return {
            "batch_shape": self.batch_shape,
            "dtype": self._dtype,
            "sparse": self.sparse,
            "ragged": self.ragged,
            "name": self.name,
            "optional": self.optional,
        }

    @classmethod
    def from_config(cls, config):
        """An input layer made from what `get_config` returned."""
        config = dict(config)
        if isinstance(config.get("dtype"), dict):
            config["dtype"] = config["dtype"]["config"]["name"]
        return cls(**config)


def Input(
    shape=None,
    batch_size=None,
    dtype=None,
    sparse=None,
    ragged=None,
    batch_shape=None,
    name=None,
    tensor=None,
    optional=False,
):
    """A symbolic tensor from which a model is built.

    Args:
        shape: the shape without the batch, None for sides that may vary.
        batch_size: the size of the batch, None if it may vary.
        dtype: a dtype name, floatx by default.
        sparse, ragged: only False is possible: tensors are dense.
        batch_shape: the shape with the batch, in place of ``shape`` and ``batch_size``.
        name: a string.
        tensor: a symbolic tensor to begin from.
        optional: whether None may be given for this input.

    Returns:
        A `KerasTensor`.

    >>> import minikeras as keras
    >>> keras.Input((28, 28, 1)).shape
    (None, 28, 28, 1)
    """
    layer = InputLayer(
        shape=shape,
        batch_size=batch_size,
        dtype=dtype,
        sparse=sparse,
        ragged=ragged,
        batch_shape=batch_shape,
        input_tensor=tensor,
        optional=optional,
        name=name,
    )
    return layer.output
