"""The mode ``float8``: training with products of floats of eight bits.

Micikevicius et al. 2022, "FP8 formats for deep learning". The weight stays a variable of floats.
Inputs and weight are rounded to ``e4m3`` before each product, the gradient of its output to
``e5m2``, each with a scale that follows from the largest values of the last steps. The new scales
are given out as the gradients of the old ones, which the optimizer puts in their place.
"""

from minikeras import ops
from minikeras.backend.autodiff import custom_gradient
from minikeras.backend.quantization import round_to_bits
from minikeras.dtype_policies import QuantizedFloat8DTypePolicy
from minikeras.layers.quantized.mode import Mode
from minikeras.quantizers import (
    compute_float8_amax_history,
    compute_float8_scale,
    quantize_and_dequantize,
)
from minikeras.quantizers.float8 import greatest

_TENSORS = ("inputs", "kernel", "outputs_grad")
_FORWARD, _BACKWARD = "float8_e4m3fn", "float8_e5m2"


class Float8(Mode):
    """Products of floats of eight bits."""

    name = "float8"
    keeps_floats = True

    def variables(self, layer):
        """The names of the variables, in the order of files."""
        own = [f"{t}_{kind}" for t in _TENSORS for kind in ("scale", "amax_history")]
        return [layer.adaptable, *layer._other_variables(), *own]

    def build(self, layer, config):
        """Make a scale and a history of largest values for each of the three tensors."""
        length = getattr(
            layer.dtype_policy,
            "amax_history_length",
            QuantizedFloat8DTypePolicy.default_amax_history_length,
        )
        for name in _TENSORS:
            for kind, shape, initializer in (
                ("scale", (), "ones"),
                ("amax_history", (length,), "zeros"),
            ):
                made = layer.add_weight(
                    name=f"{name}_{kind}",
                    shape=shape,
                    initializer=initializer,
                    dtype="float32",
                    autocast=False,
                    overwrite_with_gradient=True,
                )
                setattr(layer, f"{name}_{kind}", made)

    def product(self, layer, inputs, training):
        """The inputs times the weight, both rounded."""
        dtype = layer.compute_dtype
        x = _rounded(inputs, layer.inputs_scale, layer.inputs_amax_history, dtype, training)
        kernel = _rounded(
            layer._base, layer.kernel_scale, layer.kernel_amax_history, dtype, training
        )
        return _with_rounded_gradient(
            layer._product(x, kernel),
            layer.outputs_grad_scale,
            layer.outputs_grad_amax_history,
            dtype,
        )

    def bias(self, layer):
        """The bias; in float32 it is rounded to the 8 significant bits of bfloat16, as in Keras."""
        if layer.bias is None or layer.compute_dtype != "float32":
            return layer.bias
        return _shortened(layer.bias)


def _rounded(x, scale, history, dtype, training):
    """``x`` rounded to eight bits; its gradient passes unchanged."""

    @custom_gradient
    def rounded(x, scale, history):
        updates = _updated(x, scale, history, _FORWARD) if training else (None, None)
        outputs = quantize_and_dequantize(x, scale, _FORWARD, dtype)
        return outputs, lambda gradient: (gradient, *updates)

    return rounded(x, scale, history)


def _with_rounded_gradient(x, scale, history, dtype):
    """``x``, whose gradient is rounded to eight bits."""

    @custom_gradient
    def identity(x, scale, history):
        def way_back(gradient):
            rounded = quantize_and_dequantize(gradient, scale, _BACKWARD, dtype)
            return rounded, *_updated(gradient, scale, history, _BACKWARD)

        return x, way_back

    return identity(x, scale, history)


def _updated(x, scale, history, name):
    """The scale that the last steps ask for, and their largest values with that of ``x``."""
    new_scale = compute_float8_scale(ops.max(history), scale, greatest(name))
    return new_scale, compute_float8_amax_history(x, history)


@custom_gradient
def _shortened(x):
    def shorten(y):
        return round_to_bits(ops.cast(y, "float32"), bits=7, least_exponent=-126)

    return shorten(x), shorten
