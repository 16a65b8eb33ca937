"""The modes ``gptq`` and ``awq``: integers found by what the inputs of a layer look like.

Quantizing a layer only makes the variables. The floats stay in use until the model has seen data,
which `Model.quantize` sees to; see `minikeras.models.calibration`.
"""

import math

from minikeras import ops
from minikeras.backend.xp import asarray, np
from minikeras.dtype_policies import AWQDTypePolicy, GPTQDTypePolicy
from minikeras.layers.quantized.mode import Mode
from minikeras.ops.arguments import on_host
from minikeras.quantizers import AWQConfig, GPTQConfig, pack_int4, unpack_int4
from minikeras.quantizers.awq import awq_matrix
from minikeras.quantizers.gptq import gptq_matrix


class CalibratedMode(Mode):
    """Weights are ``(integers - zero) * scale``, as a matrix ``(outputs, inputs)``."""

    config_class = None
    policy_class = None

    def policy_name(self, config):
        """The name of the mode, the number of bits and the size of groups."""
        return config.dtype_policy_string()

    def variables(self, layer):
        """The names of the variables, in the order of files."""
        return ["bias", "quantized_kernel", "kernel_scale", "kernel_zero", "g_idx"]

    def _settings(self, layer, config):
        """The number of bits and the size of groups: those of the configuration or policy."""
        found = config if isinstance(config, self.config_class) else layer._own_dtype_policy
        if not isinstance(found, (self.config_class, self.policy_class)):
            raise ValueError(
                f"{type(layer).__name__} {layer.name!r}: the mode {self.name!r} needs a "
                f"{self.config_class.__name__}, or a dtype policy of the form "
                f"'{self.name}/<bits>/<group size>_from_float32'. Received: config={config!r}"
            )
        return found.weight_bits, found.group_size

    def build(self, layer, config):
        """Make integers, scales, zero points and the numbers of groups."""
        bits, group_size = self._settings(layer, config)
        inputs, outputs = layer._calibrated_sides()
        groups = 1 if group_size == -1 else math.ceil(inputs / group_size)
        layer._weight_bits = bits
        if hasattr(layer, f"{self.name}_unpacked_column_size"):
            setattr(layer, f"{self.name}_unpacked_column_size", outputs)
        packed = math.ceil(outputs / 2) if bits == 4 else outputs
        _add(layer, "quantized_kernel", "kernel", (packed, inputs), "zeros", "uint8")
        _add(layer, "kernel_scale", "kernel_scale", (outputs, groups), "ones")
        zero_name = layer._zero_point_name
        _add(layer, "kernel_zero", zero_name, (outputs, groups), "zeros", "uint8")
        self._build_more(layer, inputs)
        _add(layer, "g_idx", "g_idx", (inputs,), "zeros", "float32")
        self._mark(layer, False)

    def _build_more(self, layer, inputs):
        """Make variables of the mode's own."""

    def _mark(self, layer, is_calibrated):
        setattr(layer, f"is_{self.name}_calibrated", is_calibrated)

    def is_calibrated(self, layer):
        """Whether the integers are in use."""
        return getattr(layer, f"is_{self.name}_calibrated", False)

    def before_loading(self, layer):
        """Files hold calibrated layers."""
        self._mark(layer, True)

    def _integers(self, layer):
        if layer._weight_bits != 4:
            return layer.quantized_kernel
        outputs = layer._calibrated_sides()[1]
        return unpack_int4(layer.quantized_kernel, outputs, axis=0, dtype="uint8")

    def floats(self, layer):
        """The weight as floats again."""
        groups = ops.cast(layer.g_idx, "int32")
        dtype = layer.compute_dtype
        zero = ops.take(ops.cast(layer.kernel_zero, dtype), groups, axis=-1)
        integers = ops.cast(self._integers(layer), dtype)
        scale = ops.take(layer.kernel_scale, groups, axis=-1)
        return ops.transpose(ops.multiply(ops.subtract(integers, zero), scale))

    def product(self, layer, inputs, training):
        """The inputs times the weight."""
        if not self.is_calibrated(layer):
            return layer._product(inputs, layer._base)
        return layer._product(inputs, ops.reshape(self.floats(layer), layer._float_shape))

    def weight(self, layer):
        """The floats before calibration, the integers after it."""
        return self._integers(layer) if self.is_calibrated(layer) else layer._base

    def _take_over(self, layer, integers, scale, zero, groups, **others):
        """Put the results of a calibration into use, and forget the floats."""
        integers = asarray(integers.astype("uint8"))
        if layer._weight_bits == 4:
            integers, _, _ = pack_int4(integers, axis=0, dtype="uint8")
        values = {"quantized_kernel": integers, "kernel_scale": scale, "kernel_zero": zero}
        for name, value in {**values, "g_idx": groups, **others}.items():
            getattr(layer, name).assign(asarray(value))
        del layer._kernel
        self._mark(layer, True)

    def _float_matrix(self, layer):
        """The weight as a NumPy array of shape ``(outputs, inputs)``."""
        kernel = on_host(layer._base.value_in_own_dtype())
        return kernel.reshape(layer._calibrated_sides()).T


class Gptq(CalibratedMode):
    """Integers that make up for one another's errors; see `minikeras.quantizers.gptq`."""

    name = "gptq"
    config_class = GPTQConfig
    policy_class = GPTQDTypePolicy

    def observed(self, seen, x):
        """What is known of the inputs: their number and the mean of ``2 x x^T``."""
        x = ops.cast(x, "float32")
        before, mean = seen or (0, 0.0)
        count = before + x.shape[0]
        new = ops.multiply(ops.matmul(ops.transpose(x), x), 2.0 / count)
        return count, ops.add(ops.multiply(mean, before / count), new)

    def calibrate(self, layer, seen, config):
        """Find the integers by what is known of the inputs."""
        found = gptq_matrix(self._float_matrix(layer), on_host(seen[1]), config)
        self._take_over(layer, *found)


class Awq(CalibratedMode):
    """Integers of weights scaled by their inputs; see `minikeras.quantizers.awq`."""

    name = "awq"
    config_class = AWQConfig
    policy_class = AWQDTypePolicy

    def variables(self, layer):
        """The names of the variables, in the order of files."""
        return ["bias", "quantized_kernel", "kernel_scale", "kernel_zero", "awq_scales", "g_idx"]

    def _build_more(self, layer, inputs):
        _add(layer, "awq_scales", "awq_scales", (inputs,), "ones")

    def floats(self, layer):
        """The weight as floats again, without the factors of the inputs."""
        return ops.divide(super().floats(layer), ops.expand_dims(layer.awq_scales, -1))

    def observed(self, seen, x):
        """What is known of the inputs: their largest absolute values."""
        largest = ops.max(ops.abs(ops.cast(x, "float32")), axis=0)
        return largest if seen is None else ops.maximum(seen, largest)

    def calibrate(self, layer, seen, config):
        """Find the integers by what is known of the inputs."""
        weights = self._float_matrix(layer).astype(np.float32)
        *found, factors = awq_matrix(weights, on_host(seen), config)
        self._take_over(layer, *found, awq_scales=factors)


def _add(layer, attribute, name, shape, initializer, dtype=None):
    made = layer.add_weight(
        name=name, shape=shape, initializer=initializer, dtype=dtype, trainable=False
    )
    setattr(layer, attribute, made)
