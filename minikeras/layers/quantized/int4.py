"""The mode ``int4``: weights of half a byte, with a scale for each output or group of inputs."""

import math

from minikeras import ops
from minikeras.dtype_policies import Int4DTypePolicy
from minikeras.layers.quantized.mode import IntegerMode
from minikeras.quantizers import (
    AbsMaxQuantizer,
    Int4QuantizationConfig,
    QuantizationConfig,
    abs_max_quantize_grouped_with_zero_point,
    pack_int4,
    unpack_int4,
)


class Int4(IntegerMode):
    """Weights are ``integers / scale``, or in groups ``(integers - zero) * scale``.

    The weight is kept as a matrix, two integers to a byte.
    """

    name = "int4"

    def policy_name(self, config):
        """``int4/block size``; -1 for no blocks."""
        return f"int4/{_stated_block(config) or -1}"

    def variables(self, layer):
        """The names of the variables, in the order of files."""
        name = layer.adaptable
        extra = [
            n
            for p in layer._extra_parts()
            for n in (p.attribute, f"{p.name}_scale", f"{p.name}_zero")
        ]
        own = [f"{name}_scale", f"{name}_zero", "g_idx"]
        return [name, *layer._other_variables(), *own, *extra]

    def build(self, layer, config):
        """Make packed integers and scales, and for groups zero points and numbers of groups."""
        layer.inputs_quantizer = layer._chosen_inputs_quantizer(config, None)
        block = _block_size(layer, config)
        layer._int4_block_size = block
        for i, part in enumerate(layer._parts()):
            packed = list(part.matrix_shape)
            packed[part.pack_axis] = math.ceil(packed[part.pack_axis] / 2)
            integers = layer.add_weight(
                name=part.name, shape=packed, initializer="zeros", dtype="int8", trainable=False
            )
            setattr(layer, part.attribute, integers)
            _add(layer, f"{part.name}_scale", _scale_shape(part, block), "ones")
            if block is None:
                continue
            _add(layer, f"{part.name}_zero", _scale_shape(part, block), "zeros", part.zero_dtype)
            if i:  # the other parts fall into the same groups
                continue
            inputs = part.matrix_shape[part.group_axis]
            _add(layer, "g_idx", (inputs,), "zeros", "float32")
            groups = ops.floor_divide(ops.arange(inputs, dtype="float32"), block)
            layer.g_idx.assign(groups)

    def compressed(self, layer, part, floats, config):
        """The values of the variables for a weight, by the attributes that hold them."""
        block = _block_size(layer, config)
        matrix = ops.reshape(floats, part.matrix_shape)
        found = {}
        if block is None:
            quantizer = QuantizationConfig.weight_quantizer_or_default(
                config, AbsMaxQuantizer(axis=part.group_axis, value_range=(-8, 7))
            )
            integers, scale = quantizer(matrix, to_numpy=True)
            scale = ops.squeeze(scale, part.group_axis)
        else:
            if part.group_axis == 1:
                matrix = ops.transpose(matrix)
            three = abs_max_quantize_grouped_with_zero_point(matrix, block, to_numpy=True)
            if part.group_axis == 1:
                three = [ops.transpose(x) for x in three]
            integers, scale, found[f"{part.name}_zero"] = three
        packed, _, _ = pack_int4(integers, axis=part.pack_axis)
        return {part.attribute: packed, f"{part.name}_scale": scale, **found}

    def _matrix(self, layer, part):
        length = part.matrix_shape[part.pack_axis]
        return unpack_int4(getattr(layer, part.attribute), length, axis=part.pack_axis)

    def floats(self, layer, part):
        """The weight as floats again."""
        axis = part.group_axis
        matrix = ops.cast(self._matrix(layer, part), layer.compute_dtype)
        scale = getattr(layer, f"{part.name}_scale")
        if layer._int4_block_size is None:
            matrix = ops.divide(matrix, ops.expand_dims(scale, axis))
        else:
            groups = ops.cast(layer.g_idx, "int32")
            zero = ops.cast(getattr(layer, f"{part.name}_zero"), layer.compute_dtype)
            matrix = ops.subtract(matrix, ops.take(zero, groups, axis=axis))
            matrix = ops.multiply(matrix, ops.take(scale, groups, axis=axis))
        return ops.reshape(ops.cast(matrix, layer.compute_dtype), part.shape)

    def weight(self, layer):
        """The integers; with a low-rank addition the floats that they stand for, and it."""
        part = layer._parts()[0]
        if not layer.lora_enabled:
            return ops.reshape(self._matrix(layer, part), part.shape)
        return ops.add(self.floats(layer, part), layer._addition())


def _add(layer, name, shape, initializer, dtype=None):
    made = layer.add_weight(
        name=name, shape=shape, initializer=initializer, dtype=dtype, trainable=False
    )
    setattr(layer, name, made)


def _scale_shape(part, block):
    shape = list(part.matrix_shape)
    if block is None:
        del shape[part.group_axis]
    else:
        shape[part.group_axis] = math.ceil(shape[part.group_axis] / block)
    return tuple(shape)


def _stated_block(config):
    """The block size of a configuration; None for no blocks."""
    block = getattr(config, "block_size", None)
    return None if block == -1 else block


def _block_size(layer, config):
    """How many inputs share a scale, by the configuration or by the layer's policy."""
    if isinstance(config, Int4QuantizationConfig):
        return _stated_block(config)
    if isinstance(layer._own_dtype_policy, Int4DTypePolicy):
        return _stated_block(layer._own_dtype_policy)
    return None
