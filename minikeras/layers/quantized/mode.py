"""The base of the modes of quantization: what each of them must answer."""

from minikeras import ops
from minikeras.backend.autodiff import custom_gradient


class Mode:
    """A way to quantize layers. It holds no state: variables belong to the layer.

    Attributes:
        name: as ``layer.quantize`` takes it.
        keeps_floats: whether the main weight stays a variable of floats.
    """

    name = None
    keeps_floats = False

    def policy_name(self, config):
        """The first part of the name of the layer's dtype policy."""
        return self.name

    def variables(self, layer):
        """The names of the variables, in the order of files."""
        raise TypeError(f"{type(self).__name__} defines no method `variables`")

    def build(self, layer, config):
        """Make the variables."""
        raise TypeError(f"{type(self).__name__} defines no method `build`")

    def quantize(self, layer, config):
        """Make the variables and set them from the floats of the layer."""
        self.build(layer, config)

    def before_loading(self, layer):
        """Get the layer ready for values from a file."""

    def product(self, layer, inputs, training):
        """The inputs times the main weight."""
        raise TypeError(f"{type(self).__name__} defines no method `product`")

    def bias(self, layer):
        """The bias as it is added."""
        return layer.bias

    def weight(self, layer):
        """What the property of the main weight gives."""
        return layer._base


class IntegerMode(Mode):
    """A mode in which weights are integers with scales, and products are of floats made of them.

    BLAS has no products of small integers, so weights take less memory, not less time.
    """

    def quantize(self, layer, config):
        """Put integers and scales in the place of floats."""
        values = {}
        for part in layer._parts():
            floats = getattr(layer, part.attribute).value_in_own_dtype()
            values.update(self.compressed(layer, part, floats, config))
            delattr(layer, part.attribute)
        layer.quantized_build(layer._float_shape, self.name, config)
        for name, value in values.items():
            getattr(layer, name).assign(value)

    def compressed(self, layer, part, floats, config):
        """The values of the variables for a weight, by the attributes that hold them."""
        raise TypeError(f"{type(self).__name__} defines no method `compressed`")

    def floats(self, layer, part):
        """The weight as floats again, in the compute dtype."""
        raise TypeError(f"{type(self).__name__} defines no method `floats`")

    def rows(self, layer, part, indices):
        """Rows of the weight, a table, as floats."""
        return ops.take(self.floats(layer, part), indices, axis=0)

    def product(self, layer, inputs, training):
        """The inputs, rounded if the layer has a quantizer for them, times the main weight."""
        x = rounded_inputs(layer, inputs, layer._input_axes())
        outputs = layer._product(x, self.floats(layer, layer._parts()[0]))
        if layer.lora_enabled:
            added = layer._product(inputs, ops.cast(layer._addition(), inputs.dtype))
            outputs = ops.add(outputs, added)
        return ops.cast(outputs, layer.compute_dtype)


def rounded_inputs(layer, inputs, axis):
    """Inputs as integers would hold them, as floats; their gradients pass unchanged."""
    if layer.inputs_quantizer is None:
        return inputs

    @custom_gradient
    def rounded(x):
        quantizer = layer.inputs_quantizer
        integers, scale = quantizer(x) if axis is None else quantizer(x, axis=axis)
        return ops.divide(ops.cast(integers, x.dtype), scale), lambda gradient: gradient

    return rounded(inputs)
