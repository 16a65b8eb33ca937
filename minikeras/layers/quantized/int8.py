"""The mode ``int8``: weights of one byte, with one scale for each output."""

from minikeras import ops
from minikeras.layers.quantized.mode import IntegerMode
from minikeras.quantizers import AbsMaxQuantizer, QuantizationConfig


class Int8(IntegerMode):
    """Weights are ``integers / scale``; inputs of products are rounded likewise."""

    name = "int8"

    def variables(self, layer):
        """The names of the variables, in the order of files."""
        extra = [n for p in layer._extra_parts() for n in (p.attribute, f"{p.name}_scale")]
        return [
            layer.adaptable,
            *layer._other_variables(),
            f"{layer.adaptable}_scale",
            *extra,
        ]

    def build(self, layer, config):
        """Make integers and scales."""
        layer.inputs_quantizer = layer._chosen_inputs_quantizer(config, AbsMaxQuantizer())
        for part in layer._parts():
            integers = layer.add_weight(
                name=part.name, shape=part.shape, initializer="zeros", dtype="int8", trainable=False
            )
            setattr(layer, part.attribute, integers)
            scale = layer.add_weight(
                name=f"{part.name}_scale",
                shape=part.scale_shape,
                initializer="ones",
                trainable=False,
            )
            setattr(layer, f"{part.name}_scale", scale)

    def compressed(self, layer, part, floats, config):
        """The values of the variables for a weight, by the attributes that hold them."""
        quantizer = QuantizationConfig.weight_quantizer_or_default(
            config, AbsMaxQuantizer(axis=part.reduced)
        )
        integers, scale = quantizer(floats, to_numpy=True)
        return {part.attribute: integers, f"{part.name}_scale": part.kept_scale(scale)}

    def floats(self, layer, part):
        """The weight as floats again."""
        scale = part.scale_beside(getattr(layer, f"{part.name}_scale"))
        return ops.divide(ops.cast(getattr(layer, part.attribute), layer.compute_dtype), scale)

    def rows(self, layer, part, indices):
        """Rows of the weight, a table, as floats: only those are converted."""
        rows = ops.take(getattr(layer, part.attribute), indices, axis=0)
        scale = ops.take(getattr(layer, f"{part.name}_scale"), indices, axis=0)
        return ops.divide(ops.cast(rows, layer.compute_dtype), ops.expand_dims(scale, -1))

    def weight(self, layer):
        """The integers; with a low-rank addition the floats that they stand for, and it."""
        if not layer.lora_enabled:
            return layer._base
        return ops.add(self.floats(layer, layer._parts()[0]), layer._addition())
