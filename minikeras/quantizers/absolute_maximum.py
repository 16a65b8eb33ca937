"""Integers scaled so that the largest absolute value just fits."""

import math

from minikeras import ops
from minikeras.backend.xp import asarray, np
from minikeras.ops.arguments import on_host, tensor
from minikeras.serialization import Configurable


class Quantizer(Configurable):
    """The base of quantizers: what makes numbers of few bits of floats.

    Subclasses define ``__call__``, which returns the quantized tensor and the scale by which it is
    divided to get floats back.

    Args:
        output_dtype: the dtype of the quantized tensor.
    """

    def __init__(self, output_dtype="int8"):
        self.output_dtype = output_dtype

    def __call__(self, x):
        """The quantized ``x``; here ``x`` itself."""
        return x


class AbsMaxQuantizer(Quantizer):
    """Scales by the largest absolute value along axes, and rounds.

    Args:
        axis: the axes that share a scale: an integer or several. None leaves it to the call.
        value_range: the least and the greatest integer.
        epsilon: what is added to the largest absolute value, so that zeros can be scaled.
        output_dtype: the dtype of the integers.

    Raises:
        ValueError: if ``value_range`` does not fit into ``output_dtype``.

    >>> import minikeras as keras
    >>> quantizer = keras.quantizers.AbsMaxQuantizer(axis=-1)
    >>> integers, scale = quantizer(keras.ops.array([[1.5, -2.0, 0.5]]))
    >>> integers.tolist(), round(float(scale[0, 0]), 2)
    ([[95, -127, 32]], 63.5)
    """

    def __init__(self, axis=None, value_range=(-127, 127), epsilon=1e-07, output_dtype="int8"):
        super().__init__(output_dtype)
        self.axis = (axis,) if isinstance(axis, int) else None if axis is None else tuple(axis)
        self.value_range = tuple(value_range)
        self.epsilon = epsilon
        if output_dtype == "int8" and not -128 <= value_range[0] <= value_range[1] <= 127:
            raise ValueError(
                "With output_dtype='int8' the value_range must lie within (-128, 127). "
                f"Received: value_range={value_range}"
            )

    def __call__(self, x, axis=None, to_numpy=False):
        """The integers and the scale.

        Args:
            x: floats of any shape.
            axis: the axes that share a scale; by default those of the quantizer, or the last.
            to_numpy: whether to compute on the host.
        """
        if axis is None:
            axis = -1 if self.axis is None else self.axis
        return abs_max_quantize(
            x, axis, self.value_range, self.output_dtype, self.epsilon, to_numpy
        )

    # The axis is part of the configuration only where it is stated.
    config_omits = frozenset({"axis"})


def abs_max_quantize(
    inputs, axis, value_range=(-127, 127), dtype="int8", epsilon=1e-07, to_numpy=False
):
    """Integers scaled so that the largest absolute value along ``axis`` becomes the greatest one.

    Args:
        inputs: floats of any shape.
        axis: the axes that share a scale: an integer or several.
        value_range: the least and the greatest integer.
        dtype: the dtype of the integers.
        epsilon: what is added to the largest absolute value.
        to_numpy: whether to compute on the host, which saves memory on a GPU.

    Returns:
        The integers, and the scale with sides of 1 along ``axis``: ``integers / scale`` are the
        inputs again, but for rounding.

    >>> import minikeras as keras
    >>> integers, scale = keras.quantizers.abs_max_quantize([[1.5, -2.0], [4.0, 4.0]], axis=1)
    >>> integers.tolist(), scale.shape
    ([[95, -127], [127, 127]], (2, 1))
    """
    least, greatest = value_range
    if not to_numpy:
        inputs = ops.convert_to_tensor(inputs)
        largest = ops.max(ops.abs(inputs), axis=axis, keepdims=True)
        scale = ops.cast(ops.divide(greatest, ops.add(largest, epsilon)), inputs.dtype)
        integers = ops.clip(ops.round(ops.multiply(inputs, scale)), least, greatest)
        return ops.cast(integers, dtype), scale
    inputs = on_host(tensor(inputs))
    axis = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    scale = greatest / (np.abs(inputs).max(axis=axis, keepdims=True) + epsilon)
    integers = np.clip(np.round(inputs * scale), least, greatest)
    return asarray(integers.astype(dtype)), asarray(scale.astype(inputs.dtype))


def abs_max_quantize_grouped_with_zero_point(
    inputs, block_size, value_range=(-8, 7), dtype="int8", epsilon=1e-07, to_numpy=False
):
    """Integers with a scale and a zero point for each group of rows of a column.

    Args:
        inputs: floats of shape ``(rows, columns)``.
        block_size: the number of rows of a group; the last group may have fewer.
        value_range: the least and the greatest integer.
        dtype: the dtype of the integers.
        epsilon: what is added to the range of values of a group.
        to_numpy: whether to compute on the host. There a last group that is not full counts zeros
            for the missing rows, as in Keras.

    Returns:
        The integers of the shape of ``inputs``; scale and zero point, both of shape
        ``(groups, columns)``: ``(integers - zero) * scale`` are the inputs again, but for rounding.

    >>> import minikeras as keras
    >>> found = keras.quantizers.abs_max_quantize_grouped_with_zero_point(
    ...     keras.ops.array([[0.0], [15.0], [-8.0], [7.0]]), block_size=2
    ... )
    >>> [x.tolist() for x in (found[0], found[2])]
    [[[-8], [7], [-8], [7]], [[-8], [0]]]
    """
    least, greatest = value_range
    rows, columns = inputs.shape
    groups = math.ceil(rows / block_size)
    missing = groups * block_size - rows
    original = inputs.dtype if isinstance(inputs.dtype, str) else inputs.dtype.name
    x = on_host(tensor(inputs)) if to_numpy else tensor(inputs)
    library = np if to_numpy else ops
    if missing:
        x = library.concatenate([x, library.zeros((missing, columns), dtype=x.dtype)])
    x = library.reshape(x, (groups, block_size, columns))
    if to_numpy:
        low, high = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
        scale = (high - low + epsilon) / (greatest - least)
        zero = np.clip(np.round(-low / scale) + least, least, greatest)
        integers = np.clip(np.round(x / scale) + zero, least, greatest).astype(dtype)
        zero = zero.astype("int8")
    else:
        bits = int(math.log2(greatest - least + 1))
        scale, zero, _ = quantization_parameters(
            ops.transpose(tensor(inputs)), bits, group_size=block_size, epsilon=epsilon, signed=True
        )
        scale, zero = (ops.expand_dims(ops.transpose(y), 1) for y in (scale, zero))
        integers = ops.add(ops.round(ops.divide(x, scale)), ops.cast(zero, x.dtype))
        integers = ops.cast(ops.clip(integers, least, greatest), dtype)
    integers = library.reshape(integers, (groups * block_size, columns))[:rows]
    scale, zero = library.squeeze(scale, 1), library.squeeze(zero, 1)
    if to_numpy:
        integers, scale, zero = asarray(integers), asarray(scale.astype(original)), asarray(zero)
    return integers, scale, zero


def quantization_parameters(
    x, bits, symmetric=False, per_channel=True, group_size=-1, epsilon=0.0, signed=False
):
    """Scales and zero points for the rows of a matrix, or for groups of their columns.

    Args:
        x: floats of shape ``(outputs, inputs)``.
        bits: the number of bits of the integers.
        symmetric: whether the range of values is made symmetric about zero.
        per_channel: whether each row has its own; else all share one.
        group_size: how many columns share one; -1 for all.
        epsilon: what is added to ranges of values.
        signed: whether the integers begin at ``-2 ** (bits - 1)`` or at 0.

    Returns:
        Scale and zero point, both of shape ``(outputs, groups)``, and the greatest integer of as
        many bits without a sign.
    """
    outputs, inputs = x.shape
    groups = math.ceil(inputs / group_size) if per_channel and group_size > 0 else 1
    if groups > 1:
        missing = groups * group_size - inputs
        x = ops.reshape(ops.pad(x, [[0, 0], [0, missing]]), (outputs, groups, group_size))
    else:
        x = ops.reshape(x, (outputs if per_channel else 1, 1, -1))
    low, high = ops.min(x, axis=-1), ops.max(x, axis=-1)
    if symmetric:
        high = ops.maximum(ops.abs(low), high)
        low = ops.where(ops.less(low, 0), ops.negative(high), low)
    is_point = ops.equal(low, high)
    low = ops.where(is_point, ops.subtract(low, 1), low)
    high = ops.where(is_point, ops.add(high, 1), high)
    greatest = 2**bits - 1
    scale = ops.divide(ops.add(ops.subtract(high, low), epsilon), greatest)
    scale = ops.where(ops.less_equal(scale, 0), 1e-8, scale)
    least = -(2 ** (bits - 1)) if signed else 0
    if symmetric:
        zero = ops.full_like(scale, (greatest + 1) / 2 + least)
    else:
        zero = ops.add(ops.round(ops.divide(ops.negative(low), scale)), least)
    if signed:
        zero = ops.clip(zero, least, least + greatest)
    if not per_channel:
        scale, zero = (ops.broadcast_to(y, (outputs, 1)) for y in (scale, zero))
    return scale, ops.cast(zero, "int8" if signed else "uint8"), greatest
