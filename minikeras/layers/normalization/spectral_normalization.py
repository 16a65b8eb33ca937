"""SpectralNormalization: a layer whose kernel is kept at spectral norm 1."""

from minikeras import initializers, ops
from minikeras.layers.core.wrapper import Wrapper
from minikeras.layers.input_spec import InputSpec


class SpectralNormalization(Wrapper):
    """Divides the kernel of a layer by its largest singular value (Miyato et al. 2018).

    The singular value is estimated by power iteration (algorithm 1 of the paper) from a vector
    that is kept from call to call. Each call in training replaces the kernel of the layer by the
    divided one; calls in inference use the kernel as the last training left it. A kernel of zeros
    stays.

    Args:
        layer: a layer with a weight ``kernel`` or ``embeddings``; its last axis is that of the
            outputs, the others are taken together.
        power_iterations: how many iterations each call in training makes.
        **kwargs: those of `Layer`.

    >>> import minikeras as keras
    >>> layer = keras.layers.SpectralNormalization(keras.layers.Dense(2), power_iterations=9)
    >>> y = layer(keras.ops.ones((1, 3)), training=True)
    >>> singular_values = keras.ops.svd(layer.layer.kernel, compute_uv=False)
    >>> round(float(keras.ops.max(singular_values)), 2)
    1.0
    """

    def __init__(self, layer, power_iterations=1, **kwargs):
        super().__init__(layer, **kwargs)
        if not isinstance(power_iterations, int) or power_iterations < 1:
            raise ValueError(
                f"SpectralNormalization {self.name!r}: `power_iterations` should be greater than "
                f"zero, and an integer. Received: {power_iterations!r}"
            )
        self.power_iterations = power_iterations

    def build(self, input_shape):
        """Build the layer within and make the vector of the power iteration."""
        super().build(input_shape)
        self.input_spec = InputSpec(min_ndim=1, axes={-1: input_shape[-1]})
        kernel = getattr(self.layer, "kernel", None)
        if kernel is None:
            kernel = getattr(self.layer, "embeddings", None)
        if kernel is None:
            raise ValueError(
                f"SpectralNormalization {self.name!r}: a {type(self.layer).__name__} has neither "
                "a kernel nor embeddings to normalize"
            )
        self.kernel = kernel
        self.kernel_shape = tuple(kernel.shape)
        self.vector_u = self.add_weight(
            name="vector_u",
            shape=(1, self.kernel_shape[-1]),
            initializer=initializers.TruncatedNormal(stddev=0.02),
            trainable=False,
            dtype=kernel.dtype,
        )

    def call(self, inputs, training=False):
        """What the layer computes of the inputs, in training with a newly divided kernel."""
        if training:
            vector_u, kernel = self.normalized_weights()
            self.vector_u.assign(vector_u)
            self.kernel.assign(kernel)
        outputs = self.layer(inputs)
        # Inputs of an Embedding are integers, which its outputs must not become.
        return ops.cast(outputs, inputs.dtype) if inputs.dtype.kind == "f" else outputs

    def normalized_weights(self):
        """The next ``vector_u``, and the kernel over its estimated largest singular value.

        As in the paper, the vectors are constants to the gradient.
        """
        # As stored: half precision is too coarse for the iteration.
        kernel = self.kernel.value_in_own_dtype()
        u = before = self.vector_u.value_in_own_dtype()
        matrix = ops.reshape(kernel, (-1, self.kernel_shape[-1]))  # (rows, outputs)
        constant = ops.stop_gradient(matrix)
        for _ in range(self.power_iterations):
            v = ops.normalize(ops.matmul(u, ops.transpose(constant)), axis=None)  # (1, rows)
            u = ops.normalize(ops.matmul(v, constant), axis=None)  # (1, outputs)
        sigma = ops.matmul(ops.matmul(v, matrix), ops.transpose(u))
        # Chosen without asking the host, which would have to wait for a GPU.
        is_zero = ops.all(ops.equal(constant, 0))
        divided = ops.divide(kernel, ops.where(is_zero, 1.0, sigma))
        return ops.where(is_zero, before, u), ops.reshape(divided, self.kernel_shape)
