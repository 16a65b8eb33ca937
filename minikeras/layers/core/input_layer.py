"""Input and InputLayer: where a graph of layers begins."""

import warnings

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
            warnings.warn(
                "Argument `input_shape` is deprecated. Use `shape` instead.", stacklevel=2
            )
            shape = kwargs.pop("input_shape")
        if "batch_input_shape" in kwargs:
            batch_shape = kwargs.pop("batch_input_shape")
        super().__init__(name=name, **kwargs)
        if input_tensor is not None:
            stated = {"shape": shape, "batch_size": batch_size, "batch_shape": batch_shape}
            self._check_agreement(input_tensor, dtype=dtype, sparse=sparse, ragged=ragged, **stated)
            batch_shape, dtype = input_tensor.shape, input_tensor.dtype
        elif batch_shape is None:
            if shape is None:
                raise ValueError(
                    f"InputLayer {self.name!r}: you must pass a `shape` argument. "
                    "Or pass `batch_shape`."
                )
            batch_shape = (batch_size, *standardize_shape(shape))
        else:
            for other, value in (("shape", shape), ("batch_size", batch_size)):
                if value is not None:
                    raise ValueError(
                        f"InputLayer {self.name!r}: you cannot pass both `{other}` and "
                        "`batch_shape`, for the latter states all. "
                        f"Received: {other}={value}, batch_shape={batch_shape}"
                    )
        for kind, value in (("sparse", sparse), ("ragged", ragged)):
            if value:
                raise ValueError(
                    f"InputLayer {self.name!r}: `{kind}=True` is not supported, as minikeras has "
                    "dense tensors only."
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

    def _check_agreement(self, tensor, **stated):
        """Refuse what contradicts the tensor that an input begins from."""
        if not isinstance(tensor, KerasTensor):
            raise ValueError(
                f"InputLayer {self.name!r}: Argument `input_tensor` must be a KerasTensor, a "
                f"symbolic tensor. Received: {tensor!r}"
            )
        shape = tuple(tensor.shape)
        found = {
            "shape": shape[1:],
            "batch_size": shape[0] if shape else None,
            "batch_shape": shape,
            "dtype": tensor.dtype,
            "sparse": False,
            "ragged": False,
        }
        for argument, value in stated.items():
            if value is None:
                continue
            given = standardize_shape(value) if argument.endswith("shape") else value
            given = standardize_dtype(given) if argument == "dtype" else given
            if given != found[argument]:
                raise ValueError(
                    f"InputLayer {self.name!r}: you cannot provide an incompatible `{argument}` "
                    f"beside `input_tensor`. Received: {argument}={value}, for a tensor of "
                    f"{argument} {found[argument]}"
                )

    def call(self):
        """Nothing: an input layer is given its value by the model."""

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
