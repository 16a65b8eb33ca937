"""CategoryEncoding: integers as one-hot rows, multi-hot rows or counts."""

from minikeras import ops
from minikeras.layers.preprocessing.data_layer import DataLayer, check_output_mode, refuse_sparse
from minikeras.layers.preprocessing.encoding import encode
from minikeras.ops.arguments import tensor
from minikeras.symbolic.inference import infer_output
from minikeras.symbolic.keras_tensor import KerasTensor


class CategoryEncoding(DataLayer):
    """Encodes integers from 0 to ``num_tokens - 1``.

    Args:
        num_tokens: how many different integers there are. Others count as none.
        output_mode: ``"one_hot"``: each integer becomes a row with a single 1, of shape
            ``(..., num_tokens)``; a last axis of length 1 makes room for it. ``"multi_hot"``: a row
            for each sample, 1 wherever an integer occurs in it. ``"count"``: how often it occurs.
        sparse: only False is possible: tensors are dense.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> keras.layers.CategoryEncoding(4, output_mode="count")([[0, 1, 1], [3, 0, 3]]).tolist()
    [[1.0, 2.0, 0.0, 0.0], [1.0, 0.0, 0.0, 2.0]]
    """

    def __init__(self, num_tokens=None, output_mode="multi_hot", sparse=False, **kwargs):
        super().__init__(**kwargs)
        refuse_sparse(self, sparse)
        if num_tokens is None or num_tokens < 1:
            why = "must be set to use this layer" if num_tokens is None else "must be >= 1"
            raise ValueError(
                f"CategoryEncoding {self.name!r}: `num_tokens` {why}. Where the number of tokens "
                f"is not known, use IntegerLookup. Received: {num_tokens!r}"
            )
        self.num_tokens = num_tokens
        self.output_mode = check_output_mode(self, output_mode, ("count", "one_hot", "multi_hot"))
        self.sparse = False
        self._build_at_init()

    def __call__(self, inputs, *args, **kwargs):
        # Lists are one tensor here, not several inputs.
        return super().__call__(_joined(inputs), *args, **kwargs)

    def call(self, inputs, count_weights=None):
        """The encoding of ``inputs``.

        Args:
            inputs: an integer tensor of shape ``(samples, tokens)``, ``(tokens,)`` or ``()``.
            count_weights: for ``"count"``: what each entry counts, of the shape of ``inputs``.
        """
        if count_weights is not None:
            if self.output_mode != "count":
                raise ValueError(
                    f"CategoryEncoding {self.name!r}: count_weights only make sense with "
                    f"output_mode='count'. Received: output_mode={self.output_mode!r}"
                )
            count_weights = tensor(_joined(count_weights), self.compute_dtype)
        return encode(inputs, self.output_mode, self.num_tokens, self.compute_dtype, count_weights)

    def compute_output_spec(self, inputs, count_weights=None):
        """The outputs as symbolic tensors, for symbolic inputs."""
        return infer_output(self.call, (inputs, count_weights), {})

    def compute_output_shape(self, input_shape):
        """The shape of the outputs for that of the inputs."""
        return self.compute_output_spec(KerasTensor(input_shape, "int32")).shape

    def _config_names(self):
        return ["num_tokens", "output_mode"]


def _joined(x):
    return ops.convert_to_tensor(x) if isinstance(x, (list, tuple, int)) else x
