"""Quantization for show: floats rounded to the steps that integers would allow."""

from minikeras import ops
from minikeras.backend.autodiff import custom_gradient
from minikeras.backend.dtypes import result_type
from minikeras.symbolic.operation import op


@op
def fake_quant_with_min_max_vars(
    inputs, min_vals, max_vals, num_bits=8, narrow_range=False, axis=None
):
    """``inputs`` held between two bounds and rounded to one of ``2 ** num_bits`` values there.

    Jacob et al. 2018, "Quantization and training of neural networks for efficient
    integer-arithmetic-only inference", section 3. The bounds are moved a little, so that zero is
    one of the values.

    Args:
        inputs: floats of any shape.
        min_vals, max_vals: the bounds: numbers, or with ``axis`` one for each place along it.
        num_bits: the number of bits.
        narrow_range: whether one value less is used, so that the range can be symmetric.
        axis: the axis along which the bounds vary; None for one pair of bounds.

    The gradient of the inputs is that of the outputs between the bounds and 0 beyond; a bound has
    the sum of the gradients of the outputs that it holds back.

    >>> import minikeras as keras
    >>> keras.quantizers.fake_quant_with_min_max_vars(
    ...     keras.ops.array([-0.3, 0.2, 2.9]), 0.0, 3.0, num_bits=2
    ... ).tolist()
    [0.0, 0.0, 3.0]
    """
    inputs = ops.convert_to_tensor(inputs)
    rank = len(inputs.shape)
    shape = None
    if axis is not None:
        shape = [1] * rank
        shape[axis] = -1
    least, greatest = int(narrow_range), 2 ** int(num_bits) - 1

    @custom_gradient
    def rounded(x, low, high):
        given = low.shape, high.shape
        dtype = result_type(low.dtype, "float32")
        low, high = ops.cast(low, dtype), ops.cast(high, dtype)
        if shape is not None:
            low, high = ops.reshape(low, shape), ops.reshape(high, shape)
        step = ops.divide(ops.subtract(high, low), greatest - least)
        per_step = ops.divide(greatest - least, ops.subtract(high, low))
        zero = ops.subtract(least, ops.divide(low, step))
        zero = ops.round(ops.clip(zero, least, greatest))
        low = ops.multiply(ops.subtract(least, zero), step)
        high = ops.multiply(ops.subtract(greatest, zero), step)
        above = ops.subtract(ops.clip(ops.cast(x, dtype), low, high), low)
        first = ops.floor(ops.add(ops.multiply(ops.negative(low), per_step), 0.5))
        count = ops.subtract(ops.multiply(above, per_step), first)
        outputs = ops.multiply(ops.floor(ops.add(count, 0.5)), step)

        def way_back(gradient):
            is_low, is_high = ops.less_equal(x, low), ops.greater_equal(x, high)
            within = ops.logical_and(ops.greater_equal(x, low), ops.less_equal(x, high))
            others = None if axis is None else [i for i in range(rank) if i != axis % rank]
            bounds = [
                ops.reshape(ops.sum(ops.where(held, gradient, 0.0), axis=others), one)
                for held, one in zip((is_low, is_high), given)
            ]
            return [ops.where(within, gradient, 0.0), *bounds]

        return ops.cast(outputs, x.dtype), way_back

    return rounded(inputs, ops.convert_to_tensor(min_vals), ops.convert_to_tensor(max_vals))
