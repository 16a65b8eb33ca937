"""Hashing: values put into bins by their hash, without a vocabulary."""

import numpy as np

from minikeras import config
from minikeras.backend.hashing import bins_of, decimal
from minikeras.backend.strings import bytes_of, is_strings
from minikeras.layers.preprocessing.data_layer import (
    HostLayer,
    check_output_mode,
    host_array,
    refuse_sparse,
)
from minikeras.layers.preprocessing.encoding import encode
from minikeras.ops.arguments import tensor
from minikeras.symbolic.keras_tensor import KerasTensor


class Hashing(HostLayer):
    """Puts strings or integers into ``num_bins`` bins by their hash.

    The hash is FarmHash's Fingerprint64 of the string, or of the decimal digits of an integer;
    floats lose what is behind the point. With a ``salt`` it is SipHash-2-4, under a key that nobody
    else needs to know. The bins are those of Keras on TensorFlow.

    Args:
        num_bins: how many bins there are, that of ``mask_value`` included.
        mask_value: a value that goes to bin 0, where nothing else goes then.
        salt: an integer or two, the key of SipHash.
        output_mode: ``"int"``, or ``"one_hot"``, ``"multi_hot"`` or ``"count"`` as in
            `CategoryEncoding`.
        sparse: only False is possible: tensors are dense.
        **kwargs: those of `Layer`. ``dtype`` is int64 for ``"int"``, or else floatx.

    >>> import minikeras as keras
    >>> keras.layers.Hashing(num_bins=3)([["A"], ["B"], ["C"], ["D"], ["E"]]).tolist()
    [[1], [0], [1], [1], [2]]
    """

    def __init__(
        self, num_bins, mask_value=None, salt=None, output_mode="int", sparse=False, **kwargs
    ):
        if kwargs.get("dtype") is None:
            kwargs["dtype"] = "int64" if output_mode == "int" else config.floatx()
        super().__init__(**kwargs)
        refuse_sparse(self, sparse)
        if num_bins is None or num_bins <= 0:
            raise ValueError(
                f"Hashing {self.name!r}: num_bins must be positive. Received: {num_bins!r}"
            )
        modes = ("int", "one_hot", "multi_hot", "count")
        if output_mode not in modes:
            check_output_mode(self, None, modes)
        if output_mode == "int" and self.compute_dtype not in ("int32", "int64"):
            raise ValueError(
                f"Hashing {self.name!r}: with output_mode='int' the dtype must be 'int32' or "
                f"'int64'. Received: {kwargs['dtype']!r}"
            )
        self.num_bins = num_bins
        self.mask_value = mask_value
        self.salt = salt_of(self, salt)
        self.output_mode = output_mode
        self.sparse = False

    def call(self, inputs):
        """The bins of ``inputs``, or their encoding."""
        values = host_array(inputs)
        if self.output_mode == "one_hot" and values.shape[-1:] == (1,):
            values = values[..., 0]
        bins = tensor(self._bins(values))
        return encode(bins, self.output_mode, self.num_bins, self.compute_dtype)

    def _bins(self, values):
        has_mask = self.mask_value is not None and self.num_bins > 1
        if is_strings(values):
            texts, shape = bytes_of(values, f"Hashing {self.name!r}")
            if has_mask:
                mask = _as_bytes(self.mask_value)
                is_masked = np.array([t == mask for t in texts], bool).reshape(shape)
        else:
            is_masked = values == self.mask_value if has_mask else None
            texts, shape = _digits(values), values.shape
        bins = bins_of(texts, self.num_bins - has_mask, self.salt).reshape(shape)
        return np.where(is_masked, 0, bins + 1) if has_mask else bins

    def compute_output_shape(self, input_shape):
        """The shape of the outputs for that of the inputs."""
        return self.compute_output_spec(KerasTensor(input_shape, "int64")).shape

    def _config_names(self):
        return ["num_bins", "mask_value", "salt", "output_mode", "sparse"]


def _as_bytes(value):
    return value.encode() if isinstance(value, str) else value


def _digits(values):
    if values.dtype.kind == "b":
        return [b"true" if v else b"false" for v in values.ravel().tolist()]
    return decimal(values.astype(np.int64) if values.dtype.kind == "f" else values)


def salt_of(layer, salt):
    """``salt`` as two integers, or None.

    Raises:
        ValueError: if it is neither an integer nor two.
    """
    if salt is None:
        return None
    if isinstance(salt, int):
        return [salt, salt]
    if isinstance(salt, (tuple, list)) and len(salt) == 2:
        return list(salt)
    raise ValueError(
        f"{type(layer).__name__}: salt must be an integer or two of them. Received: {salt!r}"
    )
