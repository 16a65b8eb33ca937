"""HashedCrossing: several features as one, by the hash of their values taken together."""

import numpy as np

from minikeras.backend.hashing import cross_fingerprints, fingerprint64
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


class HashedCrossing(HostLayer):
    """Puts the values of two or more features, taken together, into ``num_bins`` bins.

    Strings stand for their FarmHash fingerprints and integers for themselves; what is hashed is
    the sequence of them. The bins are those of Keras on TensorFlow.

    Args:
        num_bins: how many bins there are.
        output_mode: ``"int"`` or ``"one_hot"``.
        sparse: only False is possible: tensors are dense.
        name: a string.
        dtype: of the outputs: int64 for ``"int"``, or else floatx.

    Called on a list of tensors of equal shapes, ``()``, ``(batch,)`` or ``(batch, 1)``, of
    strings or integers.

    >>> import minikeras as keras
    >>> layer = keras.layers.HashedCrossing(num_bins=5)
    >>> layer([["A", "B", "A"], [101, 101, 102]]).shape
    (3,)
    """

    def __init__(self, num_bins, output_mode="int", sparse=False, name=None, dtype=None, **kwargs):
        if output_mode == "int" and dtype is None:
            dtype = "int64"
        super().__init__(name=name, dtype=dtype, **kwargs)
        refuse_sparse(self, sparse)
        self.num_bins = num_bins
        self.output_mode = check_output_mode(self, output_mode, ("int", "one_hot"))
        self.sparse = False

    def _on_host(self, inputs):
        if not isinstance(inputs, (list, tuple)) or len(inputs) < 2:
            raise ValueError(
                f"HashedCrossing {self.name!r} should be called on a list of at least two inputs. "
                f"Received: {inputs!r}"
            )
        return [x if isinstance(x, KerasTensor) else host_array(x) for x in inputs]

    def call(self, inputs):
        """The bins of the values taken together, or their one-hot form."""
        arrays = [host_array(x) for x in inputs]
        shape = arrays[0].shape
        if any(x.shape != shape for x in arrays) or len(shape) > 2 or shape[1:] not in ((), (1,)):
            raise ValueError(
                f"HashedCrossing {self.name!r}: the inputs must have the same shape, (), (batch,) "
                f"or (batch, 1). Received shapes: {[x.shape for x in arrays]}"
            )
        hashes = cross_fingerprints([self._column(x) for x in arrays])
        bins = (hashes % np.uint64(self.num_bins)).astype(np.int64).reshape(shape)
        return encode(tensor(bins), self.output_mode, self.num_bins, self.compute_dtype)

    def _column(self, values):
        if is_strings(values):
            return fingerprint64(bytes_of(values, f"HashedCrossing {self.name!r}")[0])
        if values.dtype.kind not in "iu":
            raise ValueError(
                f"HashedCrossing {self.name!r} crosses integers and strings. "
                f"Received an input of dtype {values.dtype.name}"
            )
        return values.ravel().astype(np.int64).view(np.uint64)

    def compute_output_shape(self, input_shape):
        """The shape of the outputs for a list of the shapes of the inputs."""
        return self.compute_output_spec([KerasTensor(s, "int64") for s in input_shape]).shape

    def get_config(self):
        """The constructor's arguments as plain values."""
        return {
            "num_bins": self.num_bins,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
            "name": self.name,
            "dtype": self.dtype,
        }
