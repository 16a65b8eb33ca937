"""Floats of eight bits: rounding to them, and the scales of training with them.

Micikevicius et al. 2022, "FP8 formats for deep learning". NumPy has no such dtypes, so their values
are kept as floats of more bits.
"""

from minikeras import ops
from minikeras.backend.quantization import round_to_bits
from minikeras.symbolic.operation import op

# Name -> bits behind the point, the exponent of the least normal number, the greatest number.
FORMATS = {
    "float8_e4m3fn": (3, -6, 448.0),
    "float8_e5m2": (2, -14, 57344.0),
}


def greatest(name):
    """The greatest number of the format ``name``.

    Raises:
        ValueError: if there is no such format.
    """
    if name not in FORMATS:
        raise ValueError(f"Expected one of the formats {sorted(FORMATS)}. Received: {name!r}")
    return FORMATS[name][2]


@op
def quantize_and_dequantize(inputs, scale, quantized_dtype, compute_dtype):
    """``inputs`` rounded to what a float of eight bits can hold, times ``scale``.

    Args:
        inputs: floats of any shape.
        scale: what they are divided by before, and multiplied by after; of any shape that
            broadcasts.
        quantized_dtype: ``"float8_e4m3fn"`` or ``"float8_e5m2"``.
        compute_dtype: the dtype of the result.

    >>> import minikeras as keras
    >>> keras.quantizers.quantize_and_dequantize(
    ...     keras.ops.array([1.0, 1.1, 1000.0]), 1.0, "float8_e4m3fn", "float32"
    ... ).tolist()
    [1.0, 1.125, 448.0]
    """
    most = greatest(quantized_dtype)
    bits, least_exponent, _ = FORMATS[quantized_dtype]
    scale = ops.cast(scale, compute_dtype)
    x = ops.clip(ops.divide(ops.cast(inputs, compute_dtype), scale), -most, most)
    return ops.multiply(round_to_bits(x, bits=bits, least_exponent=least_exponent), scale)


@op
def compute_float8_scale(amax, scale, dtype_max, margin=0):
    """The scale by which a tensor fits into floats of eight bits.

    Args:
        amax: the largest absolute value lately; where it is 0 or not finite the scale stays.
        scale: the scale so far.
        dtype_max: the greatest number of the format.
        margin: the binary logarithm of the room that is left above.

    >>> import minikeras as keras
    >>> float(keras.quantizers.compute_float8_scale(224.0, 1.0, 448.0))
    0.5
    """
    amax, scale = ops.convert_to_tensor(amax), ops.convert_to_tensor(scale)
    factor = ops.divide(ops.divide(dtype_max, amax), 2**margin)
    is_usable = ops.logical_and(ops.greater(amax, 0.0), ops.isfinite(amax))
    return ops.reciprocal(ops.where(is_usable, factor, ops.reciprocal(scale)))


@op
def compute_float8_amax_history(x, amax_history):
    """The largest absolute values of the last steps, that of ``x`` put at the beginning.

    Args:
        x: a tensor.
        amax_history: shape ``(steps,)``, the latest first, then from the oldest on.

    >>> import minikeras as keras
    >>> history = keras.ops.array([3.0, 1.0, 2.0])
    >>> keras.quantizers.compute_float8_amax_history([-5.0, 4.0], history).tolist()
    [5.0, 2.0, 3.0]
    """
    amax_history = ops.convert_to_tensor(amax_history)
    latest = ops.cast(ops.max(ops.abs(x)), amax_history.dtype)
    rolled = ops.roll(amax_history, shift=-1)
    return ops.concatenate([ops.reshape(latest, (1,)), rolled[1:]])
